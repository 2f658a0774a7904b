"""Objects of callers: a record read as a mapping, a table as a list; what raises while it is read is said to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from clientcore.intake.values import Unreadable

_NO_RECORD = (str, bytes, int, float, complex, list, set, frozenset, type)
_COMPUTED = (property, cached_property)


def as_mapping(row: Any, names: Iterable[str]) -> Mapping[Any, Any] | None:
    """Return a record as a mapping, None where it is no record at all.

    Mappings, and what has `keys()`, are read by key; other objects by attribute, and then only `names`.
    """
    if type(row) is dict:
        return row
    if row is None or isinstance(row, _NO_RECORD) or (isinstance(row, tuple) and not hasattr(row, "_fields")):
        return None
    try:
        if isinstance(row, Mapping):
            return dict(row)
        if hasattr(row, "keys") and hasattr(row, "__getitem__"):
            return {name: row[name] for name in row.keys()}  # noqa: SIM118 (iterating over it need not give its keys)
        found = {name: getattr(row, name, None) for name in names}
    except Exception:  # noqa: BLE001 (an object of the caller may raise anything when it is looked at)
        return {name: _attribute(row, name) for name in names}
    kind = type(row)
    for name, value in found.items():
        if value is None and isinstance(getattr(kind, name, None), _COMPUTED):
            found[name] = _attribute(row, name)
    return found


def _attribute(row: Any, name: str) -> Any:
    """Return an attribute, None where there is none; a property that stumbles over another attribute is there."""
    try:
        return getattr(row, name)
    except AttributeError as error:
        stumbles = type(error) is AttributeError and isinstance(getattr(type(row), name, None), _COMPUTED)
        return Unreadable("AttributeError") if stumbles else None
    except Exception as error:  # noqa: BLE001 (as above)
        return Unreadable(type(error).__name__)


def rows_of(given: Any) -> list[Any] | Unreadable | None:
    """Return what was handed in for a table as a list, a lazy relation read.

    Returns:
        The records; None where it is no such thing, and what was raised where reading it failed.
    """
    if isinstance(given, (list, tuple)):
        return list(given)
    if given is None or isinstance(given, (*_NO_RECORD, Mapping)):
        return None
    try:
        lazy = given.all() if hasattr(given, "all") else given
        if not hasattr(lazy, "__iter__") and not hasattr(lazy, "__getitem__"):
            return None
        return list(lazy)
    except Exception as error:  # noqa: BLE001 (a lazy relation may raise anything when it is read)
        return Unreadable(type(error).__name__)
