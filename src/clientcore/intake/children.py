"""The children of an account as subjects of their own, with the records that name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from clientcore.intake import Need, take
from clientcore.intake.records import as_mapping

#: Kind of child → the related table of an account that holds them.
CHILDREN = {"opportunity": "opportunities", "workstream": "workstreams"}


def children_of(account: Any, subject: str, tables: Iterable[str], as_of: date) -> Iterator[Mapping[str, Any]]:
    """Yield each child of an account that is seen on the day, with the account's related records that name it.

    Args:
        account: A mapping, an Account, or an object with attributes of the same names.
        subject: `opportunity` or `workstream`.
        tables: Related tables that the child needs.
        as_of: The day.
    """
    plural = CHILDREN[subject]
    seen = take(account, Need((), {plural: ("id",)}), as_of).tables[plural] or ()
    records: dict[str, list[dict[str, Any]]] = {}
    for record in _one(account, plural) or ():
        fields = dict(record) if isinstance(record, Mapping) else _fields(record)
        records.setdefault(str(fields.get("id")), []).append(fields)
    for (child_id,) in seen:
        child = _agreed(records[child_id], plural, as_of)
        if child.get("account_id") is None:
            child["account_id"] = _one(account, "id")
        for table in tables:
            rows = _one(account, table)
            if rows is not None and table not in child:
                child[table] = [row for row in rows if str(_one(row, f"{subject}_id")) == child_id]
        yield child


def account_of(child: Any) -> Any:
    """Return the account that a child brings with it; None where it brings none.

    Args:
        child: A mapping, an entity, or an object with attributes of the same names.
    """
    account = _one(child, "account")
    return None if as_mapping(account, ()) is None else account


def _agreed(records: list[dict[str, Any]], plural: str, as_of: date) -> dict[str, Any]:
    """Return the record that those with one id make, as far as they are seen: None where they differ (CC606)."""
    if len(records) == 1:
        return records[0]
    ids = Need((), {plural: ("id",)})
    seen = [one for one in records if take({"id": "", plural: [one]}, ids, as_of).tables[plural]]
    said = {name: [one[name] for one in seen if one.get(name) is not None] for one in seen for name in one}
    return {
        name: values[0] if values and all(v == values[0] for v in values) else None for name, values in said.items()
    }


def _one(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _fields(record: Any) -> dict[str, Any]:
    names = [name for name in dir(record) if not name.startswith("_")]
    return {name: value for name in names if not callable(value := getattr(record, name))}
