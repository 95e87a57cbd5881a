"""Files that the model hub's own tools have already brought to this machine, used in place."""

import os
from collections.abc import Iterator
from pathlib import Path

from bench.artifacts.storage import is_file
from bench.catalog.types import HubSource


def hub_cache_folder() -> Path:
    """Where the hub's tools keep their files, by the hub's own variables."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]).expanduser() / "hub"
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "huggingface" / "hub"


def snapshot(source: HubSource) -> Path | None:
    """The file of that repository and revision, if it is there."""
    folder = hub_cache_folder() / f"models--{source.repo.replace('/', '--')}"
    commit = source.revision
    reference = folder / "refs" / source.revision
    if is_file(reference):
        commit = reference.read_text("utf-8", errors="replace").strip()
    path = folder / "snapshots" / commit / source.file
    return path if is_file(path) else None


def all_files(suffix: str) -> Iterator[tuple[str, Path]]:
    """(owner/name/path, file) of every file in every snapshot that ends in ``suffix``."""
    for folder in sorted(hub_cache_folder().glob("models--*")):
        repo = folder.name.removeprefix("models--").replace("--", "/", 1)
        for commit in sorted(folder.glob("snapshots/*")):
            for path in sorted(commit.rglob(f"*{suffix}")):
                yield f"{repo}/{path.relative_to(commit).as_posix()}", path
