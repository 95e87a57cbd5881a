"""What limits prefill and decode: each speed beside what memory and arithmetic would allow.

The model of a token is a roofline for each tensor type: its weights are read at the speed of memory while
they are multiplied at the speed of their kernel, whichever takes longer; then the cached tokens are read.
Not in it: the arithmetic of attention, activations, norms, and threads that wait for each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bench.records.types import Ceilings, Record, SpeedPoint
from bench.reports.rows.summary import speed_rows

Phase = Literal["decode", "prefill"]
Binding = Literal["memory", "arithmetic", "both"]

LEAST_KNOWN = 0.9  # of the weights must have a kernel that was timed
FEWEST_AT_ONCE = 64  # tokens of a prompt from which on a kernel works as with many
ALIKE = 0.9  # limits nearer to each other than this bind together
WORTH_NAMING = 1.1  # times as fast, for another quantization to be named
CACHE_PADDING = 256  # llama.cpp rounds a cache up to so many cells
DISTURBED_ABOVE = 1.02  # of a ceiling: timing errs by less


@dataclass(frozen=True, slots=True)
class Limit:
    """One point. Bytes, operations and seconds are those of one token; ``cache_bytes`` None: not known.

    ``memory_s`` and ``arithmetic_s`` are what its bytes and its operations would take alone, ``roofline_s``
    what the model of this module takes; ``faster`` names other tensor types and how many times as fast the
    token could be with them at most, best first.
    """

    test: str
    phase: Phase
    token_s: float
    n_bytes: float
    cache_bytes: float | None
    operations: float
    memory_s: float
    arithmetic_s: float
    roofline_s: float
    tensor_types: tuple[str, ...]
    faster: tuple[tuple[str, float], ...]
    is_disturbed: bool

    @property
    def bytes_per_s(self) -> float:
        return self.n_bytes / self.token_s

    @property
    def flops_per_s(self) -> float:
        return self.operations / self.token_s

    @property
    def memory_share(self) -> float:
        """Of what memory gives."""
        return self.memory_s / self.token_s

    @property
    def arithmetic_share(self) -> float:
        """Of what the kernels can compute."""
        return self.arithmetic_s / self.token_s

    @property
    def roofline_share(self) -> float:
        return self.roofline_s / self.token_s

    @property
    def is_beyond(self) -> bool:
        """Faster than its ceiling: then the ceiling was not one."""
        return max(self.memory_share, self.arithmetic_share, self.roofline_share) > DISTURBED_ABOVE

    @property
    def binding(self) -> Binding:
        if min(self.memory_s, self.arithmetic_s) > ALIKE * max(self.memory_s, self.arithmetic_s):
            return "both"
        return "memory" if self.memory_s > self.arithmetic_s else "arithmetic"

    @property
    def gain_from_memory(self) -> float:
        """Times as fast, at most, with memory of any speed."""
        return _gain(self.token_s, self.roofline_s, self.arithmetic_s)

    @property
    def gain_from_arithmetic(self) -> float:
        """Times as fast, at most, with arithmetic of any speed."""
        return _gain(self.token_s, self.roofline_s, self.memory_s)


def _gain(token_s: float, roofline_s: float, other_s: float) -> float:
    """Times as fast when the roofline becomes ``other_s``: what it does not explain stays as it is."""
    return token_s / (max(0.0, token_s - roofline_s) + other_s)


@dataclass(frozen=True, slots=True)
class Limits:
    """``notes`` say which points have no limit and why; points of many sequences never have one."""

    limits: tuple[Limit, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Of one token's work: so many weights of one type, each read ``reads`` times.

    ``n_columns`` names the kernel that multiplies them; the tokens of a prompt share a reading.
    """

    tensor_type: str
    n_columns: int
    n_weights: float
    reads: float


@dataclass(frozen=True, slots=True)
class _Roof:
    """The ceilings, ready to be looked up."""

    read_bytes_per_s: float
    flops_per_s: dict[tuple[str, int], float]
    bytes_per_weight: dict[str, float]
    n_many: int

    def bytes(self, part: _Part) -> float:
        return part.n_weights * part.reads * self.bytes_per_weight[part.tensor_type]

    def arithmetic_s(self, part: _Part) -> float:
        return 2 * part.n_weights / self.flops_per_s[part.tensor_type, part.n_columns]

    def seconds(self, parts: Iterable[_Part], cache_bytes: float) -> float:
        products_s = sum(
            max(self.bytes(part) / self.read_bytes_per_s, self.arithmetic_s(part)) for part in parts
        )
        return products_s + cache_bytes / self.read_bytes_per_s


def _roof(ceilings: Ceilings) -> _Roof:
    return _Roof(
        read_bytes_per_s=ceilings.read_bytes_per_s,
        flops_per_s={(one.tensor_type, one.n_tokens): one.flops_per_s for one in ceilings.kernels},
        bytes_per_weight={one.tensor_type: one.bytes_per_weight for one in ceilings.kernels},
        n_many=max((one.n_tokens for one in ceilings.kernels), default=1),
    )


