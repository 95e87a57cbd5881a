"""From what the worker found of a text to what a record keeps: sums by chunk, figures, intervals."""

from dataclasses import dataclass
from hashlib import sha256
from math import exp
from pathlib import Path

from bench.errors import InputError
from bench.records.types import Divergence, Interval, TextLoss
from bench.stats import LEVEL, Estimate, clustered_mean, clustered_percentile, wilson
from bench.units import MIB
from bench.worker.protocol import TextCompared, TextScored

MAX_TEXT_BYTES = 4 * MIB  # a million tokens: days on a CPU
STUDENT, BOOTSTRAP, WILSON = "student over chunks", "bootstrap over chunks", "wilson over tokens"


@dataclass(frozen=True, slots=True)
class Text:
    content: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Reference:
    """The model whose distributions are compared with, and what it made of the same chunks."""

    name: str
    sha256: str
    quantization: str | None
    file_bytes: int
    scored: TextScored


def read_text(path: Path) -> Text:
    """A text to score; InputError for one that cannot be read, is empty, too large or not UTF-8."""
    where = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_TEXT_BYTES:
            raise InputError(
                f"the text has {size / MIB:.0f} MiB, and at most {MAX_TEXT_BYTES // MIB} MiB are scored",
                where=where,
                remedy="give a part of it: its perplexity settles long before that",
            )
        raw = path.read_bytes()
        content = raw.decode("utf-8")
    except OSError as problem:
        raise InputError(f"the text cannot be read: {problem.strerror or problem}", where=where) from None
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise InputError(
            f"the text is not UTF-8: byte {problem.start} is {raw[problem.start]:#04x}",
            where=f"{where}, line {line}",
            remedy="convert it: iconv -f ENCODING -t UTF-8",
        ) from None
    if not content.strip():
        raise InputError("the text is empty", where=where)
    return Text(content, sha256(raw).hexdigest(), len(raw))


def text_loss(text: Text, scored: TextScored, *, n_ctx: int) -> TextLoss:
    """Perplexity with its interval, from sums by chunk."""
    mean = clustered_mean(_a_token(scored))
    return TextLoss(
        text_sha256=text.sha256,
        text_bytes=text.n_bytes,
        n_text_tokens=scored.n_text_tokens,
        n_ctx=n_ctx,
        n_scored_per_chunk=scored.n_scored,
        nll=scored.nll,
        perplexity=_interval(_exp(mean), STUDENT),
    )


def text_divergence(compared: TextCompared, reference: Reference) -> Divergence:
    """How far the distributions are from the reference's: llama-perplexity's figures, with intervals."""
    import numpy as np

    scored, per_chunk = compared.scored, compared.scored.n_scored
    kl = [sum(chunk) for chunk in compared.kl]
    mean = clustered_mean([one / per_chunk for one in kl])
    high = clustered_percentile(compared.kl, 99, np.random.default_rng(0))
    n_same, n = sum(compared.n_same_top), per_chunk * len(kl)
    pairs = zip(_a_token(scored), _a_token(reference.scored), strict=True)
    ratio = _exp(clustered_mean([ours - theirs for ours, theirs in pairs]))
    return Divergence(
        reference=reference.name,
        reference_sha256=reference.sha256,
        reference_quantization=reference.quantization,
        reference_bytes=reference.file_bytes,
        reference_nll=reference.scored.nll,
        kl=tuple(kl),
        n_same_top=n_same,
        mean_kl=_interval(_not_below_zero(mean), STUDENT),
        kl_99=_interval(_not_below_zero(high), BOOTSTRAP),
        kl_max=max(max(chunk) for chunk in compared.kl),
        same_top_share=_interval(Estimate(n_same / n, *wilson(n_same, n)), WILSON),
        perplexity_ratio=_interval(ratio, STUDENT),
    )


def _a_token(scored: TextScored) -> list[float]:
    return [nll / scored.n_scored for nll in scored.nll]


def _exp(found: Estimate) -> Estimate:
    return Estimate(exp(found.value), exp(found.low), exp(found.high))


def _not_below_zero(found: Estimate) -> Estimate:
    """No divergence is; the value itself may be, by rounding, and stays."""
    return found._replace(low=max(found.low, min(found.value, 0.0)))


def _interval(found: Estimate, method: str) -> Interval:
    return Interval(value=found.value, low=found.low, high=found.high, level=LEVEL, method=method)
