"""Files checked ahead: only whole records as they were written are told; the rest is read in full."""

import json
import os
from pathlib import Path

import pytest
from factories import make_record
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from bench import beside as beside_module
from bench.errors import RecordError
from bench.records import checking, store
from bench.records.checking import checked_beside, sound_sha256
from bench.records.content_hash import KEY, canonical_json, check_content, content_sha256, with_content_sha256
from bench.records.documents import read_document
from bench.records.store import read_records, write_record

NOTHING = bytes(32)
ODD = [  # values that parsers of JSON differ about, or that change when they are written anew
    *(
        "NaN",
        "-Infinity",
        "1e400",
        "-0",
        "-0.0",
        "1e16",
        "1E-7",
        "0.1",
        "01",
        "9" * 5000,
        "12345678901234567890",
    ),
    *(
        '"\\u0022"',
        r'"\""',
        r'"\\"',
        r'"\ud800"',
        r'"\ud83d\ude00"',
        r'"\u00e9"',
        '"é"',
        '"\x01"',
        '"\x7f"',
        "tru",
    ),
    *(
        '{"a":1}',
        '{"a":1,"a":1}',
        '{"a":"b","a":2}',
        '{"a":{"b":"c"},"a":null}',
        "[1,]",
        "[" * 250 + "]" * 250,
    ),
]


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


@pytest.fixture(scope="module")
def any_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "file.json"


@given(
    entries=st.lists(
        st.tuples(st.sampled_from(["a", "b", r"\u0061", r"\u0022"]), st.sampled_from(ODD)), max_size=4
    )
)
def test_what_is_refused_in_full_is_never_told_as_sound(
    any_file: Path, entries: list[tuple[str, str]]
) -> None:
    inner = ", ".join(['"schema_version": 2', *(f'"{key}": {value}' for key, value in entries)])
    try:  # the hash that would be right for the quick look
        stated = content_sha256(from_json(f"{{{inner}}}"))
    except ValueError:
        stated = "0" * 64
    any_file.write_text(f'{{{inner}, "{KEY}": "{stated}"}}', "utf-8")
    if sound_sha256(any_file) != NOTHING:
        document = read_document(any_file).content
        check_content(document)
        assert canonical_json(document) == canonical_json(from_json(any_file.read_bytes()))


@pytest.mark.parametrize("value", ["-0", "1e16", '{"a": 1}', r'"\ud83d\ude00"', r'"\""', "[]"])
def test_what_is_written_otherwise_than_here_may_be_sound(any_file: Path, value: str) -> None:
    document = with_content_sha256({"schema_version": 2, "a": json.loads(value)})
    any_file.write_text(json.dumps(document, indent=3), "utf-8")
    assert sound_sha256(any_file) != NOTHING


def test_an_object_of_very_many_keys_is_left_to_the_full_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_KEYS", 20)
    assert {sound_sha256(file) for file in folder.glob("*.json")} == {NOTHING}


def test_a_repeated_key_is_not_outweighed_by_hidden_quotation_marks(any_file: Path) -> None:
    digest = content_sha256({"schema_version": 2, "a": 1, "b": '""'})
    hidden = r'"schema_version": 2, "a": 0, "a": 1, "b": "\u0022\u0022"'
    any_file.write_text(f'{{{hidden}, "{KEY}": "{digest}"}}', "utf-8")
    assert sound_sha256(any_file) == NOTHING


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
