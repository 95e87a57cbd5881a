r"""A formula in a worked answer, equal to the expected one however it is written.

Where it is looked for, first hit wins: the last ``\boxed{…}``; the last "answer is …" or "answer: …", to the
end of its sentence; the last formula between dollar signs, or ``\(…\)``, ``\[…\]``. An output that was cut
counts only with a complete box.

Taken as equal: what has the same value (see ``latex_value``), as ``\frac{1}{2}``, ``1/2`` and ``0.5`` have,
or ``2x+3`` and ``3+2x``; spacing, sizes of brackets, units, percent, degree and currency signs; ``x = 5`` and
``5``. Lists, sets and unions of intervals are equal in any order, tuples, intervals and matrices place by
place, and ``a \pm b`` is a list of two. Words are compared regardless of case. A rounded value is another
value. What an equation solver would be needed for (``x+y=1`` and ``2x+2y=2``) counts as different.
"""

import re

from bench.tasks.scorers.latex_value import are_equal, values
from bench.tasks.types import Verdict

_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|(?P<sign>\w))")
_STATED = re.compile(r"\banswer\s*(?:is|:|=)\s*(?P<answer>[^\n]+)", re.IGNORECASE)
_FORMULA = re.compile(r"\$\$?(?P<a>[^$]+)\$\$?|\\\((?P<b>.+?)\\\)|\\\[(?P<c>.+?)\\\]", re.DOTALL)
_NO_MEANING = re.compile(
    r"\\(?:left|right|[Bb]igg?[lr]?|displaystyle|limits|!|,|;|:|quad|qquad|\$)(?![A-Za-z])|(?<!\\)\\ |~|\$"
)
_NAMES = {
    "\\dfrac": "\\frac",
    "\\tfrac": "\\frac",
    "\\cfrac": "\\frac",
    "\\lbrace": "\\{",
    "\\rbrace": "\\}",
    "\\leq": "\\le",
    "\\geq": "\\ge",
    "−": "-",
    "×": "\\times",
    "·": "\\cdot",
    "π": "\\pi",
    "√": "\\sqrt",
    "≤": "\\le",
    "≥": "\\ge",
    "∞": "\\infty",
    "∪": "\\cup",
}
_SIGNS = re.compile(r"\^\{?\\?(?:circ|degree)\}?|°|\\?%")
_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}")
_AND = re.compile(r",?\s*\\(?:text|textrm|mathrm|mbox)\s*\{\s*,?\s*(?:and|or)\s*\}|,?\s+(?:and|or)\s+")
_UNIT = re.compile(_TEXT.pattern + r"(?:\^\{?\d\}?)?")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:(?:,|\{,\})\d{3})+(?![\d,])")
_LEFT_SIDE = re.compile(r"^[A-Za-z](?:_\w|_\{\w+\})?(?:\([A-Za-z]\))?=(?P<right>[^=<>]+)$")
_MATRIX = re.compile(r"^\\begin\{[a-zA-Z]*matrix\}(?P<cells>.*)\\end\{[a-zA-Z]*matrix\}$", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"
_MAX_CHARS = 1000  # longer ones are runaway output
_MAX_BOXES = 50  # and so are more of them


def score_latex(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when the answer found equals ``expected``, a string of LaTeX that is not empty."""
    if not isinstance(expected, str) or not _plain(expected):
        raise ValueError("the expected answer must be a formula, as a string that is not empty")
    found = find_formula(output, truncated=truncated)
    if found is None:
        if truncated or not output.strip():
            return Verdict("wrong", "truncated" if truncated else "no output")
        return Verdict("unscored", "no formula found")
    if same_formula(found, expected):
        return Verdict("right", answer=canonical(expected))
    return Verdict("wrong", "another formula", answer=canonical(found))


def find_formula(output: str, *, truncated: bool = False) -> str | None:
    """The formula that the output gives as its answer; None without one."""
    boxed = _boxed(output)
    if boxed is not None or truncated:
        return boxed
    if statements := list(_STATED.finditer(output)):
        text = statements[-1]["answer"].strip(" *")
        formula = _FORMULA.search(text)
        return _inner(formula) if formula else re.split(r"\.(?:\s|$)", text, maxsplit=1)[0].strip(" *")
    formulas = list(_FORMULA.finditer(output))
    return _inner(formulas[-1]) if formulas else None


def same_formula(one: str, other: str) -> bool:
    """Whether both say the same, by the rules above."""
    if max(len(one), len(other)) > _MAX_CHARS:
        return one == other
    return _equal(_plain(one), _plain(other), depth=0)


def canonical(formula: str) -> str:
    """One spelling for numbers of one value, however written; else the formula without idle signs."""
    plain = _plain(formula[:_MAX_CHARS])
    at_points = values(_right_side(plain))
    if at_points is None or not are_equal(at_points[:1], at_points[1:]):
        return plain
    number = at_points[0]
    return f"{number.real:z.9g}" if abs(number.imag) <= 1e-9 * abs(number) else f"{number:z.9g}"


# -- where the answer stands ---------------------------------------------------------------------


def _boxed(output: str) -> str | None:
    """What is in the last complete box."""
    for match in list(_BOX.finditer(output))[: -_MAX_BOXES - 1 : -1]:
        if match["sign"] is not None:
            return match["sign"]
        depth, start = 1, match.end()
        for at in range(start, min(len(output), start + _MAX_CHARS)):
            if output[at - 1] != "\\":
                depth += {"{": 1, "}": -1}.get(output[at], 0)
            if depth == 0:
                return output[start:at]
    return None


def _inner(match: re.Match[str]) -> str:
    return match["a"] or match["b"] or match["c"]


# -- equality ------------------------------------------------------------------------------------


def _plain(formula: str) -> str:
    """The formula without what makes no difference."""
    text = formula.strip().strip("$").strip().rstrip(".").strip()
    for name, usual in _NAMES.items():
        text = text.replace(name, usual)
    text = _AND.sub(",", text)
    text = _SIGNS.sub("", _NO_MEANING.sub(" ", text.replace("\\!", "")))
    without_units = _UNIT.sub(" ", text).strip()
    text = without_units if without_units else _TEXT.sub(r"\1", text)
    text = _THOUSANDS.sub(lambda match: re.sub(r"[{},]", "", match[0]), text)
    text = re.sub(r"\\pm(?![A-Za-z])", "±", text)
    text = re.sub(r"([_^])\{(\w)\}", r"\1\2", text)
    # A blank after a command ends its name; all others mean nothing.
    return re.sub(r"(\\[A-Za-z]+) +(?=[A-Za-z])|\s+", lambda m: f"{m[1]} " if m[1] else "", text)


def _equal(one: str, other: str, *, depth: int) -> bool:
    if one.casefold() == other.casefold():
        return True
    if depth > 4 or not one or not other:
        return False
    deeper = depth + 1
    one, other = _right_side(one), _right_side(other)
    value, wanted = values(one), values(other)
    if value is not None and wanted is not None:
        return are_equal(value, wanted)
    cells, wanted_cells = _MATRIX.match(one), _MATRIX.match(other)
    if cells and wanted_cells:
        return _in_order(_cells(cells["cells"]), _cells(wanted_cells["cells"]), deeper)
    if "=" in one and "=" in other:
        return _in_order(one.split("="), other.split("="), deeper)
    if "\\cup" in one and "\\cup" in other:
        return _in_any_order(one.split("\\cup"), other.split("\\cup"), deeper)
    brackets, parts = _taken_apart(one)
    wanted_brackets, wanted_parts = _taken_apart(other)
    if len(parts) < 2 and len(wanted_parts) < 2 and not brackets + wanted_brackets:
        return False
    if brackets == wanted_brackets and brackets not in ("", "{}"):
        return _in_order(parts, wanted_parts, deeper)
    if {brackets, wanted_brackets} <= {"", "{}"}:
        return _in_any_order(parts, wanted_parts, deeper)
    return False


def _in_order(ones: list[str], others: list[str], depth: int) -> bool:
    return len(ones) == len(others) and all(
        _equal(one, other, depth=depth) for one, other in zip(ones, others, strict=True)
    )


def _in_any_order(ones: list[str], others: list[str], depth: int) -> bool:
    left = list(others)
    for one in ones:
        match = next((other for other in left if _equal(one, other, depth=depth)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _right_side(formula: str) -> str:
    """``5`` of ``x=5``, and of ``x\\in5``."""
    formula = re.sub(r"^[A-Za-z]\\in(?![A-Za-z])\s*", "", formula)
    match = _LEFT_SIDE.match(formula)
    return match["right"] if match else formula


def _cells(matrix: str) -> list[str]:
    rows = [row for row in matrix.split("\\\\") if row.strip()]
    return [part for row in rows for part in (*row.split("&"), ";")]


def _taken_apart(formula: str) -> tuple[str, list[str]]:
    """The brackets around a list, "" for none, and its parts; ``a±b`` is two of them."""
    brackets, inner = "", formula
    for opening, closing, kind in (
        ("\\{", "\\}", "{}"),
        ("(", ")", "()"),
        ("[", "]", "[]"),
        ("(", "]", "(]"),
        ("[", ")", "[)"),
    ):
        if formula.startswith(opening) and formula.endswith(closing):
            candidate = formula[len(opening) : -len(closing)]
            if len(_split(candidate)) > 1 or kind == "{}":
                brackets, inner = kind, candidate
                break
    parts = _split(inner)
    return brackets, [spelt for part in parts for spelt in _both(part)]


def _both(part: str) -> list[str]:
    return [part.replace("±", "+"), part.replace("±", "-")] if "±" in part else [part]


def _split(text: str) -> list[str]:
    """At the commas that stand in no brackets; the words "and" and "or" have become some."""
    parts, depth, begun = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if sign == "," and depth == 0:
            parts.append(text[begun:at])
            begun = at + 1
    parts.append(text[begun:])
    return parts
