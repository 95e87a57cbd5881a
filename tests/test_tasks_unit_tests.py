"""From an answer to the program that is run, and from its end to a verdict. No sandbox is needed."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from task_files import make_item, make_task, write_lines

from bench.engines.protocol import Message
from bench.errors import TaskError
from bench.records.types import ItemResult
from bench.tasks.evaluate import score_completions
from bench.tasks.json_lines import read_lines
from bench.tasks.sandbox import Ran, Sandbox, SandboxFault
from bench.tasks.scorers import find_scorer
from bench.tasks.scorers.code_answer import as_body, code_in
from bench.tasks.scorers.unit_tests import program_of
from bench.tasks.sources.humaneval import PLAIN_STOP, read_humaneval
from bench.tasks.transcripts import read_transcript
from bench.worker.protocol import Completion

PROMPT = 'from math import pi\n\n\ndef area(r: float) -> float:\n    """Of a circle."""\n'
TESTS = "assert round(area(1), 2) == 3.14"
GOLD = {"prompt": PROMPT, "entry_point": "area", "tests": TESTS}
BODY = "    square = r * r\n    return pi * square"
WHOLE = f"def area(r):\n{BODY}"
ROW = {
    "task_id": "made-up/0",
    "prompt": PROMPT,
    "entry_point": "area",
    "canonical_solution": f"{BODY}\n",
    "test": "def check(candidate):\n    assert round(candidate(1), 2) == 3.14\n",
}


@dataclass(frozen=True, eq=False)
class Trusting(Sandbox):
    """Runs made-up programs here, and remembers them; or does as it is told."""

    ends: str | SandboxFault | None = None
    seen: list[str] = field(default_factory=list)
    __eq__, __hash__ = object.__eq__, object.__hash__

    def run(self, program: str) -> Ran:
        self.seen.append(program)
        if isinstance(self.ends, SandboxFault):
            raise self.ends
        if self.ends is not None:
            return Ran(self.ends)
        try:
            exec(compile(program, "made up", "exec"), {})
        except Exception as error:  # noqa: BLE001
            return Ran(type(error).__name__)
        return Ran(None)


@pytest.mark.parametrize(
    "answer",
    [
        BODY,
        f"{BODY}\n\nprint(area(2))",
        f"\n{BODY}\n\nThat is all.",
        f"{BODY.strip()}",
        "square = r * r\nreturn pi * square",
        "if r:\n    return pi * r * r\nreturn 0",
        "if r:\n        return pi * r * r\n    return 0",
        WHOLE,
        f"Sure, here it is:\n\n{WHOLE}\n\nIt multiplies.",
        f"Sure:\n\nimport math\n\n{WHOLE}\nLet me explain this.",
        f"Sure:\n```python\n{WHOLE}\n```\nIt multiplies.",
        f"```\n{BODY}\n```",
        f"```py\nprint('an example')\n```\nand\n\n```py\n{WHOLE}\n```\nthen\n```\narea(2)\n```",
        f"```python\n{WHOLE}",
        f"```python\n{PROMPT}{BODY}\n```",
        "area = lambda r: pi * r * r",
        f"    ```python\n{WHOLE}\n    ```",
    ],
)
def test_a_right_function_is_found(answer: str) -> None:
    sandbox = Trusting()
    verdict = find_scorer("unit-tests", sandbox)(answer, GOLD, truncated=False)
    assert verdict.outcome == "right", (verdict, sandbox.seen[0])


@pytest.mark.parametrize(
    ("answer", "truncated", "ends", "outcome", "reason"),
    [
        ("    return r", False, None, "wrong", "AssertionError"),
        ("I cannot do that.", False, None, "wrong", "SyntaxError"),
        ("", False, None, "wrong", "no code"),
        ("```python\n```", False, None, "wrong", "no code"),
        ("    return pi *", True, None, "wrong", "truncated"),
        (BODY, True, None, "right", None),
        (BODY, False, "timeout: CPU time", "wrong", "timeout: CPU time"),
        (BODY, False, SandboxFault("no memory"), "unscored", "the sandbox failed: no memory"),
    ],
)
def test_verdicts(
    answer: str, truncated: bool, ends: str | SandboxFault | None, outcome: str, reason: str | None
) -> None:
    verdict = find_scorer("unit-tests", Trusting(ends=ends))(answer, GOLD, truncated=truncated)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_without_a_sandbox_nothing_is_run() -> None:
    verdict = find_scorer("unit-tests")("import os; os._exit(1)", TESTS, truncated=False)
    assert verdict.outcome == "unscored"
    assert "--allow-code" in str(verdict.reason)


def test_tests_alone_follow_the_answers_program() -> None:
    assert program_of("x = 1", "assert x") == "x = 1\n\nassert x\n"


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        ("", "'tests' must be a string that is not empty"),
        (7, "must be tests, or an object of"),
        ({"tests": TESTS, "test": ""}, "must be tests, or an object of"),
        ({"prompt": PROMPT, "entry_point": "area"}, "'tests' is missing"),
        ({"tests": TESTS, "prompt": PROMPT}, "'prompt' and 'entry_point' go together"),
        ({"tests": TESTS, "prompt": PROMPT, "entry_point": 1}, "'entry_point' must be a string"),
    ],
)
def test_an_expected_answer_of_another_form(expected: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        find_scorer("unit-tests")("", expected, truncated=False)


def test_a_body_keeps_its_steps() -> None:
    assert as_body("a\nb") == "    a\n    b"
    assert as_body("a\n    b") == "    a\n    b"
    assert as_body("if a:\n    b") == "    if a:\n        b"
    assert as_body("if a:\n        b\n    c") == "    if a:\n        b\n    c"
    assert as_body("\tif a:\n\t\tb") == "\tif a:\n\t\tb"


@pytest.mark.parametrize("text", ["```" * 5000, "def " * 5000, "(" * 100_000, "\n" * 50_000 + "x =" * 9000])
def test_runaway_output_stays_cheap(text: str) -> None:
    assert isinstance(code_in(text, "area"), str)


# -- where it is used ----------------------------------------------------------------------------


def test_completions_are_scored_in_their_order() -> None:
    items = [make_item("a", GOLD), make_item("b", GOLD), make_item("c", GOLD)]
    texts = [BODY, "    return 0", WHOLE]
    completions = [Completion(text, 5, 7, truncated=False) for text in texts]

    def scored(sandbox: Sandbox | None) -> list[ItemResult]:
        task = make_task(items, scorer_name="unit-tests")
        return score_completions(task, items, completions, prompting="completion", sandbox=sandbox)

    assert [item.outcome for item in scored(Trusting(n_parallel=2))] == ["right", "wrong", "right"]
    assert {item.outcome for item in scored(None)} == {"unscored"}


def test_transcripts_are_run_in_the_sandbox_too(tmp_path: Path) -> None:
    task = make_task([make_item("a", GOLD)], scorer_name="unit-tests")
    path = write_lines(tmp_path / "t.jsonl", {"id": "a", "output": WHOLE, "model": "m"})
    assert read_transcript(path, task, Trusting()).items[0].verdict.outcome == "right"
    assert read_transcript(path, task).items[0].verdict.outcome == "unscored"


def test_humaneval_asks_for_the_function_or_lets_it_go_on(tmp_path: Path) -> None:
    (item,) = read_humaneval(write_lines(tmp_path / "rows.jsonl", ROW)).items
    (message,) = item.prompt.messages
    assert isinstance(message, Message)
    assert f"```python\n{PROMPT}```" in message.content
    assert item.plain == PROMPT
    assert item.reference_output is not None
    for answer in (item.reference_output, BODY):
        assert (
            find_scorer("unit-tests", Trusting())(answer, item.expected, truncated=False).outcome == "right"
        )
    assert not any(stop in BODY for stop in PLAIN_STOP)


def test_humaneval_names_line_and_field_of_a_bad_row(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", ROW, ROW | {"entry_point": 3})
    with pytest.raises(TaskError, match=r"rows.jsonl:2: 'entry_point' must be a string"):
        read_humaneval(path)


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "ROWS.JSONL.GZ"])
def test_half_a_gzip_file_is_named(tmp_path: Path, name: str) -> None:
    import gzip

    path = tmp_path / name
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 100))
    assert len(list(read_lines(path))) == 100
    for broken in (path.read_bytes()[:-12], b"{}\n"):
        path.write_bytes(broken)
        with pytest.raises(TaskError, match="is no whole gzip file"):
            list(read_lines(path))
