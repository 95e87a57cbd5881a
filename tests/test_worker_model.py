"""The worker with the real engine on the default model: what the scripted one cannot show."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from test_worker_orphans import survivors

from bench.engines.protocol import EngineSettings, Message, Prompt
from bench.errors import EngineError, WorkerError
from bench.worker.parent import Worker
from bench.worker.protocol import Load, Serve, TimeDecode, TimePrefill

pytestmark = pytest.mark.model

SETTINGS = EngineSettings(n_ctx=2048)
LIMIT_S = 120.0
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def worker(default_model_path):
    with Worker.start() as started:
        started.call(Load(str(default_model_path), SETTINGS), timeout_s=LIMIT_S)
        yield started


def test_the_parent_stays_free_of_the_engine(worker):
    assert worker.is_alive
    program = "import bench.worker.parent, sys; print('llama_cpp' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_windows_lie_between_call_and_answer(worker):
    question = "What is the capital of France? Answer with one word."
    prompt = Prompt(messages=(Message("user", question),))
    before_ns = time.perf_counter_ns()
    served = worker.call(Serve(prompt, 8), timeout_s=LIMIT_S)
    after_ns = time.perf_counter_ns()
    assert before_ns <= served.request.start_ns < served.request.end_ns <= after_ns
    assert "Paris" in served.text
    assert served.n_evaluated == served.n_prompt_tokens


def test_native_output_is_in_the_log_and_not_in_the_protocol(worker):
    assert "buffer size" in worker.last_words


def test_bad_files_are_refused_and_the_worker_lives(worker, tmp_path, default_model_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(default_model_path.read_bytes()[: 1 << 22])
    with pytest.raises(EngineError, match="truncated"):
        worker.call(Load(str(broken), SETTINGS), timeout_s=LIMIT_S)
    info = worker.call(Load(str(default_model_path), SETTINGS), timeout_s=LIMIT_S).info
    assert worker.call(TimePrefill(16, 1), timeout_s=LIMIT_S).n_evaluated == 16
    assert info.is_mapped


def test_a_long_decode_is_ended_as_a_hang(default_model_path):
    with Worker.start() as worker:
        worker.call(Load(str(default_model_path), SETTINGS), timeout_s=LIMIT_S)
        with pytest.raises(WorkerError) as caught:
            worker.call(TimeDecode(2000, 0, 1), timeout_s=0.2)
    assert caught.value.kind == "hang"


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    ("number", "kind"), [("SIGKILL", "killed"), ("SIGSEGV", "crash"), ("SIGABRT", "crash")]
)
def test_a_signal_in_mid_decode_is_told_apart(default_model_path, number, kind):
    with Worker.start() as worker:
        worker.call(Load(str(default_model_path), SETTINGS), timeout_s=LIMIT_S)
        timer = threading.Timer(0.3, os.kill, (worker.pid, getattr(signal, number)))
        timer.start()
        with pytest.raises(WorkerError) as caught:
            worker.call(TimeDecode(2000, 0, 1), timeout_s=LIMIT_S)
        timer.join()
    assert caught.value.kind == kind
    assert number in caught.value.what
    if kind == "crash":
        assert "in decode" in caught.value.last_words  # the stack, by faulthandler


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is sent")
def test_no_worker_outlives_a_parent_killed_in_mid_decode(default_model_path):
    program = (
        "import sys\n"
        "from bench.engines.protocol import EngineSettings\n"
        "from bench.worker.parent import Worker\n"
        "from bench.worker.protocol import Load, TimeDecode\n"
        "worker = Worker.start()\n"
        "worker.call(Load(sys.argv[1], EngineSettings(n_ctx=2048)), timeout_s=120)\n"
        "print(worker.pid, flush=True)\n"
        "worker.call(TimeDecode(2000, 0, 1), timeout_s=120)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(default_model_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    try:
        worker = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.3)
        parent.kill()
        assert survivors([worker]) == []
    finally:
        parent.kill()
        parent.communicate()
