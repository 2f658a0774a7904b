"""Raw tables → the checked tables of a book: canonical columns, ids, duplicates, references."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs
import polars as pl

from clientcore.book.belonging import belonging, holders_first, one_voice
from clientcore.book.columns import canonical, convert, convert_as
from clientcore.book.files import Raw
from clientcore.book.marks import checked
from clientcore.book.notes import Notes
from clientcore.book.words import strange_words, warn_of_words
from clientcore.entities import ENTITIES, Entity
from clientcore.errors import BookError, did_you_mean

#: Name of the table of handed-in facts.
FACTS = "facts"
#: And of those about organisations, which may have the ids of accounts.
ORGANISATION_FACTS = "organisation_facts"
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
    require_accounts({name: raw.frame.columns for name, raw in raws.items()}, {n: raw.file for n, raw in raws.items()})
    tables, unattached = assemble_part(raws, zone, notes, unread, beside)
    if currency:
        accounts = tables["accounts"]
        named = pl.col("currency").fill_null(currency) if "currency" in accounts.columns else pl.lit(currency)
        tables["accounts"] = accounts.with_columns(currency=named)
    for table, name, lost in references_lost(tables):
        warn_of_lost(table, name, lost, raws[table].file, notes)
    for table, name, words in strange_words(tables):
        warn_of_words(table, name, words, raws[table].file, notes)
    return tables, unattached


def require_accounts(columns: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> None:
    """Refuse a book without a table of accounts that has ids.

    Args:
        columns: Table → the columns that its file has.
        files: Table → its file.

    Raises:
        BookError: There is no such table, or it has no ids (CC608).
    """
    if "accounts" not in columns:
        found = ", ".join(sorted(columns)) or "none"
        raise BookError(f"CC608 the book has no table `accounts`; found: {found}")
    if "id" not in columns["accounts"]:
        advice = did_you_mean("id", columns["accounts"])
        raise BookError(f"CC608 `{files['accounts']}` has no column `id`; {advice}")


@attrs.frozen
class Known:
    """What is known of a table before its rows are looked at.

    Args:
        sound: Columns of ids that are canonical as they stand.
        unique: Whether no id stands there twice.
        attached: Whether every account that its rows belong to is there.
    """

    sound: frozenset[str] = frozenset()
    unique: bool = False
    attached: bool = False


NOTHING = Known()
#: What rows of an entity may be part of: the tables of that, made from those that are here.
Held = Callable[[Entity, pl.DataFrame, Mapping[str, pl.DataFrame]], Mapping[str, pl.DataFrame]]


def _all_here(_: Entity, _rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Mapping[str, pl.DataFrame]:
    return tables


def assemble_part(
    raws: Mapping[str, Raw],
    zone: str,
    notes: Notes,
    unread: Mapping[str, frozenset[str]] = MappingProxyType({}),
    beside: Collection[str] = (),
    held: Held = _all_here,
    known: Mapping[str, Known] = MappingProxyType({}),
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Check and convert the tables of some accounts, or of all; what they refer to may lie outside.

    Args:
        raws: As for `assemble`.
        zone: As for `assemble`.
        notes: As for `assemble`.
        unread: As for `assemble`.
        beside: As for `assemble`.
        held: Returns what rows may be part of, with the tables that are here.
        known: Table → what is known of it.
    """
    tables: dict[str, pl.DataFrame] = {}
    unattached: dict[str, int] = {}
    for name in holders_first(("accounts", *(table for table in ENTITIES if table != "accounts"))):
        if name in raws:
            told = Notes() if name in beside else notes
            here = known.get(name, NOTHING)
            frame, rows = _canonical(ENTITIES[name], raws[name], zone, unread.get(name, frozenset()), here, told)
            frame, rows = _with_ids(name, raws[name].file, frame, rows, here, told)
            if name not in {"accounts", "organisations"}:
                frame, lost = _attached(name, raws[name].file, frame, rows, tables, here, told, held)
                if lost:
                    unattached[name] = lost
            tables[name] = frame
    tables = {name: tables[name] for name in ENTITIES if name in tables and name not in beside}
    unattached = {name: unattached[name] for name in tables if name in unattached}
    if FACTS in raws:
        tables[FACTS] = _facts(raws[FACTS], tables["accounts"]["id"], notes)
    if ORGANISATION_FACTS in raws:
        own = tables["organisations"]["id"] if "organisations" in tables else pl.Series("id", [], dtype=pl.String)
        tables[ORGANISATION_FACTS] = _facts(raws[ORGANISATION_FACTS], own, notes, "organisation")
    if tables["accounts"].is_empty():
        notes.warn("CC605", "the book has no accounts", raws["accounts"].file)
    return tables, unattached


def _canonical(
    entity: Entity, raw: Raw, zone: str, unread: frozenset[str], known: Known, notes: Notes
) -> tuple[pl.DataFrame, pl.Series]:
    for name in raw.frame.columns:
        if name not in entity.fields:
            help_ = did_you_mean(name, entity.fields)
            notes.warn("CC601", f"unknown column `{name}` in table `{entity.table}`; it is not read", raw.file, help_)
    taken = {n: field for n, field in entity.fields.items() if n in raw.frame.columns and n not in unread}
    sound = known.sound | canonical(raw.frame.select(n for n in taken if n not in known.sound), taken)
    columns = []
    for name, field in taken.items():
        column = raw.frame[name]
        if name in sound:
            columns.append(column)
            continue
        done = convert(column, field, zone)
        code = "CC605" if name == "id" else "CC602"
        for mask, why, message in (
            (done.bad, code, f"not {done.want}"),
            (done.outside, "CC603", f"outside the range of {done.want.partition(',')[0]}"),
            (done.strange, "CC603", f"not {field.within}"),
        ):
            if mask is not None and mask.any():
                notes.reject(entity.table, raw.file, raw.rows.filter(mask), name, column.filter(mask), why, message)
        columns.append(done.values)
    return pl.DataFrame(columns), raw.rows


