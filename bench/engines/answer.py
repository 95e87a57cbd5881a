"""The text that grows as tokens are generated, and where it ends."""

from collections.abc import Sequence

from bench.engines.protocol import Engine
from bench.errors import EngineError


class Answer:
    """Collects output tokens until the model ends its turn, a stop string appears or the limit is reached.

    Stop strings are sought in the decoded bytes, across token borders; the text ends before the earliest.
    """

    def __init__(self, engine: Engine, *, max_tokens: int, stop: Sequence[str]) -> None:
        self._engine = engine
        self._max_tokens = max_tokens
        self._stops = [text.encode("utf-8", "surrogatepass") for text in stop]
        self._reach = max(map(len, self._stops), default=1) - 1  # bytes of an unfinished stop string
        self._bytes = bytearray()
        self._is_closed = False
        self.n_tokens = 0

    def add(self, token: int) -> bool:
        """Take the next output token; True when the answer is complete."""
        self.n_tokens += 1
        if self._engine.ends_generation(token):
            self._is_closed = True
        else:
            seek_from = max(0, len(self._bytes) - self._reach)
            self._bytes += self._engine.detokenize((token,))
            found = [at for stop in self._stops if (at := self._bytes.find(stop, seek_from)) >= 0]
            if found:
                del self._bytes[min(found) :]
                self._is_closed = True
        return self._is_closed or self.n_tokens >= self._max_tokens

    @property
    def is_truncated(self) -> bool:
        """Ended by the limit alone, not by the model or a stop string."""
        return not self._is_closed

    @property
    def text(self) -> str:
        return self._bytes.decode("utf-8", "replace")


def check_limits(max_tokens: int, stop: Sequence[str]) -> None:
    """Raise EngineError for a limit below one token or an empty stop string, which would stop everything."""
    if max_tokens < 1:
        raise EngineError(f"max_tokens {max_tokens} is not positive")
    if "" in stop:
        raise EngineError("a stop string is empty")
