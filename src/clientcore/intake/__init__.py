"""What callers hand in, checked and turned into the internal values that every executor reads.

A bad value is missing and a problem that names table, record and field; nothing here raises for bad data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs

from clientcore.entities import SUBJECTS
from clientcore.errors import FactError, Problem, did_you_mean
from clientcore.intake.layout import Layout, layout_of
from clientcore.intake.objects import as_mapping
from clientcore.intake.records import (
    Batch,
    Day,
    Findings,
    Holder,
    Table,
    convert,
    rate_of,
    read_columns,
    read_table,
    unknown_fields,
)
from clientcore.intake.values import describe

__all__ = ["Need", "Own", "Taken", "check_references", "read_own", "take"]


#: What every subject says of itself, as far as its entity has it.
_OWN = ("id", "account_id", "currency")


@attrs.frozen
class Need:
    """What a plan reads, in the order in which it wants the values.

    Args:
        fields: Fields of the subject.
        tables: Related table → its columns.
        person: Personal fields that the caller opted in to, as `table.field`; the others are missing.
    """

    fields: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = attrs.field(factory=lambda: MappingProxyType({}))
    person: frozenset[str] = frozenset()


class Taken(NamedTuple):  # made for every decision, and a tuple is made in a third of the time
    """A subject as the executors read it.

    Args:
        id: Id of the subject; empty where it has none that can be used (CC605).
        account_id: Id of its account; its own id for an account.
        values: The fields asked for, as internal values.
        tables: Related table → its seen records as tuples of the columns asked for; None where the table is missing.
        problems: What did not fit.
        rate: What the subject's own amounts were multiplied by; None where it is not known and they are missing.
    """

    id: str
    account_id: str
    values: tuple[Any, ...]
    tables: dict[str, tuple[tuple[Any, ...], ...] | None]
    problems: tuple[Problem, ...] = ()
    rate: float | None = 1.0


def take(subject: Any, need: Need, as_of: date, subject_kind: str = "account") -> Taken:
    """Read a subject and its related records as they were known on a day.

    Records recorded later than `as_of` (or, without `recorded_at`, occurred later) are not seen; days on which
    something happened are missing when they lie after it. An amount counts if its record names no currency or the
    account's; in another one it is multiplied by the record's `fx_rate`, and is missing without it. A record without an
    id is kept; one whose id is empty or a number like 12.0 is left out (CC605), and so is one that names another
    subject or account than that in which it is nested (CC607).

    Args:
        subject: A mapping, an entity of `clientcore.entities`, or any object with attributes of the same names. A child
            subject may hold its `account`.
        need: What to read.
        as_of: The day of the decision.
        subject_kind: account, opportunity, workstream or organisation.

    Returns:
        The internal values and every problem.

    Raises:
        FactError: `subject` is no record at all, `as_of` is no day, or there is no such kind of subject.

    Example:
        >>> taken = take({"id": 7, "employees": "many"}, Need(("employees",), {"cases": ("id",)}), date(2026, 6, 30))
        >>> taken.id, taken.tables
        ('7', {'cases': None})
        >>> print(taken.problems[0])
        CC602 `account` record `7`: `employees` is the text `many`; write a number
    """
    if type(subject) is dict and len(subject) == 1 and not need.fields and not need.tables and type(as_of) is date:
        only_id = subject.get("id")
        if (
            type(only_id) is str
            and only_id.isascii()
            and only_id.isprintable()
            and only_id
            and subject_kind == "account"
        ):
            return Taken(only_id, only_id, (), {})  # an account of handed-in facts alone: nothing to read
    if subject_kind not in SUBJECTS:
        raise FactError(f"CC403 no subject `{subject_kind}`; {did_you_mean(subject_kind, SUBJECTS)}")
    if not isinstance(as_of, date):
        raise FactError(f"CC403 `as_of` is {describe(as_of)}; hand in a day")
    if isinstance(as_of, datetime):
        as_of = as_of.astimezone(UTC) if as_of.tzinfo else as_of
    layout = layout_of(SUBJECTS[subject_kind].table, need.fields, need.person)
    given = as_mapping(subject, (*layout.columns, "account_id", "account", "currency", *need.tables))
    if given is None:
        raise FactError(
            f"CC403 the {subject_kind} is {describe(subject)}; hand in a mapping or an object with attributes"
        )
    return _take(given, need, Day.of(as_of.toordinal()), layout, subject_kind)


class Own(NamedTuple):
    """What was read from a subject itself.

    Args:
        id: Its id; None where it has none that can be used.
        account_id: Id of its account; its own id for an account.
        values: The fields asked for.
        holder: What its related records may say of whom they belong to.
        rate: What its amounts were multiplied by; None where it is not known.
    """

    id: str | None
    account_id: str | None
    values: tuple[Any, ...]
    holder: Holder
    rate: float | None


def read_own(given: Mapping[Any, Any], day: Day, layout: Layout, kind: str, findings: Findings) -> Own:
    """Read the fields of a subject itself."""
    batch = Batch(kind, [given])
    if not layout.known.issuperset(given):
        unknown_fields(layout, kind, given, findings)
    own = layout_of(layout.entity.table, tuple(name for name in _OWN if name in layout.entity.fields))
    read_own = {name: convert(own.columns[name], batch, findings)[0] for name in own.wanted}
    id_, account_id, currency = (read_own.get(name) for name in _OWN)
    parent = as_mapping(given.get("account"), ("id", "currency")) if kind != "account" else None
    if parent is not None:
        above = layout_of("accounts", ("id", "currency"))
        parent_id, currency = (
            convert(above.columns[name], Batch("account", [parent]), findings)[0] for name in above.wanted
        )
        account_id = parent_id or account_id
    if id_ is None and not findings.about(kind, "id"):
        findings.add((kind, "id"), "CC605", f"`{kind}` without an id", "write `id`")
    read = read_columns(layout, batch, day, currency, findings)
    account_id = id_ if kind == "account" else account_id
    named = {f"{kind}_id": id_, "account_id": None if kind == "organisation" else account_id}
    holder = Holder({name: one for name, one in named.items() if one is not None}, currency)
    values = tuple(read[name][0] for name in layout.wanted)
    return Own(id_, account_id, values, holder, rate_of(layout, given, currency))


def _take(given: Mapping[Any, Any], need: Need, day: Day, layout: Layout, kind: str) -> Taken:
    findings = Findings()
    own = read_own(given, day, layout, kind, findings)
    tables: dict[str, Table | None] = {}
    for table, wanted in need.tables.items():
        tables[table] = read_table(layout_of(table, wanted, need.person), given.get(table), day, own.holder, findings)
    for table in tables:
        check_references(need, table, tables, findings)
    rows = {table: None if found is None else found.rows for table, found in tables.items()}
    return Taken(own.id or "", own.account_id or "", own.values, rows, findings.problems(), own.rate)


def check_references(need: Need, table: str, tables: Mapping[str, Table | None], findings: Findings) -> None:
    """Add a problem for each reference from a table to a record that is not there, as far as both tables are read.

    A record that was written down later than the day is there, and only not seen yet.
    """
    found = tables[table]
    if found is None:
        return
    fields = layout_of(table, need.tables[table]).entity.fields
    for name, values in found.references.items():
        target = tables.get(fields[name].refers)
        if target is None or None in target.ids or None in target.unseen:
            continue
        for missing in sorted({v for v in values if v is not None}.difference(target.ids, target.unseen)):
            shown = describe(missing).removeprefix("the text ")
            message = f"`{table}`: `{name}` {shown} is not among `{fields[name].refers}`"
            findings.add((table, name), "CC607", message)
