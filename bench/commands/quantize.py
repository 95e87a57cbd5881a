"""``breakeven quantize``: files of other quantizations from one model, and what they really hold."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.artifacts import target_path
from bench.artifacts.lock import only_here
from bench.artifacts.storage import check_room, make_room
from bench.catalog.models import load_models
from bench.catalog.types import Artifact, RequantizedSource
from bench.commands.acquire import QUANTIZE_TIMEOUT_S, Acquired, acquire, quantize_in_worker
from bench.commands.reporter import Reporter
from bench.engines.gguf import GgufHeader, read_header
from bench.engines.gguf_mix import is_quantized, tensor_mix
from bench.engines.gguf_types import FILE_TYPES, NOT_TO_BE_MADE
from bench.errors import InputError, nearest
from bench.units import MIB, seconds

OFFERED = tuple(label for label in FILE_TYPES.values() if label not in NOT_TO_BE_MADE)


@dataclass(frozen=True, slots=True)
class QuantizeOptions:
    """``folder`` is where the files go: ``<model>-<type>.gguf``."""

    model: str
    to: tuple[str, ...]
    folder: Path = Path()
    is_forced: bool = False
    is_dry_run: bool = False
    models_file: Path | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class QuantizedFile:
    """One file, made or (in a dry run) foretold; what only a made file tells is None until then.

    ``bits_per_weight`` is 8 × ``tensor_bytes`` / parameters. ``fell_back`` has tensor names by the type that
    they got because their rows do not fit the intended one. ``requantized_from`` names the quantization that
    the source has already, and whose loss stays.
    """

    path: str
    ftype: str
    size_bytes: int
    tensor_bytes: int
    bits_per_weight: float
    is_made: bool
    requantized_from: str | None
    n_by_type: dict[str, int] | None = None
    fell_back: dict[str, tuple[str, ...]] | None = None
    sha256: str | None = None
    source: str | None = None
    duration_s: float | None = None


def quantize(options: QuantizeOptions, reporter: Reporter) -> Iterator[QuantizedFile]:
    """Make the files one after the other; each is told as soon as it is in its place.

    All that can be refused is refused before the first is begun: InputError for an unknown type or a file
    that is there already, ArtifactError where the disk has too little room for all of them. A failure leaves
    the files that were finished before it, and nothing of its own.
    """
    ftypes = check_types(options.to)
    base = acquire(options.model, load_models(options.models_file), reporter, offline=options.offline)
    header = read_header(base.path)
    artifacts = [_artifact(base, ftype, options.folder) for ftype in ftypes]
    for artifact in artifacts:
        _check_target(target_path(artifact), base.path, options)
    foretold = _foretell(base, header, artifacts)
    needed_bytes = sum(one.size_bytes for one in foretold)
    if options.is_dry_run:
        check_room(options.folder, needed_bytes)
        yield from foretold
        return
    make_room(options.folder, needed_bytes)
    for artifact, ftype in zip(artifacts, ftypes, strict=True):
        yield _make(base, header, artifact, ftype, options, reporter)


def check_types(words: Sequence[str]) -> tuple[str, ...]:
    """The types that are meant, each once; InputError names what was meant, and which there are."""
    wanted = dict.fromkeys(
        word.strip().upper() for words_ in words for word in words_.split(",") if word.strip()
    )
    for label in wanted:
        if label in NOT_TO_BE_MADE:
            raise InputError(
                f"{label} cannot be made here: it takes an importance matrix, or llama.cpp does not write it",
                where="--to",
                remedy=f"one of {', '.join(OFFERED)}",
            )
        if label not in OFFERED:
            raise InputError(
                f"no quantization is called {label!r}; {nearest(label, OFFERED)}",
                where="--to",
                remedy=f"one of {', '.join(OFFERED)}",
            )
    if not wanted:
        raise InputError("no quantization is named", where="--to", remedy=f"one of {', '.join(OFFERED)}")
    return tuple(wanted)


def told(one: QuantizedFile) -> Iterator[str]:
    """What there is to say of a file, line by line."""
    about = "" if one.is_made else "about "
    took = "" if one.duration_s is None else f", {one.duration_s:.1f} s"
    size = f"{about}{one.size_bytes:,} bytes ({one.size_bytes / MIB:.1f} MiB)"
    yield f"{one.path}: {size}, {one.bits_per_weight:.2f} bits per weight{took}"
    if one.n_by_type is not None:
        yield "  tensors: " + ", ".join(f"{n} {name}" for name, n in one.n_by_type.items())
    for name, tensors in (one.fell_back or {}).items():
        shown = ", ".join(tensors[:3]) + (", …" if len(tensors) > 3 else "")
        yield f"  fell back to {name}, since their rows do not fit the type: {len(tensors)} ({shown})"
    if one.requantized_from is not None:
        yield f"  requantized from an already quantized source ({one.requantized_from}): its loss stays"


def _artifact(base: Acquired, ftype: str, folder: Path) -> Artifact:
    name = f"{base.entry.name}-{ftype}"
    file_name = f"{name}.gguf"
    path = (folder / file_name).absolute()
    return Artifact(name, file_name, RequantizedSource(base.entry.name, ftype, path))


def _check_target(target: Path, base: Path, options: QuantizeOptions) -> None:
    if not target.exists() or options.is_dry_run:
        return
    if not target.is_file() or target.samefile(base):
        raise InputError("cannot be replaced", where=str(target), remedy="choose another folder with -o")
    if not options.is_forced:
        raise InputError("is there already", where=str(target), remedy="--force replaces it")


def _foretell(base: Acquired, header: GgufHeader, artifacts: Sequence[Artifact]) -> list[QuantizedFile]:
    """By dry runs of the quantizer, which read and write no weights."""
    from bench.worker.parent import Worker
    from bench.worker.protocol import Quantize

    foretold = []
    with Worker.start() as worker:
        for artifact in artifacts:
            assert isinstance(artifact.source, RequantizedSource)
            target, ftype = target_path(artifact), artifact.source.ftype
            command = Quantize(str(base.path), str(target), ftype, 1, is_dry_run=True)
            tensor_bytes = worker.call(command, timeout_s=QUANTIZE_TIMEOUT_S).tensor_bytes
            foretold.append(
                QuantizedFile(
                    path=str(target),
                    ftype=ftype,
                    size_bytes=tensor_bytes + header.size_bytes - header.tensor_bytes,
                    tensor_bytes=tensor_bytes,
                    bits_per_weight=8 * tensor_bytes / header.n_params,
                    is_made=False,
                    requantized_from=_already(header),
                )
            )
    return foretold


def _make(
    base: Acquired,
    header: GgufHeader,
    artifact: Artifact,
    ftype: str,
    options: QuantizeOptions,
    reporter: Reporter,
) -> QuantizedFile:
    target = target_path(artifact)
    reporter.stage(f"quantizing {base.entry.name} to {ftype}")
    with only_here(target, lambda: reporter.stage(f"waiting for another process to make {artifact.name}")):
        _check_target(target, base.path, options)
        began_ns = time.perf_counter_ns()
        made = quantize_in_worker(artifact, base.path, ftype)
        duration_s = seconds(time.perf_counter_ns() - began_ns)
    found = read_header(target)
    mix = tensor_mix(found, header, ftype)
    return QuantizedFile(
        path=str(target),
        ftype=ftype,
        size_bytes=made.size_bytes,
        tensor_bytes=found.tensor_bytes,
        bits_per_weight=8 * found.tensor_bytes / found.n_params,
        is_made=True,
        requantized_from=_already(header),
        n_by_type=mix.n_by_type,
        fell_back=mix.fell_back,
        sha256=made.sha256,
        source=made.source,
        duration_s=duration_s,
    )


def _already(header: GgufHeader) -> str | None:
    return (header.quantization or "of a type that it does not tell") if is_quantized(header) else None
