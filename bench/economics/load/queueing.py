"""One device with continuous batching, request by request: when each is begun, first heard of and done."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Served:
    """Seconds of each request in the order of arrival, and the decode calls in the order of time.

    ``begun_s``: its prompt was taken up. ``first_s``: the first token, at the end of the prompt. ``done_s``:
    the last token. Of a run of decode steps with the same sequences: its end, sequences and steps.
    """

    arrived_s: Floats
    begun_s: Floats
    first_s: Floats
    done_s: Floats
    run_end_s: Floats
    run_sequences: NDArray[np.int64]
    run_steps: NDArray[np.int64]


def serve(
    arrived_s: Sequence[float], prefill_s: Sequence[float], n_steps: Sequence[int], step_s: Sequence[float]
) -> Served:
    """Serve all requests, first come first served; the three first have an entry for each.

    ``step_s[n - 1]`` is a decode step of n sequences, and as many as it has are under way at most. Between
    two calls of the engine, whoever waits is taken up while a sequence is free: prompts go one after the
    other, and all answers wait for them, as ``engines.batching`` does it. Then every answer gets a token. A
    request without decode steps is done with its prompt. Raises ValueError where arrivals are out of order.
    """
    n, n_most = len(arrived_s), len(step_s)
    if not n == len(prefill_s) == len(n_steps) or not n_most:
        raise ValueError("each request needs an arrival, a prompt and steps, and the device a sequence")
    if any(not earlier <= later for earlier, later in pairwise(arrived_s)):
        raise ValueError("arrivals are not in the order of time")
    begun, first, done = [0.0] * n, [0.0] * n, [0.0] * n
    runs: list[tuple[float, int, int]] = []
    ends: list[tuple[int, int]] = []  # the step after which a request under way is done, and which it is
    now, step, coming = 0.0, 0, 0
    while coming < n or ends:
        if coming < n and len(ends) < n_most:
            if not ends and arrived_s[coming] > now:
                now = arrived_s[coming]
            if arrived_s[coming] <= now:
                begun[coming] = now
                now += prefill_s[coming]
                first[coming] = now
                if n_steps[coming]:
                    heappush(ends, (step + n_steps[coming], coming))
                else:
                    done[coming] = now
                coming += 1
                continue
        # The same sequences go on until one is done, or one that comes finds room between two steps.
        each_s = step_s[len(ends) - 1]
        n_run = ends[0][0] - step
        if coming < n and len(ends) < n_most:
            until_next = (arrived_s[coming] - now) / each_s if each_s > 0 else n_run
            n_run = min(n_run, max(1, math.ceil(until_next)))
        now += n_run * each_s
        step += n_run
        runs.append((now, len(ends), n_run))
        while ends and ends[0][0] == step:
            done[heappop(ends)[1]] = now
    return Served(
        arrived_s=np.array(arrived_s, dtype=np.float64),
        begun_s=np.array(begun),
        first_s=np.array(first),
        done_s=np.array(done),
        run_end_s=np.array([end for end, _, _ in runs]),
        run_sequences=np.array([n_under_way for _, n_under_way, _ in runs], dtype=np.int64),
        run_steps=np.array([n_run for _, _, n_run in runs], dtype=np.int64),
    )


def share_of_time(served: Served, n_most: int, edges_s: Floats) -> Floats:
    """Seconds with 0, 1, … ``n_most`` requests under way between each two edges.

    Shape (edges - 1, n_most + 1). A request is under way from its prompt's begin to its last token. Edges lie
    from 0 to the last token.
    """
    times = np.concatenate([served.begun_s, served.done_s])
    changes = np.repeat([1, -1], len(served.begun_s))
    order = np.argsort(times, kind="stable")
    moments = np.append(0.0, times[order])
    levels = np.append(0, np.cumsum(changes[order]))
    lasted = np.diff(moments)
    spent = [np.append(0.0, np.cumsum(lasted * (levels[:-1] == level))) for level in range(n_most + 1)]
    return np.column_stack([np.diff(np.interp(edges_s, moments, one)) for one in spent])


def seconds_in_system(served: Served, edges_s: Floats) -> Floats:
    """Seconds that requests spent between each two edges, waiting or under way, summed over them."""
    until = [(np.minimum(served.done_s, edge) - np.minimum(served.arrived_s, edge)).sum() for edge in edges_s]
    return np.diff(np.array(until))
