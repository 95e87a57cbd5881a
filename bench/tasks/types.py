"""What a task is, once read: items, how to prompt them, how to score them, how many to run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench.engines.protocol import Prompt


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scorer's word on one output. *Wrong* and *unscored* are different things; ``reason`` says how."""

    outcome: Literal["right", "wrong", "unscored"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """``expected`` is the gold answer: a string, a number, a JSON value, or the index of the right ending."""

    id: str
    prompt: Prompt
    expected: object
    endings: tuple[str, ...] = ()
    reference_output: str | None = None  # the answer as an API would write it: gives the expected length


Scorer = Callable[[str, object], Verdict]


@dataclass(frozen=True, slots=True)
class Task:
    """A set of items under one way of prompting and scoring. Pure data but for the scorer.

    ``nominal_item_s`` is a declared constant that turns a time budget into a number of items; it is
    never measured, so which items run does not depend on the machine's speed.
    """

    name: str
    title: str
    kind: Literal["choice", "generate"]
    items: tuple[Item, ...]
    scorer_name: str
    content_sha256: str
    licence: str
    source: str
    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    chance: float | None = None
    nominal_item_s: float = 1.0
    shots: tuple[Item, ...] = ()
    expected_output_tokens: float | None = None  # declared, for items without a reference answer
    service_ttft_s: float | None = None  # service levels the fast-enough gate asks for
    service_latency_s: float | None = None
    loss_per_error_usd: str | None = None
