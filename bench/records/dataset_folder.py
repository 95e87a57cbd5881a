"""A folder of tables: known by its marker, replaced as a whole, never mixed with anything else."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.errors import RecordError, first_few
from bench.records.files import WITHIN, refuse_folder, sync_folder

MARKER = "breakeven-dataset.json"
CARD = "README.md"
PARQUET, CSV = "Parquet", "CSV"
FORMAT = 1  # of the folder: a higher one is refused
OURS_OR_NEW = "give a folder that does not exist, or one that breakeven wrote"
_LARGEST_MARKER_BYTES = 1 << 20


@contextmanager
def replaced_folder(
    target: Path, check: Callable[[Path], None] | None = None, *, remedy: str = OURS_OR_NEW
) -> Iterator[Path]:
    """A new folder, which takes the place of ``target`` when the block ends without an error.

    Raises RecordError when nothing can be written there, ``remedy`` says how to have it written elsewhere;
    and what ``check`` raises for what must not be replaced: by default, whatever is no data set.
    """
    try:
        (check or check_replaceable)(target)
        target = target.absolute()
    except OSError as error:  # its name may be too long
        refuse_folder(error, target, remedy)
    mark = secrets.token_hex(4)
    new = target.parent / f".{target.name}.{mark}.new"
    old = target.parent / f".{target.name}.{mark}.old"
    try:
        new.mkdir(parents=True)
        yield new
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        sync_folder(target.parent)
    except OSError as error:
        refuse_folder(error, target, remedy)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def check_replaceable(target: Path) -> None:
    """Raise RecordError unless ``target`` is absent, empty, or a data set with nothing else in it."""

    def written() -> set[str]:
        if not is_dataset(target):
            what = "holds no data set of breakeven: not replaced"
            raise RecordError(what, where=str(target), remedy=OURS_OR_NEW)
        tables = read_marker(target)["tables"]
        return {MARKER, CARD, *tables, *(f"{table}.csv" for table in tables)}

    refuse_others(target, written, remedy=OURS_OR_NEW)


def refuse_others(target: Path, written: Callable[[], Collection[str]], *, remedy: str) -> None:
    """Raise RecordError unless ``target`` is absent, or a folder of nothing but what ``written`` names."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or not target.is_dir():
        raise RecordError("is no folder: not replaced", where=str(target), remedy=remedy)
    if os.path.ismount(target):
        raise RecordError("is where a disk begins: not replaced", where=str(target), remedy=WITHIN)
    if Path.cwd().is_relative_to(target.resolve()):
        raise RecordError("is the folder you are in: not replaced", where=str(target), remedy=WITHIN)
    entries = {path.name for path in target.iterdir()}
    if entries and (others := sorted(entries.difference(written()))):
        what = f"holds what breakeven did not write ({first_few(others, 3)}): not replaced"
        raise RecordError(what, where=str(target), remedy=remedy)


def write_marker(folder: Path, layout: str, tables: Mapping[str, int], details: Mapping[str, Any]) -> None:
    """Say in ``folder`` that it is a data set, with the rows of each table; ``layout`` is PARQUET or CSV."""
    document = {"format": FORMAT, "layout": layout, "tables": dict(tables), **details}
    (folder / MARKER).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def is_dataset(folder: Path) -> bool:
    try:
        return (folder / MARKER).is_file()
    except OSError:  # its name is too long
        return False


def read_marker(folder: Path) -> dict[str, Any]:
    """The marker of a data set; RecordError for one of another form or of a newer breakeven."""
    path = folder / MARKER
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_LARGEST_MARKER_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError("cannot be read", where=str(path), remedy="export the records again") from error
    if not isinstance(document, dict) or not isinstance(document.get("tables"), dict):
        raise RecordError("is no marker of a data set", where=str(path), remedy="export the records again")
    if document.get("format") != FORMAT:
        raise RecordError(
            f"is a data set of another format ({document.get('format')!r}, not {FORMAT})",
            where=str(path),
            remedy="upgrade breakeven (pip install --upgrade breakeven)",
        )
    return document


def partition_files(folder: Path, table: str) -> list[Path]:
    """The Parquet files of one table, in order of month."""
    return sorted(path for path in folder.glob(f"{table}/month=*/*.parquet") if path.is_file())


def tables_of(names: Collection[str], folder: Path) -> dict[str, list[Path]]:
    """Each of the tables with its Parquet files; an empty table has none."""
    return {name: partition_files(folder, name) for name in names}
