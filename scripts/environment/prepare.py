"""Makes ``.venv`` with everything pinned, from whatever state an earlier, perhaps interrupted, set-up left.

What is done is noted part by part in a stamp inside ``.venv``; a part is done again only when what it was
made from has changed. With everything done no process is started at all.
"""

import contextlib
import importlib.util
import platform
import signal
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from environment import browser
from environment.children import Children
from environment.engine_wheel import Build, describe_build, sha256_of
from environment.installer import Installer
from environment.machine import SetupProblem, choose_backend, find_compiler, install_remedy
from environment.places import LOCKS, ROOT, VENV, cache_folder, in_venv
from environment.progress import Progress
from environment.software_gpu import is_prepared, prepare_device
from environment.stamp import Stamp

Profile = Literal["runtime", "dev"]

DEFAULT_MODEL = "smollm2-135m-instruct-q4_1"
LOCK_RETRY_S = 0.5
STAMP = Stamp(VENV / "breakeven-setup.json")


def prepare(profile: Profile, requested_backend: str) -> Path:
    """``ensure`` for a script: an expected failure is one line on stderr and exit code 2."""
    try:
        return ensure(profile, requested_backend)
    except SetupProblem as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        print(f"error: {error}; remedy: make room or give access there, then run this again", file=sys.stderr)
    except KeyboardInterrupt:
        print("set-up stopped; run this again to go on: finished steps are kept", file=sys.stderr)
        sys.exit(130)
    sys.exit(2)


def ensure(profile: Profile, requested_backend: str) -> Path:
    """Return the environment's Python with all that ``profile`` needs; at once when nothing is missing.

    ``dev`` holds all of ``runtime`` at the same versions. Raises SetupProblem, OSError, and
    KeyboardInterrupt when set-up is told to end.
    """
    build = describe_build(choose_backend(requested_backend), sysconfig.get_platform())
    wanted = wanted_parts(profile, build)
    if STAMP.missing(wanted) or not in_venv("python").exists():
        _set_up(build, wanted)
    return in_venv("python")


def prepare_software_gpu() -> None:
    """Make the device of the GPU's tests."""
    cache = cache_folder()
    if not is_prepared(cache):
        _fetch_for_tests(
            "fetching a software GPU for the tests: about 45 MB, kept in the cache",
            lambda children: prepare_device(cache, children),
            otherwise="the tests on a GPU will be skipped",
        )


def prepare_browser() -> None:
    """Have the browser of the pages' tests."""
    try:
        browser.locate()
    except SetupProblem as problem:
        if browser.may_install():
            _fetch_for_tests(
                f"installing {browser.PACKAGE} for the tests of pages: about 100 MB, on this system",
                browser.install,
                otherwise="the tests of pages will be skipped",
            )
        else:
            Progress().say(f"{problem}\nthe tests of pages will be skipped")


def _fetch_for_tests(announcement: str, fetch: Callable[[Children], None], otherwise: str) -> None:
    """A failure is told and is none of set-up's, since the tests that want it then skip."""
    cache = cache_folder()
    progress = Progress()
    with _ended_by_signals(), _exclusive(cache / "setup.lock", progress) as held:
        children = Children(cache / "setup-logs", held)
        progress.say(announcement)
        try:
            fetch(children)
        except (SetupProblem, OSError) as problem:
            progress.say(f"{problem}\n{otherwise}")
        finally:
            children.stop()


def wanted_parts(profile: Profile, build: Build) -> dict[str, str]:
    """Each part of the environment with what it is made from."""
    parts = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        f"{profile} packages": sha256_of(LOCKS / f"{profile}.lock"),
        "project": f"{sha256_of(ROOT / 'pyproject.toml')} in {ROOT}",
        "engine": build.key(),
    }
    if profile == "runtime":
        parts["model"] = DEFAULT_MODEL
    return parts


def _set_up(build: Build, wanted: dict[str, str]) -> None:
    lacking = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if lacking:
        raise SetupProblem(f"this Python lacks {' and '.join(lacking)}", install_remedy("venv"))
    compiler = find_compiler() if "engine" in STAMP.missing(wanted) else ""
    cache = cache_folder()
    progress = Progress()
    with _ended_by_signals(), _exclusive(cache / "setup.lock", progress) as held:
        children = Children(cache / "setup-logs", held)
        try:
            Installer(wanted, build, compiler, cache, STAMP, children, progress).install()
        finally:
            progress.close()
    progress.say(f"set-up done in {progress.elapsed()}")


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a terminated or hung-up set-up end its children first, as Ctrl-C does."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.getsignal(getattr(signal, name)) for name in names}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _exclusive(path: Path, progress: Progress) -> Iterator[int]:
    """Hold the one lock of all set-ups of this user; yield its file descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        while not _try_lock(file.fileno()):
            progress.stage("set-up", "waiting for another one that is running")
            progress.draw()
            time.sleep(LOCK_RETRY_S)
        progress.finish("set-up")
        yield file.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
