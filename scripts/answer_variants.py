"""One right answer written in many ways, and wrong ones near it: what a scorer may trip over.

Each variant says whether it is right by the task's own definition, so that where two scorers differ, one of
them is told to be wrong without reading anybody's answer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Variant:
    name: str
    text: str
    is_right: bool | None  # None: the values that the item allows decide, which are not looked at here


REFUSALS = (
    Variant("refusal", "I'm sorry, but I cannot help with that.", False),
    Variant("empty", "", False),
    Variant("blank lines", "\n \n", False),
)


def numbers(gold: str) -> Iterator[Variant]:
    """Of a task that asks for a last line ``#### number``; ``gold`` is a whole number."""
    n = int(gold.replace(",", ""))
    work = "First 3 + 4 = 7, then we go on from there."
    right = {
        "mark": f"{work}\n#### {n}",
        "mark, commas": f"{work}\n#### {n:,}",
        "mark, dollars": f"{work}\n#### ${n}",
        "mark, unit": f"{work}\n#### {n} apples",
        "mark, unit of currency": f"{work}\n#### ${n} in total",
        "mark, decimals": f"{work}\n#### {n}.00",
        "mark, full stop": f"{work}\n#### {n}.",
        "mark, bold": f"{work}\n#### **{n}**",
        "mark, no blank": f"{work}\n####{n}",
        "mark, percent": f"{work}\n#### {n}%",
        "mark, fraction": f"{work}\n#### {2 * n}/2",
        "mark, plus sign": f"{work}\n#### +{n}",
        "mark, boxed": f"{work}\n#### \\boxed{{{n}}}",
        "mark, name before": f"{work}\n#### number: {n}",
        "mark, equation": f"{work}\n#### 3 * 6 = {n}",
        "mark, equation turned": f"{work}\n#### {n} = 3 * 6",
        "mark, equation of dollars": f"{work}\n#### $3 * 6 = ${n:,}",
        "mark, name and equals sign": f"{work}\n#### total = {n} apples",
        "mark, remark after": f"{work}\n#### {n}\nThis took 2 steps.",
        "mark in the same line": f"{work} #### {n}",
        "mark corrected": f"{work}\n#### {n + 1}\nThat was wrong.\n#### {n}",
        "boxed": f"{work} So \\boxed{{{n}}}.",
        "boxed, commas": f"So $\\boxed{{{n:,}}}$".replace(",", "{,}"),
        "sentence": f"{work} The answer is {n}.",
        "sentence, bold": f"{work} The answer is **{n}**.",
        "sentence, dollars": f"{work} The answer is ${n}.00.",
        "sentence, equation": f"{work} The answer is 7 * 1 = {n}.",
        "sentence, equation turned": f"{work} The answer is {n} = 7 * 1.",
        "sentence, more after": f"The answer is {n}. I got it in 2 steps.",
        "answer:": f"{work}\nAnswer: {n}",
        "last number": f"{work} In the end she has {n} apples.",
        "last number, commas": f"{work} In the end she has {n:,} apples.",
        "last number, dollars": f"{work} In all it costs ${n}.",
        "last equation": f"{work}\n7 + {n - 7} = {n}",
        "alone": f"{n}",
        "alone, decimals": f"{n}.0",
        "in LaTeX": f"{work}\n$$x = {n}$$",
    }
    wrong = {
        "mark, one more": f"{work}\n#### {n + 1}",
        "mark, ten times": f"{work}\n#### {n * 10 or 10}",
        "mark, a half more": f"{work}\n#### {n}.5",
        "mark, negative": f"{work}\n#### -{n or 1}",
        "mark, right before": f"In all {n}.\n#### {n + 1}",
        "mark corrected to wrong": f"{work}\n#### {n}\nThat was wrong.\n#### {n + 1}",
        "mark, empty": f"It is {n + 1}.\n####",
        "sentence, one more": f"{work} The answer is {n + 1}.",
        "last number is another": f"She had {n} apples and ate one, so {n - 1} are left.",
        "digits run on": f"{work}\n#### {n}{n}",
        "no number": "The answer is more than before.",
    }
    yield from _told(right, wrong)


