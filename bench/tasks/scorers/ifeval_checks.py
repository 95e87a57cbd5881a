"""The 25 kinds of instructions of IFEval, each as a check of an answer's text.

From the descriptions in Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models"
(https://arxiv.org/abs/2311.07911, table 1), with what the authors' program takes as kept where the
descriptions leave it open. Words in capitals are told apart as its tokenizer of the Penn Treebank does: at
white space and at most marks, also at an apostrophe ("I'm" has the word "I", "DON'T" two), but not at ``-``,
``.``, ``/`` or ``=``.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bench.tasks.scorers.constraints import Kept
from bench.tasks.scorers.language import LANGUAGES, Detect
from bench.tasks.scorers.sentences import count_sentences

_WORD = re.compile(r"\w+")
_BETWEEN_WORDS = re.compile(r"""[\s;@#$%&*,:?!()\[\]{}<>"“”‘’«»`']+|--+|\.{2,}""")
_BULLET = re.compile(r"^[^\S\n]*(?:\*(?!\*)|-)", re.MULTILINE)
_HIGHLIGHT, _STRONG = re.compile(r"\*([^*\n]*)\*"), re.compile(r"\*\*([^*\n]*)\*\*")
_FENCE_NAMES = ("```json", "```Json", "```JSON", "```")
_MARKS = ".,?!'\""
_POSTSCRIPTS = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_MOST = 100_000


class Arguments:
    """What one instruction was given, read by name and type; raises ValueError that names both.

    Each is taken out as it is read, so that ``finish`` can name what nobody asked for.
    """

    def __init__(self, instruction: str, values: Mapping[str, Any]) -> None:
        self._instruction = instruction
        self._left = dict(values)

    def whole(self, name: str, least: int = 0) -> int:
        value = self._left.pop(name, None)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MOST:
            raise self._error(name, f"a whole number from {least} to {_MOST:,}")
        return value

    def text(self, name: str) -> str:
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not value.strip():
            raise self._error(name, "a string that is not empty")
        return value.strip()

    def texts(self, name: str) -> list[str]:
        value = self._left.pop(name, None)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
            raise self._error(name, "an array of strings, none of them empty")
        return value

    def fits(self, relation: str, count: str) -> Callable[[int], bool]:
        """Does a number stand in that relation to the count asked for?"""
        how = self._left.pop(relation, None)
        n = self.whole(count)
        if how == "less than":
            return lambda found: found < n
        if how == "at least":
            return lambda found: found >= n
        raise self._error(relation, "'less than' or 'at least'")

    def finish(self) -> None:
        if self._left:
            raise ValueError(f"{self._instruction!r} knows no {next(iter(self._left))!r}")

    def _error(self, name: str, form: str) -> ValueError:
        return ValueError(f"{self._instruction!r}: {name!r} must be {form}")


# -- words and letters ---------------------------------------------------------------------------


def _existence(given: Arguments) -> Kept:
    """Keywords count inside of longer words, too, as in the authors' program."""
    keywords = [word.lower() for word in given.texts("keywords")]
    return lambda text: all(word in text.lower() for word in keywords)


def _frequency(given: Arguments) -> Kept:
    keyword, fits = given.text("keyword").lower(), given.fits("relation", "frequency")
    return lambda text: fits(text.lower().count(keyword))


def _forbidden_words(given: Arguments) -> Kept:
    words = [rf"\b{re.escape(word)}\b" for word in given.texts("forbidden_words")]
    return lambda text: not any(re.search(word, text, re.IGNORECASE) for word in words)


def _letter_frequency(given: Arguments) -> Kept:
    letter, fits = given.text("letter").lower(), given.fits("let_relation", "let_frequency")
    if len(letter) != 1:
        raise ValueError(f"'keywords:letter_frequency': {letter!r} is no single letter")
    return lambda text: fits(text.lower().count(letter))


def _capital_words(given: Arguments) -> Kept:
    fits = given.fits("capital_relation", "capital_frequency")
    return lambda text: fits(sum(word.isupper() for word in _BETWEEN_WORDS.split(text)))


def _no_comma(_given: Arguments) -> Kept:
    return lambda text: "," not in text


# -- lengths -------------------------------------------------------------------------------------


def _number_words(given: Arguments) -> Kept:
    fits = given.fits("relation", "num_words")
    return lambda text: fits(len(_WORD.findall(text)))


def _number_sentences(given: Arguments) -> Kept:
    fits = given.fits("relation", "num_sentences")
    return lambda text: fits(count_sentences(text))


def _number_paragraphs(given: Arguments) -> Kept:
    n = given.whole("num_paragraphs", 1)
    return lambda text: n == len(_divided(text, "***") or ())


def _nth_paragraph_first_word(given: Arguments) -> Kept:
    n, nth = given.whole("num_paragraphs", 1), given.whole("nth_paragraph", 1)
    first_word = given.text("first_word").lower()

    def is_kept(text: str) -> bool:
        paragraphs = text.split("\n\n")
        n_written = sum(bool(paragraph.strip()) for paragraph in paragraphs)
        if n_written != n or nth > n or not paragraphs[nth - 1].strip():
            return False
        word = paragraphs[nth - 1].split()[0].lstrip("'").lstrip('"').lower()
        return re.split(f"[{_MARKS}]", word)[0] == first_word

    return is_kept


# -- contents and format -------------------------------------------------------------------------


def _placeholders(given: Arguments) -> Kept:
    n = given.whole("num_placeholders")
    return lambda text: sum(_count_bracketed(line) for line in text.split("\n")) >= n


def _count_bracketed(line: str) -> int:
    """By hand, since a pattern would look from every opening bracket to the end."""
    count, start = 0, line.find("[")
    while start >= 0 and (end := line.find("]", start)) >= 0:
        count, start = count + 1, line.find("[", end)
    return count


def _postscript(given: Arguments) -> Kept:
    marker = given.text("postscript_marker")
    pattern = re.compile(_POSTSCRIPTS.get(marker) or re.escape(marker.lower()))
    return lambda text: pattern.search(text.lower()) is not None


def _bullets(given: Arguments) -> Kept:
    n = given.whole("num_bullets")
    return lambda text: len(_BULLET.findall(text)) == n


def _constrained_response(_given: Arguments) -> Kept:
    return lambda text: any(option in text for option in _OPTIONS)


def _highlights(given: Arguments) -> Kept:
    n = given.whole("num_highlights")
    return lambda text: (
        sum(bool(inside.strip()) for kind in (_HIGHLIGHT, _STRONG) for inside in kind.findall(text)) >= n
    )


def _sections(given: Arguments) -> Kept:
    mark, n = given.text("section_spliter"), given.whole("num_sections")  # spelt like this in the data set
    pattern = re.compile(rf"{re.escape(mark)}\s?\d+")
    return lambda text: len(pattern.findall(text)) >= n


def _json_format(_given: Arguments) -> Kept:
    def is_kept(text: str) -> bool:
        bare = text.strip()
        for name in _FENCE_NAMES:
            bare = bare.removeprefix(name)
        try:
            json.loads(bare.removesuffix("```").strip())
        except (ValueError, RecursionError):
            return False
        return True

    return is_kept


def _title(_given: Arguments) -> Kept:
    def has_title(line: str) -> bool:
        start, end = line.find("<<"), line.rfind(">>")
        return start >= 0 and end > start + 2 and bool(line[start:end].lstrip("<").rstrip(">").strip())

    return lambda text: any(map(has_title, text.split("\n")))


# -- the answer as a whole -----------------------------------------------------------------------


def _two_responses(_given: Arguments) -> Kept:
    def is_kept(text: str) -> bool:
        answers = _divided(text, "******")
        return answers is not None and len(answers) == 2 and answers[0] != answers[1]

    return is_kept


def _repeat_prompt(given: Arguments) -> Kept:
    prompt = given.text("prompt_to_repeat").lower()
    return lambda text: text.strip().lower().startswith(prompt)


def _end(given: Arguments) -> Kept:
    phrase = given.text("end_phrase").lower()
    return lambda text: text.strip().strip('"').lower().endswith(phrase)


def _quotation(_given: Arguments) -> Kept:
    return lambda text: len(bare := text.strip()) > 1 and bare[0] == bare[-1] == '"'


def _divided(text: str, divider: str) -> list[str] | None:
    """The parts between dividers, bare; None where one between two dividers is empty."""
    parts = [part.strip() for part in text.split(divider)]
    if not all(parts[1:-1]):
        return None
    return [part for part in parts if part]


CHECKS: dict[str, Callable[[Arguments], Kept]] = {
    "keywords:existence": _existence,
    "keywords:frequency": _frequency,
    "keywords:forbidden_words": _forbidden_words,
    "keywords:letter_frequency": _letter_frequency,
    "length_constraints:number_sentences": _number_sentences,
    "length_constraints:number_paragraphs": _number_paragraphs,
    "length_constraints:number_words": _number_words,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph_first_word,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": _constrained_response,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json_format,
    "detectable_format:title": _title,
    "combination:two_responses": _two_responses,
    "combination:repeat_prompt": _repeat_prompt,
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
    "change_case:capital_word_frequency": _capital_words,
    "punctuation:no_comma": _no_comma,
}


# -- those that need to know the language --------------------------------------------------------


def _is_in(text: str, language: str, detect: Detect) -> bool:
    """A text without any language passes, as in the authors' program."""
    return detect(text) in (language, None)


def _response_language(given: Arguments, detect: Detect) -> Kept:
    language = given.text("language")
    if language not in LANGUAGES:
        raise ValueError(f"'language:response_language': {language!r} is no language that can be told")
    return lambda text: _is_in(text, language, detect)


def _english_capital(_given: Arguments, detect: Detect) -> Kept:
    return lambda text: text.isupper() and _is_in(text, "en", detect)


def _english_lowercase(_given: Arguments, detect: Detect) -> Kept:
    return lambda text: text.islower() and _is_in(text, "en", detect)


LANGUAGE_CHECKS: dict[str, Callable[[Arguments, Detect], Kept]] = {
    "language:response_language": _response_language,
    "change_case:english_capital": _english_capital,
    "change_case:english_lowercase": _english_lowercase,
}
