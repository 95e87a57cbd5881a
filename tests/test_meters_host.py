"""Fingerprint, threads and limits: synthetic trees for machines of other kinds, and this machine."""

import getpass
import os
import platform
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measuring import WriteFile

from bench.meters import cgroup, host

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and /sys")


# -- control groups ------------------------------------------------------------------------------


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert cgroup.cpu_quota(tmp_path) is None
    assert cgroup.memory_limit_bytes(tmp_path) is None
    assert cgroup.memory_left_bytes(tmp_path) is None


def test_version_2_takes_the_tightest_group_on_the_way_up(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "0::/jobs/one\n")
    write("sys/fs/cgroup/cpu.max", "max 100000\n")
    write("sys/fs/cgroup/jobs/cpu.max", "150000 100000\n")
    write("sys/fs/cgroup/jobs/one/cpu.max", "400000 100000\n")
    write("sys/fs/cgroup/jobs/memory.max", "4000\n")
    write("sys/fs/cgroup/jobs/memory.current", "3000\n")
    write("sys/fs/cgroup/jobs/memory.stat", "anon 1\ninactive_file 500\n")
    write("sys/fs/cgroup/jobs/one/memory.max", "max\n")
    assert cgroup.cpu_quota(tmp_path) == 1.5
    assert cgroup.memory_limit_bytes(tmp_path) == 4000
    assert cgroup.memory_left_bytes(tmp_path) == 1500


def test_version_2_inside_a_container_reads_the_mounts_top(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "0::/docker/of-the-host-only\n")
    write("sys/fs/cgroup/cpu.max", "200000 100000\n")
    write("sys/fs/cgroup/memory.max", "1000\n")
    assert cgroup.cpu_quota(tmp_path) == 2.0
    assert cgroup.memory_limit_bytes(tmp_path) == 1000


def test_version_1_has_a_folder_per_controller(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "9:name=systemd:/\n4:memory:/box\n2:cpu,cpuacct:/box\n0::/\n")
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n")
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
    write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "5000\n")
    write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "4000\n")
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert cgroup.cpu_quota(tmp_path) == 0.5
    assert cgroup.memory_limit_bytes(tmp_path) == 5000
    assert cgroup.memory_left_bytes(tmp_path) == 1000


@pytest.mark.parametrize("text", ["", "junk", "max", "100000", "0 0", "-1 100000", "1.5 1"])
def test_an_unreadable_quota_is_none(tmp_path: Path, write: WriteFile, text: str) -> None:
    write("proc/self/cgroup", "0::/\n")
    write("sys/fs/cgroup/cpu.max", text)
    assert cgroup.cpu_quota(tmp_path) is None


# -- threads -------------------------------------------------------------------------------------


@linux_only
def test_a_quota_below_one_cpu_still_leaves_one(tmp_path: Path, write: WriteFile) -> None:
    write("proc/self/cgroup", "0::/\n")
    write("sys/fs/cgroup/cpu.max", "50000 100000\n")
    assert host.usable_cpus(tmp_path) == 1
    assert host.default_threads(tmp_path) == 1


