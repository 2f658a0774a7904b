"""Each operation of SCALARS on each database: by bits, on constants and on columns, in one row and in many."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from clientcore.executors.sql import DIALECTS, OPS, UNSUPPORTED, Given, select_of
from clientcore.executors.sql.aggregates import AGGREGATES as GATHERED
from clientcore.relational import AGGREGATES, SCALARS, Builder, Definition, Frame, Program, Scalar, Source, staged
from databases import Database
from scalar_rows import PARAMS, SCALAR_ROWS, Null, sort_of

KINDS = {"number": "number", "text": "text", "boolean": "boolean", "integer": "instant"}
DTYPES = {"number": pl.Float64, "text": pl.String, "boolean": pl.Boolean, "integer": pl.Datetime("us", "UTC")}
AS_OF = date(2026, 6, 30)


def same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, float):
        return struct.pack("<d", expected) == struct.pack("<d", actual)
    return type(expected) is type(actual) and expected == actual


def cell(value: Any) -> Any:
    if isinstance(value, Null):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value) if type(value) is int else value


def enters(value: Any) -> bool:
    """Whether a table may hold the value: a number out of these bounds becomes another one when it enters."""
    return not isinstance(value, float) or value == 0 or 1e-18 <= abs(value) <= 1e18


def program(scalars: dict[str, Scalar], sources: tuple[Source, ...] = ()) -> Program:
    builder = Builder("main")
    ids = Source("main", "id", "id", "text")
    builder.frames["main"] = Frame(name="main", table="accounts", sources=(ids, *sources))
    kept = {title: builder.keep(scalar, frame="main") for title, scalar in scalars.items()}
    outputs = {}
    for title, scalar in kept.items():
        if scalar.op != "col":
            builder.made["main", title] = Definition("main", title, scalar)
        outputs[title] = (scalar.value if scalar.op == "col" else title, "number")
    return Program(subject="account", main="main", frames=builder.frames, stages=staged(builder.made), outputs=outputs)


def given(database: Database, **options: Any) -> Given:
    return Given(dialect=DIALECTS[database.dialect], as_of=AS_OF, params=PARAMS, **options)


def run(database: Database, made: Program) -> list[dict[str, Any]]:
    text = select_of(made, given(database)).sql(dialect=database.dialect)
    return [dict(zip(made.outputs, row, strict=True)) for row in database.rows(text)]


def test_each_operation_is_printed_or_refused() -> None:
    assert OPS.keys() | UNSUPPORTED.keys() == SCALARS.keys()
    assert not OPS.keys() & UNSUPPORTED.keys()
    assert GATHERED.keys() == AGGREGATES.keys()


def test_each_operation_has_rows() -> None:
    leaves = {"col", "lit", "param", "as_of", "present"}
    assert {row.op for row in SCALAR_ROWS} == SCALARS.keys() - leaves


def test_operations_on_constants(database: Database) -> None:
    database.load({"accounts": pl.DataFrame({"id": ["a"]})})
    rows = {f"c{at}": row for at, row in enumerate(SCALAR_ROWS)}
    found = run(database, program({title: row.scalar() for title, row in rows.items()}))
    faults = [
        f"{row}: {found[0][at]!r}, not {row.want!r}" for at, row in rows.items() if not same(row.want, found[0][at])
    ]
    assert not faults


@pytest.mark.parametrize("times", [1, 1000], ids=["alone", "batch"])
def test_operations_on_columns(database: Database, times: int) -> None:
    columns: dict[str, pl.Series] = {"id": pl.Series([str(at) for at in range(times)])}
    sources, scalars = [], {}
    rows = [row for row in SCALAR_ROWS if all(map(enters, row.args))]
    for at, row in enumerate(rows):
        names = tuple(f"a{at}_{place}" for place in range(len(row.args)))
        scalars[f"c{at}"] = row.scalar(names)
        for name, arg in zip(names, row.args, strict=True):
            sort = sort_of(arg)
            columns[name] = pl.Series([cell(arg)], dtype=DTYPES[sort]).new_from_index(0, times)
            sources.append(Source("main", name, name, KINDS[sort]))
    database.load({"accounts": pl.DataFrame(columns)})
    found = run(database, program(scalars, tuple(sources)))
    assert len(found) == times
    faults = {
        f"{row}: {one[f'c{at}']!r}, not {row.want!r}"
        for one in found
        for at, row in enumerate(rows)
        if not same(row.want, one[f"c{at}"])
    }
    assert not faults


def test_leaves(database: Database) -> None:
    database.load({"accounts": pl.DataFrame({"id": ["a"]})})
    scalars = {
        "floor": Scalar("param", "number", (), ("t.r", "floor")),
        "day": Scalar("as_of", "integer"),
        "there": Scalar("present", "boolean", (), "accounts"),
        "lost": Scalar("present", "boolean", (), "cases"),
        "number": Scalar("lit", "number", (), 0.1),
        "nothing": Scalar("lit", "text", (), None),
    }
    made = program(scalars)
    text = select_of(made, given(database, tables={"accounts": {"id": ""}})).sql(dialect=database.dialect)
    want = (0.8, 20634, True, False, 0.1, None)
    assert [tuple(map(repr, row)) for row in database.rows(text)] == [tuple(map(repr, want))]
