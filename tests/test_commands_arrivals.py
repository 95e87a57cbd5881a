"""Moments of arrival out of files: each form, and what is wrong with file and line."""

from pathlib import Path

import pytest

from bench.commands.arrivals import read_arrivals
from bench.errors import InputError

N = 250


def written(folder: Path, name: str, lines: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("came.txt", [f"{1000 + 2 * i}.5" for i in range(N)]),
        ("came.txt", [f"2026-11-21T09:{2 * i // 60:02}:{2 * i % 60:02}+01:00" for i in range(N)]),
        ("log.csv", ["id,timestamp", *(f"{i},{1763715600 + 2 * i}.25" for i in range(N))]),
        ("log.jsonl", [f'{{"created": {1763715600 + 2 * i}, "model": "m"}}' for i in range(N)]),
        ("log.jsonl", [f'{{"response": {{"created": {1763715600 + 2 * i}}}}}' for i in range(N)]),
    ],
)
def test_every_form_tells_the_same(tmp_path: Path, name: str, lines: list[str]) -> None:
    found = read_arrivals(written(tmp_path, name, lines))
    assert found.seconds == pytest.approx([2.0 * i for i in range(N)])
    assert (found.source, found.n_moved) == (name, 0)


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("came.txt", "noon", "'noon' is not seconds, as the first line is"),
        ("came.txt", "1763715600000", "no second of a record"),
        ("came.txt", "nan", "no second of a record"),
        ("log.csv", "7,yesterday", "'yesterday' is no moment"),
        ("log.csv", "7,", "has no timestamp"),
        ("log.jsonl", '{"created": 1, "n_requests": 3}', "3 requests has no moment of each"),
    ],
)
def test_a_slip_has_its_line(tmp_path: Path, name: str, line: str, complaint: str) -> None:
    first = {"came.txt": "1", "log.csv": "id,timestamp", "log.jsonl": '{"created": 1}'}[name]
    with pytest.raises(InputError, match=complaint) as caught:
        read_arrivals(written(tmp_path, name, [first, line]))
    assert f"{name}:2" in str(caught.value.where)


def test_words_that_are_no_moment(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no moment"):
        read_arrivals(written(tmp_path, "came.txt", ["tomorrow"]))
    with pytest.raises(InputError, match="0 arrivals"):
        read_arrivals(written(tmp_path, "came.txt", []))
