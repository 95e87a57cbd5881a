import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from task_files import write_lines

from bench.catalog.types import Artifact
from bench.errors import TaskError
from bench.tasks import json_lines, open_task
from bench.tasks.sources.own import read_own_task
from bench.tasks.types import Task

CAPITAL = {"id": "fr", "prompt": "What is the capital of France?", "expected": "Paris"}
SUM = {"prompt": "What is 2 + 3?", "expected": 5}
PICK = {"id": "sky", "prompt": "The sky is", "choices": ["blue", "loud"], "answer": 0}


def complaint(path: Path) -> TaskError:
    with pytest.raises(TaskError) as caught:
        read_own_task(path)
    return caught.value


def no_fetch(artifact: Artifact) -> Path:
    raise AssertionError(artifact)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my.jsonl"


# -- what works ----------------------------------------------------------------------------------


def test_a_path_that_ends_in_jsonl_is_an_own_task(path: Path) -> None:
    task = open_task(str(write_lines(path, CAPITAL)), no_fetch)
    item = task.items[0]
    assert (task.name, task.title, task.kind, task.scorer_name) == ("my.jsonl", "my", "generate", "exact")
    assert (item.id, item.expected, item.reference_output) == ("fr", "Paris", "Paris")
    assert item.prompt.messages[0].content == CAPITAL["prompt"]
    assert item.plain == "Question: What is the capital of France?\nAnswer:"


def test_the_scorer_follows_the_type_of_the_expected_answers(path: Path) -> None:
    def scorer(*expected: object) -> str:
        rows = [{"prompt": "?", "expected": one} for one in expected]
        return read_own_task(write_lines(path, *rows)).scorer_name

    assert scorer("a", ["b", "c"]) == "exact"
    assert scorer(1, 2.5, [3, 4]) == "numeric"
    assert scorer({"a": 1}) == "json"


def test_ids_default_to_the_line_and_blank_lines_are_left_out(path: Path) -> None:
    task = read_own_task(write_lines(path, SUM, "", SUM, SUM | {"id": 7}))
    assert [item.id for item in task.items] == ["line-1", "line-3", "7"]


@pytest.mark.parametrize("row", [CAPITAL, SUM, PICK])
def test_a_cluster_is_kept_and_does_not_make_it_another_task(path: Path, row: dict[str, object]) -> None:
    alone = read_own_task(write_lines(path, row))
    task = read_own_task(write_lines(path, row | {"cluster": 12}))
    assert (alone.items[0].cluster, task.items[0].cluster) == (None, "12")
    assert task.content_sha256 == alone.content_sha256


def test_a_list_holds_alternatives_unless_it_is_json(path: Path) -> None:
    row = {"prompt": "?", "expected": ["a", "b"]}
    assert read_own_task(write_lines(path, row)).items[0].expected == ("a", "b")
    json_task = read_own_task(write_lines(path, "+++", 'scorer = "json"', "+++", row))
    assert json_task.items[0].expected == ["a", "b"]


def test_messages_are_taken_as_they_are(path: Path) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi?"}]
    item = read_own_task(write_lines(path, {"messages": messages, "expected": "Hi"})).items[0]
    assert [(message.role, message.content) for message in item.prompt.messages] == [
        ("system", "Be brief."),
        ("user", "Hi?"),
    ]


def test_choices_make_multiple_choice_with_its_chance_level(path: Path) -> None:
    three = {"prompt": "Grass is\n", "choices": ["red", "green", "sour"], "answer": 1}
    task = read_own_task(write_lines(path, PICK, three))
    assert (task.kind, task.chance) == ("choice", (1 / 2 + 1 / 3) / 2)
    assert task.items[0].endings == (" blue", " loud")
    assert task.items[1].endings == ("red", "green", "sour")
    assert task.items[1].expected == 1


def test_the_head_sets_what_holds_for_all_items(path: Path) -> None:
    head = """+++
# comment
title = "Capitals"
licence = "CC0"
scorer = "contains"

max_tokens = 12
stop = "\\n"
expected_output_tokens = 9
service_ttft_s = 0.5
service_latency_s = 2
loss_per_error_usd = 0.05
+++"""
    task = read_own_task(write_lines(path, *head.split("\n"), CAPITAL))
    assert (task.title, task.licence, task.scorer_name, task.max_tokens) == (
        "Capitals",
        "CC0",
        "contains",
        12,
    )
    assert (task.stop, task.expected_output_tokens) == (("\n",), 9.0)
    assert (task.service_ttft_s, task.service_latency_s, task.loss_per_error_usd) == (0.5, 2.0, "0.05")
    assert (
        task.items[0].reference_output is None
    )  # the length is declared; "Paris" is only a part of the answer


