"""Scalars that Hypothesis invents: each database gives, by bits, what the plain reading of SCALARS gives."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientcore.relational import Scalar, Source
from databases import Database
from scalar_interpreter import World, outputs_of
from strategies_scalar import COLUMNS, VALUES, scalars
from test_sql_scalars import DTYPES, KINDS, cell, program, run, same

ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | VALUES[sort] for name, sort in COLUMNS.items()}), min_size=1, max_size=20
)
TREES = st.lists(st.sampled_from(list(VALUES)).flatmap(scalars), min_size=1, max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=ROWS, trees=TREES)
def test_any_scalar(database: Database, rows: list[dict[str, Any]], trees: list[Scalar]) -> None:
    table = [{"id": str(at), **{name: cell(value) for name, value in row.items()}} for at, row in enumerate(rows)]
    schema = {"id": pl.String} | {name: DTYPES[sort] for name, sort in COLUMNS.items()}
    database.load({"accounts": pl.DataFrame(table, schema=schema)})
    sources = tuple(Source("main", name, name, KINDS[sort]) for name, sort in COLUMNS.items())
    made = program({f"c{at}": tree for at, tree in enumerate(trees)} | {"id": Scalar("col", "text", (), "id")}, sources)
    expected = {row["id"]: row for row in outputs_of(made, World(tables={"accounts": table}))}
    found = {row["id"]: row for row in run(database, made)}
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for title, value in row.items():
            assert same(value, found[key][title]), (
                str(trees[int(title[1:])]),
                rows[int(key)],
                value,
                found[key][title],
            )
