import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import TaskError
from bench.tasks.scorers import SCORERS, find_scorer
from bench.tasks.scorers.numeric import find_number
from bench.tasks.types import Verdict

RIGHT = Verdict("right")


def score(name: str, output: str, expected: object, *, truncated: bool = False) -> Verdict:
    """The judgement alone."""
    return replace(find_scorer(name)(output, expected, truncated=truncated), answer=None)


def answer(name: str, output: str, expected: object, *, truncated: bool = False) -> str | None:
    return find_scorer(name)(output, expected, truncated=truncated).answer


# -- the table -----------------------------------------------------------------------------------


def test_unknown_scorer_names_the_nearest() -> None:
    with pytest.raises(TaskError, match="did you mean 'numeric'"):
        find_scorer("numerical")


@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_refuses_what_it_cannot_use_as_gold(name: str) -> None:
    for expected in (None, True, "", {}, [], ()):
        with pytest.raises(ValueError, match=r".+"):
            score(name, "some output", expected)


def test_a_tuple_holds_alternatives_any_of_which_is_right() -> None:
    assert score("exact", "USA", ("United States", "USA")) == RIGHT
    assert score("exact", "UK", ("United States", "USA")) == Verdict("wrong", "another answer")


# -- what is read, for votes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected", "outputs", "spelt"),
    [
        ("numeric", 3, ("The answer is 0.5.", "#### 1/2", "so .50"), "1/2"),
        ("numeric", 3, ("It is $1,200.00", "1.2e3"), "1200"),
        ("letter", "A", ("The answer is (C).", "C"), "C"),
        ("exact", "Rome", ("PARIS.", ' "paris" '), "paris"),
        (
            "label",
            {"label": "a", "labels": ["a", "Late Bill"]},
            ("Label: late bill", "LATE  BILL"),
            "late bill",
        ),
        (
            "json",
            {"a": 1},
            ('{"b": "X  y", "a": 1.50}', '```{"a": "$1.5", "b": "x Y"}```'),
            '{"a":1.5,"b":"x y"}',
        ),
        ("json", [1], ("[true, null, 1e2]", "so [true,null,100]"), "[true,null,1E+2]"),
        ("grid", "1", ("12\n34", "[[1, 2], [3, 4]]"), "12/34"),
    ],
)
def test_equal_answers_are_spelt_one_way(
    name: str, expected: object, outputs: tuple[str, ...], spelt: str
) -> None:
    assert {answer(name, output, expected) for output in outputs} == {spelt}


@pytest.mark.parametrize(
    ("name", "expected", "output"),
    [
        ("numeric", 3, "none"),
        ("letter", "A", "The answer is A or B."),
        ("exact", "Rome", "  "),
        ("label", {"label": "a", "labels": ["a", "b"]}, "a or b"),
        ("json", {"a": 1}, "no object"),
        ("json", {"a": 1}, '{"b": ' + "[" * 900 + "]" * 900 + "}"),
        ("grid", "1", "no grid"),
        ("contains", "Rome", "Rome"),
        ("constraints", {"words": 1}, "Rome"),
    ],
)
def test_what_gives_no_answer_has_no_vote(name: str, expected: object, output: str) -> None:
    found = answer(name, output, expected)
    assert found is None or (name == "json" and found.startswith("sha256:"))


def test_a_cut_output_votes_only_with_a_complete_answer() -> None:
    assert answer("exact", "Par", "Paris", truncated=True) is None
    assert answer("numeric", "#### 12 so", 12, truncated=True) == "12"


def test_long_answers_are_told_apart_by_a_hash() -> None:
    one, other = (answer("json", json.dumps({"a": "x" * 100 + end}), {"a": 1}) for end in "yz")
    assert one != other
    assert one is not None
    assert (one[:7], len(one)) == ("sha256:", 39)
    assert answer("exact", "\ud800" * 90, "Rome") != one


