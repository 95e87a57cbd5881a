"""A comparison's computation as text: each line with its formula, numbers, result and their origins."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import TextWrapper

from bench.records.types import Comparison, ExplainedStep, Record
from bench.reports.words import figures as f
from bench.reports.words.labels import labels
from bench.reports.words.verdicts import nothing_compared


def explained_text(
    records: Sequence[Record], differs_by: Mapping[str, str] | None = None, *, width: int = 100
) -> str:
    """All comparisons of the records, one below the other; ``differs_by`` names the scenario among several.

    A figure is told as its name and formula; below it ``=`` and the numbers put in, ``=`` and the result,
    then a line for each origin. Numbers are never broken over lines, so that they can be copied.
    """
    names = labels(records)
    scenario = " ".join(f"--{name} {words}" for name, words in (differs_by or {}).items())
    lines: list[str] = []
    for record in records:
        compared = () if record.assessment is None else record.assessment.comparisons
        if not compared:
            lines += [*_wrapped(_about(names[record.id], nothing_compared(record), scenario), width), ""]
        for one in compared:
            about = _about(names[record.id], f"{one.task} against {one.api}", scenario)
            lines += [*_wrapped(about, width), "", *_wrapped(one.sentence, width), "", *_lines(one, width)]
    return "".join(f"{line}\n" for line in lines)


def _about(name: str, what: str, scenario: str) -> str:
    return f"{name}: {what}, {scenario}" if scenario else f"{name}: {what}"


def _lines(one: Comparison, width: int) -> Iterator[str]:
    for part in one.explained:
        yield part.title
        for step in part.steps:
            yield from _step_lines(step, width)
        yield ""


def _step_lines(step: ExplainedStep, width: int) -> Iterator[str]:
    named = f"{step.name} = {step.formula}" if step.formula else step.name
    yield from _wrapped(named, width, "  ")
    if step.numbers is not None:
        yield f"    = {step.numbers}"
    yield f"    = {step.result} {step.unit}".rstrip()
    for origin in step.origins:
        yield from _wrapped(origin, width, "    · ")


def _wrapped(text: str, width: int, begin: str = "") -> list[str]:
    """Names and addresses stay whole, so that they can be copied."""
    wrapper = TextWrapper(
        width,
        initial_indent=begin,
        subsequent_indent="      " if begin else "",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return wrapper.wrap(f.clean(text, f.LONGEST_TEXT))
