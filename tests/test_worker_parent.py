"""The worker as real processes, on the scripted engine."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from engine_scripts import settings_for, write_script

import bench
from bench.commands.doctor import examine
from bench.engines.protocol import Message, Prompt
from bench.engines.results import Choice, Served, Window
from bench.errors import EngineError, WorkerError
from bench.worker import parent
from bench.worker.parent import Worker, shifted
from bench.worker.protocol import (
    Generate,
    Hello,
    ListDevices,
    Load,
    Ping,
    Quantize,
    Reopen,
    ScoreChoices,
    Serve,
    TimeBoth,
    TimeDecode,
    TimeParallel,
    TimePrefill,
    TimeWarmPrefix,
)
from bench.worker.watchdog import exit_if_orphaned

FRANCE = Prompt(messages=(Message("user", "What is the capital of France?"),))
LIMIT_S = 30.0


@pytest.fixture(scope="module")
def idle_worker():
    """One worker for the tests that leave it as it was."""
    with Worker.start(engine="scripted") as worker:
        yield worker


@pytest.fixture
def loaded(idle_worker, tmp_path):
    script = write_script(tmp_path, answers={"capital of France": "Paris"})
    idle_worker.call(Load(script, settings_for()), timeout_s=LIMIT_S)
    return idle_worker


def start_failing(folder: Path, *, at: str, how: str, **more: object) -> tuple[Worker, Load]:
    script = write_script(folder, failures=[{"at": at, "how": how} | more])
    return Worker.start(engine="scripted"), Load(script, settings_for())


def test_every_command_has_its_answer(loaded, tmp_path):
    info = loaded.call(Load(write_script(tmp_path), settings_for()), timeout_s=LIMIT_S).info
    assert info.engine_build == "scripted"
    script = write_script(tmp_path, answers={"capital of France": "Paris"})
    loaded.call(Load(script, settings_for()), timeout_s=LIMIT_S)
    for command, n_evaluated in (
        (TimePrefill(100, 1), 100),
        (TimePrefill(100, 1, n_depth=50), 100),
        (TimeDecode(10, 5, 1), 10),
        (TimeBoth(n_prompt=20, n_gen=3, n_depth=50, seed=1), 23),
        (TimeParallel(n_prompt=0, n_gen=3, n_depth=50, n_parallel=4, seed=1), 12),
        (TimeParallel(n_prompt=20, n_gen=0, n_depth=0, n_parallel=4, seed=1), 80),
        (TimeWarmPrefix(100, 1), 1),
    ):
        timed = loaded.call(command, timeout_s=LIMIT_S)
        assert timed.n_evaluated == timed.n_tokens == n_evaluated
    assert [one.kind for one in loaded.call(ListDevices(), timeout_s=LIMIT_S).devices] == ["CPU"]
    assert loaded.call(Serve(FRANCE, 20), timeout_s=LIMIT_S).text == "Paris"
    generated = loaded.call(Generate((FRANCE, Prompt()), 20, ("r",)), timeout_s=LIMIT_S)
    assert [one.text for one in generated.completions] == ["Pa", ""]
    choice = Choice("capital of France", (" Paris", " Rome"))
    (score,) = loaded.call(ScoreChoices((choice,)), timeout_s=LIMIT_S).scores
    assert score.logprobs[0] > score.logprobs[1]
    copy = str(tmp_path / "copy.json")
    loaded.call(Quantize(script, copy, "Q8_0", 1), timeout_s=LIMIT_S)
    assert Path(copy).exists()


def test_a_model_held_otherwise_answers_on_and_one_refused_is_held_no_more(loaded):
    depth = TimeDecode(3, 200, 1)
    first = loaded.call(depth, timeout_s=LIMIT_S)
    held = loaded.call(Reopen(settings_for(n_ctx=512)), timeout_s=LIMIT_S)
    assert held.info.buffers[1].size_bytes == 64 * 512
    assert held.window.end_ns == held.window.start_ns  # nothing was loaded
    assert loaded.call(depth, timeout_s=LIMIT_S).calls_ns == first.calls_ns
    with pytest.raises(EngineError, match="changes only"):
        loaded.call(Reopen(settings_for(use_mmap=False)), timeout_s=LIMIT_S)
    with pytest.raises(EngineError, match="no model"):
        loaded.call(depth, timeout_s=LIMIT_S)
    loaded.call(Reopen(settings_for()), timeout_s=LIMIT_S)
    assert loaded.call(depth, timeout_s=LIMIT_S).n_evaluated == 3


def test_the_clocks_are_one_and_the_offset_is_within_the_round_trip(idle_worker):
    assert idle_worker.round_trip_ns > 0
    assert abs(idle_worker.clock_offset_ns) <= idle_worker.round_trip_ns
    before_ns = time.perf_counter_ns()
    hello = idle_worker.call(Ping(), timeout_s=LIMIT_S)
    assert before_ns <= hello.now_ns <= time.perf_counter_ns()
    assert hello.pid == idle_worker.pid != os.getpid()


def test_windows_are_shifted_onto_the_parents_clock(loaded, monkeypatch):
    first = loaded.call(Serve(FRANCE, 20), timeout_s=LIMIT_S)
    monkeypatch.setattr(loaded, "clock_offset_ns", 10**15)  # far beyond the round trip: another clock
    second = loaded.call(Serve(FRANCE, 20), timeout_s=LIMIT_S)
    gap_ns = second.request.start_ns - first.request.start_ns
    assert gap_ns < -(10**14)
    back = shifted(second, -gap_ns)
    assert replace(back, text=first.text) == first


def test_shifting_moves_every_point_in_time_and_nothing_else():
    served = Served(1, 2, 1, "x", False, Window(1, 9), Window(1, 2), Window(2, 3), Window(3, 9), (3, 9))
    moved = shifted(served, 10)
    assert moved == Served(
        1, 2, 1, "x", False, Window(11, 19), Window(11, 12), Window(12, 13), Window(13, 19), (13, 19)
    )
    assert shifted(Hello(5, 6), 10) == Hello(5, 6)


def test_what_the_engine_refuses_leaves_the_worker_alive(loaded, tmp_path):
    refused = [
        Serve(Prompt(), 5),
        Serve(FRANCE, 0),
        TimePrefill(10**6, 1),
        Load(str(tmp_path / "none.json"), settings_for()),
        TimePrefill(10, 1),  # nothing is loaded any more
    ]
    for command in refused:
        with pytest.raises(EngineError):
            loaded.call(command, timeout_s=LIMIT_S)
    assert loaded.is_alive
    assert loaded.call(Ping(), timeout_s=LIMIT_S).pid == loaded.pid


def test_a_worker_says_at_its_start_whether_its_engine_is_there(idle_worker):
    assert idle_worker.engine_error is None
    with Worker.start(engine="no_such") as worker:
        assert "no engine is called 'no_such'" in worker.engine_error
        assert worker.is_alive


def test_doctor_tells_an_engine_that_cannot_be_opened(monkeypatch):
    monkeypatch.setattr(Worker.start.__func__, "__kwdefaults__", {"engine": "no_such", "log_lines": 200})
    found = examine()[0]
    assert (found.name, found.works) == ("engine", False)
    assert "no engine is called" in found.detail
    assert "quickstart" in found.remedy


def test_the_workers_pid_is_the_one_it_tells(monkeypatch):
    answer = Hello(4242, time.perf_counter_ns())
    monkeypatch.setattr(Worker, "call", lambda *_, **__: answer)
    with Worker.start(engine="scripted") as worker:
        assert worker.pid == answer.pid


def test_on_windows_another_parent_is_no_orphan(monkeypatch):
    exits = []
    monkeypatch.setattr(os, "_exit", exits.append)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "name", "nt")
        exit_if_orphaned(-1)
    assert exits == []
    exit_if_orphaned(-1)
    assert exits == ([1] if os.name == "posix" else [])


def test_an_unknown_engine_is_an_error_of_its_first_use():
    with Worker.start(engine="no_such") as worker, pytest.raises(EngineError, match="no engine is called"):
        worker.call(Load("x", settings_for()), timeout_s=LIMIT_S)


@pytest.mark.parametrize(
    ("how", "kind", "word"),
    [
        ("abort", "crash", "SIGABRT"),
        ("exit", "crash", "exit code 3"),
        ("bug", "crash", "the script breaks decode"),
        ("kill", "killed", "SIGKILL"),
        ("memory", "out_of_memory", "MemoryError"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="signals have other numbers elsewhere")
def test_a_worker_that_ends_is_told_apart_by_how(tmp_path, how, kind, word):
    worker, load = start_failing(tmp_path, at="decode", how=how, after=3)
    with worker:
        worker.call(load, timeout_s=LIMIT_S)
        with pytest.raises(WorkerError) as caught:
            worker.call(TimeDecode(10, 0, 1), timeout_s=LIMIT_S)
        assert caught.value.kind == kind
        assert word in f"{caught.value.what}\n{caught.value.last_words}"
        assert not worker.is_alive
        with pytest.raises(WorkerError) as again:
            worker.call(Ping(), timeout_s=LIMIT_S)
        assert again.value.kind == kind


def test_native_aborts_leave_the_stack_as_last_words(tmp_path):
    worker, load = start_failing(tmp_path, at="load", how="abort")
    with worker, pytest.raises(WorkerError) as caught:
        worker.call(load, timeout_s=LIMIT_S)
    assert "_misbehave" in caught.value.last_words


def test_silence_is_a_hang_and_is_ended(tmp_path):
    worker, load = start_failing(tmp_path, at="load", how="hang")
    with worker:
        with pytest.raises(WorkerError, match="no answer to Load") as caught:
            worker.call(load, timeout_s=0.2)
        assert caught.value.kind == "hang"
        assert not worker.is_alive


def test_progress_keeps_a_slow_worker_from_being_taken_for_a_hang(tmp_path):
    worker, load = start_failing(tmp_path, at="decode", how="slow")
    seen: list[tuple[int, int]] = []
    with worker:
        worker.call(replace(load, settings=settings_for(n_seq_max=1)), timeout_s=LIMIT_S)
        command = Generate((Prompt(text="a"),) * 4, 1)
        worker.call(command, timeout_s=1.0, on_progress=lambda *at: seen.append(at))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_worker_killed_from_outside_is_killed(tmp_path):
    worker, load = start_failing(tmp_path, at="decode", how="hang")
    with worker:
        worker.call(load, timeout_s=LIMIT_S)
        killer = threading.Timer(0.1, os.kill, (worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM)))
        killer.start()
        with pytest.raises(WorkerError) as caught:
            worker.call(TimePrefill(5, 1), timeout_s=LIMIT_S)
        killer.join()
    assert caught.value.kind in ("killed", "crash" if os.name == "nt" else "killed")


def test_an_interrupted_call_leaves_a_worker_that_can_be_stopped(tmp_path):
    class Stop(BaseException):
        pass

    def interrupt(*_: int) -> None:
        raise Stop

    worker, load = start_failing(tmp_path, at="decode", how="slow")
    with worker:
        worker.call(load, timeout_s=LIMIT_S)
        with pytest.raises(Stop):
            worker.call(Generate((FRANCE,), 5), timeout_s=LIMIT_S, on_progress=interrupt)
        with pytest.raises(WorkerError) as caught:  # its reply would be the answer to something else
            worker.call(Ping(), timeout_s=LIMIT_S)
        assert caught.value.kind == "interrupted"
    worker.stop()
    assert not worker.is_alive


def test_a_command_that_cannot_be_sent_leaves_the_worker_usable(idle_worker, monkeypatch):
    monkeypatch.setattr("bench.worker.wire.MAX_LINE_BYTES", 50)
    with pytest.raises(Exception, match="more than 50"):
        idle_worker.call(Serve(Prompt(text="x" * 100), 1), timeout_s=LIMIT_S)
    monkeypatch.undo()
    assert idle_worker.call(Ping(), timeout_s=LIMIT_S).pid == idle_worker.pid


def test_nonsense_from_the_child_is_a_crash(monkeypatch):
    talk = "import sys; sys.stdout.write('hello\\n'); sys.stdout.flush(); sys.stdin.read()"
    monkeypatch.setattr(parent, "BOOTSTRAP", talk)
    with pytest.raises(WorkerError, match="makes no sense"):
        Worker.start(engine="scripted")


def test_a_child_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr(parent, "BOOTSTRAP", "raise SystemExit('the library is missing')")
    with pytest.raises(WorkerError) as caught:
        Worker.start(engine="scripted")
    assert caught.value.last_words == "the library is missing"


def test_the_log_is_bounded_and_keeps_the_end(monkeypatch):
    talk = "import sys; sys.stderr.write('\\n'.join(f'line {i}' for i in range(99999))); sys.exit(4)"
    monkeypatch.setattr(parent, "BOOTSTRAP", talk)
    with pytest.raises(WorkerError) as caught:
        Worker.start(engine="scripted", log_lines=5)
    assert caught.value.last_words.split("\n") == [f"line {i}" for i in range(99994, 99999)]


def test_an_alien_package_of_our_name_is_never_imported(tmp_path):
    """Not from the current folder, and not from PYTHONPATH, which only the parent's start may use."""
    alien = tmp_path / "bench"
    alien.mkdir()
    (alien / "__init__.py").write_text("raise SystemExit('alien')")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(bench.__file__).parent.parent)!r})\n"
        "from bench.worker.parent import Worker\n"
        "with Worker.start(engine='scripted') as worker: print(worker.is_alive)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
