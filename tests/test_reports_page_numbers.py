"""The page writes numbers exactly as the terminal does: one set of rules, in two languages."""

import html
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reports.words import figures as f

quickjs = pytest.importorskip("quickjs")

SOURCE = (files("bench.reports.page") / "numbers.js").read_text(encoding="utf-8")
AWKWARD = (
    0.125,
    2.675,
    0.5,
    9.995,
    99.95,
    999.5,
    0.09995,
    1e-9,
    9.99e-10,
    9.996e-10,
    123456.5,
    0.0,
    -0.25,
    5e-324,
)
NUMBERS = (
    st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
    | st.floats(min_value=1e-12, max_value=1e-3)
    | st.decimals(min_value=0, max_value=10_000, places=4).map(float)
    | st.sampled_from(AWKWARD)
).map(lambda number: number + 0.0)  # without -0.0, whose sign says nothing
SHARES = st.floats(min_value=0, max_value=1) | st.decimals(min_value=0, max_value=1, places=4).map(float)


@pytest.fixture(scope="module")
def page():
    context = quickjs.Context()
    context.eval(SOURCE)
    return context


def said(page, call):
    return page.eval(call)


@settings(max_examples=150, deadline=None)
@given(value=NUMBERS, half=NUMBERS, digits=st.integers(1, 5))
def test_figures_are_written_by_the_same_rules(page, value, half, digits):
    assert said(page, f"significant({value!r}, {digits})") == f.significant(value, digits)
    assert said(page, f"money({value!r})") == f.money(value)
    assert said(page, f"plusMinus({value!r}, {half!r})") == f.plus_minus(value, half)
    assert said(page, f"bandText([{value!r}, {half!r}, null], 'J')") == f.band((value, half, None), "J")
    assert said(page, f"moneyBand([{value!r}, {half!r}, {value!r}])") == f.money_band((value, half, value))


@settings(max_examples=100, deadline=None)
@given(share=SHARES, low=SHARES, count=st.integers(0, 10**13))
def test_shares_and_counts_are_written_by_the_same_rules(page, share, low, count):
    assert said(page, f"percentText({share!r})") == f.percent(share)
    assert said(page, f"percentInterval([{share!r}, {low!r}, {share!r}])") == f.percent_interval(
        share, low, share
    )
    assert said(page, f"probabilityText({share!r})") == f.probability(share)
    assert said(page, f"sizeText({count})") == f.size(count)
    assert said(page, f"parametersText({count})") == f.parameters(count)
    assert said(page, f"wholeText({count})") == f.whole(count)
    assert said(page, f"millisecondsText({share!r})") == f.milliseconds(share)


def test_what_is_absent_is_a_dash_and_never_zero(page):
    for name in ("significant", "money", "percentText", "probabilityText", "sizeText", "wholeText"):
        for absent in ("null", "undefined", "NaN", "Infinity"):
            assert said(page, f"{name}({absent})") == f.ABSENT
    assert said(page, "moneyBand(null)") == said(page, "bandText(null)") == f.ABSENT
    assert said(page, "JSON.stringify(perThousand([0.0000011, 0.0000007, null]))") == "[0.0011,0.0007,null]"


def test_text_from_outside_is_inert_in_content_and_in_quoted_attributes(page):
    hostile = """<img src=x onerror='a'>"&`"""
    escaped = said(page, f"escapeText({hostile!r})")
    assert not set(escaped) & set("<>\"'`")
    assert html.unescape(escaped) == hostile
