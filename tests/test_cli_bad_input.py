"""Bad input ends with exit code 2 and words that help: what, where, what to do; never a traceback."""

import errno
import json
import struct
import sys
from pathlib import Path
from unittest import mock

import pytest

from bench.errors import RecordError
from bench.records.results_folder import default_results_folder
from bench.records.store import read_record
from tests.factories import make_record
from tests.gguf_files import SMALL
from tests.program import Ended, in_process, sums_answers, write_script, write_sums


def assert_refused(ended: Ended, *words: str) -> None:
    assert ended.code == 2, ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""
    for word in words:
        assert word in ended.err


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write_script(tmp_path, answers=sums_answers(range(12)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], ["runn", "did you mean 'run'"]),
        (["run", "--quik"], ["--quik", "--quick"]),
        (["run", "smollm2-135m-instruct-q4_2"], ["did you mean 'smollm2-135m-instruct-q4_1'"]),
        (["run", "no/such/file.gguf"], ["no/such/file.gguf"]),
        (["run", "ollama:no-such-model"], ["no-such-model"]),
        (["run", "--api", "gpt-4o-minni"], ["did you mean", "gpt-4o-mini"]),
        (["run", "--kwh-price", "0.3 EUR"], ["EUR", "USD"]),
        (["run", "--kwh-price", "0.3 furlongs"], ["furlongs"]),
        (["run", "--need-accuracy", "80"], ["--need-accuracy", "from 0 to 1"]),
        (["run", "--ownership", "dedicated"], ["--device-price"]),
        (["run", "--at", "yesterday"], ["--at", "2026-11-21"]),
        (["run", "--limit", "0"], ["--limit"]),
        (["run", "--threads", "9999"], ["9999"]),
        (["prices", "show", "gpt-4o-minni"], ["did you mean", "gpt-4o-mini"]),
        (["models", "pull", "smollm2"], ["did you mean", "smollm2-"]),
        (["models", "--models", "no-such.toml"], ["no-such.toml"]),
        (["report", "no-such.json"], ["no-such.json"]),
    ],
)
def test_wrong_words_are_answered_with_the_nearest_right_ones(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    if arguments[0] == "run":
        task = ["--task", str(write_sums(tmp_path))]  # the default ones would be fetched
        model = [str(write_script(tmp_path))] if arguments[1].startswith("-") else []
        arguments = [*arguments, *task, *model]
    env = {
        "OLLAMA_MODELS": str(tmp_path),
        "HF_HOME": str(tmp_path),
        "BREAKEVEN_CACHE": str(tmp_path / "cache"),
    }
    assert_refused(in_process(*arguments, cwd=tmp_path, env=env), *words)


def test_an_unknown_task_names_the_nearest(script: Path, tmp_path: Path) -> None:
    ended = in_process("run", script, "--task", "hellaswagg", "-o", tmp_path / "out")
    assert_refused(ended, "hellaswag")


def test_a_model_that_is_not_there_is_told_before_data_are_fetched(tmp_path: Path) -> None:
    ended = in_process("run", tmp_path / "no.gguf", "--task", "gsm8k", "-o", tmp_path / "out")
    assert_refused(ended, "no such file")
    assert "data gsm8k" not in ended.err


GGUF_MAGIC = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"this is no model at all, only text", "GGUF"), (GGUF_MAGIC, "ends within its header")],
)
def test_what_is_no_model_is_refused_before_anything_runs(tmp_path: Path, content: bytes, word: str) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(content)
    ended = in_process("run", model, "--task", write_sums(tmp_path), "-o", tmp_path / "out")
    assert_refused(ended, "model.gguf", word)
    assert list((tmp_path / "out").rglob("*.json*")) == []


def test_a_context_beyond_the_models_is_refused(tmp_path: Path) -> None:
    script = write_script(tmp_path, n_ctx_train=512)
    ended = in_process("run", script, "--task", write_sums(tmp_path), "--ctx", 1024, "-o", tmp_path / "out")
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert "512" in ended.err + ended.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["holds no items"]),
        ("{not json}\n", [":1"]),
        (
            '{"id": "a", "prompt": "x", "expected": "1"}\n{"id": "a", "prompt": "y", "expected": "2"}\n',
            [":2", "a"],
        ),
        ('{"id": "a", "promt": "x", "expected": "1"}\n', [":1", "prompt"]),
    ],
)
def test_a_broken_task_file_is_named_with_its_line(
    tmp_path: Path, script: Path, content: str, words: list[str]
) -> None:
    task = tmp_path / "mine.jsonl"
    task.write_text(content)
    ended = in_process("run", script, "--task", task, "-o", tmp_path / "out")
    assert_refused(ended, "mine.jsonl", *words)