def test_a_reference_gives_the_length_of_an_answer(path: Path) -> None:
    row = SUM | {"reference": "2 + 3 = 5, so the answer is 5."}
    assert read_own_task(write_lines(path, row)).items[0].reference_output == row["reference"]
    assert read_own_task(write_lines(path, SUM)).items[0].reference_output is None


def test_only_files_with_items_to_spare_give_examples_to_base_models(path: Path) -> None:
    def rows(n: int) -> list[dict[str, object]]:
        return [CAPITAL | {"id": n} for n in range(n)]

    assert read_own_task(write_lines(path, *rows(19))).n_plain_shots == 0
    assert read_own_task(write_lines(path, *rows(20))).n_plain_shots == 3
    no_answers = [SUM | {"id": n} for n in range(20)]
    assert read_own_task(write_lines(path, *no_answers)).n_plain_shots == 0


def test_content_hash_is_of_the_items_not_of_the_file(path: Path) -> None:
    def content(*lines: object) -> str:
        return read_own_task(write_lines(path, *lines)).content_sha256

    assert content(CAPITAL) == content("", dict(reversed(CAPITAL.items())))
    assert content(CAPITAL) != content(CAPITAL | {"expected": "Lyon"})


def test_a_byte_order_mark_and_foreign_line_ends_do_no_harm(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(CAPITAL).encode() + b"\r\n\r\n")
    assert read_own_task(path).items[0].id == "fr"


# -- what does not -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"prompt": "?"}, "the key 'expected' is missing"),
        ({"expected": "x"}, "an item has either 'prompt' or 'messages'"),
        (CAPITAL | {"messages": []}, "an item has either 'prompt' or 'messages'"),
        (CAPITAL | {"promt": 1}, "unknown key 'promt'; did you mean 'prompt'"),
        (CAPITAL | {"prompt": " "}, "'prompt' is empty"),
        (CAPITAL | {"prompt": 3}, "'prompt' must be a string, not a number"),
        (
            CAPITAL | {"expected": ""},
            "'expected' does not fit the scorer 'exact': the expected answer is empty",
        ),
        (CAPITAL | {"expected": None}, "'expected' does not fit the scorer 'exact'"),
        (CAPITAL | {"expected": []}, "no acceptable answer is given"),
        (CAPITAL | {"expected": ["a", None]}, "the expected answer must be a string or a number"),
        (CAPITAL | {"expected": {}}, "'expected' does not fit the scorer 'json'"),
        (CAPITAL | {"id": ""}, "'id' must be a string of 1 to 200 characters"),
        (CAPITAL | {"id": True}, "'id' must be a string of 1 to 200 characters"),
        (CAPITAL | {"cluster": ""}, "'cluster' must be a string of 1 to 200 characters"),
        (PICK | {"cluster": [1]}, "'cluster' must be a string of 1 to 200 characters"),
        (CAPITAL | {"id": "x" * 201}, "'id' must be a string of 1 to 200 characters"),
        (CAPITAL | {"reference": ""}, "'reference' is empty"),
        ({"messages": [], "expected": "x"}, "'messages' must be an array that is not empty"),
        ({"messages": ["hi"], "expected": "x"}, "'messages[0]' must be an object"),
        (
            {"messages": [{"role": "tool", "content": "x"}], "expected": "x"},
            "the role of 'messages[0]' must be",
        ),
        ({"messages": [{"role": "assistant", "content": "x"}], "expected": "x"}, "must be the user's"),
        (
            {
                "messages": [{"role": role, "content": "x"} for role in ("user", "system", "user")],
                "expected": "x",
            },
            "only the first of the 'messages'",
        ),
        ({"prompt": "?", "answer": 0}, "which is missing"),
        ({"prompt": "?", "choices": ["a", "b"]}, "'answer', which is missing"),
        (PICK | {"choices": ["a"]}, "an array of two or more strings"),
        (PICK | {"choices": ["a", "a"]}, "two of the 'choices' are the same"),
        (PICK | {"choices": ["a", ""]}, "'choices[1]' is empty"),
        (PICK | {"answer": 2}, "'answer' must be a whole number from 0 to 1"),
        (PICK | {"answer": True}, "'answer' must be a whole number from 0 to 1"),
        (PICK | {"expected": "blue"}, "has no key 'expected'"),
    ],
)
def test_a_wrong_item_is_named_by_line(path: Path, row: dict[str, object], what: str) -> None:
    error = complaint(write_lines(path, "", row))
    assert what in error.what
    item = row.get("id")
    is_named = "fit the scorer" in what or (isinstance(item, str) and 0 < len(item) <= 200)
    assert error.where == f"{path}:2" + (f" (item {item or 'line-2'!r})" if is_named else "")


