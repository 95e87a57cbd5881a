"""The options of verbs that conclude: one for every constant of the economics."""

from typing import Any

import click

from bench.cli.options import PATH, together
from bench.commands.cost_options import (
    ARRIVALS_FLAG,
    AT_FLAG,
    BATCH_FLAG,
    COUNTRY_FLAG,
    DEVICE_FLAG,
    FLAGS,
    ONLY_NAMED_FLAG,
    OWNERSHIP_FLAG,
    RATE_FLAG,
    TAX_BASIS_FLAG,
    YES,
    Words,
)

_WORDS = {  # option, what it takes, help
    DEVICE_FLAG: ("NAME", "Price, idle watts and lifetime as `breakeven prices devices` has them."),
    COUNTRY_FLAG: ("CODE|NAME", "Price and carbon of its electricity: DEU, Germany."),
    OWNERSHIP_FLAG: (
        "sunk|dedicated|shared:SHARE",
        "Who pays for the device: nobody, as it is owned; the task; or so much of it. [sunk]",
    ),
    TAX_BASIS_FLAG: ("gross|net|mixed", "Prices with --vat, without it, or each as it is listed. [mixed]"),
    RATE_FLAG: ("EUR=RATE@DATE", "What one unit of a currency was worth on that day; repeatable."),
    AT_FLAG: ("DATE", "Day of the API prices. [now]"),
}


# The scenario checks the words and knows the defaults; here are only names and help.
scenario_options = together(
    click.option(
        "--api",
        "apis",
        multiple=True,
        metavar="API[@EFFORT]",
        help="API to compare with, at an effort of reasoning; repeatable.",
    ),
    click.option(
        f"--{ONLY_NAMED_FLAG}",
        "is_only_named",
        is_flag=True,
        help="Compare with those alone, not with the cheapest that is as good and the nearest open weights.",
    ),
    click.option(
        "--scenario",
        "scenario_file",
        type=PATH,
        metavar="FILE",
        help="TOML file of these options by name; what is given here goes before it.",
    ),
    click.option(
        f"--{ARRIVALS_FLAG}",
        type=PATH,
        metavar="FILE",
        help="When requests came: a moment a line, or a .jsonl or .csv log; else they come by chance.",
    ),
    click.option(
        f"--{BATCH_FLAG}", flag_value=YES, help="Requests may wait for hours, where that costs less."
    ),
    *(
        click.option(f"--{name}", metavar=metavar, help=told, multiple=name == RATE_FLAG)
        for name, (metavar, told) in _WORDS.items()
    ),
    *(
        click.option(
            f"--{flag.name}",
            field,
            multiple=flag.is_per_task,
            metavar=f"[TASK=]{flag.unit.upper()}" if flag.is_per_task else flag.unit,
            help=f"{flag.help}." + (f" [{flag.default}]" if flag.default else ""),
        )
        for field, flag in FLAGS.items()
    ),
)


def take_scenario(given: dict[str, Any]) -> Words:
    """The words that were said, by flag name, taken out of ``given``."""
    fields = {field: flag.name for field, flag in FLAGS.items()}
    fields |= {name.replace("-", "_"): name for name in (*_WORDS, BATCH_FLAG)}
    said = {name: given.pop(field) for field, name in fields.items()}
    return {name: words for name, words in said.items() if words not in (None, ())}  # "" was said, too
