"""What the harness itself costs per decode step, served token, scored item and call of the worker.

Measures and asserts nothing, so it is no test and is run by name:
``pytest -o addopts= tests/benchmarks/harness_cost.py --benchmark-only``. Each figure is the time of one call
divided by ``extra_info["per"]``. The scripted engine's own work is taken out by an engine that does none, so
what is left is this project's Python around an engine.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from engine_scripts import open_session, settings_for, write_script
from numpy.typing import NDArray

from bench.engines.choices import score_choices
from bench.engines.generation import serve
from bench.engines.protocol import Prompt
from bench.engines.results import Choice
from bench.engines.scripted import ScriptedEngine
from bench.engines.session import Session
from bench.engines.timing import time_decode
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Ping, Serve

N_TOKENS = 256
N_ITEMS = 20
ITEMS = [
    Choice(f"{i}: " + "a context of eighty tokens " * 3, ("first " * 4, "second " * 3))
    for i in range(N_ITEMS)
]


class IdleEngine(ScriptedEngine):
    """Does nothing and always has the same logits, of the default model's width."""

    row = np.zeros(49_152, np.float32)

    def decode(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        sequences: Sequence[int],
        wants_logits: Sequence[bool],
    ) -> None:
        pass

    def copy_sequence(self, source: int, target: int) -> None:
        pass

    def logits(self, row: int) -> NDArray[np.float32]:  # noqa: ARG002
        return self.row


def idle_session(folder: Path) -> Session:
    engine, settings = IdleEngine(), settings_for(n_ctx=4096, n_batch=512, n_ubatch=512)
    return Session(engine, settings, engine.load(write_script(folder), settings))


@pytest.mark.parametrize("opened", [open_session, idle_session], ids=["scripted", "idle"])
def test_decode_step(benchmark, tmp_path, opened):
    session = opened(tmp_path)
    benchmark.extra_info["per"] = N_TOKENS
    benchmark(time_decode, session, n_tokens=N_TOKENS, n_depth=0, seed=1)


@pytest.mark.parametrize("opened", [open_session, idle_session], ids=["scripted", "idle"])
def test_served_token(benchmark, tmp_path, opened):
    session = opened(tmp_path)
    session.engine.ends_generation = lambda _: False
    benchmark.extra_info["per"] = N_TOKENS
    benchmark(serve, session, Prompt(text="to be continued"), max_tokens=N_TOKENS, stop=("never",))


@pytest.mark.parametrize("opened", [open_session, idle_session], ids=["scripted", "idle"])
def test_scored_item(benchmark, tmp_path, opened):
    """With the idle engine this holds the reduction of logits as wide as the default model's vocabulary."""
    session = opened(tmp_path)
    benchmark.extra_info["per"] = N_ITEMS
    benchmark(score_choices, session, ITEMS)


def test_call_of_the_worker(benchmark):
    with Worker.start(engine="scripted") as worker:
        benchmark(worker.call, Ping(), timeout_s=30)


def test_request_through_the_worker(benchmark, tmp_path):
    with Worker.start(engine="scripted") as worker:
        script = write_script(tmp_path, default_answer="x" * N_TOKENS)
        worker.call(Load(script, settings_for()), timeout_s=30)
        benchmark.extra_info["per"] = N_TOKENS
        benchmark(worker.call, Serve(Prompt(text="to be continued"), N_TOKENS), timeout_s=30)
