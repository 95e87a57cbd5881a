"""Do times and tokens fit each other, the machine's own ceilings, and what any machine can do?"""

import re
from collections.abc import Iterator

from bench.records.types import Latency, RateSample, Record, RequestSample, SpeedPoint
from bench.reports.board.bounds import bounds_of, least_bytes_per_token, least_operations_per_token
from bench.reports.board.findings import MEASURE_AGAIN, Finding, not_ranked, note, refused
from bench.reports.rows.limits import limits_of
from bench.reports.rows.summary import latency_rows, speed_rows
from bench.reports.words.figures import significant

TIMING_ERROR = 1e-6  # relative; what is read from two clocks cannot be better than this
LOOP_AGREES = 1.10  # a loop that takes more than this times its calls measured something else, too
BEYOND_CEILING = 1.25  # times the recorded roofline: more than the ceilings' own scatter
DOUBTFUL = 1.02  # as bench.reports.rows.limits calls a ceiling exceeded
_NAMED = re.compile(r"(pp|wp|tg)(\d+)")
_QUIET = "close other programs and measure again: the point is marked as disturbed"


def speed_findings(record: Record) -> Iterator[Finding]:
    for number, point in enumerate(record.speed):
        yield from _point(record, point, f"speed.{number}")
    lost = list(dict.fromkeys(row.test for row in speed_rows(record) if row.is_disturbed))
    if lost:
        yield not_ranked(_where(record, lost[0]), f"disturbed: {', '.join(lost)}", _QUIET)


def _where(record: Record, test: str) -> str:
    numbers = (n for n, point in enumerate(record.speed) if test.startswith(point.test))
    return f"speed.{next(numbers, 0)}"


def _point(record: Record, point: SpeedPoint, path: str) -> Iterator[Finding]:
    named = dict(_NAMED.findall(point.test.split(" ")[0]))
    said = {"pp": point.n_prompt, "wp": point.n_prompt, "tg": point.n_gen}
    for kind, tokens in named.items():
        if int(tokens) != said[kind]:
            yield refused(
                f"{path}.test", f"{point.test} is the name of another test than {said[kind]} tokens"
            )
    expected = (point.n_prompt - point.n_cached + point.n_gen) * (point.n_parallel or 1)
    free_at = 0.0
    for number, sample in enumerate(point.samples):
        at = f"{path}.samples.{number}"
        yield from _sample(record, point, sample, at, expected)
        if sample.at_s is not None and sample.round is None:
            if sample.at_s < free_at * (1 - TIMING_ERROR) - 1e-3:
                yield refused(f"{at}.at_s", "it begins before the repetition before it has ended")
            free_at = sample.at_s + sample.loop_s


def _sample(
    record: Record, point: SpeedPoint, sample: RateSample, at: str, expected: int
) -> Iterator[Finding]:
    if not sample.is_warm_up and sample.n_tokens != expected:
        yield refused(
            f"{at}.n_tokens", f"{point.test} evaluates {expected:,} tokens, not {sample.n_tokens:,}"
        )
    if min(sample.calls_s, sample.loop_s) <= 0:
        yield refused(f"{at}.calls_s", "tokens in no time")
        return
    if sample.calls_s > sample.loop_s * (1 + TIMING_ERROR):
        yield refused(f"{at}.calls_s", "the calls took longer than the loop that they are part of")
    elif sample.loop_s > sample.calls_s * LOOP_AGREES and not sample.is_warm_up:
        share = sample.loop_s / sample.calls_s
        yield note(
            f"{at}.loop_s",
            f"the loop took {share:.2f} times its calls",
            "look for what slows Python down; rates are over the calls",
        )
    steps_per_s = None
    if point.n_gen and not point.n_prompt:
        steps_per_s = sample.n_tokens / (point.n_parallel or 1) / sample.calls_s
    tokens_per_s = None if point.n_cached else sample.n_tokens / sample.calls_s
    n_threads = record.settings.n_threads_batch if point.n_prompt else record.settings.n_threads
    yield from _beyond_physics(record, n_threads, steps_per_s, tokens_per_s, f"{at}.calls_s")


def _beyond_physics(
    record: Record, n_threads: int, steps_per_s: float | None, tokens_per_s: float | None, path: str
) -> Iterator[Finding]:
    bounds = bounds_of(record, n_threads)
    n_bytes = least_bytes_per_token(record.model)
    if steps_per_s is not None and n_bytes is not None and steps_per_s * n_bytes > bounds.read_bytes_per_s:
        yield refused(
            path,
            f"{significant(steps_per_s)} steps/s read at least "
            f"{significant(steps_per_s * n_bytes / 1e9)} GB/s of weights; {bounds.device} "
            f"read at most {significant(bounds.read_bytes_per_s / 1e9)} GB/s",
        )
    operations = least_operations_per_token(record.model)
    if tokens_per_s is not None and operations and tokens_per_s * operations > bounds.flops_per_s:
        yield refused(
            path,
            f"{significant(tokens_per_s)} token/s are at least "
            f"{significant(tokens_per_s * operations / 1e12)} TFLOP/s; {bounds.device} "
            f"reach at most {significant(bounds.flops_per_s / 1e12)} TFLOP/s",
        )


