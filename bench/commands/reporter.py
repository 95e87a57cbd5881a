"""How a command tells what it is doing; the command line shows it, tests may ignore it."""

from typing import Protocol


class Reporter(Protocol):
    def stage(self, text: str) -> None:
        """A new stage begins."""
        ...

    def update(self, done: int, total: int | None) -> None:
        """Progress within the stage."""
        ...

    def say(self, text: str) -> None:
        """A line that the reader should keep."""
        ...


class Silent:
    """Says nothing."""

    def stage(self, text: str) -> None: ...

    def update(self, done: int, total: int | None) -> None: ...

    def say(self, text: str) -> None: ...
