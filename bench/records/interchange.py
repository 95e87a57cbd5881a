"""Other tools' measurements as records: llama-bench's JSON and JSON Lines.

Rows of the same build, machine, model and settings make one record. What llama-bench does not tell is None or
"unknown", what it held by itself is as its source has it (``to_llama_cparams`` in llama.cpp's
``tools/llama-bench/llama-bench.cpp``). The id is a hash of the rows: importing them twice gives one record.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from bench.errors import RecordError
from bench.records.files import explain, parse_json, read_text
from bench.records.types import (
    Breakdown,
    Contention,
    EngineBuild,
    Imported,
    Machine,
    Model,
    RateSample,
    Record,
    Settings,
    SpeedPoint,
    Tool,
)
from bench.units import MIB, NS_PER_S

LARGEST_FILE_BYTES: Final = 32 * MIB
LONGEST_WORDS: Final = 4096
UNKNOWN: Final = "unknown"
_REMEDY = "give what `llama-bench -o json` or `-o jsonl` wrote: CSV, SQL and Markdown hold no samples"
_FLASH_ATTN: Final = {-1: "auto", 0: "off", 1: "on"}  # llama.h; older versions of llama-bench: false and true
_MAPPED: Final = ("auto", "mmap", "mmap+mlock")
_LOCKED: Final = ("mlock", "mmap+mlock")
_UNTOLD: Final = Contention(others_cpu_s=None, stalled_s=None, is_disturbed=False)

_Words = Annotated[str, Field(max_length=LONGEST_WORDS)]
_Size = Annotated[int, Field(ge=0, le=2**62)]
_Tokens = Annotated[int, Field(ge=0, le=2**31)]
_Threads = Annotated[int, Field(ge=1, le=2**16)]
_Nanoseconds = Annotated[int, Field(gt=0, le=2**62)]


_KEY: Final = re.compile("[a-z][a-z0-9_]{0,60}")


def _time(text: str) -> datetime:
    """RFC 3339; without a zone it is UTC, as llama-bench's is. ValueError for anything else."""
    at = datetime.fromisoformat(text)
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError("no time of this calendar") from None


def _is_time(text: str) -> str:
    _time(text)
    return text


def _is_text(text: str) -> bool:
    """JSON can hold lone surrogates, which no file in UTF-8 can."""
    return len(text) <= LONGEST_WORDS and not any("\ud800" <= letter <= "\udfff" for letter in text)


