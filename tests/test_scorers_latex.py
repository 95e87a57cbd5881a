import pytest

from bench.tasks.scorers.latex import canonical, find_formula, same_formula, score_latex

SAME = [
    (r"\frac{1}{2}", "1/2"),
    (r"\dfrac12", "0.5"),
    (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt3}"),
    (r"2\frac{1}{2}", "2.5"),
    ("2x+3", "3 + 2x"),
    ("x=5", "5"),
    (r"x \in [-2,7]", "[-2, 7]"),
    (r"\left( 3, \frac{\pi}{2} \right)", r"(3,\frac{\pi}{2})"),
    ("10,080", r"10{,}080"),
    (r"\text{Evelyn}", "evelyn"),
    (r"5\text{ cm}^2", "5"),
    (r"90^\circ", "90"),
    (r"50\%", "50"),
    (r"\$18.90", "18.9"),
    (r"\{1, 2\}", "2,1"),
    (r"1\pm\sqrt{19}", r"1+\sqrt{19}, 1-\sqrt{19}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\ 3 & \frac{8}{2} \end{pmatrix}"),
    (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty) \cup (-\infty, 2)"),
    ("y=2x+3", "y=3+2x"),
    ("52_8", "52_{8}"),
    ("6-5i", "-5i+6"),
    (r"2\cos^2 x", r"2(\cos x)^2"),
    (r"\sqrt[3]{-8}", "-2"),
    (r"\log_2 8", r"\binom{3}{1}"),
    ("3!", "6"),
    ("2^{10}", "1024"),
    ("−1", "-1"),
    ("1,-2", r"-2 \text{ or } 1"),
    ("1,-2", r"x = 1 \text{ and } x = -2"),
    ("1,2,3", r"1, 2, \mbox{and } 3"),
    (r"\text{red and blue}", "Red and blue"),
]
OTHER = [
    ("1/3", "0.333"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "[1,2]"),
    ("[1,2)", "[1,2]"),
    ("1,2", "1,3"),
    ("1,2,2", "1,2"),
    ("1,2", "1"),
    ("1,2", r"1 \text{ and } 3"),
    ("12", "1,2"),
    ("52_8", "52_9"),
    ("Evelyn", "nylevE"),
    ("x", "y"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ("2^{9^{9^{9}}}", "2^{9^{9^{8}}}"),
    ("", "5"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_one_formula_are_the_same(one: str, other: str) -> None:
    assert same_formula(one, other)
    assert same_formula(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_formulas_are_told_apart(one: str, other: str) -> None:
    assert not same_formula(one, other)
    assert not same_formula(other, one)


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (r"So \boxed{\frac{1}{2}}, not \boxed{3", r"\frac{1}{2}"),
        (r"First \boxed{1}, then \boxed{2}.", "2"),
        (r"\boxed 7", "7"),
        ("The answer is $x=5$, I think.", "x=5"),
        ("**Answer:** 0.5. Surely.", "0.5"),
        ("so $x$ is \\(7\\)", "7"),
        ("I cannot say.", None),
    ],
)
def test_the_answer_is_looked_for_in_boxes_then_statements_then_formulas(output: str, found: str) -> None:
    assert find_formula(output) == found


def test_outcomes() -> None:
    def judged(output: str, *, truncated: bool = False) -> tuple[str, str | None]:
        verdict = score_latex(output, "\\frac{1}{2}", truncated=truncated)
        return verdict.outcome, verdict.reason

    assert judged(r"\boxed{0.5}") == ("right", None)
    assert judged(r"\boxed{0.6}") == ("wrong", "another formula")
    assert judged("half") == ("unscored", "no formula found")
    assert judged("") == ("wrong", "no output")
    assert judged(r"\boxed{0.5} or", truncated=True) == ("right", None)
    assert judged(r"so \boxed{\frac{1}{2", truncated=True) == ("wrong", "truncated")
    assert judged("The answer is 0.5", truncated=True) == ("wrong", "truncated")
    with pytest.raises(ValueError, match="must be a formula"):
        score_latex("", " ", truncated=False)


def test_answers_of_one_value_have_one_spelling_for_votes() -> None:
    assert canonical(r"\frac{1}{2}") == canonical("0.50") == canonical("x = 1/2") == "0.5"
    assert canonical("2i") == canonical("i+i")
    assert canonical("-0") == "0"
    assert canonical(r"\text{no}") == "no"
    assert canonical("2 x") == "2x"


@pytest.mark.parametrize(
    "runaway", ["(" * 900, "9^" * 300 + "9", "a±" * 300, "(1," * 300, "|" * 900, r"\sqrt[" * 99, "{" * 5000]
)
def test_runaway_answers_end(runaway: str) -> None:
    assert score_latex(f"\\boxed{{{runaway}}}", "5,6", truncated=False).outcome != "right"
    assert not same_formula(runaway, "5")


def test_many_open_boxes_end() -> None:
    assert find_formula(r"\boxed{" * 5000) is None
