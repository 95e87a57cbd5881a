"""What the options of several verbs are made of."""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from bench.errors import InputError


class Number(click.FloatRange):
    """A number in a range; "nan" lies in every range that only its ends are asked about."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is no number.", param, ctx) if math.isnan(number) else number


class NamedPath(click.Path):
    """Of a file or folder. The empty one, of a variable without a value, would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value or self.fail("the name is empty.", param, ctx), param, ctx)


LONG_RUN_S = Number(1, 86_400)
PATH = NamedPath(path_type=Path)

markdown_option: Callable[[Any], Any] = click.option(
    "--md", "markdown_file", type=PATH, help="Write Markdown here (- for stdout)."
)
offline_option: Callable[[Any], Any] = click.option(
    "--offline", "is_offline", is_flag=True, help="Fetch nothing."
)


def check_targets(targets: Mapping[str, Path | None], read: Iterable[Path | None]) -> None:
    """InputError where two files would have one name, or one would take the place of what is ``read``.

    By the option that names each; of a folder that is read, its records.
    """
    sources = {_real(path) for path in read if path is not None}
    flags: dict[Path, str] = {}
    for flag, target in targets.items():
        if target is None:
            continue
        place = _real(target)
        other = flags.setdefault(place, flag)
        if other != flag:
            raise InputError(
                "both would be written to one place", where=f"{other} and {flag}", remedy="name two files"
            )
        if place in sources or (place.exists() and any(_is_record_of(folder, place) for folder in sources)):
            raise InputError(
                "would take the place of what is read", where=f"{flag} {target}", remedy="name another file"
            )


def _is_record_of(folder: Path, place: Path) -> bool:
    """It lies in the folder, or a link in there leads to it."""
    if place.parent == folder and place.suffix == ".json":
        return True
    return any(file.is_symlink() and _real(file) == place for file in folder.glob("*.json"))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises where links go round


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator for options that ``--help`` shows in this order."""

    def declare(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return declare
