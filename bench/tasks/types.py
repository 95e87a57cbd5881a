"""What a task is, once read: items, how to prompt them, how to score them, how many to run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from bench.catalog.types import Artifact

if TYPE_CHECKING:
    from bench.engines.protocol import Prompt

Prompting = Literal["chat", "completion"]
ScoreBy = Literal["byte", "token", "raw"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scorer's word on one output. *Wrong* and *unscored* are different things; ``reason`` says how.

    Unscored and judged: there is nothing in the output to compare. Not judged: no output came, or what judges
    it failed or is not here, which says nothing of the model.
    """

    outcome: Literal["right", "wrong", "unscored"]
    reason: str | None = None
    answer: str | None = None  # what was read out of the output, spelt one way; for scorers that read one
    is_judged: bool = True


def not_judged(reason: str) -> Verdict:
    return Verdict("unscored", reason, is_judged=False)


@dataclass(frozen=True, slots=True)
class Item:
    """``expected`` is the gold answer: a string, a number, a JSON value, or the index of the right ending.

    A tuple holds alternatives, any of which is right. ``plain`` is the item as running text for a model
    without a chat template, ending where the answer begins.
    """

    id: str
    prompt: "Prompt"
    expected: object
    endings: tuple[str, ...] = ()
    reference_output: str | None = None  # the answer as an API would write it: gives the expected length
    plain: str | None = None
    cluster: str | None = None  # what it shares with other items (a source text): no independent draws


class Scorer(Protocol):
    """``truncated``: the token budget cut the output, so its end is not the model's own.

    Raises ValueError, whatever the output, for an ``expected`` that this scorer cannot use.
    """

    def __call__(self, output: str, expected: object, *, truncated: bool) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A set of items under one way of prompting and scoring. Pure data.

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
    score_by: ScoreBy = "byte"  # endings are compared by their log-likelihood per byte, per token, or summed
    is_gated: bool = False  # what is said of its items may quote them, so no output is kept
    nominal_item_s: float = 1.0
    shots: tuple[Item, ...] = ()  # worked examples before each item
    n_shots: int | None = None  # so many items are such examples, for any model and API; None: not said
    n_plain_shots: int = 0  # else so many for a model without a chat template, and none for others
    plain_stop: tuple[str, ...] = ()  # stop strings for models without a chat template
    expected_output_tokens: float | None = None  # declared, for items without a reference answer
    service_ttft_s: float | None = None  # service levels the fast-enough gate asks for
    service_latency_s: float | None = None
    loss_per_error_usd: str | None = None


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """One line of the list of tasks, known without fetching anything.

    ``n_items`` is None where no public source says how many rows of a set the task takes.
    """

    name: str
    title: str
    kind: Literal["choice", "generate"]
    scorer: str
    n_items: int | None
    chance: float | None
    licence: str
    source: str
    is_gated: bool = False

    def of(self, items: tuple[Item, ...], content_sha256: str) -> Task:
        """The task of this name with its items; what only an opened task has keeps its default."""
        return Task(
            name=self.name,
            title=self.title,
            kind=self.kind,
            items=items,
            scorer_name=self.scorer,
            content_sha256=content_sha256,
            licence=self.licence,
            source=self.source,
            chance=self.chance,
            is_gated=self.is_gated,
        )


Fetch = Callable[[Artifact], Path]


@dataclass(frozen=True, slots=True)
class TaskSource:
    """A task that can be opened by name; ``fetch`` returns the verified file of an artifact."""

    summary: TaskSummary
    open: Callable[[Fetch], Task]
