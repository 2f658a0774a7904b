"""A row's account as a book, alone or between other accounts, and what a frame says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

import clientcore as cc
from clientcore.book.accounts import Book
from clientcore.book.assembly import FACTS, assemble
from clientcore.book.files import Raw, series_of
from clientcore.book.notes import Notes
from clientcore.decision import column
from clientcore.entities import ENTITIES, SUBJECTS
from conformance_runner.compare import Difference, full, same
from conformance_runner.rows import Step


class NotCarriedError(Exception):
    """A row is about something that a book or a frame has no place for; the text is the reason."""


#: What a row may expect and a frame of decisions has no column for.
UNSEEN = frozenset({"suppressed", "because", "json", "problems", "subject_id", "account_id"})
#: Problems that every engine of frames finds itself: two rows of `unique`, a state machine that goes round.
FOUND = frozenset({"CC609", "CC610"})
_SCORE = {"value": "", "known_value": "_known", "low": "_low", "high": "_high", "band": "_band",
          "coverage": "_coverage", "since": "_since", "last_band": "_last",
          "ci_low": "_ci_low", "ci_high": "_ci_high", "n": "_n"}  # fmt: skip
_OTHERS = ({"id": "another"}, {"id": "yet_another"})


def book_of(step: Step, kinds: Mapping[str, str], *, batch: bool, written: bool = False) -> Book:
    """Return a book with the row's account; in a batch, with another one before and one behind.

    Args:
        step: A step of the row.
        kinds: Fact → name of its kind.
        batch: Whether there are other accounts.
        written: Whether a record that names no account does so in the tables too, as they stand in a database.
    """
    account = dict(step.account)
    if set(account) - set(ENTITIES["accounts"].fields) - set(SUBJECTS["account"].tables):
        raise NotCarriedError("fields that no book has")
    rows = [_OTHERS[0], account, _OTHERS[1]] if batch else [account]
    raws: dict[str, Raw] = {}
    accounts = [{k: v for k, v in one.items() if k in ENTITIES["accounts"].fields} for one in rows]
    raws["accounts"] = _raw(accounts)
    for table in SUBJECTS["account"].tables:
        records = account.get(table)
        if records is None:
            continue
        if not isinstance(records, list | tuple) or not all(isinstance(one, dict) for one in records):
            raise NotCarriedError("a table that is no list of records")
        if any(isinstance(value, list | tuple) for one in records for value in one.values()):
            raise NotCarriedError("records nested in records")
        if any(isinstance(one.get("id"), float) for one in records):
            raise NotCarriedError("ids of two kinds in one column")
        if any(not one.get("account_id", "-") and not _has_parent(table, one, account) for one in records):
            raise NotCarriedError("records of no account, that are nested in one")
        # a table of which no record has an id is one without ids; in another one such a record is set aside
        always = ("id", "account_id") if not records or any("id" in one for one in records) else ("account_id",)
        raws[table] = _raw([{"account_id": account["id"], **one} for one in records], always)
    notes = Notes()
    tables, unattached = assemble(raws, "UTC", "", notes)
    if tables["accounts"].height < len(rows):
        raise NotCarriedError("an account that a book sets aside")
    if written:
        for table in raws.keys() - {"accounts"}:
            none = {str(one["id"]): None for one in account[table] if not one.get("account_id", "-")}
            named = pl.when(~pl.col("id").is_in(list(none)).fill_null(value=False)).then("account_id")
            tables[table] = tables[table].with_columns(named)
    if step.facts:
        # as a file of facts would be read that knows the types of its columns
        cells = {"account_id": account["id"], **_facts(step.facts, kinds)}
        tables[FACTS] = pl.DataFrame({name: [value] for name, value in cells.items()}, strict=False)
    return Book(Path("row"), tables, notes.rejects(), (), unattached)


def _has_parent(table: str, record: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    ids = {
        above: {str(one.get("id")) for one in account.get(above) or ()} for above in ENTITIES[table].parents.values()
    }
    return any(str(record.get(name)) in ids[above] for name, above in ENTITIES[table].parents.items())


def _facts(facts: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, given in facts.items():
        value = given
        if isinstance(given, dict):
            if given.get("applicable") is False:
                found[f"{name}__applicable"] = False
            value = given.get("value")
            for mark in ("source", "n", "observed_at", "assessed_by_role"):
                if mark in given:
                    found[f"{name}__{mark}"] = given[mark]
        if isinstance(value, list | tuple):
            raise NotCarriedError("a list as a fact")
        if type(value) is int and kinds.get(name) in {"text", "level", "boolean"}:
            raise NotCarriedError("a number that a table holds in the place of a code or of a truth value")
        found[name] = value
    return found


def _raw(records: Sequence[Mapping[str, Any]], always: Sequence[str] = ()) -> Raw:
    names = dict.fromkeys((*always, *(name for record in records for name in record)))
    columns = [series_of(name, [_plain(record.get(name)) for record in records]) for name in names]
    return Raw(pl.DataFrame(columns), pl.Series(range(1, len(records) + 1), dtype=pl.Int64), "row.jsonl")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def frame_differences(expect: Mapping[str, Any], frame: pl.DataFrame, subject: str) -> Iterator[Difference]:
    """Yield what differs between the row of the account in a frame and what is expected."""
    if "each" in expect:
        rows = {row[f"{subject}_id"]: row for row in frame.iter_rows(named=True)}
        if sorted(rows) != sorted(expect["each"]):
            yield Difference("subjects", sorted(expect["each"]), sorted(rows))
        for id_, row in rows.items():
            yield from _row(expect["each"].get(id_, {}), row)
        return
    rows = {row["account_id"]: row for row in frame.iter_rows(named=True)}
    mine = [row for id_, row in rows.items() if id_ not in {other["id"] for other in _OTHERS}]
    yield from _row(expect, mine[0])


def _row(expect: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Difference]:
    if isinstance(problems := expect.get("problems", []), list):
        codes = set(re.findall(r"CC\d+", row["error"] or "")) & FOUND
        if codes != set(problems) & FOUND:
            yield Difference("error", problems, row["error"])
    for what in ("fired", "unknown", "findings", "actions"):
        if what in expect:
            wanted = [one if isinstance(one, str) else one["rule"] for one in expect[what]]
            wanted = wanted if what == "actions" else [full(one, "/") for one in wanted]
            if wanted != row[what]:
                yield Difference(what, wanted, row[what])
    for name, wanted in expect.get("scores", {}).items():
        spec = wanted if isinstance(wanted, dict) else {"value": wanted}
        for part, value in spec.items():
            key = f"{column(full(name, '.'))}{_SCORE.get(part, part)}"
            if part in _SCORE and (key in row or value is not None) and not same(value, row.get(key)):
                yield Difference(key, value, row.get(key))
    for name, wanted in {**expect.get("outcomes", {}), **expect.get("states", {})}.items():
        key = column(full(name, "."))
        spec = wanted if isinstance(wanted, dict) else {"value": wanted}
        for part, tail in (("value", ""), ("since", "_since")):
            if part in spec and f"{key}{tail}" in row and not same(_texts(spec[part]), row[f"{key}{tail}"]):
                yield Difference(f"{key}{tail}", spec[part], row[f"{key}{tail}"])


def _texts(value: Any) -> Any:
    return [str(float(one)) if isinstance(one, int | float) and not isinstance(one, bool) else str(one)
            for one in value] if isinstance(value, list) else value  # fmt: skip


def answers(
    engine: cc.Engine, row: Any, batch: bool, run: Any, *, written: bool = False
) -> Iterator[tuple[int, Difference]]:
    """Yield the differences of every step, each evaluated from the frame of the one before.

    Args:
        engine: The row's engine.
        row: The row.
        batch: Whether other accounts stand beside it.
        run: (engine, book, as_of, previous, subject, profile) → frame.
        written: As for `book_of`.
    """
    previous: pl.DataFrame | None = None
    profile = row.profile["profile"] if row.profile else None
    for at, step in enumerate(row.steps, 1):
        book = book_of(step, engine.fact_kinds, batch=batch, written=written)
        previous = run(engine, book, step.as_of, previous, row.subject, profile)
        for difference in frame_differences(step.expect, previous, row.subject):
            yield at, difference
