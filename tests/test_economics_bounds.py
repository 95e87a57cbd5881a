"""Bounds: what is said of a sum, product or quotient holds for all true figures that the parts allow."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.economics.ways.bounds import Bound, read_bound
from bench.errors import EconomicsError, InputError

amounts = st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)
sides = st.sampled_from("=<>")


@st.composite
def figures(draw: st.DrawFn, least: Decimal = Decimal(0)) -> tuple[Decimal, Bound]:
    """A true figure, and something true that is said of it."""
    true, off = draw(amounts) + least, Decimal(draw(st.integers(1, 1000))) / 100
    side = draw(sides)
    said = {"=": true, "<": true + off, ">": max(Decimal(0), true - off)}[side]
    return (true, Bound(said, side)) if side != ">" or true > 0 else (true, Bound(true))


@settings(max_examples=200, deadline=None)
@given(figures(), figures(), st.sampled_from("+×÷"))
def test_what_is_said_of_true_figures_is_true(
    first: tuple[Decimal, Bound], second: tuple[Decimal, Bound], operation: str
) -> None:
    (a, said_a), (b, said_b) = first, second
    try:
        match operation:
            case "+":
                true, said = a + b, said_a + said_b
            case "×":
                true, said = a * b, said_a * said_b
            case _:
                assume(a or b)  # 0 ÷ 0 is no figure
                said = said_a / said_b
                true = a / b if b else Decimal("Infinity")
    except EconomicsError:
        turned = {"<": ">", ">": "<", "=": "="}[said_b.side] if operation == "÷" else said_b.side
        assert {said_a.side, turned} == {"<", ">"} or (operation == "÷" and said_b.value == 0)
    else:
        assert said.holds(true)
        assert said.side != "=" or said_a.side == said_b.side == "=" or said.value == 0


@given(figures())
def test_rounding_keeps_what_is_said_true(figure: tuple[Decimal, Bound]) -> None:
    true, said = figure
    rounded = Bound(said.rounded(2), said.side)
    if said.side != "=":
        assert rounded.holds(true)
    assert abs(rounded.value - said.value) <= said.value / 10


def test_by_hand() -> None:
    about, above, below = read_bound("~20"), read_bound(">1000"), read_bound("<4")
    assert str(about / read_bound("0.8")) == "~25"
    assert str(above / read_bound("0.875")).startswith(">1142.857")
    assert (above / read_bound("0.875")).rounded() == 1140
    assert str(below / read_bound("0.32")) == "<12.5"
    assert (about / read_bound("<1")).sign == ">~"
    assert str(about + above) == ">~1020"
    assert read_bound(0) * above == Bound(Decimal(0))
    with pytest.raises(EconomicsError, match="may be more or less"):
        above + below
    with pytest.raises(EconomicsError, match="unbounded"):
        below / read_bound(">0")


def test_a_number_of_a_file_may_have_an_exponent() -> None:
    assert read_bound(Decimal("1e-7")) == Bound(Decimal("0.0000001"))


@pytest.mark.parametrize(
    "written",
    [
        *("", "20 USD", "-1", "<0", ">=3", "nan", True, None, "1e3", [1], "1" + "0" * 13),
        *map(Decimal, ("1e999", "1e-999999999", "1e999999999", "nan", "inf")),
    ],
)
def test_what_is_no_figure(written: object) -> None:
    with pytest.raises(InputError, match="is no figure from 0 to 1,000,000,000,000"):
        read_bound(written)


@pytest.mark.parametrize("written", ["0." + "0" * 12 + "1", Decimal("1e-400")])
def test_what_is_next_to_nothing_is_a_slip_of_the_pen(written: object) -> None:
    with pytest.raises(InputError, match=r"1.* is next to nothing\n.*give 0, or at least 1e-12"):
        read_bound(written)
