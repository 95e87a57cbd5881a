"""How a worker ended: telling a crash from a kill and from running out of memory."""

import re
import signal
from pathlib import Path
from typing import Literal

Kind = Literal["crash", "killed", "out_of_memory"]

MEMORY_WORDS = re.compile(
    r"\bMemoryError\b|bad_alloc|cannot allocate memory|failed to allocate|out of memory", re.IGNORECASE
)
NT_NO_MEMORY = 0xC0000017
CGROUP = Path("/sys/fs/cgroup")


def classify(return_code: int, last_words: str, *, oom_kills: int) -> tuple[Kind, str]:
    """The kind of ending, and in words how.

    ``return_code`` as ``subprocess`` has it (negative: a signal); ``oom_kills``: how many processes the
    kernel killed for memory, here, in the worker's lifetime. SIGKILL alone is "killed": by a person, or by
    a system that does not say why.
    """
    if return_code < 0:
        try:
            how = f"ended by {signal.Signals(-return_code).name}"
        except ValueError:
            how = f"ended by signal {-return_code}"
    else:
        how = f"ended by itself with exit code {return_code}"
    is_killed = how.endswith(("SIGKILL", "SIGTERM"))
    if MEMORY_WORDS.search(last_words) or return_code == NT_NO_MEMORY or (is_killed and oom_kills > 0):
        return "out_of_memory", f"{how}, out of memory"
    return ("killed" if is_killed else "crash"), how


def count_oom_kills() -> int:
    """Processes killed for memory so far: in this cgroup, else on this machine; 0 where nobody counts.

    Only the difference of two counts means anything.
    """
    for path in (*_cgroup_files(), Path("/proc/vmstat")):
        try:
            text = path.read_text()
        except OSError:
            continue
        if found := re.search(r"^oom_kill (\d+)$", text, re.MULTILINE):
            return int(found[1])
    return 0


def _cgroup_files() -> list[Path]:
    """Where version 2 and version 1 of cgroups count, by this process's own entry and at the root it sees."""
    try:
        entries = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return []
    files = []
    for _, controllers, group in entries:
        if not controllers:
            folders, name = (CGROUP / group.lstrip("/"), CGROUP), "memory.events"
        elif "memory" in controllers.split(","):
            folders, name = (CGROUP / "memory" / group.lstrip("/"), CGROUP / "memory"), "memory.oom_control"
        else:
            continue
        files += [folder / name for folder in folders]
    return files
