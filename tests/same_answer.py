"""One book through several executors: every cell of their frames, compared by bits."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

import clientcore as cc
from clientcore.book.accounts import Book
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS, assemble
from clientcore.book.columns import TYPES
from clientcore.book.files import Raw, series_of
from clientcore.book.notes import Notes
from clientcore.entities import SUBJECTS, Entity
from databases import Database

#: (engine, book, as_of, previous, subject) → frame of decisions.
Run = Callable[[cc.Engine, Book, date, pl.DataFrame | None, str], pl.DataFrame]
#: What names a record of the same account, whose id is made the account's own in a book.
_NAMED = ("opportunity_id", "workstream_id", "contact_id")


def book_of(
    holders: Sequence[Mapping[str, Any]],
    facts: Sequence[Mapping[str, Any]],
    kinds: Mapping[str, str],
    kind: str = "account",
) -> Book:
    """Return a book of accounts as conditions know them, with one row of facts for each, or of organisations.

    Args:
        holders: Accounts with their related records nested in them, each with its own id, or organisations.
        facts: Values handed in for each of them.
        kinds: Kind of each fact.
        kind: `account` or `organisation`.
    """
    entity, key = SUBJECTS[kind], f"{kind}_id"
    raws = {"accounts": _raw([{"id": "a"}]), entity.table: _raw([_own(one, entity) for one in holders])}
    for table in entity.tables:
        having = [one for one in holders if one.get(table) is not None]
        if having:
            rows = [_numbered({key: one["id"]}, row) for one in having for row in one[table]]
            raws[table] = _raw(rows, ("id", key))
    tables, unattached = assemble(raws, "UTC", "", Notes())
    kept = {name: held for name, held in kinds.items() if not held.startswith("list")}
    columns = {key: pl.Series([one["id"] for one in holders], dtype=pl.String)}
    for name, held in kept.items():
        values = [given.get(name) for given in facts]
        columns[name] = pl.Series(name, values, dtype=TYPES["text" if held == "level" else held])
    tables[ORGANISATION_FACTS if kind == "organisation" else FACTS] = pl.DataFrame(columns)
    return Book(Path("drawn"), tables, pl.DataFrame(), (), unattached)


def books_of(
    some: Sequence[Mapping[str, Any]],
    handed: Sequence[Mapping[str, Any]],
    days: Sequence[date],
    kinds: Mapping[str, str],
    subject: str = "account",
) -> list[tuple[date, Book]]:
    """Return a book for each day: every account with everything that may be handed in, on each day another one.

    Books about organisations hold these in the place of accounts.
    """
    kind = "organisation" if subject == "organisation" else "account"
    both = list(itertools.product(some, range(len(handed))))
    own = [{**one, "id": f"a{at}"} for at, (one, _) in enumerate(both)]
    return [
        (day, book_of(own, [handed[(at + turned) % len(handed)] for _, at in both], kinds, kind))
        for turned, day in enumerate(days)
    ]


def _numbered(whose: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with ids that no other holder has; it is of its holder unless it says otherwise."""
    (holder,) = whose.values()
    ids = {name: f"{holder}-{row[name]}" for name in ("id", *_NAMED) if row.get(name) is not None}
    return {**whose, **row, **ids}


def _own(holder: Mapping[str, Any], entity: Entity) -> dict[str, Any]:
    return {name: value for name, value in holder.items() if name in entity.fields}


def _raw(rows: Sequence[Mapping[str, Any]], always: Sequence[str] = ()) -> Raw:
    names = dict.fromkeys((*always, *(name for row in rows for name in row)))
    columns = [series_of(name, [_plain(row.get(name)) for row in rows]) for name in names]
    return Raw(pl.DataFrame(columns), pl.Series(range(1, len(rows) + 1), dtype=pl.Int64), "drawn.jsonl")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def by(executor: str) -> Run:
    """Return the run of one of the executors of `evaluate_book`."""

    def run(engine: cc.Engine, book: Book, as_of: date, previous: pl.DataFrame | None, subject: str) -> pl.DataFrame:
        asked: Any = {"subject": subject, "executor": executor}
        return engine.evaluate_book(book, as_of=as_of, previous=previous, lists=True, **asked)

    return run


def in_database(database: Database) -> Run:
    """Return the run of a database, which holds the tables of the book."""

    def run(engine: cc.Engine, book: Book, as_of: date, previous: pl.DataFrame | None, subject: str) -> pl.DataFrame:
        database.load(book.tables)
        return engine.evaluate_in(database.connection, as_of=as_of, subject=subject, previous=previous, lists=True)

    return run


def on_spark(session: Any) -> Run:
    """Return the run of Spark frames, in two groups of accounts."""

    def run(engine: cc.Engine, book: Book, as_of: date, previous: pl.DataFrame | None, subject: str) -> pl.DataFrame:
        tables = {
            name: session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
            for name, frame in book.tables.items()
            if name != "organisations"
        }
        made = engine.evaluate_spark(tables, as_of=as_of, subject=subject, previous=previous, groups=2, lists=True)
        frame = pl.from_arrow(made.toArrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    return run


def differences(expected: pl.DataFrame, found: pl.DataFrame, left_out: Sequence[str] = ()) -> Iterator[str]:
    """Yield each cell that differs, by its bits."""
    names = [name for name in expected.columns if name not in left_out]
    if missing := [name for name in names if name not in found.columns]:
        yield f"columns missing: {missing}"
        return
    if expected.height != found.height:
        lost, more = set(expected[names[0]]) - set(found[names[0]]), set(found[names[0]]) - set(expected[names[0]])
        yield f"{found.height} rows, not {expected.height}: {sorted(lost)} missing, {sorted(more)} too many"
        return
    for one, other in zip(expected.select(names).to_dicts(), found.select(names).to_dicts(), strict=True):
        for name in names:
            if bits(one[name]) != bits(other[name]):
                yield f"{next(iter(one.values()))} {name}: {one[name]!r}, not {other[name]!r}"


def bits(value: Any) -> Any:
    """Return a value so that equal means equal bits."""
    return struct.pack("<d", value) if isinstance(value, float) else value
