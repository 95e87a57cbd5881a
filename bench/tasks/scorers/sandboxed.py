"""From a program that was found in an output to a verdict, by the sandbox; without one it is not run."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.tasks.sandbox.sandbox import Sandbox, SandboxFault
from bench.tasks.types import Verdict, not_judged

NOT_ALLOWED = "its code was not run, which --allow-code would allow"


class CannotJudge(Exception):
    """What the program is judged by is not here, which says nothing of the program."""


def verdict_by(
    run: Callable[[Sandbox], str | None], code: str, sandbox: Sandbox | None, *, truncated: bool
) -> Verdict:
    """By ``run``: it returns why the code is wrong, None where it is right, or raises CannotJudge."""
    if not code.strip():
        return Verdict("wrong", "truncated" if truncated else "no code")
    if sandbox is None:
        return not_judged(NOT_ALLOWED)
    try:
        reason = run(sandbox)
    except CannotJudge as problem:
        return not_judged(str(problem))
    except SandboxFault as fault:
        return not_judged(f"the sandbox failed: {fault}")
    if reason is None:
        return Verdict("right")
    return Verdict("wrong", "truncated" if truncated else reason)


@cache
def judge_source(name: str) -> str:
    """The text of a module beside this one that is never imported: it is run inside the sandbox."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
