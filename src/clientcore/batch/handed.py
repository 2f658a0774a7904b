"""The table of handed-in facts: what each cell is, by the kind of its fact."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from clientcore.book.columns import convert_as
from clientcore.book.marks import MARKS as _KINDS
from clientcore.entities import BARE_SOURCE, Fact

#: What may stand beside a handed-in fact in the table of facts.
MARKS = tuple(_KINDS)
#: Kinds that a column is read as; a list stays what it is.
_READ = {"number": "number", "boolean": "boolean", "text": "text", "level": "text", "day": "day", "instant": "instant"}


def facts_of(book: Any, kinds: Mapping[str, str], account: str | None = None) -> dict[str, dict[str, Any]]:
    """Return account id → facts handed in, from the book's `facts` table; of one account only where it is named.

    Columns `F__source`, `F__n`, `F__observed_at` and `F__assessed_by_role` say where the value of column `F` comes
    from; where `F__applicable` is false, the question does not apply.

    Args:
        book: The book.
        kinds: Fact → name of its kind; a column of another name stays what it is.
        account: The account that is asked about; None for all.
    """
    frame = book.facts
    if frame is None:
        return {}
    if account is not None:
        frame = frame.filter(frame["account_id"] == account)
    names = [name for name in frame.columns if name != "account_id" and not name.endswith(MARKS)]
    values = {name: list(_cells(frame[name], kinds.get(name, ""))) for name in names}
    marked = {column.name: column.to_list() for column in marks_of(frame, names)}
    found: dict[str, dict[str, Any]] = {}
    for at, id_ in enumerate(frame["account_id"].to_list()):
        row = {name: cells[at] for name, cells in marked.items()}
        lost = {name for name in names if row.get(f"{name}{MARKS[3]}") is False}
        given = {
            name: _fact(values[name][at], row, name) for name in names if values[name][at] is not None or name in lost
        }
        found[str(id_)] = given
    return found


def as_kind(values: pl.Series, kind: str) -> pl.Series:
    """Return a column of handed-in facts as what a kind of fact holds; a cell that is none is null.

    Args:
        values: The column as the source has it.
        kind: Name of the kind; of a level the text.
    """
    return convert_as(_READ[kind], values, "UTC").values


def marks_of(frame: pl.DataFrame, names: Iterable[str]) -> list[pl.Series]:
    """Return the columns beside some facts, each as its kind; what is none of it is as if it were not there."""
    marked = [(f"{name}{mark}", kind) for name in names for mark, kind in _KINDS.items()]
    return [convert_as(kind, frame[column], "UTC").values for column, kind in marked if column in frame.columns]


def _cells(column: pl.Series, kind: str) -> Iterator[Any]:
    """Yield each cell as its kind; what is none of it stays what it is, so that it is refused by what stands there."""
    raw = column.to_list()
    if kind not in _READ:
        yield from map(_list, raw) if kind == "list" else raw
        return
    done = convert_as(_READ[kind], column, "UTC")
    masks = [mask.to_list() for mask in (done.bad, done.outside) if mask is not None]
    for at, value in enumerate(done.values.to_list()):
        yield raw[at] if any(mask[at] for mask in masks) else value


def _list(value: Any) -> Any:
    """Return a list that stands as JSON among texts, where a column has no lists of its own."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return found if isinstance(found, list) else value


def _fact(value: Any, row: Mapping[str, Any], name: str) -> Any:
    source, n, observed, applies, role = (row.get(f"{name}{mark}") for mark in MARKS)
    if applies is not False and source is n is observed is role is None:
        return value
    return Fact(
        value,
        source=source or BARE_SOURCE,
        n=None if n is None else int(n),
        observed_at=observed,
        assessed_by_role=role,
        applicable=applies is not False,
    )
