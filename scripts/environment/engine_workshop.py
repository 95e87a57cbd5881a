"""Builds the engine's wheel step by step in a folder, so that an interrupted build goes on later."""

import os
import re
import shlex
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

from environment.children import Children
from environment.machine import PIP_REMEDY, usable_cpus
from environment.places import ENGINE_LOCK, INCLUDED_CMAKE, TOOLS_LOCK
from environment.progress import Progress

LANE = "engine"
_STEP = re.compile(r"\[(\d+)/(\d+)\] ")


class Workshop:
    """The folder of one build. A step leaves its product under its final name, or not at all."""

    def __init__(self, folder: Path, python: Path, children: Children, progress: Progress) -> None:
        self.folder = folder
        self._python = python
        self._children = children
        self._progress = progress

    def build_wheel(self, cmake_arguments: tuple[str, ...]) -> Path:
        """Return the built wheel's path; object files of an earlier, interrupted try are used again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._step("tools", "fetching build tools", self._fetch_tools)
        self._step("sdist", "downloading llama.cpp's source (77 MB)", self._download)
        self._step("source", "unpacking llama.cpp's source", self._unpack)
        self._step(
            "wheel",
            "compiling llama.cpp, which takes minutes",
            lambda target: self._compile(cmake_arguments, target),
        )
        (wheel,) = (self.folder / "wheel").glob("*.whl")
        return wheel

    def _step(self, name: str, stage: str, make: Callable[[Path], None]) -> None:
        product = self.folder / name
        if product.exists():
            return
        self._progress.stage(LANE, stage)
        partial = self.folder / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        make(partial)
        partial.rename(product)

    def _fetch_tools(self, target: Path) -> None:
        self._pip("fetching build tools", "install", "--require-hashes", "-r", TOOLS_LOCK, "--target", target)

    def _download(self, target: Path) -> None:
        as_source = ("--no-deps", "--no-binary", "llama-cpp-python", "--no-build-isolation")
        hashed = ("--require-hashes", "-r", ENGINE_LOCK)
        self._pip("downloading the engine", "download", *as_source, *hashed, "--dest", target)

    def _unpack(self, target: Path) -> None:
        (archive,) = (self.folder / "sdist").iterdir()
        with tarfile.open(archive) as tar:
            # The download verified its hash; the filter is what newer Pythons ask for, and 3.11.0 lacks it.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(target)

    def _compile(self, cmake_arguments: tuple[str, ...], target: Path) -> None:
        (source,) = (self.folder / "source").iterdir()
        include = f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={INCLUDED_CMAKE.as_posix()}"
        by_user = os.environ.get("CMAKE_ARGS", "")
        self._pip(
            "compiling the engine",
            *("wheel", "--verbose", "--no-deps", "--no-build-isolation"),
            *("--config-settings", f"build-dir={(self.folder / 'objects').as_posix()}"),
            *("--wheel-dir", target, source),
            environ={
                "CMAKE_ARGS": f"{shlex.join([*cmake_arguments, include])} {by_user}".strip(),
                "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL")
                or str(usable_cpus()),
            },
            on_line=self._count_steps,
            remedy="see the compiler's message above; --backend cpu needs the least",
        )

    def _pip(
        self,
        purpose: str,
        *arguments: str | Path,
        environ: dict[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        remedy: str = PIP_REMEDY,
    ) -> None:
        """Run pip with the pinned build tools on its path; it fetches none of its own."""
        self._children.run(
            purpose,
            [self._python, "-m", "pip", *arguments],
            remedy=remedy,
            environ={"PYTHONPATH": str(self.folder / "tools"), **(environ or {})},
            on_line=on_line,
        )

    def _count_steps(self, line: str) -> None:
        step = _STEP.search(line)
        if step:
            self._progress.count(LANE, f"{step[1]}/{step[2]}")
