"""What was measured: rates, latencies, loads, memory, joules, ceilings, each with its disturbance."""

from typing import Literal

from pydantic import Field

from bench.records.base import (
    Bytes,
    Count,
    Frozen,
    JouleBand,
    MeasuredJoules,
    MeasuredSeconds,
    MeasuredTokens,
    Provenance,
    Whole,
)

Cause = Literal[
    "other-processes",
    "cpu-pressure",
    "hypervisor-steal",
    "quota-throttled",
    "swapping",
    "memory-pressure",
    "suspended",
    "clock-stepped",
    "lower-clock",
]


class Contention(Frozen):
    """What took the machine from the worker during one sample; None where the system does not say.

    ``causes`` says why a sample is called disturbed; empty in records that were written before it was kept.
    """

    others_cpu_s: float | None
    stalled_s: float | None
    is_disturbed: bool
    waited_s: float | None = Field(
        default=None, description="the worker's threads were ready to run and had no CPU, summed over them"
    )
    stolen_s: float | None = Field(default=None, description="CPU seconds that a hypervisor gave to others")
    throttled_s: float | None = Field(
        default=None, description="seconds in which the control group's CPU quota held it"
    )
    swapped_bytes: Bytes | None = Field(default=None, description="moved to and from swap, by anybody")
    memory_stalled_s: float | None = Field(default=None, description="pressure-stall “some” of memory")
    suspended_s: float | None = Field(default=None, description="the machine slept in mid-sample")
    clock_step_s: float | None = Field(
        default=None, description="by how much the wall clock was set, against the monotonic one"
    )
    causes: tuple[Cause, ...] = ()


class MachineState(Frozen):
    """The machine right after a sample; None where the system does not say."""

    cpu_mhz: float | None = None
    temperature_c: float | None = None
    governor: str | None = None
    on_battery: bool | None = None


class EnergyReading(Frozen):
    """Joules of one phase by one meter; all meters are kept, best first.

    ``above_idle_j`` is the increment over idle; ``gross_j`` is None for the model. Each is [value, low,
    high]. Absent is a reason, never zero.
    """

    phase: Literal["load", "prefill", "decode", "prefill+decode", "idle"]
    meter: str
    covers: str
    provenance: Provenance
    detail: str
    window_s: MeasuredSeconds
    n_tokens: MeasuredTokens | None
    gross_j: JouleBand | None
    above_idle_j: JouleBand | None
    absent_because: str | None = None
    test: str | None = Field(
        default=None, description="what was repeated through the window: pp312, tg90 @ d312"
    )
    n_parallel: Count = Field(default=1, description="sequences at once")
    busy_s: MeasuredSeconds | None = Field(
        default=None, description="the part of the window in which the engine worked"
    )
    error_j: MeasuredJoules | None = Field(
        default=None,
        description="the part of the bounds that a longer window would make smaller beside the joules",
    )
    domains_j: dict[str, JouleBand] = Field(
        default_factory=dict, description="gross joules of each domain; those within another are part of it"
    )
    contention: Contention | None = None
    is_declared: bool = Field(default=False, description="the user asked for this meter by name")

    @property
    def has_joules(self) -> bool:
        return self.gross_j is not None or self.above_idle_j is not None

    @property
    def is_disturbed(self) -> bool:
        """Others worked in the window, too."""
        return self.contention is not None and self.contention.is_disturbed


class RateSample(Frozen):
    """One repetition: tokens over the time inside the engine's calls, and over the whole loop."""

    n_tokens: MeasuredTokens
    calls_s: MeasuredSeconds
    loop_s: MeasuredSeconds
    is_warm_up: bool
    contention: Contention
    at_s: MeasuredSeconds | None = Field(default=None, description="its begin, since that of the point")
    round: Count | None = Field(default=None, description="of an interleaved comparison: pairs it")
    state: MachineState | None = None


class SpeedPoint(Frozen):
    """One point of the grid, named as llama-bench names it where llama-bench has it.

    ``n_parallel`` sequences, each with so many tokens, at once; None: one sequence, held as deployed.
    ``n_cached`` of the prompt's tokens were in the cache (a warm prefix, ``wp<N>``): no prefill speed.
    ``duration_s``: the point ran on for that long (sustained), instead of until its interval was narrow.
    """

    test: str
    n_prompt: Count
    n_gen: Count
    n_depth: Count
    samples: tuple[RateSample, ...]
    stopped_because: Literal["narrow", "time-budget", "repetitions", "duration", "interrupted"]
    n_parallel: Count | None = None
    n_cached: Count = 0
    energy: tuple[EnergyReading, ...] = Field(
        default=(), description="of windows of their own, in which the test was repeated without pause"
    )
    duration_s: MeasuredSeconds | None = None


