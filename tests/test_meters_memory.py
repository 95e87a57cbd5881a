"""Memory of a process: real readings of this one, synthetic ones for what a system may leave out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.meters.memory import read_memory, restart_peak
from bench.meters.page_cache import cached_share
from bench.meters.protocol import MemoryReading

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_cheap_reading_has_resident_size_alone() -> None:
    reading = read_memory(os.getpid(), full=False)
    assert reading.rss_bytes is not None
    assert reading.rss_bytes > 1 << 20
    assert reading.uss_bytes is None
    assert reading.pss_bytes is None


@linux_only
def test_a_full_reading_orders_unshared_proportional_and_resident() -> None:
    reading = read_memory(os.getpid(), full=True)
    assert reading.uss_bytes is not None
    assert reading.pss_bytes is not None
    assert reading.rss_bytes is not None
    assert reading.peak_rss_bytes is not None
    # Taken one after the other: a page may come between.
    assert reading.uss_bytes <= reading.pss_bytes + (1 << 20)
    assert reading.pss_bytes <= reading.rss_bytes + (1 << 20)
    assert reading.rss_bytes <= reading.peak_rss_bytes + (1 << 20)


@linux_only
def test_the_peak_remembers_what_was_given_back() -> None:
    size = 64 << 20
    code = f"import sys; x = bytearray({size}); del x; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        reading = read_memory(child.pid, full=False)
    assert reading.rss_bytes is not None
    assert reading.peak_rss_bytes is not None
    assert reading.peak_rss_bytes - reading.rss_bytes > size // 2


@linux_only
def test_a_restarted_peak_counts_from_then_on() -> None:
    size = 64 << 20
    code = f"import sys; x = bytearray({size}); del x; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        did_restart = restart_peak(child.pid)
        reading = read_memory(child.pid, full=False)
    assert did_restart
    assert reading.rss_bytes is not None
    assert reading.peak_rss_bytes is not None
    assert reading.peak_rss_bytes - reading.rss_bytes < size // 2


def test_a_peak_that_cannot_be_restarted_says_so(tmp_path: Path) -> None:
    assert not restart_peak(7, proc=tmp_path)


def test_a_process_that_has_gone_is_unknown() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    child.wait()
    assert read_memory(child.pid, full=True) == MemoryReading(None, None)


@linux_only
def test_units_and_missing_fields_on_a_synthetic_tree(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "status").write_text("Name:\tx\nVmHWM:\t  200 kB\nVmRSS:\t  100 kB\nThreads:\t1\n")
    assert read_memory(7, full=True, proc=tmp_path) == MemoryReading(100 * 1024, 200 * 1024)
    (folder / "smaps_rollup").write_text(
        "0-1 ---p 0 00:00 0 [rollup]\nRss: 100 kB\nPss: 60 kB\nPss_Anon: 5 kB\n"
        "Private_Clean: 10 kB\nPrivate_Dirty: 20 kB\nPrivate_Hugetlb: 3 kB\nShared_Clean: 9 kB\n"
    )
    reading = read_memory(7, full=True, proc=tmp_path)
    assert reading == MemoryReading(100 * 1024, 200 * 1024, uss_bytes=33 * 1024, pss_bytes=60 * 1024)


@linux_only
def test_mapped_files_and_locked_pages_are_told_apart_from_the_rest(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.write_bytes(bytes(32 << 20))
    code = (
        "import mmap, sys; file = open(sys.argv[1], 'rb'); "
        "mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); mapped[::4096]; "
        "own = bytearray(16 << 20); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code, str(content)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        reading = read_memory(child.pid, full=False)
    assert reading.rss_file_bytes is not None
    assert reading.rss_anon_bytes is not None
    assert 32 << 20 <= reading.rss_file_bytes < 48 << 20
    assert 16 << 20 <= reading.rss_anon_bytes < 32 << 20
    assert reading.locked_bytes == 0


@linux_only
def test_a_file_just_written_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(3_000_000))
    assert cached_share(path) == 1.0


@linux_only
def test_a_file_dropped_from_memory_is_cold() -> None:
    # Beside the tests, since a temporary folder may lie in memory itself.
    path = Path(__file__).with_name(f".page-cache-{os.getpid()}.tmp")
    try:
        with path.open("wb") as file:
            file.write(os.urandom(3_000_000))
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        share = cached_share(path)
    finally:
        path.unlink()
    assert share is not None
    assert share < 0.5


def test_nothing_is_known_of_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert cached_share(path) is None
