"""`breakeven compare` as a user runs it: records and live sides, refusals, gates and exit codes."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.commands.compare import Gate, compare_records, gate, parse_percent
from bench.commands.interleave import (
    InterleaveOptions,
    SideWords,
    _check_memory,
    interleave,
    read_words,
)
from bench.commands.reporter import Silent
from bench.errors import BreakevenError, EngineError, EnvironmentProblem, InputError
from bench.records.store import read_record, write_record
from bench.records.types import Failure, Record
from bench.units import GIB
from tests.factories import make_machine, make_record, make_settings, make_speed
from tests.program import Ended, in_process, write_script

SMALL = ("-p", 16, "-n", 8)


def written(folder: Path, **changes: object) -> Path:
    return write_record(make_record(**{"id": folder.name.ljust(16, "0"), **changes}), folder)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two records of the same model, B 10 % slower in tg128."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    slower = (make_speed("pp512", 410.0, seed=2), make_speed("tg128", 144.0, n=9, seed=2))
    return written(tmp_path / "a"), written(tmp_path / "b", speed=slower)


def compared(*words: object) -> Ended:
    return in_process("compare", *words)


# -- records -------------------------------------------------------------------------------------


def test_two_records_are_compared_as_text_json_and_markdown(files: tuple[Path, Path], tmp_path: Path) -> None:
    ended = compared(*files)
    assert ended.code == 0
    assert "slower than A in tg128" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    ended = compared(*files, "--json", "--md", tmp_path / "out.md")
    document = json.loads(ended.out)
    assert [row["verdict"] for row in document["speed"]] == ["no difference seen", "slower"]
    assert document["gate"] is None
    assert (tmp_path / "out.md").read_text("utf-8").startswith("# breakeven compare")


@pytest.mark.parametrize(("limit", "code"), [("3%", 1), ("3", 1), ("30%", 0)])
def test_a_regression_beyond_the_limit_ends_with_1(files: tuple[Path, Path], limit: str, code: int) -> None:
    ended = compared(*files, "--fail-on-regression", limit)
    assert ended.code == code
    assert "tg128" in ended.err or code == 0


def test_noise_beyond_the_limit_is_no_regression() -> None:
    """The estimate is 6 % lower, but the interval holds 1."""
    noisy = make_speed("tg128", 100.0, n=12)
    wild = [0.75, 1.22, 0.8, 1.2, 0.9, 0.97, 0.83, 1.1, 0.94, 0.94, 1.15]
    samples = tuple(
        sample.model_copy(update={"calls_s": sample.calls_s / factor})
        for sample, factor in zip(noisy.samples[1:], wild, strict=False)
    )
    b = make_record(id="b" * 16, speed=(noisy.model_copy(update={"samples": samples}),), latency=(), tasks=())
    a = make_record(speed=(noisy,), latency=(), tasks=())
    of_both = compare_records(a, b, is_gated=True, anyway=False)
    (row,) = of_both.speed
    assert row.effect is not None
    assert row.effect.ratio < 0.97
    assert gate(of_both, 0.03).exit_code == 0


def test_a_disturbed_or_failed_point_neither_passes_nor_fails() -> None:
    a = make_record()
    disturbed = (make_speed("pp512", 410.0, disturbed=7), make_speed("tg128", 160.0, seed=2))
    b = make_record(id="b" * 16, speed=disturbed)
    found = gate(compare_records(a, b, is_gated=True, anyway=False), 0.03)
    assert (found.regressed, found.no_result, found.exit_code) == ((), ("pp512",), 2)
    failed = Failure(unit="speed/pp512", kind="crash", what="it died")
    b = make_record(id="b" * 16, speed=disturbed[1:], failures=(failed,))
    assert gate(compare_records(a, b, is_gated=True, anyway=False), 0.03).exit_code == 2
    assert Gate(0.03, ("tg128",), ("pp512",)).exit_code == 1  # what was found stays found


def test_records_of_two_machines_are_refused_unless_asked_for_anyway(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    other = written(tmp_path / "b", id="c" * 16, machine=make_machine(cpu_model="Other CPU"))
    ended = compared(files[0], other)
    assert ended.code == 2
    assert "cpu_model: A Example CPU 9000, B Other CPU" in ended.err
    assert "--anyway" in ended.err
    ended = compared(files[0], other, "--anyway")
    assert ended.code == 0
    assert "NOT COMPARABLE" in ended.out


def test_other_settings_are_said_loudly_but_are_no_ground_for_a_gate() -> None:
    a, b = make_record(), make_record(id="b" * 16, settings=make_settings(n_threads=1))
    assert compare_records(a, b, is_gated=False, anyway=False).differences
    with pytest.raises(InputError, match="a regression of what"):
        compare_records(a, b, is_gated=True, anyway=False)
    assert compare_records(a, b, is_gated=True, anyway=True).speed


def test_what_cannot_be_compared_ends_with_2_and_says_why(files: tuple[Path, Path], tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"results": [1, 2]}', "utf-8")
    nothing = written(tmp_path / "b", id="d" * 16, speed=(), latency=(), tasks=())
    for words, what in (
        ((files[0], tmp_path / "nowhere.json"), "no such file"),
        ((files[0], tmp_path), "is a folder"),
        ((files[0], foreign), "foreign.json"),
        ((files[0], "smollm2"), "--interleave"),
        ((files[0], nothing), "no test in common"),
        ((*files, "-r", 5), "add --interleave"),
        ((*files, "--fail-on-regression", "150%"), "no percentage"),
    ):
        ended = compared(*words)
        assert (ended.code, ended.out) == (2, ""), words
        assert what in ended.err
        assert "Traceback" not in ended.err


def test_the_same_file_twice_says_so(files: tuple[Path, Path]) -> None:
    ended = compared(files[0], files[0])
    assert ended.code == 0
    assert "A and B are the same record" in ended.out


@pytest.mark.parametrize(("text", "share"), [("3%", 0.03), ("3", 0.03), (" 2.5 % ", 0.025)])
def test_per_cent_is_read_with_or_without_its_sign(text: str, share: float) -> None:
    assert parse_percent(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "0", "-3", "100%", "three", "3%%", "nan", "1e1"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_percent(text)


# -- sides that are measured ---------------------------------------------------------------------


@pytest.fixture
def records(tmp_path: Path, quiet: None) -> tuple[Path, Ended]:  # noqa: ARG001
    """Four rounds of a model and one that decodes 10 % slower: the folder, and how the command ended."""
    write_script(tmp_path, "toy")
    write_script(tmp_path, "slow", decode_ns_per_token=5_500_000)
    folder = tmp_path / "out"
    sides = ("toy.script.json@t=1,fa=on", "slow.script.json@t=1")
    ended = in_process(
        "compare", *sides, "--interleave", *SMALL, "-r", 4, "--results", folder, "--json", cwd=tmp_path
    )
    return folder, ended


def test_live_sides_leave_two_records_that_stay_paired(records: tuple[Path, Ended]) -> None:
    folder, ended = records
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    prefill, decode = document["speed"]
    assert (prefill["test"], prefill["verdict"]) == ("pp16", "no difference seen")
    assert (decode["test"], decode["verdict"]) == ("tg8", "slower")
    assert decode["ratio"] == pytest.approx(1 / 1.1)
    assert {one["name"] for one in document["differences"]} == {"file", "flash_attn"}
    a, b = sorted(
        (read_record(path) for path in folder.glob("*.json")), key=lambda one: one.model.name != "toy"
    )
    assert (a.settings.n_threads, a.settings.flash_attn, b.settings.flash_attn) == (1, "on", "auto")
    for record in (a, b):
        assert record.is_complete
        assert not record.failures
        assert record.memory is not None
        assert record.load is not None
        assert record.load.energy == ()  # nobody asked for joules here
        for point in record.speed:
            assert [sample.round for sample in point.samples if not sample.is_warm_up] == [0, 1, 2, 3]
    again = compare_records(a, b, is_gated=False, anyway=False)
    assert [(row.n_a, row.effect and row.effect.is_paired) for row in again.speed] == [(4, True)] * 2
    assert list((folder / ".running").iterdir()) == []


def test_ctrl_c_keeps_the_rounds_that_there_were(tmp_path: Path, quiet: None) -> None:  # noqa: ARG001
    class CtrlC(Silent):
        def update(self, done: int, total: int | None) -> None:  # noqa: ARG002
            if done == 2:
                raise KeyboardInterrupt

    word = str(write_script(tmp_path))
    options = InterleaveOptions(n_prompt=(0,), n_gen=(8,), n_rounds=9, results=tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        interleave(word, word, options, CtrlC())
    records = [read_record(path) for path in (tmp_path / "out").glob("*.json")]
    assert len(records) == 2
    for record in records:
        assert not record.is_complete
        (point,) = record.speed
        assert point.stopped_because == "interrupted"
        assert [sample.round for sample in point.samples] == [None, None, 0, 1]


def test_a_side_that_dies_is_a_failure_and_no_finding(tmp_path: Path, quiet: None) -> None:  # noqa: ARG001
    good = write_script(tmp_path, "good")
    bad = write_script(tmp_path, "bad", failures=[{"at": "decode", "how": "exit", "after": 60}])
    ended = compared(
        good, bad, "--interleave", "-p", 0, "-n", 8, "-r", 40, "--results", tmp_path / "out",
        "--fail-on-regression", "3%", "--anyway",
    )  # fmt: skip
    assert ended.code == 2
    assert "B, speed/tg8 failed: crash" in ended.err
    by_name = {record.model.name: record for record in map(read_record, (tmp_path / "out").glob("*.json"))}
    assert not by_name["good"].failures
    assert [failure.unit for failure in by_name["bad"].failures] == ["speed/tg8"]


def test_a_gate_on_two_settings_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    script = write_script(tmp_path, failures=[{"at": "load", "how": "exit"}])
    sides = (f"{script}@fa=on", f"{script}@fa=off")
    out = ("--results", tmp_path / "out")
    ended = compared(*sides, "--interleave", *SMALL, *out, "--fail-on-regression", "3%")
    assert ended.code == 2
    assert "a regression of what? The sides differ in flash_attn" in ended.err


def test_two_sides_that_do_not_both_fit_are_refused() -> None:
    def needing(size: float) -> SimpleNamespace:
        return SimpleNamespace(predicted=SimpleNamespace(total_bytes=int(size), gpu_bytes=0))

    _check_memory({"a": needing(1), "b": needing(1)})  # type: ignore[dict-item]
    with pytest.raises(EnvironmentProblem, match=r"(?s)both together need about .*one after the other"):
        _check_memory({"a": needing(1), "b": needing(1e6 * GIB)})  # type: ignore[dict-item]


def test_sides_are_read_with_llama_benchs_short_flags(tmp_path: Path) -> None:
    assert read_words("qwen@t=2,tb=1,b=64,ub=32,ctk=q8_0,ctv=f16,fa=1,ngl=-1,c=512") == SideWords(
        "qwen",
        {
            "n_threads": 2,
            "n_threads_batch": 1,
            "n_batch": 64,
            "n_ubatch": 32,
            "type_k": "q8_0",
            "type_v": "f16",
            "flash_attn": "on",
            "n_gpu_layers": -1,
            "n_ctx": 512,
        },
    )
    assert read_words("ollama:qwen") == SideWords("ollama:qwen", {})
    assert read_words("models/me@home.gguf") == SideWords("models/me@home.gguf", {})
    record: Record = make_record()
    said = read_words(str(write_record(record, tmp_path)))
    assert (said.model, said.sha256) == (record.model.name, record.model.sha256)
    assert said.settings["n_ctx"] == 4096
    assert "engine" not in said.settings


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("qwen@threads=1", "unknown setting 'threads'"),
        ("qwen@t", "unknown model|no such model"),
        ("qwen@t=", "no value"),
        ("qwen@t=1,t=2", "set twice"),
        ("qwen@t=0", "no single number"),
        ("qwen@t=1-4", "no single number"),
        ("qwen@ctk=q9", "not known"),
        ("qwen@fa=maybe", "not known"),
        ("qwen@t=1,", "unknown setting"),
    ],
)
def test_a_side_that_makes_no_sense_is_refused(word: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        interleave(word, word, InterleaveOptions(results=tmp_path, is_offline=True), Silent())


def test_a_record_is_run_again_only_with_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    alone = make_settings(n_threads=1, n_threads_batch=1)
    model = make_record(str(write_script(tmp_path))).model
    changed = written(tmp_path / "c", model=model, settings=alone)
    unknown = written(tmp_path, model=make_record("nobody-knows-it").model, settings=alone)
    for path, what in (
        (changed, "is another file now"),
        (unknown, "cannot be run again: unknown model"),
        (tmp_path / "nowhere.json", "no such file"),
    ):
        with pytest.raises(BreakevenError, match=what):
            interleave(str(path), str(path), InterleaveOptions(results=tmp_path, is_offline=True), Silent())


@pytest.mark.model
def test_two_real_workers_are_measured_in_turn(tmp_path: Path, default_model_path: Path) -> None:
    options = InterleaveOptions(
        n_prompt=(0,), n_gen=(4,), n_rounds=3, budget_s=5.0, results=tmp_path, is_offline=True
    )
    outcome = interleave(
        f"{default_model_path}@c=256,t=1", f"{default_model_path}@c=256,t=1,ctk=q8_0", options, Silent()
    )
    a, b = outcome.records
    assert not outcome.has_failures
    assert (a.settings.type_k, b.settings.type_k) == ("f16", "q8_0")
    rounds = [
        [sample.round for point in record.speed for sample in point.samples if not sample.is_warm_up]
        for record in (a, b)
    ]
    assert rounds[0] == rounds[1] != []
    of_both = compare_records(a, b, is_gated=False, anyway=False)
    assert [row.name for row in of_both.speed] == ["tg4"]
    kv = next(row for row in of_both.plain if row.name == "KV cache")
    assert kv.b < kv.a


def test_the_side_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    good = write_script(tmp_path, "good")
    bad = write_script(tmp_path, "bad", failures=[{"at": "load", "how": "raise"}])
    options = InterleaveOptions(results=tmp_path / "out", is_offline=True)
    with pytest.raises(EngineError, match="load fail") as raised:
        interleave(str(good), str(bad), options, Silent())
    assert raised.value.where == "B bad"