@pytest.mark.parametrize(
    ("line", "what", "where"),
    [
        ('{"id": "a",}', "no JSON: ", ":1:"),
        ('{"id": "a"', "no JSON: ", ":1:11"),
        ("[1]", "must be a JSON object, not an array", ":1"),
        ('"text"', "must be a JSON object, not a string", ":1"),
        ('{"id": "a", "id": "b"}', "the key 'id' stands twice", ":1"),
        ("{" + "".join(f'"{n}": 1, ' for n in range(60_000)) + '"z": 1, "z": 1}', "the key 'z' stands", ":1"),
        ('{"expected": NaN}', "NaN is no JSON", ":1"),
        ('{"prompt": "\\ud800"}', "no character", ":1"),
        ('{"expected": ' + "1" * 10_000 + "}", "digits", ":1"),
        ("{}\0", "no JSON: ", ":1:3"),
    ],
)
def test_what_is_no_json_is_named_by_line_and_column(path: Path, line: str, what: str, where: str) -> None:
    error = complaint(write_lines(path, line))
    assert what in error.what
    assert error.where is not None
    assert error.where.startswith(f"{path}{where}")


def test_deep_nesting_is_an_error_not_a_crash(path: Path) -> None:
    assert "nested too deeply" in complaint(write_lines(path, '{"expected": ' + "[" * 100_000)).what


def test_twice_the_same_id(path: Path) -> None:
    error = complaint(write_lines(path, CAPITAL, SUM, CAPITAL))
    assert (error.what, error.where) == ("the id 'fr' is taken by line 1", f"{path}:3")


def test_both_kinds_in_one_file(path: Path) -> None:
    error = complaint(write_lines(path, CAPITAL, PICK))
    assert "line 1 is of the other kind" in error.what
    assert error.where == f"{path}:2"


def test_expected_answers_of_different_types_need_a_scorer(path: Path) -> None:
    error = complaint(write_lines(path, CAPITAL, SUM))
    assert "exact for line 1 and numeric for line 2" in error.what
    assert error.remedy is not None
    assert 'scorer = "exact"' in error.remedy
    assert (
        read_own_task(write_lines(path, "+++", 'scorer = "exact"', "+++", CAPITAL, SUM)).scorer_name
        == "exact"
    )


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"+++\ntitle = 'x'\n+++\n"])
def test_a_file_without_items(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert complaint(path).what == "holds no items"


def test_text_that_is_not_utf8_is_named_by_line_and_byte(path: Path) -> None:
    path.write_bytes(json.dumps(CAPITAL).encode() + b"\n" + "né".encode("latin-1") + b"\n")
    error = complaint(path)
    assert (error.what, error.where) == ("not UTF-8 at byte 2 of the line", f"{path}:2")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (["+++", "title = ", "+++"], "the head is no TOML"),
        (["+++", 'title = "x"'], "is not closed by a line of +++"),
        (["+++", 'titel = "x"', "+++"], "unknown key 'titel'; did you mean 'title'"),
        (["+++", 'scorer = "fuzzy"', "+++"], "'scorer' must be exact or contains or numeric or "),
        (["+++", "max_tokens = 0", "+++"], "'max_tokens' must be a whole number from 1"),
        (["+++", "max_tokens = true", "+++"], "'max_tokens' must be a whole number from 1"),
        (["+++", "stop = ['']", "+++"], "'stop' must be"),
        (["+++", "expected_output_tokens = nan", "+++"], "'expected_output_tokens' must be"),
        (["+++", "loss_per_error_usd = -1", "+++"], "'loss_per_error_usd' must be"),
    ],
)
def test_a_wrong_head_is_refused(path: Path, head: list[str], what: str) -> None:
    error = complaint(write_lines(path, *head, CAPITAL))
    assert what in error.what
    assert str(path) in str(error.where)


def test_a_wrong_head_is_named_by_its_line(path: Path) -> None:
    assert "line 4" in complaint(write_lines(path, "+++", "", 'title = "x"', "oops", "+++", CAPITAL)).what


def test_an_expected_answer_that_does_not_fit_the_scorer_of_the_head(path: Path) -> None:
    error = complaint(write_lines(path, "+++", 'scorer = "numeric"', "+++", CAPITAL))
    assert "'Paris' is not a number" in error.what
    assert error.where == f"{path}:4 (item 'fr')"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none.jsonl").what == "does not exist"
    folder = tmp_path / "folder.jsonl"
    folder.mkdir()
    assert complaint(folder).what == "is no regular file"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may read every file")
