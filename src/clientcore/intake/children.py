"""The children of an account as subjects of their own, with the records that name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import FactError
from clientcore.intake import Need, take
from clientcore.intake.layout import layout_of
from clientcore.intake.objects import as_mapping, rows_of
from clientcore.intake.records import Day, Holder, seen_records
from clientcore.intake.values import UnfitError, identifier, plain

_Given = TypeVar("_Given")
#: Kind of child → the related table of an account that holds them.
CHILDREN = {"opportunity": "opportunities", "workstream": "workstreams"}


def children_of(account: Any, subject: str, tables: Iterable[str], as_of: date) -> Iterator[Mapping[str, Any]]:
    """Yield each child of an account that is seen on the day, with the account's related records that name it.

    It brings along whose it is and the currency of that account, in which its amounts are read (37 in the meanings).
    What is no record is left out, as `take` leaves it out of the account and tells of it there.

    Args:
        account: A mapping, an Account, or an object with attributes of the same names.
        subject: `opportunity` or `workstream`.
        tables: Related tables that the child needs.
        as_of: The day.

    Raises:
        FactError: The account is no record at all (CC403).
    """
    plural, tables = CHILDREN[subject], tuple(tables)
    own = take(account, Need(), as_of).id
    given = as_mapping(account, ("id", "currency", plural, *tables)) or {}
    names = (*ENTITIES[plural].fields, *tables, "account")
    listed = rows_of(given.get(plural))
    found = [as_mapping(row, names) for row in listed] if isinstance(listed, list) else []
    records: list[Mapping[Any, Any]] = [dict(record) for record in found if record is not None]
    related = {table: _by_child(given.get(table), f"{subject}_id") for table in tables if given.get(table) is not None}
    holder = Holder({"account_id": own} if own else {})
    for child_id, alike in seen_records(layout_of(plural, ("id",)), records, Day.of(as_of.toordinal()), holder):
        child = {**_agreed(alike), "id": child_id}
        if child.get("account_id") is None:
            child["account_id"] = given.get("id")
        if child.get("account") is None:
            child["account"] = {"id": given.get("id"), "currency": given.get("currency")}
        for table, rows in related.items():
            if table in child or child_id is None:
                continue
            # what is no list of records is handed on, so that the child is told of it
            child[table] = given[table] if rows is None else rows.get(child_id, [])
        yield child


def by_id(name: str, given: Mapping[Any, _Given] | None) -> dict[str, _Given]:
    """Return what is handed in for some children by the text of their ids, as decisions have them.

    Args:
        name: The argument.
        given: Id of the child → what is handed in for it.

    Raises:
        FactError: A key is no id (CC403).
    """
    found: dict[str, _Given] = {}
    for key, value in (given or {}).items():
        try:
            found[identifier(plain(key))] = value
        except UnfitError as error:
            raise FactError(f"CC403 an id in `{name}` is {error.found}; write {error.want}") from None
    return found


def is_seen(child: Mapping[Any, Any], subject: str, as_of: date) -> bool:
    """Return whether anybody knew of a child of no account on the day."""
    return bool(seen_records(layout_of(CHILDREN[subject], ("id",)), [child], Day.of(as_of.toordinal()), Holder()))


def account_of(child: Any) -> Any:
    """Return the account that a child brings with it; None where it brings none.

    Args:
        child: A mapping, an entity, or an object with attributes of the same names.
    """
    given = as_mapping(child, ("account",))
    account = None if given is None else given.get("account")
    return None if as_mapping(account, ()) is None else account


def read_once(account: Any) -> Any:
    """Return an account whose related tables can be read again: a list in place of what gives its records only once.

    Args:
        account: A mapping, an Account, or an object with attributes of the same names.
    """
    entity = SUBJECTS["account"]
    held = account if isinstance(account, Mapping) else getattr(account, "__dict__", {})
    once = [table for table in entity.tables if isinstance(held.get(table), Iterator)]
    if not once:
        return account
    given = as_mapping(account, (*entity.fields, *entity.tables)) or {}
    return {**given, **{table: rows_of(given[table]) for table in once}}


def _agreed(records: Sequence[Mapping[Any, Any]]) -> Mapping[Any, Any]:
    """Return the record that those with one id make: None where they differ (CC606)."""
    if len(records) == 1:
        return records[0]
    said = {name: [one[name] for one in records if one.get(name) is not None] for one in records for name in one}
    return {
        name: values[0] if values and all(v == values[0] for v in values) else None for name, values in said.items()
    }


def _by_child(given: Any, key: str) -> dict[str, list[Any]] | None:
    """Return id of a child → the records that name it; None where there is no list of records."""
    rows = rows_of(given)
    if not isinstance(rows, list):
        return None
    found: dict[str, list[Any]] = {}
    for row in rows:
        named = (as_mapping(row, (key,)) or {}).get(key)
        try:
            found.setdefault(identifier(plain(named)), []).append(row)
        except UnfitError:
            continue  # it names no child
    return found
