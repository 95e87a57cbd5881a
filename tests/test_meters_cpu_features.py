"""Instruction sets by the kernel's own list."""

import platform
import sys
from pathlib import Path

import pytest

from bench.meters.cpu_features import cpu_features


@pytest.mark.skipif(sys.platform == "darwin", reason="asks sysctl")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "processor\t: 0\nflags\t\t: fpu avx2 avx512f\n\nprocessor\t: 1\nflags\t: fpu\n",
            {"fpu", "avx2", "avx512f"},
        ),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp\n", {"fp", "asimd", "asimddp"}),
    ],
)
def test_the_first_cpus_list_is_read(tmp_path: Path, text: str, found: set[str]) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text(text)
    assert cpu_features(tmp_path) == found


@pytest.mark.skipif(sys.platform == "darwin", reason="asks sysctl")
def test_a_system_that_tells_nothing_has_what_is_usual(tmp_path: Path) -> None:
    usual = {"avx2"} if platform.machine().lower() in ("amd64", "x86_64") else set()
    assert cpu_features(tmp_path) == usual
