"""What others take of the CPUs: synthetic counters, and this machine's own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from measuring import FakeClock, S

from bench.meters.contention import ContentionMeter
from bench.meters.process_clock import open_process_clock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def write_stat(root: Path, idle_ticks: int, iowait_ticks: int = 0) -> None:
    """Every CPU that this process may use idles so long; one that it may not use never idles."""
    (root / "proc").mkdir(exist_ok=True)
    lines = ["cpu  9 9 9 9 9 9 9 9 0 0"]
    lines += [f"cpu{cpu} 1 1 1 {idle_ticks} {iowait_ticks} 0 0 0 0 0" for cpu in os.sched_getaffinity(0)]
    lines += ["cpu9999 1 1 1 0 0 0 0 0 0 0", "intr 1 2 3", "ctxt 5"]
    (root / "proc" / "stat").write_text("\n".join(lines) + "\n")


def test_busy_time_is_what_the_usable_cpus_did_not_idle(tmp_path: Path) -> None:
    clock = FakeClock(now_ns=100 * S)
    write_stat(tmp_path, idle_ticks=1000)
    meter = ContentionMeter(os.getpid(), root=tmp_path, clock=clock)
    before = meter.read()
    clock.advance(2 * S)
    write_stat(tmp_path, idle_ticks=1100, iowait_ticks=50)  # of 2 s each idled 1 s and waited for disk 0.5 s
    after = meter.read()
    n_cpus = len(os.sched_getaffinity(0))
    assert after.n_cpus == n_cpus
    assert after.busy_cpu_s is not None
    assert before.busy_cpu_s is not None
    assert after.busy_cpu_s - before.busy_cpu_s == pytest.approx(0.5 * n_cpus)


def test_pressure_is_read_in_seconds(tmp_path: Path) -> None:
    write_stat(tmp_path, 0)
    (tmp_path / "proc" / "pressure").mkdir()
    (tmp_path / "proc" / "pressure" / "cpu").write_text(
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
    )
    assert ContentionMeter(os.getpid(), root=tmp_path).read().stalled_s == 2.5


@pytest.mark.parametrize("stat", [None, "", "cpu0 1 2\n", "cpu0 a b c d e f\n"])
def test_what_the_system_does_not_say_is_none(tmp_path: Path, stat: str | None) -> None:
    if stat is not None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc" / "stat").write_text(stat)
    reading = ContentionMeter(os.getpid(), root=tmp_path).read()
    assert reading.busy_cpu_s is None
    assert reading.stalled_s is None
    assert reading.own_cpu_s is not None


def test_a_worker_that_has_gone_leaves_own_time_unknown() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert ContentionMeter(child.pid).read().own_cpu_s is None


def test_a_busy_neighbour_is_seen_and_the_worker_is_not_taken_for_one() -> None:
    spin = [sys.executable, "-S", "-c", "while True: pass"]
    with subprocess.Popen(spin) as worker, subprocess.Popen(spin) as neighbour:
        try:
            meter = ContentionMeter(worker.pid)
            neighbours_ns, _ = open_process_clock(neighbour.pid)
            before, neighbour_before_ns = meter.read(), neighbours_ns()
            time.sleep(0.4)
            after, neighbour_after_ns = meter.read(), neighbours_ns()
        finally:
            worker.kill()
            neighbour.kill()
    assert before.busy_cpu_s is not None
    assert after.busy_cpu_s is not None
    assert before.own_cpu_s is not None
    assert after.own_cpu_s is not None
    others_s = after.busy_cpu_s - before.busy_cpu_s - (after.own_cpu_s - before.own_cpu_s)
    neighbour_s = (neighbour_after_ns - neighbour_before_ns) / S
    assert neighbour_s > 0
    assert others_s >= neighbour_s - 0.02 * after.n_cpus  # idle time is told in ticks of 10 ms
    assert others_s < 0.4 * after.n_cpus + 0.1
