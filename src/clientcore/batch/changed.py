"""Subjects whose records changed since an instant: only they are decided anew, the others keep their rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import attrs
import polars as pl

from clientcore.arguments import refused
from clientcore.batch.asked import plan_has_parent
from clientcore.batch.handed import MARKS
from clientcore.book.assembly import FACTS
from clientcore.book.frame import Shape, schema_of, typed
from clientcore.entities import SUBJECTS
from clientcore.errors import BookError

if TYPE_CHECKING:
    from clientcore.book import Book

_OBSERVED = MARKS[2]


def kept_rows(
    before: pl.DataFrame, book: Book, shape: Shape, as_of: date, changed_since: datetime
) -> tuple[pl.DataFrame, Book]:
    """Return the rows of an earlier frame that still hold, and the book of all other subjects.

    Args:
        before: The frame of an earlier run.
        book: The book.
        shape: Columns of a frame of decisions.
        as_of: The day; rows of another day never hold, since windows move with it.
        changed_since: Instant, with a time zone; a record written down at or after it, or at an unknown time, is
            changed.

    Raises:
        FactError: The instant has no time zone (CC403).
        BookError: The frame has other columns than this run gives (CC608).
    """
    if not isinstance(changed_since, datetime) or changed_since.tzinfo is None:
        wanted = "give an instant with its time zone, for example datetime(2026, 6, 30, 6, tzinfo=UTC)"
        raise refused("changed_since", changed_since, wanted)
    schema = schema_of(shape)
    if lacking := [name for name in schema if name not in before.columns]:
        raise BookError(
            f"CC608 the frame before has no column `{lacking[0]}` ({len(lacking)} lacking), so its rows can't be "
            "kept; leave `changed_since` out after a change of rulesets"
        )
    key = f"{shape.subject}_id"
    changed = _changed(book, shape.subject, changed_since)
    subjects = book.tables[SUBJECTS[shape.subject].table]
    holder = "account_id" if plan_has_parent(shape.subject) else "id"
    same = subjects.filter(~pl.col(holder).is_in(changed.implode()).fill_null(value=True))["id"]
    try:
        kept = typed(before, shape).select(pl.col(name).cast(kind) for name, kind in schema.items())
    except pl.exceptions.PolarsError as error:
        raise BookError(f"CC608 the frame before has columns of other kinds: {str(error).splitlines()[0]}") from error
    kept = kept.filter((pl.col("as_of") == as_of) & pl.col(key).is_in(same.implode()))
    left = subjects.filter(~pl.col("id").is_in(kept[key].implode()))
    return kept, _narrowed(book, shape.subject, left)


def by_account(book: Book, subject: str) -> bool:
    """Return whether the subjects of a book stand account by account, and those of no account behind all others."""
    if not plan_has_parent(subject) or (main := book.tables.get(SUBJECTS[subject].table)) is None:
        return True
    places = book.tables["accounts"].select("id").with_row_index("@place")
    placed = main.join(places, left_on="account_id", right_on="id", how="left", maintain_order="left")["@place"]
    return placed.is_sorted(nulls_last=True)


def in_order(parts: list[pl.DataFrame], book: Book, shape: Shape) -> pl.DataFrame:
    """Return rows of all subjects in the order of the book.

    Args:
        parts: The rows.
        book: The book.
        shape: Columns of the rows.
    """
    key = f"{shape.subject}_id"
    order = book.tables[SUBJECTS[shape.subject].table].select(pl.col("id").alias(key))
    rows = pl.concat(parts)
    return order.join(rows, on=key, how="inner", maintain_order="left").select(rows.columns)


def _key(table: str, subject: str) -> str:
    """Return the column of a table that names who its rows belong to: for children of an account, the account."""
    own = "account" if plan_has_parent(subject) else subject
    if table == FACTS:
        return "account_id"
    return "id" if table == SUBJECTS[own].table else f"{own}_id"


def _changed(book: Book, subject: str, since: datetime) -> pl.Series:
    """Return who has a record that came since then, or nobody knows when."""
    found = [pl.Series("id", [], dtype=pl.String)]
    for table, frame in book.tables.items():
        key = _key(table, subject)
        if key in frame.columns:
            found.append(frame.filter(pl.any_horizontal(_late(table, frame, since)))[key].alias("id"))
        own = _own_key(table, frame, subject)
        if own:  # a record may name its opportunity only, and no account
            late = frame.filter(pl.any_horizontal(_late(table, frame, since)))[own]
            subjects = book.tables[SUBJECTS[subject].table]
            found.append(subjects.filter(pl.col("id").is_in(late.drop_nulls().implode()))["account_id"].alias("id"))
    return pl.concat(found).drop_nulls().unique()


def _own_key(table: str, frame: pl.DataFrame, subject: str) -> str:
    """Return the column by which a table is nested in a child of an account; empty if it is in none."""
    key = f"{subject}_id"
    own = plan_has_parent(subject) and table in SUBJECTS[subject].tables and key in frame.columns
    return key if own else ""


def _late(table: str, frame: pl.DataFrame, since: datetime) -> Iterator[pl.Expr]:
    if table != FACTS:
        known = "recorded_at" in frame.columns
        yield (pl.col("recorded_at") >= since).fill_null(value=True) if known else pl.lit(value=True)
        return
    for name in frame.columns:
        if name == "account_id" or name.endswith(MARKS):
            continue
        observed = f"{name}{_OBSERVED}"
        # a day says that much: a fact of the day of the instant may have come after it
        day = pl.col(observed).cast(pl.String).str.head(10) if observed in frame.columns else pl.lit(None, pl.String)
        there = pl.col(name).is_not_null()
        if (marked := f"{name}{MARKS[3]}") in frame.columns:
            there |= pl.col(marked).is_not_null()
        yield there & (day >= since.astimezone(UTC).date().isoformat()).fill_null(value=True)
    yield pl.lit(value=False)


def _narrowed(book: Book, subject: str, left: pl.DataFrame) -> Book:
    """Return a book with some of the subjects and what belongs to their accounts."""
    holders = left["account_id" if plan_has_parent(subject) else "id"].drop_nulls().unique().implode()
    tables = {}
    for table, frame in book.tables.items():
        key = _key(table, subject)
        kept = pl.col(key).is_in(holders) if key in frame.columns else pl.lit(value=True)
        if own := _own_key(table, frame, subject):
            kept = kept.fill_null(value=False) | pl.col(own).is_in(left["id"].implode())
        tables[table] = frame.filter(kept)
    return attrs.evolve(book, tables={**tables, SUBJECTS[subject].table: left})
