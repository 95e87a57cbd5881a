"""Where the cache is, whether there is room in it, and what a refusal of the file system means."""

import errno
import os
import shutil
import sys
from pathlib import Path

from bench.catalog.types import Artifact, FileSource, RequantizedSource
from bench.errors import ArtifactError
from bench.units import MIB


def cache_folder() -> Path:
    """``BREAKEVEN_CACHE``, else the platform's folder for caches."""
    chosen = os.environ.get("BREAKEVEN_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "breakeven" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "breakeven"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "breakeven"


def target_path(artifact: Artifact) -> Path:
    """Where the artifact lies, or will lie; a local file lies where it is."""
    if isinstance(artifact.source, FileSource | RequantizedSource) and artifact.source.path is not None:
        return artifact.source.path
    return cache_folder() / artifact.name / artifact.file_name


def beside(path: Path, suffix: str) -> Path:
    """``model.gguf`` and ``.part`` give ``model.gguf.part``."""
    return path.with_name(path.name + suffix)


def is_file(path: Path) -> bool:
    """Whether a file can be seen there; what cannot be looked at, or is too long for a name, is none."""
    return os.path.isfile(path)  # noqa: PTH113  # Path.is_file raises for these until Python 3.14


def size_of(path: Path) -> int:
    """0 where there is no file that can be seen."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def make_room(folder: Path, needed_bytes: int) -> None:
    """Make ``folder`` and check that it has room; ArtifactError where it cannot be made or is too full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise storage_error(problem, folder) from problem
    check_room(folder, needed_bytes)


def check_room(folder: Path, needed_bytes: int) -> None:
    """ArtifactError where the disk of ``folder``, which need not be there yet, has too little room."""
    there = next((one for one in (folder, *folder.absolute().parents) if one.is_dir()), folder)
    try:
        free_bytes = shutil.disk_usage(there).free
    except OSError as problem:
        raise storage_error(problem, folder) from problem
    if free_bytes < needed_bytes:
        raise ArtifactError(
            f"not enough room: {needed_bytes / MIB:.0f} MiB are needed, {free_bytes / MIB:.0f} MiB are free",
            where=str(folder),
            remedy=f"free some space, or {_elsewhere(folder)}",
        )


def storage_error(problem: OSError, where: Path) -> ArtifactError:
    """The error to show for a write that the file system refused."""
    elsewhere = _elsewhere(where)
    place = "the cache" if _is_in_cache(where) else "the folder"
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArtifactError("the disk is full", where=str(where), remedy=f"free some space, or {elsewhere}")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ArtifactError(f"{place} cannot be written", where=str(where), remedy=elsewhere)
    return ArtifactError(
        f"{place} cannot be used: {problem.strerror or problem}", where=str(where), remedy=elsewhere
    )


def _is_in_cache(path: Path) -> bool:
    return path.is_relative_to(cache_folder())


def _elsewhere(where: Path) -> str:
    if _is_in_cache(where):
        return "set BREAKEVEN_CACHE to another folder"
    return "choose another folder"