class RequestSample(Frozen):
    """One request alone on the machine, on a real prompt, with an empty cache."""

    item_id: str
    n_prompt_tokens: MeasuredTokens
    n_output_tokens: MeasuredTokens
    n_thinking_tokens: MeasuredTokens | None = Field(
        default=None, description="the first so many of the output tokens; their times are in itl_s"
    )
    n_output_chars: MeasuredTokens
    tokenize_s: MeasuredSeconds
    ttft_s: MeasuredSeconds
    prefill_s: MeasuredSeconds
    decode_s: MeasuredSeconds = Field(description="first to last output token: n_output_tokens - 1 steps")
    itl_s: tuple[MeasuredSeconds, ...]
    is_truncated: bool
    is_warm_up: bool
    contention: Contention
    state: MachineState | None = None


class Latency(Frozen):
    """Requests of one task's own prompts at concurrency 1: the operating point of the economics."""

    task: str
    requests: tuple[RequestSample, ...]
    energy: tuple[EnergyReading, ...]
    n_refused: Count = Field(default=0, description="prompts that the engine refused, and so nobody served")
    refused_because: str | None = Field(default=None, description="of the first of them")


class LoadSample(Frozen):
    load_s: MeasuredSeconds
    is_warm: bool | None = Field(description="were the file's pages in memory before? None: not known")
    energy: tuple[EnergyReading, ...]
    first_token_s: MeasuredSeconds | None = Field(
        default=None, description="the first evaluation afterwards: a mapped file is read when it is touched"
    )


class BufferSize(Frozen):
    device: str
    kind: str
    size_bytes: Bytes


class MemoryPoint(Frozen):
    at: str = Field(description="phase border: started, loaded, after pp512, …")
    rss_bytes: Bytes | None
    peak_rss_bytes: Bytes | None
    uss_bytes: Bytes | None
    pss_bytes: Bytes | None
    rss_anon_bytes: Bytes | None = Field(default=None, description="the part of RSS that no file backs")
    rss_file_bytes: Bytes | None = Field(
        default=None, description="the part of RSS that is pages of files: mapped weights, program code"
    )
    swap_bytes: Bytes | None = None
    locked_bytes: Bytes | None = Field(default=None, description="held in memory by mlock")
    gpu_bytes: dict[str, Bytes] = Field(
        default_factory=dict, description="GPU -> what its driver says this process holds; empty: not told"
    )


class MemoryParts(Frozen):
    """What the header and the settings foretell, part by part; ``total_bytes`` is of the host's memory.

    ``repacked_bytes``: weights held again in the order of a faster kernel. ``reserved_bytes``: the engine's
    whole compute buffer, of which ``compute_bytes`` is touched. None: the header does not tell enough.
    """

    weights_bytes: Bytes
    repacked_bytes: Bytes
    kv_bytes: Bytes | None
    kv_bytes_per_token: Bytes | None = Field(description="what each further token of context adds")
    compute_bytes: Bytes | None
    output_bytes: Bytes | None
    vocabulary_bytes: Bytes
    engine_bytes: Bytes
    reserved_bytes: Bytes | None
    gpu_bytes: Bytes | None
    total_bytes: Bytes | None


class Memory(Frozen):
    """What was predicted, what the engine says it allocated, and what the system saw the worker use.

    The first point is from before the load. ``predicted_bytes``: how much RSS was to grow since then.
    """

    is_mapped: bool
    engine_buffers: tuple[BufferSize, ...]
    points: tuple[MemoryPoint, ...]
    predicted_bytes: Bytes | None
    predicted: MemoryParts | None = None
    is_locked: bool | None = Field(
        default=None, description="are the weights held by mlock, by what the system says; None: not told"
    )
    device_used_bytes: dict[str, Bytes] = Field(
        default_factory=dict, description="GPU -> what loading took of its free memory, by the engine"
    )

    @property
    def rss_growth_bytes(self) -> int | None:
        """From before the load to the peak; None where no point is from before, or none tells the peak."""
        before = self.points[0].rss_bytes if self.points and self.points[0].at == "started" else None
        peaks = [point.peak_rss_bytes for point in self.points if point.peak_rss_bytes is not None]
        return None if before is None or not peaks else max(0, max(peaks) - before)


class KernelCeiling(Frozen):
    """What matrix products with weights of one type reach while the weights stay in the CPU's caches."""

    tensor_type: str
    n_tokens: MeasuredTokens = Field(description="columns at once: 1 as in decoding, many as in prefill")
    flops_per_s: float = Field(gt=0, description="two operations per weight and token")
    bytes_per_weight: float = Field(gt=0, description="of this type, scales included")


class Ceilings(Frozen):
    """Upper bounds of this machine for this model, measured with the engine's own kernels.

    ``weight_bytes`` is the model's share of each tensor type: what a decoded token reads; ``output_bytes``
    the part of it that a prompt reads only once: the output matrix. Other types' kernels may be there for
    comparison.
    """

    n_threads: Whole
    read_bytes_per_s: float = Field(gt=0, description="weights far larger than the caches, fastest kernel")
    kernels: tuple[KernelCeiling, ...]
    weight_bytes: dict[str, Bytes]
    output_bytes: dict[str, Bytes] = Field(default_factory=dict)
    contention: Contention | None = Field(default=None, description="while they were measured")
