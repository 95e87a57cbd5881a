"""The file that tells a scripted engine what to say, how fast, and how to fail."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bench.errors import EngineError, nearest

FAILURES = ("abort", "bug", "exit", "hang", "kill", "memory", "raise", "slow")
STAGES = (
    "load", "reopen", "tokenize", "render_chat", "decode", "save_sequence", "restore_sequence", "quantize"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """``how`` the engine misbehaves ``at`` a stage, once ``after`` calls of it went well.

    ``abort`` aborts in native code; ``exit`` ends the process with code 3; ``kill`` is SIGKILL from outside;
    ``hang`` never returns; ``memory`` runs out of memory; ``raise`` is an EngineError, ``bug`` any other
    exception; ``slow`` takes a further 0.3 s of real time. ``containing`` limits a failure of
    ``tokenize`` or ``render_chat`` to texts that contain it, ``beyond_tokens`` one of ``decode`` to calls
    that would leave more than so many tokens in the cache, those of all sequences together. While a file
    called ``unless`` lies beside the script, all goes well.
    """

    at: str
    how: str
    after: int = 0
    containing: str = ""
    beyond_tokens: int = 0
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """One field per key of the JSON object; every key may be left out.

    A decode of one token for each of n sequences takes ``decode_ns_per_token`` * (1 + (n - 1) *
    ``batch_cost``), any other ``prefill_ns_per_token`` a token. To that comes ``depth_cost_ns`` for every
    token that one of its tokens looks back on; all of it takes ``drift`` longer with every call of decode
    since loading: 0.001 means a thousandth of what the first one took. With ``gpu_bytes`` there is a GPU.

    ``alternatives`` maps a part of a prompt to answers and their weights, as ``answers`` does to one: drawn
    at temperature 1 each comes as often as its weight says, and greedily the heaviest token by token, with
    the logarithm of their ratio as its margin: so a script says that an answer is doubtful.
    ``chat_template`` is Jinja; with ``{% if enable_thinking %}`` and ``<think>`` in it the model is one that
    thinks, and its answers may hold thinking: where the prompt has opened it, the model goes on behind the
    opening marker, where the prompt has closed it, behind the closing. ``control_pieces`` are read only in
    chat prompts, and stand for nothing in an output, as control tokens do.
    """

    answers: dict[str, str]
    failures: tuple[Failure, ...]
    pieces: tuple[str, ...] = ()
    control_pieces: tuple[str, ...] = ()
    alternatives: dict[str, dict[str, float]] = field(default_factory=dict)
    chat_template: str = ""
    default_answer: str = ""
    confidence: float = 8.0
    has_chat_template: bool = True
    opens_text: bool = True
    n_ctx_train: int = 8192
    n_params: int = 1_000_000
    load_ns: int = 50_000_000
    prefill_ns_per_token: int = 1_000_000
    decode_ns_per_token: int = 5_000_000
    batch_cost: float = 0.25
    depth_cost_ns: int = 0
    drift: float = 0.0
    gpu_bytes: int = 0
    jitter: float = 0.0


def read_script(path: str) -> Script:
    """Read and check a script; EngineError for what is none, with the nearest key for an unknown one."""
    try:
        raw = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise EngineError(f"no engine script can be read: {error}", where=path) from None
    if not isinstance(raw, dict):
        raise EngineError("an engine script is a JSON object", where=path)
    try:
        given = dict(raw)
        answers = given.pop("answers", {})
        failures = tuple(_failure(one) for one in given.pop("failures", []))
        pieces = tuple(given.pop("pieces", ()))
        control_pieces = tuple(given.pop("control_pieces", ()))
        alternatives = {key: dict(weights) for key, weights in given.pop("alternatives", {}).items()}
        _check(Script, given)
        if not all(
            isinstance(text, str) and text for text in (*answers, *alternatives, *pieces, *control_pieces)
        ):
            raise ValueError(
                "keys of answers and alternatives, and pieces, are texts of at least one character"
            )
        for weights in alternatives.values():
            if not weights or not all(
                type(weight) in (int, float) and weight > 0 for weight in weights.values()
            ):
                raise ValueError("alternatives are answers with positive weights")
        if not all(isinstance(text, str) for text in answers.values()):
            raise ValueError("answers are texts")
        return Script(
            answers=answers,
            failures=failures,
            pieces=pieces,
            control_pieces=control_pieces,
            alternatives=alternatives,
            **given,
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise EngineError(f"the engine script is malformed: {error}", where=path) from None


def _failure(raw: dict[str, Any]) -> Failure:
    _check(Failure, raw)
    failure = Failure(**raw)
    if failure.at not in STAGES:
        raise ValueError(f"no stage is called {failure.at!r}; {nearest(failure.at, STAGES)}")
    if failure.how not in FAILURES:
        raise ValueError(f"no failure is called {failure.how!r}; {nearest(failure.how, FAILURES)}")
    return failure


def _check(kind: type[Script | Failure], given: dict[str, object]) -> None:
    """Raise ValueError for a key that ``kind`` lacks, or a value of another type than the field's."""
    types = {field.name: field.type for field in fields(kind)}
    for key, value in given.items():
        if key not in types:
            raise ValueError(f"unknown key {key!r}; {nearest(key, types)}")
        expected = types[key]
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise ValueError(f"{key} is {value!r}, not of type {getattr(expected, '__name__', expected)}")
        if isinstance(value, int | float) and value < 0:
            raise ValueError(f"{key} is negative")
