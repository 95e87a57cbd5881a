"""Shared fixtures. Tests marked ``model`` run the real engine on the real default model, those marked
``browser`` open pages in a real Chromium, those marked ``data`` load what was published with ``datasets``."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from measuring import AlwaysQuiet, WriteFile

from bench.artifacts import cache_folder, obtain
from bench.catalog.models import load_models
from environment import browser
from environment import software_gpu as gpu
from environment.machine import SetupProblem

if TYPE_CHECKING:  # its driver is started for the tests in a browser alone
    from playwright.sync_api import Browser
    from watched_pages import Pages

# Where it is set, each of the many processes of these tests would compile all that it imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What collecting makes, stays: looking through it again and again for garbage is a tenth of the tests' time.
gc.disable()

# A job in the background of a script has Ctrl-C switched off, and its children inherit that, also those that
# tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where a test does not say how many examples it needs; how long one takes depends on what else runs here.
settings.register_profile(
    "suite", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def default_model_path() -> Path:
    """The default model's file, fetched into the cache when it is not there."""
    entry = load_models().find("smollm2-135m-instruct-q4_1")
    return obtain(entry.artifact).path


@pytest.fixture(scope="module")
def checkout_at_rest() -> Iterator[None]:
    """Runs here and in other processes find no commit: one that lands in mid-test would change their plan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_DIR", os.devnull)
        yield


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find nothing that disturbs their samples."""
    monkeypatch.setattr("bench.commands.stand.ContentionMeter", AlwaysQuiet)


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Puts a text at a path within ``tmp_path``, such as that of a machine of another kind."""

    def write_file(path: str, text: str) -> None:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    return write_file


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """For conclusions of which a test asks nothing that rests on many draws."""
    from bench.commands.run import assess

    for name in ("N_DRAWS", "FEWEST_DRAWS"):
        monkeypatch.setattr(f"bench.commands.cost.{name}", 500)
    monkeypatch.setattr("bench.commands.run.assess", partial(assess, n_draws=500))


@pytest.fixture(scope="session")
def software_gpu() -> dict[str, str]:
    """The environment variables that give a worker a GPU in software; skips with the reason without one.

    It is probed without our own code, so that a fault of ours fails and is not skipped.
    """
    engine = PathFinder.find_spec("llama_cpp")  # not what this process may have imported of it
    assert engine is not None
    assert engine.origin is not None
    libraries = Path(engine.origin).parent / "lib"
    try:
        device = gpu.locate(cache_folder())
        device.probe(Path(sys.executable), libraries)
    except SetupProblem as problem:
        pytest.skip(f"no software GPU: {problem.what}; {problem.remedy}")
    return device.environ(libraries)


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A real Chromium; skips with the reason without one, and fails in continuous integration.

    One for each module that wants it: beside the tests that measure, none must be running.
    """
    try:
        program = browser.locate()
    except SetupProblem as problem:
        without = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        without(f"no browser: {problem.what}; {problem.remedy}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


@pytest.fixture
def pages(chromium: "Browser") -> "Iterator[Pages]":
    """Opens pages in the browser, and fails the test when one of them complains or asks the network."""
    from watched_pages import Pages

    opened = Pages(chromium)
    yield opened
    opened.close()
    assert opened.complaints() == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, the packaging last: the quickest failure is seen first."""
    slowest_last = ("packaging", "model", "browser", "data")
    items.sort(key=lambda item: [item.get_closest_marker(name) is not None for name in slowest_last])


def pytest_collection_finish() -> None:
    """From here on there is garbage: only what the tests themselves make is looked through for it."""
    gc.collect()
    gc.freeze()
    gc.enable()
