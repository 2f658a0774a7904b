"""Raw tables → the checked tables of a book: canonical columns, ids, duplicates, references."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import polars as pl

from clientcore.book.belonging import belonging, holders_first
from clientcore.book.columns import convert, convert_as
from clientcore.book.files import Raw
from clientcore.book.notes import Notes
from clientcore.entities import ENTITIES, Entity
from clientcore.errors import BookError, did_you_mean

#: Name of the table of handed-in facts.
FACTS = "facts"
_MOST_NAMED = 3


def assemble(
    raws: Mapping[str, Raw],
    zone: str,
    currency: str,
    notes: Notes,
    unread: Mapping[str, frozenset[str]] = MappingProxyType({}),
    beside: Collection[str] = (),
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Check and convert all tables.

    Args:
        raws: Table → what its file or query gave.
        zone: Time zone in which instants become days.
        currency: Currency of the accounts that name none.
        notes: Takes all that is set aside.
        unread: Table → fields that nobody asked for; they are left out, whatever stands there.
        beside: Tables that nobody asked for, and that are only there to say to which account the rows of others belong.

    Returns:
        The tables, and for each how many rows belong to no account.

    Raises:
        BookError: There is no table of accounts, or it has no ids.
    """
    if "accounts" not in raws:
        found = ", ".join(sorted(raws)) or "none"
        raise BookError(f"CC608 the book has no table `accounts`; found: {found}")
    if "id" not in raws["accounts"].frame.columns:
        advice = did_you_mean("id", raws["accounts"].frame.columns)
        raise BookError(f"CC608 `{raws['accounts'].file}` has no column `id`; {advice}")
    tables: dict[str, pl.DataFrame] = {}
    unattached: dict[str, int] = {}
    for name in holders_first(("accounts", *(table for table in ENTITIES if table != "accounts"))):
        if name in raws:
            told = Notes() if name in beside else notes
            frame, rows = _canonical(ENTITIES[name], raws[name], zone, unread.get(name, frozenset()), told)
            frame, rows = _with_ids(name, raws[name].file, frame, rows, told)
            if name not in {"accounts", "organisations"}:
                frame, lost = _attached(name, raws[name].file, frame, rows, tables, told)
                if lost:
                    unattached[name] = lost
            tables[name] = frame
    tables = {name: tables[name] for name in ENTITIES if name in tables and name not in beside}
    unattached = {name: unattached[name] for name in tables if name in unattached}
    if FACTS in raws:
        tables[FACTS] = _facts(raws[FACTS], tables["accounts"]["id"], notes)
    if currency:
        accounts = tables["accounts"]
        named = pl.col("currency").fill_null(currency) if "currency" in accounts.columns else pl.lit(currency)
        tables["accounts"] = accounts.with_columns(currency=named)
    if tables["accounts"].is_empty():
        notes.warn("CC605", "the book has no accounts", raws["accounts"].file)
    _check_references(tables, raws, notes)
    return tables, unattached


def _canonical(
    entity: Entity, raw: Raw, zone: str, unread: frozenset[str], notes: Notes
) -> tuple[pl.DataFrame, pl.Series]:
    for name in raw.frame.columns:
        if name not in entity.fields:
            help_ = did_you_mean(name, entity.fields)
            notes.warn("CC601", f"unknown column `{name}` in table `{entity.table}`; it is not read", raw.file, help_)
    columns = []
    for name, field in entity.fields.items():
        if name not in raw.frame.columns or name in unread:
            continue
        column = raw.frame[name]
        done = convert(column, field, zone)
        code = "CC605" if name == "id" else "CC602"
        for mask, why in ((done.bad, code), (done.outside, "CC603")):
            if mask.any():
                message = f"not {done.want}" if why != "CC603" else f"outside the range of {done.want}"
                notes.reject(entity.table, raw.file, raw.rows.filter(mask), name, column.filter(mask), why, message)
        columns.append(done.values)
    return pl.DataFrame(columns), raw.rows


def _with_ids(
    table: str, file: str, frame: pl.DataFrame, rows: pl.Series, notes: Notes
) -> tuple[pl.DataFrame, pl.Series]:
    """Leave out rows without an id, make one of those with the same; a table may have no ids at all."""
    if "id" not in frame.columns:
        notes.warn("CC605", f"table `{table}` has no column `id`, so duplicates can't be told", file)
        empty = pl.Series("id", [None], dtype=pl.String).new_from_index(0, frame.height)
        return frame.insert_column(0, empty), rows
    ids = frame["id"]
    missing = ids.is_null()
    notes.reject(table, file, rows.filter(missing), "", None, "CC605", "the row has no usable id and is left out")
    if missing.any():
        frame, rows = frame.filter(~missing), rows.filter(~missing)
    return _as_one(table, file, frame, "id", rows, notes)


