"""A Chromium in which the tests open the pages that the product makes.

One that the machine has is used. Only where set-up runs as root on Debian is one installed: everywhere else
that is for the user to decide, and the tests skip and say what to install.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from environment.children import Children
from environment.machine import SetupProblem, Which

CHOSEN_BY = "BREAKEVEN_CHROMIUM"
PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "chrome",
    "msedge",
)
MAC_APPLICATIONS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
WINDOWS_FOLDERS = ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")
PACKAGE = "chromium-headless-shell"
INSTALLERS = (
    ("apt-get", f"sudo apt-get install {PACKAGE} (Debian), or Google Chrome"),
    ("dnf", "sudo dnf install chromium"),
    ("pacman", "sudo pacman -S chromium"),
    ("zypper", "sudo zypper install chromium"),
    ("apk", "sudo apk add chromium"),
    ("brew", "brew install --cask google-chrome"),
    ("winget", "winget install Google.Chrome"),
)
INSTALL_LIMIT_S = 300
APT_SETTINGS = {
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
    "DPkg::Lock::Timeout": "60",
}


def locate(
    environ: Mapping[str, str] = os.environ, which: Which = shutil.which, platform: str = sys.platform
) -> Path:
    """The program to start; SetupProblem with what to install when there is none."""
    chosen = environ.get(CHOSEN_BY)
    if chosen:
        found = which(chosen)
        if found is None:
            raise SetupProblem(
                f"{CHOSEN_BY}={chosen} names no program that can be run", f"correct or unset {CHOSEN_BY}"
            )
        return Path(found)
    candidates = [*PROGRAMS, *(str(place) for place in _usual_places(environ, platform))]
    found = next((path for name in candidates if (path := which(name))), None)
    if found is None:
        raise SetupProblem("no Chromium, Chrome or Edge was found", _how_to_install(which))
    return Path(found)


def may_install(environ: Mapping[str, str] = os.environ, which: Which = shutil.which) -> bool:
    """Whether set-up owns the machine that it runs on, as in a container, and no other browser was chosen."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and not environ.get(CHOSEN_BY) and which("apt-get") is not None


def install(children: Children, which: Which = shutil.which) -> None:
    """Install Debian's; the lists of packages are brought up to date only when the first attempt fails."""
    remedy = _how_to_install(which)
    attempt = ["install", "--no-install-recommends", PACKAGE]
    try:
        _apt_get(children, "installing Chromium", attempt, remedy)
    except SetupProblem:
        _apt_get(children, "listing the system's packages", ["update"], remedy)
        _apt_get(children, "installing Chromium", attempt, remedy)


def _how_to_install(which: Which) -> str:
    command = next((command for manager, command in INSTALLERS if which(manager)), "install Chromium")
    return f"{command}, or set {CHOSEN_BY} to the program's path"


def _apt_get(children: Children, purpose: str, arguments: list[str], remedy: str) -> None:
    settings = [word for name, value in APT_SETTINGS.items() for word in ("-o", f"{name}={value}")]
    children.run(
        purpose,
        ["timeout", str(INSTALL_LIMIT_S), "apt-get", "--assume-yes", "--quiet", *settings, *arguments],
        remedy=remedy,
        environ={"DEBIAN_FRONTEND": "noninteractive"},
    )


def _usual_places(environ: Mapping[str, str], platform: str) -> Iterator[Path]:
    """Where installers put it without putting it on the search path."""
    if platform == "darwin":
        for folder in ("/Applications", f"{environ.get('HOME', '')}/Applications"):
            for name in MAC_APPLICATIONS:
                yield Path(folder, f"{name}.app", "Contents", "MacOS", name)
    elif platform == "win32":
        for variable in WINDOWS_FOLDERS:
            for program in WINDOWS_PROGRAMS:
                if environ.get(variable):
                    yield Path(environ[variable], program)
