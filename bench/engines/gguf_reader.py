"""Bounded little-endian reading of a file that nobody vouches for."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from bench.errors import EngineError
from bench.units import MIB

MAX_STRING = 4 * MIB
CHUNK = MIB


@dataclass(slots=True)
class Reader:
    """Buffered little-endian reading that never goes beyond the file's end."""

    file: BinaryIO
    size: int
    buffer: bytes = b""
    at: int = 0  # in the buffer
    base: int = 0  # of the buffer in the file

    def need(self, n: int) -> int:
        """Make ``n`` bytes readable and step over them; return where they are in the (maybe new) buffer."""
        if self.at + n > len(self.buffer):
            position = self.base + self.at
            if position + n > self.size:
                raise EngineError("the model file ends within its header", remedy="fetch it again")
            self.file.seek(position)
            self.buffer = self.file.read(max(n, CHUNK))
            self.base, self.at = position, 0
            if len(self.buffer) < n:
                raise EngineError("the model file ends within its header", remedy="fetch it again")
        start = self.at
        self.at += n
        return start

    def take(self, n: int) -> bytes:
        start = self.need(n)
        return self.buffer[start : start + n]

    def skip(self, n: int) -> None:
        if self.base + self.at + n > self.size:
            raise EngineError("the model file ends within its header", remedy="fetch it again")
        self.at += n

    def number(self, code: str) -> int | float | bool:
        layout = struct.Struct("<" + code)
        value: int | float | bool = layout.unpack(self.take(layout.size))[0]
        return value

    def count(self, what: str, limit: int, code: str = "Q") -> int:
        value = int(self.number(code))
        if value > limit:
            raise EngineError(f"the model file is malformed: {what} of {value}")
        return value

    def string(self) -> str:
        n = self.count("a text length", MAX_STRING)
        return self.take(n).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Step over ``count`` strings; a vocabulary has hundreds of thousands, so this is the hot loop."""
        unpack, remaining = struct.Struct("<Q").unpack_from, count
        while remaining:
            self.at = self.need(8)
            buffer, at, end = self.buffer, self.at, len(self.buffer) - 8
            while remaining and at <= end:
                (length,) = unpack(buffer, at)
                if length > MAX_STRING:
                    raise EngineError(f"the model file is malformed: a text length of {length}")
                at += 8 + length
                remaining -= 1
            self.at = at
        self.skip(0)
