"""A load on one device: how busy it is, how long requests take, and whether it keeps up.

A discrete-event simulation over measured step times. Utilisation is a result of it, not an assumption.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bench.economics.device.capacity import Service
from bench.economics.load.load_rates import Lengths, LoadRates
from bench.economics.load.queueing import Floats, Served, seconds_in_system, serve, share_of_time
from bench.stats import Estimate, student

N_REQUESTS = 20_000
FEWEST_REQUESTS = 200  # of a simulation: below it a batch has hardly twenty
N_BATCHES = 8  # few and long: what is left of one's luck in the next makes intervals too narrow
NEAR_CAPACITY = 0.9  # share of it, from which on even these are too short (docs/load.md has figures)
WARM_UP = 0.1  # of the requests: they find the device emptier than later ones do
_ONE_MOMENT_S = 1e-6  # no log tells less apart, and rates of less overflow
COOL_DOWN = 0.02  # of the requests: fewer and fewer come after them
PERCENTS: Final = (50, 90, 95, 99)

State = Literal["sustained", "near-capacity", "overloaded"]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the counted requests, each with its 95 % interval."""

    mean: Estimate
    p50: Estimate
    p90: Estimate
    p95: Estimate
    p99: Estimate


@dataclass(frozen=True, slots=True)
class Load:
    """What one device does under a load. Intervals (95 %) are the simulation's own, not the measurement's.

    An overload has no times: they grow for as long as it lasts. Near capacity, luck lasts longer than a
    batch, so that intervals hold the truth less often than they should. Mean requests are of all that are
    in the system, waiting or under way.
    """

    arrivals_per_s: float
    n_counted: int  # requests, after the warm-up
    capacity_per_s: float
    load_share: float  # arrivals over capacity
    state: State
    busy_share: Estimate
    time_share_under_way: tuple[float, ...]  # of 0, 1, … requests
    mean_requests: Estimate
    served_per_s: Estimate
    growth_per_s: Estimate  # of the requests in the system
    ttft: Times | None
    latency: Times | None
    joules_per_request: Estimate | None  # above idle; the bounds are those of the joules
    are_joules_upper: bool


@dataclass(frozen=True)
class _Requests:
    """Drawn once for every load, so that two loads differ by nothing but their rate."""

    gaps: Floats  # between arrivals, of mean 1
    prompt_tokens: Floats
    prefill_s: list[float]
    n_steps: list[int]


def simulate(
    rates: LoadRates,
    lengths: Sequence[Lengths],
    arrivals: float | Sequence[float],
    *,
    seed: int,
    n_requests: int = N_REQUESTS,
) -> Load:
    """One load: Poisson arrivals at so many a second, or arrivals at recorded seconds, in their order.

    The requests' lengths are drawn from ``lengths``, with replacement. Same seed, same result. Raises
    ValueError for a rate that is not above 0, no lengths, too few requests, or arrivals out of order.
    """
    if isinstance(arrivals, float | int):
        return curve(rates, lengths, [arrivals], seed=seed, n_requests=n_requests)[0]
    requests = _drawn(rates, lengths, seed, len(arrivals))
    times, rate = _recorded(arrivals)
    capacity_per_s = Service(rates, tuple(lengths)).capacity_per_s
    return _loaded(requests, rates, times, rate, capacity_per_s)


def curve(
    rates: LoadRates,
    lengths: Sequence[Lengths],
    arrivals_per_s: Sequence[float],
    *,
    seed: int,
    n_requests: int = N_REQUESTS,
    recorded: Sequence[float] | None = None,
) -> tuple[Load, ...]:
    """The same requests at each rate; as ``simulate`` otherwise.

    Arrivals are Poisson's, or those at ``recorded`` seconds, closer together or farther apart; these say how
    many there are.
    """
    for rate in arrivals_per_s:
        if not 0 < rate < np.inf:
            raise ValueError(f"{rate} arrivals a second")
    requests = _drawn(rates, lengths, seed, n_requests if recorded is None else len(recorded))
    capacity_per_s = Service(rates, tuple(lengths)).capacity_per_s
    moments = np.cumsum(requests.gaps)
    if recorded is not None:
        times, own_rate = _recorded(recorded)
        moments = times * own_rate
    return tuple(_loaded(requests, rates, moments / rate, rate, capacity_per_s) for rate in arrivals_per_s)


def are_simulable(seconds: Sequence[float]) -> bool:
    """Are there enough recorded arrivals, in order, and do those that count not come at one moment?"""
    n = len(seconds)
    if n < FEWEST_REQUESTS or any(not earlier <= later for earlier, later in pairwise(seconds)):
        return False
    edges = _edges(n)
    return bool(_ONE_MOMENT_S < seconds[edges[-1]] - seconds[edges[0]] < np.inf)


def _recorded(arrivals: Sequence[float]) -> tuple[Floats, float]:
    """Seconds since the first, and how many come a second."""
    times = np.asarray(arrivals, dtype=np.float64)
    span_s = float(times[-1] - times[0])
    if not 0 < span_s < np.inf:
        raise ValueError(f"recorded arrivals that span {span_s} s have no rate")
    return times - times[0], (len(times) - 1) / span_s


def _edges(n: int) -> NDArray[np.int64]:
    """Of so many requests, the first of each batch that counts, and the first after them."""
    n_first = int(WARM_UP * n)
    n_each = (n - n_first - int(COOL_DOWN * n)) // N_BATCHES
    return n_first + n_each * np.arange(N_BATCHES + 1)


