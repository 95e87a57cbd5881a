import json
import re
from pathlib import Path

import pytest

from bench.catalog.types import Artifact
from bench.tasks import open_task
from bench.tasks.generators.draw import Draw
from bench.tasks.scorers import find_scorer
from bench.tasks.types import Task

# These hashes cover every text, field and id: they hold on every machine and Python version.
CONTENT = {
    "easy": "bb43e2050523d5fbcdb44e4aa9af1a43c754b3b36e18a9103002416e8aa5a561",
    "hard": "cf837f1cca174747cb145a37b84712bbd1f2d3f65f779bea7dd280195f65e99c",
}


def fetch_nothing(artifact: Artifact) -> Path:
    raise AssertionError(f"{artifact.name} is generated, and was fetched")


@pytest.fixture(scope="module", params=["easy", "hard"])
def task(request: pytest.FixtureRequest) -> Task:
    return open_task(f"extract-json:{request.param}", fetch_nothing)


def test_items_are_the_same_everywhere(task: Task) -> None:
    assert task.content_sha256 == CONTENT[task.name.partition(":")[2]]


def test_level_has_200_different_texts_and_ids(task: Task) -> None:
    assert len(task.items) == 200
    assert len({item.id for item in task.items}) == 200
    assert len({item.prompt.messages[-1].content for item in task.items}) == 200


def test_reference_answer_is_right_and_any_changed_field_is_wrong(task: Task) -> None:
    scorer = find_scorer(task.scorer_name)
    for item in task.items:
        assert item.reference_output is not None
        assert isinstance(item.expected, dict)
        assert scorer(item.reference_output, item.expected, truncated=False).outcome == "right"
        for field in item.expected:
            changed = json.dumps(item.expected | {field: "something else"})
            verdict = scorer(changed, item.expected, truncated=False)
            assert (verdict.outcome, verdict.reason) == ("wrong", f"fields differ: {field}")


def test_prompt_shows_two_answered_examples_and_names_the_fields(task: Task) -> None:
    for item in task.items:
        roles = [message.role for message in item.prompt.messages]
        assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
        assert isinstance(item.expected, dict)
        asked = item.prompt.messages[-1].content
        assert asked.endswith(f"Fields: {', '.join(item.expected)}")
        for answer in (item.prompt.messages[2].content, item.prompt.messages[4].content):
            assert list(json.loads(answer)) == list(item.expected)
        assert item.plain is not None
        assert item.plain.endswith(f"Text: {asked}\nJSON:")


def test_easy_fields_stand_in_the_text_in_their_order() -> None:
    for item in open_task("extract-json", fetch_nothing).items:
        assert isinstance(item.expected, dict)
        text = item.prompt.messages[-1].content.partition("\n")[0]
        places = [text.index(str(value)) for value in item.expected.values()]
        assert places == sorted(places)


def test_hard_totals_and_dates_are_computed_not_copied() -> None:
    items = open_task("extract-json:hard", fetch_nothing).items
    invoices = [item for item in items if isinstance(item.expected, dict) and "due" in item.expected]
    for item in invoices:
        assert isinstance(item.expected, dict)
        text = item.prompt.messages[-1].content
        assert item.expected["due"] not in text
        prices = [int(n) for n in re.findall(r"(\d+) dollars (?:each|apiece)", text)]
        counts = [int(n) for n in re.findall(r"(\d+) [a-z]+(?: [a-z]+)? (?:at |\()", text)]
        discount = re.search(r"(?:take|discount of) (\d+) dollars", text)
        assert discount is not None
        total = sum(n * price for n, price in zip(counts, prices, strict=True)) - int(discount[1])
        assert item.expected["total"] == total


def test_draws_depend_on_the_key_alone() -> None:
    assert [Draw("a").below(1000) for _ in range(2)] == [Draw("a").below(1000)] * 2
    draw = Draw("a")
    numbers = [draw.between(3, 5) for _ in range(200)]
    assert set(numbers) == {3, 4, 5}
    assert sorted(Draw("b").some_of(range(5), 5)) == [0, 1, 2, 3, 4]
