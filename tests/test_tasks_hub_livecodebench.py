"""LiveCodeBench's files as they lie on the hub: made-up problems, packed as the real ones are."""

import base64
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest
from task_files import write_lines

from bench.catalog.types import Artifact, FileSource, HubSource
from bench.errors import BreakevenError, InputError, TaskError
from bench.tasks import open_task
from bench.tasks.sandbox import Ran, Sandbox
from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.program_tests import Case
from bench.tasks.sources import livecodebench_tests
from bench.tasks.sources.hub_livecodebench import RELEASES, REVISION
from bench.tasks.sources.livecodebench_tests import StoredTests, unpacked
from bench.tasks.types import Item, Task


def packed(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def listed(*pairs: tuple[str, str]) -> str:
    return json.dumps([{"input": one, "output": other, "testtype": "stdin"} for one, other in pairs])


def problem(number: int, day: str, **changes: object) -> dict[str, object]:
    return {
        "question_title": f"made-up {number}",
        "question_content": f"Add {number} to the number given.",
        "platform": "atcoder",
        "question_id": f"abc_{number}",
        "contest_date": f"{day}T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": listed(("1", str(1 + number))),
        "private_test_cases": packed(listed(("5", str(5 + number)), ("é\n", "漢"))),
        "metadata": "{}",
    } | changes


STARTER = "class Solution:\n    def add(self, n: int) -> int:\n        "
METHOD = {"starter_code": STARTER, "platform": "leetcode", "metadata": '{"func_name": "add"}'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "test.jsonl", problem(1, "2023-05-07"), problem(2, "2024-02-10", **METHOD))
    write_lines(tmp_path / "test2.jsonl", problem(3, "2024-03-01"), "", problem(4, "2024-04-30"))
    return tmp_path


def fetch(artifact: Artifact) -> Path:
    assert isinstance(artifact.source, FileSource)
    return artifact.source.path


def opened(folder: Path, part: str) -> Task:
    return open_task(f"hub:livecodebench:{part}={folder}", fetch)


def cases_of(item: Item) -> list[Case]:
    assert isinstance(item.expected, dict)
    tests = item.expected["tests"]
    assert isinstance(tests, StoredTests)
    return tests.read()


def test_a_release_has_the_files_up_to_it(folder: Path) -> None:
    assert [item.id for item in opened(folder, "v1").items] == ["atcoder-abc_1", "leetcode-abc_2"]
    assert len(opened(folder, "v2").items) == 4
    assert opened(folder, "v2").source == "hub:livecodebench/code_generation_lite@local"


def test_a_folder_without_the_set_is_named_with_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="no such file") as refused:
        opened(tmp_path, "v1")
    assert refused.value.where == str(tmp_path / "test.jsonl")
    assert "livecodebench/code_generation_lite" in (refused.value.remedy or "")


@pytest.mark.parametrize(
    ("window", "numbers"),
    [
        ("2024-02-10..2024-03-01", ["2", "3"]),
        ("2024-02-11..2024-02-29", []),
        ("2024-02-11..", ["3", "4"]),
        ("..2024-02-09", ["1"]),
        ("..", ["1", "2", "3", "4"]),
    ],
)
def test_a_window_has_the_contests_of_its_days(folder: Path, window: str, numbers: list[str]) -> None:
    if not numbers:
        with pytest.raises(TaskError, match="no problem of these days"):
            opened(folder, f"v2:{window}")
        return
    task = opened(folder, f"v2:{window}")
    assert [item.id.rpartition("_")[2] for item in task.items] == numbers
    assert task.name == f"hub:livecodebench:v2:{window}"


@pytest.mark.parametrize(
    "part", ["v7", "v0", "5", "v5:", "v5:2024", "2024-01-01", "v5:2024-13-01..", "v5:..x"]
)
def test_another_name_is_refused_with_the_form(part: str) -> None:
    with pytest.raises(InputError, match="names no part") as caught:
        open_task(f"hub:livecodebench:{part}", fetch)
    assert "hub:livecodebench:v5" in str(caught.value.remedy)


def test_a_window_that_ends_before_it_begins_is_refused_before_anything_is_fetched() -> None:
    def nothing(_artifact: Artifact) -> Path:
        raise AssertionError("was fetched")

    with pytest.raises(InputError, match="ends before it begins"):
        open_task("hub:livecodebench:v5:2025-01-02..2025-01-01", nothing)


def test_files_come_from_the_hub_by_their_hash_or_by_the_commit_that_was_named() -> None:
    asked: list[Artifact] = []

    def refuse(artifact: Artifact) -> Path:
        asked.append(artifact)
        raise BreakevenError("no network here")

    for word in ("hub:livecodebench:v1", "hub:livecodebench:v1@0123abcd"):
        with pytest.raises(BreakevenError):
            open_task(word, refuse)
    pinned, other = asked
    repo = "datasets/livecodebench/code_generation_lite"
    assert pinned.source == HubSource(repo, "test.jsonl", REVISION)
    assert (pinned.sha256, pinned.size_bytes) == (RELEASES[0][2], RELEASES[0][1])
    assert other.source == HubSource(repo, "test.jsonl", "0123abcd")
    assert (other.sha256, other.size_bytes) == (None, None)
    assert pinned.file_name != other.file_name


