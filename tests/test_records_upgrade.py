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