def limits_of(record: Record) -> Limits:
    """Limits of the record's points with one sequence; empty where no ceilings were measured."""
    ceilings = record.ceilings
    if ceilings is None:
        return Limits()
    found, notes = [], []
    for point, row in zip(record.speed, speed_rows(record), strict=True):
        phase = _phase(point)
        if phase is None or row.rate is None:
            continue
        why = _why_not(record, ceilings, point, phase)
        if why is not None:
            notes.append(f"{point.test}: {why}")
        else:
            token_s = 1 / row.rate.total_rate
            found.append(_limit(record, ceilings, point, phase, token_s, is_disturbed=row.is_disturbed))
    return Limits(tuple(found), tuple(notes))


def _phase(point: SpeedPoint) -> Phase | None:
    """None for what is no pure prefill or decode of one sequence."""
    if point.n_parallel not in (None, 1) or point.n_cached or bool(point.n_prompt) == bool(point.n_gen):
        return None
    return "prefill" if point.n_prompt else "decode"


def _why_not(record: Record, ceilings: Ceilings, point: SpeedPoint, phase: Phase) -> str | None:
    settings = record.settings
    n_threads = settings.n_threads if phase == "decode" else settings.n_threads_batch
    if settings.n_gpu_layers:
        return "computed on a GPU, too, and the ceilings are the CPU's"
    if n_threads != ceilings.n_threads:
        return f"computed with n_threads {n_threads}, and the ceilings are those of {ceilings.n_threads}"
    if phase == "prefill" and min(point.n_prompt, settings.n_ubatch) < FEWEST_AT_ONCE:
        return f"no kernel was timed with so few tokens at once (from {FEWEST_AT_ONCE} on)"
    if not _is_timed(ceilings, phase):
        return "the kernels of its tensor types were not timed"
    return None


def _is_timed(ceilings: Ceilings, phase: Phase) -> bool:
    roof = _roof(ceilings)
    n_columns = roof.n_many if phase == "prefill" else 1
    timed = [size for name, size in ceilings.weight_bytes.items() if (name, n_columns) in roof.flops_per_s]
    return sum(timed) > LEAST_KNOWN * sum(ceilings.weight_bytes.values())


def _limit(
    record: Record, ceilings: Ceilings, point: SpeedPoint, phase: Phase, token_s: float, *, is_disturbed: bool
) -> Limit:
    roof = _roof(ceilings)
    parts = list(_parts(record, ceilings, roof, point, phase))
    cache_bytes = _cache_bytes(record, point) if phase == "decode" else 0.0
    n_bytes = sum(map(roof.bytes, parts)) + (cache_bytes or 0)
    now_s = roof.seconds(parts, cache_bytes or 0)
    used = {part.tensor_type for part in parts}
    columns = {part.n_columns for part in parts}
    gains = {}
    for name in roof.bytes_per_weight:
        if all((name, n_columns) in roof.flops_per_s for n_columns in columns):
            other_s = roof.seconds([replace(part, tensor_type=name) for part in parts], cache_bytes or 0)
            gains[name] = _gain(token_s, now_s, other_s)
    return Limit(
        test=point.test,
        phase=phase,
        token_s=token_s,
        n_bytes=n_bytes,
        cache_bytes=cache_bytes,
        operations=sum(2 * part.n_weights for part in parts),
        memory_s=n_bytes / ceilings.read_bytes_per_s,
        arithmetic_s=sum(map(roof.arithmetic_s, parts)),
        roofline_s=now_s,
        tensor_types=tuple(name for name in ceilings.weight_bytes if name in used),
        faster=tuple(
            (name, gain)
            for name, gain in sorted(gains.items(), key=lambda one: -one[1])
            if gain >= WORTH_NAMING
        ),
        is_disturbed=is_disturbed,
    )


def _parts(
    record: Record, ceilings: Ceilings, roof: _Roof, point: SpeedPoint, phase: Phase
) -> Iterator[_Part]:
    """The weights whose kernels were timed. Of a prompt only the last token meets the output matrix."""
    for name, n_bytes in ceilings.weight_bytes.items():
        if (name, 1) not in roof.flops_per_s or (name, roof.n_many) not in roof.flops_per_s:
            continue
        n_weights = n_bytes / roof.bytes_per_weight[name]
        if phase == "decode":
            yield _Part(name, 1, n_weights, reads=1)
            continue
        n_output = ceilings.output_bytes.get(name, 0) / roof.bytes_per_weight[name]
        n_passes = -(-point.n_prompt // record.settings.n_ubatch)
        if n_weights > n_output:
            yield _Part(name, roof.n_many, n_weights - n_output, reads=n_passes / point.n_prompt)
        if n_output:
            yield _Part(name, 1, n_output / point.n_prompt, reads=1)


def _cache_bytes(record: Record, point: SpeedPoint) -> float | None:
    """Of the cached tokens that a step reads, on average; sliding windows are taken for whole caches."""
    sizes = [
        buffer.size_bytes
        for buffer in (record.memory.engine_buffers if record.memory else ())
        if buffer.kind == "kv"
    ]
    if not sizes:
        return None
    n_cells = -(-record.settings.n_ctx // CACHE_PADDING) * CACHE_PADDING
    return sum(sizes) * min(1.0, (point.n_depth + point.n_gen / 2) / n_cells)
