"""The isolated process that owns one engine, and the parent's end of it."""
