"""A number found in a worked answer, compared exactly.

Where it is looked for, first hit wins: the last ``#### …`` line; the last ``\\boxed{…}``; the last sentence
with "answer is …" or "answer: …"; the last number of all. In such a line or sentence it is what the last
equals sign leads to ("3 * 6 = 18", but "18 = 3 * 6"), else the first number.
An output that was cut counts only with a marked answer that is complete: the last number of half a
calculation is nobody's answer.

Numbers are read in English notation: ``1,234.50``, ``-3``, ``.5``, ``1/2``, ``2 1/2``, ``1.5e3``; a currency
sign before and a unit or percent sign after are ignored. Equal means equal as exact fractions.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from bench.tasks.scorers.text import as_answer
from bench.tasks.types import Verdict

_NUMBER = re.compile(
    r"""
    (?<![\w./])                                   # not in a word, a version number, a date
    (?P<sign>[-+]?)[$€£¥₹]?(?P<inner_sign>[-+]?)
    (?: (?:(?P<whole>[0-9]+)[ ])? (?P<top>[0-9]+)/(?P<bottom>[0-9]+) (?![0-9/])
      | (?P<decimal> (?: [0-9]{1,3}(?:,[0-9]{3})+(?![0-9]) | [0-9]+ ) (?:\.[0-9]+)? | \.[0-9]+ )
        (?P<exponent> [eE][-+]?[0-9]{1,2}(?!\w) )?
    )
    """,
    re.VERBOSE,
)
_RESULT = r"=(?=[^\n]{0,80}?[0-9])(?!\s*\$?[0-9.,]+\s*[-+*×÷]\s*\$?[0-9])"  # a sum goes on after no such sign
_IN_SENTENCE = r"(?:(?![.!?]\s)[^\n])*"
_MARKS = (
    re.compile(rf"####(?:[^\n]*{_RESULT})?(?P<answer>[^\n]*)"),
    re.compile(r"\\boxed\{(?P<answer>[^{}]*)\}"),
    re.compile(
        rf"\banswer\s*(?:is|:|=)(?:{_IN_SENTENCE}{_RESULT})?(?P<answer>{_IN_SENTENCE})", re.IGNORECASE
    ),
)
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_SPELLINGS = (("−", "-"), ("\\$", "$"), ("{,}", ","), ("\\,", ""), ("\\!", ""))
_MAX_DIGITS = 1000  # longer ones are runaway output, and slow to convert


def score_numeric(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when the number found equals ``expected``, a number or a string that is one."""
    gold = _gold(expected)
    found = find_number(output, truncated=truncated)
    if found is None:
        return Verdict("wrong", "truncated") if truncated else Verdict("unscored", "no number found")
    answer = as_answer(str(found))  # in lowest terms, so that 0.5 and 1/2 are one answer
    return Verdict("right", None, answer) if found == gold else Verdict("wrong", "another number", answer)


def find_number(output: str, *, truncated: bool = False) -> Fraction | None:
    """The number that the output gives as its answer; None without one."""
    text = _FRACTION.sub(r"\1/\2", output)
    for spelling, plain in _SPELLINGS:
        text = text.replace(spelling, plain)
    for pattern in _MARKS:
        for mark in reversed(list(pattern.finditer(text))):
            stated = next(_numbers(text, *mark.span("answer")), None)
            if stated is not None and not (truncated and _may_go_on(text, stated[1])):
                return stated[0]
    if truncated:
        return None
    numbers = [value for value, _ in _numbers(text, 0, len(text))]
    return numbers[-1] if numbers else None


def _numbers(text: str, start: int, end: int) -> Iterator[tuple[Fraction, int]]:
    """Each number between the two offsets, with the offset of its end."""
    for match in _NUMBER.finditer(text, start, end):
        value = _value(match)
        if value is not None:
            yield value, match.end()


def _value(match: re.Match[str]) -> Fraction | None:
    if len(match.group()) > _MAX_DIGITS:
        return None
    if match["top"]:
        if int(match["bottom"]) == 0:
            return None
        value = Fraction(int(match["top"]), int(match["bottom"])) + int(match["whole"] or 0)
    else:
        value = Fraction(match["decimal"].replace(",", "") + (match["exponent"] or ""))
    return -value if "-" in match["sign"] + match["inner_sign"] else value


def _may_go_on(text: str, end: int) -> bool:
    """Could more of the number have followed what was cut?"""
    return text[end : end + 1] in ("", ".", ",", "/")


def _gold(expected: object) -> Fraction:
    if isinstance(expected, bool) or not isinstance(expected, str | int | float):
        raise ValueError("the expected answer must be a number")
    written = str(expected).strip()
    match = _NUMBER.match(written)
    value = None if match is None or match.end() != len(written) else _value(match)
    if value is None:
        raise ValueError(f"the expected answer {written[:40]!r} is not a number")
    return value
