"""What differs between the databases: one value for each dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from clientcore.errors import FactError, did_you_mean


@attrs.frozen(kw_only=True)
class Dialect:
    """How a database says things.

    Args:
        name: Its name, which is sqlglot's too.
        ran: Whether the conformance rows have run on the database; else its text is only printed.
        names: Function of ours → its name; the others are called as we call them.
        pattern_end: The very end of a text in a pattern.
        fence: What keeps a planner from writing a stage into each place that reads it, or from weighing all stages as
            one: `OFFSET 0` behind it, or a CTE `AS MATERIALIZED`; nothing where the planner does neither.
        collate: Whether text has to be told to compare by code point.
        filters: Whether an aggregate takes `FILTER (WHERE …)`.
        least_skips_null: Whether `LEAST` and `GREATEST` pass over nulls.
        exact_cast: Whether decimals and wide integers become the nearest double when cast; else they go through text.
        longest_name: Bytes of the longest name; 0 where it does not matter.
        most_columns: Columns that one step may have; 0 where it does not matter.
    """

    name: str
    ran: bool = True
    names: Mapping[str, str] = attrs.field(factory=dict)
    pattern_end: str = "\\z"
    fence: Literal["", "offset", "materialized"] = ""
    collate: bool = False
    filters: bool = True
    least_skips_null: bool = True
    exact_cast: bool = True
    longest_name: int = 0
    most_columns: int = 0


DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(name="duckdb", names={"MATCHES": "REGEXP_MATCHES"}, fence="materialized", exact_cast=False),
        Dialect(
            name="postgres",
            pattern_end="\\Z",
            fence="offset",
            collate=True,
            longest_name=63,
            most_columns=1600,
        ),
        Dialect(name="spark", names={"STARTS_WITH": "STARTSWITH", "ENDS_WITH": "ENDSWITH", "MATCHES": "REGEXP_LIKE"}),
        Dialect(
            name="snowflake",
            ran=False,
            names={"STARTS_WITH": "STARTSWITH", "ENDS_WITH": "ENDSWITH", "MATCHES": "REGEXP_INSTR"},
            filters=False,
            least_skips_null=False,
        ),
        Dialect(
            name="bigquery",
            ran=False,
            names={"MATCHES": "REGEXP_CONTAINS"},
            filters=False,
            least_skips_null=False,
        ),
    )
}


def dialect_of(name: str) -> Dialect:
    """Return a dialect by name.

    Raises:
        FactError: There is none of that name (CC403).

    Example:
        >>> dialect_of("postgres").fence
        'offset'
    """
    if name not in DIALECTS:
        raise FactError(f"CC403 unknown dialect `{name}`; {did_you_mean(name, DIALECTS)}")
    return DIALECTS[name]
