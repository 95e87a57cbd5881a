"""The JSON Schema of a record, for readers in other languages; kept in ``docs/record.schema.json``."""

import json
from typing import Any

from bench.records.documents import TEXT_KEY
from bench.records.types import Record

_TEXT_SHA256 = {  # of the file, and no part of the record
    "description": "of the file from its third line on, as breakeven wrote it; laid out anew, it has another",
    "pattern": "^[0-9a-f]{64}$",
    "type": "string",
}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a record as it is written: money is a string, every field is present."""
    schema = Record.model_json_schema(mode="serialization")
    schema["title"] = "breakeven record"
    schema["properties"] = {TEXT_KEY: _TEXT_SHA256, **schema["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def json_schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
