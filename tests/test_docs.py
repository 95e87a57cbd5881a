"""What is generated from committed records and code is in step with them, and docs name what there is."""

import re
from pathlib import Path

import click

import regenerate
from bench.cli.main import cli
from bench.records.store import read_records

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


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


def test_links_between_pages_lead_to_a_file_and_a_headline_of_it() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s:]+)\)", page.read_text("utf-8")):
            path, _, headline = target.partition("#")
            linked = page.parent / path if path else page
            assert linked.exists(), f"{page.name} links to {target}"
            assert not headline or headline in headlines(linked), f"{page.name} links to {target}"


def headlines(page: Path) -> set[str]:
    """As GitHub names them in links."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in found}


def test_commands_of_pages_have_the_flags_that_they_show() -> None:
    for page in PAGES:
        for line in re.findall(r"^breakeven ([^#$|\n]*)", page.read_text("utf-8"), re.MULTILINE):
            words = line.split()
            known = flags(called(words))
            shown = {word.partition("=")[0].strip("[]") for word in words if re.match(r"\[?--\w", word)}
            assert shown <= known, f"{page.name}: breakeven {line}"


def called(words: list[str]) -> click.Command:
    command: click.Command = cli
    context = click.Context(cli)
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            break
        command = found
    return command


def flags(command: click.Command) -> set[str]:
    return {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
