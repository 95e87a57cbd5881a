"""Is this Python new enough? Kept readable by much older Pythons, so that they can say that they are not."""

from __future__ import annotations

import shutil
import sys
from typing import Callable

OLDEST = (3, 11)
NEWEST_SOUGHT = 30  # the highest 3.x looked for on the search path


def complaint(
    version: tuple[int, ...],
    script: str,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> str | None:
    """Return one line that says what is wrong and what to do, or None when ``version`` is new enough."""
    if version[:2] >= OLDEST:
        return None
    what = (
        f"error: this is Python {version[0]}.{version[1]}; breakeven needs {OLDEST[0]}.{OLDEST[1]} or newer"
    )
    for minor in range(NEWEST_SOUGHT, OLDEST[1] - 1, -1):
        if which(f"python3.{minor}"):
            return f"{what}; remedy: run python3.{minor} {script}"
    return f"{what}; remedy: {_install_python(platform, which)}, then run this again with it"


def _install_python(platform: str, which: Callable[[str], str | None]) -> str:
    if platform == "win32":
        return "winget install Python.Python.3.13"
    if platform == "darwin":
        return "brew install python" if which("brew") else "install a current Python for macOS"
    for manager, command in (
        ("apt-get", "sudo apt-get install python3.11 python3.11-venv"),
        ("dnf", "sudo dnf install python3.11"),
        ("pacman", "sudo pacman -S python"),
        ("zypper", "sudo zypper install python311"),
        ("apk", "sudo apk add python3"),
    ):
        if which(manager):
            return command
    return "install Python 3.11 or newer with the system's package manager"
