"""Memory at phase borders: what the system saw the worker use, beside what the engine says it allocated."""

from collections.abc import Callable

from bench.engines.protocol import ModelInfo
from bench.meters.protocol import MemoryReading
from bench.records.types import BufferSize, Memory, MemoryPoint


class MemoryTrace:
    """Collects full readings of the worker; each walks its page tables, so only between measurements."""

    def __init__(self, read: Callable[[], MemoryReading]) -> None:
        self._read = read
        self._points: list[MemoryPoint] = []

    def note(self, at: str) -> None:
        """Read now; ``at`` names the phase border: ``started``, ``loaded``, ``after pp512``."""
        reading = self._read()
        self._points.append(
            MemoryPoint(
                at=at,
                rss_bytes=reading.rss_bytes,
                peak_rss_bytes=reading.peak_rss_bytes,
                uss_bytes=reading.uss_bytes,
                pss_bytes=reading.pss_bytes,
            )
        )

    def started_anew(self) -> "MemoryTrace":
        """A trace of the model held otherwise: what was before the load stays, what came since does not."""
        trace = MemoryTrace(self._read)
        trace._points = self._points[:1]
        return trace

    def record(self, info: ModelInfo, predicted_bytes: int | None) -> Memory:
        return Memory(
            is_mapped=info.is_mapped,
            engine_buffers=tuple(
                BufferSize(device=buffer.device, kind=buffer.kind, size_bytes=buffer.size_bytes)
                for buffer in info.buffers
            ),
            points=tuple(self._points),
            predicted_bytes=predicted_bytes,
        )
