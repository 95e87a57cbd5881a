"""Text of files: written whole or not at all, read strictly; failures say what the user can do."""

import errno
import json
import os
import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from bench.errors import RecordError, first_few

OTHER_FOLDER = "choose another folder with -o DIR"
WITHIN = "give a folder within it, which need not exist"
OTHER_TEMPORARY = "name a folder with more space in TMPDIR"
OTHER_PLACE = "choose another place for the file"
_MOST_KEYS, _MOST_PARTS = 100_000, 1_000_000  # of an object, and of a document: far above those of a run
_MOST_FAULTS = 3  # told of one document
_LONGEST_NAME, _LONGEST_MESSAGE = 80, 200
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)  # of JSON, also without an end
_PLAIN_NAME = re.compile(r"[\w.:/-]{1,80}", re.ASCII)
RUN_WROTE = "give a file that `breakeven run` wrote, or move this one away"


class _Refused(ValueError):
    """JSON that is valid, and that no record is made of."""


def write_text(text: str, target: Path, *, remedy: str = OTHER_PLACE) -> None:
    """As ``write_bytes``, of ``text`` in UTF-8."""
    write_bytes(text.encode(), target, remedy=remedy)


def write_bytes(content: bytes, target: Path, *, remedy: str = OTHER_PLACE) -> None:
    """Replace ``target`` by ``content`` in one step, by way of a file beside it.

    Raises RecordError when that fails; ``remedy`` says how to have it written elsewhere.
    """
    temporary = target.parent / f".{target.name}.{secrets.token_hex(4)}.tmp"  # with_name refuses "."
    try:
        refuse_irregular(target, remedy)
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        remove_quietly(temporary)
        refuse_folder(error, target.parent, remedy)


def read_text(path: Path, largest_bytes: int) -> str:
    """UTF-8 text of a file of at most ``largest_bytes``; RecordError when it cannot be had."""
    return as_text(read_bytes(path, largest_bytes), where=str(path))


def as_text(content: bytes, *, where: str) -> str:
    """The text that is written in UTF-8; RecordError where it is none."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise unusable(f"is no text in UTF-8 (byte {error.start})", where) from None


def read_bytes(path: Path, largest_bytes: int) -> bytes:
    """The content of a file of at most ``largest_bytes``; RecordError when it cannot be had."""
    where = str(path)
    try:
        with path.open("rb") as file:
            told = min(os.fstat(file.fileno()).st_size, largest_bytes)
            content = file.read(told + 1)  # room for the largest would be laid out for each
            if len(content) > told:  # it is larger, grows, or is no regular file and does not tell its size
                content += file.read(largest_bytes + 1 - len(content))
    except FileNotFoundError:
        raise RecordError(
            "no such file", where=where, remedy="give a file that `breakeven run` wrote"
        ) from None
    except OSError as error:
        raise unreadable(error, where) from error
    if len(content) > largest_bytes:
        raise unusable(f"is too large (more than {largest_bytes:,} bytes)", where)
    return content


def refuse_no_file(path: Path) -> None:
    """Raise RecordError for what is not a file: opening a pipe would wait for who writes into it."""
    if not path.is_file():
        raise unusable("is no file, or points to none", str(path))


def refuse_irregular(target: Path, remedy: str) -> None:
    """Raise RecordError where a rename would do harm: a device such as /dev/null would become a file."""
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise RecordError("is a folder, a link or a device: not replaced", where=str(target), remedy=remedy)


def parse_json(text: str, *, where: str) -> Any:
    """JSON without NaN, infinities and repeated keys; RecordError with line and column."""
    refuse_crowd(text, where=where)
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_checked_object)
    except json.JSONDecodeError as error:
        raise unusable(
            f"is broken JSON at line {error.lineno}, column {error.colno}: {error.msg}", where
        ) from None
    except RecursionError:
        raise unusable("is nested too deeply", where) from None
    except ValueError as error:
        # The only other one is Python's own, of an integer of thousands of digits.
        what = str(error) if isinstance(error, _Refused) else "holds a number of too many digits"
        raise unusable(what, where) from None


def refuse_crowd(text: str, *, where: str) -> None:
    """Raise RecordError for JSON of very many parts: an empty array takes 450 bytes when it is parsed."""
    is_long = len(text) > _MOST_PARTS  # each takes a character
    if is_long and _n_parts(text) > _MOST_PARTS and _n_parts(_STRING.sub("", text)) > _MOST_PARTS:
        raise unusable(f"has more than {_MOST_PARTS:,} arrays and objects", where)


def _n_parts(text: str) -> int:
    return text.count("[") + text.count("{")


def explain(error: ValidationError) -> str:
    """The first few places where a document differs from its type, each with its exact path."""
    return first_few([f"{where}: {what}" for where, what in faults(error)], _MOST_FAULTS, "; ")


def faults(error: ValidationError) -> list[tuple[str, str]]:
    """Every place where a document differs from its type, and how."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [(place(fault["loc"]), fault["msg"][:_LONGEST_MESSAGE]) for fault in found]


def place(location: Sequence[str | int]) -> str:
    """A path within a document, such as ``tasks.0.items.3.outcome``; names in it may be a stranger's."""
    return ".".join(_name(str(part)) for part in location) or "the whole"


def unusable(what: str, where: str) -> RecordError:
    """The error for a file that is not what it should be."""
    return RecordError(what, where=where, remedy=RUN_WROTE)


def unreadable(error: OSError, where: str) -> RecordError:
    """The error for what is there and cannot be read."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            remedy = "let yourself read it: its permissions, and those of its folders; or leave it out"
        case _:
            remedy = "see that its disk works, or leave it out"
    return RecordError(f"cannot be read: {error.strerror or error}", where=where, remedy=remedy)


def refuse_folder(error: OSError, folder: Path, remedy: str = OTHER_FOLDER) -> NoReturn:
    """Raise the RecordError that tells the user what ``error`` means for ``folder``."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            what, remedy = "no space is left here", f"free some space, or {remedy}"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            what = "nothing can be written here: the folder is read-only"
        case errno.EEXIST | errno.ENOTDIR:
            what = "a file is where the folder should be"
        case errno.EBUSY:  # a mount that its path does not tell
            what, remedy = "is in use by the system: not replaced", WITHIN
        case _:
            what = f"nothing can be written here: {error.strerror or error}"
    raise RecordError(what, where=str(folder), remedy=remedy) from error


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone at the end; RecordError where there is no room for one."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="breakeven-", ignore_cleanup_errors=True)
    except OSError as error:  # Python names all folders that it tried
        raise RecordError(
            f"no temporary folder can be made: {error.strerror}", remedy=OTHER_TEMPORARY
        ) from error
    with folder as path:
        yield Path(path)


def sync_folder(folder: Path) -> None:
    """Make a new file or a rename in ``folder`` survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_quietly(path: Path) -> None:
    """Remove a temporary file while another error is on its way, which must not be hidden."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _name(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) else repr(key[:_LONGEST_NAME])


def _refuse_constant(name: str) -> NoReturn:
    raise _Refused(f"holds {name}, which is no number")


def _checked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MOST_KEYS:  # each unknown one would be a fault of its own
        raise _Refused(f"has an object with {len(pairs):,} keys, and none of a record has {_MOST_KEYS:,}")
    document = dict(pairs)
    if len(document) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise _Refused(f"repeats the key {key[:_LONGEST_NAME]!r}")
    return document