def letters(gold: str, choices: Sequence[str]) -> Iterator[Variant]:
    """Of a task that asks for a last line ``The answer is (X)``; ``choices`` are the answers' texts."""
    known = "ABCDEFGHIJ"[: len(choices)]
    other = next(one for one in known if one != gold)
    text = choices[known.index(gold)]
    work = "We weigh what is known of the matter."
    right = {
        "as asked": f"{work}\nThe answer is ({gold})",
        "as asked, full stop": f"{work}\nThe answer is ({gold}).",
        "no brackets": f"{work}\nThe answer is {gold}.",
        "bold": f"{work}\n**The answer is ({gold})**",
        "bold letter": f"{work}\nThe answer is **{gold}**.",
        "correct answer is": f"{work} The correct answer is ({gold}).",
        "correct answer is option": f"{work} The correct answer is option {gold}.",
        "with its text": f"{work}\nThe answer is ({gold}) {text}",
        "answer:": f"{work}\nAnswer: {gold}",
        "answer: in brackets": f"{work}\nAnswer: ({gold})",
        "answer: with its text": f"Answer: {gold}) {text}",
        "final answer": f"{work}\nFinal answer: ({gold})",
        "boxed": f"{work} $\\boxed{{{gold}}}$",
        "boxed text": f"{work} \\boxed{{\\text{{{gold}}}}}",
        "boxed in brackets": f"{work} \\boxed{{({gold})}}",
        "letter alone": gold,
        "letter and full stop": f"{gold}.",
        "letter in brackets": f"({gold})",
        "small letter": f"({gold.lower()})",
        "letter and text": f"{gold}) {text}",
        "option is correct": f"{work} Option {gold} is correct.",
        "last line": f"{work}\n\n{gold}",
        "others ruled out": f"({other}) cannot be, since it is too small.\nThe answer is ({gold})",
        "ruled out after": f"The answer is ({gold}). Unlike ({other}), it fits.",
        "corrected": f"The answer is ({other}). No: the answer is ({gold}).",
    }
    wrong = {
        "another letter": f"{work}\nThe answer is ({other})",
        "another letter, boxed": f"{work} \\boxed{{{other}}}",
        "another letter alone": other,
        "corrected to wrong": f"The answer is ({gold}). No: the answer is ({other}).",
        "two letters": f"The answer is ({gold}) or ({other}).",
        "all choices repeated": "\n".join(f"{one}) {said}" for one, said in zip(known, choices, strict=True)),
        "considered, not chosen": f"({gold}) looks right at first. The answer is ({other}).",
        "no letter": "It depends on what is meant.",
    }
    yield from _told(right, wrong)


def calls(reference: str) -> Iterator[Variant]:
    """Of a task that asks for one JSON object with the ``name`` of a function and its ``arguments``."""
    call: dict[str, Any] = json.loads(reference)
    name, given = call["name"], call["arguments"]
    if name is None:
        return
    source = _source(name, given)
    backwards = {"arguments": dict(reversed(given.items())), "name": name}
    first = next(iter(given), None)
    shouted = {key: value.upper() if isinstance(value, str) else value for key, value in given.items()}
    marked = {key: f"{value}." if isinstance(value, str) else value for key, value in given.items()}
    right = {
        "JSON": reference,
        "JSON, indented": json.dumps(call, indent=2),
        "JSON in a fence": f"```json\n{reference}\n```",
        "JSON in a bare fence": f"```\n{reference}\n```",
        "JSON in an array": f"[{reference}]",
        "another order": json.dumps(backwards),
        "strings in capitals": _call(name, shouted),
        "strings with a full stop": _call(name, marked),
        "JSON after prose": f"Here is the call:\n\n{reference}",
        "JSON before prose": f"{reference}\n\nThis calls the function.",
        "JSON in tags": f"<tool_call>\n{reference}\n</tool_call>",
        "arguments as a string": _call(name, json.dumps(given)),
        "parameters": json.dumps({"name": name, "parameters": given}),
        "Python": source,
        "Python in an array": f"[{source}]",
        "Python in a fence": f"```\n{source}\n```",
    }
    wrong = {
        "another function": _call(f"{name}_all", given),
        "a further argument": _call(name, {**given, "verbosity_level": 3}),
        "two calls": f"[{reference}, {reference}]",
        "two calls in Python": f"[{source}, {source}]",
        "no call": json.dumps({"name": None}),
        "name alone": name,
        "prose": f"I would call {name} with the given values.",
        "cut JSON": reference[:-3],
        "positional in Python": f"{name}({', '.join(map(repr, given.values()))})",
        "numbers as strings": _call(name, {key: _quoted(value) for key, value in given.items()}),
        "everything in a list": _call(name, {key: [value] for key, value in given.items()}),
        "nothing given": _call(name, {}),
    }
    if first is None:
        wrong = {key: wrong[key] for key in ("another function", "two calls", "no call", "prose", "cut JSON")}
    elif _quoted_all(given) == given:
        del wrong["numbers as strings"]
    yield from _told(right, wrong)


