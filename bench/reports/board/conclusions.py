"""The first page's answer to whether a model can replace an API: of each task how often, at best, and why."""

from collections.abc import Iterator

from bench.reports.board.concluded import Conclusion, news, summed, words
from bench.reports.board.contents import Contents
from bench.reports.board.frame import facts
from bench.reports.board.names import record_path
from bench.reports.board.shared_cells import standing_words
from bench.reports.board.sheets import escaped, link
from bench.reports.words.figures import clean
from bench.reports.words.verdicts import RELATION

MOST_CARDS = 6  # two rows of them
_LONGEST_NAME, _LONGEST_POINT = 60, 120  # characters in a card: nobody's words fill the first screen


def conclusion_lines(site: Contents) -> Iterator[str]:
    """HTML; the tasks with the best news first."""
    found = sorted(site.concluded.values(), key=lambda one: (news(one.best), one.task))
    yield "<h2>Can a local model replace an API?</h2>"
    if not found:
        yield "<p>No record here compares its model with an API: there are measurements, and no verdict.</p>"
        return
    whole = summed(one.verdicts for one in found)
    yield (
        f"<p>Of {sum(whole):,} pairs of a local model and an API, on {_counted(len(found), 'task')}: "
        f"<b>{words(whole)}</b>. Viable is what is as good as needed and cheaper, by the prices and "
        'assumptions of the record: <a href="method.html">how to read this</a>.</p>'
    )
    yield '<div class="verdicts">'
    yield from (_card(one, site) for one in found[:MOST_CARDS])
    yield "</div>"
    if len(found) > MOST_CARDS:
        yield f'<p><a href="tasks.html">All {len(found):,} tasks with a verdict</a></p>'


def _card(one: Conclusion, site: Contents) -> str:
    row, best = one.row, one.best
    machine = row.place.machine
    api = clean(best.api, _LONGEST_NAME)
    api += f" and {_counted(best.n_others, 'other API')}" if best.n_others else ""
    task = link(clean(one.task, _LONGEST_NAME), site.tasks[one.task])
    model = link(clean(row.model.name, _LONGEST_NAME), site.models[row.model.key])
    where = link(clean(machine.title, _LONGEST_NAME), site.machines[machine.key])
    record = link("record", record_path(one.entry.id))
    pairs = [
        ("How sure", best.sure),
        ("Weakest point", clean(best.weakest, _LONGEST_POINT)),
        ("In all", f"{words(one.verdicts)}; {_counted(one.n_models, 'model')}"),
    ]
    if row.why_not:
        pairs.append(("Standing", standing_words(row.why_not)))
    return (
        f'<article class="{best.verdict.replace(" ", "-")}"><h3>{task}</h3>'
        f'<p><b class="word">{best.verdict.capitalize()}</b>: {model} {RELATION[best.verdict]} '
        f"{escaped(api)}, on {where} ({record})</p>{facts(pairs)}</article>"
    )


def _counted(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"
