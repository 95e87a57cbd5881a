"""Set-up of the browser: which one is taken, what is said without one, and how Debian's is installed."""

from pathlib import Path

import pytest

from environment import browser
from environment.machine import SetupProblem


def only(*names: str):
    """A search path on which these programs are."""
    return lambda name: name if name in names else None


class Recorded:
    """Stands in for child processes: notes the commands, and fails the first ``failing`` of them."""

    def __init__(self, failing: int = 0) -> None:
        self.commands: list[str] = []
        self.failing = failing

    def run(self, purpose, command, *, remedy, environ):
        assert environ["DEBIAN_FRONTEND"] == "noninteractive"
        assert command[:2] == ["timeout", "300"]
        self.commands.append(" ".join(command[-3:]) if "install" in command else command[-1])
        if len(self.commands) <= self.failing:
            raise SetupProblem(f"{purpose} failed", remedy)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (("chromium", "google-chrome"), "chromium"),
        (("google-chrome", "chromium-headless-shell"), "chromium-headless-shell"),
        (("msedge",), "msedge"),
    ],
)
def test_the_plainest_browser_on_the_search_path_is_taken(there, found):
    assert browser.locate({}, only(*there), "linux") == Path(found)


def test_a_chosen_browser_is_taken_before_all_others():
    environ = {"BREAKEVEN_CHROMIUM": "/opt/chrome"}
    assert browser.locate(environ, only("chromium", "/opt/chrome"), "linux") == Path("/opt/chrome")


def test_a_chosen_browser_that_is_none_is_no_reason_to_take_another():
    with pytest.raises(SetupProblem, match="BREAKEVEN_CHROMIUM=/opt/chrom names no program") as told:
        browser.locate({"BREAKEVEN_CHROMIUM": "/opt/chrom"}, only("chromium"), "linux")
    assert told.value.remedy == "correct or unset BREAKEVEN_CHROMIUM"


@pytest.mark.parametrize(
    ("platform", "environ", "place"),
    [
        ("darwin", {}, "/Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("darwin", {"HOME": "/h"}, "/h/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/Google/Chrome/Application/chrome.exe"),
        ("win32", {"ProgramFiles(x86)": "/p"}, "/p/Microsoft/Edge/Application/msedge.exe"),
    ],
)
def test_browsers_that_are_on_no_search_path_are_found(platform, environ, place):
    assert browser.locate(environ, only(str(Path(place))), platform) == Path(place)


@pytest.mark.parametrize(
    ("managers", "remedy"),
    [
        (("apt-get",), "sudo apt-get install chromium-headless-shell (Debian), or Google Chrome"),
        (("brew",), "brew install --cask google-chrome"),
        ((), "install Chromium"),
    ],
)
def test_without_a_browser_one_line_says_what_to_install(managers, remedy):
    with pytest.raises(SetupProblem, match="no Chromium, Chrome or Edge was found") as told:
        browser.locate({}, only(*managers), "linux")
    assert told.value.remedy == f"{remedy}, or set BREAKEVEN_CHROMIUM to the program's path"


def test_lists_of_packages_are_updated_only_when_needed():
    install = "install --no-install-recommends chromium-headless-shell"
    at_once, later = Recorded(), Recorded(failing=1)
    browser.install(at_once, only("apt-get"))
    assert at_once.commands == [install]
    browser.install(later, only("apt-get"))
    assert later.commands == [install, "update", install]


def test_an_installation_that_fails_says_what_the_user_can_do():
    with pytest.raises(SetupProblem, match="listing the system's packages failed") as told:
        browser.install(Recorded(failing=2), only("apt-get"))
    assert told.value.remedy.startswith("sudo apt-get install chromium-headless-shell")


@pytest.mark.parametrize(
    ("user", "environ", "there", "may"),
    [
        (0, {}, "apt-get", True),
        (1000, {}, "apt-get", False),
        (0, {}, "dnf", False),
        (0, {"BREAKEVEN_CHROMIUM": "/opt/chrom"}, "apt-get", False),
    ],
)
def test_only_a_system_of_ones_own_is_changed(user, environ, there, may, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: user, raising=False)
    assert browser.may_install(environ, only(there)) is may
