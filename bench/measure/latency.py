"""TTFT, ITL and TPOT of real requests, one at a time: the operating point of the economics."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import pairwise

from bench.engines.protocol import Prompt, Thinking
from bench.errors import EngineError
from bench.measure.calls import Caller, ask, assert_cold
from bench.measure.disturbance import ContentionSource, contention_between, state_of
from bench.records.types import Contention, Latency, MachineState, RequestSample
from bench.units import seconds
from bench.worker.protocol import Serve, Served

REQUEST_TIMEOUT_S = 1800.0
MAX_REQUESTS = 20
MAX_TRIES = 3  # of one prompt, while its request is disturbed


def measure_latency(
    worker: Caller,
    task_name: str,
    prompts: Sequence[tuple[str, Prompt]],
    *,
    max_tokens: int,
    stop: tuple[str, ...],
    thinking: Thinking | None = None,
    contention: ContentionSource,
    budget_s: float,
    max_requests: int = MAX_REQUESTS,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Latency:
    """Serve the task's own prompts (item id, prompt), each with an empty cache, within the time budget.

    The first prompt is served once to warm up; then at least one prompt and at most ``max_requests`` are
    measured, in the given order. A disturbed request is kept, and its prompt asked again later if the
    budget allows. A prompt that the engine refuses, such as one longer than the context, is left out and
    counted.

    Raises EngineError when all are refused or the cache was not cold, and WorkerError from the worker.
    """
    started_ns = clock()
    waiting = deque(prompts)
    refused: list[EngineError] = []
    tries: Counter[str] = Counter()
    served: list[RequestSample] = []
    while waiting:
        item_id, prompt = waiting.popleft()
        if len(tries) >= max_requests and item_id not in tries:
            continue
        try:
            reply, disturbance, state = _serve(worker, Serve(prompt, max_tokens, stop, thinking), contention)
        except EngineError as error:
            refused.append(error)
            continue
        sample = request_sample(item_id, reply, disturbance, state, is_warm_up=not served)
        served.append(sample)
        if sample.is_warm_up:
            waiting.appendleft((item_id, prompt))
            continue
        tries[item_id] += 1
        if sample.contention.is_disturbed and tries[item_id] < MAX_TRIES:
            waiting.append((item_id, prompt))
        spent_s = seconds(clock() - started_ns)
        if spent_s + spent_s / len(served) > budget_s:
            break
    if refused and not tries:
        raise refused[-1]
    return Latency(
        task=task_name,
        requests=tuple(served),
        energy=(),
        n_refused=len(refused),
        refused_because=refused[0].what if refused else None,
    )


def serve_once(
    worker: Caller,
    item_id: str,
    command: Serve,
    contention: ContentionSource,
) -> RequestSample:
    """One request alone on an empty cache; EngineError when it is refused or the cache was not cold."""
    reply, disturbance, state = _serve(worker, command, contention)
    return request_sample(item_id, reply, disturbance, state, is_warm_up=False)


def request_sample(
    item_id: str,
    reply: Served,
    contention: Contention,
    state: MachineState | None = None,
    *,
    is_warm_up: bool,
) -> RequestSample:
    """Latencies of one reply. The first output token belongs to TTFT, so n tokens have n - 1 gaps.

    An answer that ends at once has no token; its TTFT is the time to that decision.
    Raises EngineError when the cache was not cold, or when the times do not fit the token count.
    """
    assert_cold(reply.n_evaluated, reply.n_prompt_tokens, item_id)
    if len(reply.token_ns) != reply.n_output_tokens:
        raise EngineError(
            f"{reply.n_output_tokens} output tokens, but {len(reply.token_ns)} token times", where=item_id
        )
    first_ns = reply.token_ns[0] if reply.token_ns else reply.prefill.end_ns
    last_ns = reply.token_ns[-1] if reply.token_ns else first_ns
    return RequestSample(
        item_id=item_id,
        n_prompt_tokens=reply.n_prompt_tokens,
        n_output_tokens=reply.n_output_tokens,
        n_thinking_tokens=reply.n_thinking_tokens,
        n_output_chars=len(reply.text),
        tokenize_s=reply.tokenize.length_s,
        ttft_s=seconds(first_ns - reply.request.start_ns),
        prefill_s=reply.prefill.length_s,
        decode_s=seconds(last_ns - first_ns),
        itl_s=tuple(seconds(later - earlier) for earlier, later in pairwise(reply.token_ns)),
        is_truncated=reply.truncated,
        is_warm_up=is_warm_up,
        contention=contention,
        state=state,
    )


def _serve(
    worker: Caller, command: Serve, contention: ContentionSource
) -> tuple[Served, Contention, MachineState]:
    before = contention.read()
    reply = ask(worker, command, Served, timeout_s=REQUEST_TIMEOUT_S)
    after = contention.read()
    return reply, contention_between(before, after), state_of(after)
