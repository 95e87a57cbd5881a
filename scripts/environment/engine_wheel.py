"""The engine's wheel: built for this machine's CPU, kept in a wheel house under a key of all that shaped it.

Only a source distribution of the engine exists. pip's own wheel cache is no use for it: it ignores CMake
arguments and would hand back a wheel that was built otherwise.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from environment.children import Children
from environment.engine_workshop import LANE, Workshop
from environment.machine import SetupProblem, cpu_identity
from environment.places import ENGINE_LOCK, INCLUDED_CMAKE, TOOLS_LOCK
from environment.progress import Progress

# The multimodal library is left out, like the common one (engine.cmake): both only cost compile time here.
_COMMON_ARGUMENTS = ("-DLLAVA_BUILD=OFF",)
_BACKEND_ARGUMENTS = {
    "cpu": ("-DGGML_METAL=OFF",),  # on by default on macOS
    "cuda": ("-DGGML_CUDA=ON",),
    "vulkan": ("-DGGML_VULKAN=ON",),
    "metal": ("-DGGML_METAL=ON",),
}
# Variables that CMake or the build backend read, and that change what is built.
_SHAPING_VARIABLES = (
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "CMAKE_ARGS",
    "CMAKE_GENERATOR",
    "CUDAARCHS",
)

_LOCKED = re.compile(
    r"^llama-cpp-python==(?P<version>\S+).*?--hash=sha256:(?P<sha256>[0-9a-f]{64})", re.S | re.M
)


@dataclass(frozen=True)
class Build:
    """Everything that decides what the built engine is, except the compiler."""

    version: str
    sdist_sha256: str
    backend: str
    cmake_arguments: tuple[str, ...]
    included_cmake_sha256: str
    tools_sha256: str
    cpu: str
    platform: str
    environment: tuple[str, ...]

    def key(self, compiler: str = "") -> str:
        """24 hex digits; the wheel house adds the compiler, an installed engine outlives its compiler."""
        described = json.dumps({**asdict(self), "compiler": compiler}, sort_keys=True)
        return hashlib.sha256(described.encode()).hexdigest()[:24]


def describe_build(backend: str, platform: str, environ: Mapping[str, str] = os.environ) -> Build:
    """The build that this machine needs for ``backend`` (one that is chosen, not "auto")."""
    locked = _LOCKED.search(ENGINE_LOCK.read_text(encoding="utf-8"))
    if locked is None:
        raise SetupProblem(f"{ENGINE_LOCK} pins no engine with a hash", "run scripts/lock.py")
    return Build(
        version=locked["version"],
        sdist_sha256=locked["sha256"],
        backend=backend,
        cmake_arguments=(*_COMMON_ARGUMENTS, *_BACKEND_ARGUMENTS[backend]),
        included_cmake_sha256=sha256_of(INCLUDED_CMAKE),
        tools_sha256=sha256_of(TOOLS_LOCK),
        cpu=cpu_identity(),
        platform=platform,
        environment=tuple(f"{name}={environ[name]}" for name in _SHAPING_VARIABLES if environ.get(name)),
    )


def obtain_wheel(
    build: Build, compiler: str, cache: Path, python: Path, children: Children, progress: Progress
) -> Path:
    """Return the wheel of ``build`` from the wheel house under ``cache``, built first when it is not there.

    Steps that an interrupted build had finished, and the object files that it had compiled, are kept.
    """
    key = build.key(compiler)
    shelf = cache / "engine-wheels" / key
    wheel = wheel_on(shelf)
    if wheel is None:
        workshop = Workshop(cache / "engine-builds" / key, python, children, progress)
        built = workshop.build_wheel(build.cmake_arguments)
        wheel = place_wheel(built, shelf, {**asdict(build), "compiler": compiler})
        shutil.rmtree(workshop.folder, ignore_errors=True)
    progress.stage(LANE, "built, waiting for the packages")
    return wheel


def wheel_on(shelf: Path) -> Path | None:
    """The wheel on this shelf of the wheel house, if it is whole: its bytes are the ones that were placed."""
    try:
        label = json.loads((shelf / "build.json").read_text(encoding="utf-8"))
        wheel = shelf / str(label["wheel"])
        return wheel if sha256_of(wheel) == label["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def place_wheel(built: Path, shelf: Path, described: Mapping[str, object]) -> Path:
    """Put the wheel with its label on the shelf, in one rename."""
    label = {"wheel": built.name, "sha256": sha256_of(built), "build": described}
    partial = shelf.with_name(shelf.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    shutil.copyfile(built, partial / built.name)
    (partial / "build.json").write_text(json.dumps(label, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(shelf, ignore_errors=True)
    partial.rename(shelf)
    return shelf / built.name


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
