"""What the options of several verbs are made of."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


class Number(click.FloatRange):
    """A number in a range; "nan" lies in every range that only its ends are asked about."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is no number.", param, ctx) if math.isnan(number) else number


LONG_RUN_S = Number(1, 86_400)

markdown_option: Callable[[Any], Any] = click.option(
    "--md", "markdown_file", type=click.Path(path_type=Path), help="Write Markdown here (- for stdout)."
)
offline_option: Callable[[Any], Any] = click.option(
    "--offline", "is_offline", is_flag=True, help="Fetch nothing."
)


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator for options that ``--help`` shows in this order."""

    def declare(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return declare
