"""Other tools' measurements as records: llama-bench's JSON and JSON Lines.

Rows of the same build, machine, model and settings make one record. What llama-bench does not tell is None or
"unknown", what it held by itself is as its source has it (``to_llama_cparams`` in llama.cpp's
``tools/llama-bench/llama-bench.cpp``). The id is a hash of the rows: importing them twice gives one record.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bench.errors import RecordError
from bench.records.files import explain, parse_json, read_text
from bench.records.llama_bench_row import LlamaBenchRow
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
UNKNOWN: Final = "unknown"
_REMEDY = "give what `llama-bench -o json` or `-o jsonl` wrote: CSV, SQL and Markdown hold no samples"
_FLASH_ATTN: Final = {-1: "auto", 0: "off", 1: "on"}  # llama.h; older versions of llama-bench: false and true
_MAPPED: Final = ("auto", "mmap", "mmap+mlock")
_LOCKED: Final = ("mlock", "mmap+mlock")
_UNTOLD: Final = Contention(others_cpu_s=None, stalled_s=None, is_disturbed=False)


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
    groups: dict[str, list[dict[str, LlamaBenchRow]]] = {}
    for at, document in documents:
        row = _row(document, at)
        parts = groups.setdefault(_hash(row.shared), [{}])
        # A test that comes again was measured again: that is another record.
        if row.name in parts[-1]:
            parts.append({})
        parts[-1][row.name] = row
    return [_record(list(rows.values())) for parts in groups.values() for rows in parts]


def _documents(text: str, where: str) -> list[tuple[str, Any]]:
    """Each test with where it stands."""
    if text.lstrip().startswith("["):
        tests = parse_json(text, where=where)
        return [(f"{where}, test {number}", test) for number, test in enumerate(tests, start=1)]
    lines = [(f"{where}, line {number}", line) for number, line in enumerate(text.splitlines(), start=1)]
    return [(at, parse_json(line, where=at)) for at, line in lines if line.strip()]


def _row(document: Any, where: str) -> LlamaBenchRow:
    if not isinstance(document, dict):
        raise RecordError("is no JSON object, so it is no test", where=where, remedy=_REMEDY)
    try:
        return LlamaBenchRow.model_validate(document)
    except ValidationError as error:
        raise RecordError(explain(error), where=where, remedy=_REMEDY) from None


def _record(rows: Sequence[LlamaBenchRow]) -> Record:
    first = rows[0]
    file_name = re.split(r"[/\\]", first.model_filename)[-1] or UNKNOWN
    name, quantization = file_name.removesuffix(".gguf"), first.model_type.rsplit(" ", 1)[-1]
    gpus = tuple(filter(None, first.gpu_info.split(", ")))
    tool = "breakeven" if first.breakeven_record else "llama-bench"
    build = f"{first.build_commit} ({first.build_number})"
    seconds = sum(ns for row in rows for ns in row.samples_ns) / NS_PER_S
    return Record(
        id=_hash([first.shared | {"model_filename": file_name}, *(row.measured for row in rows)]),
        created_utc=min(row.at for row in rows),
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
        imported=Imported(tool=f"{tool} {build}", settings=first.other_settings),
    )


def _settings(rows: Sequence[LlamaBenchRow], *, is_parallel: bool) -> Settings:
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
        n_seq_max=max(row.n_sequences for row in held),
        kv_unified=False,
        swa_full=False,
        type_k=first.type_k,
        type_v=first.type_v,
        flash_attn=_FLASH_ATTN[int(first.flash_attn)],
        use_mmap=load_mode in _MAPPED,
        use_mlock=load_mode in _LOCKED,
    )


def _point(row: LlamaBenchRow) -> SpeedPoint:
    return SpeedPoint(
        test=row.name,
        n_prompt=row.n_prompt // row.n_sequences + row.n_cached,
        n_gen=row.n_gen // row.n_sequences,
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


def _hash(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
