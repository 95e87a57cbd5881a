"""A comparison's computation as text: each line with its formula, numbers, result and their origins."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from bench.records.types import Comparison, ExplainedStep, Record
from bench.reports.words import figures as f
from bench.reports.words.labels import labels


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
            lines += [f"{names[record.id]}: nothing was compared with an API.", ""]
        for one in compared:
            about = f"{names[record.id]}: {one.task} against {one.api}"
            lines += [f.clean(f"{about}, {scenario}" if scenario else about), ""]
            lines += [*wrap(f.clean(one.sentence), width, break_on_hyphens=False), "", *_lines(one, width)]
    return "".join(f"{line}\n" for line in lines)


def _lines(one: Comparison, width: int) -> Iterator[str]:
    for part in one.explained:
        yield f"{part.title}"
        for step in part.steps:
            yield from _step_lines(step, width)
        yield ""


def _step_lines(step: ExplainedStep, width: int) -> Iterator[str]:
    named = f"{step.name} = {step.formula}" if step.formula else step.name
    yield from wrap(f.clean(named), width, initial_indent="  ", subsequent_indent="      ")
    if step.numbers is not None:
        yield f"    = {step.numbers}"
    yield f"    = {step.result} {step.unit}".rstrip()
    for origin in step.origins:
        yield from wrap(
            f.clean(origin),
            width,
            initial_indent="    · ",
            subsequent_indent="      ",
            break_on_hyphens=False,
        )
