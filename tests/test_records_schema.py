from pathlib import Path

from bench.records.schema import json_schema_text

EXPORTED = Path(__file__).parent.parent / "docs" / "record.schema.json"


def test_the_exported_schema_is_in_step():
    assert EXPORTED.read_text("utf-8") == json_schema_text(), "python scripts/regenerate.py rewrites it"
