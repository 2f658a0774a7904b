"""Moments that no calendar has, and subjects without an id, where a database decides."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import clientcore as cc
from clientcore.errors import BookError
from databases import Database

AS_OF = date(2026, 6, 30)
RULESET = """
format: clientcore/1
language: cel-profile/1
ruleset: t.r
version: 1.0.0
subject: account
title: T
rules:
  - {id: before, when: "cases.exists(c, day(c.opened_at) < as_of)"}
"""
MOMENTS = {
    "a": ("infinity", None),
    "b": ("-infinity", None),
    "c": ("0044-03-15 (BC)", None),
    "d": ("0001-01-01 00:00:00", True),
    "e": ("2026-01-01 00:00:00", True),
}


@pytest.fixture
def engine(tmp_path: Path) -> cc.Engine:
    (tmp_path / "r.yaml").write_text(RULESET)
    return cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz"])
def test_a_moment_that_no_calendar_has_is_missing(database: Database, engine: cc.Engine, kind: str) -> None:
    """As in a book; PostgreSQL would else refuse to count the time to infinity, and with it every account."""
    if database.dialect == "spark":
        pytest.skip("Spark has no moment outside the years 1 to 9999")
    database.load({"accounts": pl.DataFrame({"id": list(MOMENTS)}), "cases": pl.DataFrame({"id": ["1"]})})
    rows = []
    for key, (moment, _) in MOMENTS.items():
        zoned = f"{moment}+00" if kind == "timestamptz" and moment.endswith("00") else moment
        written = zoned if database.dialect == "duckdb" else zoned.replace("(BC)", "BC")
        rows.append(f"('{key}', '{key}', CAST('{written}' AS {kind}))")
    with database.connection.cursor() as cursor:
        cursor.execute("DROP TABLE cases")
        values = f"(VALUES {', '.join(rows)}) AS v (id, account_id, opened_at)"
        cursor.execute(f"CREATE TABLE cases AS SELECT * FROM {values}")
    found = engine.evaluate_in(database.connection, as_of=AS_OF)
    assert found["t_r__before"].to_list() == [want for _, want in MOMENTS.values()]


def test_an_account_without_an_id_is_refused(database: Database, engine: cc.Engine) -> None:
    database.load({"accounts": pl.DataFrame({"id": ["a", None, None]})})
    with pytest.raises(BookError, match="CC605 the database has 2 of `accounts` without an id"):
        engine.evaluate_in(database.connection, as_of=AS_OF)
