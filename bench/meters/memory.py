"""Memory of another process as the system reports it."""

import sys
from pathlib import Path

from bench.meters.protocol import MemoryReading
from bench.units import KIB

PROC = Path("/proc")


def read_memory(pid: int, *, full: bool, proc: Path = PROC) -> MemoryReading:
    """Bytes of process ``pid``; None for what the system does not say, everything None once it has gone.

    Without ``full`` the reading is cheap enough for a timed window: resident size, its peak and its parts,
    which the kernel keeps by itself. ``full`` adds USS and PSS, for which the kernel walks the page tables of
    the measured process: at phase borders only.
    """
    if sys.platform != "linux":
        return _from_psutil(pid, full=full)
    return _from_proc(proc / str(pid), full=full)


def _from_proc(folder: Path, *, full: bool) -> MemoryReading:
    status = _kilobyte_fields(folder / "status")
    uss = pss = None
    if full:
        rollup = _kilobyte_fields(folder / "smaps_rollup")
        private = [size for name, size in rollup.items() if name in _PRIVATE]
        uss, pss = sum(private) if private else None, rollup.get("Pss")
    return MemoryReading(
        rss_bytes=status.get("VmRSS"),
        peak_rss_bytes=status.get("VmHWM"),
        uss_bytes=uss,
        pss_bytes=pss,
        rss_anon_bytes=status.get("RssAnon"),
        rss_file_bytes=status.get("RssFile"),
        swap_bytes=status.get("VmSwap"),
        locked_bytes=status.get("VmLck"),
    )


def restart_peak(pid: int, *, proc: Path = PROC) -> bool:
    """Let the peak of process ``pid`` count from now on; False where the system has no such switch."""
    try:
        (proc / str(pid) / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


_PRIVATE = {"Private_Clean", "Private_Dirty", "Private_Hugetlb"}


def _kilobyte_fields(path: Path) -> dict[str, int]:
    """``Name:  123 kB`` lines as bytes; empty when the file cannot be read."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    fields = {}
    for line in lines:
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            fields[name] = int(words[0]) * KIB
    return fields


def _from_psutil(pid: int, *, full: bool) -> MemoryReading:
    import psutil

    try:
        process = psutil.Process(pid)
        basic = process.memory_info()
        uss = process.memory_full_info().uss if full else None
    except psutil.Error:
        return MemoryReading(None, None)
    # Windows keeps the peak of the working set; macOS tells it only of children that have ended.
    return MemoryReading(basic.rss, getattr(basic, "peak_wset", None), uss)
