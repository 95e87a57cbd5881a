"""Memory at phase borders: what the system saw the worker use, beside what the engine says it allocated."""

from collections.abc import Callable
from dataclasses import asdict

from bench.engines.protocol import ModelInfo
from bench.meters.protocol import MemoryReading
from bench.records.types import BufferSize, Memory, MemoryParts, MemoryPoint


class MemoryTrace:
    """Collects full readings of the worker; each walks its page tables, so only between measurements.

    ``read_gpu`` tells what the worker holds of each GPU. ``restart_peak`` lets the system's peak count anew,
    and says whether it does.
    """

    def __init__(
        self,
        read: Callable[[], MemoryReading],
        *,
        read_gpu: Callable[[], dict[str, int]] = dict,
        restart_peak: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read = read
        self._read_gpu = read_gpu
        self._restart_peak = restart_peak
        self._points: list[MemoryPoint] = []
        self._foreign_peak_bytes = 0  # reached before the model was held so: no finding of this trace

    def note(self, at: str) -> None:
        """Read now; ``at`` names the phase border: ``started``, ``loaded``, ``after pp512``."""
        point = MemoryPoint(at=at, **asdict(self._read()), gpu_bytes=self._read_gpu())
        peak = point.peak_rss_bytes
        if peak is not None and peak <= self._foreign_peak_bytes:
            point = point.model_copy(update={"peak_rss_bytes": None})
        self._points.append(point)

    def started_anew(self) -> "MemoryTrace":
        """A trace of the model held otherwise: what was before the load stays, what came since does not."""
        trace = MemoryTrace(self._read, read_gpu=self._read_gpu, restart_peak=self._restart_peak)
        trace._points = self._points[:1]
        if not self._restart_peak():
            trace._foreign_peak_bytes = self._read().peak_rss_bytes or 0
        trace.note("held otherwise")
        return trace

    def record(self, info: ModelInfo, predicted: MemoryParts | None) -> Memory:
        """Everything noted so far, beside what was predicted and what the engine says."""
        return Memory(
            is_mapped=info.is_mapped,
            engine_buffers=tuple(
                BufferSize(device=buffer.device, kind=buffer.kind, size_bytes=buffer.size_bytes)
                for buffer in info.buffers
            ),
            points=tuple(self._points),
            predicted_bytes=None if predicted is None else predicted.total_bytes,
            predicted=predicted,
            is_locked=_is_locked(self._points),
            device_used_bytes=info.device_used_bytes,
        )


def _is_locked(points: list[MemoryPoint]) -> bool | None:
    """By the last word of the system: a refused mlock is only logged by the engine."""
    told = [point.locked_bytes for point in points if point.locked_bytes is not None]
    return told[-1] > 0 if told else None
