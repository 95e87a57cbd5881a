"""Another distribution's files in the package ``bench`` are noticed before anything else happens."""

from pathlib import Path

import pytest

from bench.cli.ownership import check_ownership
from bench.errors import EnvironmentProblem


def installed(site: Path, distribution: str, *files: str, newline: str = "\n") -> None:
    folder = site / f"{distribution}.dist-info"
    folder.mkdir(parents=True)
    lines = [f"{name},sha256=x,1" for name in files]
    (folder / "RECORD").write_bytes((newline.join(lines) + newline).encode())


def test_our_own_files_and_neighbours_are_no_problem(tmp_path: Path) -> None:
    installed(tmp_path, "breakeven-0.1.0", "bench/__init__.py", "bench/cli/main.py")
    installed(tmp_path, "workbench-2.0", "workbench/bench/__init__.py", "my_bench/x.py", "../bench/x")
    (tmp_path / "unlisted-1.0.dist-info").mkdir()
    check_ownership(tmp_path / "bench")


@pytest.mark.parametrize(
    "files", [("bench/__init__.py",), ("a.py", "bench/errors.py"), ("a.py", "bench/sub/data.txt")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_another_owner_is_named_with_the_remedy(tmp_path: Path, files: tuple[str, ...], newline: str) -> None:
    installed(tmp_path, "breakeven-0.1.0", "bench/__init__.py")
    installed(tmp_path, "other_bench-3.1", *files, newline=newline)
    with pytest.raises(EnvironmentProblem, match="other_bench") as caught:
        check_ownership(tmp_path / "bench")
    assert caught.value.remedy is not None
    assert "environment of its own" in caught.value.remedy
    assert "uninstall other_bench" in caught.value.remedy


def test_this_installation_is_sound() -> None:
    check_ownership()
