"""Start-up stays light: nothing heavy is imported for help and listings."""

import json
import subprocess
import sys

import pytest

from bench.economics.assumptions.flags import FLAGS
from tests.program import environment, in_process

HEAVY = (
    "llama_cpp",
    "numpy",
    "scipy",
    "pydantic",
    "rich",
    "psutil",
    "genai_prices",
    "datasets",
    "pyarrow",
    "jinja2",
)
MEASURING = ("bench.engines", "bench.measure")  # for what measures nothing


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], HEAVY),
        (["--version"], HEAVY),
        (["models"], HEAVY),
        (["models", "--json"], HEAVY),
        (["run", "--help"], HEAVY),
        (["cost", "--help"], HEAVY + MEASURING),
    ],
)
def test_nothing_heavy_is_imported(arguments: list[str], heavy: tuple[str, ...]) -> None:
    program = (
        f"import sys; sys.argv = ['breakeven', *{arguments!r}]\n"
        "from bench.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_names_every_verb() -> None:
    shown = in_process("--help").out
    for verb in ("run", "eval", "report", "models", "tasks", "prices", "energy", "doctor", "schema"):
        assert f"\n  {verb} " in shown


@pytest.mark.parametrize("verb", ["models", "tasks", "prices", "energy", "doctor", "schema"])
def test_every_listing_speaks_json(verb: str) -> None:
    ended = in_process(verb, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)


def test_help_says_which_figures_hold_when_nobody_states_them() -> None:
    told = " ".join(in_process("cost", "--help").out.split())
    assert "Price of electricity. [0.182 (0.1412 to 0.4351)]" in told
    assert all(f"{flag.help}. [{flag.default}]" in told for flag in FLAGS.values() if flag.default)


@pytest.mark.parametrize("group", ["results", "board", "models", "tasks", "prices"])
def test_help_of_a_group_says_whole_sentences(group: str) -> None:
    told = in_process(group, "--help").out.partition("Commands:\n")[2]
    assert told
    assert "..." not in told