def changed_calls(reference: str, allowed: Mapping[str, Sequence[object]]) -> Iterator[Variant]:
    """The call with one argument changed; ``allowed``: the right values of each argument."""
    call: dict[str, Any] = json.loads(reference)
    name, given = call["name"], call["arguments"]
    for key, value in given.items():
        left = {other: one for other, one in given.items() if other != key}
        yield Variant("an argument left out", _call(name, left), None)
        for how, other in _other_values(value):
            yield Variant(how, _call(name, {**given, key: other}), None)
    for key, values in allowed.items():
        for other in values:
            yield Variant("another allowed value", _call(name, {**given, key: other}), None)
            yield Variant("another allowed value, in Python", _source(name, {**given, key: other}), None)


def _other_values(value: object) -> Iterator[tuple[str, object]]:
    """Beside a right value: of another type, order or size."""
    yield "null", None
    yield "an empty string", ""
    yield "a string of it", str(value)
    if isinstance(value, bool):
        yield "the other truth", not value
        yield "a number for a truth", int(value)
    elif isinstance(value, int | float):
        yield "a whole number as a float", float(value)
        yield "a float cut to a whole number", int(value)
        yield "one more", value + 1
        yield "a truth for a number", True
    elif isinstance(value, str):
        yield "with marks and blanks", f" {value.replace(' ', '_')}-,. "
        yield "with another word", f"{value} too"
        yield "with other quotes", value.replace("'", '"')
    elif isinstance(value, list):
        yield "backwards", value[::-1]
        yield "without the last", value[:-1]
        yield "empty", []
        yield "twice", value * 2
        yield "elements as strings", [str(one) for one in value]
        yield "elements as floats", [_as_float(one) for one in value]
        yield "an object of it", dict(enumerate(value))
    elif isinstance(value, dict):
        yield "without its last", dict(list(value.items())[:-1])
        yield "with one more", {**value, "more": 1}
        yield "backwards", dict(list(value.items())[::-1])
        yield "values as strings", {key: str(one) for key, one in value.items()}
        yield "an array of it", [value]


def no_calls() -> Iterator[Variant]:
    """Where no function fits."""
    right = {
        "as asked": '{"name": null}',
        "as asked, in a fence": '```json\n{"name": null}\n```',
        "prose": "None of the functions can do this.",
        "an empty array": "[]",
        "an empty object": "{}",
    }
    wrong = {
        "a call": '{"name": "get_it", "arguments": {"x": 1}}',
        "a call in a fence": '```json\n{"name": "get_it", "arguments": {"x": 1}}\n```',
        "a call in an array": '[{"name": "get_it", "arguments": {"x": 1}}]',
        "a call in Python": "get_it(x=1)",
        "a call in Python in an array": "[get_it(x=1)]",
        "a call after prose": 'I call this:\n{"name": "get_it", "arguments": {"x": 1}}',
    }
    yield from _told(right, wrong, refusal_is_right=True)


def programs(reference: str, prompt: str) -> Iterator[Variant]:
    """``reference`` is a fenced function that is right, and ``prompt`` that function's head."""
    function = reference.removeprefix("```python\n").removesuffix("\n```")
    empty = f"{prompt.rstrip()}\n    return None\n"
    right = {
        "fence": reference,
        "fence in prose": f"Here it is:\n\n{reference}\n\nIt goes through all of them.",
        "fence without a name": reference.replace("```python", "```"),
        "fence left open": f"```python\n{function}",
        "bare": function,
        "bare, then prose": f"{function}\n\nThis goes through all of them.",
        "two fences, right last": f"```python\n{empty}```\nBetter:\n{reference}",
        "an example after it": f"{reference}\n\nFor example:\n```python\nprint('it works')\n```",
        "an import before it": f"```python\nimport math\n\n{function}\n```",
        "a main block": f"```python\n{function}\n\nif __name__ == '__main__':\n    print('it works')\n```",
    }
    wrong = {
        "returns nothing": f"```python\n{empty}```",
        "bare, returns nothing": empty,
        "prose": "I would go through all of them.",
        "cut": f"```python\n{prompt.rstrip()}\n    return (",
    }
    yield from _told(right, wrong)


