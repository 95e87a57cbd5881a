"""Runs the program as a user does: another process, real files, exit code and both streams."""

import contextlib
import gc
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from bench.commands.reporter import Silent

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / "tests" / "data" / "run.json"  # a real run of 2026-11-22, which measured the default model


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", "bench", *map(str, arguments)]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | dict(extra or {})


def breakeven(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ended:
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def in_process(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ended:
    """The same without the second that a new process costs: for what is not about processes and streams."""
    from bench.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, {"NO_COLOR": "1"} | dict(env or {})),
        mock.patch.object(sys, "argv", ["breakeven", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    gc.unfreeze()  # a process of its own would have ended
    code = ended.value.code
    return Ended(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


class StopsAt(Silent):
    """A reporter that keeps the stages, and is interrupted as by Ctrl-C where the named one begins."""

    def __init__(self, stage: str = "") -> None:
        self.said: list[str] = []
        self._stage = stage

    def stage(self, text: str) -> None:
        self.said.append(text)
        if text == self._stage:
            raise KeyboardInterrupt


def write_script(folder: Path, name: str = "toy", **script: object) -> Path:
    """A scripted model: ``<name>.script.json``."""
    path = folder / f"{name}.script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    return path


def write_sums(folder: Path, n_items: int = 12, name: str = "sums") -> Path:
    """A task of sums, each with an answer that a script can hold."""
    lines = [
        {"id": f"sum-{n}", "prompt": f"What is {n} + {n}?", "expected": str(2 * n)} for n in range(n_items)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def sums_answers(numbers: Sequence[int]) -> dict[str, str]:
    return {f"What is {n} + {n}?": str(2 * n) for n in numbers}
