r"""The letter, A to J, that an answer in words ends up choosing.

Where it is looked for, first hit wins, and within one kind the last in the text:

1. ``\boxed{C}``.
2. A statement: "answer is (C)", "Answer: C", "option C is correct".
3. A line with nothing but the letter.
4. A line that begins with the letter and a mark, as the choices do: "C) 72 years". Where several letters
   begin lines, the choices were repeated, which chooses none of them.
5. The last letter that stands alone in what is left. "A" and "I" before another word are words, a letter
   beside ``=``, ``$`` and their like belongs to a formula, and one after "not" was not chosen.

Asterisks, backticks and LaTeX's text commands do not matter. A small letter counts in brackets, or as the
whole output. Two letters in one statement ("B or C") are no choice, and wrong. An output that was cut counts
by 1 and 2 only, with a letter that is complete. An answer without a letter may still be right in words, which
cannot be told here: it is unscored. One that repeats the choices and says nothing else is wrong.
"""

import re

from bench.tasks.types import Verdict

_NOT_I = (
    r"(?!\ (?:am|assume|believe|can|cannot|choose|do|don|guess|have|know|say|suppose|think|will|would)\b)"
)
_STATED = r"(?:\([A-Ja-j]\)|[A-HJ](?![\w'’])|I(?![\w'’])" + _NOT_I + ")"
_LONE = r"(?:\([A-J]\)|[A-J](?![\w'’])(?!\ +[a-z]))"
_MORE = r"(?:\ or\ " + _STATED + r"|(?:/|,\ ?|\ and\ |\ &\ )" + _LONE + ")*"
_LETTERS = "(?P<letters>" + _STATED + r"\)?" + _MORE + ")"

_BOXED = re.compile(r"\\boxed\s*\{\s*" + _LETTERS + r"\s*(?:[).:][^{}]*)?\}")
_STATEMENT = re.compile(
    r"\b(?i:answer|choice|option)(?i:(?:\ [a-z]+){0,6}?\ (?:is|be)|\s*[:=–—-])"
    r"\s*:?\s*(?i:(?:the\ )?(?:option|choice|letter)\ )?[\s\"'“({\[$\\]*" + _LETTERS
    + r"|(?<![\w'’])(?P<praised>" + _STATED + r")\ (?i:is\ (?:the\ )?(?:most\ )?(?:correct|right|best)\b)"
)  # fmt: skip
_ONLY = re.compile(r"^[ \t>#-]*(?i:option\ |choice\ )?\(?(?P<letters>[A-J])\)?[.:,]?[ \t]*$", re.MULTILINE)
_LEADING = re.compile(r"^[ \t>#-]*\(?(?P<letters>[A-J])[).:][ \t]*\S.*$", re.MULTILINE)
_LAST = re.compile(
    r"(?<![\w'’$\\=+^_{/.-])(?<!\bnot )(?<!\bnot \()(?P<letters>(?:\([A-J]\)|[B-HJ](?![\w'’])|"
    + _LONE + ")" + _MORE + r")(?!\s*[$^_=+}])"
)  # fmt: skip
_WHOLE = re.compile(r"\(?([a-j])\)?\.?")
_EACH = re.compile(r"\(([A-Ja-j])\)|\b([A-J])\b")
_DRESS = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\s*\{([^{}]*)\}")


def score_letter(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when the letter chosen is ``expected``, a string of one letter from A to J."""
    if not isinstance(expected, str) or not re.fullmatch("[A-J]", expected):
        raise ValueError("the expected answer must be one letter from A to J")
    chosen = find_letters(output, truncated=truncated)
    answer = next(iter(chosen)) if len(chosen) == 1 else None
    if answer == expected:
        return Verdict("right", answer=answer)
    if chosen:
        return Verdict("wrong", "several letters" if answer is None else "another letter", answer)
    if truncated:
        return Verdict("wrong", "truncated")
    if not output.strip():
        return Verdict("wrong", "no output")
    if not _LEADING.sub("", output).strip():
        return Verdict("wrong", "no choice made")
    return Verdict("unscored", "no letter found")


def find_letters(output: str, *, truncated: bool = False) -> frozenset[str]:
    """The letter that the output chooses; several where one statement names several, none without one."""
    text = re.sub(r"[*`]", "", _DRESS.sub(r"\1", output)).strip()
    for pattern in (_BOXED, _STATEMENT):
        for match in reversed(list(pattern.finditer(text))):
            if not (truncated and match.end() == len(text) and text[-1].isalpha()):
                return _named(match["letters"] or match["praised"])
    if truncated:
        return frozenset()
    if whole := _WHOLE.fullmatch(text):
        return frozenset(whole[1].upper())
    if only := list(_ONLY.finditer(text)):
        return _named(only[-1]["letters"])
    leading = frozenset(match["letters"] for match in _LEADING.finditer(text))
    if len(leading) == 1:
        return leading
    lone = list(_LAST.finditer(_LEADING.sub("", text)))
    return _named(lone[-1]["letters"]) if lone else frozenset()


def _named(letters: str) -> frozenset[str]:
    return frozenset((in_brackets or bare).upper() for in_brackets, bare in _EACH.findall(letters))