def _drawn(rates: LoadRates, lengths: Sequence[Lengths], seed: int, n_requests: int) -> _Requests:
    if not lengths:
        raise ValueError("no lengths of requests to draw from")
    if n_requests < FEWEST_REQUESTS:
        raise ValueError(f"{n_requests} requests are too few to simulate; {FEWEST_REQUESTS} are needed")
    generator = np.random.default_rng(seed)
    chosen = generator.integers(len(lengths), size=n_requests)
    prompts, outputs = (np.array(one) for one in zip(*lengths, strict=True))
    prefill_s = np.array([rates.prefill_s(n_prompt) for n_prompt, _ in lengths])
    return _Requests(
        generator.standard_exponential(n_requests),
        prompts[chosen].astype(np.float64),
        prefill_s[chosen].tolist(),
        np.maximum(outputs - 1, 0)[chosen].tolist(),
    )


def _loaded(
    requests: _Requests, rates: LoadRates, arrived_s: Floats, rate: float, capacity_per_s: float
) -> Load:
    served = serve(arrived_s.tolist(), requests.prefill_s, requests.n_steps, rates.step_s)
    n, n_most = len(arrived_s), len(rates.step_s)
    edges = _edges(n)
    n_each = int(edges[1] - edges[0])
    edges_s = arrived_s[edges]
    if edges_s[-1] <= edges_s[0]:
        raise ValueError("all arrivals that count come at one moment")
    lasted_s = np.diff(edges_s)
    under_way_s = share_of_time(served, n_most, edges_s)
    n_done = _counted(served.done_s, np.ones(n), edges_s)
    load_share = rate / capacity_per_s
    has_times = load_share < 1
    counted = slice(int(edges[0]), int(edges[-1]))
    return Load(
        arrivals_per_s=rate,
        n_counted=n_each * N_BATCHES,
        capacity_per_s=capacity_per_s,
        load_share=load_share,
        state=_state(load_share),
        busy_share=_ratio(lasted_s - under_way_s[:, 0], lasted_s),
        time_share_under_way=tuple((under_way_s.sum(axis=0) / lasted_s.sum()).tolist()),
        mean_requests=_ratio(seconds_in_system(served, edges_s), lasted_s),
        served_per_s=_ratio(n_done, lasted_s),
        growth_per_s=_ratio(n_each - n_done, lasted_s, is_signed=True),
        ttft=_times((served.first_s - arrived_s)[counted]) if has_times else None,
        latency=_times((served.done_s - arrived_s)[counted]) if has_times else None,
        joules_per_request=_joules(requests, rates, served, edges_s, float(n_done.sum())),
        are_joules_upper=rates.joules is not None and rates.joules.is_upper,
    )


def _state(load_share: float) -> State:
    if load_share >= 1:
        return "overloaded"
    return "sustained" if load_share <= NEAR_CAPACITY else "near-capacity"


def _times(values: Floats) -> Times:
    """By sections (Asmussen and Glynn 2007, III.5): those of the batches are spread around that of all."""
    batches = values.reshape(N_BATCHES, -1)
    mean = _spread(float(values.mean()), batches.mean(axis=1))
    of_all, of_each = np.percentile(values, PERCENTS), np.percentile(batches, PERCENTS, axis=1)
    return Times(mean, *(_spread(float(one), each) for one, each in zip(of_all, of_each, strict=True)))


def _spread(value: float, of_batches: Floats) -> Estimate:
    error = float(np.sqrt(((of_batches - value) ** 2).sum() / (N_BATCHES - 1) / N_BATCHES))
    half = student(0.95, N_BATCHES - 1) * error
    return Estimate(value, max(0.0, value - half), value + half)


def _ratio(parts: Floats, wholes: Floats, *, is_signed: bool = False) -> Estimate:
    """Σ parts / Σ wholes of the batches, with Student's interval of a ratio (Cochran 1977, section 6.4)."""
    value = float(parts.sum() / wholes.sum())
    residuals = (parts - value * wholes) / wholes.mean()
    half = student(0.95, N_BATCHES - 1) * float(np.sqrt((residuals**2).sum() / (N_BATCHES - 1) / N_BATCHES))
    return Estimate(value, value - half if is_signed else max(0.0, value - half), value + half)


def _joules(
    requests: _Requests, rates: LoadRates, served: Served, edges_s: Floats, n_done: float
) -> Estimate | None:
    """All joules between the first edge and the last, over the requests that were done there."""
    joules = rates.joules
    if joules is None or not n_done:
        return None
    tokens = _counted(served.first_s, requests.prompt_tokens, edges_s).sum()
    weights = np.array(joules.step_weight)[served.run_sequences - 1] * served.run_steps.astype(np.float64)
    steps = _counted(served.run_end_s, weights, edges_s).sum()
    bands = zip(joules.j_per_prompt_token, joules.j_per_decode_step, strict=True)
    return Estimate(*(float(prompt * tokens + step * steps) / n_done for prompt, step in bands))


def _counted(at_s: Floats, amounts: Floats, edges_s: Floats) -> Floats:
    """The amounts at moments between each two edges."""
    return np.histogram(at_s, edges_s, weights=amounts)[0].astype(np.float64)
