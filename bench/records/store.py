"""Records as files: where they go, how they are named, written, found and read."""

import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.errors import RecordError
from bench.records.content_hash import check_content, with_content_sha256
from bench.records.files import (
    OTHER_FOLDER,
    explain,
    parse_json,
    read_text,
    refuse_folder,
    unusable,
    write_text,
)
from bench.records.privacy import Identity, redact
from bench.records.types import Record
from bench.records.upgrade import upgrade
from bench.units import MIB

LARGEST_RECORD_BYTES = 32 * MIB  # far above what a run writes
_PROBE_BYTES = MIB  # what a record may take


@dataclass(frozen=True, slots=True)
class Found:
    """What files and folders held; ``broken`` are the files of folders that could not be read."""

    records: tuple[Record, ...]
    broken: tuple[RecordError, ...]


def default_results_folder(
    start: Path | None = None, environ: Mapping[str, str] = os.environ, system: str = sys.platform
) -> Path:
    """``results`` of the checkout that ``start`` (default: where the user stands) lies in, else user data."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if _is_checkout(folder):
            return folder / "results"
    return _user_data_folder(environ, system) / "breakeven" / "results"


def prepare_folder(folder: Path) -> Path:
    """Make ``folder`` and prove that a record can be written there, before anything is measured.

    Raises RecordError when it cannot be made, is read-only or has no space left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".probe-", dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        refuse_folder(error, folder)
    return folder


def file_name(record: Record) -> str:
    """``<UTC time>--<short id>--<machine class>--<model>.json``, safe on every file system."""
    at = record.created_utc
    utc = at.astimezone(UTC) if at.tzinfo else at
    parts = (
        utc.strftime("%Y%m%dT%H%M%SZ"),
        _slug(record.id)[:8],
        _slug(record.machine.machine_class)[:40],
        _slug(record.model.name)[:80],
    )
    return "--".join(parts) + ".json"


def write_record(record: Record, folder: Path, *, identity: Identity | None = None) -> Path:
    """Write ``record`` into ``folder`` under ``file_name`` and return the path; all of it or nothing.

    What names the person or the machine (``identity``; default: of this process) is taken out. Of the same
    run and model an unfinished record (``is_complete`` false) is replaced, as this one continues it, and a
    finished one is left as it is. Raises RecordError, also when the file holds another record.
    """
    document = with_content_sha256(redact(record.model_dump(mode="json"), identity or Identity.here()))
    target = folder / file_name(record)
    there = already_written(record, folder)
    if there is None or not there.is_complete:
        write_text(record_text(document), target, remedy=OTHER_FOLDER)
    return target


def already_written(record: Record, folder: Path) -> Record | None:
    """What an earlier try to record the same model of the same run left under ``file_name``.

    Raises RecordError when the file holds another record or cannot be read.
    """
    target = folder / file_name(record)
    if not target.exists():
        return None
    there = read_record(target)
    if there.id != record.id:
        raise RecordError(
            "another record has this name and is not overwritten",
            where=str(target),
            remedy=f"move it away, or {OTHER_FOLDER}",
        )
    return there


def record_text(document: dict[str, Any]) -> str:
    """JSON text of a record: one field a line, a series of numbers on one line."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    # A string of JSON holds no raw line break, so this can only meet arrays of numbers.
    return re.sub(r"\[\n([-+0-9.eE,\s]+)\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def read_record(path: Path) -> Record:
    """Read one record of this or an older schema; RecordError names the line or the field that is wrong."""
    where = str(path)
    text = read_text(path, LARGEST_RECORD_BYTES)
    document = parse_json(text, where=where)
    if not isinstance(document, dict):
        raise unusable("holds no JSON object, so it is no record", where)
    try:
        current = upgrade(document)
    except RecordError as error:
        raise RecordError(error.what, where=where, remedy=error.remedy) from None
    try:
        as_json = text if current is document else json.dumps(current)
        record = Record.model_validate_json(as_json, strict=True)
        check_content(document)
    except ValidationError as error:
        raise unusable(explain(error), where) from None
    except RecordError as error:
        raise RecordError(error.what, where=where, remedy=error.remedy) from None
    return record


def find_records(paths: Iterable[Path]) -> list[Path]:
    """Files as given, and the ``*.json`` of folders (not of their subfolders) in order of name; each once.

    Raises RecordError for a path that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        try:
            if path.is_dir():
                files = sorted(p for p in path.glob("*.json") if p.is_file() and not p.name.startswith("."))
            elif path.exists():
                files = [path]
            else:
                raise RecordError(
                    "no such file or folder",
                    where=str(path),
                    remedy="give a record or a folder of records; `breakeven run` makes them",
                )
        except OSError as error:
            raise RecordError(f"cannot be read: {error.strerror}", where=str(path)) from error
        found.update(dict.fromkeys(files))
    return list(found)


def read_records(paths: Sequence[Path]) -> Found:
    """Read files and folders. A broken file that was named is an error; one met in a folder is only reported.

    A second record with an id that was already read counts as broken: nothing is shown twice.
    """
    records: dict[str, Record] = {}
    broken: list[RecordError] = []
    named = set(paths)
    for path in find_records(paths):
        try:
            record = read_record(path)
            if record.id in records:
                raise unusable(f"repeats the record {record.id}", str(path))
            records[record.id] = record
        except RecordError as error:
            if path in named:
                raise
            broken.append(error)
    return Found(tuple(records.values()), tuple(broken))


def _is_checkout(folder: Path) -> bool:
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8")).get("project")
    except (OSError, ValueError):
        return False
    return isinstance(project, dict) and project.get("name") == "breakeven"


def _user_data_folder(environ: Mapping[str, str], system: str) -> Path:
    home = Path.home()
    if system == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if system == "darwin":
        return home / "Library" / "Application Support"
    configured = Path(environ.get("XDG_DATA_HOME", ""))
    # The base directory specification has relative paths ignored.
    return configured if configured.is_absolute() else home / ".local" / "share"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-.") or "unnamed"
