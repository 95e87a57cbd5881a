"""The opening that several token lists share (few-shot examples, a system prompt), evaluated once."""

from collections.abc import Sequence

from bench.engines.session import Session, prefill

MIN_SHARED_TOKENS = 16  # below, a copy is not worth a sequence


class SharedHead:
    """Keeps the longest common opening of ``token_lists`` in the cache's last sequence.

    ``n_tokens`` is 0, and no sequence is taken, when there is nothing worth sharing, or no sequence beside
    the ``n_needed`` of the caller. Each list keeps at least one token of its own, whose logits are wanted.
    Empties the cache first.
    """

    def __init__(self, session: Session, token_lists: Sequence[Sequence[int]], *, n_needed: int) -> None:
        self._engine = session.engine
        self._sequence = session.settings.n_seq_max - 1
        self.n_tokens = 0
        self._engine.clear()
        shared = common_prefix_length(token_lists)
        if session.settings.n_seq_max > n_needed and len(token_lists) > 1 and shared >= MIN_SHARED_TOKENS:
            prefill(session, token_lists[0][:shared], sequence=self._sequence, wants_logits=False)
            self.n_tokens = shared

    @property
    def free_sequences(self) -> list[int]:
        """Sequences that are left for use, lowest first."""
        return list(range(self._sequence if self.n_tokens else self._sequence + 1))

    def lend(self, sequence: int) -> None:
        """Start ``sequence``, which must be empty, with the shared opening."""
        if self.n_tokens:
            self._engine.copy_sequence(self._sequence, sequence)


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
