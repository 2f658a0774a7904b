"""Kinds of the condition language → sorts of columns, and constants in that form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from clientcore.errors import UnsupportedError
from clientcore.expr import Kind
from clientcore.intake.values import micros
from clientcore.relational.scalar import Scalar, Sort, lit, null

#: The ordinal of 1970-01-01.
EPOCH = 719_163
_SORTS: Mapping[str, Sort] = MappingProxyType(
    {"number": "number", "day": "integer", "instant": "integer", "boolean": "boolean", "text": "text", "level": "text"}
)


def sort_of(kind: Kind, what: str = "a value") -> Sort:
    """Return the sort of a kind.

    Args:
        kind: The kind.
        what: Names the value, for the error.

    Raises:
        UnsupportedError: Lists and records are no columns (CC401).
    """
    found = _SORTS.get(kind.name)
    if found is None:
        raise UnsupportedError(
            f"CC401 {what} is a {kind}, which is no column; use the record executor (executor='record')"
        )
    return found


def constant(raw: Any, sort: Sort) -> Scalar:
    """Return a constant in the form of scalars: days and instants as integers, numbers as doubles."""
    if raw is None:
        return null(sort)
    if isinstance(raw, datetime):
        return lit(micros(raw))
    if isinstance(raw, date):
        return lit(raw.toordinal() - EPOCH)
    return lit(float(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw)
