"""IFEval: an answer is right when it follows every instruction of its prompt, read strictly.

That is the paper's prompt-level strict accuracy (Zhou et al. 2023, https://arxiv.org/abs/2311.07911).
``expected`` is an object: the name of each instruction and its arguments. The paper's loose reading forgives
what surrounds an answer: an instruction counts as followed when it is by the text itself, without its first
line, its last, or both, or by any of these without asterisks. Where a wrong answer would be right loosely,
its reason says so.

A text that the token budget cut is judged as it stands, as published figures do. An item with an instruction
that needs a language detector is unscored where none is installed, whatever the answer: scoring only those
that break another rule would say that all are wrong.
"""

from collections.abc import Iterator
from typing import Any

from bench.tasks.scorers.constraints import Kept
from bench.tasks.scorers.ifeval_checks import CHECKS, LANGUAGE_CHECKS, Arguments
from bench.tasks.scorers.language import MISSING, Detect, language_detector
from bench.tasks.types import Verdict, not_judged

LOOSELY = "; right in the loose reading"


def score_ifeval(output: str, expected: object, *, truncated: bool) -> Verdict:
    """Right when all instructions are followed strictly; the reason names those that are not."""
    return judge(output, expected, language_detector(), truncated=truncated)


def judge(output: str, expected: object, detect: Detect | None, *, truncated: bool) -> Verdict:
    """The same with that language detector, or without one."""
    checks = read_instructions(expected, detect)
    if detect is None and not LANGUAGE_CHECKS.keys().isdisjoint(checks):
        return not_judged(MISSING)
    if not output.strip():
        return Verdict("wrong", "truncated" if truncated else "no output")
    broken = [name for name, is_kept in checks.items() if not is_kept(output)]
    if not broken:
        return Verdict("right")
    if truncated:
        return Verdict("wrong", "truncated")
    texts = list(_loosely(output))
    is_right_loosely = all(any(map(checks[name], texts)) for name in broken)
    return Verdict("wrong", f"not followed: {', '.join(broken)}{LOOSELY if is_right_loosely else ''}")


def read_instructions(expected: object, detect: Detect | None = None) -> dict[str, Kept]:
    """The check of each instruction; ValueError for one that is unknown or has other arguments.

    Without a detector no text has a language.
    """
    if not isinstance(expected, dict) or not expected:
        raise ValueError("the expected answer must be a JSON object of instructions that is not empty")
    return {
        name: _check(name, arguments, detect or (lambda _text: None)) for name, arguments in expected.items()
    }


def _check(name: str, arguments: Any, detect: Detect) -> Kept:
    if not isinstance(arguments, dict):
        raise ValueError(f"the arguments of {name!r} must be an object")
    given = Arguments(name, arguments)
    if name in CHECKS:
        is_kept = CHECKS[name](given)
    elif name in LANGUAGE_CHECKS:
        is_kept = LANGUAGE_CHECKS[name](given, detect)
    else:
        raise ValueError(f"unknown instruction {name!r}; known are {', '.join((*CHECKS, *LANGUAGE_CHECKS))}")
    given.finish()
    return is_kept


def _loosely(output: str) -> Iterator[str]:
    """What is judged in the output's stead; its first or last line may be chatter."""
    lines = output.split("\n")
    for kept in (lines, lines[1:], lines[:-1], lines[1:-1]):
        text = "\n".join(kept)
        for one in (text, text.replace("*", "")):
            if one.strip():
                yield one if kept is lines else one.strip()