def test_a_folder_that_cannot_be_written_is_found_out_before_the_run(tmp_path: Path, script: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    ended = in_process("run", script, "--task", write_sums(tmp_path), "-o", blocked)
    assert_refused(ended, "blocked", "-o")


def test_a_broken_a_newer_and_a_foreign_record_are_told_apart(tmp_path: Path) -> None:
    document = json.loads(make_record().model_dump_json())
    cases = {
        "broken.json": ('{"schema_version": 1,', "line 1"),
        "newer.json": (json.dumps(document | {"schema_version": 999}), "999"),
        "foreign.json": (json.dumps({"hello": "world"}), "schema_version"),
        "typo.json": (json.dumps(document | {"machin": {}}), "machin"),
    }
    for name, (content, word) in cases.items():
        path = tmp_path / name
        path.write_text(content)
        assert_refused(in_process("report", path), name, word)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("latency.0.requests.1.decode_s", 1e308),
        ("latency.0.requests.1.decode_s", 366 * 24 * 3600.0 + 1),
        ("latency.0.requests.1.n_output_tokens", 10**400),
        ("latency.0.energy.0.above_idle_j.0", 1e308),
        ("tasks.0.items.0.n_output_tokens", 10**13),
    ],
)
def test_what_nobody_can_have_measured_is_refused_with_its_field(
    tmp_path: Path, place: str, value: float
) -> None:
    document = json.loads(make_record().model_dump_json())
    *parents, last = (int(name) if name.isdigit() else name for name in place.split("."))
    held = document
    for name in parents:
        held = held[name]
    held[last] = value
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(document))
    assert_refused(in_process("cost", path), "edited.json", place, "less than")


def test_an_attempt_that_a_record_has_twice_is_refused_with_task_and_item(tmp_path: Path) -> None:
    document = json.loads(make_record().model_dump_json())
    task = document["tasks"][0]
    task["items"].append(task["items"][0])
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(document))
    assert_refused(in_process("cost", path), "edited.json", task["task"], repr(task["items"][0]["item_id"]))
    task["items"][-1] = {**task["items"][0], "sample": 1}  # another attempt at the same item
    path.write_text(json.dumps(document))
    assert read_record(path).tasks[0].items[-1].sample == 1


def test_a_folder_shows_what_it_can_and_says_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "good.json").write_text(make_record().model_dump_json())
    ended = in_process("report", tmp_path)
    assert ended.code == 0, ended.err
    assert "left out" in ended.err
    assert "broken.json" in ended.err
    assert ended.out


def test_offline_says_what_is_missing(tmp_path: Path) -> None:
    env = {"BREAKEVEN_CACHE": str(tmp_path / "empty")}
    ended = in_process("run", "--offline", "--task", write_sums(tmp_path), "-o", tmp_path / "out", env=env)
    assert_refused(ended, "smollm2-135m-instruct-q4_1")


def test_a_transcript_without_a_task_to_go_with_is_refused(tmp_path: Path, script: Path) -> None:
    transcript = tmp_path / "t.jsonl"
    transcript.write_text('{"id": "sum-1", "output": "2"}\n')
    ended = in_process(
        "run",
        script,
        "--task",
        write_sums(tmp_path),
        "--transcript",
        f"gsm8k={transcript}",
        "-o",
        tmp_path / "o",
    )
    assert_refused(ended, "gsm8k", "sums")


def test_a_model_larger_than_memory_is_refused_with_both_sizes(tmp_path: Path) -> None:
    model = tmp_path / "large.gguf"
    model.write_bytes(SMALL)
    with mock.patch("bench.commands.memory_fit.available_memory_bytes", return_value=2**20):
        ended = in_process("run", model, "--task", write_sums(tmp_path), "-o", tmp_path / "out")
    assert_refused(ended, "large", "1 MiB are free", "smaller")


@pytest.mark.parametrize("verb", ["run", "eval"])
def test_what_the_engine_would_refuse_is_refused_before_anything_is_loaded(tmp_path: Path, verb: str) -> None:
    model = tmp_path / "small.gguf"
    model.write_bytes(SMALL)
    words = ("--type-v", "q8_0", "--flash-attn", "off")
    ended = in_process(verb, model, "--task", write_sums(tmp_path), *words, "-o", tmp_path / "out")
    assert_refused(ended, "small", "needs flash attention", "set flash_attn")
    assert not list((tmp_path / "out").glob("*.json"))


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    scripts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        scripts.append(write_script(tmp_path / name))
    ended = in_process("run", *scripts, "--task", write_sums(tmp_path), "-o", tmp_path / "out")
    assert_refused(ended, "2 of the models are called 'toy'")


def test_an_accuracy_for_a_task_that_is_not_run_is_refused(tmp_path: Path, script: Path) -> None:
    task = write_sums(tmp_path)
    ended = in_process("run", script, "--task", task, "--need-accuracy", "sum=0.5", "-o", tmp_path / "out")
    assert_refused(ended, "'sum'", "did you mean 'sums.jsonl'")


def test_an_error_that_nobody_foresaw_is_no_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(6, "No such device or address")

    monkeypatch.setattr("bench.cli.main.check_ownership", fail)
    ended = in_process("schema")
    assert ended.code == 2
    assert "No such device or address" in ended.err


def test_an_interruption_that_became_an_error_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("Error building a validator:\n  KeyboardInterrupt: ")

    monkeypatch.setattr("bench.cli.main.check_ownership", fail)
    ended = in_process("schema")
    assert (ended.code, ended.err) == (130, "interrupted\n")


def test_a_full_disk_behind_stdout_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("click.echo", fail)
    monkeypatch.setattr("bench.cli.main.note", lambda text: sys.stderr.write(text))
    assert_refused(in_process("schema"), "No space left on device", "remedy: free some space")


def test_that_the_folder_one_is_in_was_removed_is_told() -> None:
    gone = FileNotFoundError(errno.ENOENT, "No such file or directory")
    with mock.patch("pathlib.Path.cwd", side_effect=gone), pytest.raises(RecordError, match="was removed"):
        default_results_folder()
