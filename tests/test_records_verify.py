import json
import os
from pathlib import Path

import pytest
from factories import make_record, make_tool

from bench.records.leaks import find_leaks
from bench.records.privacy import Identity
from bench.records.store import write_record
from bench.records.verify import MOST_PROBLEMS, verify_file

NOBODY = Identity("", "", "")


def problems(path: Path) -> list[tuple[str, str]]:
    return [(problem.place, problem.what) for problem in verify_file(path).problems]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_record(make_record(), tmp_path, identity=NOBODY)


def change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_a_record_as_it_was_written_has_no_problem(path: Path) -> None:
    assert problems(path) == []
    assert verify_file(path).id == make_record().id


def test_all_that_is_wrong_is_told_at_once_with_its_place(path: Path) -> None:
    other = path.with_name("other.json")
    path.rename(other)
    document = json.loads(other.read_text("utf-8"))
    document["tool"]["arguments"] = ["--models=/home/jane/m.toml"]
    change(other, **document)
    (name, _), (hash_, changed), (argument, leak) = problems(other)
    assert (name, hash_, argument) == ("", "content_sha256", "tool.arguments.0")
    assert "changed after it was written" in changed
    assert leak == "holds a home folder"


def test_a_wrong_field_has_its_path(path: Path) -> None:
    change(path, is_quick="yes", tasks=[1])
    assert [place for place, _ in problems(path)] == ["tasks.0", "is_quick", "content_sha256"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_deeply_nested_document_ends_no_check(path: Path, version: int) -> None:
    text = path.read_text("utf-8").replace('"schema_version": 2', f'"schema_version": {version}', 1)
    path.write_text(text.rstrip()[:-1] + ', "x": ' + "[" * 950 + "]" * 950 + "}", "utf-8")
    assert any("deeply" in what or "recursion" in what for _, what in problems(path))


def test_a_record_without_the_hash_that_its_schema_has_is_told(path: Path) -> None:
    change(path, content_sha256=None)
    assert problems(path)[0][0] == "content_sha256"


def test_very_many_problems_of_a_file_are_counted(path: Path) -> None:
    change(path, **{f"unknown{number}": 1 for number in range(50)})
    told = problems(path)
    assert len(told) == MOST_PROBLEMS + 1
    assert told[-1] == ("", "has 31 more problems")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to("loop.json")
    for name in ("pipe.json", "loop.json"):
        assert problems(tmp_path / name) == [("", "is no file, or points to none")]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("/home/jane/m.toml", "home folder"),
        ("C:\\Users\\jane\\m.toml", "home folder"),
        ("/opt/data/secret/m.gguf", "absolute path"),
        ("jane@example.org", "e-mail"),
        ("nas.fritz.box", "name of a host"),
        ("00:1b:44:11:3a:b7", "network card"),
        ("at 192.168.1.7:80", "IP address"),
        ("fe80::1ff:fe23:4567:890a", "IP address"),
    ],
)
def test_what_could_name_somebody_is_found_in_words_of_the_machine(word: str, kind: str) -> None:
    document = make_record(tool=make_tool(arguments=("run", word))).model_dump(mode="json")
    ((place, what),) = find_leaks(document)
    assert place == "tool.arguments.1"
    assert kind in what


@pytest.mark.parametrize(
    "word",
    [
        "1.2.3",
        "12:30:45",
        "127.0.0.1",
        "std::vector",
        "hub:org/name@v1.0",
        "/sys/class/powercap",
        "a/b",
        "::",
    ],
)
def test_what_names_nobody_is_no_problem(word: str) -> None:
    assert not list(find_leaks({"what": word}))


def test_a_name_in_what_is_not_of_the_machine_is_no_leak() -> None:
    assert not list(find_leaks({"model": {"name": "jane@example.org"}}))
    assert list(find_leaks({"model": {"name": "/home/jane/x"}})) == [("model.name", "holds a home folder")]
