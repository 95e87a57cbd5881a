import pytest
from factories import make_record

from bench.errors import RecordError
from bench.records.types import SCHEMA_VERSION
from bench.records.upgrade import STEPS, upgrade


def test_a_chain_takes_every_step_in_order():
    steps = {
        1: lambda document: document | {"trail": ["1 to 2"]},
        2: lambda document: {
            "trail": [*document["trail"], "2 to 3"],
            "schema_version": document["schema_version"],
        },
    }
    upgraded = upgrade({"schema_version": 1, "gone": 0}, steps=steps, current=3)
    assert upgraded == {"schema_version": 3, "trail": ["1 to 2", "2 to 3"]}


def test_a_current_document_is_left_alone():
    document = make_record().model_dump(mode="json")
    assert upgrade(document) is document


def test_there_is_a_step_from_every_older_version():
    assert sorted(STEPS) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.0, True])
def test_a_version_that_is_none_is_refused(version):
    with pytest.raises(RecordError, match="states no schema_version"):
        upgrade({"schema_version": version})


def test_version_1_learns_of_each_unscored_attempt_whether_it_was_judged():
    told = {
        "no number found": True,
        "the sandbox failed: no space": False,
        "its code was not run, which --allow-code would allow": False,
    }
    items = [{"outcome": "unscored", "n_output_tokens": 9, "reason": reason} for reason in told]
    items += [
        {"outcome": "unscored", "n_output_tokens": None, "reason": "no number found"},
        {"outcome": "wrong"},
    ]
    upgraded = upgrade({"schema_version": 1, "tasks": [{"items": items}]})
    assert [item.get("is_judged") for item in upgraded["tasks"][0]["items"]] == [*told.values(), False, None]


@pytest.mark.parametrize("tasks", [None, 3, "ab", [None, {"items": 4}, {"items": [[], {"outcome": []}]}]])
def test_what_is_no_record_goes_through_the_chain_unharmed(tasks):
    assert upgrade({"schema_version": 1, "tasks": tasks})["tasks"] == tasks
