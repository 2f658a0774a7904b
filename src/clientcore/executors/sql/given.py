"""What a program is printed with: a database, a day, the params, and which tables and columns there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

import attrs

from clientcore.executors.sql.dialects import Dialect
from clientcore.executors.sql.kinds import holds_text

EPOCH = date(1970, 1, 1)
_START = datetime(1970, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Given:
    """What a program is printed with.

    Args:
        dialect: The database.
        as_of: The day; `some` for one that is put in later; None for the day on which the statement runs.
        params: (ruleset, param) → value.
        tables: Table → column → its type as the database calls it, in lower case, empty where it is not known. None:
            every table is there with every column.
        schema: Schema of the tables; empty where the database finds them by itself.
        names: Table → its name in the database, for those that have another one and are in no schema.
        earlier: Name of the table of earlier decisions, with the columns of a frame of decisions; empty without one.
    """

    dialect: Dialect
    as_of: date | Literal["some"] | None = None
    params: Mapping[tuple[str, str], Any] = attrs.field(factory=dict)
    tables: Mapping[str, Mapping[str, str]] | None = None
    schema: str = ""
    names: Mapping[str, str] = attrs.field(factory=dict)
    earlier: str = ""

    def has_table(self, table: str) -> bool:
        """Return whether the database has a table."""
        return self.tables is None or table in self.tables

    def type_of(self, table: str, column: str) -> str | None:
        """Return the type of a column, empty where it is not known; None where there is no such column."""
        return "" if self.tables is None else self.tables.get(table, {}).get(column)

    def names_records(self, table: str, column: str) -> bool:
        """Return whether a column is there and of a type whose cells are ids: text, or whole numbers."""
        type_ = self.type_of(table, column)
        return type_ is not None and holds_text(type_)

    def param(self, key: tuple[str, str]) -> Any:
        """Return the value of a param as scalars have it: days and instants as whole numbers."""
        value = self.params[key]
        return tuple(map(plain, value)) if isinstance(value, list | tuple) else plain(value)


def plain(value: Any) -> Any:
    """Return a value as scalars have it: a day as days, an instant as microseconds since 1970-01-01.

    Example:
        >>> plain(date(1970, 1, 3))
        2
    """
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        passed = aware - _START
        return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    return (value - EPOCH).days if isinstance(value, date) else value
