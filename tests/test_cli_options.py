"""What the options of several verbs are made of."""

from pathlib import Path

import pytest
from factories import make_record

from bench.records.store import write_record
from tests.program import in_process


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--budget"),
        ("run", "--energy-budget"),
        ("speed", "--budget"),
        ("speed", "--sustained"),
        ("compare", "--budget"),
        ("energy", "--interval"),
    ],
)
def test_what_is_no_number_of_seconds_is_a_usage_error(arguments: tuple[str, str]) -> None:
    ended = in_process(*arguments, "nan")

    assert ended.code == 2
    assert "'nan' is no number" in ended.err


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return write_record(make_record(), tmp_path / "records")


@pytest.mark.parametrize("verb", ["cost", "report"])
@pytest.mark.parametrize("flag", ["--md", "--csv", "--html"])
@pytest.mark.parametrize("is_folder", [False, True])
def test_no_file_takes_the_place_of_a_record_that_is_read(
    record: Path, verb: str, flag: str, is_folder: bool
) -> None:
    before = record.read_bytes()
    ended = in_process(verb, str(record.parent if is_folder else record), flag, str(record))
    assert ended.code == 2
    assert f"{flag} {record}: would take the place of what is read" in ended.err
    assert record.read_bytes() == before


def test_nor_of_one_that_a_link_in_a_folder_leads_to(record: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "one.json").symlink_to(record)
    before = record.read_bytes()
    ended = in_process("report", str(links), "--html", str(record))
    assert (ended.code, "would take the place of what is read" in ended.err) == (2, True)
    assert record.read_bytes() == before


def test_nor_of_what_else_is_read(record: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("", "utf-8")
    link = tmp_path / "link"
    link.symlink_to(scenario)
    for arguments in (
        ("cost", str(record), "--scenario", str(scenario), "--csv", str(link)),
        ("cost", str(record), "--transcript", f"gsm8k={scenario}", "--md", str(scenario)),
        ("compare", str(record), str(record), "--md", str(record)),
        ("run", str(scenario), "--html", str(scenario)),
    ):
        ended = in_process(*arguments)
        assert (ended.code, "would take the place of what is read" in ended.err) == (2, True), arguments
    assert scenario.read_text("utf-8") == ""


@pytest.mark.parametrize("place", ["-", "both.txt"])
def test_two_files_in_one_place_are_refused(record: Path, tmp_path: Path, place: str) -> None:
    target = place if place == "-" else str(tmp_path / place)
    ended = in_process("report", str(record), "--md", target, "--csv", target)
    assert ended.code == 2
    assert "--md and --csv: both would be written to one place" in ended.err
    assert ended.out == ""


def test_the_name_that_an_unset_variable_has_is_no_folder() -> None:
    ended = in_process("cost", "")
    assert ended.code == 2
    assert "the name is empty" in ended.err
