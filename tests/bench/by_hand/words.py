"""What the queries by hand have in common: the day, seen records, windows of days, shares."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
from large_book import DAY

c = pl.col
YEAR, HALF_YEAR, QUARTER, TWO_YEARS = 365, 180, 90, 730
#: Days before the window of a count in which a mark still shows that somebody notes such things.
NOTING = 365


def records(book: Path, table: str, *happened: str) -> pl.LazyFrame:
    """Return the records of a table that are known by the day; what had not happened by then is not there.

    Args:
        book: The folder of the book.
        table: One of its tables.
        happened: Days of things that happened, which are read.
    """
    rows = pl.scan_parquet(book / f"{table}.parquet")
    columns = rows.collect_schema()
    occurred = c("occurred_on").is_null() | (c("occurred_on") <= DAY)
    if "occurred_on" not in columns:
        seen = c("recorded_at").is_null() | (c("recorded_at") < _END)
    elif "recorded_at" not in columns:
        seen = occurred
    else:
        seen = pl.when(c("recorded_at").is_null()).then(occurred).otherwise(c("recorded_at") < _END)
    return rows.filter(seen).with_columns(pl.when(c(name) <= DAY).then(c(name)) for name in happened)


_END = pl.lit(DAY + timedelta(days=1)).cast(pl.Datetime("us", "UTC"))


def ago(days: int) -> pl.Expr:
    """Return the day so many days ago."""
    return pl.lit(DAY - timedelta(days=days))


def within(name: str, days: int) -> pl.Expr:
    """Return whether a day is one of the last so many, today included; null where it is missing."""
    return (c(name) > ago(days)) & (c(name) <= DAY)


def perhaps(name: str, days: int) -> pl.Expr:
    """Return whether a day may be one of the last so many: a missing one may."""
    return c(name).is_null() | within(name, days)


def age(day: pl.Expr) -> pl.Expr:
    """Return the days from a day to today."""
    return (pl.lit(DAY) - day).dt.total_days()


def there(*names: str) -> pl.Expr:
    """Return whether all of these are there."""
    return pl.all_horizontal(c(name).is_not_null() for name in names)


def no(name: str) -> pl.Expr:
    """Return whether a value is missing."""
    return c(name).is_null()


def false(flag: pl.Expr) -> pl.Expr:
    """Return whether a flag is not true; missing counts as such."""
    return ~flag.fill_null(value=False)


def active() -> pl.Expr:
    """Return whether a record is not marked as inactive."""
    return c("is_active").fill_null(value=True)


def two_way() -> pl.Expr:
    """Return whether a conversation went both ways, by its mark or else by its kind."""
    return c("two_way").fill_null(c("kind").is_in(["call", "meeting", "visit", "workshop"]))


def share(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """Return a quotient, missing where it divides by nothing."""
    part, whole = (c(one) if isinstance(one, str) else one for one in (part, whole))
    return pl.when(whole != 0).then(part / whole)


def marked_share(yes: str, marked: str, rows: str) -> pl.Expr:
    """Return the share of marked records that are marked yes, missing where all of few marks are yes."""
    known = (c(yes) < c(marked)) | (2 * c(marked) >= c(rows))
    return pl.when(known & (c(marked) != 0)).then(c(yes) / c(marked))


def counted(count: str, marked: str, rows: str) -> pl.Expr:
    """Return a count, missing where there are records and none is marked either way where it would show a habit."""
    return pl.when((c(rows) == 0) | (c(marked) > 0)).then(c(count))


def sure(flag: pl.Expr, perhaps: pl.Expr) -> pl.Expr:
    """Return how many records a flag is true for, missing where it perhaps is for others."""
    return pl.when(~(perhaps & ~flag).any()).then(flag.sum())


def kinds(flag: pl.Expr, name: str, values: list[str]) -> pl.Expr:
    """Return how many of a few values stand in the records that a flag is true for."""
    return pl.sum_horizontal(((c(name) == value) & flag).any().cast(pl.Int64) for value in values)


def if_all(flag: pl.Expr, value: pl.Expr, fold: pl.Expr) -> pl.Expr:
    """Return what is folded of the records that a flag is true for, missing where one of them lacks the value."""
    return pl.when(~(flag & value.is_null()).any()).then(fold)


def total(flag: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return the sum of a value over the records that a flag is true for, missing where one of them lacks it."""
    return if_all(flag, value, pl.when(flag).then(value).sum())


def greatest(flag: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return the greatest value of the records that a flag is true for, missing where one of them lacks it."""
    return if_all(flag, value, pl.when(flag).then(value).max())