def latency_findings(record: Record) -> Iterator[Finding]:
    for number, latency in enumerate(record.latency):
        for which, request in enumerate(latency.requests):
            yield from _request(record, request, f"latency.{number}.requests.{which}")
    lost = {row.task for row in latency_rows(record) if row.is_disturbed}
    for number, latency in enumerate(record.latency):
        if latency.task in lost:
            yield _disturbed_latency(latency, number)


def _disturbed_latency(latency: Latency, number: int) -> Finding:
    return note(f"latency.{number}", f"the requests of {latency.task} were disturbed", _QUIET)


def _request(record: Record, request: RequestSample, at: str) -> Iterator[Finding]:
    slack = 1e-3 + TIMING_ERROR * request.ttft_s
    if request.prefill_s > request.ttft_s + slack:
        yield refused(f"{at}.ttft_s", "the first token came before the prompt was evaluated")
    if request.itl_s and len(request.itl_s) != request.n_output_tokens - 1:
        yield refused(
            f"{at}.itl_s", f"{len(request.itl_s)} gaps between {request.n_output_tokens:,} output tokens"
        )
    if request.itl_s and abs(sum(request.itl_s) - request.decode_s) > 1e-3 + 0.01 * request.decode_s:
        yield refused(f"{at}.decode_s", "the gaps between tokens do not add up to it")
    settings = record.settings
    if request.prefill_s > 0:
        rate = request.n_prompt_tokens / request.prefill_s
        yield from _beyond_physics(record, settings.n_threads_batch, None, rate, f"{at}.prefill_s")
    elif request.n_prompt_tokens:
        yield refused(f"{at}.prefill_s", "a prompt in no time")
    if request.n_output_tokens > 1:
        if request.decode_s > 0:
            rate = (request.n_output_tokens - 1) / request.decode_s
            yield from _beyond_physics(record, settings.n_threads, rate, rate, f"{at}.decode_s")
        else:
            yield refused(f"{at}.decode_s", "tokens in no time")


def ceiling_findings(record: Record) -> Iterator[Finding]:
    """Rates beside the ceilings that the same record measured, and these beside physics."""
    ceilings = record.ceilings
    if ceilings is None:
        return
    bounds = bounds_of(record, ceilings.n_threads)
    if ceilings.read_bytes_per_s > bounds.read_bytes_per_s:
        yield refused(
            "ceilings.read_bytes_per_s",
            f"{significant(ceilings.read_bytes_per_s / 1e9)} GB/s; {bounds.device} read at most "
            f"{significant(bounds.read_bytes_per_s / 1e9)} GB/s",
        )
    for number, kernel in enumerate(ceilings.kernels):
        if kernel.flops_per_s > bounds.flops_per_s:
            yield refused(
                f"ceilings.kernels.{number}.flops_per_s",
                f"{significant(kernel.flops_per_s / 1e12)} TFLOP/s; {bounds.device} reach at most "
                f"{significant(bounds.flops_per_s / 1e12)} TFLOP/s",
            )
    read, size = sum(ceilings.weight_bytes.values()), record.model.tensor_bytes
    if size is not None and read > 1.01 * size:
        yield refused(
            "ceilings.weight_bytes", f"a token reads {read:,} bytes of weights, the model has {size:,}"
        )
    is_disturbed = ceilings.contention is not None and ceilings.contention.is_disturbed
    for limit in limits_of(record).limits:
        # What the caches can hold may be read faster than memory, by any number of cores.
        share = limit.arithmetic_share if _may_fit_caches(record) else limit.roofline_share
        if limit.is_disturbed or share <= DOUBTFUL:
            continue
        path = _where(record, limit.test)
        what = f"{limit.test} runs at {share:.2f} times the roofline that the record itself measured"
        if share > BEYOND_CEILING and not is_disturbed:
            yield refused(path, what)
        else:
            yield note(path, what, MEASURE_AGAIN)


def _may_fit_caches(record: Record) -> bool:
    caches, cores = record.machine.caches, record.machine.physical_cores
    size = record.model.tensor_bytes or record.model.size_bytes
    if not caches or cores is None or size is None:
        return True
    return size <= max(caches.values()) * cores
