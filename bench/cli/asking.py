"""The options that say how a model is asked: whether it thinks, and whether its tokens are drawn."""

from typing import Any

import click

from bench.cli.options import Number, together
from bench.commands.options import Sampling, Thinking
from bench.errors import InputError

MAX_SAMPLES = 10_000  # of an item; every attempt is kept in memory and in the record
MAX_THINKING_TOKENS = 1_000_000  # as max_tokens of a task's head


class _Thinking(click.ParamType[Thinking]):
    name = "thinking"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Thinking:
        if value in ("on", "off"):
            return Thinking(is_on=value == "on")
        is_whole = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_THINKING_TOKENS))
        if not is_whole or not 1 <= int(value) <= MAX_THINKING_TOKENS:
            tokens = f"a number of tokens from 1 to {MAX_THINKING_TOKENS:,}"
            self.fail(f"{value[:40]!r} is none of on, off, or {tokens}.", param, ctx)
        return Thinking(is_on=True, max_tokens=int(value))


asking_options = together(
    click.option(
        "--thinking",
        type=_Thinking(),
        metavar="on|off|N",
        help="Whether a thinking model thinks; N: it does, in at most N tokens. [as its template has it]",
    ),
    click.option(
        "--samples",
        "n_samples",
        type=click.IntRange(1, MAX_SAMPLES),
        metavar="K",
        help="Attempts at each item; needs a --temperature. [1]",
    ),
    click.option(
        "--temperature",
        type=Number(min=0, max=10),
        help="How freely tokens are drawn; 0: the likeliest each time. [0]",
    ),
    click.option(
        "--top-p",
        type=Number(min=0, max=1, min_open=True),
        help="Draw from the likeliest tokens that together have this probability. [1]",
    ),
    click.option(
        "--top-k",
        type=click.IntRange(min=0),
        help="Draw from so many of the likeliest tokens; 0: from all. [0]",
    ),
)


def take_sampling(given: dict[str, Any]) -> Sampling | None:
    """What was said of it, taken out of ``given``; None: greedy. InputError for words without an effect."""
    temperature, top_p, top_k = (given.pop(name) for name in ("temperature", "top_p", "top_k"))
    given["n_samples"] = given["n_samples"] or 1
    if temperature:
        return Sampling(temperature, 1.0 if top_p is None else top_p, top_k or 0)
    for flag, is_said in (
        ("--samples", given["n_samples"] > 1),
        ("--top-p", top_p is not None),
        ("--top-k", top_k is not None),
    ):
        if is_said:
            raise InputError(
                f"{flag} has no effect on greedy answers, which are always the same",
                remedy="give a --temperature above 0",
            )
    return None
