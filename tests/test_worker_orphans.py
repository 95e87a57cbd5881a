"""No worker outlives its parent, however the parent ends, and whatever the worker is doing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil
import pytest
from engine_scripts import write_script

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is sent")

REPOSITORY = Path(__file__).parent.parent
PROGRAM = """
import os, sys, threading
from bench.engines.protocol import EngineSettings
from bench.worker.parent import Worker
from bench.worker.protocol import Load, TimePrefill
path, how = sys.argv[1:]
def run():
    worker = Worker.start(engine="scripted")
    worker.call(Load(path, EngineSettings(engine="scripted", n_ctx=1024)), timeout_s=30)
    if how == "forked" and os.fork() == 0:
        import time; time.sleep(20)  # holds the worker's pipes open, beyond the parent's end
        os._exit(0)
    print(worker.pid, flush=True)
    if how != "idle":
        worker.call(TimePrefill(10, 1), timeout_s=60)
    else:
        input()
if how == "thread":
    threading.Thread(target=run).start()
else:
    run()
"""


def start_parent(script: str, how: str) -> tuple[subprocess.Popen[str], psutil.Process]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, script, how],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    return parent, psutil.Process(int(parent.stdout.readline()))


def lives(worker: psutil.Process) -> bool:
    """Not ended: an ended orphan stays listed until the system's first process has taken note."""
    try:
        return worker.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def survivors(workers: list[psutil.Process]) -> list[psutil.Process]:
    """Who still lives after two seconds."""
    give_up_at = time.perf_counter() + 2.0
    while (alive := [worker for worker in workers if lives(worker)]) and time.perf_counter() < give_up_at:
        time.sleep(0.01)
    return alive


def test_workers_end_with_killed_parents(tmp_path):
    script = write_script(tmp_path, failures=[{"at": "decode", "how": "hang"}])
    with ThreadPoolExecutor() as pool:
        pairs = list(pool.map(partial(start_parent, script), ["busy", "thread", "forked", "idle"]))
    try:
        time.sleep(0.1)
        assert all(lives(worker) for _, worker in pairs)
        for parent, _ in pairs:
            parent.send_signal(signal.SIGKILL)
        assert survivors([worker for _, worker in pairs]) == []
    finally:
        for parent, _ in pairs:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
            parent.communicate()


def test_ctrl_c_reaches_the_parent_only(tmp_path):
    script = write_script(tmp_path, failures=[{"at": "decode", "how": "hang"}])
    parent, worker = start_parent(script, "busy")
    try:
        worker.send_signal(signal.SIGINT)
        time.sleep(0.1)
        assert lives(worker)
        parent.send_signal(signal.SIGINT)
        assert parent.wait(5) == -signal.SIGINT
        assert survivors([worker]) == []
    finally:
        parent.kill()
        parent.communicate()
