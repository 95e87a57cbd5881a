"""Tables on terminals of any width, and in pipes."""

import json

import pytest
from click.testing import CliRunner

from bench.cli import output

HEADER, ROWS = ("id", "model", "verdict"), [("1", "a" * 10, ""), ("2", "b", "viable")]


def printed(monkeypatch: pytest.MonkeyPatch, width: int | None) -> list[str]:
    if width is not None:
        monkeypatch.setattr(output, "screen", lambda: (width, False))
    with CliRunner().isolation() as (out, *_):
        monkeypatch.setattr(output, "is_terminal", lambda: width is not None)
        output.print_table(HEADER, iter(ROWS))
    return out.getvalue().decode().splitlines()


@pytest.mark.parametrize("width", [None, 23])
def test_a_row_is_a_line_where_it_fits(monkeypatch: pytest.MonkeyPatch, width: int | None) -> None:
    assert printed(monkeypatch, width) == [
        "id  model       verdict",
        "1   aaaaaaaaaa",
        "2   b           viable",
    ]


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (22, ["id  model", "    verdict", "1   aaaaaaaaaa", "2   b", "    viable"]),
        (1, ["id", "    model", "    verdict", "1", "    aaaaaaaaaa", "2", "    b", "    viable"]),
    ],
)
def test_on_a_narrow_terminal_columns_go_below(
    monkeypatch: pytest.MonkeyPatch, width: int, told: list[str]
) -> None:
    assert printed(monkeypatch, width) == told


def test_of_very_many_rows_only_the_first_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_FITTED", 2)
    assert printed(monkeypatch, None)[1:] == ["1   aaaaaaaaaa", "2   b           viable"]


def test_json_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"name": "\x9b2Ja\x1b[31m\u202eb\u200b \u00e9 \N{SNOWMAN}"}
    output.print_json(told)
    output.print_json_list([told])
    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert "\u00e9 \N{SNOWMAN}" in out
    assert [json.loads(out[: out.index("\n[")]), *json.loads(out[out.index("\n[") :])] == [told, told]
