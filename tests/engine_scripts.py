"""Shared by the tests of engines and worker: scripts, and sessions on the scripted engine."""

import json
from pathlib import Path

from bench.engines.protocol import EngineSettings
from bench.engines.scripted import ScriptedEngine
from bench.engines.session import Session


def write_script(folder: Path, **script: object) -> str:
    path = folder / "script.json"
    path.write_text(json.dumps(script))
    return str(path)


def settings_for(**changes: object) -> EngineSettings:
    chosen: dict[str, object] = {
        "engine": "scripted", "n_ctx": 1024, "n_batch": 256, "n_ubatch": 128, "n_seq_max": 8
    } | changes  # fmt: skip
    return EngineSettings(**chosen)  # type: ignore[arg-type]


def open_session(folder: Path, changes: dict[str, object] | None = None, **script: object) -> Session:
    engine, settings = ScriptedEngine(), settings_for(**(changes or {}))
    info = engine.load(write_script(folder, **script), settings)
    return Session(engine, settings, info)
