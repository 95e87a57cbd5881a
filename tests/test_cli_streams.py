"""Streams that a shell left closed or full: no traceback, no 1, which means a regression."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.program import RUN, Ended, command, environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="streams are closed by the words of a POSIX shell")


def shell(redirections: str, arguments: Sequence[object], tmp_path: Path) -> Ended:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", *command(*arguments)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_closed_stdout_is_told_before_anything_is_done(tmp_path: Path) -> None:
    ended = shell(">&-", ["results", "merge", tmp_path, "-o", tmp_path / "all"], tmp_path)
    assert ended.code == 2
    assert ended.err.startswith("breakeven: stdout: is closed")
    assert "remedy: " in ended.err
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize("redirections", ["2>&-", "<&- 2>&-"])
def test_without_stderr_results_come_as_ever(redirections: str, tmp_path: Path) -> None:
    """A query tells on stderr how far it is."""
    pytest.importorskip("duckdb")
    asked = ["results", "query", "select model from records", RUN]
    assert shell(redirections, asked, tmp_path) == Ended(0, shell("", asked, tmp_path).out, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["report", "nothing"], ["report", "--bogus"]])
def test_an_error_that_cannot_be_told_is_no_regression(arguments: list[str], tmp_path: Path) -> None:
    assert shell("2>/dev/full", arguments, tmp_path).code == 2