# Written as in school contests: a formula, others with its value, and others near it.
FORMULAS: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    ("\\frac{1}{2}", ("\\frac12", "1/2", "0.5", "\\dfrac{1}{2}", "\\tfrac{2}{4}", ".5"), ("2", "\\frac13")),
    ("-\\frac{3}{4}", ("\\frac{-3}{4}", "-3/4", "-0.75", "-\\dfrac34"), ("\\frac{3}{4}", "-\\frac{4}{3}")),
    ("10", ("10.0", "10\\text{ cm}", "10\\ \\text{units}", "x=10", "10\\%"), ("100", "1", "-10", "10.5")),
    ("12,345", ("12345", "12{,}345", "12,\\!345", "\\$12,345"), ("12.345", "1234")),
    ("\\sqrt{2}", ("\\sqrt2", "2^{1/2}", "\\frac{2}{\\sqrt{2}}"), ("1.414", "2", "\\sqrt{3}")),
    ("3\\sqrt{5}", ("3 \\sqrt{5}", "\\sqrt{45}", "3\\cdot\\sqrt{5}"), ("5\\sqrt{3}", "6.708")),
    ("2x+3", ("3+2x", "2x + 3", "2 x+3"), ("2x-3", "3x+2", "2x")),
    ("(x-1)(x+2)", ("(x+2)(x-1)", "x^2+x-2"), ("(x+1)(x-2)", "x^2-x-2")),
    ("x^2+2x+1", ("(x+1)^2", "1+2x+x^2"), ("x^2+2x", "(x-1)^2")),
    ("\\frac{\\pi}{6}", ("\\pi/6", "\\frac16\\pi", "\\frac{1}{6} \\pi"), ("30", "\\frac{\\pi}{3}", "0.5236")),
    ("2\\pi", ("2 \\pi", "2\\cdot\\pi"), ("\\pi", "6.28")),
    ("(3,4)", ("(3, 4)", "\\left(3,4\\right)", "( 3 , 4 )"), ("(4,3)", "(3,5)", "3,4,5")),
    ("\\left( 3, \\frac{\\pi}{2} \\right)", ("(3,\\frac{\\pi}{2})", "(3, \\pi/2)"), ("(3,\\pi)",)),
    ("[2,5)", ("[2, 5)", "\\left[2,5\\right)", "x\\in[2,5)"), ("(2,5)", "[2,5]", "[2,6)")),
    ("(-\\infty,2)\\cup(3,\\infty)", ("(-\\infty, 2) \\cup (3, \\infty)",), ("(-\\infty,2)", "(2,3)")),
    ("1,-2", ("-2,1", "1, -2", "1 \\text{ and } -2", "-2 \\text{ or } 1"), ("1,2", "1", "-2")),
    ("\\{1,2,3\\}", ("\\{3,2,1\\}", "\\{1, 2, 3\\}"), ("\\{1,2\\}", "\\{1,2,4\\}")),
    ("90^\\circ", ("90", "90^{\\circ}", "90\\text{ degrees}"), ("80^\\circ", "9")),
    ("\\text{Evelyn}", ("Evelyn", "\\text{evelyn}", "\\mathrm{Evelyn}"), ("\\text{Evan}", "E")),
    ("\\text{(B)}", ("(B)", "\\text{B}", "B"), ("\\text{(C)}", "C")),
    ("5\\text{ miles}", ("5", "5 \\text{ miles}", "5\\mbox{ miles}"), ("6\\text{ miles}", "50")),
    ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
     ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}"),
     ("\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}",)),
    ("2^{10}", ("1024", "4^5"), ("20", "2^{11}")),
    ("1+2i", ("2i+1", "1 + 2i"), ("1-2i", "2+i")),
    ("y=2x+1", ("2x+1", "y = 1 + 2x"), ("y=2x-1", "2x")),
    ("\\frac{x+1}{x-1}", ("(x+1)/(x-1)", "\\dfrac{x+1}{x-1}"), ("\\frac{x-1}{x+1}",)),
    ("3\\frac{1}{2}", ("\\frac{7}{2}", "3.5", "7/2"), ("\\frac{3}{2}", "3")),
    ("3 \\pm \\sqrt{2}", ("3+\\sqrt{2},3-\\sqrt{2}", "3\\pm\\sqrt2"), ("3+\\sqrt{2}", "2\\pm\\sqrt{3}")),
    ("0.15", ("\\frac{3}{20}", ".15"), ("0.16", "0.015")),
    ("5!", ("120",), ("5", "24")),
    ("\\log_2 3", ("\\log_{2} 3", "\\log_2(3)"), ("\\log_3 2", "\\log 3")),
)  # fmt: skip


