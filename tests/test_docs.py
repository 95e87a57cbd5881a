"""What is generated from committed records and code is in step with them."""

import regenerate


def test_generated_files_are_in_step() -> None:
    stale = [path.name for path, text in regenerate.generated() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `python scripts/regenerate.py`"
