"""The closed list of warnings about a measurement, each with its remedy."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from bench.measure.disturbance import HARMLESS
from bench.measure.energy_warnings import energy_findings
from bench.measure.speed import TARGET_HALF_WIDTH, clean, rate
from bench.meters.protocol import Conditions
from bench.records.types import (
    Cause,
    Contention,
    EnergyReading,
    EngineBuild,
    Latency,
    MachineState,
    Memory,
    RateSample,
    RequestSample,
    Settings,
    SpeedPoint,
    Warned,
)
from bench.stats import burst_and_sustained, drift, is_lost, outliers, relative_half_width

REMEDIES: Final = {
    "disturbed-samples": "close other programs; the disturbed samples are kept and left out of the figure",
    "disturbed-figure": "run again on a quiet machine; as it stands, the figure is no result",
    "quota-throttled": "raise the container's CPU quota, or use no more threads than it pays for (-t)",
    "hypervisor-steal": "use a machine that is not shared, or one with dedicated CPUs",
    "swapping": "close programs or use a smaller model or context (-c): swap is as slow as the disk",
    "memory-pressure": "close programs, raise the container's memory limit, or use a smaller model",
    "suspended": "keep the machine awake: run it under systemd-inhibit (Linux) or caffeinate (macOS)",
    "clock-stepped": "none for the figures, which a monotonic clock times; the record's date may be off",
    "wide-interval": "give it more time (--budget, no --quick), or a quieter machine",
    "drift": "let the machine warm up or cool down first; --sustained shows where the rate settles",
    "throttled": "go by the sustained rate for long work; better cooling or mains power would raise it",
    "outliers": "none is left out, and the median hardly feels them; run again if there are many",
    "loop-overhead": "compare the rate over the calls with other tools, and the rate over the loop with use",
    "contention-unknown": "make sure by yourself that nothing else runs; this system does not tell",
    "prompts-refused": "raise the context (-c) to what the task's longest prompts need",
    "no-energy-meter": "see `breakeven doctor` for the meters and what each needs",
    "energy-modelled": "see `breakeven doctor` for a real meter, or declare --watts-per-core LOW..HIGH",
    "energy-absent": "run without --quick for longer windows, or see `breakeven doctor`",
    "energy-disturbed": "run again on a quiet machine: what others draw, or hold up, is in the joules",
    "meter-silent": "see what `breakeven energy` says of it: its name or address, and whether it answers",
    "meters-disagree": "believe neither before you know why; --meter says which one the figures rest on",
    "part-exceeds-whole": "check what each is wired to: one of them does not see what it is said to cover",
    "idle-power-unknown": "let the machine rest before and after the run",
    "battery-power": "plug the machine in: on battery the clock may be held down",
    "powersave-governor": "sudo cpupower frequency-set -g performance",
    "governor-changed": "keep one power profile for the whole run, and compare only runs with the same",
    "threads-over-cpus": "use no more threads than CPUs: threads that share one wait for each other",
    "few-cpus": "raise the container's CPU limit or affinity, if the deployed machine has all CPUs",
    "swap-used": "close programs or use a smaller model: a swapped model is as slow as the disk",
    "gpu-idle": "-ngl -1 puts all layers on the GPU",
    "memory-mispredicted": "go by what was measured, and leave room where a model hardly fits",
}

# What a cause is called. One that another remedy helps than closing programs is a code of the list, too.
CAUSE_WORDS: Final[dict[Cause, str]] = {
    "other-processes": "other processes",
    "cpu-pressure": "waiting for a CPU",
    "hypervisor-steal": "time that the hypervisor gave to others",
    "quota-throttled": "the CPU quota",
    "swapping": "swapping",
    "memory-pressure": "waiting for memory",
    "suspended": "sleep of the machine",
    "clock-stepped": "a wall clock that was set",
    "lower-clock": "a lower clock",
}

THROTTLING_WORDS: Final = {
    "clock-fell": "the clock fell",
    "temperature": "the temperature rose to its limit",
    "unknown": "the system does not tell why",
}

LOOP_OVERHEAD = 0.01  # of the rate: the loop around the calls must not be seen
PREDICTION_ERROR = 0.10  # of the bytes that the engine allocated
SWAP_NOTICED_BYTES = 64 << 20  # idle pages of other programs lie in swap on any long-running machine


def warn(code: str, what: str) -> Warned:
    """One warning of the list; KeyError for a code that is not on it."""
    return Warned(code=code, what=what, remedy=REMEDIES[code])


def warnings_of(
    *,
    settings: Settings,
    conditions: Conditions,
    speed: Sequence[SpeedPoint],
    latency: Sequence[Latency],
    engine: EngineBuild | None = None,
    memory: Memory | None = None,
    idle: Sequence[EnergyReading] = (),
) -> tuple[Warned, ...]:
    """Everything about a record's measurements that a reader must know before believing them.

    ``conditions`` are those of now, at the run's end; what changed in between, the samples tell.
    """
    taken: list[RateSample | RequestSample] = [sample for point in speed for sample in point.samples]
    taken += [request for served in latency for request in served.requests]
    return (
        *_of_conditions(conditions, settings, [sample.state for sample in taken if sample.state is not None]),
        *_of_causes([sample.contention for sample in taken]),
        *_of_engine(engine, settings),
        *_of_memory(memory),
        *(warned for point in speed for warned in _of_point(point)),
        *(warned for served in latency for warned in _of_requests(served)),
        *(
            warn(code, what)
            for code, what in energy_findings(speed, latency, idle, uses_gpu=settings.n_gpu_layers != 0)
        ),
    )


def _of_conditions(
    conditions: Conditions, settings: Settings, states: Sequence[MachineState]
) -> Iterator[Warned]:
    n_threads = max(settings.n_threads, settings.n_threads_batch)
    if n_threads > conditions.usable_cpus:
        yield warn("threads-over-cpus", f"{n_threads} threads on {conditions.usable_cpus} usable CPUs")
    if conditions.usable_cpus < conditions.online_cpus:
        yield warn("few-cpus", f"{conditions.usable_cpus} of {conditions.online_cpus} CPUs may be used")
    told = [state.on_battery for state in states if state.on_battery is not None]
    if any(told) and not all(told):
        yield warn("battery-power", f"the machine ran on battery in {sum(told)} of {len(told)} samples")
    elif all(told) if told else conditions.on_battery:
        yield warn("battery-power", "the machine ran on battery")
    if conditions.is_clock_held_down:
        yield warn("powersave-governor", "the clock governor holds the CPU at its lowest clock")
    governors = list(dict.fromkeys(state.governor for state in states if state.governor))
    if len(governors) > 1:
        yield warn("governor-changed", f"the clock governor changed in mid-run: {', '.join(governors)}")
    if (conditions.swap_used_bytes or 0) > SWAP_NOTICED_BYTES:
        yield warn("swap-used", f"{(conditions.swap_used_bytes or 0) >> 20} MiB of swap were in use")


def _of_causes(seen: Sequence[Contention]) -> Iterator[Warned]:
    """Of all samples together: what happens to the machine, happens to every point."""
    if seen and all(contention.others_cpu_s is None for contention in seen):
        yield warn("contention-unknown", "what other processes used during the samples is not known")
    counts = Counter(cause for contention in seen for cause in contention.causes)
    for cause, words in CAUSE_WORDS.items():
        if counts[cause] and cause in REMEDIES:
            yield warn(cause, f"{words} in {counts[cause]} of {len(seen)} samples")


def _of_engine(engine: EngineBuild | None, settings: Settings) -> Iterator[Warned]:
    if engine is not None and engine.gpus and settings.n_gpu_layers == 0:
        names = ", ".join(gpu.description or gpu.name for gpu in engine.gpus)
        yield warn("gpu-idle", f"no layer of the model was on the GPU that is there: {names}")


def _of_memory(memory: Memory | None) -> Iterator[Warned]:
    """Only where something was computed: a worker that has merely loaded has not touched all it will."""
    has_run = memory is not None and any(point.at.startswith("after") for point in memory.points)
    if memory is None or not has_run or not memory.predicted_bytes:
        return
    grown = memory.rss_growth_bytes
    if grown and abs(memory.predicted_bytes / grown - 1) > PREDICTION_ERROR:
        predicted_mib, grown_mib = memory.predicted_bytes >> 20, grown >> 20
        yield warn("memory-mispredicted", f"{predicted_mib:,} MiB predicted, {grown_mib:,} MiB more in use")


def _of_point(point: SpeedPoint) -> Iterator[Warned]:
    repetitions = [sample for sample in point.samples if not sample.is_warm_up]
    quiet = clean(point.samples)
    yield from _disturbed(point.test, [sample.contention for sample in repetitions], "repetitions")
    if point.duration_s is None:
        yield from _of_interval(point, quiet)
        yield from _of_drift(point.test, quiet)
        yield from _of_outliers(point.test, point.samples)
    else:
        yield from _of_heat(point)
    # A prefill is few, long calls: only the steps of decoding could hide time between them.
    if point.n_gen and quiet:
        share = median(1 - sample.calls_s / sample.loop_s for sample in quiet)
        if share > LOOP_OVERHEAD:
            yield warn("loop-overhead", f"{point.test}: {share:.1%} of the time passed outside the calls")


def _of_interval(point: SpeedPoint, quiet: Sequence[RateSample]) -> Iterator[Warned]:
    half_width = relative_half_width([rate(sample) for sample in quiet])
    if half_width is None:
        left = "one undisturbed repetition" if quiet else "no undisturbed repetition"
        yield warn("wide-interval", f"{point.test}: {left}, too few for a 95 % interval")
    elif half_width > TARGET_HALF_WIDTH:
        what = f"± {half_width:.1%} at 95 %, not within ± {TARGET_HALF_WIDTH:.0%}"
        yield warn("wide-interval", f"{point.test}: {what}")


def _of_drift(name: str, quiet: Sequence[RateSample]) -> Iterator[Warned]:
    times = [sample.at_s for sample in quiet if sample.at_s is not None]
    are_told = len(times) == len(quiet) and all(earlier < later for earlier, later in pairwise(times))
    found = drift([rate(sample) for sample in quiet], times if are_told else None)
    if found is not None and found.is_drifting:
        yield warn("drift", f"{name}: the rate changed by {found.change:+.1%} from begin to end")


def _of_heat(point: SpeedPoint) -> Iterator[Warned]:
    found = burst_and_sustained(point)
    if found is None or not found.is_throttled:
        return
    change = found.sustained.value / found.burst.value - 1
    why = f"{point.test}: the sustained rate differs by {change:+.0%} from the burst's"
    yield warn("throttled", f"{why}: {THROTTLING_WORDS[found.cause or 'unknown']}")


def _of_outliers(name: str, samples: Sequence[RateSample]) -> Iterator[Warned]:
    """Those that count: a disturbed one is left out, and told as such."""
    found = [out for out in outliers(samples) if not samples[out.number].contention.is_disturbed]
    if found:
        told = ", ".join(f"{out.deviation:+.0%} ({', '.join(map(_words, out.causes))})" for out in found)
        yield warn(
            "outliers", f"{name}: {len(found)} of {len(clean(samples))} repetitions stand apart: {told}"
        )


def _words(cause: Cause | Literal["unknown"]) -> str:
    return "cause not known" if cause == "unknown" else CAUSE_WORDS[cause]


def _of_requests(served: Latency) -> Iterator[Warned]:
    measured = [request for request in served.requests if not request.is_warm_up]
    yield from _disturbed(f"{served.task} requests", [request.contention for request in measured], "requests")
    if served.n_refused:
        what = f"{served.task}: {served.n_refused} prompts were refused and not served"
        yield warn("prompts-refused", f"{what}: {served.refused_because}" if served.refused_because else what)


def _disturbed(name: str, seen: Sequence[Contention], noun: str) -> Iterator[Warned]:
    disturbed = [contention for contention in seen if contention.is_disturbed]
    if not disturbed:
        return
    causes = {cause for contention in disturbed for cause in contention.causes if cause not in HARMLESS}
    # Records from before causes were kept knew no other.
    by = ", ".join(words for cause, words in CAUSE_WORDS.items() if cause in causes) or "other processes"
    what = f"{name}: {len(disturbed)} of {len(seen)} {noun} were disturbed by {by}"
    has_result = not is_lost(len(seen) - len(disturbed), len(seen))
    yield warn("disturbed-samples" if has_result else "disturbed-figure", what)
