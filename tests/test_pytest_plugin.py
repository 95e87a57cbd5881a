"""The fixture inside somebody else's test suite: real pytest processes, a scripted model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import environment, write_script

SUITE = """
def test_answer(prompt_benchmark):
    speed = prompt_benchmark("What is 2 + 2?", max_tokens=8, rounds=3)
    assert speed.n_requests == 3
    assert speed.n_output_tokens == 5
    assert speed.decode_tokens_per_s == 200
    assert speed.ttft_s > 0
"""


def run_suite(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_speed.py").write_text(SUITE)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_speed.py", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_prompts_speed_is_in_pytest_benchmarks_json(tmp_path: Path) -> None:
    script = write_script(tmp_path, answers={"2 + 2": "four"}, decode_ns_per_token=5_000_000)
    done = run_suite(tmp_path, "--breakeven-model", str(script), "--benchmark-json=out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    (measured,) = json.loads((tmp_path / "out.json").read_text())["benchmarks"]
    told = measured["extra_info"]["breakeven"]
    assert measured["stats"]["rounds"] == 3
    assert told["decode_tokens_per_s"] == pytest.approx(200)
    assert len(told["samples"]) == 3
    assert all(sample["n_output_tokens"] == 5 for sample in told["samples"])


def test_an_unknown_model_fails_the_test_without_a_traceback(tmp_path: Path) -> None:
    done = run_suite(tmp_path, "--breakeven-model", "smolm2")
    assert done.returncode == 1
    assert "unknown model 'smolm2'" in done.stdout
    assert "Traceback" not in done.stdout