# -- numeric -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("5 * 2 = 10\n#### 18", 18),
        ("#### $1,430.00", 1430),
        ("#### 3 * 6 = 18", 18),
        ("#### 18 = 3 * 6", 18),
        ("#### total = $2 * 9 = $18 for 2 days", 18),
        ("#### 18 = all of them", 18),
        ("The answer is 18 = $3 * 6.", 18),
        ("#### 7\nwait\n#### 18 apples", 18),
        ("#### none\nso she has 4", 4),
        ("The answer is 18.", 18),
        ("The answer is 18. Check: 3 * 5 = 15.", 18),
        ("Answer: 5 + 3 = 8 dollars", 8),
        ("**Answer:** \\$12.50", 12.5),
        ("so we get \\boxed{1{,}024}, as 2^10", 1024),
        ("\\boxed{\\frac{3}{4}}", 0.75),
        ("He has 20-3 of them", 3),
        ("It fell to −7 degrees", -7),
        ("-$5", -5),
        ("$-5", -5),
        ("about 2 1/2 cups", 2.5),
        ("1/2", 0.5),
        (".5", 0.5),
        ("1.5e3", 1500),
        ("50%", 50),
        ("16 eggs a day, 3 eaten", 3),
        ("model B12 has 40kg", 40),
        ("100.", 100),
        ("paid on 1/2/2020? No: 7", 7),
        ("1,234,567", 1234567),
        ("18, 19", 19),
    ],
)
def test_numbers_are_found_where_the_answer_is(output: str, expected: float) -> None:
    assert find_number(output) == Fraction(str(expected))


@pytest.mark.parametrize("output", ["", "no idea", "####", "x2 and B12", "1/0", "v1.2.x"])
def test_an_output_without_a_number_is_unscored_not_wrong(output: str) -> None:
    found = score("numeric", output, "18")
    assert found == Verdict("unscored", "no number found") or find_number(output) is not None
    assert found.outcome != "right"


def test_no_number_is_unscored() -> None:
    assert score("numeric", "I cannot say.", 18) == Verdict("unscored", "no number found")


def test_another_number_is_wrong_and_the_reason_holds_no_gold() -> None:
    assert score("numeric", "#### 19", 18) == Verdict("wrong", "another number")


@pytest.mark.parametrize(
    "output", ["5 * 2 = 10 and then 10 + 8", "#### 1", "The answer is 1", "", "#### 18."]
)
def test_a_cut_output_without_a_complete_answer_is_wrong_for_its_budget(output: str) -> None:
    assert score("numeric", output, 18, truncated=True) == Verdict("wrong", "truncated")


def test_a_cut_output_with_a_complete_answer_is_scored() -> None:
    assert score("numeric", "#### 18\nNow let me check th", 18, truncated=True) == RIGHT
    assert score("numeric", "\\boxed{18}", 18, truncated=True) == RIGHT


@given(st.integers(-(10**12), 10**12))
def test_every_way_to_write_a_whole_number_is_that_number(n: int) -> None:
    for written in (f"{n}", f"{n:,}", f"{n}.00", f"#### {n}", f"The answer is {n:,} dollars.", f"**{n}**"):
        assert find_number(written) == n
        assert score("numeric", written, str(n)) == RIGHT
        assert score("numeric", written, n + 1).outcome == "wrong"


@given(st.fractions(max_denominator=10**6))
def test_fractions_are_exact(value: Fraction) -> None:
    assert find_number(f"so {value.numerator}/{value.denominator}") == value


@given(st.text(max_size=200), st.booleans())
def test_no_output_makes_the_numeric_scorer_fail(output: str, truncated: bool) -> None:
    assert score("numeric", output, "1", truncated=truncated).outcome in ("right", "wrong", "unscored")


def test_runaway_digits_are_no_answer() -> None:
    assert find_number("7 then " + "9" * 100_000) == 7


# -- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["Paris", " paris.\n", '"Paris"', "**Paris**", "`PARIS`."])
def test_exact_ignores_case_and_what_stands_around(output: str) -> None:
    assert score("exact", output, "Paris") == RIGHT


def test_exact_wants_the_whole_output() -> None:
    assert score("exact", "It is Paris", "Paris") == Verdict("wrong", "another answer")
    assert score("exact", "  ", "Paris") == Verdict("wrong", "no output")
    assert score("exact", "Pari", "Paris", truncated=True) == Verdict("wrong", "truncated")


