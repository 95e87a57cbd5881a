"""Why an API is compared with: in few words beside its name, in full below what is known of it."""

from collections.abc import Iterator

from bench.records.types import DEFAULT_RIVAL, NAMED_RIVAL, Assessment, Comparison


def few_words(one: Comparison) -> tuple[str, ...]:
    """Of an API that was chosen for the task; none of one that is compared with because it was listed."""
    reasons = tuple(reason.partition(":")[0] for reason in _reasons(one))
    if set(reasons) <= {NAMED_RIVAL, DEFAULT_RIVAL}:
        return ()
    return tuple(reason for reason in reasons if reason != DEFAULT_RIVAL)


def with_reasons(name: str, *reasons: str) -> str:
    """``gpt-5-nano (closest call, cheapest at least as good)``."""
    return f"{name} ({', '.join(reasons)})" if reasons else name


def rival_notes(assessment: Assessment) -> Iterator[str]:
    """The reasons in full, task by task, then what was looked for and is not known."""
    for one in assessment.comparisons:
        if few_words(one):
            yield f"{one.task}, {one.api}: {one.chosen_because}"
    yield from assessment.notes


def _reasons(one: Comparison) -> tuple[str, ...]:
    return () if one.chosen_because is None else tuple(one.chosen_because.split("; "))