def _with_ids(
    table: str, file: str, frame: pl.DataFrame, rows: pl.Series, known: Known, notes: Notes
) -> tuple[pl.DataFrame, pl.Series]:
    """Leave out rows without an id, make one of those with the same; a table may have no ids at all."""
    if "id" not in frame.columns:
        notes.warn("CC605", f"table `{table}` has no column `id`, so duplicates can't be told", file)
        empty = pl.Series("id", [None], dtype=pl.String).new_from_index(0, frame.height)
        return frame.insert_column(0, empty), rows
    if frame["id"].null_count():
        missing = frame["id"].is_null()
        notes.reject(table, file, rows.filter(missing), "", None, "CC605", "the row has no usable id and is left out")
        frame, rows = frame.filter(~missing), rows.filter(~missing)
    return (frame, rows) if known.unique else _as_one(table, file, frame, "id", rows, notes)


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
    merged = one_voice(several, key)
    firsts = frame.with_row_index("").filter(~again)
    whole = pl.concat([frame.filter(~twice), merged]).join(firsts.select(key, ""), on=key).sort("").drop("")
    return whole, rows.filter(~again)


def _attached(
    table: str,
    file: str,
    frame: pl.DataFrame,
    rows: pl.Series,
    tables: Mapping[str, pl.DataFrame],
    known: Known,
    notes: Notes,
    held: Held,
) -> tuple[pl.DataFrame, int]:
    """Give each row the account that it belongs to; leave out those that can't belong to it, count those of none."""
    entity = ENTITIES[table]
    if "account_id" not in frame.columns and not any(name in frame.columns for name in entity.parents):
        notes.warn("CC607", f"table `{table}` has no column `account_id`; its rows belong to no account", file)
    found = belonging(entity, frame, held(entity, frame, tables))
    keys = found.accounts
    whole = frame.with_columns(keys) if "account_id" in frame.columns else frame.insert_column(1, keys)
    wrong = []
    if not known.attached:
        dangling = (keys.is_not_null() & ~keys.is_in(tables["accounts"]["id"].implode())).fill_null(value=False)
        wrong.append(("account_id", dangling, "there is no such account"))
    message = "the row belongs to another account than what it names"
    wrong += [(name, strange, message) for name, strange in found.strange.items()]
    bad: pl.Series | None = None
    for name, mask, message in wrong:
        new = mask if bad is None else mask & ~bad
        notes.reject(table, file, rows.filter(new), name, whole[name].filter(new), "CC607", message)
        bad = mask if bad is None else bad | mask
    kept = whole if bad is None or not bad.any() else whole.filter(~bad)
    lost = kept["account_id"].is_null()
    if "organisation_id" in kept.columns:  # a row of the supplier itself belongs to that
        lost &= kept["organisation_id"].is_null()
    return kept, int(lost.sum())


def _facts(raw: Raw, ids: pl.Series, notes: Notes, subject: str = "account") -> pl.DataFrame:
    """Return a table of handed-in facts, one row for each subject; whose they are comes first.

    Facts stay as the file has them: of which kind one is only the rulesets know, which read it cell by cell.

    Args:
        raw: What the file gave.
        ids: The subjects that there are.
        notes: Takes all that is set aside.
        subject: account or organisation.

    Raises:
        BookError: It does not say whose they are (CC608).
    """
    key, table = f"{subject}_id", FACTS if subject == "account" else ORGANISATION_FACTS
    if key not in raw.frame.columns:
        raise BookError(f"CC608 `{raw.file}` has no column `{key}`; a table of facts needs it")
    keys = convert_as("id", raw.frame[key], "UTC").values
    dangling = (keys.is_not_null() & ~keys.is_in(ids.implode())).fill_null(value=False)
    for mask, code, message in (
        (keys.is_null(), "CC605", f"the row has no usable {key} and is left out"),
        (dangling, "CC607", f"there is no such {subject}"),
    ):
        notes.reject(table, raw.file, raw.rows.filter(mask), key, keys.filter(mask), code, message)
    lost = keys.is_null() | dangling
    rows = raw.rows.filter(~lost)
    whole = checked(table, raw.file, rows, raw.frame.with_columns(keys).filter(~lost), notes)
    frame, _ = _as_one(table, raw.file, whole, key, rows, notes)
    return frame.select(key, pl.exclude(key))


def references_lost(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str, pl.Series]]:
    """Yield table, column and those of its references that are not among the rows of the tables, each once."""
    for table, frame in tables.items():
        for name, target in references(table):
            if name in frame.columns and target in tables:
                named = frame[name].drop_nulls().unique()
                yield table, name, named.filter(~named.is_in(tables[target]["id"].implode()))


def references(table: str) -> Iterator[tuple[str, str]]:
    """Yield the columns of a table that refer to rows of another one, with that one; but whose a row is."""
    for name, field in ENTITIES[table].fields.items() if table in ENTITIES else ():
        if field.refers and name != "account_id":
            yield name, field.refers


def warn_of_lost(table: str, name: str, lost: pl.Series, file: str, notes: Notes) -> None:
    """Warn of references to rows that are not there; the rows with them stay."""
    if lost.is_empty():
        return
    lost = lost.sort()
    some = ", ".join(f"`{one}`" for one in lost[:_MOST_NAMED])
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    message = f"`{table}`: `{name}` {some}{more}: not among `{dict(references(table))[name]}`"
    notes.warn("CC607", message, file)
