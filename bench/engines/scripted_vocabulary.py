"""The words of a scripted model: its tokens, its chat template, and what it says to a prompt."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines.protocol import Message
from bench.engines.script import Script
from bench.engines.thinking import switch_of
from bench.errors import EngineError

if TYPE_CHECKING:
    from bench.engines.chat import ChatTemplate

OPENING, ENDING = 256, 257


class ScriptedVocabulary:
    """Tokens are UTF-8 bytes and the script's pieces, longest first. EngineError for a broken template."""

    def __init__(self, script: Script) -> None:
        self._script = script
        pieces, control = _longest_first(script.pieces), _longest_first(script.control_pieces)
        self._bytes_of = [bytes([value]) for value in range(256)] + [b"", b""] + pieces + control
        self._first_control = len(self._bytes_of) - len(control)
        self._token_of = {piece: at for at, piece in enumerate(self._bytes_of) if piece}
        self._plain = _pattern(pieces)
        self._special = _pattern(control + pieces)
        source = script.chat_template or None
        self._template = _compiled(source) if source else None
        self.thinking_support = switch_of(source)

    @property
    def n_tokens(self) -> int:
        return len(self._bytes_of)

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        opening = [OPENING] if add_special and self._script.opens_text else []
        return opening + self._tokens(text, self._special if parse_special else self._plain)

    def _tokens(self, text: str, pattern: re.Pattern[bytes]) -> list[int]:
        return [self._token_of[piece] for piece in pattern.findall(text.encode("utf-8", "surrogatepass"))]

    def detokenize(self, tokens: Sequence[int], *, special: bool = False) -> bytes:
        end = self.n_tokens if special else self._first_control
        return b"".join([self._bytes_of[token] for token in tokens if token < end])

    def render_chat(self, messages: Sequence[Message], thinking: bool | None) -> str:
        if not self._script.has_chat_template:
            raise EngineError("the model has no chat template", remedy="prompt it with plain text")
        variables = self.thinking_support.variables(thinking)
        if self._template:
            return self._template.render(messages, variables)
        turns = [f"<{message.role}>{message.content}</{message.role}>\n" for message in messages]
        return "".join(turns) + "<assistant>"

    def answers_to(self, tokens: Sequence[int]) -> list[tuple[list[int], float]]:
        """What the model may say to a prompt, with weights: by the match that ends last, then the longer."""
        prompt = self.detokenize(tokens, special=True).decode("utf-8", "replace")
        script = self._script
        keys = {key: {answer: 1.0} for key, answer in script.answers.items()} | script.alternatives
        matches = [(prompt.rfind(key) + len(key), len(key), key) for key in keys if key in prompt]
        answers = keys[max(matches)[2]] if matches else {script.default_answer: 1.0}
        return [
            (self._tokens(self._behind(prompt, answer).lstrip(" "), self._special), weight)
            for answer, weight in answers.items()
        ]

    def _behind(self, prompt: str, answer: str) -> str:
        """What is left to say of an answer whose thinking the prompt has opened, or closed."""
        markers = self.thinking_support.markers
        if markers and prompt.rstrip().endswith(markers.opening):
            return answer.removeprefix(markers.opening).lstrip()
        if markers and prompt.rstrip().endswith(markers.closing):
            return answer.rpartition(markers.closing)[2].lstrip()
        return answer


def _compiled(source: str) -> "ChatTemplate":
    # Late: Jinja is a quarter of what a worker's start costs, and few scripts have a template.
    from bench.engines.chat import ChatTemplate

    return ChatTemplate(source, bos_token="", eos_token="")


def _longest_first(pieces: Sequence[str]) -> list[bytes]:
    return sorted(
        {piece.encode("utf-8", "surrogatepass") for piece in pieces}, key=lambda piece: (-len(piece), piece)
    )


def _pattern(pieces: Sequence[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join([*map(re.escape, pieces), b"."]), re.DOTALL)
