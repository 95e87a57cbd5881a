"""Published ways that name a task stand beside the records and APIs that do it."""

import json
import shutil
from pathlib import Path

import pytest

from bench.commands.cost import cost
from bench.commands.cost_options import CostOptions
from bench.commands.frontier import published_for
from bench.commands.scenario_file import read_scenario_file
from bench.errors import CatalogError, InputError
from tests.program import RUN, in_process

HUMAN = """[[published]]
name = "somebody"
task = "extract-json"
kind = "human"
usd_per_task = 2
accuracy = 1
seconds = ">30"
source = "made up"
date = 2026-11-22
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return Path(shutil.copy(RUN, tmp_path))


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    file = tmp_path / "s.toml"
    file.write_text('apis = ["gpt-4o-mini"]\napi-accuracy = 0.99\n' + HUMAN)
    return file


def test_a_human_joins_the_records_and_apis_of_its_task(record: Path, scenario_file: Path) -> None:
    words = ("--task", "extract-json", "--scenario", scenario_file, "--at", "2026-11-22")  # APIs are retired
    done = in_process("cost", record, *words, "--json")
    assert done.code == 0, done.err
    (one,) = json.loads(done.out)
    (found,) = one["frontiers"]
    assert found["task"] == "extract-json:easy"
    ways = {way["name"]: way for way in found["ways"]}
    assert ways["somebody"]["kind"] == "human"
    assert (ways["somebody"]["seconds"]["sign"], ways["somebody"]["seconds"]["value"]) == (">", "30")
    assert {"smollm2-135m-instruct-q4_1", "gpt-4o-mini"} <= ways.keys()
    assert found["rankings"][0]["cheapest"] != "somebody"
    (added,) = (added for added in found["rankings"][0]["added"] if added["of"] == "all humans")
    assert added["times"]["value"] == "1"


def test_a_way_to_a_task_that_is_not_asked_for_is_left_away(scenario_file: Path) -> None:
    published = read_scenario_file(scenario_file).published
    (way,) = published_for(published, ["gsm8k", "extract-json:easy"])
    assert way.task == "extract-json:easy"
    with pytest.raises(InputError, match="for a task 'extract-json', which no record has; known: gsm8k"):
        published_for(published, ["gsm8k"])


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        ('kind = "human"', 'kind = "humam"', "did you mean 'human'"),
        ('source = "made up"', "", "missing key 'source'"),
        ('seconds = ">30"', 'seconds = "long"', "no figure from 0 to"),
        ('task = "extract-json"', "task = 7", "must be text"),
    ],
)
def test_a_way_with_a_slip(scenario_file: Path, line: str, instead: str, complaint: str) -> None:
    scenario_file.write_text(HUMAN.replace(line, instead))
    with pytest.raises(CatalogError, match=complaint):
        read_scenario_file(scenario_file)


def test_a_way_without_a_task_says_nothing_of_records(record: Path, scenario_file: Path) -> None:
    scenario_file.write_text(HUMAN.replace('task = "extract-json"\n', ""))
    with pytest.raises(InputError, match="names no task"):
        cost(CostOptions(records=(record,), scenario_file=scenario_file))
