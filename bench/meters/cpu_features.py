"""Instruction sets of the CPU: they decide which weights the engine holds again in another order."""

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path("/")
DARWIN_NAMES = {"hw.optional.arm.FEAT_DotProd": "asimddp", "hw.optional.avx2_0": "avx2"}


def cpu_features(root: Path = ROOT) -> frozenset[str]:
    """By the Linux kernel's names (avx2, avx512f, asimddp); elsewhere only what matters here.

    Where the system tells nothing, an x86-64 CPU is taken to have AVX2 as all made since 2015 do.
    """
    told = _from_cpuinfo(root / "proc" / "cpuinfo")
    if sys.platform == "darwin":
        told = frozenset(feature for name, feature in DARWIN_NAMES.items() if _darwin_has(name))
    return told or frozenset({"avx2"} if platform.machine().lower() in ("amd64", "x86_64") else ())


def _from_cpuinfo(path: Path) -> frozenset[str]:
    """Of the first CPU: "flags" on x86, "Features" on Arm."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        name, _, words = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(words.split())
    return frozenset()


def _darwin_has(name: str) -> bool:
    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() == "1"