class _Row(BaseModel):
    """One test of llama-bench, and breakeven's own keys where it wrote the row; other keys are kept aside."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)

    build_commit: _Words
    build_number: _Size
    cpu_info: _Words
    gpu_info: _Words
    backends: _Words
    model_filename: _Words
    model_type: _Words
    model_size: _Size
    model_n_params: _Size
    n_batch: _Tokens
    n_ubatch: _Tokens
    n_threads: _Threads
    type_k: _Words
    type_v: _Words
    n_gpu_layers: Annotated[int, Field(ge=-(2**31), le=2**31)]
    flash_attn: bool | Annotated[int, Field(ge=-1, le=1)]
    n_prompt: _Tokens
    n_gen: _Tokens
    n_depth: _Tokens
    test_time: Annotated[_Words, AfterValidator(_is_time)]
    samples_ns: Annotated[list[_Nanoseconds], Field(min_length=1)]
    load_mode: _Words | None = None
    use_mmap: bool = True  # of older versions, before load_mode

    test: _Words | None = None
    n_parallel: Annotated[int, Field(ge=1, le=2**16)] | None = None
    n_cached: _Tokens = 0
    n_ctx: _Tokens | None = None
    n_threads_batch: _Threads | None = None
    breakeven_record: _Words | None = None

    @model_validator(mode="after")
    def _check(self) -> "_Row":
        sequences = self.n_parallel or 1
        if not self.n_prompt + self.n_gen:
            raise ValueError("n_prompt and n_gen are both 0: no test")
        if self.n_prompt % sequences or self.n_gen % sequences:
            raise ValueError("n_prompt and n_gen do not divide by n_parallel")
        if self.n_cached > self.n_depth:
            raise ValueError("n_cached is more than n_depth")
        for key, value in (self.model_extra or {}).items():
            if isinstance(value, str) and not (_KEY.fullmatch(key) and _is_text(value)):
                raise ValueError(f"{key[:40]!r} holds what is no setting")
        return self


# Of these, ``Record`` has its own words; the other scalar keys are settings that only llama-bench knows.
_KNOWN: Final = {*_Row.model_fields, "avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ts"} - {
    "load_mode"
}
_OF_A_TEST: Final = {
    *("n_prompt", "n_gen", "n_depth", "test_time", "samples_ns"),
    *("test", "n_parallel", "n_cached", "n_ctx"),
}
_BREAKEVEN: Final = {
    *("median_ts", "low_ts", "high_ts", "n_disturbed", "is_disturbed_figure"),
    *("stopped_because", "warnings", "load_s", "peak_rss_bytes"),
}


def read_llama_bench(path: Path) -> list[Record]:
    """Records of a file that llama-bench wrote with ``-o json`` or ``-o jsonl``, in the order of their rows.

    RecordError says which row and key is not llama-bench's, or what is wrong with the file.
    """
    where = str(path)
    try:
        documents = _documents(read_text(path, LARGEST_FILE_BYTES), where)
    except RecordError as error:
        raise RecordError(error.what, where=error.where, remedy=_REMEDY) from None
    if not documents:
        raise RecordError("holds no test", where=where, remedy=_REMEDY)
    groups: dict[str, list[dict[str, _Row]]] = {}
    for at, document in documents:
        row = _row(document, at)
        parts = groups.setdefault(_held_together(row), [{}])
        # A test that comes again was measured again: that is another record.
        if _test(row) in parts[-1]:
            parts.append({})
        parts[-1][_test(row)] = row
    return [_record(list(rows.values())) for parts in groups.values() for rows in parts]


def _documents(text: str, where: str) -> list[tuple[str, Any]]:
    """Each test with where it stands."""
    if text.lstrip().startswith("["):
        tests = parse_json(text, where=where)
        return [(f"{where}, test {number}", test) for number, test in enumerate(tests, start=1)]
    lines = [(f"{where}, line {number}", line) for number, line in enumerate(text.splitlines(), start=1)]
    return [(at, parse_json(line, where=at)) for at, line in lines if line.strip()]


def _row(document: Any, where: str) -> _Row:
    if not isinstance(document, dict):
        raise RecordError("is no JSON object, so it is no test", where=where, remedy=_REMEDY)
    try:
        return _Row.model_validate(document)
    except ValidationError as error:
        raise RecordError(explain(error), where=where, remedy=_REMEDY) from None


def _record(rows: Sequence[_Row]) -> Record:
    first = rows[0]
    file_name = re.split(r"[/\\]", first.model_filename)[-1] or UNKNOWN
    name, quantization = file_name.removesuffix(".gguf"), first.model_type.rsplit(" ", 1)[-1]
    gpus = tuple(filter(None, first.gpu_info.split(", ")))
    tool = "breakeven" if first.breakeven_record else "llama-bench"
    build = f"{first.build_commit} ({first.build_number})"
    seconds = sum(ns for row in rows for ns in row.samples_ns) / NS_PER_S
    return Record(
        id=_hash([row.model_dump(mode="json") | {"model_filename": file_name} for row in rows]),
        created_utc=min(_time(row.test_time) for row in rows),
        tool=Tool(version=f"{tool} {build}", commit=None, arguments=(), catalogs_sha256={}),
        machine=Machine(
            machine_class=UNKNOWN,
            system=UNKNOWN,
            architecture=UNKNOWN,
            cpu_model=first.cpu_info or UNKNOWN,
            physical_cores=None,
            usable_cpus=None,
            memory_bytes=None,
            gpus=gpus,
            python=UNKNOWN,
            container_limits={},
        ),
        model=Model(
            name=name,
            file_name=file_name,
            sha256=UNKNOWN,
            size_bytes=None,
            source=UNKNOWN,
            pinned_by="local-file",
            quantization=quantization if any(map(str.isdigit, quantization)) else None,
            n_params=first.model_n_params,
            tensor_bytes=first.model_size,
            type_name=first.model_type,
        ),
        settings=_settings(rows, is_parallel=False),
        quality_settings=None,
        parallel_settings=_settings(rows, is_parallel=True) if any(r.n_parallel for r in rows) else None,
        engine=EngineBuild(
            name="llama_cpp",
            version=f"llama.cpp {first.build_commit}",
            build=build,
            system_info=UNKNOWN,
            devices=tuple(filter(None, first.backends.split(","))),
            commit=first.build_commit,
            build_number=first.build_number,
        ),
        load=None,
        speed=tuple(_point(row) for row in rows),
        latency=(),
        idle_energy=(),
        memory=None,
        tasks=(),
        failures=(),
        warnings=(),
        # The timed repetitions are all that is known of the run's time.
        breakdown=Breakdown(wall_s=seconds, engine_s=seconds, by_unit_s={}),
        is_complete=True,
        is_quick=False,
        assessment=None,
        imported=Imported(tool=f"{tool} {build}", settings=_others(first)),
    )


def _settings(rows: Sequence[_Row], *, is_parallel: bool) -> Settings:
    """llama-bench takes a context that just holds the test; the largest stands for all."""
    first = rows[0]
    held = [row for row in rows if bool(row.n_parallel) == is_parallel] or list(rows)
    load_mode = first.load_mode or ("mmap" if first.use_mmap else "none")
    return Settings(
        engine="llama_cpp",
        n_ctx=max(row.n_ctx or row.n_prompt + row.n_gen + row.n_depth for row in held),
        n_batch=first.n_batch,
        n_ubatch=first.n_ubatch,
        n_threads=first.n_threads,
        n_threads_batch=first.n_threads_batch or first.n_threads,
        n_gpu_layers=first.n_gpu_layers,
        n_seq_max=max(row.n_parallel or 1 for row in held),
        kv_unified=False,
        swa_full=False,
        type_k=first.type_k,
        type_v=first.type_v,
        flash_attn=_FLASH_ATTN[int(first.flash_attn)],
        use_mmap=load_mode in _MAPPED,
        use_mlock=load_mode in _LOCKED,
    )


def _point(row: _Row) -> SpeedPoint:
    sequences = row.n_parallel or 1
    return SpeedPoint(
        test=row.test or _test(row),
        n_prompt=row.n_prompt // sequences + row.n_cached,
        n_gen=row.n_gen // sequences,
        n_depth=row.n_depth - row.n_cached,
        n_parallel=row.n_parallel,
        n_cached=row.n_cached,
        samples=tuple(
            RateSample(
                n_tokens=row.n_prompt + row.n_gen,
                # llama-bench's clock runs over the loop; what passed inside the calls it does not tell.
                calls_s=ns / NS_PER_S,
                loop_s=ns / NS_PER_S,
                is_warm_up=False,
                contention=_UNTOLD,
            )
            for ns in row.samples_ns
        ),
        stopped_because="repetitions",
    )


def _test(row: _Row) -> str:
    if row.test is not None:
        return row.test
    parts = [f"{name}{count}" for name, count in (("pp", row.n_prompt), ("tg", row.n_gen)) if count]
    return "+".join(parts) + (f" @ d{row.n_depth}" if row.n_depth else "")


def _others(row: _Row) -> dict[str, str | int | bool]:
    """Settings that only llama-bench knows: they are kept as they were told."""
    told: Mapping[str, object] = {**(row.model_extra or {}), "load_mode": row.load_mode}
    return {
        key: value
        for key, value in sorted(told.items())
        if key not in _KNOWN | _BREAKEVEN and isinstance(value, str | int)
    }


def _held_together(row: _Row) -> str:
    """What rows of one record share."""
    shared = set(_Row.model_fields) - _OF_A_TEST
    return _hash({**row.model_dump(mode="json", include=shared), **_others(row)})


def _hash(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
