"""What is generated from committed records and code is in step with them, and docs name what there is."""

import re
from pathlib import Path

import regenerate
from bench.records.store import read_records

ROOT = Path(__file__).resolve().parents[1]


def test_generated_files_are_in_step() -> None:
    assert [path.name for path in regenerate.stale()] == [], "run `python scripts/regenerate.py`"


def test_the_readme_shows_what_the_commands_beside_it_print() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for verb, record in regenerate.shown_in_readme(read_records(regenerate.committed()).records).items():
        before = text.partition(f"<!-- output: {verb} -->")[0]
        command = re.findall(rf"^breakeven ({verb} .*)$", before, re.MULTILINE)[-1]
        assert set(command.split()) <= set(record.tool.arguments)


def test_the_tests_that_the_pitfalls_name_exist() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (ROOT / "docs" / "pitfalls.md").read_text("utf-8"))
    assert len(named) == 35
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file} has no {test}"
