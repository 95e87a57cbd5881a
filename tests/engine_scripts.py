"""Shared by the tests of engines and worker: scripts, and sessions on the scripted engine."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.special import chdtrc  # scipy.stats takes a second to import

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
    return EngineSettings(**chosen)  # type: ignore[arg-type]  # fields by name


def open_session(folder: Path, changes: dict[str, object] | None = None, **script: object) -> Session:
    engine, settings = ScriptedEngine(), settings_for(**(changes or {}))
    info = engine.load(write_script(folder, **script), settings)
    return Session(engine, settings, info)


def chi_square_p(counts: Sequence[int], expected: Sequence[float]) -> float:
    """Pearson's test: how probable counts are that lie at least this far from the expected ones."""
    observed, due = np.asarray(counts, float), np.asarray(expected, float)
    assert observed.sum() == pytest.approx(due.sum())
    return float(chdtrc(len(due) - 1, np.sum((observed - due) ** 2 / due)))
