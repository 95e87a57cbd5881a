"""Log-likelihood of endings over a shared context: multiple choice without generating anything."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.engines.head import SharedHead
from bench.engines.results import Choice, ChoiceScore, OnProgress, Scored
from bench.engines.session import Session
from bench.errors import EngineError
from bench.units import MIB

MAX_LOGITS_BYTES = 64 * MIB  # of one decode call: a row costs vocabulary x 4 bytes


@dataclass(slots=True)
class _Ending:
    tokens: list[int]
    logprob: float = 0.0


@dataclass(slots=True)
class _Item:
    index: int
    context: list[int]
    endings: list[_Ending]
    sequence: int = -1


@dataclass(slots=True)
class _Row:
    """One token to evaluate, and the (ending, next token) pairs whose probability its logits give."""

    token: int
    position: int
    sequence: int
    scores: list[tuple[_Ending, int]] = field(default_factory=list)


def score_choices(
    session: Session, items: Sequence[Choice], *, on_progress: OnProgress | None = None
) -> Scored:
    """Natural-log likelihood of every ending of every item, given the item's context.

    A context is evaluated once and its cache shared by its endings; several items share a batch; what all
    contexts begin with is evaluated once. Logits are reduced at once, in float64, row by row.

    Tokens are split as lm-evaluation-harness does: spaces at the context's end move to the ending, then
    context + ending is encoded whole and cut at the length of the encoded context, so an ending keeps the
    tokens it has in running text. An item that does not fit, or has an ending without tokens, gets an error.
    """
    if session.settings.n_seq_max < 2:
        raise EngineError("scoring choices over a shared context needs n_seq_max of at least 2")
    scores: dict[int, ChoiceScore] = {}
    planned: list[_Item] = []
    for index, choice in enumerate(items):
        try:
            planned.append(_encode(session, index, choice))
        except EngineError as error:
            scores[index] = ChoiceScore((), (), (), 0, error=str(error))
    head = SharedHead(session, [item.context for item in planned], n_needed=2)
    for pack in _packs(session, planned, head):
        _score_pack(session, pack, head)
        for item in pack:
            scores[item.index] = _score_of(item, items[item.index])
        if on_progress is not None:
            on_progress(len(scores), len(items))
    return Scored(
        scores=tuple(scores[index] for index in range(len(items))),
        n_evaluated=session.engine.evaluated_tokens(),
        n_unique_prefix_tokens=_count_unique_prefixes(planned),
    )


def _encode(session: Session, index: int, choice: Choice) -> _Item:
    def encode(text: str) -> list[int]:
        return session.engine.tokenize(text, add_special=True, parse_special=False)

    if not choice.endings:
        raise EngineError("the item has no ending")
    text = choice.context.rstrip(" ")
    spaces = choice.context[len(text) :]
    context = encode(text)
    if not context:
        raise EngineError("the context is empty, and this model has no token that opens a text")
    endings = [_Ending(encode(text + spaces + ending)[len(context) :]) for ending in choice.endings]
    if not all(ending.tokens for ending in endings):
        raise EngineError("an ending has no token of its own after the context")
    n_longest = len(context) + max(len(ending.tokens) for ending in endings)
    if n_longest > session.n_ctx_sequence:
        raise EngineError(f"{n_longest} tokens do not fit the context of {session.n_ctx_sequence}")
    return _Item(index, context, endings)


def _packs(session: Session, items: Sequence[_Item], head: SharedHead) -> Iterator[list[_Item]]:
    """Consecutive items whose contexts fill one physical batch, with a sequence for each context and ending.

    Small packs keep attention short: in a unified cache every token faces the cells of the whole pack. An
    item with more endings than sequences is a pack of its own, scored in several goes.
    """
    n_sequences = len(head.free_sequences)
    pack: list[_Item] = []
    n_tokens = n_used = n_cells = 0
    for item in items:
        context = len(item.context) - head.n_tokens
        cells = context + sum(len(ending.tokens) - 1 for ending in item.endings)
        used = 1 + len(item.endings)
        fits = (
            n_tokens + context <= session.settings.n_ubatch
            and n_used + used <= n_sequences
            and n_cells + cells <= session.settings.n_ctx - head.n_tokens
        )
        if pack and not fits:
            yield pack
            pack, n_tokens, n_used, n_cells = [], 0, 0, 0
        pack.append(item)
        n_tokens, n_used, n_cells = n_tokens + context, n_used + used, n_cells + cells
    if pack:
        yield pack


def _score_pack(session: Session, pack: Sequence[_Item], head: SharedHead) -> None:
    engine, free = session.engine, head.free_sequences
    contexts: list[_Row] = []
    for item in pack:
        item.sequence = free.pop(0)
        head.lend(item.sequence)
        positions = range(head.n_tokens, len(item.context))
        contexts += [_Row(item.context[at], at, item.sequence) for at in positions]
        contexts[-1].scores = [(ending, ending.tokens[0]) for ending in item.endings]
    _evaluate(session, contexts)

    longer = [(item, ending) for item in pack for ending in item.endings if len(ending.tokens) > 1]
    n_cells = session.settings.n_ctx - head.n_tokens - len(contexts)
    while longer:
        rows: list[_Row] = []
        lent: list[int] = []
        while longer and len(lent) < len(free):
            item, ending = longer[0]
            if lent and len(rows) + len(ending.tokens) - 1 > n_cells:
                break
            del longer[0]
            lent.append(free[len(lent)])
            engine.copy_sequence(item.sequence, lent[-1])
            pairs = zip(ending.tokens[:-1], ending.tokens[1:], strict=True)
            for position, (token, following) in enumerate(pairs, len(item.context)):
                rows.append(_Row(token, position, lent[-1], [(ending, following)]))
        _evaluate(session, rows)
        for sequence in lent:
            engine.drop(sequence, 0)
    for item in pack:
        engine.drop(item.sequence, 0)


def _evaluate(session: Session, rows: Sequence[_Row]) -> None:
    """Decode the rows in order, in as few calls as the batch and the room for logits allow; add up scores."""
    engine = session.engine
    for chunk in _chunks(session, rows):
        engine.decode(
            [row.token for row in chunk],
            [row.position for row in chunk],
            [row.sequence for row in chunk],
            [bool(row.scores) for row in chunk],
        )
        for at, row in enumerate(chunk):
            if row.scores:
                logits = engine.logits(at)
                total = log_sum_exp(logits)
                for ending, token in row.scores:
                    ending.logprob += float(logits[token]) - total


def _chunks(session: Session, rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    max_scored = max(1, MAX_LOGITS_BYTES // (4 * session.info.n_vocab))
    chunk: list[_Row] = []
    n_scored = 0
    for row in rows:
        n_scored += bool(row.scores)
        if len(chunk) == session.n_batch or n_scored > max_scored:
            yield chunk
            chunk, n_scored = [], int(bool(row.scores))
        chunk.append(row)
    if chunk:
        yield chunk


def log_sum_exp(logits: NDArray[np.float32]) -> float:
    """log of the sum of exp(logits), summed in float64; NaN when the logits hold one."""
    highest = logits.max()
    return float(highest) + math.log(np.exp(logits - highest).sum(dtype=np.float64))


def _score_of(item: _Item, choice: Choice) -> ChoiceScore:
    logprobs = tuple(ending.logprob for ending in item.endings)
    return ChoiceScore(
        logprobs=logprobs if all(map(math.isfinite, logprobs)) else (),
        n_tokens=tuple(len(ending.tokens) for ending in item.endings),
        n_bytes=tuple(len(ending.encode("utf-8", "surrogatepass")) for ending in choice.endings),
        n_context_tokens=len(item.context),
        error=None if all(map(math.isfinite, logprobs)) else "the model's logits are not finite",
    )


def _count_unique_prefixes(items: Iterable[_Item]) -> int:
    """Nodes of the tree of all token lists that had to be evaluated: contexts, and endings but their last."""
    nodes: dict[tuple[int, int], int] = {}
    for item in items:
        for ending in item.endings:
            node = 0
            for token in (*item.context, *ending.tokens[:-1]):
                node = nodes.setdefault((node, token), len(nodes) + 1)
    return len(nodes)
