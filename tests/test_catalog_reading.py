"""The strict reader: what it accepts, and that everything else is a CatalogError that says where."""

import tomllib
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.catalog import reading
from bench.catalog.reading import MAX_TOML_BYTES, Table, parse_toml, read_toml
from bench.catalog.sources import Sources
from bench.errors import CatalogError, InputError, first_few, nearest


def table(text: str) -> Table:
    return parse_toml(text.encode(), file="some.toml")


def test_values_come_typed_and_exact() -> None:
    top = table('a = "x"\nb = true\nc = 3\nd = 0.1\ne = 2026-11-21\nf = ["p", "q"]')
    assert top.need("a", reading.text) == "x"
    assert top.need("b", reading.flag) is True
    assert top.need("c", reading.whole()) == 3
    assert top.need("d", reading.decimal) == Decimal("0.1")
    assert top.need("e", reading.day) == date(2026, 11, 21)
    assert top.need("f", reading.list_of(reading.text)) == ("p", "q")
    assert top.may("g", reading.text) is None
    top.done()


def test_an_unknown_key_is_named_with_file_table_and_nearest() -> None:
    inner = table('[models."a.b"]\nlicense = "MIT"').named("models")["a.b"]
    inner.may("licence", reading.text)
    with pytest.raises(CatalogError) as caught:
        inner.done()
    assert caught.value.where == 'some.toml: models."a.b".license'
    assert "unknown key 'license'" in caught.value.what
    assert "did you mean 'licence'?" in caught.value.what


def test_a_missing_key_points_to_the_misspelt_one() -> None:
    inner = table('[m]\nlicense = "MIT"').table("m")
    with pytest.raises(CatalogError, match="missing key 'licence'") as caught:
        inner.need("licence", reading.text)
    assert caught.value.remedy is not None
    assert "license" in caught.value.remedy


@pytest.mark.parametrize(
    ("toml", "read", "complaint"),
    [
        ("k = 1", reading.text, "must be text, not 1"),
        ('k = " "', reading.text, "must be text"),
        ("k = true", reading.whole(), "must be a whole number, not true"),
        ("k = 0", reading.whole(at_least=1), "at least 1"),
        ("k = 1.5", reading.whole(), "whole number"),
        ("k = true", reading.decimal, "must be a number"),
        ("k = nan", reading.decimal, "finite"),
        ("k = -1", reading.decimal, "at least 0"),
        ("k = 1e400", reading.number, "64 bits"),
        ("k = 1.5", reading.share, "between 0 and 1"),
        ("k = 2026-11-21T10:00:00", reading.day, "must be a date"),
        ("k = 1", reading.list_of(reading.text), "must be a list"),
        ("k = [1]", reading.list_of(reading.text), "must be text"),
        ('k = "x"', reading.one_of("xy", "zz"), "did you mean 'xy'"),
        ('k = "B179"', reading.sha256, "64 lowercase hexadecimal digits"),
        (f'k = "{"A" * 64}"', reading.sha256, "64 lowercase hexadecimal digits"),
        ("k = 1", reading.flag, "true or false"),
    ],
)
def test_wrong_values_name_file_and_key(toml: str, read: reading.Reader[object], complaint: str) -> None:
    with pytest.raises(CatalogError) as caught:
        table(f"[t]\n{toml}").table("t").need("k", read)
    assert complaint in caught.value.what
    assert caught.value.where == "some.toml: t.k"


