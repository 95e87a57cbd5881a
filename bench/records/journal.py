"""The journal of a run: every finished unit is on disk before the next begins.

``<results>/.running/<run>.jsonl`` holds a ``Header`` and then one ``Line`` per unit. The file is locked for
as long as its run lives, so a journal that can be locked is an orphan: its run was interrupted or killed.
"""

import errno
import json
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from bench.errors import RecordError
from bench.records.files import OTHER_FOLDER, explain, parse_json, refuse_folder, sync_folder, unusable
from bench.records.types import SCHEMA_VERSION
from bench.records.units import Header, Line, RunPlan, UnitResult
from bench.units import MIB

_RUNNING = ".running"
_LOCKED_BYTE = 1 << 30  # Windows locks bytes against reading, too: lock one that is never written
_BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}

AModel = TypeVar("AModel", bound=BaseModel)


def new_run_id(at: datetime | None = None) -> str:
    """UTC time and a random part, so that the ids in one folder sort by time."""
    return f"{(at or datetime.now(UTC)).strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(4)}"


class Journal:
    """One run's journal, open and locked; as a context manager it closes. ``remove`` it once recorded."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._lines: list[Line] = []
        self.header: Header

    @classmethod
    def create(cls, folder: Path, run_id: str, plan: RunPlan) -> Self:
        """Begin the journal of a new run in the results ``folder``; RecordError when it cannot be written."""
        path = folder / _RUNNING / f"{run_id}.jsonl"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            journal = cls(
                path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
            )
            sync_folder(path.parent)
        except OSError as error:
            refuse_folder(error, folder)
        try:
            _lock(journal._descriptor, path, wait=True)
            journal.header = Header(run_id=run_id, started_utc=datetime.now(UTC), plan=plan)
            journal._write(journal.header)
        except BaseException:
            journal.remove()
            raise
        return journal

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open and lock the journal of a dead run and cut its torn end.

        RecordError when its run is alive or it is broken.
        """
        try:
            journal = cls(path, os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0)))
        except FileNotFoundError:
            raise RecordError("no such journal", where=str(path), remedy="run without --resume") from None
        except OSError as error:
            refuse_folder(error, path.parent)
        try:
            _lock(journal._descriptor, path, wait=False)
            journal._read()
        except BaseException:
            journal.close()
            raise
        return journal

    @classmethod
    def resume(cls, folder: Path, plan: RunPlan) -> Self:
        """Continue the last run that died; RecordError when there is none or it had another plan."""
        dead = orphans(folder)
        if not dead:
            raise RecordError(
                "there is no interrupted run to continue",
                where=str(folder),
                remedy="run without --resume; finished and recovered runs are records already",
            )
        journal = cls.open(dead[-1])
        if changed := differences(journal.header.plan, plan):
            journal.close()
            raise RecordError(
                "this run was begun under another plan: " + "; ".join(changed),
                where=str(journal.path),
                remedy="repeat the options of the first run on the same machine, or run without --resume",
            )
        return journal

    def append(
        self, model: str, unit: str, result: UnitResult, *, wall_s: float = 0.0, engine_s: float = 0.0
    ) -> None:
        """Keep one finished unit; on return it is on disk. RecordError when it cannot be; nothing is torn."""
        line = Line(model=model, unit=unit, wall_s=wall_s, engine_s=engine_s, result=result)
        self._lines.append(line)  # first: Ctrl-C may come when it is on disk and the call not yet over
        try:
            self._write(line)
        except RecordError:
            self._lines.pop()
            raise

    def lines(self, model: str) -> tuple[Line, ...]:
        """The units of ``model`` in the order they were begun; of several tries of one unit the last."""
        return tuple({line.unit: line for line in self._lines if line.model == model}.values())

    def finished(self, model: str) -> dict[str, UnitResult]:
        """Result by unit. A ``FailedUnit`` is finished, too: the caller chooses whether to try it again."""
        return {line.unit: line.result for line in self.lines(model)}

    def close(self) -> None:
        """Let go of the journal; as an orphan it can be continued or recovered."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def remove(self) -> None:
        """Delete the journal, once everything in it is in records."""
        if os.name == "posix":  # while the lock is held, so that nobody takes it for an orphan
            self.path.unlink(missing_ok=True)
            self.close()
        else:  # Windows deletes no open file
            self.close()
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, entry: Header | Line) -> None:
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        rest = memoryview(entry.model_dump_json().encode() + b"\n")
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, end)
            refuse_folder(error, self.path.parent)

    def _read(self) -> None:
        content = bytearray()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while chunk := os.read(self._descriptor, MIB):
            content += chunk
        whole = content.rfind(b"\n") + 1
        if whole == 0:
            raise unusable("holds nothing: its run ended before its first unit", str(self.path))
        # A death in the middle of a write leaves a line without its end; anything else is damage.
        os.ftruncate(self._descriptor, whole)
        first, *others = bytes(content[: whole - 1]).split(b"\n")
        self._check_version(first)
        self.header = self._parse(Header, first, 1)
        self._lines = [self._parse(Line, line, number) for number, line in enumerate(others, start=2)]

    def _check_version(self, first: bytes) -> None:
        header = parse_json(first.decode(errors="replace"), where=f"{self.path}, line 1")
        version = header.get("schema_version") if isinstance(header, dict) else None
        if version != SCHEMA_VERSION:
            raise RecordError(
                f"this journal has schema {version}, and only schema {SCHEMA_VERSION} can be continued",
                where=str(self.path),
                remedy="finish it with the version of breakeven that began it, or delete it",
            )

    def _parse(self, kind: type[AModel], line: bytes, number: int) -> AModel:
        try:
            return kind.model_validate_json(line, strict=True)
        except ValidationError as error:
            raise unusable(explain(error), f"{self.path}, line {number}") from None


def orphans(folder: Path) -> list[Path]:
    """Journals in the results ``folder`` whose run is no longer alive, oldest first."""
    found = []
    for path in sorted((folder / _RUNNING).glob("*.jsonl")):
        try:
            with path.open("r+b") as file:
                _lock(file.fileno(), path, wait=False)
                file.seek(0)
                # One without its header holds nothing, and may be at its birth.
                if file.readline().endswith(b"\n"):
                    found.append(path)
        except (OSError, RecordError):  # alive, just gone, or not ours to touch
            continue
    return found


def differences(before: RunPlan, now: RunPlan) -> list[str]:
    """In what two plans differ, a phrase each; empty when units of the one may join units of the other."""
    old, new = (
        _flat(json.loads(plan.model_dump_json(exclude={"tool": {"arguments"}}))) for plan in (before, now)
    )
    return [
        f"{key} was {old.get(key, 'not there')}, now {new.get(key, 'not there')}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _flat(node: Any, path: str = "") -> dict[str, str]:
    if isinstance(node, dict) and node:
        parts = (_flat(value, f"{path}.{key}" if path else key) for key, value in node.items())
        return {key: value for part in parts for key, value in part.items()}
    return {path: json.dumps(node, ensure_ascii=False)}


def _lock(descriptor: int, path: Path, *, wait: bool) -> None:
    """Lock for as long as the file is open; RecordError when another run has it or the file system cannot."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        is_there = False
    except OSError as error:
        if error.errno in _BUSY:
            raise RecordError(
                "this run is still going on", where=str(path), remedy="wait for it, or start another run"
            ) from None
        raise RecordError(
            f"the results folder cannot lock files ({error.strerror})",
            where=str(path),
            remedy=OTHER_FOLDER,
        ) from error
    if not is_there:
        raise RecordError(
            "this run was just finished or recovered", where=str(path), remedy="run without --resume"
        )
