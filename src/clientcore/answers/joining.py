"""Answers into a book: facts beside its handed-in facts, fields in the records of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import attrs
import polars as pl

from clientcore.answers.given import Given
from clientcore.answers.taking import Taken
from clientcore.arguments import require_made
from clientcore.book import Book
from clientcore.book.columns import convert_as
from clientcore.entities import SUBJECTS, Entity
from clientcore.errors import Problem, did_you_mean

#: Kind of subject that facts are handed in for → the table of them.
_FACTS: Mapping[str, str] = {"account": "facts", "organisation": "organisation_facts"}
_MARKS: Mapping[str, Any] = {
    "__source": pl.String,
    "__n": pl.Float64,
    "__observed_at": pl.Date,
    "__assessed_by_role": pl.String,
}
_APPLICABLE = "__applicable"
#: How what stands beside a fact in the book is read, where its type leaves that open.
_KINDS: Mapping[str, str] = {"__n": "number", "__observed_at": "day", _APPLICABLE: "boolean"}
_MARKS_OF_RECORD = ("source", "recorded_at")
_WANTED = "hand in what `read_book(path)` gives"


def joined(taken: Taken, book: Book) -> Book:
    """Return the book with the answers that count."""
    require_made("book", book, Book, _WANTED)
    tables = dict(book.tables)
    for subject, table in _FACTS.items():
        facts = _facts(taken, book, subject)
        if facts is not None:
            tables[table] = facts
    for subject, entity in SUBJECTS.items():
        mine = {id_: fields for (kind, id_), fields in taken.fields.items() if kind == subject}
        if mine and entity.table in tables:
            tables[entity.table] = _records(tables[entity.table], mine, entity)
    return attrs.evolve(book, tables=tables)


def unplaced(taken: Taken, book: Book) -> Iterator[Problem]:
    """Yield what is left out: answers about subjects that the book does not have."""
    require_made("book", book, Book, _WANTED)
    known = {subject: frozenset(book.ids(subject)) for subject in SUBJECTS}
    differing = {(one.subject, one.subject_id) for one in taken.differences}
    for subject, id_ in sorted({*taken.facts, *taken.fields, *differing}):
        if id_ not in known[subject]:
            text = f"answers about `{id_}` are left out: the book has no such {subject}"
            yield Problem("CC607", text, help=did_you_mean(id_, known[subject]), severity="warning")


def _facts(taken: Taken, book: Book, subject: str) -> pl.DataFrame | None:
    """Return a table of handed-in facts with the answers in it; None where there are none at all."""
    key, before = f"{subject}_id", book.tables.get(_FACTS[subject])
    ids = [] if before is None else before[key].to_list()
    places = {id_: at for at, id_ in enumerate(ids)}
    for id_ in book.ids(subject):
        if (subject, id_) in taken.facts and id_ not in places:
            places[id_] = len(places)
    differing = [(one.subject_id, one.fact) for one in taken.differences if one.subject == subject]
    if before is None and not places:
        return None
    columns = {key: pl.Series(key, list(places), dtype=pl.String)}
    if before is not None:
        padding = [None] * (len(places) - len(ids))
        for series in map(_read, before.drop(key)):
            columns[series.name] = series.extend(pl.Series(series.name, padding, dtype=series.dtype))
    cells: dict[str, dict[int, tuple[Any, ...]]] = {}
    for (kind, id_), given in taken.facts.items():
        for name, fact in given.items():
            if kind == subject and id_ in places:
                cells.setdefault(name, {})[places[id_]] = (
                    fact.value,
                    fact.source,
                    fact.n,
                    fact.observed_at,
                    fact.assessed_by_role,
                    fact.applicable,
                )
    for id_, name in differing:
        if id_ in places:
            cells.setdefault(name, {})[places[id_]] = (None,) * 6
    for name, rows in cells.items():
        marks = {**_MARKS}
        if f"{name}{_APPLICABLE}" in columns or any(cells[-1] is False for cells in rows.values()):
            marks[_APPLICABLE] = pl.Boolean
        for at, (mark, dtype) in enumerate([("", None), *marks.items()]):
            columns[f"{name}{mark}"] = _written(columns, f"{name}{mark}", len(places), rows, at, dtype)
    return pl.DataFrame(list(columns.values()))


def _read(column: pl.Series) -> pl.Series:
    """Return a column of the table of facts, a mark as its kind and a value as it stands there."""
    kind = next((kind for mark, kind in _KINDS.items() if column.name.endswith(mark)), "")
    return convert_as(kind, column, "UTC").values if kind else column.clone()


def _written(
    columns: Mapping[str, pl.Series], name: str, height: int, rows: Mapping[int, tuple[Any, ...]], at: int, dtype: Any
) -> pl.Series:
    before = columns.get(name)
    values: list[Any] = [None] * height if before is None else before.to_list()
    as_text = dtype is None and before is not None and before.dtype == pl.String
    for row, cells in rows.items():
        values[row] = _as_text(cells[at]) if as_text else cells[at]
    return pl.Series(name, values, dtype=dtype, strict=False)


def _as_text(value: Any) -> Any:
    """Return an answer as a file would have it, to stand among cells that are text."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else value


def _marks(field: str, entity: Entity) -> tuple[str, str]:
    """Return the fields that take source and day of an answer: those of the field itself, else the record's."""
    stem = field.removesuffix("_level")
    own = (f"{stem}_source", f"{stem}_answered_on")
    return own if all(name in entity.fields for name in own) else _MARKS_OF_RECORD


def _records(frame: pl.DataFrame, answers: Mapping[str, Mapping[str, Given]], entity: Entity) -> pl.DataFrame:
    """Return a table with answers in their fields, and beside them where each comes from and of which day it is.

    Where a field has no such marks, a record without source and day gets those of its latest answer.
    """
    rows: dict[str, dict[str, Any]] = {}
    for id_, fields in answers.items():
        row = rows[id_] = {"id": id_}
        for name, one in sorted(fields.items(), key=lambda item: item[1].answered_on):
            source, day = _marks(name, entity)
            row |= {name: one.value, source: one.source, day: _day_for(day, one)}
    names = sorted({name for row in rows.values() for name in row} - {"id"})
    given = pl.DataFrame(
        {"id": list(rows), **{f"@{name}": [row.get(name) for row in rows.values()] for name in names}},
        infer_schema_length=None,
    )
    whole = frame.join(given, on="id", how="left", maintain_order="left")
    for name in names:
        answered, had = pl.col(f"@{name}"), name in frame.columns
        first, then = (pl.col(name), answered) if name in _MARKS_OF_RECORD else (answered, pl.col(name))
        whole = whole.with_columns((pl.coalesce(first, then) if had else answered).alias(name))
    return whole.drop(f"@{name}" for name in names)


def _day_for(field: str, answer: Given) -> date | datetime:
    if field == "recorded_at":
        return datetime.combine(answer.answered_on, datetime.min.time(), UTC)
    return answer.answered_on
