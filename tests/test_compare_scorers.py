"""What the comparison of scorers asks and reports; the other programs are not run.

Each variant of a right answer says whether it is right: breakeven's scorers must agree.
"""

import json
from pathlib import Path

import pytest

from answer_variants import FORMULAS, INSTRUCTIONS, calls, formulas, letters, no_calls, numbers
from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.ifeval import read_instructions
from bench.tasks.types import Verdict
from compare_scorers import Answer, Compared, followed, not_as_meant, other_golds, report

CALL = {"name": "plan.trip", "arguments": {"to": "Rome, Italy", "days": 3, "stops": ["Pisa", "Siena"]}}
EXPECTED_CALL = {"name": CALL["name"], "arguments": {key: [one] for key, one in CALL["arguments"].items()}}
CHOICES = ("a small stone", "the second law", "Fe and Cu", "12.5 J")

VARIANTS = [
    *(("numeric", gold, one) for gold in ("18", "1250") for one in numbers(gold)),
    *(("letter", gold, one) for gold in "ACD" for one in letters(gold, CHOICES)),
    *(("function-call", EXPECTED_CALL, one) for one in calls(json.dumps(CALL))),
    *(("function-call", {"name": None}, one) for one in no_calls()),
    *(("latex", gold, one) for gold, _, _ in FORMULAS for one in formulas(gold)),
]


@pytest.mark.parametrize("scorer", ["numeric", "letter", "function-call", "latex"])
def test_every_variant_is_scored_as_it_is_meant(scorer: str) -> None:
    score = find_scorer(scorer)
    off = [
        (expected, one.name)
        for name, expected, one in VARIANTS
        if name == scorer
        and (score(one.text, expected, truncated=False).outcome == "right") is not one.is_right
    ]
    assert off == []


def test_every_instruction_is_known() -> None:
    assert all(read_instructions(one) for one in INSTRUCTIONS)
    assert len({name for one in INSTRUCTIONS for name in one}) == 25


def answer(**changes: object) -> Answer:
    held = {"task": "gsm8k", "scorer": "numeric", "source": "m", "item_id": "i1", "expected": "18"}
    return Answer(**{**held, "output": "3 + 15 = 18, not 1,000 or 7.5", **changes})  # type: ignore[arg-type]


def test_other_golds_are_the_other_whole_numbers_of_a_text_and_the_other_letters() -> None:
    assert other_golds(answer()) == ["15", "3"]
    assert other_golds(answer(scorer="letter", expected="B", choices=("a", "b", "c"))) == ["A", "C"]
    assert other_golds(answer(scorer="function-call")) == []


def test_differences_are_told_by_what_they_are_with_ids_and_without_texts() -> None:
    meant = answer(source="variants", label="mark", is_right=True)
    wrong = Verdict("wrong", "another number")
    lines = list(
        report([Compared(meant, wrong, {"strict": True}), Compared(answer(), wrong, {"strict": False})], 5)
    )
    assert lines == [
        "gsm8k, variants, strict: 1 items, 0 equal, 1 differ; right: ours 0, theirs 1",
        "      1 'mark', ours wrong (another number), theirs right; meant right: i1",
        "gsm8k, m, strict: 1 items, 1 equal, 0 differ; right: ours 0, theirs 0",
    ]


def test_what_is_meant_otherwise_is_counted() -> None:
    meant = answer(label="mark", is_right=True)
    compared = [
        Compared(meant, Verdict("unscored", "no number found"), {}),
        Compared(answer(), Verdict("wrong"), {}),
    ]
    assert dict(not_as_meant(compared)) == {
        "gsm8k: 'mark' is meant right, ours unscored (no number found)": 1
    }


def test_the_loose_reading_is_compared_with_ours() -> None:
    one = Compared(answer(), Verdict("wrong", "not followed: x; right in the loose reading"), {})
    assert one.is_right_by("loose")
    assert not one.is_right_by("strict")


def test_answers_to_ifeval_bring_the_instructions_of_their_prompt(tmp_path: Path) -> None:
    prompts, answers = tmp_path / "prompts.jsonl", tmp_path / "m.jsonl"
    names = ["punctuation:no_comma", "startend:end_checker"]
    asked = {"key": 7, "prompt": "Go.", "instruction_id_list": names}
    kwargs = [{"end_phrase": None}, {"end_phrase": "Bye."}]
    prompts.write_text(json.dumps({**asked, "kwargs": kwargs}), encoding="utf-8")
    said = [{"prompt": "Go.", "response": "Bye."}, {"prompt": "Go.", "response": None}]
    answers.write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    (one,) = followed(prompts, answers)
    assert (one.source, one.item_id, one.output) == ("m", "7", "Bye.")
    assert one.expected == {"punctuation:no_comma": {}, "startend:end_checker": {"end_phrase": "Bye."}}
