"""Limits that a container or service manager sets, for control groups of both versions."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
UNLIMITED_BYTES = 1 << 60  # version 1 writes "no limit" as a number near 2^63


def cpu_quota(root: Path = ROOT) -> float | None:
    """CPUs' worth of time per second that this process may use; None without a limit."""
    quotas = []
    for folder in folders(root, "cpu"):
        words = _words(folder / "cpu.max") or (
            _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
        )
        # No limit is written as "max" or -1.
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]) > 0:
            quotas.append(int(words[0]) / int(words[1]))
    return min(quotas, default=None)


def memory_limit_bytes(root: Path = ROOT) -> int | None:
    """The tightest memory limit on this process; None without one."""
    return min((limit for limit, _ in _memory(root)), default=None)


def memory_left_bytes(root: Path = ROOT) -> int | None:
    """What this process may still take under its limits, reclaimable file pages given back; None: none."""
    return min((max(0, limit - used) for limit, used in _memory(root)), default=None)


def _memory(root: Path) -> Iterator[tuple[int, int]]:
    """(limit, use that cannot be reclaimed) of every limited group from this process's up to the root."""
    for folder in folders(root, "memory"):
        limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
        if limit is None or limit >= UNLIMITED_BYTES:
            continue
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes") or 0
        statistics = dict(_pairs(folder / "memory.stat"))
        reclaimable = statistics.get("total_inactive_file", statistics.get("inactive_file", 0))
        yield limit, max(0, used - reclaimable)


def folders(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's groups that may hold ``controller``'s files, innermost first.

    Inside a container the group's path may name a place that only the host sees; then the mount's own
    top is this process's group, and it is always among the folders.
    """
    mount = root / "sys" / "fs" / "cgroup"
    for line in _lines(root / "proc" / "self" / "cgroup"):
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if names == "":
            top = mount
        elif controller in names.split(","):
            top = next((mount / name for name in (names, controller) if (mount / name).is_dir()), mount)
        else:
            continue
        folder = top / path.lstrip("/")
        while folder != top:
            yield folder
            folder = folder.parent
        yield top


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _words(path: Path) -> list[str]:
    lines = _lines(path)
    return lines[0].split() if lines else []


def _number(path: Path) -> int | None:
    words = _words(path)
    return int(words[0]) if words and words[0].isdigit() else None


def _pairs(path: Path) -> Iterator[tuple[str, int]]:
    for line in _lines(path):
        name, _, value = line.partition(" ")
        if value.isdigit():
            yield name, int(value)
