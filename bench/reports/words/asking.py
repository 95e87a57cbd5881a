"""How a task's answers were asked for, in words: thinking and sampling."""

from bench.records.types import Sampling, TaskResult, Thinking
from bench.reports.words import figures as f


def how_asked(task: TaskResult) -> str:
    """``thinking up to 500, temperature 0.8``; the number of samples is no part of it."""
    told = [] if task.thinking is None else [thinking_told(task.thinking)]
    return ", ".join([*told, sampling_told(task.sampling)])


def thinking_told(thinking: Thinking | None) -> str:
    if thinking is None:
        return "as its template has it"
    budget = "" if thinking.max_tokens is None else f" up to {f.whole(thinking.max_tokens)}"
    return f"thinking{budget}" if thinking.is_on else "no thinking"


def sampling_told(sampling: Sampling | None) -> str:
    if sampling is None:
        return "greedy"
    told = [f"temperature {sampling.temperature:g}"]
    if sampling.top_p < 1:
        told.append(f"top-p {sampling.top_p:g}")
    if sampling.top_k:
        told.append(f"top-k {sampling.top_k}")
    return ", ".join(told)
