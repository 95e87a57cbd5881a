"""The options of verbs that hold a model in one way: as deployed."""

from typing import Any

import click

from bench.cli.options import together

CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1")
SETTINGS = ("n_ctx", "n_threads", "n_threads_batch", "n_gpu_layers", "type_k", "type_v", "flash_attn")

settings_options = together(
    click.option("--ctx", "n_ctx", type=click.IntRange(min=1), help="Context as deployed, in tokens."),
    click.option("-t", "--threads", "n_threads", type=int, help="Decode threads."),
    click.option("--threads-batch", "n_threads_batch", type=int, help="Prefill threads."),
    click.option("--ngl", "n_gpu_layers", type=click.IntRange(min=-1), help="Layers on the GPU; -1: all."),
    click.option("--type-k", type=click.Choice(CACHE_TYPES), help="KV cache type of keys."),
    click.option("--type-v", type=click.Choice(CACHE_TYPES), help="KV cache type of values."),
    click.option("--flash-attn", type=click.Choice(["auto", "on", "off"]), help="Flash attention."),
)


def take_settings(given: dict[str, Any]) -> dict[str, object]:
    """Those that were given, taken out of ``given``."""
    asked = {name: given.pop(name) for name in SETTINGS}
    return {name: value for name, value in asked.items() if value is not None}