def _as_one(
    table: str, file: str, frame: pl.DataFrame, key: str, rows: pl.Series, notes: Notes
) -> tuple[pl.DataFrame, pl.Series]:
    """Make one row of all that have the same key: what they say with one voice, null where they differ."""
    twice = frame[key].is_duplicated()
    if not twice.any():
        return frame, rows
    again = ~frame[key].is_first_distinct()
    notes.reject(table, file, rows.filter(again), key, frame[key].filter(again), "CC606", "there twice; counts as one")
    several, numbers = frame.filter(twice), rows.filter(twice)
    others = [name for name in frame.columns if name != key]
    for name in others:
        differ = several.select((pl.col(name).drop_nulls().n_unique().over(key) > 1) & pl.col(name).is_not_null())[name]
        message = f"rows with one {key} differ; the cell is missing"
        notes.reject(table, file, numbers.filter(differ), name, several[name].filter(differ), "CC606", message)
    said = {name: pl.col(name).drop_nulls() for name in others}
    agreed = [pl.when(one.n_unique() == 1).then(one.first()).alias(name) for name, one in said.items()]
    merged = several.group_by(key, maintain_order=True).agg(*agreed).select(frame.columns)
    firsts = frame.with_row_index("").filter(~again)
    whole = pl.concat([frame.filter(~twice), merged]).join(firsts.select(key, ""), on=key).sort("").drop("")
    return whole, rows.filter(~again)


def _attached(
    table: str, file: str, frame: pl.DataFrame, rows: pl.Series, tables: Mapping[str, pl.DataFrame], notes: Notes
) -> tuple[pl.DataFrame, int]:
    """Give each row the account that it belongs to; leave out those that can't belong to it, count those of none."""
    entity = ENTITIES[table]
    if "account_id" not in frame.columns and not any(name in frame.columns for name in entity.parents):
        notes.warn("CC607", f"table `{table}` has no column `account_id`; its rows belong to no account", file)
    found = belonging(entity, frame, tables)
    keys = found.accounts
    dangling = (keys.is_not_null() & ~keys.is_in(tables["accounts"]["id"].implode())).fill_null(value=False)
    notes.reject(
        table, file, rows.filter(dangling), "account_id", keys.filter(dangling), "CC607", "there is no such account"
    )
    bad = dangling
    for name, strange in found.strange.items():
        new = strange & ~bad
        message = "the row belongs to another account than what it names"
        notes.reject(table, file, rows.filter(new), name, frame[name].filter(new), "CC607", message)
        bad = bad | strange
    whole = frame.with_columns(keys) if "account_id" in frame.columns else frame.insert_column(1, keys)
    kept = whole.filter(~bad) if bad.any() else whole
    lost = kept["account_id"].is_null()
    if "organisation_id" in kept.columns:  # a row of the supplier itself belongs to that
        lost &= kept["organisation_id"].is_null()
    return kept, int(lost.sum())


def _facts(raw: Raw, accounts: pl.Series, notes: Notes) -> pl.DataFrame:
    """Return the table of handed-in facts: one row for each account, kinds guessed where a file knows only text."""
    if "account_id" not in raw.frame.columns:
        raise BookError(f"CC608 `{raw.file}` has no column `account_id`; a table of facts needs it")
    keys = convert_as("id", raw.frame["account_id"], "UTC").values
    dangling = (keys.is_not_null() & ~keys.is_in(accounts.implode())).fill_null(value=False)
    for mask, code, message in (
        (keys.is_null(), "CC605", "the row has no usable account_id and is left out"),
        (dangling, "CC607", "there is no such account"),
    ):
        notes.reject(FACTS, raw.file, raw.rows.filter(mask), "account_id", keys.filter(mask), code, message)
    lost = keys.is_null() | dangling
    frame, _ = _as_one(
        FACTS, raw.file, raw.frame.with_columns(keys).filter(~lost), "account_id", raw.rows.filter(~lost), notes
    )
    guessed = [_guessed(frame[name]) for name in frame.columns if name != "account_id"]
    return pl.DataFrame([frame["account_id"], *guessed])


def _guessed(column: pl.Series) -> pl.Series:
    """Return a column of texts as numbers or booleans where each of them is one."""
    if column.dtype != pl.String:
        return column
    for kind in ("number", "boolean"):
        done = convert_as(kind, column, "UTC")
        if not done.bad.any() and column.null_count() < len(column):
            return done.values
    return column


def _check_references(tables: Mapping[str, pl.DataFrame], raws: Mapping[str, Raw], notes: Notes) -> None:
    """Warn of references to rows that are not there; the rows stay."""
    for table, frame in tables.items():
        if table == FACTS:
            continue
        for name, field in ENTITIES[table].fields.items():
            if name not in frame.columns or field.refers not in tables or name == "account_id":
                continue
            lost = frame[name].drop_nulls().unique()
            lost = lost.filter(~lost.is_in(tables[field.refers]["id"].implode())).sort()
            if not lost.is_empty():
                some = ", ".join(f"`{one}`" for one in lost[:_MOST_NAMED])
                more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
                message = f"`{table}`: `{name}` {some}{more}: not among `{field.refers}`"
                notes.warn("CC607", message, raws[table].file)
