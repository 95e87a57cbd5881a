"""Records, profiles and scenarios of the economics' tests, with round figures that can be checked by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bench.catalog.types import ApiProfile, Cited, PriceOverride, PublishedScore
from bench.economics.assumptions.constants import Constant
from bench.economics.assumptions.scenario import Scenario
from bench.records.types import (
    Breakdown,
    Contention,
    EnergyReading,
    Failure,
    ItemResult,
    Latency,
    Machine,
    Memory,
    MemoryPoint,
    Model,
    Record,
    RequestSample,
    Settings,
    TaskResult,
    Tool,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CITED = Cited("a made-up list", "2026-01-01")
QUIET = Contention(others_cpu_s=0.0, stalled_s=0.0, is_disturbed=False)
BUSY = Contention(others_cpu_s=1.0, stalled_s=1.0, is_disturbed=True)

# An attempt: 100 prompt tokens, 11 output tokens, so 10 decode steps.
# Requests: TTFT 1 s for 100 tokens (0.01 s each), 1 s for 10 steps (0.1 s each): 2 s an attempt.
# Energy above idle: 20 J for 100 prompt tokens, 16 J for 10 steps: 36 J an attempt.


def exactly(value: str, unit: str = "") -> Constant:
    number = Decimal(value)
    return Constant(number, number, number, unit, "declared", "declared by the user")


def scenario(**changes: object) -> Scenario:
    """All constants exact: 0.36 USD/kWh, nothing unmetered and a perfect supply, so 36 J cost 3.6 µUSD."""
    chosen: dict[str, object] = {
        "at": AT,
        "kwh_price": exactly("0.36"),
        "unmetered": exactly("0"),
        "psu_efficiency": exactly("1"),
        "answer_length": exactly("1"),
        "idle_watts": exactly("10"),
        **changes,
    }
    return Scenario(**chosen)  # type: ignore[arg-type]  # fields by name


def profile(
    name: str = "some-api",
    *,
    input_price: str = "1",
    output_price: str = "4",
    scores: Sequence[PublishedScore] = (),
    **changes: object,
) -> ApiProfile:
    """An API with a price of its own: 1 and 4 USD per million tokens unless said otherwise."""
    price = PriceOverride(Decimal(input_price), Decimal(output_price), None, None, CITED)
    chosen: dict[str, object] = {
        "name": name,
        "title": name,
        "provider": "openai",
        "price_model": None,
        "tokenizer": "o200k_base",
        "scores": tuple(scores),
        "prices": (price,),
        **changes,
    }
    return ApiProfile(**chosen)  # type: ignore[arg-type]  # fields by name


def score(accuracy: float, n_items: int | None = None, task: str = "some-task") -> PublishedScore:
    return PublishedScore(task, accuracy, "0-shot", n_items, CITED)


def items(n_right: int, n: int, **changes: object) -> tuple[ItemResult, ...]:
    """``n`` items, the first ``n_right`` right; as an API request each is 80 tokens in and 10 out."""
    return tuple(
        ItemResult(
            **{
                "item_id": f"item-{i}",
                "prompt_sha256": f"{i:064x}",
                "outcome": "right" if i < n_right else "wrong",
                "n_prompt_tokens": 100,
                "n_output_tokens": 11,
                "hosted_input_tokens": {"o200k_base": 80, "cl100k_base": 82},
                "hosted_output_tokens": {"o200k_base": 10, "cl100k_base": 10},
                **changes,
            }
        )
        for i in range(n)
    )


def task(results: Sequence[ItemResult], name: str = "some-task", **changes: object) -> TaskResult:
    return TaskResult(
        **{
            "task": name,
            "kind": "generate",
            "title": name,
            "content_sha256": "0" * 64,
            "prompting": "chat",
            "n_shots": 0,
            "scorer": "exact",
            "chance": None,
            "max_tokens": 64,
            "expected_output_tokens": None,
            "seed": 0,
            "n_available": len(results),
            "n_planned": len(results),
            "planned_by": "limit",
            "group_size": 8,
            "items": tuple(results),
            **changes,
        }
    )


def request(i: int, contention: Contention = QUIET, **changes: object) -> RequestSample:
    return RequestSample(
        **{
            "item_id": f"item-{i}",
            "n_prompt_tokens": 100,
            "n_output_tokens": 11,
            "n_output_chars": 40,
            "tokenize_s": 0.0,
            "ttft_s": 1.0,
            "prefill_s": 1.0,
            "decode_s": 1.0,
            "itl_s": (0.1,) * 10,
            "is_truncated": False,
            "is_warm_up": False,
            "contention": contention,
            **changes,
        }
    )


def reading(
    phase: str, joules: tuple[float, float, float] | None, n_tokens: int, **changes: object
) -> EnergyReading:
    return EnergyReading(
        **{
            "phase": phase,
            "meter": "cpu-model",
            "covers": "worker-cpu",
            "provenance": "modelled" if joules else "absent",
            "detail": "",
            "window_s": 1.0,
            "n_tokens": n_tokens,
            "gross_j": None,
            "above_idle_j": joules,
            "absent_because": None if joules else "no meter",
            **changes,
        }
    )


def latency(name: str = "some-task", *, spread: float = 0.0, contention: Contention = QUIET) -> Latency:
    """36 J an attempt, give or take the share ``spread``."""

    def band(value: float) -> tuple[float, float, float]:
        return value, value * (1 - spread), value * (1 + spread)

    return Latency(
        task=name,
        requests=tuple(request(i, contention) for i in range(5)),
        energy=(
            reading("prefill", band(80.0), 400, contention=contention),
            reading("decode", band(64.0), 40, contention=contention),
        ),
    )


def record(
    tasks: Sequence[TaskResult],
    latencies: Sequence[Latency] | None = None,
    *,
    failures: Sequence[Failure] = (),
    peak_rss_bytes: int = 10**9,
) -> Record:
    """A machine of 8 GB with a context of 4,096 tokens."""
    point = MemoryPoint(
        at="end", rss_bytes=None, peak_rss_bytes=peak_rss_bytes, uss_bytes=None, pss_bytes=None
    )
    return Record(
        id="0" * 16,
        created_utc=AT,
        tool=Tool(version="0", commit=None, arguments=(), catalogs_sha256={}),
        machine=Machine(
            machine_class="test",
            system="Linux",
            architecture="x86_64",
            cpu_model="test",
            physical_cores=2,
            usable_cpus=2,
            memory_bytes=8 * 10**9,
            gpus=(),
            python="3.11",
            container_limits={},
        ),
        model=Model(
            name="some-model",
            file_name="some.gguf",
            sha256="0" * 64,
            size_bytes=1,
            source="file",
            pinned_by="local-file",
        ),
        settings=Settings(
            engine="scripted",
            n_ctx=4096,
            n_batch=512,
            n_ubatch=512,
            n_threads=2,
            n_threads_batch=2,
            n_gpu_layers=0,
            n_seq_max=1,
            kv_unified=True,
            swa_full=False,
            type_k="f16",
            type_v="f16",
            flash_attn="auto",
            use_mmap=True,
            use_mlock=False,
        ),
        quality_settings=None,
        engine=None,
        load=None,
        speed=(),
        latency=tuple(latency(one.task) for one in tasks) if latencies is None else tuple(latencies),
        idle_energy=(),
        memory=Memory(is_mapped=True, engine_buffers=(), points=(point,), predicted_bytes=None),
        tasks=tuple(tasks),
        failures=tuple(failures),
        warnings=(),
        breakdown=Breakdown(wall_s=1.0, engine_s=1.0, by_unit_s={}),
        is_complete=True,
        is_quick=False,
        assessment=None,
    )
