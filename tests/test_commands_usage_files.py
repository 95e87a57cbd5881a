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
        ("u.csv", "input_tokens,output_tokens\n1,2\n3\n", "u.csv:3: 1 cell under 2 columns"),
        ("u.csv", "input_tokens,output_tokens\n1,\n", "u.csv:2: has no output_tokens"),
        ("u.csv", "a,a\n1,2\n", "u.csv:1: the column 'a' stands twice"),
        ("u.csv", ",".join(map(str, [*range(100_000), "z", "z"])), "u.csv:1: the column 'z' stands twice"),
        ("u.csv", 'a,b\n1,"2\n3,4\n', r"u.csv:2: is no CSV: .*\n.*close the quotes of the row that begins"),
        ("u.csv", "a,b\r1,2\r", r"u.csv:1: is no CSV: .*carriage returns alone\n.*in line feeds"),
        ("u.csv", "input_tokens;output_tokens\n1;2\n", r"u.csv:1: .*parted by semicolons\n.*by commas"),
        ("u.csv", "input_tokens\toutput_tokens\n1\t2\n", r"u.csv:1: .*parted by tabs\n.*by commas"),
        (
            "u.csv",
            "input_tokens,output_tokens\n1,2\n,\n",
            r"u.csv:3: every cell .*empty\n.*leave the row out",
        ),
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


def test_a_file_that_is_not_there_is_not_asked_for_in_another_format(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match=r"u.csv: does not exist\n.*give the path of a file$"):
        read_usages(tmp_path / "u.csv")


COUNTS = "input_tokens,output_tokens"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"model,{COUNTS}\no1,100,10\no1,200,20\nTotal,300,30", "u.csv:4: model: .*is called 'Total'"),
        (f"date,{COUNTS}\n2026-11-01,100,10\nSUMME:,100,10", "u.csv:3: date: .*is called 'SUMME:'"),
        (f",{COUNTS}\na,100,10\nGrand Total,300,30\nb,200,20", "u.csv:3: the row is called 'Grand Total'"),
        (f"{COUNTS}\n100,10\n200,20\n300,30", "u.csv:4: the last row is the sum of all before it"),
        (f"model,{COUNTS},requests\no1,100,10,1\no3,200,20,2\n,300,30,3", "u.csv:4: the last row is the sum"),
        (
            f"model,{COUNTS},requests\no1,100,10,1\no3,200,20,2\nall,300,30,",
            "u.csv:4: the last row is the sum",
        ),
    ],
)
def test_no_token_is_counted_twice_by_a_row_that_sums_up_others(
    tmp_path: Path, text: str, where: str
) -> None:
    (tmp_path / "u.csv").write_text(text)
    with pytest.raises(InputError, match=rf"{where}.*counted twice\n.*leave it out"):
        read_usages(tmp_path / "u.csv")


@pytest.mark.parametrize(
    "text",
    [
        f"{COUNTS}\n100,10\n100,10",  # of one other
        f"{COUNTS}\n100,10\n200,20\n300,31",
        f"{COUNTS}\n100,10\n300,30\n200,20",  # not the last
        f"{COUNTS}\n100,0\n200,0\n300,0",  # embeddings
        f"{COUNTS},requests\n100,10,1\n200,20,2\n300,30,2",
        f"model,{COUNTS}\no1,100,10\no1,200,20\no1,300,30",
        f"date,{COUNTS}\n2026-11-01,100,10\n2026-11-01,200,20\n2026-11-02,300,30",
        f"{COUNTS},error\n100,10,\n,,late\n100,10,",  # asked again
        f"model,{COUNTS}\ntotal-7b,100,10\n",
    ],
)
def test_a_request_as_large_as_others_is_a_request(tmp_path: Path, text: str) -> None:
    (tmp_path / "u.csv").write_text(text)
    assert len(read_usages(tmp_path / "u.csv")) == len(text.strip().splitlines()) - 1
