"""What others take of the CPUs: synthetic counters, and this machine's own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from measuring import FakeClock, S, WriteFile

from bench.measure.disturbance import contention_between
from bench.meters import linux_counters
from bench.meters.contention import ContentionMeter, suspended_now_s
from bench.meters.process_clock import open_process_clock
from bench.meters.protocol import ContentionReading

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


# -- the other counters --------------------------------------------------------------------------


def read(root: Path, pid: int | None = None) -> ContentionReading:
    return ContentionMeter(os.getpid() if pid is None else pid, root=root).read()


def test_a_tree_without_counters_says_nothing(tmp_path: Path) -> None:
    reading = read(tmp_path)
    assert reading.waited_s is None
    assert reading.stolen_s is None
    assert reading.throttled_s is None
    assert reading.swapped_bytes is None
    assert reading.memory_stalled_s is None


def test_stolen_time_of_the_usable_cpus_is_told_apart(tmp_path: Path, write: WriteFile) -> None:
    lines = [f"cpu{cpu} 1 1 1 100 0 0 0 50 0 0" for cpu in os.sched_getaffinity(0)]
    write("proc/stat", "\n".join([*lines, "cpu9999 1 1 1 0 0 0 0 900 0 0"]))
    assert read(tmp_path).stolen_s == pytest.approx(0.5 * len(lines))


def test_a_kernel_without_a_steal_column_still_tells_idle(tmp_path: Path, write: WriteFile) -> None:
    write("proc/stat", "\n".join(f"cpu{cpu} 1 1 1 100 0" for cpu in os.sched_getaffinity(0)))
    assert read(tmp_path).busy_cpu_s is not None
    assert read(tmp_path).stolen_s is None


def test_run_delay_is_summed_over_the_workers_threads(tmp_path: Path, write: WriteFile) -> None:
    write(f"proc/{os.getpid()}/task/1/schedstat", "5000000000 250000000 9\n")
    write(f"proc/{os.getpid()}/task/2/schedstat", "7000000000 500000000 9\n")
    assert read(tmp_path).waited_s == 0.75


def test_throttling_counts_in_every_group_up_to_the_top(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "0::/jobs/one\n")
    write("sys/fs/cgroup/jobs/one/cpu.stat", "usage_usec 9\nnr_throttled 3\nthrottled_usec 250000\n")
    write("sys/fs/cgroup/jobs/cpu.stat", "usage_usec 9\nnr_throttled 0\nthrottled_usec 500000\n")
    write("sys/fs/cgroup/cpu.stat", "usage_usec 9\n")  # the top has no quota, and no such line
    assert read(tmp_path).throttled_s == pytest.approx(0.75)


def test_throttling_of_version_1_is_in_nanoseconds(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "2:cpu,cpuacct:/box\n")
    stat = "nr_periods 5\nnr_throttled 3\nthrottled_time 1500000000\n"
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.stat", stat)
    assert read(tmp_path).throttled_s == pytest.approx(1.5)


def test_swap_counts_both_ways_in_bytes(tmp_path: Path, write: WriteFile) -> None:
    write("proc/vmstat", "pgpgin 999\npswpin 3\npswpout 4\npswpin_other 9\n")
    assert read(tmp_path).swapped_bytes == 7 * os.sysconf("SC_PAGE_SIZE")


def test_memory_pressure_is_read_in_seconds(tmp_path: Path, write: WriteFile) -> None:
    write("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n")
    assert read(tmp_path).memory_stalled_s == 1.5


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ("proc/stat", "busy_cpu_s"),
        ("proc/vmstat", "swapped_bytes"),
        ("proc/pressure/cpu", "stalled_s"),
        ("proc/pressure/memory", "memory_stalled_s"),
        ("proc/{pid}/task/1/schedstat", "waited_s"),
        ("sys/fs/cgroup/cpu.stat", "throttled_s"),
    ],
)
@pytest.mark.parametrize("content", [None, "", "junk\n", "some total=x\npswpin x\nthrottled_usec x\n"])
def test_a_counter_that_cannot_be_read_is_none(
    tmp_path: Path, write: WriteFile, file: str, field: str, content: str | None
) -> None:
    write("proc/self/cgroup", "0::/\n")
    file = file.format(pid=os.getpid())
    if content is None:
        (tmp_path / file).mkdir(parents=True)  # an error even for the superuser
    else:
        write(file, content)
    assert getattr(read(tmp_path), field) is None


def test_sleep_and_a_set_clock_are_told_apart_from_time(tmp_path: Path) -> None:
    clock, wall, asleep = FakeClock(), FakeClock(), FakeClock()
    meter = ContentionMeter(
        os.getpid(),
        root=tmp_path,
        clock=clock,
        wall=lambda: wall() / S,
        suspended=lambda: asleep() / S,
    )
    before = meter.read()
    clock.advance(1 * S)
    asleep.advance(30 * S)
    wall.advance((1 + 30 + 3600) * S)
    found = contention_between(before, meter.read())
    assert found.suspended_s == 30.0
    assert found.clock_step_s == 3600.0
    assert found.causes == ("suspended", "clock-stepped")


def test_this_machine_was_not_asleep_while_it_ran() -> None:
    first = suspended_now_s()
    assert first is not None
    assert suspended_now_s() == pytest.approx(first, abs=0.01)


def test_a_reading_carries_the_state(tmp_path: Path, write: WriteFile) -> None:
    write(f"sys/devices/system/cpu/cpu{min(os.sched_getaffinity(0))}/cpufreq/scaling_governor", "schedutil\n")
    assert read(tmp_path).governor == "schedutil"


# -- this machine --------------------------------------------------------------------------------


def test_a_worker_that_has_gone_leaves_own_time_unknown() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    reading = ContentionMeter(child.pid).read()
    assert reading.own_cpu_s is None
    assert reading.waited_s is None


def test_a_worker_that_shares_its_only_cpu_is_called_disturbed() -> None:
    cpu = min(os.sched_getaffinity(0))
    spin = [sys.executable, "-S", "-c", f"import os; os.sched_setaffinity(0, {{{cpu}}})\nwhile True: pass"]
    with subprocess.Popen(spin) as worker, subprocess.Popen(spin) as neighbour:
        try:
            meter = ContentionMeter(worker.pid)
            wait_until_both_wait(worker.pid, neighbour.pid)
            before = meter.read()
            time.sleep(0.3)
            found = contention_between(before, meter.read())
        finally:
            worker.kill()
            neighbour.kill()
    assert found.is_disturbed
    if found.waited_s is not None:  # the kernel counts run delays
        assert "cpu-pressure" in found.causes
        assert found.waited_s > 0.03


def wait_until_both_wait(*pids: int) -> None:
    """Until each has been kept from its CPU once: both run, and share it."""
    deadline_ns = time.perf_counter_ns() + 2 * S
    while time.perf_counter_ns() < deadline_ns:
        if all((linux_counters.waited_s(Path("/proc"), pid) or 0.0) > 0.02 for pid in pids):
            return
        time.sleep(0.02)


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
    assert others_s < (after.at_ns - before.at_ns) / S * after.n_cpus + 0.1
