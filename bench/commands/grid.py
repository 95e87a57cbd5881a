"""The words of a grid: llama-bench's comma lists, ranges, pairs and names, read strictly.

Syntax as in llama.cpp's ``tools/llama-bench/llama-bench.cpp`` (``parse_int_range``). A flag that was given
several times is read as one list: the caller joins its texts with commas. A value that is named twice
counts once, since a grid measures each of its points once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bench.errors import InputError

MOST_VALUES: Final = 1000  # of one flag; a longer list is a slip of the hand
LARGEST: Final = 2**31 - 1  # llama.cpp holds these numbers in an int
FLASH_ATTN_WORDS: Final = ("on", "off", "auto")
FLASH_ATTN_ALIASES: Final = {
    "1": "on",
    "enabled": "on",
    "true": "on",
    "0": "off",
    "disabled": "off",
    "false": "off",
    "-1": "auto",
}
_RANGE = re.compile(r"(-?[0-9]+)(?:-([0-9]+)(?:([+*])([0-9]+))?)?")
_SYNTAX = "numbers with commas between them, and ranges: first-last, first-last+step, first-last*factor"


def parse_numbers(text: str, *, flag: str, allow_negative: bool = False) -> tuple[int, ...]:
    """Read ``1,4``, ``1-4``, ``0-4096+1024`` or ``1-16*2``, mixed as wanted: the values in order, each once.

    Only the first number of a range can be negative, and only with ``allow_negative``. Raises InputError,
    which names ``flag``, for anything else, for a range that does not reach its end, and beyond
    ``MOST_VALUES`` values.
    """
    values: dict[int, None] = {}
    for part in _parts(text, flag, _SYNTAX):
        for value in _expanded(part, flag, allow_negative):
            values[value] = None
            if len(values) > MOST_VALUES:
                raise InputError(
                    f"more than {MOST_VALUES} values",
                    where=flag,
                    remedy="take a larger step or a shorter range",
                )
    return tuple(values)


def parse_pairs(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``512,128``, and ``512,128,1024,256`` where the flag was given twice: (prompt, steps), each once.

    Raises InputError for anything but whole numbers in pairs, and for a pair of zeros, which is no test.
    """
    flag, syntax = "-pg", "two numbers each time, prompt and steps: 512,128"
    numbers = []
    for part in _parts(text, flag, syntax):
        if not re.fullmatch("[0-9]+", part):
            raise InputError(f"{part!r} is no whole number", where=flag, remedy=f"give {syntax}")
        numbers.append(_number(part, flag))
    if len(numbers) % 2:
        raise InputError(f"{text!r} does not come in pairs", where=flag, remedy=f"give {syntax}")
    pairs = dict.fromkeys((numbers[i], numbers[i + 1]) for i in range(0, len(numbers), 2))
    if (0, 0) in pairs:
        raise InputError("0,0 asks for nothing", where=flag, remedy=f"give {syntax}")
    return tuple(pairs)


def parse_words(
    text: str, allowed: Iterable[str], flag: str, aliases: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Read ``f16,q8_0``: words of ``allowed`` in order, each once; ``aliases`` are other spellings of them.

    Raises InputError, which names ``flag`` and what is allowed, for any other word.
    """
    known = tuple(allowed)
    words: dict[str, None] = {}
    for part in _parts(text, flag, f"any of {', '.join(known)}"):
        word = (aliases or {}).get(part, part)
        if word not in known:
            raise InputError(
                f"{_short(part)} is not known", where=flag, remedy=f"give any of {', '.join(known)}"
            )
        words[word] = None
    return tuple(words)


def _parts(text: str, flag: str, syntax: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        what = "a value is missing between commas" if any(parts) else "no value"
        raise InputError(what, where=flag, remedy=f"give {syntax}")
    return parts


def _expanded(part: str, flag: str, allow_negative: bool) -> Iterator[int]:
    found = _RANGE.fullmatch(part)
    if found is None or (found[1].startswith("-") and not allow_negative):
        raise InputError(f"{_short(part)} is not understood", where=flag, remedy=f"give {_SYNTAX}")
    first = _number(found[1], flag)
    if found[2] is None:
        yield first
        return
    last, operator, step = _number(found[2], flag), found[3] or "+", _number(found[4] or "1", flag)
    if last < first:
        raise InputError(f"{part} ends before it begins", where=flag, remedy=f"give {last}-{first}")
    if (operator == "+" and step < 1) or (operator == "*" and (step < 2 or first < 1)):
        # llama-bench refuses these, too, even where the range has one value.
        raise InputError(
            f"{part} does not reach its end",
            where=flag,
            remedy="a step is at least 1; a factor at least 2, and its range begins above 0",
        )
    value = first
    while value <= last:
        yield value
        value = value + step if operator == "+" else value * step


def _number(digits: str, flag: str) -> int:
    if len(digits) > len(str(LARGEST)) + 1 or int(digits) > LARGEST:
        raise InputError(f"{_short(digits)} is too large", where=flag, remedy=f"at most {LARGEST}")
    return int(digits)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
