"""The closed list of warnings about a measurement, each with its remedy."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from bench.measure.energy import NO_METER
from bench.measure.speed import TARGET_HALF_WIDTH, clean, rate
from bench.meters.protocol import Conditions
from bench.records.types import EnergyReading, Latency, Settings, SpeedPoint, Warned
from bench.stats import relative_half_width

REMEDIES: Final = {
    "disturbed-samples": "close other programs; the disturbed samples are kept and left out of the figure",
    "disturbed-figure": "run again on a quiet machine; as it stands, the figure is no result",
    "wide-interval": "run again without --quick, or on a quieter machine",
    "loop-overhead": "compare the rate over the calls with other tools, and the rate over the loop with use",
    "contention-unknown": "make sure by yourself that nothing else runs; this system does not tell",
    "no-energy-meter": "see `breakeven doctor` for the meters and what each needs",
    "energy-modelled": "see `breakeven doctor` for a real meter, or declare --watts-per-core LOW..HIGH",
    "energy-absent": "run without --quick for longer windows, or see `breakeven doctor`",
    "idle-power-unknown": "let the machine rest before and after the run",
    "battery-power": "plug the machine in: on battery the clock may be held down",
    "powersave-governor": "sudo cpupower frequency-set -g performance",
    "threads-over-cpus": "use no more threads than CPUs: threads that share one wait for each other",
    "few-cpus": "raise the container's CPU limit or affinity, if the deployed machine has all CPUs",
    "swap-used": "close programs or use a smaller model: a swapped model is as slow as the disk",
}

FEWEST_CLEAN = 3  # undisturbed repetitions below which a figure is marked as no result
LOOP_OVERHEAD = 0.01  # of the rate: the loop around the calls must not be seen
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
    target_half_width: float = TARGET_HALF_WIDTH,
) -> tuple[Warned, ...]:
    """Everything about a record's measurements that a reader must know before believing them."""
    return (
        *_of_conditions(conditions, settings),
        *_of_contention(speed, latency),
        *(warned for point in speed for warned in _of_point(point, target_half_width)),
        *(warned for served in latency for warned in _of_requests(served)),
        *_of_energy([reading for served in latency for reading in served.energy], settings),
    )


def _of_conditions(conditions: Conditions, settings: Settings) -> Iterator[Warned]:
    n_threads = max(settings.n_threads, settings.n_threads_batch)
    if n_threads > conditions.usable_cpus:
        yield warn("threads-over-cpus", f"{n_threads} threads on {conditions.usable_cpus} usable CPUs")
    if conditions.usable_cpus < conditions.online_cpus:
        yield warn("few-cpus", f"{conditions.usable_cpus} of {conditions.online_cpus} CPUs may be used")
    if conditions.on_battery:
        yield warn("battery-power", "the machine ran on battery")
    if conditions.is_clock_held_down:
        yield warn("powersave-governor", "the clock governor holds the CPU at its lowest clock")
    if (conditions.swap_used_bytes or 0) > SWAP_NOTICED_BYTES:
        yield warn("swap-used", f"{(conditions.swap_used_bytes or 0) >> 20} MiB of swap were in use")


def _of_contention(speed: Sequence[SpeedPoint], latency: Sequence[Latency]) -> Iterator[Warned]:
    seen = [sample.contention for point in speed for sample in point.samples]
    seen += [request.contention for served in latency for request in served.requests]
    if seen and all(contention.others_cpu_s is None for contention in seen):
        yield warn("contention-unknown", "what other processes used during the samples is not known")


def _of_point(point: SpeedPoint, target: float) -> Iterator[Warned]:
    repetitions = [sample for sample in point.samples if not sample.is_warm_up]
    quiet = clean(point.samples)
    yield from _disturbed(point.test, len(repetitions) - len(quiet), len(repetitions), "repetitions")
    half_width = relative_half_width([rate(sample) for sample in quiet])
    if half_width is None:
        yield warn("wide-interval", f"{point.test}: {len(quiet)} repetitions are too few for a 95 % interval")
    elif half_width > target:
        yield warn("wide-interval", f"{point.test}: ± {half_width:.1%} at 95 %, wider than ± {target:.0%}")
    # A prefill is few, long calls: only the steps of decoding could hide time between them.
    if point.n_gen and quiet:
        share = median(1 - sample.calls_s / sample.loop_s for sample in quiet)
        if share > LOOP_OVERHEAD:
            yield warn("loop-overhead", f"{point.test}: {share:.1%} of the time passed outside the calls")


def _of_requests(served: Latency) -> Iterator[Warned]:
    measured = [request for request in served.requests if not request.is_warm_up]
    n_disturbed = sum(request.contention.is_disturbed for request in measured)
    yield from _disturbed(f"{served.task} requests", n_disturbed, len(measured), "requests")


def _disturbed(name: str, n_disturbed: int, n_all: int, noun: str) -> Iterator[Warned]:
    if not n_disturbed:
        return
    share = f"{name}: {n_disturbed} of {n_all} {noun} were disturbed by other processes"
    is_lost = n_all - n_disturbed < FEWEST_CLEAN
    yield warn("disturbed-figure" if is_lost else "disturbed-samples", share)


def _of_energy(readings: Sequence[EnergyReading], settings: Settings) -> Iterator[Warned]:
    if any(reading.meter == NO_METER for reading in readings):
        blind = " that sees the GPU, where layers of the model are" if settings.n_gpu_layers else ""
        yield warn("no-energy-meter", f"no energy meter works here{blind}, and no model of one")
    for detail in sorted({reading.detail for reading in readings if reading.provenance == "modelled"}):
        yield warn("energy-modelled", f"energy is modelled, not measured: {detail}")
    absent = [reading for reading in readings if reading.absent_because and reading.meter != NO_METER]
    for phase in sorted({reading.phase for reading in absent}):
        first = next(reading for reading in absent if reading.phase == phase)
        which = "joules" if first.gross_j is None else "joules above idle"
        yield warn("energy-absent", f"no {which} for {phase}: {first.absent_because}")
    unexplained = [reading for reading in readings if reading.absent_because is None]
    if any(reading.gross_j is not None and reading.above_idle_j is None for reading in unexplained):
        yield warn("idle-power-unknown", "joules could not be told from the machine's idle draw")
