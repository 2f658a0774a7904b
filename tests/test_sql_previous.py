"""A statement that goes on from a table of earlier decisions says what the same book evaluated with `previous` says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

import clientcore as cc
from built import engine_of
from clientcore.book import Book
from clientcore.book.notes import REJECTS_SCHEMA
from clientcore.cli import main
from clientcore.errors import BookError
from databases import Database

HEAD = {"format": "clientcore/1", "language": "cel-profile/1", "version": "1.0.0", "subject": "account", "title": "t"}
RULESET = {
    **HEAD,
    "ruleset": "t.r",
    "inputs": {"x": {"kind": "number"}},
    "scores": {
        "s": {
            "aggregate": "sum",
            "range": [0, 100],
            "terms": [{"id": "x", "value": "x", "range": [0, 100]}],
            "bands": [{"id": "low", "below": 40}, {"id": "mid", "below": 70}, {"id": "high"}],
            "hysteresis": {"margin": 5, "dwell_days": 20},
        }
    },
    "states": {
        "m": {
            "initial": "off",
            "min_dwell_days": 40,
            "transitions": [
                {"from": "off", "to": "on", "when": "x > 50.0"},
                {"from": "on", "to": "off", "when": "x <= 50.0"},
            ],
        }
    },
    "rules": [
        {"id": "fell", "when": "previous.t.r.s > t.r.s"},
        {"id": "was_high", "when": "previous.t.r.s.band == 'high'"},
        {"id": "was_on", "when": "previous.t.r.m == 'on'"},
    ],
}
DAYS = (date(2026, 1, 31), date(2026, 2, 10), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1))
#: Account → what its score is made of, day by day.
VALUES = {
    "a": (50.0, 68.0, 72.0, 76.0, 20.0),
    "b": (90.0, 66.0, 60.0, 60.0, 71.0),
    "c": (None, 50.0, None, 10.0, 80.0),
    "d": (10.0, 60.0, 10.0, 60.0, 60.0),
    "e": (39.0, 41.0, 44.9, 45.0, None),
}


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return engine_of([RULESET])


def book_of(at: int) -> dict[str, pl.DataFrame]:
    facts = pl.DataFrame({"account_id": list(VALUES), "x": [values[at] for values in VALUES.values()]})
    observed = pl.lit(None, dtype=pl.Date).alias("x__observed_at")
    return {"accounts": pl.DataFrame({"id": list(VALUES)}), "facts": facts.with_columns(observed)}


def decided(engine: cc.Engine, at: int, previous: pl.DataFrame | None = None) -> pl.DataFrame:
    book = Book(Path("book"), book_of(at), pl.DataFrame(schema=REJECTS_SCHEMA))
    return engine.evaluate_book(book, as_of=DAYS[at], previous=previous)


def kept(frame: pl.DataFrame) -> pl.DataFrame:
    """What a table says too: all but what the decisions started from."""
    return frame.drop("_base", "error").sort("account_id")


def as_frame(database: Database, text: str, like: pl.DataFrame) -> pl.DataFrame:
    rows = database.rows(text)
    return pl.DataFrame(rows, schema=like.schema, orient="row", infer_schema_length=None)


@pytest.mark.parametrize("typed", [True, False], ids=["with types", "every column"])
def test_a_chain_of_days(database: Database, engine: cc.Engine, typed: bool) -> None:
    expected: pl.DataFrame | None = None
    table: pl.DataFrame | None = None
    waited = set()
    for at, day in enumerate(DAYS):
        expected = decided(engine, at, expected)
        tables = book_of(at) | ({} if table is None else {"before": table})
        database.load(tables)
        columns = {name: dict.fromkeys(frame.columns, "") for name, frame in tables.items()} if typed else None
        previous = None if table is None else "before"
        text = engine.to_sql(database.dialect, as_of=day, previous=previous, tables=columns)
        table = as_frame(database, text, expected)
        assert_frame_equal(kept(table), kept(expected), check_exact=True)
        waited |= set(table["t_r_s_pending"].drop_nulls())
    assert table is not None
    assert waited == {'["low", 0.0]', '["mid", 0.0]', '["mid", 1.0]', '["high", 0.0]'}
    assert sorted(table["t_r__was_on"].drop_nulls().unique()) == [False, True]


def test_from_a_frame_that_a_database_holds(database: Database, engine: cc.Engine) -> None:
    """What `evaluate_book` gave, in a table; its column `_base` is of no account."""
    first = decided(engine, 0)
    name = "june_decisions" if database.dialect == "spark" else "june decisions"  # Spark names no view so
    database.load(book_of(1) | {name: first})
    text = engine.to_sql(database.dialect, as_of=DAYS[1], previous=name)
    assert_frame_equal(kept(as_frame(database, text, first)), kept(decided(engine, 1, first)), check_exact=True)


def test_what_the_table_lacks_is_absent(database: Database, engine: cc.Engine) -> None:
    """A ruleset that is new since then starts from nothing, as it does from a frame."""
    first = decided(engine, 0).select("account_id", "as_of", "t_r_m", "t_r_m_since")
    database.load(book_of(1) | {"before": first})
    tables: Any = {name: frame.columns for name, frame in (book_of(1) | {"before": first}).items()}
    text = engine.to_sql(database.dialect, as_of=DAYS[1], previous="before", tables=tables)
    expected = decided(engine, 1, first)
    assert_frame_equal(kept(as_frame(database, text, expected)), kept(expected), check_exact=True)


def test_a_day_that_is_not_earlier_stops_the_statement(database: Database, engine: cc.Engine) -> None:
    first = decided(engine, 1)
    database.load(book_of(1) | {"before": first})
    for day in DAYS[:2]:
        text = engine.to_sql(database.dialect, as_of=day, previous="before")
        with pytest.raises(Exception, match="CC608 the decisions before are of 2026-02-10, no earlier day"):
            database.rows(text)
    assert len(database.rows(engine.to_sql(database.dialect, as_of=DAYS[2], previous="before"))) == len(VALUES)


def test_the_day_on_which_it_runs(engine: cc.Engine) -> None:
    con = duckdb.connect()
    for name, frame in (book_of(1) | {"before": decided(engine, 0)}).items():
        con.register(name, frame.to_arrow())
    found = con.sql(engine.to_sql("duckdb", previous="before"))
    assert found.fetchall()[0][1] == con.sql("SELECT current_date").fetchall()[0][0]


def test_a_statement_keeps_no_start(engine: cc.Engine) -> None:
    """So its decisions serve for a later day, and are refused for the same one, where the start would be needed."""
    first = decided(engine, 0)
    con = duckdb.connect()
    for name, frame in (book_of(1) | {"before": first}).items():
        con.register(name, frame.to_arrow())
    made = pl.DataFrame(con.sql(engine.to_sql("duckdb", as_of=DAYS[1], previous="before")).to_arrow_table())
    assert_frame_equal(decided(engine, 2, made), decided(engine, 2, decided(engine, 1, first)), check_exact=True)
    with pytest.raises(BookError, match="CC608 the frame before is of the same day, and a statement made it"):
        decided(engine, 1, made)


def test_long_names_are_cut_in_either_table(postgres_url: str) -> None:
    from databases import Postgres

    name = "a_very_long_name_of_a_score_that_a_database_does_not_keep_as_it_is"
    long = engine_of([{**RULESET, "rules": [], "scores": {name: RULESET["scores"]["s"]}}])
    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute("CREATE DATABASE long_names")
    database = Postgres(postgres_url.replace("/postgres?", "/long_names?"))
    try:
        first = decided(long, 0)
        tables = book_of(1)
        database.load(book_of(0))
        with database.connection.cursor() as cursor:
            cursor.execute(long.to_sql("postgres", as_of=DAYS[0], as_="table", name="long_before"))
        database.load(tables)
        rows = database.rows(long.to_sql("postgres", as_of=DAYS[1], previous="long_before"))
        expected = decided(long, 1, first)
        made = pl.DataFrame(rows, schema=expected.schema, orient="row")
        assert_frame_equal(kept(made), kept(expected), check_exact=True)
        found = long.evaluate_in(database.connection, as_of=DAYS[1], previous=first)
        assert_frame_equal(kept(found), kept(expected), check_exact=True)
    finally:
        database.close()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: cc.Engine) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yaml").write_text(json.dumps(RULESET))
    options = [
        "sql",
        "--no-discover",
        "--rulesets",
        "r.yaml",
        "--dialect",
        "duckdb",
        "--as",
        "table",
        "--name",
        "second",
    ]
    day = ["--as-of", DAYS[1].isoformat(), "--previous", "first", "-o", "second.sql"]
    assert main([*options, *day]) == 0
    con = duckdb.connect()
    for name, frame in (book_of(1) | {"first": decided(engine, 0)}).items():
        con.register(name, frame.to_arrow())
    con.execute((tmp_path / "second.sql").read_text())
    found = dict(con.execute("SELECT account_id, t_r__was_on FROM second").fetchall())
    assert found == dict(decided(engine, 1, decided(engine, 0)).select("account_id", "t_r__was_on").rows())
    assert found["b"] is True