def test_contains_wants_whole_words() -> None:
    assert score("contains", "The capital is PARIS, of course.", "Paris") == RIGHT
    assert score("contains", "Comparison", "paris").outcome == "wrong"
    assert score("contains", "I would use C++ here", "C++") == RIGHT


@given(st.text(min_size=1).filter(lambda text: text.strip(" .\"'`*“”‘’«»\n\t").strip() != ""))
def test_exact_accepts_the_gold_itself(gold: str) -> None:
    try:
        verdict = score("exact", gold, gold)
    except ValueError:
        return  # nothing but quotes and blanks
    assert verdict == RIGHT


# -- json ----------------------------------------------------------------------------------------

GOLD = {"name": "Ana Ito", "total": 1200.5, "paid": True, "items": [{"n": 2}]}


@pytest.mark.parametrize(
    "output",
    [
        json.dumps(GOLD),
        f"Here it is:\n```json\n{json.dumps(GOLD, indent=2)}\n```\nAnything else?",
        '{"items": [{"n": "2"}], "paid": true, "total": "$1,200.50", "name": " ana  ITO "}',
        '{broken {"name": "Ana Ito", "total": 1200.5, "paid": true, "items": [{"n": 2.0}]}',
    ],
)
def test_equal_json_is_right(output: str) -> None:
    assert score("json", output, GOLD) == RIGHT


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Ana Ito, 1200.5", "no JSON"),
        ('{"name": "Ana Ito", "total": NaN}', "no JSON"),
        ("{" * 5000, "no JSON"),
        ('{"a":' * 3000, "no JSON"),
        ('{"name": "Ana Ito", "total": 1200.5, "paid": 1, "items": [{"n": 2}]}', "fields differ: paid"),
        ('{"name": null, "total": 12, "paid": true, "items": [{"n": 2}]}', "fields differ: name, total"),
        ('{"name": "Ana Ito", "paid": true, "items": [{"n": 2}]}', "fields missing: total"),
        ('{"name": "Ana Ito", "total": 1200.5, "paid": true, "items": []}', "fields differ: items"),
        ('{"name": "Ana Ito", "total": 1e999999999999999999999, "paid": true, "items": [{"n": 2}]}', None),
        (json.dumps(GOLD | {"more": 1}), "further fields"),
        (json.dumps(GOLD | {"name": "Bo", "more": 1}), "fields differ: name; further fields"),
    ],
)
def test_unequal_json_is_wrong_and_says_how(output: str, reason: str | None) -> None:
    verdict = score("json", output, GOLD)
    assert verdict.outcome == "wrong"
    assert reason is None or verdict.reason == reason


def test_a_number_in_a_gold_string_may_come_as_a_number() -> None:
    assert score("json", '{"id": 4711}', {"id": "4711"}) == RIGHT
    assert score("json", '{"id": 711}', {"id": "0711"}).outcome == "wrong"


def test_cut_json_is_wrong_for_its_budget() -> None:
    assert score("json", '{"name": "Ana', GOLD, truncated=True) == Verdict("wrong", "truncated")
    assert score("json", json.dumps(GOLD) + " and", GOLD, truncated=True) == RIGHT


def test_a_gold_array_is_compared_in_order() -> None:
    assert score("json", "It is [1, 2].", [1, 2]) == RIGHT
    assert score("json", "[2, 1]", [1, 2]) == Verdict("wrong", "another array")


words = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=25)
@given(st.dictionaries(words, values, min_size=1, max_size=3), st.text(alphabet="abc \n`:,", max_size=20))
def test_json_written_by_anyone_equals_itself(gold: dict[str, object], around: str) -> None:
    assert score("json", around + json.dumps(gold) + around, gold) == RIGHT
    assert score("json", json.dumps(gold | {"\x00 new": 1}), gold).outcome == "wrong"


@given(st.text(max_size=200), st.booleans())
def test_no_output_makes_the_json_scorer_fail(output: str, truncated: bool) -> None:
    assert score("json", output, GOLD, truncated=truncated).outcome == "wrong"