def test_programs_and_methods_are_asked_for_and_judged_as_such(folder: Path) -> None:
    program, method = opened(folder, "v1").items
    assert "standard input" in program.prompt.messages[0].content
    assert program.plain is not None
    assert program.plain.endswith("```python\n")
    assert cases_of(program) == [Case("1", "2"), Case("5", "6"), Case("é\n", "漢")]
    assert isinstance(program.expected, dict)
    assert "entry_point" not in program.expected
    assert STARTER.strip() in method.prompt.messages[0].content
    assert isinstance(method.expected, dict)
    assert method.expected["entry_point"] == "add"


def test_what_a_problem_is_does_not_depend_on_where_its_file_lies(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in folder.glob("*.jsonl"):
        os.link(path, elsewhere / path.name)
    assert opened(folder, "v2").content_sha256 == opened(elsewhere, "v2").content_sha256
    write_lines(elsewhere / "x.jsonl", problem(1, "2023-05-07", private_test_cases=packed("[]")))
    (elsewhere / "test.jsonl").unlink()
    (elsewhere / "x.jsonl").rename(elsewhere / "test.jsonl")
    assert opened(elsewhere, "v1").content_sha256 != opened(folder, "v1").content_sha256


class Passing(Sandbox):
    def run(self, program: str) -> Ran:
        compile(program, "made up", "exec")
        return Ran(None)


def test_tests_that_are_not_as_they_were_make_an_item_unscored(folder: Path) -> None:
    items = opened(folder, "v1").items
    score = find_scorer("program-tests", Passing())
    assert score("print(1)", items[0].expected, truncated=False).outcome == "right"
    unfit = score("class Solution: pass", items[1].expected, truncated=False)  # "é" is no JSON argument
    assert (unfit.outcome, "must be JSON" in str(unfit.reason)) == ("unscored", True)
    write_lines(folder / "test.jsonl", problem(9, "2023-05-07"))
    changed = score("print(1)", items[0].expected, truncated=False)
    assert (changed.outcome, "has changed" in str(changed.reason)) == ("unscored", True)
    (folder / "test.jsonl").unlink()
    assert score("print(1)", items[0].expected, truncated=False).outcome == "unscored"


def test_private_tests_may_be_plain_json(tmp_path: Path) -> None:
    row = problem(1, "2023-05-07", private_test_cases=listed(("7", "8")))
    write_lines(tmp_path / "test.jsonl", row)
    (item,) = opened(tmp_path, "v1").items
    assert cases_of(item)[1:] == [Case("7", "8")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"question_content": ""}, "'question_content' must be a string"),
        ({"contest_date": "May"}, "'contest_date' must begin with a day"),
        ({"metadata": "[]"}, "'metadata' must be a JSON object"),
        ({"metadata": "{"}, "'metadata' must be a JSON object"),
        ({"metadata": '{"func_name": "a b"}'}, "must be the name of a function"),
        ({"starter_code": None}, "'starter_code' must be a string"),
        ({"private_test_cases": 3}, "'private_test_cases' must be a string"),
        ({"question_id": "abc_1"}, "two items have the same id 'atcoder-abc_1'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    rows = problem(1, "2023-05-07"), problem(2, "2023-05-07") | changes
    path = write_lines(tmp_path / "test.jsonl", *rows)
    with pytest.raises(TaskError, match=message) as caught:
        opened(tmp_path, "v1")
    assert str(path) in str(caught.value.where)


@pytest.mark.parametrize("line", ["{", "[]", "\x00"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    write_lines(tmp_path / "test.jsonl", problem(1, "2023-05-07"), line)
    with pytest.raises(TaskError, match="JSON") as caught:
        opened(tmp_path, "v1")
    assert str(caught.value.where).endswith("test.jsonl:2")


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.tasks.sources.hub_livecodebench.MAX_LINE_BYTES", 3000)
    write_lines(tmp_path / "test.jsonl", problem(1, "2023-05-07"), "[" * 4000)
    with pytest.raises(TaskError, match="line is longer"):
        opened(tmp_path, "v1")


# -- pickles -------------------------------------------------------------------------------------


class Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("attacked",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_text_is_read_without_loading_it(protocol: int) -> None:
    text = '[1, "é\\n漢"]' * 40
    data = base64.b64encode(zlib.compress(pickle.dumps(text, protocol))).decode()
    assert unpacked(data) == text


@pytest.mark.parametrize("value", [Attack(), [], ["a"], 3, b"a", ("a", "b"), None, {"a": "b"}])
def test_a_pickle_of_anything_else_is_refused_and_never_run(
    value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="the pickle of test cases holds"):
        unpacked(packed(value))
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("no base64!", "no packed test cases"),
        (base64.b64encode(b"no zlib").decode(), "no packed test cases"),
        (base64.b64encode(zlib.compress(pickle.dumps("a" * 99))[:-9]).decode(), "cut short"),
        (base64.b64encode(zlib.compress(b"no pickle")).decode(), r".+"),
        (base64.b64encode(zlib.compress(b"")).decode(), r".+"),
    ],
)
def test_broken_packing_is_said(data: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpacked(data)


def test_what_unpacks_to_more_than_its_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livecodebench_tests, "MAX_TESTS_BYTES", 10_000)
    with pytest.raises(ValueError, match="larger than"):
        unpacked(packed("a" * 1_000_000))
