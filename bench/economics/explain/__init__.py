"""The computation behind a comparison, line by line."""
