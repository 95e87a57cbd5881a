"""What the environment holds, noted inside it part by part, so that nothing is done twice."""

import json
import threading
from pathlib import Path


class Stamp:
    """Parts of the environment with what each was made from, in a file that is replaced whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def missing(self, wanted: dict[str, str]) -> set[str]:
        """The wanted parts that are not there, or were made from something else."""
        held = self._read()
        return {part for part, made_from in wanted.items() if held.get(part) != made_from}

    def note(self, part: str, made_from: str) -> None:
        """Add a finished part; safe from several threads."""
        with self._lock:
            held = {**self._read(), part: made_from}
            partial = self.path.with_suffix(".partial")
            partial.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
            partial.replace(self.path)

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}
