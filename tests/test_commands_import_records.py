"""``breakeven import``: files in, records out, and nothing twice."""

import json

import pytest
from click.testing import CliRunner
from test_reports_llama_bench import LLAMA_BENCH_ROW

from bench.cli.import_records import import_records
from bench.commands.import_records import import_files
from bench.errors import RecordError
from bench.records.store import read_records


def write(path, *rows):
    path.write_text(json.dumps(rows), "utf-8")
    return path


def test_imported_records_are_there_to_be_shown_and_only_once(tmp_path):
    file = write(tmp_path / "a.json", LLAMA_BENCH_ROW)
    folder = tmp_path / "results"
    paths = import_files([file, file], folder)
    assert import_files([file], folder) == paths
    found = read_records([folder])
    assert [record.speed[0].test for record in found.records] == ["tg8 @ d64"]
    assert found.broken == ()


def test_nothing_is_written_when_one_file_is_broken(tmp_path):
    good = write(tmp_path / "a.json", LLAMA_BENCH_ROW)
    with pytest.raises(RecordError):
        import_files([good, write(tmp_path / "b.json", {})], tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_the_command_prints_the_paths(tmp_path):
    file = write(tmp_path / "a.json", LLAMA_BENCH_ROW, {**LLAMA_BENCH_ROW, "n_threads": 1})
    words = [str(file), "--results", str(tmp_path / "results")]
    plain = CliRunner().invoke(import_records, words, catch_exceptions=False).output.splitlines()
    as_json = CliRunner().invoke(import_records, [*words, "--json"], catch_exceptions=False).output
    assert json.loads(as_json) == plain
    assert len(read_records([tmp_path / "results"]).records) == len(plain) == 2
