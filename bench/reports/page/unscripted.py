"""The verdicts as plain HTML: what a reader without scripts, a text browser or a crawler gets of the page."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

from bench.reports.page.concluded import closest_places
from bench.reports.words.figures import clean
from bench.reports.words.verdicts import ORDER, RELATION

MOST_LINES = 40


def verdict_list(data: Mapping[str, Any]) -> str:
    """A list item for each closest call of ``page_data``'s data, viable ones first, then by task."""
    lines = sorted(_lines(data), key=lambda line: line[0])
    shown = [f"<li>{text}</li>" for _, text in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"<li>and {len(lines) - MOST_LINES:,} further verdicts</li>")
    return f"<ul>{''.join(shown)}</ul>" if shown else ""


def _lines(data: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], str]]:
    """Each with its place: the verdict, then the task."""
    for record in data["records"]:
        for place in closest_places(record["comparisons"]):
            one = record["comparisons"][place]
            verdict, api = one["verdict"], data["apis"][one["api"]]
            why = "; ".join(gate["why"] for gate in one["gates"] if gate["name"] == one["decided_by"])
            told = f"on {data['tasks'][one['task']]['name']}: {record['label']} {RELATION[verdict]} {api}. "
            told += f"{why[:1].upper()}{why[1:]}. Weakest point: {one['weakest']}."
            yield (
                (ORDER.index(verdict), one["task"]),
                f"<strong>{verdict.capitalize()}</strong> {html.escape(clean(told))}",
            )