def siblings(write: WriteFile, groups: list[str]) -> None:
    for group in groups:
        for cpu in group.split(","):
            write(f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", f"{group}\n")


@linux_only
def test_hyperthreads_share_a_core(tmp_path: Path, write: WriteFile) -> None:
    siblings(write, ["0,2", "1,3"])
    assert host._performance_cores(tmp_path, {0, 1, 2, 3}) == {"0,2", "1,3"}
    assert host._performance_cores(tmp_path, {0, 2}) == {"0,2"}


@linux_only
def test_efficiency_cores_are_left_out_on_hybrids(tmp_path: Path, write: WriteFile) -> None:
    siblings(write, ["0,1", "2,3", "4", "5"])
    write("sys/devices/cpu_core/cpus", "0-3\n")
    write("sys/devices/cpu_atom/cpus", "4-5\n")
    assert host._performance_cores(tmp_path, set(range(6))) == {"0,1", "2,3"}
    assert host._performance_cores(tmp_path, {4, 5}) == {"4", "5"}  # bound to them, they are all there is


@linux_only
def test_little_cores_are_left_out_on_arm(tmp_path: Path, write: WriteFile) -> None:
    siblings(write, [str(cpu) for cpu in range(8)])
    for cpu in range(8):
        write(f"sys/devices/system/cpu/cpu{cpu}/cpu_capacity", "530\n" if cpu < 4 else "1024\n")
    assert host._performance_cores(tmp_path, set(range(8))) == {"4", "5", "6", "7"}


def test_threads_of_this_machine_fit_its_cpus() -> None:
    assert 1 <= host.default_threads() <= host.usable_cpus() <= (os.cpu_count() or 1)


# -- fingerprint ---------------------------------------------------------------------------------


def test_the_fingerprint_names_no_person_or_host() -> None:
    text = host.fingerprint().model_dump_json()
    for name in (platform.node(), getpass.getuser(), str(Path.home())):
        if len(name) > 4:  # a short name is met by chance
            assert name not in text


def test_the_fingerprint_knows_this_machine() -> None:
    machine = host.fingerprint()
    assert machine.cpu_model
    assert machine.memory_bytes > 1 << 28
    assert machine.usable_cpus == host.usable_cpus()
    assert 0 < host.available_memory_bytes() <= machine.memory_bytes


CACHE = f"sys/devices/system/cpu/cpu{min(host.allowed_cpus())}/cache"


@linux_only
def test_caches_are_those_of_one_cpu_in_bytes(tmp_path: Path, write: WriteFile) -> None:
    levels = [
        ("1", "Data", "48K"),
        ("1", "Instruction", "32K"),
        ("2", "Unified", "2048K"),
        ("3", "Unified", "32768K"),
    ]
    for index, (level, kind, size) in enumerate(levels):
        write(f"{CACHE}/index{index}/level", f"{level}\n")
        write(f"{CACHE}/index{index}/type", f"{kind}\n")
        write(f"{CACHE}/index{index}/size", f"{size}\n")
    assert host.caches(tmp_path) == {"L1d": 48 << 10, "L1i": 32 << 10, "L2": 2 << 20, "L3": 32 << 20}


@linux_only
@pytest.mark.parametrize("size", ["", "junk", "0x20", "K"])
def test_a_cache_of_unknown_size_is_left_out(tmp_path: Path, write: WriteFile, size: str) -> None:
    write(f"{CACHE}/index0/level", "2\n")
    write(f"{CACHE}/index0/type", "Unified\n")
    write(f"{CACHE}/index0/size", size)
    assert host.caches(tmp_path) == {}


@pytest.mark.parametrize(
    ("cpu", "slug"),
    [
        ("AMD EPYC", "amd-epyc"),
        ("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz", "intel-core-i7-8550u"),
        ("AMD Ryzen 7 7840U w/ Radeon 780M Graphics", "amd-ryzen-7-7840u-w-radeon-780m-graphics"),
        ("AMD Ryzen AI 5 340 with Radeon 840M", "amd-ryzen-ai-5-340"),
        ("AMD EPYC 7763 64-Core Processor", "amd-epyc-7763"),
        ("Apple M4", "apple-m4"),
        ("", "unknown"),
    ],
)
def test_machine_class_is_a_short_slug(cpu: str, slug: str) -> None:
    assert host.machine_class("linux", "x86_64", cpu, 2, 24_105 << 20) == f"linux-x86_64-{slug}-2c-24g"


@given(cpu=st.text(max_size=40))
def test_machine_class_can_stand_in_a_file_name(cpu: str) -> None:
    name = host.machine_class("linux", "aarch64", cpu, 4, 1)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@linux_only
def test_the_boards_name_stands_in_for_a_nameless_processor(tmp_path: Path, write: WriteFile) -> None:
    write("proc/cpuinfo", "processor\t: 0\nCPU part\t: 0xd0b\n")
    write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    assert host.cpu_model(tmp_path) == "Raspberry Pi 5 Model B Rev 1.0"
