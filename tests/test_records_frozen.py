"""Real records of every schema, shortened and frozen: what was published once is read for good.

Nothing writes these files anew, and their hashes stand here, so that no change of them goes unnoticed.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from factories import make_record

from bench.errors import RecordError
from bench.records.documents import read_document
from bench.records.schema import json_schema
from bench.records.store import read_record, write_record
from bench.records.types import SCHEMA_VERSION
from bench.records.upgrade import upgrade

FROZEN = Path(__file__).parent / "data" / "records"
SHA256 = {
    "v1-run.json": "5a90c85fbf6b57812df81ab4de9e234e03595bb88975f2f67b0dbf9216153c03",
    "v1-speed.json": "80248e4521564354ac37b5bda51351a84ebe7c5cc3899a781b534dfbdc611555",
    "v2-run.json": "e07663bc1ca3d82c93eafc19b0acb057cb549569dcca798bcbf112bd9a30bae8",
    "v2-series.json": "b52d2f2790781e98d2cef4034750de769cdaa44628f28f7ed6be1df3ad2cf648",
}
CONTENT_SHA256 = {
    "v1-run.json": None,
    "v1-speed.json": None,
    "v2-run.json": "ed84442a6bde6ec25a7cdc98944be55385c8874052c9db7771f48d0f71bb48d8",
    "v2-series.json": "137123307f4613ab2ff18d17537faaac21649f5241e59a6479d8503f9cfb3731",
}
DECISIONS = Path(__file__).parents[1] / "docs" / "decisions" / "record-schema.md"
SCHEMA = Path(__file__).parents[1] / "docs" / "record.schema.json"
_DECIDED = re.compile(r"^\| [\d-]+ \| (\d+) \| `([0-9a-f]{12})` \|", re.MULTILINE)
SAYS_NOTHING = {"description", "title"}  # what documents a field and does not change what is valid


def test_every_version_has_an_example_and_none_is_without_its_hash() -> None:
    names = {path.name for path in FROZEN.glob("*.json")}
    assert names == set(SHA256)
    assert {int(name[1]) for name in names} == set(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("name", SHA256)
def test_an_example_is_as_it_was_frozen_and_is_read(name: str) -> None:
    assert hashlib.sha256((FROZEN / name).read_bytes()).hexdigest() == SHA256[name]
    record = read_record(FROZEN / name)
    assert record.schema_version == SCHEMA_VERSION
    assert record.content_sha256 == CONTENT_SHA256[name]
    assert record.tool.version == "0.1.0"


@pytest.mark.parametrize("name", ["v1-run.json", "v2-run.json"])
def test_a_run_says_what_it_said_when_it_was_frozen(name: str) -> None:
    record = read_record(FROZEN / name)
    assert record.id == "b29b474b77476d4f"
    assert record.model.name == "smollm2-135m-instruct-q4_1"
    assert [point.test for point in record.speed] == ["pp512", "tg128"]
    assert [len(task.items) for task in record.tasks] == [3, 3]
    assert record.assessment is not None
    verdicts = [comparison.verdict for comparison in record.assessment.comparisons]
    assert verdicts == ["not viable", "insufficient evidence"]


def test_series_of_a_frozen_record_are_joined() -> None:
    record = read_record(FROZEN / "v2-series.json")
    assert [len(point.samples) for point in record.speed] == [24, 12]
    assert len(record.latency[0].requests) == 2


def test_the_published_schema_holds_for_old_and_new_records(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    validator.validate(read_record(FROZEN / "v1-run.json").model_dump(mode="json"))
    newest = read_document(FROZEN / "v2-series.json").content  # as it lies there, its series joined
    validator.validate(newest)
    validator.validate(json.loads(write_record(make_record(), tmp_path).read_text("utf-8")))
    with pytest.raises(jsonschema.ValidationError, match="unexpected"):
        validator.validate(newest | {"tokens": 1})


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    document = json.loads((FROZEN / "v2-run.json").read_text("utf-8"))
    with pytest.raises(RecordError, match=f"newer breakeven: it has schema {SCHEMA_VERSION + 1}") as caught:
        upgrade(document | {"schema_version": SCHEMA_VERSION + 1})
    assert "pip install --upgrade" in str(caught.value)


def test_a_change_of_the_schema_is_decided() -> None:
    text = json.dumps(_structure(json_schema()), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    lines = _DECIDED.findall(DECISIONS.read_text("utf-8"))
    assert lines[-1] == (str(SCHEMA_VERSION), digest), (
        "the schema of a record changed. When records that were written before mean something else or are no"
        " longer read, raise SCHEMA_VERSION, add a step to bench.records.upgrade and freeze an example here."
        f" In any case add a line that says why to {DECISIONS.name}, with `{digest}`"
    )


def _structure(node: Any, *, is_schema: bool = True) -> Any:
    if isinstance(node, dict):
        return {
            key: _structure(value, is_schema=key not in ("properties", "$defs"))
            for key, value in node.items()
            if not (is_schema and key in SAYS_NOTHING)
        }
    if isinstance(node, list):
        return [_structure(value) for value in node]
    return node
