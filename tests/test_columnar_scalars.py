"""Each scalar on Polars, on constants, on columns, and against the plain reading of a program."""

from __future__ import annotations

import struct
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientcore.executors.columnar import OPS, Printer
from clientcore.expr import OPS as LANGUAGE
from clientcore.relational import SCALARS, Scalar
from clientcore.relational.ops import OPS as ON_FRAMES
from clientcore.relational.ops import UNSUPPORTED as NOT_ON_FRAMES
from scalar_interpreter import World, value_of
from scalar_rows import PARAMS, SCALAR_ROWS, Null, sort_of
from strategies_scalar import COLUMNS, VALUES, scalars

AS_OF = date(2026, 6, 30).toordinal() - 719_163
TYPES = {"number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean, "text": pl.String}


def bits(value: Any) -> Any:
    # -0 equals 0 for every reader; where values leave a program it is shown as 0
    return struct.pack("<d", value + 0.0) if isinstance(value, float) else value


def printer() -> Printer:
    return Printer(PARAMS, AS_OF, frozenset({"cases"}))


def test_each_operation_is_printed() -> None:
    assert OPS.keys() == SCALARS.keys()


@pytest.mark.parametrize("times", [1, 1000], ids=["alone", "batch"])
def test_operations(times: int) -> None:
    columns: dict[str, pl.Series] = {"id": pl.Series(range(times))}
    wanted: dict[str, Scalar] = {}
    for at, row in enumerate(SCALAR_ROWS):
        names = tuple(f"c{at}_{place}" for place in range(len(row.args)))
        for name, arg in zip(names, row.args, strict=True):
            value = None if isinstance(arg, Null) else arg
            columns[name] = pl.Series([value] * times, dtype=TYPES[sort_of(arg)])
        wanted[f"on columns {at}"] = row.scalar(names)
        wanted[f"on constants {at}"] = row.scalar()
    frame = pl.LazyFrame(columns).select(
        "id", *(printer().expr(scalar).alias(title) for title, scalar in wanted.items())
    )
    found = frame.collect(engine="streaming").to_dicts()
    assert len(found) == times
    faults = {
        f"{SCALAR_ROWS[int(title.split()[-1])]} {title}: {row[title]!r}"
        for row in found
        for title in wanted
        if bits(row[title]) != bits(SCALAR_ROWS[int(title.split()[-1])].want)
    }
    assert not faults


ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | VALUES[sort] for name, sort in COLUMNS.items()}), min_size=1, max_size=20
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.sampled_from(list(VALUES)).flatmap(scalars))
def test_any_scalar_is_what_it_says(rows: list[dict[str, Any]], scalar: Scalar) -> None:
    world = World(as_of=AS_OF, params=PARAMS, tables={"cases": ()})
    schema = {name: TYPES[sort] for name, sort in COLUMNS.items()}
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in schema}, schema=schema)
    found = frame.lazy().with_columns(printer().expr(scalar).alias("x")).collect()["x"].to_list()
    assert [bits(one) for one in found] == [bits(value_of(scalar, row, world)) for row in rows]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.sampled_from(list(VALUES)).flatmap(scalars), st.booleans())
def test_dictionaries_are_texts(rows: list[dict[str, Any]], scalar: Scalar, enum: bool) -> None:
    world = World(as_of=AS_OF, params=PARAMS, tables={"cases": ()})
    schema = {name: TYPES[sort] for name, sort in COLUMNS.items()}
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in schema}, schema=schema)
    words = [name for name, sort in COLUMNS.items() if sort == "text"]
    labels = sorted({row[name] for row in rows for name in words} - {None}, reverse=True)
    frame = frame.with_columns(pl.col(words).cast(pl.Enum(labels) if enum else pl.Categorical))
    found = frame.lazy().with_columns(printer().expr(scalar).alias("x")).collect()["x"].to_list()
    assert [bits(one) for one in found] == [bits(value_of(scalar, row, world)) for row in rows]


def test_each_operator_of_the_language_runs_on_frames_or_says_why_not() -> None:
    assert ON_FRAMES.keys() | NOT_ON_FRAMES.keys() == LANGUAGE.keys()
    assert not ON_FRAMES.keys() & NOT_ON_FRAMES.keys()
