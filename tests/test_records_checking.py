"""Files checked ahead: only whole records as they were written are told; the rest is read in full."""

import json
import os
from pathlib import Path

import pytest
from factories import make_record

from bench import beside as beside_module
from bench.errors import RecordError
from bench.records import checking, store
from bench.records.checking import checked_beside, sound_sha256
from bench.records.content_hash import with_content_sha256
from bench.records.store import read_records, write_record

NOTHING = bytes(32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(2):
        write_record(make_record(f"model-{number}"), tmp_path)
    return tmp_path


def _changed(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_a_checked_file_is_not_checked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(folder.glob("*.json"))
    plain = read_records([folder])
    sound = [sound_sha256(file) for file in files]
    assert NOTHING not in sound
    monkeypatch.setattr(store, "read_record", None)
    assert read_records([folder], sound=iter(sound)) == plain


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"notes"', '"notes":[],"notes"', "repeats the key"),
        ('"schema_version": 2', '"schema_version": 3', "newer breakeven"),
        ('"is_quick": ', '"is_slow": true,\n "is_quick": ', "was changed|is_slow"),
    ],
)
def test_what_is_wrong_is_told_as_without_checking(folder: Path, old: str, new: str, why: str) -> None:
    file = min(folder.glob("*.json"))
    _changed(file, old, new)
    assert sound_sha256(file) == NOTHING
    with pytest.raises(RecordError, match=why):
        read_records([file], sound=iter([sound_sha256(file)]))


def test_a_file_that_changed_since_is_read_in_full(folder: Path) -> None:
    file = min(folder.glob("*.json"))
    sound = sound_sha256(file)
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**document, "is_quick": not document["is_quick"]}), "utf-8")
    with pytest.raises(RecordError, match="was changed after it was written"):
        read_records([file], sound=iter([sound]))


def test_a_field_that_is_wrong_under_a_right_hash_is_named(folder: Path) -> None:
    file = min(folder.glob("*.json"))
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(with_content_sha256({**document, "is_quick": 5})), "utf-8")
    sound = sound_sha256(file)
    assert sound != NOTHING
    with pytest.raises(RecordError, match="is_quick"):
        read_records([file], sound=iter([sound]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system copies no process")
def test_many_files_are_checked_in_another_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_module, "n_processors", lambda: 2)
    files = sorted(folder.glob("*.json"))
    with checked_beside([folder]) as sound:
        assert list(sound) == []
    monkeypatch.setattr(checking, "_FEWEST", 2)
    with checked_beside([folder]) as sound:
        assert list(sound) == [sound_sha256(file) for file in files]
    with checked_beside([folder / "none.json"]) as sound:
        assert list(sound) == []


def test_no_pipe_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    assert sound_sha256(pipe) == NOTHING
