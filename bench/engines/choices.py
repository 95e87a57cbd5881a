"""Log-likelihood of endings over a shared context: multiple choice without generating anything."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from bench.engines.head import SharedHead
from bench.engines.results import Choice, ChoiceScore, OnProgress, Scored
from bench.engines.session import KERNEL_TOKENS, Session, decode_filled
from bench.errors import EngineError
from bench.units import MIB

MAX_LOGITS_BYTES = 64 * MIB  # of one decode call: a row costs vocabulary x 4 bytes


@dataclass(slots=True)
class _Ending:
    """``tokens`` are the context's and the ending's; the last is never evaluated, only looked up."""

    tokens: list[int]
    n_context: int
    n_shared: int  # tokens that the head holds
    logprob: float = 0.0

    @property
    def evaluated(self) -> list[int]:
        return self.tokens[self.n_shared : -1]


@dataclass(slots=True)
class _Item:
    index: int
    endings: list[_Ending]


@dataclass(slots=True)
class _Row:
    """One token to evaluate, and the (ending, next token) pairs whose probability its logits give."""

    token: int
    position: int
    sequences: list[int] = field(default_factory=list)
    scores: list[tuple[_Ending, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Tree:
    """Endings as a tree of their tokens, depth first; a sequence for each leaf, which ``leaves`` names."""

    rows: list[_Row]
    leaves: list[_Ending]

    @property
    def size(self) -> tuple[int, int]:
        """Cells and sequences that it takes."""
        return len(self.rows), len(self.leaves)


def score_choices(
    session: Session,
    items: Sequence[Choice],
    *,
    head_of: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> Scored:
    """Natural-log likelihood of every ending of every item, given the item's context.

    Endings that begin alike, of one item or of several, share the tokens up to where they part: each is
    evaluated once. What the contexts ``head_of`` share is evaluated once for all calls with the same ones.
    The order of the items does not matter. Logits are reduced at once, in float64, row by row.

    Tokens are split as lm-evaluation-harness does: spaces at the context's end move to the ending, then
    context + ending is encoded whole and cut at the length of the encoded context, so an ending keeps the
    tokens it has in running text. An item that does not fit, or has an ending without tokens, gets an error.
    """
    if not session.settings.kv_unified:
        raise EngineError("endings can share tokens only in a unified cache", remedy="set kv_unified")
    if session.settings.n_seq_max < 2 or session.n_batch < KERNEL_TOKENS:
        raise EngineError(f"scoring takes two sequences and a batch of {KERNEL_TOKENS} tokens at least")
    head = SharedHead(session, head_of, partial(_encode_context, session), n_needed=2)
    n_before = session.engine.evaluated_tokens()
    scores: dict[int, ChoiceScore] = {}
    planned: list[_Item] = []
    for index, choice in enumerate(items):
        try:
            planned.append(_encode(session, index, choice, head))
        except EngineError as error:
            scores[index] = ChoiceScore((), (), (), 0, error=error.reason)
    planned.sort(key=lambda item: [ending.tokens for ending in item.endings])  # neighbours share the most
    for pack in _packs(session, planned, head):
        _score_pack(session, [ending for item in pack for ending in item.endings], head)
        for item in pack:
            scores[item.index] = _score_of(item, items[item.index])
        if on_progress is not None:
            on_progress(len(scores), len(items))
    unique = _tree(ending for item in planned for ending in item.endings)
    return Scored(
        scores=tuple(scores[index] for index in range(len(items))),
        n_evaluated=head.n_evaluated + session.engine.evaluated_tokens() - n_before,
        n_unique_prefix_tokens=(head.n_tokens if head.n_evaluated else 0) + len(unique.rows),
    )


def _encode_context(session: Session, context: str) -> list[int]:
    return session.engine.tokenize(context.rstrip(" "), add_special=True, parse_special=False)


def _encode(session: Session, index: int, choice: Choice, head: SharedHead) -> _Item:
    if not choice.endings:
        raise EngineError("the item has no ending")
    n_context = len(_encode_context(session, choice.context))
    if not n_context:
        raise EngineError("the context is empty, and this model has no token that opens a text")
    endings = []
    for ending in choice.endings:
        tokens = session.engine.tokenize(choice.context + ending, add_special=True, parse_special=False)
        if len(tokens) <= n_context:
            raise EngineError("an ending has no token of its own after the context")
        room = head.room_for(tokens[:n_context])
        if len(tokens) > room:
            raise EngineError(f"{len(tokens)} tokens do not fit the context of {room}")
        endings.append(_Ending(tokens, n_context, head.n_shared(tokens[:n_context])))
    return _Item(index, endings)


def _packs(session: Session, items: Sequence[_Item], head: SharedHead) -> Iterator[list[_Item]]:
    """Consecutive items that fill one physical batch, with a sequence for each branch.

    An item that takes more is a pack of its own.
    """
    most = np.array([min(session.settings.n_ubatch, _n_cells(session, head)), _n_leaves(head)])
    pack: list[_Item] = []
    used = np.zeros(2, int)
    for item in items:
        size = np.array(_tree(item.endings).size)
        if pack and (used + size > most).any():
            yield pack
            pack, used = [], np.zeros(2, int)
        pack.append(item)
        used += size
    if pack:
        yield pack


def _score_pack(session: Session, pack: Sequence[_Ending], head: SharedHead) -> None:
    """Evaluate the endings of a pack, in halves where they do not fit the cache or its sequences."""
    engine, tree = session.engine, _tree(pack)
    has_room = len(tree.rows) <= _n_cells(session, head)
    if len(pack) > 1 and not (has_room and len(tree.leaves) <= _n_leaves(head)):
        middle = len(pack) // 2
        _score_pack(session, pack[:middle], head)
        _score_pack(session, pack[middle:], head)
        return
    for sequence, leaf in enumerate(tree.leaves):
        head.lend(sequence, leaf.tokens)
    filler = head.free_sequences[-1]
    for rows in _calls(session, tree.rows):
        decode_filled(
            session,
            [row.token for row in rows],
            [row.position for row in rows],
            [tuple(row.sequences) for row in rows],
            [bool(row.scores) for row in rows],
            filler=filler,
        )
        for at, row in enumerate(rows):
            if row.scores:
                logits = engine.logits(at)
                total = log_sum_exp(logits)
                for ending, token in row.scores:
                    ending.logprob += float(logits[token]) - total
    for sequence in range(len(tree.leaves)):
        engine.drop(sequence, 0)


def _n_cells(session: Session, head: SharedHead) -> int:
    """Cells of the cache for a pack, beside the head and the filling of its calls."""
    return session.settings.n_ctx - head.n_tokens - (KERNEL_TOKENS - 1)


def _n_leaves(head: SharedHead) -> int:
    """Sequences for the branches of a pack: one of the free ones holds what fills up its calls."""
    return len(head.free_sequences) - 1


def _tree(endings: Iterable[_Ending]) -> _Tree:
    """What is left to evaluate of ``endings``, beside what the head holds.

    In the order of their tokens an ending shares with the one before it as much as with any, and is never a
    part of it, so that the path to the one before is all that need be remembered.
    """
    rows: list[_Row] = []
    leaves: list[_Ending] = []
    path: list[_Row] = []
    n_shared = 0
    for ending in sorted(endings, key=lambda ending: (ending.n_shared, ending.evaluated)):
        n_common = _n_common(path, ending.evaluated) if ending.n_shared == n_shared else 0
        n_shared = ending.n_shared
        if not leaves or n_common < len(path):
            del path[n_common:]
            leaves.append(ending)
            for row in path:
                row.sequences.append(len(leaves) - 1)
        new = ending.tokens[n_shared + n_common : -1]
        path += [
            _Row(token, position, [len(leaves) - 1])
            for position, token in enumerate(new, n_shared + n_common)
        ]
        rows += path[n_common:]
        scoring, own = path[ending.n_context - 1 - n_shared :], ending.tokens[ending.n_context :]
        for row, following in zip(scoring, own, strict=True):
            row.scores.append((ending, following))
    return _Tree(rows, leaves)


def _n_common(path: Sequence[_Row], tokens: Sequence[int]) -> int:
    n = 0
    for row, token in zip(path, tokens, strict=False):
        if row.token != token:
            break
        n += 1
    return n


def _calls(session: Session, rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """The rows in order, in as few decode calls as the batch and the room for logits allow.

    All but the last are multiples of ``KERNEL_TOKENS``, and that one fits the batch when it is filled up.
    """
    max_scored = max(KERNEL_TOKENS, MAX_LOGITS_BYTES // (4 * session.info.n_vocab))
    while rows:
        n_scored = accumulate(bool(row.scores) for row in rows[: session.n_filled])
        n = sum(n <= max_scored for n in n_scored)
        if n < len(rows):
            n -= n % KERNEL_TOKENS
        yield rows[:n]
        rows = rows[n:]


def log_sum_exp(logits: NDArray[np.float32]) -> float:
    """log of the sum of exp(logits), summed in float64; NaN when the logits hold one."""
    highest = logits.max()
    return float(highest) + math.log(np.exp(logits - highest).sum(dtype=np.float64))


def _score_of(item: _Item, choice: Choice) -> ChoiceScore:
    logprobs = tuple(ending.logprob for ending in item.endings)
    n_context = item.endings[0].n_context
    return ChoiceScore(
        logprobs=logprobs if all(map(math.isfinite, logprobs)) else (),
        n_tokens=tuple(len(ending.tokens) - n_context for ending in item.endings),
        n_bytes=tuple(len(ending.encode("utf-8", "surrogatepass")) for ending in choice.endings),
        n_context_tokens=n_context,
        error=None if all(map(math.isfinite, logprobs)) else "the model's logits are not finite",
    )
