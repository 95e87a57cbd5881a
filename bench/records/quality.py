"""What the model answered: attempts at items, tasks, and the loss of a text."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bench.records.base import (
    Bytes,
    Count,
    Frozen,
    Interval,
    MeasuredTokens,
    Output,
    Seconds,
    Share,
    StatedUsd,
    Whole,
)
from bench.records.setup import Settings


class ItemResult(Frozen):
    """One attempt at an item, by id and hash of its prompt; never the prompt or gold text."""

    item_id: str
    sample: Count = Field(default=0, description="which of the attempts at the item")
    cluster: str | None = Field(
        default=None, description="what the item shares with others, such as its source text; None: nothing"
    )
    prompt_sha256: str
    outcome: Literal["right", "wrong", "unscored"]
    reason: str | None = Field(default=None, description="why unscored, or how it was wrong")
    is_judged: bool = Field(
        default=True,
        description="False: no answer came, or what judges it failed or was not there; nothing of the model",
    )
    is_truncated: bool = False
    is_near_tie: bool = False
    n_prompt_tokens: MeasuredTokens | None = None
    n_output_tokens: MeasuredTokens | None = Field(default=None, description="with those of the thinking")
    n_thinking_tokens: MeasuredTokens | None = Field(
        default=None, description="of the output tokens; None: the model was not seen to think"
    )
    output: Output | None = Field(default=None, description="without the thinking")
    answer: Output | None = Field(
        default=None, description="what the scorer read out of the output, spelt one way; None: it reads none"
    )
    mean_margin_nats: float | None = Field(
        default=None,
        description="log p of the likeliest token less that of the next, mean over the answer's tokens "
        "without the thinking's; None: not known, or drawn at a temperature",
    )
    least_margin_nats: float | None = Field(default=None, description="the least of the same")
    logprobs: tuple[float, ...] | None = None
    hosted_input_tokens: dict[str, MeasuredTokens] = Field(
        default_factory=dict, description="tokens of the request an API would receive, by tokenizer"
    )
    hosted_output_tokens: dict[str, MeasuredTokens] = Field(
        default_factory=dict, description="tokens of the reference answer, by tokenizer; empty: not stated"
    )

    @model_validator(mode="after")
    def _is_right_or_wrong_by_judgement(self) -> Self:
        if self.outcome != "unscored" and not self.is_judged:
            raise ValueError(f"the attempt at {self.item_id!r} is {self.outcome}, and nothing judged it")
        return self

    @property
    def group(self) -> tuple[str, str]:
        """What attempts share that hang together: the cluster of their items, else the item."""
        return ("item", self.item_id) if self.cluster is None else ("cluster", self.cluster)


class Sampling(Frozen):
    """How tokens were drawn. ``n_samples`` attempts at each item, each with a seed of its own."""

    temperature: Annotated[float, Field(gt=0)]
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Count = Field(default=0, description="0: all tokens")
    n_samples: Annotated[int, Field(ge=1)] = 1


class Thinking(Frozen):
    """What a thinking model was told. ``max_tokens``: its budget, beside the answer's; None: the context."""

    is_on: bool
    max_tokens: Count | None = None


class TaskResult(Frozen):
    """Tokens, outputs and correctness only: quality runs are batched, so their seconds mean nothing."""

    task: str
    kind: Literal["choice", "generate"]
    title: str
    content_sha256: str
    prompting: Literal["chat", "completion"]
    n_shots: Count
    scorer: str
    chance: Share | None
    max_tokens: Count | None
    expected_output_tokens: float | None = Field(
        description="declared by the task when its items have no reference answer; None: not stated"
    )
    service_ttft_s: Seconds | None = None
    service_latency_s: Seconds | None = None
    seed: Whole
    n_available: Count
    n_planned: Count
    planned_by: str
    group_size: Count
    sampling: Sampling | None = Field(default=None, description="None: greedy, the likeliest token always")
    thinking: Thinking | None = Field(default=None, description="None: as the model's template has it")
    loss_per_error_usd: StatedUsd | None = None
    held: Settings | None = Field(
        default=None, description="how the model was held for the answers; None: as for all of its tasks"
    )
    shot_ids: tuple[str, ...] = Field(
        default=(), description="the items that are worked examples before each of the others"
    )
    items: tuple[ItemResult, ...]

    @model_validator(mode="after")
    def _has_each_attempt_once(self) -> Self:
        """One that counted twice would make every interval narrower than what was measured."""
        counted = Counter((one.item_id, one.sample) for one in self.items)
        for (item, sample), n in counted.items():
            if n > 1:
                raise ValueError(f"the task {self.task} has attempt {sample} at item {item!r} {n} times")
        return self

    @property
    def n_samples(self) -> int:
        """Attempts at each item."""
        return 1 if self.sampling is None else self.sampling.n_samples

    @property
    def refusal(self) -> str | None:
        """The commonest reason why no item at all could be asked; None where one could."""
        if not self.items or any(one.n_prompt_tokens is not None for one in self.items):
            return None
        return Counter(one.reason or "unknown" for one in self.items).most_common(1)[0][0]

    @property
    def n_planned_attempts(self) -> int:
        return self.n_planned * self.n_samples


class Divergence(Frozen):
    """How far the model's next-token distributions are from a reference model's, on the same tokens.

    KL(reference || model) in nats a token; the reference's probabilities were kept in 16 bits each. Intervals
    take chunks as what is drawn; that of the share takes tokens so (Wilson).
    """

    reference: str
    reference_sha256: str
    reference_quantization: str | None
    reference_bytes: Bytes = Field(description="of the file of the reference's log-probabilities")
    reference_nll: tuple[float, ...] = Field(description="as TextLoss.nll, of the reference itself")
    kl: tuple[float, ...] = Field(description="nats, summed by chunk")
    n_same_top: Count = Field(description="tokens on which both call the same token the likeliest")
    mean_kl: Interval
    kl_99: Interval = Field(description="the 99 % quantile over tokens")
    kl_max: float
    same_top_share: Interval
    perplexity_ratio: Interval = Field(
        description="the model's perplexity / the reference's, paired by chunk"
    )


class TextLoss(Frozen):
    """Perplexity of a text, which is not kept: of each chunk the tokens after its middle are scored."""

    text_sha256: str
    text_bytes: Bytes
    n_text_tokens: MeasuredTokens
    n_ctx: Count = Field(description="tokens of a chunk")
    n_scored_per_chunk: Count
    nll: tuple[float, ...] = Field(description="negative log-likelihood in nats, summed by chunk")
    perplexity: Interval
    divergence: Divergence | None = None

    @property
    def n_scored(self) -> int:
        return self.n_scored_per_chunk * len(self.nll)
