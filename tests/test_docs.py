"""What is generated from committed records and code is in step with them, and docs name what there is."""

import re
from pathlib import Path

import regenerate

ROOT = Path(__file__).resolve().parents[1]


def test_generated_files_are_in_step() -> None:
    assert [path.name for path in regenerate.stale()] == [], "run `python scripts/regenerate.py`"


def test_the_tests_that_the_pitfalls_name_exist() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (ROOT / "docs" / "pitfalls.md").read_text("utf-8"))
    assert len(named) == 35
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file} has no {test}"
