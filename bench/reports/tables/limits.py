"""In words and as a table: what limits prefill and decode, and what would help."""

from collections.abc import Sequence

from bench.records.types import Ceilings, Record
from bench.reports.rows.limits import Limit, limits_of
from bench.reports.tables.table import Table, make_table
from bench.reports.words import figures as f
from bench.reports.words.labels import labels

GIGA = 1e9
NOT_WORTH = 1.05  # times as fast: less is no help
FAR = 0.6  # of the roofline: below, something else takes much of the time
LARGE_CACHE = 0.25  # of the bytes of a token
SMALLER_CACHE = {"f32": "f16", "f16": "q8_0", "bf16": "q8_0"}
DISTURBED_CEILINGS = "other processes were busy while the ceilings were measured, so they may be too low"


def limit_lines(record: Record) -> list[str]:
    """For each point with a limit what it reached and what limits it, then what would help."""
    return [line for limit in limits_of(record).limits for line in _sentences(limit, record)]


def limit_table(records: Sequence[Record]) -> Table:
    """Shares of what memory and the kernels give; a table without rows where no ceilings were measured."""
    names = labels(records)
    rows, notes = [], []
    for record in records:
        found = limits_of(record)
        for limit in found.limits:
            mark = f.DISTURBED_MARK if limit.is_disturbed else ""
            rows.append(
                (
                    names[record.id],
                    mark + limit.test,
                    f.significant(limit.bytes_per_s / GIGA),
                    _percent(limit.memory_share),
                    f.significant(limit.flops_per_s / GIGA),
                    _percent(limit.arithmetic_share),
                    _percent(limit.roofline_share),
                    _binding(limit),
                )
            )
        if found.limits and record.ceilings is not None:
            notes.append(f"{names[record.id]}: {_ceilings_line(record.ceilings)}")
        notes.extend(f"{names[record.id]}, {note}" for note in found.notes)
    columns = (
        "model",
        "test",
        ">GB/s",
        ">of memory",
        ">GFLOP/s",
        ">of the kernels",
        ">of both",
        "limited by",
    )
    return make_table("What limits the speed", columns, rows, notes)


def _binding(limit: Limit) -> str:
    if limit.is_disturbed:
        return "disturbed"
    if limit.is_beyond:
        return "not known"
    return "memory and arithmetic" if limit.binding == "both" else limit.binding


def _sentences(limit: Limit, record: Record) -> list[str]:
    if limit.is_disturbed:
        return [f"{limit.test}: other processes disturbed it, so it says nothing of the machine's limits."]
    assert record.ceilings is not None  # there are no limits without
    memory = (
        f"moves {f.significant(limit.bytes_per_s / GIGA)} GB/s, {_percent(limit.memory_share)} of the "
        f"{f.significant(record.ceilings.read_bytes_per_s / GIGA)} GB/s that memory gives"
    )
    if limit.cache_bytes is None:
        memory += " (of weights; what the cache adds was not recorded)"
    kernels = _listed(limit.tensor_types) + (" kernels" if len(limit.tensor_types) > 1 else " kernel")
    arithmetic = (
        f"computes {f.significant(limit.flops_per_s / GIGA)} GFLOP/s, {_percent(limit.arithmetic_share)} of "
        f"what its {kernels} can"
    )
    first, second = (memory, arithmetic) if limit.phase == "decode" else (arithmetic, memory)
    told = f"{limit.test} {first}, and {second}."
    if limit.is_beyond:
        why = "a ceiling was disturbed while it was measured, or the weights stay in the CPU's caches"
        return [f"{told} More than the whole: {why}. Measure again on a quiet machine."]
    return [" ".join((told, _verdict(limit), *_rest(limit))), _help(limit, record)]


def _verdict(limit: Limit) -> str:
    if limit.binding == "both":
        return "Memory and arithmetic limit it alike."
    return f"{limit.binding.capitalize()} limits it."


def _rest(limit: Limit) -> list[str]:
    if limit.roofline_share >= FAR:
        return []
    explained = f"Both together explain only {_percent(limit.roofline_share)} of its time"
    rest = "attention, small operations, and threads that wait for each other"
    return [f"{explained}: the rest goes to what no ceiling holds, such as {rest}."]


def _help(limit: Limit, record: Record) -> str:
    helps, idle = [], []
    if limit.faster:
        named = ", ".join(f"{name} {_times(gain)}" for name, gain in limit.faster)
        better = (
            "with a faster kernel" if limit.binding == "arithmetic" else "of fewer bytes or a faster kernel"
        )
        helps.append(f"a quantization {better} ({named})")
    if _cache_helps(limit, record):
        helps.append(f"a {SMALLER_CACHE[record.settings.type_k]} cache of keys and values")
    for what, gain in (
        (_more_cores(record), limit.gain_from_arithmetic),
        ("faster memory", limit.gain_from_memory),
    ):
        if gain >= NOT_WORTH:
            helps.append(f"{what} ({_times(gain)})")
        else:
            idle.append(what)
    told = f"{limit.test}: "
    told += f"what would help, and how much at most: {'; '.join(helps)}." if helps else "little would help."
    return f"{told} {' and '.join(idle).capitalize()} would not." if idle else told


def _cache_helps(limit: Limit, record: Record) -> bool:
    is_large = (limit.cache_bytes or 0) > LARGE_CACHE * limit.n_bytes
    return is_large and limit.binding != "arithmetic" and record.settings.type_k in SMALLER_CACHE


def _more_cores(record: Record) -> str:
    n_threads, n_cores = record.settings.n_threads, record.machine.physical_cores
    if n_cores is not None and n_threads < n_cores:
        return f"more threads, of which {n_cores} cores could run {n_cores}"
    return "more or faster cores"


def _ceilings_line(ceilings: Ceilings) -> str:
    speeds: dict[str, list[str]] = {}
    for kernel in sorted(ceilings.kernels, key=lambda one: one.n_tokens):
        speeds.setdefault(kernel.tensor_type, []).append(f.significant(kernel.flops_per_s / GIGA))
    widths = " and ".join(str(n) for n in sorted({kernel.n_tokens for kernel in ceilings.kernels}))
    kernels = ", ".join(f"{name} {' and '.join(of_type)}" for name, of_type in speeds.items())
    told = (
        f"ceilings of {ceilings.n_threads} {'thread' if ceilings.n_threads == 1 else 'threads'}: "
        f"memory gives {f.significant(ceilings.read_bytes_per_s / GIGA)} GB/s; "
        f"kernels compute, {widths} tokens at once, in GFLOP/s: {kernels}"
    )
    if ceilings.contention is not None and ceilings.contention.is_disturbed:
        told += f"; {DISTURBED_CEILINGS}"
    return told


def _times(gain: float) -> str:
    return f"{gain:.1f} times"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
