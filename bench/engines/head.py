"""The opening that all items of a run share (few-shot examples, a system prompt), evaluated once."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.engines.session import KERNEL_TOKENS, Session, decode_filled
from bench.errors import EngineError

Witness = TypeVar("Witness")


class SharedHead:
    """Keeps in the cache's last sequence what all ``witnesses`` begin with.

    It is evaluated on an empty cache, saved in the session and restored from then on, on an emptied cache
    also at its first use: so the tokens that follow it meet the same bits, whatever was run before.

    ``tokens`` is empty, and no sequence is taken, when there is nothing worth sharing, a witness cannot be
    tokenized, or fewer than ``n_needed`` sequences would be left. ``n_evaluated`` counts the tokens that had
    to be evaluated for it now; ``Engine.evaluated_tokens`` may not know of them: the cache was emptied since.
    """

    def __init__(
        self,
        session: Session,
        witnesses: Sequence[Witness],
        tokenize: Callable[[Witness], Sequence[int]],
        *,
        n_needed: int = 1,
    ) -> None:
        self._session = session
        self._engine = session.engine
        self._sequence = session.settings.n_seq_max - 1
        self.tokens = _shared_tokens(witnesses, tokenize)
        has_room = len(self.tokens) + KERNEL_TOKENS <= session.n_ctx_sequence and session.n_filled
        if self._sequence < n_needed or not has_room:
            self.tokens = []
        self._engine.clear()
        self.n_evaluated = 0
        if not self.tokens or self._is_restored():
            return
        self._evaluate()
        if session.saved.save(self._engine, self._sequence, self.tokens):
            self._engine.clear()
            if not self._is_restored():
                self._evaluate()  # as each time from now on; the bits are the same

    def _is_restored(self) -> bool:
        return self._session.saved.restored(self._engine, self._sequence, self.tokens)

    def _evaluate(self) -> None:
        session = self._session
        n_before = self._engine.evaluated_tokens()
        for start in range(0, len(self.tokens), session.n_filled):
            chunk = self.tokens[start : start + session.n_filled]
            n = len(chunk)
            decode_filled(
                session, chunk, range(start, start + n), [(self._sequence,)] * n, [False] * n, filler=0
            )
        self.n_evaluated += self._engine.evaluated_tokens() - n_before

    @property
    def n_tokens(self) -> int:
        return len(self.tokens)

    @property
    def free_sequences(self) -> list[int]:
        """Sequences that are left for use, lowest first."""
        return list(range(self._sequence if self.tokens else self._sequence + 1))

    def n_shared(self, tokens: Sequence[int]) -> int:
        """How many of ``tokens`` it holds: all of itself, or none; one at least is left to be evaluated."""
        n = len(self.tokens)
        return n if len(tokens) > n and list(tokens[:n]) == self.tokens else 0

    def room_for(self, tokens: Sequence[int]) -> int:
        """The most tokens that one sequence which begins with ``tokens`` may hold beside the head."""
        if not self._session.settings.kv_unified:
            return self._session.n_ctx_sequence
        n_beside = len(self.tokens) - self.n_shared(tokens)
        return min(self._session.n_ctx_sequence, self._session.settings.n_ctx - n_beside)

    def lend(self, sequence: int, tokens: Sequence[int]) -> int:
        """Start ``sequence``, which must be empty, with what ``tokens`` share; how many that are."""
        n = self.n_shared(tokens)
        if n:
            self._engine.copy_sequence(self._sequence, sequence)
        return n


def _shared_tokens(witnesses: Sequence[Witness], tokenize: Callable[[Witness], Sequence[int]]) -> list[int]:
    try:
        token_lists = [tokenize(witness) for witness in witnesses]
    except EngineError:
        return []  # that item will say so itself
    return list(token_lists[0][: common_prefix_length(token_lists)]) if len(token_lists) > 1 else []


def common_prefix_length(token_lists: Sequence[Sequence[int]]) -> int:
    """Length of the longest common opening that leaves every list at least one token."""
    if not token_lists:
        return 0
    n_shared = 0
    for column in zip(*(tokens[:-1] for tokens in token_lists), strict=False):
        if len(set(column)) > 1:
            break
        n_shared += 1
    return n_shared
