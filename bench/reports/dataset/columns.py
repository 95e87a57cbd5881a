"""What the tables of a data set are made of: a column has a name with its unit, a SQL type and a sentence.

Money is DOUBLE, not DECIMAL: the cost of an attempt has about two digits that mean anything and spans 1e-9 to
1e6 USD, and quantiles, notebooks and browsers take a DOUBLE as it is. Exact decimals are in ``documents``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

SqlType = Literal["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "VARCHAR[]"]


@dataclass(frozen=True, slots=True)
class Column:
    """``is_nullable``: it may be NULL, which says that the figure is not known; it is never 0 for that."""

    name: str
    type: SqlType
    is_nullable: bool
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """``row`` says what one row is of."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> dict[str, str]:
        """Column name -> SQL type with its constraint, in order."""
        return {
            column.name: column.type if column.is_nullable else f"{column.type} NOT NULL"
            for column in self.columns
        }


def need(name: str, sql_type: SqlType, description: str) -> Column:
    return Column(name, sql_type, False, description)


def may(name: str, sql_type: SqlType, description: str) -> Column:
    return Column(name, sql_type, True, description)


def band(name: str, description: str, bounds: str = "95 % interval") -> tuple[Column, Column, Column]:
    """A figure and its bounds: ``name``, ``name_low`` and ``name_high``."""
    return (
        may(name, "DOUBLE", description),
        may(f"{name}_low", "DOUBLE", f"lower bound of {name}: {bounds}"),
        may(f"{name}_high", "DOUBLE", f"upper bound of {name}; NULL beside a value: unbounded"),
    )


# Beside the figures of every table, so that each can be read alone.
IDENTITY = (
    need("record_id", "VARCHAR", "the record; the same in every table"),
    need("month", "VARCHAR", "month of the record in UTC, 2026-11: the files are in folders by it"),
    need("machine_class", "VARCHAR", "system, processor and memory of the machine in one word"),
    need("model", "VARCHAR", "the model's name in the catalog or of its file"),
    may("quantization", "VARCHAR", "as the model file's header has it"),
)


def table(name: str, row: str, *columns: Column | Iterable[Column]) -> Table:
    """A table with the identity before its own ``columns``, given alone or as those of a band."""
    flat = [one for each in columns for one in ([each] if isinstance(each, Column) else each)]
    return Table(name, row, (*IDENTITY, *flat))