def formulas(gold: str) -> Iterator[Variant]:
    """Of a task that asks for the answer in a box."""
    right, wrong = next((right, wrong) for one, right, wrong in FORMULAS if one == gold)
    for spelt in (gold, *right):
        yield Variant(f"boxed {spelt}", f"We work it out. So it is $\\boxed{{{spelt}}}$.", True)
    for spelt in wrong:
        yield Variant(f"boxed {spelt}", f"We work it out. So it is $\\boxed{{{spelt}}}$.", False)
    yield Variant("boxed, equation", f"We get $x = \\boxed{{{gold}}}$", True)
    yield Variant("boxed twice", f"First $\\boxed{{{wrong[0]}}}$, no: $\\boxed{{{gold}}}$", True)
    yield Variant("boxed twice, wrong last", f"First $\\boxed{{{gold}}}$, no: $\\boxed{{{wrong[0]}}}$", False)
    yield Variant("sentence", f"The final answer is ${gold}$.", True)
    yield from REFUSALS


_ARGUMENTS: Mapping[str, Sequence[Mapping[str, object]]] = {
    "keywords:existence": [{"keywords": ["number"]}, {"keywords": ["the", "answer"]}],
    "keywords:forbidden_words": [{"forbidden_words": ["the"]}, {"forbidden_words": ["step", "return"]}],
    "keywords:frequency": [
        {"keyword": "the", "relation": relation, "frequency": n}
        for relation in ("at least", "less than")
        for n in (1, 3)
    ],
    "keywords:letter_frequency": [
        {"letter": letter, "let_relation": relation, "let_frequency": 10}
        for letter in "en"
        for relation in ("at least", "less than")
    ],
    "change_case:capital_word_frequency": [
        {"capital_relation": relation, "capital_frequency": n}
        for relation in ("at least", "less than")
        for n in (1, 2, 4, 8)
    ],
    "change_case:english_capital": [{}],
    "change_case:english_lowercase": [{}],
    "language:response_language": [{"language": one} for one in ("en", "de", "fr")],
    "length_constraints:number_words": [
        {"relation": relation, "num_words": n} for relation in ("at least", "less than") for n in (20, 60)
    ],
    "length_constraints:number_sentences": [
        {"relation": relation, "num_sentences": n}
        for relation in ("at least", "less than")
        for n in (2, 3, 5, 8)
    ],
    "length_constraints:number_paragraphs": [{"num_paragraphs": n} for n in (1, 2, 3)],
    "length_constraints:nth_paragraph_first_word": [
        {"num_paragraphs": n, "nth_paragraph": nth, "first_word": word}
        for n, nth, word in ((2, 1, "the"), (3, 2, "the"), (2, 2, "therefore"), (1, 1, "to"))
    ],
    "detectable_content:number_placeholders": [{"num_placeholders": n} for n in (1, 3)],
    "detectable_content:postscript": [{"postscript_marker": one} for one in ("P.S.", "P.P.S")],
    "detectable_format:number_bullet_lists": [{"num_bullets": n} for n in (1, 2, 3, 5)],
    "detectable_format:constrained_response": [{}],
    "detectable_format:number_highlighted_sections": [{"num_highlights": n} for n in (1, 2, 4)],
    "detectable_format:multiple_sections": [
        {"section_spliter": mark, "num_sections": n} for mark in ("Section", "Step") for n in (1, 3)
    ],
    "detectable_format:json_format": [{}],
    "detectable_format:title": [{}],
    "combination:two_responses": [{}],
    "combination:repeat_prompt": [{"prompt_to_repeat": "To find the total"}],
    "startend:end_checker": [{"end_phrase": one} for one in ("Is there more?", "done.", "18")],
    "startend:quotation": [{}],
    "punctuation:no_comma": [{}],
}
INSTRUCTIONS = tuple({name: one} for name, arguments in _ARGUMENTS.items() for one in arguments)


