import gzip
import json
from pathlib import Path

import pytest
from factories import make_assessment, make_comparison, make_items, make_record, make_task, without_hash

from bench.errors import RecordError
from bench.records import documents, files, side_files
from bench.records.files import parse_json
from bench.records.privacy import Identity
from bench.records.store import read_record, write_record
from bench.records.types import Record

NOBODY = Identity("", "", "")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as small as those of tests count as large."""
    monkeypatch.setattr(side_files, "LARGEST_INLINE_BYTES", 20_000)


def large_record() -> Record:
    return make_record(
        tasks=(make_task("a", make_items("a", 90, 9)), make_task("b", make_items("b", 9, 90))), latency=()
    )


def written(folder: Path) -> tuple[Path, list[Path]]:
    path = write_record(large_record(), folder, identity=NOBODY)
    return path, sorted((folder / side_files.FOLDER).iterdir())


@pytest.mark.usefixtures("small")
def test_a_large_record_is_joined_again_and_its_memory_knows_nothing_of_it(tmp_path: Path) -> None:
    path, files = written(tmp_path)
    assert path.stat().st_size < 40_000 < sum(len(gzip.decompress(file.read_bytes())) for file in files)
    assert without_hash(read_record(path)) == large_record()


@pytest.mark.usefixtures("small")
def test_the_longest_series_go_first_and_the_same_record_makes_the_same_files(tmp_path: Path) -> None:
    path, files = written(tmp_path / "one")
    again, files_again = written(tmp_path / "two")
    assert path.read_bytes() == again.read_bytes()
    assert [f.name for f in files] == [f.name for f in files_again]
    assert [f.read_bytes() for f in files] == [f.read_bytes() for f in files_again]
    lengths = [len(json.loads(gzip.decompress(file.read_bytes()))) for file in files]
    assert lengths.count(99) == 2  # the items of both tasks


def test_a_small_record_has_no_side_file(tmp_path: Path) -> None:
    write_record(large_record(), tmp_path)
    assert not (tmp_path / side_files.FOLDER).exists()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.unlink(), "is not here"),
        (lambda file: file.write_bytes(file.read_bytes()[:-20]), "ends too early"),
        (lambda file: file.write_bytes(b"no gzip"), "cannot be unpacked"),
        (lambda file: file.write_bytes(gzip.compress(b"[]")), "another hash"),
        (lambda file: file.write_bytes(gzip.compress(bytes(10_000_000))), "unpacks to more than"),
    ],
)
def test_a_side_file_that_is_not_what_it_should_be_is_named(tmp_path: Path, damage, said: str) -> None:
    path, (file, *_) = written(tmp_path)
    damage(file)
    with pytest.raises(RecordError, match=said) as caught:
        read_record(path)
    assert caught.value.where == str(file)


@pytest.mark.usefixtures("small")
def test_a_pipe_in_place_of_a_side_file_is_not_waited_for(tmp_path: Path) -> None:
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with a name here")
    path, (file, *_) = written(tmp_path)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(RecordError, match="is not here"):
        read_record(path)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({"series_sha256": "../../etc/passwd", "n_bytes": 1}, "a series_sha256 that is none"),
        ({"series_sha256": "0" * 64, "n_bytes": -1}, "n_bytes that are none"),
        ({"series_sha256": "0" * 64, "n_bytes": True}, "n_bytes that are none"),
        ({"series_sha256": "0" * 64, "n_bytes": 10**12}, "more than 33,554,432 bytes"),
    ],
)
def test_a_reference_that_is_none_is_refused(tmp_path: Path, reference: dict, said: str) -> None:
    path, _ = written(tmp_path)
    document = json.loads(path.read_text("utf-8"))
    document["tasks"][0]["items"] = reference
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(RecordError, match=said) as caught:
        read_record(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy is not None


@pytest.mark.usefixtures("small")
def test_more_series_than_can_be_read_are_not_written(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(side_files, "LARGEST_SERIES_BYTES", 10_000)
    with pytest.raises(RecordError, match="take"):
        written(tmp_path)
    assert not list(tmp_path.iterdir())


def test_comparisons_with_very_many_apis_and_points_of_speed_are_series_too(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(side_files, "LARGEST_INLINE_BYTES", 8_000)
    monkeypatch.setattr(documents, "LARGEST_RECORD_BYTES", 80_000)
    many = tuple(make_comparison("gsm8k", f"api-{number}") for number in range(40))
    record = make_record(assessment=make_assessment(many))
    record = record.model_copy(update={"speed": record.speed * 30})
    assert without_hash(read_record(write_record(record, tmp_path, identity=NOBODY))) == record


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_RECORD_BYTES", 4_000)
    with pytest.raises(RecordError, match="a record can have 4,000"):
        written(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_that_repeats_brackets_makes_no_crowd(monkeypatch) -> None:
    monkeypatch.setattr(files, "_MOST_PARTS", 9)
    for text in ("[" * 99, '\\"' + "{" * 99, '"]"\n\\'):
        assert parse_json(json.dumps([text]), where="here") == [text]
    for crowd in ("[" * 10 + "]" * 10, '["",' * 10, '"' + '\\"' * 10 + "[" * 10 + '"' + "[" * 10):
        with pytest.raises(RecordError, match="more than 9 arrays"):
            parse_json(crowd, where="here")
