"""Sets of the hub: which rows of which data set a task is made of, and the file that they are read from.

The rows are loaded once, by the library ``datasets`` in a process of its own, and kept as JSON Lines whose
first line says what they are; a task is read from that file alone.

A task's word is ``hub:NAME``, ``hub:NAME@COMMIT`` for another state of the set than the declared one, or
``hub:NAME=FOLDER`` for a copy of its folder on this machine.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.catalog.types import Artifact, DatasetSource, FileSource, HubSource
from bench.errors import InputError, TaskError
from bench.tasks.json_lines import Line, read_lines, read_objects
from bench.tasks.sources.rows import Row, whole
from bench.tasks.types import Fetch, Item, Task, TaskSource

_WORD = re.compile(r"(?P<name>hub:[^@=]+)(?:@(?P<revision>[^=]+)|=(?P<folder>.+))?", re.DOTALL)

_PAGES = "datasets/"  # where the hub keeps data sets, beside its models


@dataclass(frozen=True, slots=True)
class HubWord:
    """What the user said: the task's name, and which rows instead of the declared ones."""

    name: str
    revision: str | None = None
    folder: Path | None = None


def read_word(word: str) -> HubWord:
    """Raises InputError for one of another form."""
    match = _WORD.fullmatch(word)
    if match is None:
        raise InputError(
            f"{word!r} names no set of the hub",
            remedy="hub:NAME, hub:NAME@COMMIT or hub:NAME=FOLDER; `breakeven tasks` lists the names",
        )
    folder = match["folder"]
    if folder is not None:
        folder = os.path.expanduser(folder)  # noqa: PTH111  # Path.expanduser raises for ~nobody
    return HubWord(match["name"], match["revision"], None if folder is None else Path(folder))


def hub_artifact(
    repo: str,
    config: str | None,
    split: str,
    columns: tuple[str, ...],
    *,
    revision: str | None,
    without: str | None = None,
) -> Artifact:
    """The rows of one split, with these columns only; those with something in ``without`` are left out.

    ``revision`` is a commit that was confirmed from a public source; None where none could be.
    """
    return _named(DatasetSource(repo, config, split, columns, revision, without=without))


def hub_file(
    repo: str, file: str, *, revision: str, size_bytes: int | None = None, sha256: str | None = None
) -> Artifact:
    """One file of a data set as it lies there, for a set that no table of rows can be had of."""
    name = f"datasets/{repo.replace('/', '--')}"
    source = HubSource(f"{_PAGES}{repo}", file, revision)
    return Artifact(name, f"{revision[:12]}-{file}", source, sha256=sha256, size_bytes=size_bytes)


def open_hub_task(word: HubWord, source: TaskSource, fetch: Fetch) -> Task:
    """The task with its rows from where the word says; its ``source`` names the state of the set."""
    states: list[str] = []

    def fetch_chosen(artifact: Artifact) -> Path:
        chosen = _chosen_file if isinstance(artifact.source, HubSource) else _chosen_rows
        path, state = chosen(artifact, word, fetch)
        states.append(state)
        return path

    task = source.open(fetch_chosen)
    return replace(task, source=f"hub:{states[0]}")


def _chosen_rows(artifact: Artifact, word: HubWord, fetch: Fetch) -> tuple[Path, str]:
    source = artifact.source
    assert isinstance(source, DatasetSource)
    if word.folder is not None:
        source = replace(source, revision=_state(word.folder), folder=word.folder)
    elif word.revision is not None:
        source = replace(source, revision=word.revision)
    path = fetch(_named(source))
    return path, _set_of(_read_head(read_lines(path), path))


def _chosen_file(artifact: Artifact, word: HubWord, fetch: Fetch) -> tuple[Path, str]:
    source = artifact.source
    assert isinstance(source, HubSource)
    repo = source.repo.removeprefix(_PAGES)
    if word.folder is not None:
        path = word.folder / source.file
        if not path.is_file():
            raise TaskError(
                "no such file",
                where=str(path),
                remedy=f"give a copy of the folder that {repo} has on the hub",
            )
        return fetch(Artifact(artifact.name, source.file, FileSource(path))), f"{repo}@local"
    if word.revision is not None:
        artifact = hub_file(repo, source.file, revision=word.revision)
    return fetch(artifact), f"{repo}@{word.revision or source.revision}"


def read_hub_rows(path: Path) -> list[Row]:
    """The rows of a file that ``hub_artifact`` brought, each of which knows its set, revision and number.

    Raises TaskError for a file whose rows are not those that were written, and for one without rows.
    """
    lines = read_lines(path)
    head = _read_head(lines, path)
    digest = hashlib.sha256()
    rows = [
        Row(f"{_set_of(head)}, row {number} ({line.where})", values)
        for number, (line, values) in enumerate(read_objects(_hashed(lines, digest)), 1)
    ]
    if head.get("rows_sha256") != digest.hexdigest():
        raise _damaged(path)
    if not rows:
        raise TaskError("holds no rows", where=f"{_set_of(head)} ({path})")
    return rows


def unique(items: Iterable[Item], path: Path) -> tuple[Item, ...]:
    """The items as they are; raises TaskError for none of them, or an id that stands twice."""
    found = tuple(items)
    if not found:
        raise TaskError("has no row that this task takes", where=str(path))
    return whole(found, None, path)


def _read_head(lines: Iterator[Line], path: Path) -> dict[str, object]:
    first = next(lines, None)
    if first is None:
        raise _damaged(path)
    ((_, head),) = read_objects([first])
    return head


def _named(source: DatasetSource) -> Artifact:
    """A file of its own for each state of each set, so that none is taken for another."""
    name = "-".join(filter(None, (source.repo.replace("/", "--"), source.config, source.split)))
    content = "\n".join((source.revision or "main", source.without or "", *source.columns))
    state = hashlib.sha256(content.encode()).hexdigest()[:12]
    return Artifact(f"datasets/{name}", f"{state}.jsonl", source)


def _state(folder: Path) -> str:
    """Changes with the folder and whatever lies in it."""
    digest = hashlib.sha256(str(folder.absolute()).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path.relative_to(folder)}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return f"local-{digest.hexdigest()[:16]}"


def _hashed(lines: Iterator[Line], digest: "hashlib._Hash") -> Iterator[Line]:
    for line in lines:
        digest.update(line.text.encode() + b"\n")
        yield line


def _set_of(head: dict[str, object]) -> str:
    revision = "local" if head.get("is_local") else head.get("revision") or "main"
    return f"{head.get('dataset')}@{revision}"


def _damaged(path: Path) -> TaskError:
    return TaskError(
        "is not the file of rows that was written here",
        where=str(path),
        remedy="delete it, and it is made anew",
    )
