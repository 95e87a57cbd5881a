"""Continuous batching: many prompts, and several answers to each, over the sequences of one cache."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.engines.answer import Answer
from bench.engines.head import SharedHead
from bench.engines.sampling import margin_nats
from bench.engines.session import Session
from bench.errors import EngineError

Choose = Callable[[NDArray[np.float32]], int]  # the next token from logits; EngineError if there is none


@dataclass(slots=True)
class Sample:
    """One answer to a prompt. ``index`` is the caller's.

    ``margins``: of each token in nats, where they are to be kept; ``choose`` then takes the likeliest.
    """

    index: int
    choose: Choose
    answer: Answer
    margins: list[float] | None = None
    token: int = -1  # said last
    error: str | None = None

    def goes_on(self, logits: NDArray[np.float32]) -> bool:
        """Say the next token; False when that was the last, or there is none."""
        try:
            self.token = self.choose(logits)
        except EngineError as error:
            self.error = error.reason
            return False
        if self.margins is not None:
            self.margins.append(margin_nats(logits, self.token))
        return not self.answer.add(self.token)


@dataclass(slots=True)
class Asked:
    """A prompt, the answers to it that are not started yet, and the most tokens that one can have."""

    tokens: list[int]
    n_most: int
    waiting: deque[Sample]
    n_open: int = 0  # answers that are not finished
    n_cells: int = 0  # of the prompt
    has_reserve: bool = False  # cells for one answer, so that the prompt is not evaluated in vain


@dataclass(slots=True)
class _Stream:
    """Tokens on their way into a sequence: of a prompt, or of one answer behind it."""

    asked: Asked
    sequence: int
    n_cached: int
    tokens: list[int] = field(default_factory=list)  # still to be evaluated
    sample: Sample | None = None


class Batching:
    """The plan depends on the prompts and their answers alone, so the same work gives the same bits.

    A prompt with several answers is evaluated once. Its sequence stays as it is while answers wait, since not
    every cache can forget a part of a sequence; each starts as a copy as soon as a sequence is free, and the
    last takes the prompt's own. So one sequence at most waits for others: no further prompt is begun before
    those begun have all the sequences they want.
    """

    def __init__(self, session: Session, head: SharedHead, asked: Iterable[Asked]) -> None:
        self._session = session
        self._engine = session.engine
        self._head = head
        self._coming = deque(asked)
        self._free = head.free_sequences
        self._is_unified = session.settings.kv_unified  # else each sequence has cells of its own
        self._n_free_cells = session.settings.n_ctx - head.n_tokens
        self._running: list[_Stream] = []
        self._begun: list[_Stream] = []  # evaluated prompts with answers that wait

    def finished(self) -> Iterator[tuple[Asked, Sample]]:
        """Do all of it; each answer as it is finished."""
        while self._coming or self._running or self._begun:
            self._start_answers()
            self._begin_prompts()
            for stream, row in self._step():
                yield from self._go_on(stream, self._engine.logits(row))

    def _go_on(self, stream: _Stream, logits: NDArray[np.float32]) -> Iterator[tuple[Asked, Sample]]:
        asked, sample = stream.asked, stream.sample
        if sample is not None and sample.goes_on(logits):
            stream.tokens = [sample.token]
            return
        self._running.remove(stream)
        if sample is not None:
            self._n_free_cells += self._n_answer_cells(asked)
            ended = [sample]
        else:  # logits are at hand only now: the first token of each answer
            ended = [one for one in asked.waiting if not one.goes_on(logits)]
            asked.waiting = deque(one for one in asked.waiting if one not in ended)
        if sample is None and asked.waiting:
            self._begun.append(stream)
        else:
            self._engine.drop(stream.sequence, 0)
            self._free = sorted([*self._free, stream.sequence])
        asked.n_open -= len(ended)
        if not asked.n_open:
            self._n_free_cells += asked.n_cells + asked.has_reserve * self._n_answer_cells(asked)
        for one in ended:
            yield asked, one

    def _start_answers(self) -> None:
        """The oldest prompt's first."""
        for stream in [*self._begun]:
            while stream.asked.waiting and self._has_room_for_answer(stream.asked):
                self._start_answer(stream)
            if not stream.asked.waiting:
                self._begun.remove(stream)

    def _has_room_for_answer(self, asked: Asked) -> bool:
        has_sequence = bool(self._free) or len(asked.waiting) == 1
        return has_sequence and (asked.has_reserve or self._n_answer_cells(asked) <= self._n_free_cells)

    def _start_answer(self, prompt: _Stream) -> None:
        asked, sequence = prompt.asked, prompt.sequence
        sample = asked.waiting.popleft()
        if asked.waiting:
            sequence = self._free.pop(0)
            self._engine.copy_sequence(prompt.sequence, sequence)
        if not asked.has_reserve:
            self._n_free_cells -= self._n_answer_cells(asked)
        asked.has_reserve = False
        self._running.append(_Stream(asked, sequence, prompt.n_cached, [sample.token], sample))

    def _begin_prompts(self) -> None:
        while self._coming and not self._begun and len(self._free) > self._n_wanted:
            asked = self._coming[0]
            n_shared = self._head.n_shared(asked.tokens)
            asked.n_cells = len(asked.tokens) - n_shared if self._is_unified else 0
            n_cells = asked.n_cells + self._n_answer_cells(asked)
            if n_cells > self._n_free_cells:
                break
            self._n_free_cells -= n_cells
            asked.has_reserve, asked.n_open = True, len(asked.waiting)
            sequence = self._free.pop(0)
            n_cached = self._head.lend(sequence, asked.tokens)
            self._running.append(_Stream(asked, sequence, n_cached, asked.tokens[n_cached:]))
            self._coming.popleft()

    @property
    def _n_wanted(self) -> int:
        """Sequences that the answers to prompts under way will want beside the prompts' own."""
        return sum(len(stream.asked.waiting) - 1 for stream in self._running if stream.sample is None)

    def _n_answer_cells(self, asked: Asked) -> int:
        return asked.n_most if self._is_unified else 0

    def _step(self) -> list[tuple[_Stream, int]]:
        """Evaluate one batch: as much of new prompts as has room, else a token of every answer under way.

        Not both: attention over a batch of both faces every answer with every cell of the prompts.
        Returns the streams that got to their last token, with the batch row of its logits.
        """
        tokens: list[int] = []
        positions: list[int] = []
        sequences: list[int] = []
        wants: list[bool] = []
        ready: list[tuple[_Stream, int]] = []
        prompts = [stream for stream in self._running if len(stream.tokens) > 1]
        for stream in prompts or self._running:
            n_now = min(len(stream.tokens), self._session.n_batch - len(tokens))
            if n_now == 0:
                break
            tokens += stream.tokens[:n_now]
            positions += range(stream.n_cached, stream.n_cached + n_now)
            sequences += [stream.sequence] * n_now
            wants += [False] * n_now
            stream.n_cached += n_now
            del stream.tokens[:n_now]
            if not stream.tokens:
                wants[-1] = True
                ready.append((stream, len(tokens) - 1))
        if tokens:
            self._engine.decode(tokens, positions, sequences, wants)
        return ready
