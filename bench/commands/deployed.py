"""How a model is held: as deployed, and from that for answers and for endings."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from bench.catalog.types import ModelEntry
from bench.commands.acquire import Acquired
from bench.engines.gguf import GgufHeader, read_header
from bench.engines.protocol import EngineSettings
from bench.engines.session import check_settings
from bench.errors import EngineError, InputError, nearest
from bench.meters.host import default_threads, usable_cpus

DEPLOYED_N_CTX = 4096
QUALITY_N_CTX = 8192
SEQUENCES = 32  # of answers or endings side by side, and of what all of them begin with


def header_of(acquired: Acquired) -> GgufHeader | None:
    """None for a scripted model."""
    return None if acquired.is_scripted else read_header(acquired.path)


def n_ctx_train(header: GgufHeader | None) -> int | None:
    """None for a scripted model, whose script knows."""
    return None if header is None else header.n_ctx_train


def check_settings_words(settings: Mapping[str, object]) -> None:
    """Raise InputError for a setting that does not exist, and for more threads than CPUs."""
    known = {field.name for field in fields(EngineSettings)}
    for name in settings:
        if name not in known:
            raise InputError(f"unknown engine setting {name!r}; {nearest(name, known)}")
    for name in ("n_threads", "n_threads_batch"):
        asked = settings.get(name)
        if isinstance(asked, int) and not 1 <= asked <= usable_cpus():
            raise InputError(
                f"{name} is {asked}, and this process may use 1 to {usable_cpus()} CPUs",
                remedy="more threads than CPUs wait for each other",
            )


def refuse_unheld(settings: EngineSettings, header: GgufHeader | None, where: str) -> None:
    """Raise InputError for what the engine would refuse once the model is loaded."""
    try:
        check_settings(settings, n_ctx_train(header) or settings.n_ctx, where)
    except EngineError as error:
        raise InputError(error.what, where=where, remedy=error.remedy) from None


def deployed_settings(
    entry: ModelEntry, header: GgufHeader | None, asked: Mapping[str, object]
) -> EngineSettings:
    """What was asked for, else the model's entry, else defaults; InputError for what cannot be held."""
    trained = n_ctx_train(header)
    chosen: dict[str, Any] = {**entry.settings, **asked}  # types were checked by catalog and options
    chosen.setdefault("n_ctx", min(DEPLOYED_N_CTX, trained or DEPLOYED_N_CTX))
    chosen.setdefault("n_threads", default_threads())
    chosen.setdefault("n_threads_batch", chosen["n_threads"])
    if header is None:
        chosen["engine"] = "scripted"
    settings = EngineSettings(**chosen)
    if trained is not None and settings.n_ctx > trained:
        raise InputError(
            f"a context of {settings.n_ctx} tokens is beyond the {trained} that the model was trained for",
            where=entry.name,
            remedy=f"use --ctx {trained} or less",
        )
    refuse_unheld(settings, header, entry.name)
    return settings


def quality_settings(settings: EngineSettings, header: GgufHeader | None) -> EngineSettings:
    """As deployed, with room for many answers in one cache."""
    n_ctx = max(settings.n_ctx, min(QUALITY_N_CTX, n_ctx_train(header) or QUALITY_N_CTX))
    return replace(settings, n_ctx=n_ctx, n_seq_max=SEQUENCES, kv_unified=True)


def choice_settings(settings: EngineSettings, header: GgufHeader | None) -> EngineSettings:
    """With room for the endings of several items, and on a CPU an attention that rounds alike in every batch.

    llama.cpp's flash attention on a CPU sums halves for up to 63 tokens and floats in tiles for more, and
    what is quantized behind it blows the difference up. With values in bfloat16 it goes cell by cell and
    sums floats, whatever the batch: docs/log_likelihoods.md has the figures.
    """
    is_plain = {settings.type_k, settings.type_v} <= {"f16", "f32"} and settings.flash_attn != "off"
    return replace(
        quality_settings(settings, header),
        type_v="bf16" if is_plain and settings.n_gpu_layers == 0 else settings.type_v,
    )
