from pathlib import Path

import pytest
from factories import make_items, make_record, make_task

from bench.errors import RecordError
from bench.records import merge as merging
from bench.records import side_files
from bench.records.merge import merge
from bench.records.store import read_records, write_record
from bench.records.types import Record

FROZEN = Path(__file__).parent / "data" / "records"


def outcomes(sources: list[Path], target: Path) -> list[str]:
    return [one.outcome for one in merge(sources, target)]


def test_each_record_is_there_once_as_it_was(tmp_path: Path) -> None:
    both, one = tmp_path / "both", tmp_path / "one"
    first = write_record(make_record("first"), both)
    write_record(make_record("second"), both)
    write_record(make_record("first"), one)
    target = tmp_path / "target"
    assert outcomes([both, one], target) == ["copied", "copied", "already there"]
    assert (target / first.name).read_bytes() == first.read_bytes()
    assert outcomes([both, target], target) == ["already there"] * 4
    assert len(list(target.iterdir())) == 2


def test_another_record_of_the_same_id_is_refused_by_name_and_the_rest_merged(tmp_path: Path) -> None:
    write_record(make_record("first"), tmp_path / "a")
    odd = write_record(make_record("first", is_quick=False), tmp_path / "b")
    write_record(make_record("second"), tmp_path / "b")
    (tmp_path / "b" / "broken.json").write_text("{", "utf-8")
    merged = list(merge([tmp_path / "a", tmp_path / "b"], tmp_path / "target"))
    assert sorted(one.outcome for one in merged) == ["copied", "copied", "refused", "refused"]
    refused = {one.file.name: str(one.refused_because) for one in merged if one.outcome == "refused"}
    assert "other content" in refused[odd.name]
    assert str(odd) in refused[odd.name]
    assert "broken JSON" in refused["broken.json"]
    kept = {record.model.name: record for record in read_records([tmp_path / "target"]).records}
    assert kept["first"].is_quick


def test_series_go_with_their_record(tmp_path: Path) -> None:
    assert outcomes([FROZEN / "v1-run.json", FROZEN / "v2-series.json"], tmp_path) == ["copied", "copied"]
    assert {file.name for file in (tmp_path / side_files.FOLDER).iterdir()} == {
        file.name for file in (FROZEN / side_files.FOLDER).iterdir()
    }
    assert len(read_records([tmp_path]).records) == 2


def test_another_record_of_the_same_name_is_not_overwritten(tmp_path: Path) -> None:
    record = make_record("first")
    write_record(record, tmp_path / "a")
    write_record(record.model_copy(update={"id": record.id[:8] + "f" * 8}), tmp_path / "b")
    merged = list(merge([tmp_path / "a", tmp_path / "b"], tmp_path / "target"))
    assert [one.outcome for one in merged] == ["copied", "refused"]
    assert "has the name of another record" in str(merged[1].refused_because)


def test_nothing_is_copied_when_a_source_is_not_there(tmp_path: Path) -> None:
    write_record(make_record(), tmp_path / "a")
    with pytest.raises(RecordError, match="no such file or folder"):
        outcomes([tmp_path / "a", tmp_path / "missing"], tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_what_an_interruption_leaves_is_whole_and_can_be_gone_on_with(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(side_files, "LARGEST_INLINE_BYTES", 20_000)
    source, target = tmp_path / "source", tmp_path / "target"
    large = make_record("large", tasks=(make_task("a", make_items("a", 90, 9)),))
    write_record(large, source)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(merging, "write_text", interrupted)  # its series are there, the record is not yet
        with pytest.raises(KeyboardInterrupt):
            outcomes([source], target)
    assert read_records([target]).records == ()
    assert outcomes([source], target) == ["copied"]
    (record,) = read_records([target]).records
    assert isinstance(record, Record)
