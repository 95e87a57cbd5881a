"""``breakeven results``: a folder of good, broken and hostile files through the command line."""

import json
import os
from pathlib import Path

import pytest

from bench.commands.results import find_record
from bench.errors import RecordError
from bench.records.store import file_name, write_record
from tests.factories import make_items, make_machine, make_model, make_record, make_task
from tests.program import in_process

TRICK = "\x1b[2J\u202e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good records, one with a name that would clear the screen, and all kinds of broken files."""
    folder = tmp_path_factory.mktemp("records")
    good = write_record(make_record(), folder)
    tricky = make_machine(machine_class=TRICK)
    write_record(make_record("tricky", model=make_model(f"<script>{TRICK}"), machine=tricky), folder)
    text = good.read_text("utf-8")
    broken = {
        "truncated": text[:3000],
        "newer": json.dumps(json.loads(text) | {"schema_version": 9}),
        "nan": text.replace("0.31", "NaN", 1),
        "infinite": text.replace("0.31", "1e999", 1),
        "deep": "[" * 50_000,
        "digits": text.replace('"memory_bytes": ', '"memory_bytes": ' + "9" * 5000, 1),
        "keys": "{" + ",".join('"a":1' for _ in range(10)) + "}",
        "wrong-hash": text.replace('"is_quick": true', '"is_quick": false'),
        "copy": text,
        f"name{TRICK}": "{",
    }
    for name, content in broken.items():
        (folder / f"{name}.json").write_text(content, "utf-8")
    (folder / "utf8.json").write_bytes(b"\xff\xfe{}")
    (folder / "folder.json").mkdir()
    (folder / "loop.json").symlink_to("loop.json")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.json")
    return folder


def test_a_list_has_a_line_for_each_record_and_names_what_is_none(folder: Path) -> None:
    ended = in_process("results", "list", folder)
    assert ended.code == 0
    assert "\x1b" not in ended.out + ended.err
    header, *rows = ended.out.splitlines()
    assert header.split() == ["date", "id", "model", "tasks", "machine", "verdicts", "run", "hash"]
    assert len(rows) == 2
    assert "2 viable, 2 not viable, 1 unsure  quick  ok" in rows[0]
    for name in ("truncated", "newer", "deep", "copy", "folder", "loop", "pipe", "utf8"):
        assert f"{name}.json" in ended.err


def test_the_list_as_json(folder: Path) -> None:
    rows = json.loads(in_process("results", "list", folder, "--json").out)
    assert [row["hash"] for row in rows] == ["ok", "ok"]
    assert rows[0]["verdicts"] == {"viable": 2, "not viable": 2, "insufficient evidence": 1}
    assert rows[0]["tasks"] == ["extract-json:easy", "gsm8k", "hellaswag"]


def test_an_empty_list_is_json(tmp_path: Path) -> None:
    assert json.loads(in_process("results", "list", tmp_path, "--json").out) == []


def test_many_broken_files_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number}.json").write_text("{", "utf-8")
    tasks = (make_task("gsm8k", make_items("gsm8k", 30, 20)),)
    write_record(make_record(tasks=tasks, assessment=None), folder)
    for words in (
        ("results", "list", folder),
        ("report", folder, "--csv", "-"),
        ("results", "export", folder, "--csv", tmp_path / "csv"),
        ("board", "build", folder, "-o", tmp_path / "site", "--no-parquet"),
        ("publish", folder, "--to", tmp_path / "data"),
        ("results", "merge", folder, "-o", tmp_path / "merged"),
    ):
        told = in_process(*words).err
        assert told.count("broken JSON") == 20, words
        assert ": 5 more files\n" in told, words
    assert in_process("results", "verify", folder).out.count("broken JSON") == 25


def test_verify_tells_each_problem_and_ends_with_2(folder: Path) -> None:
    ended = in_process("results", "verify", folder)
    assert ended.code == 2
    assert "\x1b" not in ended.out
    *told, summary = ended.out.splitlines()
    assert "with problems" in summary
    assert any("wrong-hash.json: content_sha256: was changed" in line for line in told)
    assert any("infinite.json: load.load_s: Input should be a finite number" in line for line in told)


def test_verify_ends_with_0_when_nothing_is_wrong(tmp_path: Path) -> None:
    path = write_record(make_record(), tmp_path)
    ended = in_process("results", "verify", tmp_path)
    assert (ended.code, ended.out) == (0, "1 files, 0 with problems\n")
    found = json.loads(in_process("results", "verify", tmp_path, "--json").out)
    assert found == [{"file": str(path), "id": make_record().id, "problems": []}]


def test_a_record_is_found_by_the_beginning_of_its_id(folder: Path) -> None:
    record = make_record()
    for word in (record.id[:4], record.id, str(folder / file_name(record))):
        assert find_record(word, folder).id == record.id
    with pytest.raises(RecordError, match="no record's id begins with it"):
        find_record("none", folder)


def test_a_word_that_no_file_can_be_called_is_no_id_either(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no record's id begins"):
        find_record("a" * 300, tmp_path)


def test_the_beginning_of_two_ids_is_refused_with_both(tmp_path: Path) -> None:
    for id_ in ("abc1" * 4, "abc2" * 4):
        write_record(make_record(id=id_), tmp_path)
    with pytest.raises(RecordError, match=f"begins the ids of 2 records: {'abc1' * 4}, {'abc2' * 4}"):
        find_record("abc", tmp_path)


def test_a_renamed_record_is_found_by_its_id(tmp_path: Path) -> None:
    record = make_record()
    write_record(record, tmp_path).rename(tmp_path / "renamed.json")
    assert find_record(record.id[:6], tmp_path).id == record.id


def test_show_reads_like_the_report(folder: Path) -> None:
    path = folder / file_name(make_record())
    assert "Here, or behind a hosted API?" in in_process("results", "show", path).out
    assert json.loads(in_process("results", "show", path, "--json").out)["id"] == make_record().id


def test_merge_tells_what_it_left_out(folder: Path, tmp_path: Path) -> None:
    ended = in_process("results", "merge", folder, "-o", tmp_path)
    assert ended.code == 2
    assert ended.out == f"{tmp_path}: 2 copied, 1 already there, 13 refused\n"
    again = in_process("results", "merge", folder, "-o", tmp_path, "--json")
    assert len([one for one in json.loads(again.out) if one["outcome"] == "refused"]) == 13
    for told in (ended.err, again.err):
        assert "newer.json: was written by a newer breakeven" in told
