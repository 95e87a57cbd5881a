"""Does a model fit here, held so, and with what context? Answered before anything is loaded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.artifacts import cached
from bench.catalog.models import load_models
from bench.catalog.types import Artifact, FileSource
from bench.commands.acquire import SCRIPT_SUFFIX, find_entry
from bench.commands.deployed import deployed_settings
from bench.engines.gguf import GgufHeader, read_header
from bench.engines.memory_prediction import MemoryPrediction, fits, largest_context, predict_memory
from bench.engines.protocol import EngineSettings
from bench.errors import EnvironmentProblem, InputError
from bench.meters.cpu_features import cpu_features
from bench.meters.gpu_memory import free_gpu_bytes
from bench.meters.host import available_memory_bytes
from bench.records.types import MemoryParts
from bench.units import MIB


@dataclass(frozen=True, slots=True)
class Fit:
    """``largest_n_ctx``: of the context that would fit here, 0: none; None where it cannot be foretold."""

    name: str
    n_ctx: int
    type_k: str
    type_v: str
    n_gpu_layers: int
    predicted: MemoryParts
    free_bytes: int
    free_gpu_bytes: dict[str, int]
    fits: bool | None
    largest_n_ctx: int | None


def predicted_memory(
    header: GgufHeader | None, settings: EngineSettings, *, n_logits: int | None = None
) -> MemoryParts | None:
    """None for a scripted model. ``n_logits``: rows that one call asks for, if more than one a sequence."""
    if header is None:
        return None
    return _parts(predict_memory(header, settings, cpu_features=cpu_features(), n_logits=n_logits))


def check_memory(name: str, header: GgufHeader | None, settings: EngineSettings) -> None:
    """Raise EnvironmentProblem for a model that would not fit, held so; say what context would."""
    if header is None:
        return
    features, available = cpu_features(), available_memory_bytes()
    on_gpus = _free_on_gpus(settings)
    prediction = predict_memory(header, settings, cpu_features=features)
    if fits(prediction, available, on_gpus) is not False:
        return
    n_ctx = largest_context(header, settings, available, gpu_available_bytes=on_gpus, cpu_features=features)
    need, free, where = prediction.total_bytes or 0, available, "memory"
    if need <= available:
        need, free, where = prediction.gpu_bytes or 0, on_gpus or 0, "GPU memory"
    would = f"; a context of {n_ctx:,} tokens would fit" if n_ctx else ""
    raise EnvironmentProblem(
        f"needs about {need / MIB:,.0f} MiB of {where}, and {free / MIB:,.0f} MiB are free{would}",
        where=name,
        remedy="take a smaller context, model or quantization, or end other programs",
    )


def would_fit(header: GgufHeader | None, settings: EngineSettings) -> bool:
    """Unless it is known not to."""
    if header is None:
        return True
    prediction = predict_memory(header, settings, cpu_features=cpu_features())
    return fits(prediction, available_memory_bytes(), _free_on_gpus(settings)) is not False


def fit_model(name: str, models_file: Path | None, asked: Mapping[str, object]) -> Fit:
    """What the model that is here would take, held as asked, else as its entry says; nothing is loaded.

    Raises InputError for a model that is not here, and for settings that the engine would refuse.
    """
    entry = find_entry(name, load_models(models_file))
    path = _path(entry.artifact)
    if path is None:
        raise InputError(
            "the model is not here, so its header cannot be read",
            where=entry.name,
            remedy=f"run `breakeven models pull {entry.name}`",
        )
    if path.name.endswith(SCRIPT_SUFFIX):
        raise InputError("a scripted model takes no memory to speak of", where=entry.name)
    header = read_header(path)
    told = {key: value for key, value in asked.items() if value is not None}
    return _fit(entry.name, header, deployed_settings(entry, header, told))


def _path(artifact: Artifact) -> Path | None:
    """A file of the user's own need not be hashed for its header."""
    if isinstance(artifact.source, FileSource):
        return artifact.source.path
    here = cached(artifact)
    return None if here is None else here.path


def _fit(name: str, header: GgufHeader, settings: EngineSettings) -> Fit:
    features, available, on_gpus = cpu_features(), available_memory_bytes(), _free_on_gpus(settings)
    prediction = predict_memory(header, settings, cpu_features=features)
    return Fit(
        name=name,
        n_ctx=settings.n_ctx,
        type_k=settings.type_k,
        type_v=settings.type_v,
        n_gpu_layers=settings.n_gpu_layers,
        predicted=_parts(prediction),
        free_bytes=available,
        free_gpu_bytes=free_gpu_bytes(),
        fits=fits(prediction, available, on_gpus),
        largest_n_ctx=largest_context(
            header, settings, available, gpu_available_bytes=on_gpus, cpu_features=features
        ),
    )


def _parts(prediction: MemoryPrediction) -> MemoryParts:
    return MemoryParts(**asdict(prediction), total_bytes=prediction.total_bytes)


def _free_on_gpus(settings: EngineSettings) -> int | None:
    """Free bytes of all GPUs by NVML; None where no layer is to be put there, or nothing is told."""
    found = free_gpu_bytes() if settings.n_gpu_layers else {}
    return sum(found.values()) if found else None
