"""Answers compared as text: the whole output, or a word or phrase in it.

Taken as equal: upper and lower case, composed and decomposed characters, any run of white space and one
space, and (whole output only) quotes, backticks or asterisks around it and a full stop at its end.
"""

import re
import unicodedata

from bench.tasks.types import Verdict

_AROUND = " \"'`*“”‘’«»"


def score_exact(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when the whole output equals ``expected``, a string or a number written the same way."""
    if _bare(output) == _bare(_gold(expected)):
        return Verdict("right")
    return Verdict("wrong", "truncated" if truncated else "another answer" if output.strip() else "no output")


def score_contains(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when ``expected`` stands in the output as whole words."""
    phrase = re.escape(folded(_gold(expected)))
    if re.search(rf"(?<!\w){phrase}(?!\w)", folded(output)):
        return Verdict("right")
    return Verdict("wrong", "truncated" if truncated else "answer not in the output")


def _gold(expected: object) -> str:
    if isinstance(expected, bool) or not isinstance(expected, str | int | float):
        raise ValueError("the expected answer must be a string or a number")
    if not _bare(str(expected)):
        raise ValueError("the expected answer is empty")
    return str(expected)


def folded(text: str) -> str:
    """The text without the differences that no comparison of strings counts."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _bare(text: str) -> str:
    return folded(text).strip(_AROUND).removesuffix(".").strip(_AROUND)