def test_syntax_errors_give_line_and_column() -> None:
    with pytest.raises(CatalogError, match=r"line 2, column 5"):
        table("a = 1\nb = !\n")
    with pytest.raises(CatalogError, match="Cannot declare"):
        table("[models.a]\n[models.a]\n")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a = 1e" + b"9" * 30, "too large an exponent"),
        (b"a = " + b"9" * 5000, "too many digits"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = '\xff'", "not UTF-8"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_absurd_bytes_are_catalog_errors(content: bytes, complaint: str) -> None:
    with pytest.raises(CatalogError, match=complaint):
        parse_toml(content, file="some.toml")


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse_toml(b"\xef\xbb\xbfa = 1", file="f").need("a", reading.whole()) == 1


def test_names_must_look_like_names() -> None:
    with pytest.raises(CatalogError, match="cannot be a name"):
        table('[models."../up"]').named("models")
    with pytest.raises(CatalogError, match="must be a table, not 1") as caught:
        table("models.a = 1").named("models")
    assert caught.value.where == "some.toml: models.a"


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(CatalogError, match="cannot be read"):
        read_toml(tmp_path)


def test_what_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    endless = tmp_path / "endless.toml"
    with endless.open("wb") as file:
        file.truncate(MAX_TOML_BYTES + 1)
    with pytest.raises(CatalogError, match="larger than 4 MiB"):
        read_toml(endless)


def test_pick_takes_a_name_however_it_is_spelt_unless_two_are_spelt_so() -> None:
    def picked(entries: dict[str, int], name: str) -> int:
        return reading.pick(entries, name, kind="thing", read_from=Path("file"), remedy="look")

    assert picked({"mac-mini-m4": 1, "pi-5": 2}, "Mac Mini_M4") == 1
    assert picked({"a.b": 1, "a-b": 2}, "a-b") == 2
    with pytest.raises(InputError, match="did you mean 'a-b'"):
        picked({"a.b": 1, "a-b": 2}, "A B")


def test_pick_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'gemma'"):
        reading.pick({"gemma": 1, "qwen": 2}, "gema", kind="model", read_from=Path("f"), remedy="r")


def test_sources_are_cited_by_id_and_joined() -> None:
    top = table(
        '[sources.a]\ntitle = "A"\nurl = "u"\ndate = "2025"\nnote = "secondary"\n'
        '[sources.b]\ntitle = "B"\ndate = "2025"\n'
        '[x]\nsource = ["a", "b"]\nnote = "own"\n[y]\nsource = "c"\n[z]\nsource = []\n'
    )
    sources = Sources(top)
    cited = sources.cite(top.table("x"))
    assert (cited.source, cited.date, cited.note) == ("A, u; B", "2025", "own; secondary")
    with pytest.raises(CatalogError, match="unknown source 'c'"):
        sources.cite(top.table("y"))
    with pytest.raises(CatalogError, match="must name a source"):
        sources.cite(top.table("z"))


# -- nothing but CatalogError escapes ------------------------------------------------------------

scalars = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**70),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.none(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
readers = st.sampled_from(
    [
        reading.text,
        reading.flag,
        reading.whole(at_least=1),
        reading.decimal,
        reading.number,
        reading.share,
        reading.day,
        reading.sha256,
        reading.one_of("a", "b"),
        reading.list_of(reading.text),
    ]
)


@given(st.binary(max_size=200))
def test_random_bytes_are_toml_or_a_catalog_error(content: bytes) -> None:
    try:
        parse_toml(content, file="f")
    except CatalogError:
        with pytest.raises((ValueError, ArithmeticError, RecursionError)):
            tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=6), values, max_size=4), st.text(max_size=6), readers)
def test_random_values_are_read_or_a_catalog_error(
    content: dict[str, object], key: str, read: reading.Reader[object]
) -> None:
    top = Table(content, file="f")
    for ask in (
        lambda: top.need(key, read),
        lambda: [top.need(name, read) for name in content],
        lambda: [top.named(name) for name in content],
        lambda: [top.tables(name) for name in content],
        top.done,
    ):
        with suppress(CatalogError):
            ask()


def test_of_many_names_the_first_are_told() -> None:
    told = nearest("?", [f"a{n:02}" for n in range(91)])
    assert told.endswith("a18, a19, and 71 more")


def test_of_several_things_the_first_are_told_and_the_others_counted() -> None:
    assert first_few(["a", "b"], 2) == "a, b"
    assert first_few(["a"] + ["b"] * 1200, 1, "; ") == "a; and 1,200 more"
