from pathlib import Path

import jsonschema
import pytest
from factories import make_record

from bench.records.schema import json_schema, json_schema_text

EXPORTED = Path(__file__).parent.parent / "docs" / "record.schema.json"


def test_the_exported_schema_is_in_step():
    assert EXPORTED.read_text("utf-8") == json_schema_text(), "python scripts/regenerate.py rewrites it"


def test_a_record_is_valid_and_a_misspelt_one_is_not():
    validator = jsonschema.Draft202012Validator(json_schema())
    document = make_record().model_dump(mode="json")
    validator.validate(document)
    with pytest.raises(jsonschema.ValidationError, match="'tokens' was unexpected"):
        validator.validate(document | {"tokens": 1})
