"""Each of IFEval's instructions on both sides of its border, and an answer as a whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.ifeval import LOOSELY, judge
from bench.tasks.scorers.ifeval_checks import CHECKS, LANGUAGE_CHECKS
from bench.tasks.scorers.language import MISSING, language_detector
from bench.tasks.types import Verdict, not_judged

AT_LEAST, LESS = "at least", "less than"


def detect(text: str) -> str | None:
    """A made-up detector: German has umlauts."""
    if not any(character.isalpha() for character in text):
        return None
    return "de" if any(umlaut in text.lower() for umlaut in "äöü") else "en"


# name, arguments, what follows it, what does not
EXAMPLES: list[tuple[str, dict[str, object], list[str], list[str]]] = [
    (
        "keywords:existence",
        {"keywords": ["tide", "salt"]},
        ["Tides bring SALT.", "asphaltide, salty"],
        ["Tides bring sand.", "tid e salt"],
    ),
    (
        "keywords:frequency",
        {"keyword": "sea", "relation": AT_LEAST, "frequency": 2},
        ["Sea and seaside.", "sea sea sea"],
        ["The sea."],
    ),
    (
        "keywords:frequency",
        {"keyword": "sea", "relation": LESS, "frequency": 2},
        ["The sea.", "None."],
        ["sea sea"],
    ),
    (
        "keywords:forbidden_words",
        {"forbidden_words": ["sea", "c++"]},
        ["A seal swims.", "seaside"],
        ["The SEA.", "a sea, a lake"],
    ),
    (
        "keywords:letter_frequency",
        {"letter": "Z", "let_relation": AT_LEAST, "let_frequency": 2},
        ["Zigzag", "zz"],
        ["zoo", "none"],
    ),
    (
        "keywords:letter_frequency",
        {"letter": "!", "let_relation": LESS, "let_frequency": 1},
        ["Calm."],
        ["Loud!"],
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": AT_LEAST},
        ["One. Two.", "Is it? No", 'He said "Go!" Then he went.', "Two, e.g. these."],
        ["One and two.", "Dr. Roe met J. Doe in the U.S. in Jan. or so."],
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": LESS},
        ["Version 1.5 is out."],
        ["No. Never.", "See No. 5."],
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["a\n***\nb", "***\na\n***\nb\n***", "a *** b"],
        ["a\n\nb", "a\n***\nb\n***\nc", "a\n***\n***\nb"],
    ),
    (
        "length_constraints:number_words",
        {"num_words": 3, "relation": AT_LEAST},
        ["one two three", "don't go"],
        ["one two"],
    ),
    ("length_constraints:number_words", {"num_words": 3, "relation": LESS}, ["one two"], ["one two three"]),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Sea"},
        ["a\n\nsea. b", "a\n\n'Sea' b", "a\n\nsea, b\n\n"],
        ["a\n\nthe sea", "sea\n\na", "a\nsea", "a\n\nsea\n\nb", "a\n\nseas"],
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        ["[name] and [address]", "[a][b][c]"],
        ["[name] and [addr\ness]", "[name", "name]"],
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        ["Bye.\nP.S. Write.", "so p. s. late"],
        ["Bye. PS Write.", "P.S later"],
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.P.S"},
        ["P.P.S. More", "p. p. s"],
        ["P.S. More"],
    ),
    ("detectable_content:postscript", {"postscript_marker": "Note:"}, ["note: x"], ["note x"]),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* a\n* b", "- a\n  - b", "Here:\n\n*a\n-b", "**Bold**\n* a\n* b"],
        ["* a", "* a\n* b\n- c", "a - b\n* c"],
    ),
    (
        "detectable_format:constrained_response",
        {},
        ["My answer is no.", "Well. My answer is maybe. So."],
        ["My answer is no", "my answer is yes.", "Yes."],
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*a* and *b*", "**a** and *b*"],
        ["*a* and b", "**a**", "* a\n* b", "** ** *a*"],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        ["SECTION 1\na\nSECTION 2\nb", "SECTION1 SECTION2 SECTION3"],
        ["SECTION 1", "Section 1 Section 2", "SECTION A SECTION B"],
    ),
    (
        "detectable_format:json_format",
        {},
        ['{"a": 1}', '```json\n{"a": [1]}\n```', "```\n[]\n```", "  3 "],
        ['Here: {"a": 1}', "{'a': 1}", '{"a": 1', "[" * 100_000],
    ),
    (
        "detectable_format:title",
        {},
        ["<<The sea>>\nIt is wide.", "a <<b>> c", "<<<x>>>"],
        ["<The sea>", "<<>>", "<< >>", "<<The\nsea>>", ">>a<<"],
    ),
    (
        "combination:two_responses",
        {},
        ["One.\n******\nTwo.", "******One******Two******"],
        ["One.", "One\n******\nOne", "a******b******c", "a************b", "a***b"],
    ),
    (
        "combination:repeat_prompt",
        {"prompt_to_repeat": "Describe the sea. "},
        ["describe the sea. It is wide.", "\nDescribe the sea."],
        ["Sure. Describe the sea.", "Describe the lake."],
    ),
    (
        "startend:end_checker",
        {"end_phrase": "Is that all?"},
        ["So. Is that all?", '"It is. IS THAT ALL?"\n'],
        ["Is that all? Yes.", "Is that all"],
    ),
    ("startend:quotation", {}, ['"a"', ' "a "b"\n"\n'], ['"', '"a', "'a'", "a"]),
    (
        "change_case:capital_word_frequency",
        {"capital_relation": AT_LEAST, "capital_frequency": 3},
        ["I SAW IT", "WELL-KNOWN U.S. COVID-19", "DON'T ASK"],
        ["I SAW it", "WELL-KNOWN A/B"],
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_relation": LESS, "capital_frequency": 1},
        ["We saw it 3 times", "Isn't it x=Y"],
        ["I saw it", "Now I'm here", "So I’ve been"],
    ),
    ("punctuation:no_comma", {}, ["a; b"], ["a, b"]),
    ("language:response_language", {"language": "de"}, ["Schöne Grüße", "123"], ["The sea"]),
    ("change_case:english_capital", {}, ["THE SEA 2"], ["THE Sea", "SCHÖN", "12"]),
    ("change_case:english_lowercase", {}, ["the sea 2"], ["the Sea", "schön", "12"]),
]


@pytest.mark.parametrize(("name", "arguments", "kept", "broken"), EXAMPLES)
def test_instruction_is_followed_or_named(
    name: str, arguments: dict[str, object], kept: list[str], broken: list[str]
) -> None:
    for text in kept:
        assert judge(text, {name: arguments}, detect, truncated=False) == Verdict("right"), text
    for text in broken:
        verdict = judge(text, {name: arguments}, detect, truncated=False)
        assert verdict.outcome == "wrong", text
        assert str(verdict.reason).removesuffix(LOOSELY) == f"not followed: {name}"


def test_all_25_kinds_have_examples() -> None:
    known = {*CHECKS, *LANGUAGE_CHECKS}
    assert len(known) == 25
    assert {name for name, *_ in EXAMPLES} == known


def test_every_broken_instruction_is_named() -> None:
    expected = {"punctuation:no_comma": {}, "startend:quotation": {}, "detectable_format:title": {}}
    verdict = judge("<<a>>, b", expected, detect, truncated=False)
    assert verdict.reason == "not followed: punctuation:no_comma, startend:quotation"


@pytest.mark.parametrize(
    ("text", "is_loose"),
    [
        ("Sure, here it is:\nThe sea. The end.", True),
        ("The sea. The end.\nAnything else, friend?", True),
        ("Sure, so:\nThe sea. The end.\nBye, friend", True),
        ("Yes.\nThe sea, wide. The end.", True),  # the first line alone has no comma
        ("Sure, so:\nThe sea, wide.\nThe end.", False),
        ("The sea. *The end.*", True),
        ("Sure, so:\nThe sea. **The end.**", True),
    ],
)
def test_the_loose_reading_is_told_and_does_not_count(text: str, is_loose: bool) -> None:
    expected = {"punctuation:no_comma": {}, "startend:end_checker": {"end_phrase": "The end."}}
    verdict = judge(text, expected, detect, truncated=False)
    assert verdict.outcome == "wrong"
    assert str(verdict.reason).endswith(LOOSELY) is is_loose


def test_each_instruction_may_be_followed_by_another_loose_text() -> None:
    expected = {"punctuation:no_comma": {}, "detectable_format:number_bullet_lists": {"num_bullets": 2}}
    verdict = judge("- a, b\n- c", expected, detect, truncated=False)
    assert verdict.reason == f"not followed: punctuation:no_comma{LOOSELY}"


def test_no_output_and_a_cut_output() -> None:
    no_comma: dict[str, object] = {"punctuation:no_comma": {}}
    assert judge(" \n", no_comma, detect, truncated=False) == Verdict("wrong", "no output")
    assert judge("a b", no_comma, detect, truncated=True) == Verdict("right")
    assert judge("a, b", no_comma, detect, truncated=True) == Verdict("wrong", "truncated")


def test_without_a_detector_the_item_is_unscored_whatever_the_answer() -> None:
    expected = {"punctuation:no_comma": {}, "change_case:english_lowercase": {}}
    for text in ("the sea", "The, Sea", ""):
        assert judge(text, expected, None, truncated=False) == not_judged(MISSING)
    assert judge("the sea", {"punctuation:no_comma": {}}, None, truncated=False) == Verdict("right")


@pytest.mark.model
def test_the_real_detector_tells_languages() -> None:
    pytest.importorskip("py3langid")
    real = language_detector()
    assert real is not None
    assert real("The sea is wide and deep.") == "en"
    assert real("THE SEA IS WIDE AND DEEP.") == "en"
    assert real("Das Meer ist weit und tief.") == "de"
    assert real("समुद्र बहुत गहरा है।") == "hi"
    assert real("1, 2, 3!") is None


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (None, "must be a JSON object"),
        ({}, "not empty"),
        ({"no_comma": {}}, "unknown instruction 'no_comma'"),
        ({"punctuation:no_comma": None}, "must be an object"),
        ({"punctuation:no_comma": {"n": 1}}, "knows no 'n'"),
        ({"detectable_format:number_bullet_lists": {}}, "'num_bullets' must be a whole number"),
        ({"detectable_format:number_bullet_lists": {"num_bullets": True}}, "whole number"),
        ({"length_constraints:number_words": {"num_words": 3}}, "'less than' or 'at least'"),
        ({"length_constraints:number_words": {"num_words": 3, "relation": "at most"}}, "'less than'"),
        ({"length_constraints:number_words": {"relation": AT_LEAST}}, "'num_words' must be"),
        ({"keywords:existence": {"keywords": "sea"}}, "array of strings"),
        ({"keywords:existence": {"keywords": []}}, "array of strings"),
        ({"keywords:letter_frequency": {"letter": "ab", "let_relation": LESS, "let_frequency": 1}}, "single"),
        ({"startend:end_checker": {"end_phrase": " "}}, "string that is not empty"),
        ({"language:response_language": {"language": "xx"}}, "no language"),
    ],
)
def test_unusable_instructions_are_errors_whatever_the_output(expected: object, message: str) -> None:
    score = find_scorer("ifeval")
    for output in ("", "The sea"):
        with pytest.raises(ValueError, match=message):
            score(output, expected, truncated=True)


ALL: dict[str, object] = {name: arguments for name, arguments, *_ in EXAMPLES}


@given(st.text())
@settings(max_examples=25)
def test_any_output_gets_a_verdict(output: str) -> None:
    assert judge(output, ALL, detect, truncated=False).outcome == "wrong"


@pytest.mark.parametrize("unit", ["[", "*", "<<", "\n", "- ", "a'", "A.", '"', "p. ", "SECTION", " \t"])
def test_runaway_output_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    assert judge(unit * 20_000, ALL, detect, truncated=False).outcome == "wrong"