def told_texts() -> Iterator[str]:
    """Answers that keep, or nearly keep, one or another instruction; whether they do is not said here."""
    yield from (one.text for one in REFUSALS)
    yield from (
        "The sea is wide. The sea is deep. It is blue!",
        "THE SEA IS WIDE AND DEEP, AND NOBODY KNOWS IT WELL.",
        "the sea is wide and deep and nobody knows it well.",
        "Das Meer ist weit und tief, und niemand kennt es wirklich gut.",
        "La mer est grande et profonde, et personne ne la connaît vraiment bien.",
        "* one\n* two\n* three",
        "- one\n- two\n\n- three\n",
        "  * one\n    - two\n** not one **\n*three",
        "1. one\n2. two",
        "Dear [name], come to [place] at [time].",
        "An [open bracket and [another] one]\n[next\nline]",
        "<<The Sea>>\nIt is wide.",
        "<< >>\nIt is wide. <<<Sea>>>",
        "*** ***\nIt is *wide* and **deep**. *Both* of it.",
        "It is * wide * and ** deep **. **** and **",
        "one\n***\ntwo",
        "one *** two *** three",
        "***\none\n***\ntwo\n***",
        "one\n***\n\n***\ntwo",
        "one\n******\ntwo",
        "one ****** one",
        "one ****** two ****** three",
        "******\none\n******\ntwo",
        '{"sea": "wide"}',
        '```json\n{"sea": "wide"}\n```',
        "```\n[1, 2]\n```",
        "```json\n{'sea': 'wide'}\n```",
        'Here: {"sea": "wide"}',
        '"The sea is wide."',
        '"The sea" is "wide"',
        "“The sea is wide.”",
        '"',
        "My answer is yes.",
        "My answer is no. It is deep.",
        "my answer is maybe.",
        "It is wide.\n\nP.S. It is deep.",
        "It is wide.\n\nP. S. It is deep.",
        "It is wide.\n\np.p.s it is deep.",
        "It is wide.\n\nPS: It is deep.",
        "It is wide.\nP.P.S. It is deep.",
        "It is wide. Is there more?",
        '"It is wide. Is there more?"',
        "It is wide. Is there more? ",
        "It is wide. All is done",
        "Section 1\nwide\nSection 2\ndeep\nSection 3\nblue",
        "SECTION 1: wide\nSection two: deep",
        "Step 1: wide\n\nStep 2: deep\n\nStep  3: blue",
        "The first.\n\nTherefore the second.",
        "The first.\n\n\n\nTherefore, the second.",
        "\n\nThe first.\n\n'Therefore' the second.\n\n",
        "The first.\n \nThe second.\n\nThe third.",
        "To find the total, add.",
        "to find the total we add.",
        " To find the total we add.",
        "Dr. Smith met Mr. Jones at 3.14 p.m. in the U.S. today. They spoke, e.g., of the sea.",
        "Is it wide? Yes! Very... wide? No.",
        "NASA and the U.S. NAVY don't use DON'T or A-B-C or X1.",
        "I have A PLAN: GO! (NOW) 'OK' \"YES\".",
        "No end mark here",
        "One.Two.Three. Four",
        "1. First, wash. 2. Then, dry. 3. Done.",
        "Wait -- what?! Really?? Yes!!!",
        "He said \"Stop.\" Then he left. (It rained.) It stopped.",
    )  # fmt: skip


def _told(
    right: Mapping[str, str], wrong: Mapping[str, str], *, refusal_is_right: bool = False
) -> Iterator[Variant]:
    for name, text in right.items():
        yield Variant(name, text, True)
    for name, text in wrong.items():
        yield Variant(name, text, False)
    for one in REFUSALS:
        yield Variant(one.name, one.text, refusal_is_right)


def _call(name: str, arguments: object) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def _source(name: str, arguments: Mapping[str, object]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _as_float(value: object) -> object:
    return float(value) if isinstance(value, int | float) else value


def _quoted(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _quoted_all(given: Mapping[str, object]) -> dict[str, object]:
    return {key: _quoted(value) for key, value in given.items()}
