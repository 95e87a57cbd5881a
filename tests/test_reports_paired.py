import pytest
from factories import make_items, make_record, make_settings, make_task
from golden_files import check_golden

from bench.records.types import Record, Sampling, TaskResult, Thinking
from bench.reports.markdown import render as render_markdown
from bench.reports.results_readme import render as render_page
from bench.reports.rows.paired import Answers, Both, both_scored, pairs_of
from bench.reports.tables.paired import hosted_table, pair_table
from bench.reports.terminal import render
from bench.stats import paired_difference

SUMS = "sums"


def result(outcomes: str, **changes: object) -> TaskResult:
    """``outcomes``: r(ight), w(rong) or u(nscored) of the items in order."""
    words = {"r": "right", "w": "wrong", "u": "unscored"}
    template = make_items("sums", 1, 0)[0]
    items = tuple(
        template.model_copy(update={"item_id": f"item-{number}", "outcome": words[one], "reason": None})
        for number, one in enumerate(outcomes)
    )
    fields: dict[str, object] = {"n_planned": len(items), "n_available": 40}
    return make_task(SUMS, items, **{**fields, **changes})


def quality_alone(name: str, *tasks: TaskResult) -> Record:
    """A record as `eval` writes it."""
    nothing: dict[str, object] = {
        "speed": (),
        "latency": (),
        "idle_energy": (),
        "failures": (),
        "warnings": (),
    }
    absent: dict[str, object] = {"load": None, "memory": None, "assessment": None, "ceilings": None}
    held = make_settings(n_ctx=8192, n_seq_max=16)
    record = make_record(name, settings=held, quality_settings=held, is_quick=False)
    return record.model_copy(update={**nothing, **absent, "loads": (), "tasks": tasks})


SMALL = quality_alone("small", result("rrrrrrrrwwwwwwwwwwuu"))
LARGE = quality_alone("large", result("rrrrrrrrrrrrrrrrrwwu"))
HOSTED = Answers("hosted-model", result("rrrrrrrrrrrrrrrrrrrr", planned_by="a transcript"))


def test_only_items_that_both_scored_count() -> None:
    both, difference = both_scored(result("rrwwu"), result("rwrur"))
    assert both == Both(3, pytest.approx(2 / 3), pytest.approx(2 / 3), 2 / 3, is_clustered=False)
    assert difference == paired_difference(1, 1, 3)
    assert both_scored(result("u"), result("r")) == (Both(0, 0.0, 0.0, 0.0, is_clustered=False), None)


def sampled(*outcomes: str, **changes: object) -> TaskResult:
    """The outcomes of the samples of each item."""
    once = result("".join(one[0] for one in outcomes))
    words = {"r": "right", "w": "wrong", "u": "unscored"}
    items = tuple(
        item.model_copy(update={"sample": number, "outcome": words[one]})
        for item, samples in zip(once.items, outcomes, strict=True)
        for number, one in enumerate(samples)
    )
    sampling = Sampling(temperature=0.8, n_samples=max(map(len, outcomes)))
    return once.model_copy(update={"items": items, "sampling": sampling, **changes})


def test_of_several_samples_an_items_share_counts() -> None:
    both, difference = both_scored(sampled("rrww", "rrrr", "wwuu", "uuuu"), result("wrrr"))
    assert (both.n, both.share_a, both.share_b) == (3, 0.5, pytest.approx(2 / 3))
    assert both.is_clustered
    assert difference is not None
    assert difference.value == pytest.approx(-1 / 6)


def test_other_samples_and_thinking_are_said_first() -> None:
    drawn = quality_alone("drawn", sampled("rrww", "rrrr", "wwww"))
    thought = quality_alone("thought", result("rrr", thinking=Thinking(is_on=True, max_tokens=500)))
    (pair,) = pairs_of([drawn, thought], [])
    notes = pair_table([pair]).notes
    assert any("drawn was asked with temperature 0.8, 4 samples of each item" in note for note in notes)
    assert any("thought was asked with thinking up to 500, greedy" in note for note in notes)
    assert any("Student's" in note for note in notes)
    (with_hosted,) = pairs_of([thought], [HOSTED])
    assert with_hosted.settings is None


def test_every_two_sides_of_a_task_are_a_pair() -> None:
    pairs = pairs_of([SMALL, LARGE], [HOSTED])
    assert [(pair.a, pair.b) for pair in pairs] == [
        ("small", "large"),
        ("small", "hosted-model"),
        ("large", "hosted-model"),
    ]
    assert pairs[0].difference is not None
    assert pairs[0].difference.value == pytest.approx(-9 / 18)
    assert pairs[0].difference.high < 0
    assert pairs[0].detectable == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"prompting": "completion"}, "by completion"), ({"n_shots": 4}, "0 worked examples, base 4")],
)
def test_what_was_asked_otherwise_is_not_compared(changes: dict[str, object], why: str) -> None:
    (pair,) = pairs_of([SMALL, quality_alone("base", result("rw", **changes))], [])
    assert pair.difference is None
    table = pair_table([pair])
    assert not table.rows
    assert why in table.notes[0]


def test_the_report_of_quality_alone_holds_nothing_else() -> None:
    also = [hosted_table([HOSTED]), pair_table(pairs_of([SMALL], [HOSTED]))]
    check_golden("terminal-eval.txt", render([SMALL], width=100, also=also))
    check_golden("report-eval.md", render_markdown([SMALL]))


def test_the_results_page_keeps_quality_alone_apart_from_runs() -> None:
    page = render_page([SMALL, make_record()])
    runs, evals = page.split("## Quality alone")
    assert "small" not in runs
    assert "| small | sums | 44.4 %" in evals
