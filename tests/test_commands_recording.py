"""What a record says of the checkout that it was measured from, and a run when it goes on."""

import subprocess
from pathlib import Path

from bench.commands.recording import code_commit


def test_a_run_is_told_by_the_commit_that_last_changed_the_code(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=0")
        done = subprocess.run(["git", *who, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(path: str, text: str) -> str:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
        git("add", path)
        git("commit", "--quiet", "--message", "a change")
        return git("rev-parse", "--short=12", "HEAD")

    assert code_commit(tmp_path) is None  # no repository
    git("init", "--quiet", "--template=", ".")
    commit("docs/method.md", "words")
    assert code_commit(tmp_path) is None  # nothing of the program
    first = commit("bench/run.py", "1")
    commit("docs/method.md", "other words")
    assert code_commit(tmp_path) == first
    (tmp_path / "bench/run.py").write_text("2", encoding="utf-8")
    assert code_commit(tmp_path) == f"{first}-dirty"
    second = commit("bench/run.py", "2")
    assert code_commit(tmp_path) == second != first
