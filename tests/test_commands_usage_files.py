"""Files of usage exports and request logs: each row with its place, and no file taken for what it is not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.commands.usage_files import read_usages
from bench.economics.workload.usage import Usage
from bench.errors import InputError, TaskError
from bench.tasks import json_lines


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    rows = [{"model": "o1", "prompt_tokens": 7, "completion_tokens": 3, "timestamp": "2026-11-01"}] * 2
    lines, table = tmp_path / "u.jsonl", tmp_path / "u.csv"
    lines.write_text("\n\n".join(map(json.dumps, rows)))
    table.write_text(
        "\ufeffmodel,usage.prompt_tokens,usage.completion_tokens,timestamp,cached_tokens,note\n"
        '"o1", 7,3,2026-11-01,,"a, b"\n\no1,7,3,2026-11-01,0,\n'
    )
    assert read_usages(lines) == read_usages(table)
    assert read_usages(lines)[0] == Usage(7, 3, model="o1", at=datetime(2026, 11, 1, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("u.jsonl", '{"input_tokens": 1, "output_tokens": 1}\n[]', "u.jsonl:2: must be a JSON object"),
        ("u.jsonl", '{"input_tokens": 1', "u.jsonl:1:.*no JSON"),
        ("u.jsonl", "\n", "no row at all"),
        ("u.csv", "input_tokens,output_tokens\n", "no row at all"),
        ("u.csv", "input_tokens,output_tokens\n1,2\n3\n", "u.csv:3: 1 cells under 2 columns"),
        ("u.csv", "input_tokens,output_tokens\n1,\n", "u.csv:2: has no output_tokens"),
        ("u.csv", "a,a\n1,2\n", "u.csv:1: the column 'a' stands twice"),
        ("u.csv", ",".join(map(str, [*range(100_000), "z", "z"])), "u.csv:1: the column 'z' stands twice"),
        ("u.csv", 'a,b\n1,"2', "u.csv:2: is no CSV"),
        ("u.txt", "", "a workload is a .jsonl, .json or .csv file"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises((InputError, TaskError), match=complaint):
        read_usages(tmp_path / name)


def test_a_file_of_too_many_rows_is_to_be_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINES", 2)
    file = tmp_path / "u.csv"
    file.write_text("input_tokens,output_tokens\n1,2\n3,4\n")
    with pytest.raises(TaskError, match=r"more than 2 lines\n.*split the file"):
        read_usages(file)
