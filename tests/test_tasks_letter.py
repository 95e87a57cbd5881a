import pytest

from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.letter import find_letters, score_letter


@pytest.mark.parametrize(
    "output",
    [
        "C",
        " c.",
        "(C)",
        "**C**",
        "C) 72 years",
        "C. 72 years",
        "The answer is (C).",
        "The answer is C",
        "The answer is $C$.",
        "The answer is (c).",
        "The correct answer to this question is **C**, since ice floats.",
        "Answer: C",
        "**Answer:** C) 72 years",
        "Final answer\n\nC",
        "The answer is option C.",
        "The answer must be C.",
        "So \\(\\boxed{C}\\).",
        "\\boxed{\\text{(C)}}",
        "\\boxed{C) 72 years}",
        "Option C is correct.",
        "(C) is the best choice here.",
        "A) is too long.\nB) is too short.\n\nThat leaves C.",
        "The answer is (A). No, wait: the answer is (C).",
        "The answer is (A)? Let us see. \\boxed{C}",
        "A ball falls, so I would say C",
        "It is not A, so C",
        "Choose C; it is not B.",
        "C, not (B).",
        "With $A$ and E = 5 we find C.",
        "A) one\nB) two\nC) three\nD) four\n\nC",
        "I think it is C.",
    ],
)
def test_the_final_choice_is_found(output: str) -> None:
    assert find_letters(output) == {"C"}


@pytest.mark.parametrize(
    "output", ["The answer is I.", "Answer: I because it is", "I", "(I) seven", "Option I is right."]
)
def test_the_letter_i_is_a_choice_where_it_is_stated(output: str) -> None:
    assert find_letters(output) == {"I"}


@pytest.mark.parametrize(
    "output",
    [
        "72 years",
        "I think a ball would fall. A stone too.",
        "The answer is I think unknown.",
        "The answer is Cobalt.",
        "A) one\nB) two\nC) three\nD) four\nIt is the third.",
        "Let E = mc^2 and $C$ be a constant.",
        "It is not A.",
        "Isn't that I'd say",
    ],
)
def test_an_answer_without_a_choice_is_unscored(output: str) -> None:
    verdict = score_letter(output, "C", truncated=False)
    assert (verdict.outcome, verdict.reason) == ("unscored", "no letter found")


@pytest.mark.parametrize(
    "output", ["The answer is B or C.", "Answer: (B), (C)", "\\boxed{B, C}", "Either B or C", "B and C"]
)
def test_several_letters_in_one_statement_are_wrong(output: str) -> None:
    for gold in "BC":
        verdict = score_letter(output, gold, truncated=False)
        assert (verdict.outcome, verdict.reason) == ("wrong", "several letters")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("The answer is (B).", "another letter"),
        (" \n", "no output"),
        ("A) one\nB) two\nC) three\n", "no choice made"),
        ("The answer is C, A is wrong", None),
    ],
)
def test_reasons(output: str, reason: str | None) -> None:
    verdict = score_letter(output, "C", truncated=False)
    assert (verdict.outcome, verdict.reason) == ("wrong" if reason else "right", reason)


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ("The answer is (C), since", "right"),
        ("The answer is (C)", "right"),
        ("\\boxed{C}", "right"),
        ("The answer is (B). Because", "wrong"),
    ],
)
def test_an_output_cut_after_its_answer_is_scored(output: str, outcome: str) -> None:
    assert score_letter(output, "C", truncated=True).outcome == outcome


@pytest.mark.parametrize("output", ["The answer is C", "So we look at C", "C", "C) 72", "\\boxed{C", ""])
def test_an_output_cut_before_its_answer_is_wrong(output: str) -> None:
    verdict = score_letter(output, "C", truncated=True)
    assert (verdict.outcome, verdict.reason) == ("wrong", "truncated")


@pytest.mark.parametrize("expected", ["K", "c", "", "AB", 2, None, ["C"]])
def test_a_gold_answer_that_is_no_letter_is_refused(expected: object) -> None:
    with pytest.raises(ValueError, match="one letter from A to J"):
        score_letter("C", expected, truncated=False)


def test_the_scorer_has_a_name() -> None:
    assert find_scorer("letter")("The answer is (C).", "C", truncated=False).outcome == "right"


def test_runaway_output_is_read_in_time_that_grows_with_its_length() -> None:
    for piece in ("answer ", "(A", "A or ", "- ", "answer is the ", "\\boxed{"):
        find_letters(piece * (40_000 // len(piece)))
