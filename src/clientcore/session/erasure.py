"""What goes when a person is erased, and what stays."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clientcore.entities import ENTITIES, Field
from clientcore.session.event import TABLES
from clientcore.session.memory import Kept, Memory

#: A record: its table and its id.
Place = tuple[str, str]
#: Tables whose records are about one person; of such a record only ids stay.
ABOUT = frozenset({"contacts", "account_contact_roles", "opportunity_contact_roles"})
#: Table → its fields that name a contact; a contact who names another one by id says nothing of that one.
NAMING: Mapping[str, tuple[str, ...]] = {
    table: ("id",)
    if table == "contacts"
    else tuple(field.name for field in ENTITIES[table].fields.values() if field.refers == "contacts")
    for table in sorted(TABLES)
}


def places_in_data(type_: str, data: Mapping[str, Any], contacts: Collection[str]) -> dict[Place, str]:
    """Return the records in the data of an event that name one of some contacts, and whom."""
    return {
        (table, record["id"]): who for table, record in _records(type_, data) for who in _named(table, record, contacts)
    }


def places_in_memory(memory: Memory, contacts: Collection[str]) -> dict[Place, str]:
    """Return the records of an account that name one of some contacts, and whom."""
    return {
        (table, id_): who
        for table, records in memory.tables.items()
        for id_, kept in records.items()
        for who in _named(table, kept.values, contacts)
    }


def places_spoken_of(
    type_: str, data: Mapping[str, Any], memory: Memory, contacts: Collection[str]
) -> dict[Place, str]:
    """Return the records in the data of an event of which the memory knows that they name one of some contacts."""
    found: dict[Place, str] = {}
    for table, record in _records(type_, data):
        kept = memory.tables.get(table, {}).get(record["id"])
        if kept is not None:
            for who in _named(table, kept.values, contacts):
                found[table, record["id"]] = who
    return found


def forget_in_data(type_: str, data: Mapping[str, Any], places: Collection[Place]) -> bool:
    """Take out of the data of an event what it says of persons in some records; return whether there was anything."""
    found = False
    for table, record in _records(type_, data):
        if (table, record["id"]) in places:
            # null and not absent, so that an older value does not come back when the events are put together again
            for name in _personal(table, record):
                record[name] = None
                found = True
    return found


def forget_in_memory(memory: Memory, places: Collection[Place]) -> None:
    """Take out of the memory of an account what some records say of persons."""
    for table, id_ in places:
        kept: Kept | None = memory.tables.get(table, {}).get(id_)
        if kept is not None:
            memory.changed.add(table)
            for name in _personal(table, kept.values):
                kept.values[name] = None


def _named(table: str, record: Mapping[str, Any], contacts: Collection[str]) -> Iterator[str]:
    for name in NAMING[table]:
        who = record.get(name)
        if who is not None and str(who) in contacts:
            yield str(who)


def _records(type_: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if type_ in TABLES:
        yield type_, data
    elif type_ == "account":
        for table in sorted(data.keys() & TABLES):
            yield from ((table, record) for record in data[table])


def _personal(table: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of a record that go.

    Of a record about the person everything goes but ids. Of another record that names the person, texts go, for they
    may be about the person or in the person's words; words that our own lists of choices have stay, as do days,
    numbers and what is true or false.
    """
    for name, value in record.items():
        field = ENTITIES[table].fields.get(name)
        if name == "id" or (field is not None and field.refers and table != "contacts"):
            continue
        if value is not None and (table in ABOUT or field is None or not _harmless(field, value)):
            yield name


def _harmless(field: Field, value: Any) -> bool:
    if isinstance(value, str) and field.kind.name == "text":
        return value in set(re.findall(r"[a-z_]+", field.doc))
    return isinstance(value, bool | int | float) or field.kind.name in {"day", "instant"}
