"""Answers into a book: facts beside its handed-in facts, fields in the records of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import polars as pl

from clientcore.answers.given import Given
from clientcore.answers.taking import Taken
from clientcore.book import Book
from clientcore.entities import SUBJECTS
from clientcore.entities.fields import LEVELS
from clientcore.errors import Problem, did_you_mean

#: Kind of subject that facts are handed in for → the table of them.
_FACTS: Mapping[str, str] = {"account": "facts", "organisation": "organisation_facts"}
_MARKS: Mapping[str, Any] = {"__source": pl.String, "__n": pl.Float64, "__observed_at": pl.Date}
_APPLICABLE = "__applicable"


def joined(taken: Taken, book: Book) -> Book:
    """Return the book with the answers that count."""
    tables = dict(book.tables)
    for subject, table in _FACTS.items():
        facts = _facts(taken, book, subject)
        if facts is not None:
            tables[table] = facts
    for subject, entity in SUBJECTS.items():
        mine = {id_: fields for (kind, id_), fields in taken.fields.items() if kind == subject}
        if mine and entity.table in tables:
            levels = [name for name, field in entity.fields.items() if field.range == LEVELS]
            tables[entity.table] = _records(_evidenced(tables[entity.table], mine, levels), mine)
    return attrs.evolve(book, tables=tables)


def unplaced(taken: Taken, book: Book) -> Iterator[Problem]:
    """Yield what is left out: answers about subjects that the book does not have."""
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
        for series in before.drop(key):
            columns[series.name] = series.extend(pl.Series(series.name, padding, dtype=series.dtype))
    cells: dict[str, dict[int, tuple[Any, ...]]] = {}
    for (kind, id_), given in taken.facts.items():
        for name, fact in given.items():
            if kind == subject and id_ in places:
                cells.setdefault(name, {})[places[id_]] = (
                    fact.value, fact.source, fact.n, fact.observed_at, fact.applicable)  # fmt: skip
    for id_, name in differing:
        if id_ in places:
            cells.setdefault(name, {})[places[id_]] = (None, None, None, None, None)
    for name, rows in cells.items():
        marks = {**_MARKS}
        if f"{name}{_APPLICABLE}" in columns or any(cells[-1] is False for cells in rows.values()):
            marks[_APPLICABLE] = pl.Boolean
        for at, (mark, dtype) in enumerate([("", None), *marks.items()]):
            columns[f"{name}{mark}"] = _written(columns, f"{name}{mark}", len(places), rows, at, dtype)
    return pl.DataFrame(list(columns.values()))


def _written(
    columns: Mapping[str, pl.Series], name: str, height: int, rows: Mapping[int, tuple[Any, ...]], at: int, dtype: Any
) -> pl.Series:
    values: list[Any] = columns[name].to_list() if name in columns else [None] * height
    if name.endswith("__observed_at"):
        values = [value.date() if isinstance(value, datetime) else value for value in values]
    for row, cells in rows.items():
        values[row] = cells[at]
    return pl.Series(name, values, dtype=dtype, strict=False)


def _evidenced(frame: pl.DataFrame, answers: Mapping[str, Mapping[str, Given]], levels: Sequence[str]) -> pl.DataFrame:
    """Return a table without the levels that nothing evidences, in records that get source and day from an answer.

    They count as unknown but for a 0, which needs no evidence; the source of another answer is none for them.
    """
    marks = [pl.col(name).is_null() for name in ("source", "recorded_at") if name in frame.columns]
    unproven = pl.col("id").is_in(list(answers)) & (pl.any_horizontal(marks) if len(marks) == 2 else pl.lit(value=True))
    return frame.with_columns(
        pl.when(~unproven | (pl.col(name) == 0)).then(pl.col(name)) for name in levels if name in frame.columns
    )


def _records(frame: pl.DataFrame, answers: Mapping[str, Mapping[str, Given]]) -> pl.DataFrame:
    """Return a table with answers in their fields; a record without source and day gets those of its latest answer."""
    names = sorted({name for fields in answers.values() for name in fields})
    rows: dict[str, list[Any]] = {name: [] for name in ("id", *names, "source", "recorded_at")}
    for id_, fields in answers.items():
        last = max(fields.values(), key=lambda one: one.answered_on)
        rows["id"].append(id_)
        rows["source"].append(last.source)
        rows["recorded_at"].append(datetime.combine(last.answered_on, datetime.min.time(), UTC))
        for name in names:
            rows[name].append(fields[name].value if name in fields else None)
    given = pl.DataFrame(rows, infer_schema_length=None).rename(lambda name: name if name == "id" else f"@{name}")
    whole = frame.join(given, on="id", how="left", maintain_order="left")
    for name in (*names, "source", "recorded_at"):
        answered, had = pl.col(f"@{name}"), name in frame.columns
        first, then = (pl.col(name), answered) if name in {"source", "recorded_at"} else (answered, pl.col(name))
        whole = whole.with_columns((pl.coalesce(first, then) if had else answered).alias(name))
    return whole.drop(f"@{name}" for name in (*names, "source", "recorded_at"))