def test_an_unreadable_file(path: Path) -> None:
    write_lines(path, CAPITAL).chmod(0)
    assert complaint(path).what.startswith("cannot be read")


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("1e999", "the number 1e999 is too large"),
        ('{"a": -1e999}', "the number -1e999 is too large"),
        ("9" * 5000, "a number of 5,000 digits is too large"),
        ('{"a":' * 300 + "1" + "}" * 300, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_nothing_later_could_hold(path: Path, value: str, what: str) -> None:
    error = complaint(write_lines(path, CAPITAL, f'{{"prompt": "?", "expected": {value}}}'))
    assert what in error.what
    assert error.where == f"{path}:2"


def test_json_as_deep_as_is_allowed_is_read(path: Path) -> None:
    value = '{"a":' * 99 + "1" + "}" * 99
    assert len(read_own_task(write_lines(path, f'{{"prompt": "?", "expected": {value}}}')).items) == 1


@pytest.mark.parametrize(
    "head",
    [
        "max_tokens = " + "9" * 5000,
        "max_tokens = 0x" + "f" * 5000,
        "stop = " + "[" * 5000 + "]" * 5000,
        "title" + ".a" * 2_000 + " = 1",
    ],
)
def test_a_head_that_python_cannot_hold(path: Path, head: str) -> None:
    error = complaint(write_lines(path, "+++", head, "+++", CAPITAL))
    assert len(error.what) < 300
    assert str(path) in str(error.where)


def test_a_head_without_end_is_refused_before_it_is_parsed(path: Path) -> None:
    error = complaint(write_lines(path, "+++", "title" + ".a" * 20_000 + " = 1", "+++", CAPITAL))
    assert (error.what, error.where) == ("the head is longer than 10,000 characters", f"{path}:2")


# -- memory stays bounded ------------------------------------------------------------------------


def test_an_endless_line_and_a_huge_file_are_refused_before_they_are_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(json_lines.MAX_FILE_BYTES)  # one line of zero bytes, sparse on the disk
    assert complaint(path).what == "the line is longer than 1 MiB"
    with path.open("wb") as file:
        file.truncate(10 * json_lines.MAX_FILE_BYTES)
    error = complaint(path)
    assert (error.what, error.where) == ("the file is larger than 256 MiB", str(path))


def test_too_many_bytes_and_too_many_items(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [CAPITAL | {"id": n} for n in range(5)]
    monkeypatch.setattr(json_lines, "MAX_ITEMS", 4)
    error = complaint(write_lines(path, *rows))
    assert (error.what, error.where) == ("more than 4 items", f"{path}:5")
    monkeypatch.setattr(json_lines, "MAX_ITEMS", 5)
    assert len(read_own_task(path).items) == 5
    monkeypatch.setattr(json_lines, "MAX_FILE_BYTES", 200)
    assert "the file is larger than" in complaint(path).what


# -- no file makes it fail otherwise -------------------------------------------------------------


def read_or_refuse(path: Path) -> Task | TaskError:
    try:
        return read_own_task(path)
    except TaskError as error:
        return error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_task_or_a_task_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    outcome = read_or_refuse(path)
    assert isinstance(outcome, Task) or str(path) in str(outcome.where)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    row=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("id", "prompt", "messages", "expected", "reference", "choices", "answer"),
            json_values | st.just("text"),
        ),
    )
)
def test_any_object_is_a_task_or_a_task_error(path: Path, row: dict[str, object]) -> None:
    outcome = read_or_refuse(write_lines(path, row))
    assert isinstance(outcome, Task | TaskError)


def test_worked_examples_and_what_endings_are_compared_by_stand_in_the_head(path: Path) -> None:
    shown = read_own_task(write_lines(path, "+++", "shots = 2", "+++", CAPITAL, SUM | {"expected": "4"}))
    assert shown.n_shots == 2
    picked = read_own_task(write_lines(path, "+++", 'score_by = "token"', "+++", PICK))
    assert (picked.score_by, picked.scorer_name) == ("token", "loglikelihood per token")
    assert "'score_by' is for multiple choice" in complaint(path_with(path, 'score_by = "raw"', CAPITAL)).what
    assert "'shots' must be a whole number" in complaint(path_with(path, "shots = true", CAPITAL)).what


def path_with(path: Path, head: str, *rows: object) -> Path:
    return write_lines(path, "+++", head, "+++", *rows)
