"""How tokens are produced: one small protocol, its engines, and the algorithms over it."""

from typing import TYPE_CHECKING

from bench.errors import InputError, nearest

if TYPE_CHECKING:
    from bench.engines.protocol import Engine

ENGINES = {
    "llama_cpp": "bench.engines.llama_cpp:LlamaCppEngine",
    "scripted": "bench.engines.scripted:ScriptedEngine",
}


def open_engine(name: str) -> "Engine":
    """Import and open the engine called ``name``, without a model; InputError for an unknown name."""
    import importlib

    if name not in ENGINES:
        raise InputError(f"no engine is called {name!r}", remedy=nearest(name, ENGINES))
    module, _, attribute = ENGINES[name].partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)()
    return engine
