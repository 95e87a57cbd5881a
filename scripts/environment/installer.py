"""The steps of a set-up: packages and the default model in one lane, the engine in another, side by side."""

import platform
import shutil
import subprocess
import sys
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from environment.children import Children
from environment.engine_wheel import Build, obtain_wheel
from environment.machine import PIP_REMEDY, SetupProblem, install_remedy
from environment.places import LOCKS, ROOT, VENV, in_venv
from environment.progress import Progress
from environment.stamp import Stamp

REDRAW_S = 0.2


@dataclass(frozen=True)
class Installer:
    """Does the parts of ``wanted`` that the stamp lacks, and notes each one when it is done."""

    wanted: dict[str, str]
    build: Build
    compiler: str
    cache: Path
    stamp: Stamp
    children: Children
    progress: Progress

    def install(self) -> None:
        """Do what is missing; the first failure, or an interrupt, ends all that is under way."""
        with ThreadPoolExecutor() as pool:
            venv = pool.submit(self._make_venv)
            packages = pool.submit(self._install_packages, venv)
            pending: set[Future[None]] = {venv, packages, pool.submit(self._install_engine, venv, packages)}
            try:
                while pending:
                    done, pending = wait(pending, timeout=REDRAW_S, return_when=FIRST_EXCEPTION)
                    self.progress.draw()
                    for lane in done:
                        lane.result()
            except BaseException:
                self.children.stop()
                raise

    def _lacks(self, part: str) -> bool:
        return part in self.stamp.missing(self.wanted)

    def _make_venv(self) -> None:
        if not self._lacks("python") and in_venv("python").exists():
            return
        self.progress.say("setting up .venv; the first time this compiles llama.cpp, which takes minutes")
        self.progress.stage("set-up", "making .venv")
        if self.stamp.path.exists():
            shutil.rmtree(VENV)  # an earlier set-up made it, by half or for another Python
        elif VENV.exists():
            _refuse_other_python()
        VENV.mkdir(exist_ok=True)
        self.stamp.note("python", "under way")
        self.children.run(
            "making the environment", [sys.executable, "-m", "venv", VENV], remedy=install_remedy("venv")
        )
        self.stamp.note("python", self.wanted["python"])
        self.progress.finish("set-up")

    def _install_packages(self, venv: Future[None]) -> None:
        venv.result()
        (part,) = (name for name in self.wanted if name.endswith(" packages"))
        if self._lacks(part):
            self.progress.stage("packages", "installing")
            lock = LOCKS / f"{part.removesuffix(' packages')}.lock"
            self._pip("installing packages", "--require-hashes", "-r", lock)
            self.stamp.note(part, self.wanted[part])
        if self._lacks("project"):
            self.progress.stage("packages", "installing breakeven itself")
            itself = ("--no-deps", "--no-index", "--no-build-isolation")
            self._pip("installing breakeven", *itself, "--editable", ROOT)
            self.stamp.note("project", self.wanted["project"])
        if "model" in self.wanted and self._lacks("model"):
            self._fetch_model()
        self.progress.finish("packages")

    def _fetch_model(self) -> None:
        """Fetch the default model; without it the environment is still whole, and the run says what fails."""
        model = self.wanted["model"]
        self.progress.stage("packages", f"fetching the model {model}")
        try:
            self.children.run(
                "fetching the default model",
                [in_venv("python"), "-P", "-m", "bench", "models", "pull", model],
                remedy=f"breakeven models pull {model}",
            )
        except SetupProblem as problem:
            self.progress.say(str(problem))
        else:
            self.stamp.note("model", model)

    def _install_engine(self, venv: Future[None], packages: Future[None]) -> None:
        venv.result()
        if not self._lacks("engine"):
            return
        wheel = obtain_wheel(
            self.build, self.compiler, self.cache, in_venv("python"), self.children, self.progress
        )
        packages.result()  # two pips must not write into one folder at a time
        self.progress.stage("engine", "installing")
        self._pip("installing the engine", "--no-deps", "--no-index", "--force-reinstall", wheel)
        self.children.run(
            "loading the engine",
            [in_venv("python"), "-P", "-c", "import llama_cpp"],
            remedy=f"delete {wheel.parent} and run this again",
        )
        self.stamp.note("engine", self.wanted["engine"])
        self.progress.finish("engine")

    def _pip(self, purpose: str, *arguments: str | Path) -> None:
        self.children.run(purpose, [in_venv("python"), "-m", "pip", "install", *arguments], remedy=PIP_REMEDY)


def _refuse_other_python() -> None:
    """Someone made ``.venv`` by hand: use it when it is of this Python, and never delete it."""
    asked = "import platform; print(platform.python_version())"
    with_other = SetupProblem(
        f"{VENV} is no environment of Python {platform.python_version()}", f"move or delete {VENV}"
    )
    try:
        printed = subprocess.run([in_venv("python"), "-c", asked], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise with_other from None
    if printed.stdout.strip() != platform.python_version():
        raise with_other
