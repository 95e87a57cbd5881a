"""Perplexity of a text, and KL divergence from a reference model on it, as llama-perplexity defines them.

The text's tokens are cut into chunks of ``n_ctx``; each is evaluated on an empty cache, its first token
replaced by the one that opens a text, where the model wants one. Of each chunk the tokens after its middle
are scored, so that every one has at least half a chunk of context. A row of logits is reduced as soon as
it is there, and no more rows are asked for at once than ``MAX_LOGITS_BYTES`` hold, or a tile of them.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.engines.choices import MAX_LOGITS_BYTES, log_sum_exp
from bench.engines.log_probabilities import difference, pack, row_length
from bench.engines.reference_file import FEWEST_CHUNKS, Layout, n_scored_of, read_row, reading, writing
from bench.engines.results import OnProgress, TextCompared, TextScored
from bench.engines.session import Session
from bench.errors import EngineError

SHORTEST_CHUNK = 16
# The CPU's flash attention sums batches below this in half precision, which moves a mean KLD by 0.6 %.
TILE = 64


def logits_at_once(*, n_vocab: int, n_ctx: int, n_batch: int) -> int:
    """Rows of logits that one call asks for at most, of chunks of ``n_ctx``."""
    return min(n_scored_of(n_ctx), n_batch, _rows_that_fit(n_vocab))


def score_text(
    session: Session,
    text: str,
    *,
    n_ctx: int,
    n_chunks: int | None = None,
    on_progress: OnProgress | None = None,
) -> TextScored:
    """Negative log-likelihood of the scored tokens, in nats, summed by chunk.

    All chunks that the text fills, or the first ``n_chunks`` of them. Raises EngineError for a text that is
    too short, an ``n_ctx`` that does not fit the context, and logits that are not finite.
    """
    chunks, n_tokens = _chunks(session, text, n_ctx, n_chunks)
    nll = []
    for at, chunk in enumerate(chunks):
        losses = [
            log_sum_exp(logits) - float(logits[following])
            for following, logits in _scored_rows(session, chunk)
        ]
        nll.append(_finite_sum(losses))
        _tell(on_progress, at, len(chunks))
    return TextScored(n_tokens, n_scored_of(n_ctx), tuple(nll))


def save_reference(
    session: Session,
    text: str,
    path: str,
    *,
    n_ctx: int,
    n_chunks: int | None = None,
    on_progress: OnProgress | None = None,
) -> TextScored:
    """As ``score_text``, and keep every scored token's log-probabilities in a file at ``path``.

    It takes ``reference_file.reference_bytes``.
    """
    chunks, n_tokens = _chunks(session, text, n_ctx, n_chunks)
    row = np.zeros(row_length(session.info.n_vocab), np.uint16)
    nll = []
    with writing(Path(path), Layout(n_ctx, session.info.n_vocab, chunks)) as file:
        for at, chunk in enumerate(chunks):
            losses = []
            for following, logits in _scored_rows(session, chunk):
                losses.append(pack(logits, row) - float(logits[following]))
                file.write(row.data)
            nll.append(_finite_sum(losses))
            _tell(on_progress, at, len(chunks))
    return TextScored(n_tokens, n_scored_of(n_ctx), tuple(nll))


def compare_text(
    session: Session, text: str, path: str, *, on_progress: OnProgress | None = None
) -> TextCompared:
    """As ``score_text`` over the chunks of a reference file, and how far each distribution is from it.

    Raises EngineError, too, for a model with another vocabulary than the reference's, or that splits the
    text into other tokens.
    """
    n_vocab = session.info.n_vocab
    row = np.zeros(row_length(n_vocab), np.uint16)
    nll, kl, n_same_top = [], [], []
    with reading(Path(path)) as (layout, file):
        if layout.n_vocab != n_vocab:
            raise EngineError(
                f"a vocabulary of {n_vocab} tokens cannot be compared with the reference's {layout.n_vocab}",
                remedy="compare quantizations of one model",
            )
        chunks, n_tokens = _chunks(session, text, layout.n_ctx, len(layout.tokens))
        if not np.array_equal(chunks, layout.tokens):
            raise EngineError(
                "the model splits the text into other tokens than the reference",
                remedy="compare quantizations of one model, on the reference's own text",
            )
        for at, chunk in enumerate(chunks):
            losses, divergences, same = [], [], 0
            for following, logits in _scored_rows(session, chunk):
                total = log_sum_exp(logits)
                losses.append(total - float(logits[following]))
                read_row(file, row)
                found = difference(row, logits, total)
                divergences.append(found.kl)
                same += found.has_same_top
            nll.append(_finite_sum(losses))
            _finite_sum(divergences)
            kl.append(tuple(divergences))
            n_same_top.append(same)
            _tell(on_progress, at, len(chunks))
    scored = TextScored(n_tokens, n_scored_of(layout.n_ctx), tuple(nll))
    return TextCompared(scored, tuple(kl), tuple(n_same_top))


def _chunks(session: Session, text: str, n_ctx: int, n_chunks: int | None) -> tuple[NDArray[np.int32], int]:
    """Tokens of the chunks, shape (n_chunks, n_ctx), and how many the whole text has."""
    if not SHORTEST_CHUNK <= n_ctx <= session.n_ctx_sequence:
        raise EngineError(
            f"chunks of {n_ctx} tokens are not of {SHORTEST_CHUNK} to the context of {session.n_ctx_sequence}"
        )
    tokens = np.array(session.engine.tokenize(text, add_special=True, parse_special=False), np.int32)
    n_filled = len(tokens) // n_ctx
    if n_filled < max(FEWEST_CHUNKS, n_chunks or 0):
        raise EngineError(
            f"the text's {len(tokens)} tokens fill {n_filled} chunks of {n_ctx}, "
            f"and {max(FEWEST_CHUNKS, n_chunks or 0)} are needed",
            remedy="give a longer text, or a smaller --ctx or --chunks",
        )
    n = n_chunks or n_filled
    return tokens[: n * n_ctx].reshape(n, n_ctx), len(tokens)


def _scored_rows(session: Session, chunk: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Evaluate one chunk; the logits at each scored position, with the token that follows it there.

    The last token's logits are not needed; it is evaluated so that no batch is smaller than a tile.
    """
    engine = session.engine
    tokens = chunk.tolist()
    tokens[:1] = engine.tokenize("", add_special=True, parse_special=False)[:1] or tokens[:1]
    first = len(chunk) // 2
    n_rows = _rows_that_fit(session.info.n_vocab)
    engine.clear()
    start = 0
    while start < len(tokens):
        end = min(len(tokens), start + session.n_batch, max(start, first) + n_rows)
        wants = [first <= at < len(tokens) - 1 for at in range(start, end)]
        engine.decode(tokens[start:end], range(start, end), [0] * (end - start), wants)
        for at in range(max(start, first), min(end, len(tokens) - 1)):
            yield int(chunk[at + 1]), engine.logits(at - start)
        start = end


def _rows_that_fit(n_vocab: int) -> int:
    return max(1, MAX_LOGITS_BYTES // (4 * n_vocab * TILE)) * TILE


def _finite_sum(values: list[float]) -> float:
    total = math.fsum(values) if all(map(math.isfinite, values)) else math.nan
    if not math.isfinite(total):
        raise EngineError("the model's logits are not finite")
    return total


def _tell(on_progress: OnProgress | None, at: int, n: int) -> None:
    if on_progress is not None:
        on_progress(at + 1, n)
