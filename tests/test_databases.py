"""A statement as text in each form, and run where the data lives."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import duckdb
import polars as pl
import psycopg
import pytest

import clientcore as cc
from clientcore.databases import Statement, evaluate_in, sql_text
from clientcore.errors import BookError, FactError
from clientcore.executors.sql import DIALECTS
from clientcore.executors.sql.writing import fitting
from clientcore.relational import Aggregate, Builder, Definition, Frame, Program, Scalar, Source, staged
from clientcore.relational.scalar import compare
from databases import Database

AS_OF = date(2026, 6, 30)
RULESET = """
format: clientcore/1
language: cel-profile/1
ruleset: t.r
version: 1.0.0
subject: account
title: T
params: {few: {value: 1, range: [0, 10], unit: count, doc: few}}
rules:
  - {id: busy, when: cases.size() > params.few}
"""
ACCOUNTS = pl.DataFrame({"id": ["b", "a"]})
CASES = pl.DataFrame({"id": ["1", "2", "3"], "account_id": ["a", "a", "b"]})


@pytest.fixture
def statement(tmp_path: Path) -> Statement:
    """What the ruleset above means, written by hand."""
    (tmp_path / "r.yaml").write_text(RULESET)
    engine = cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)
    made = Builder("main")
    made.frames["main"] = Frame(name="main", table="accounts", sources=(Source("main", "id", "id", "text"),))
    keys = tuple(Source("cases", name, name, "text") for name in ("id", "account_id"))
    made.frames["cases"] = Frame(name="cases", table="cases", sources=keys)
    count = made.gather(Aggregate("main", "", "cases", "count", (("account_id", "id"),)))
    few = Scalar("param", "number", (), ("t.r", "few"))
    busy = made.keep(compare("gt", Scalar("to_number", "number", (count,)), few))
    made.made["main", "day"] = Definition("main", "day", Scalar("as_of", "integer"))
    outputs = {"account_id": ("id", "text"), "as_of": ("day", "day"), "t_r__busy": (busy.value, "boolean")}
    program = Program(subject="account", main="main", frames=made.frames, stages=staged(made.made), outputs=outputs)
    return Statement(plan=engine.plan(), program=program, params={("t.r", "few"): 1.0}, as_of=AS_OF)


def test_the_database_decides(database: Database, statement: Statement) -> None:
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    frame = evaluate_in(statement, database.connection)
    assert frame.columns == ["account_id", "as_of", "t_r__busy", "_base", "error"]
    assert frame.rows() == [("a", AS_OF, True, None, None), ("b", AS_OF, False, None, None)]
    assert frame.schema["_base"] == pl.String


def test_what_the_database_lacks(database: Database, statement: Statement) -> None:
    database.load({"accounts": ACCOUNTS})
    assert evaluate_in(statement, database.connection)["t_r__busy"].to_list() == [False, False]
    database.load({"cases": CASES})
    with pytest.raises(BookError, match="CC404 the database has no table `accounts`"):
        evaluate_in(statement, database.connection)


def test_a_table_without_ids(database: Database, statement: Statement) -> None:
    database.load({"accounts": pl.DataFrame({"name": ["a"]})})
    with pytest.raises(BookError, match="CC404 table `accounts` of the database has no column `id`; one of: name"):
        evaluate_in(statement, database.connection)


def test_a_column_of_another_kind(database: Database, statement: Statement) -> None:
    """A text where the plan wants a number is refused by the database, and nothing is half-done."""
    program = statement.program
    source = Source("main", "n", "employees", "number")
    main = attrs.evolve(program.frames["main"], sources=(*program.frames["main"].sources, source))
    outputs = {**program.outputs, "error": ("n", "number")}
    other = attrs.evolve(program, frames={**program.frames, "main": main}, outputs=outputs)
    database.load({"accounts": pl.DataFrame({"id": ["a"], "employees": ["many"]}), "cases": CASES})
    with pytest.raises(BookError, match="CC404 the database refuses: "):
        evaluate_in(attrs.evolve(statement, program=other), database.connection)
    if database.dialect == "postgres":
        database.connection.rollback()


@pytest.mark.parametrize("form", ["view", "table"])
def test_views_and_tables(database: Database, statement: Statement, form: Any) -> None:
    if database.dialect == "spark":
        pytest.skip("views of Spark's catalog can't read the temporary views of the tests")
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    text = sql_text(statement, dialect=database.dialect, as_=form, name="my decisions")
    with closing(database.connection.cursor()) as cursor:
        cursor.execute(text)
        cursor.execute('SELECT "account_id", "t_r__busy" FROM "my decisions" ORDER BY 1')
        assert [tuple(row) for row in cursor.fetchall()] == [("a", True), ("b", False)]
        cursor.execute(f'DROP {form} "my decisions"')


@pytest.mark.parametrize("dialect", DIALECTS)
def test_text_of_each_dialect(dialect: str, statement: Statement) -> None:
    text = sql_text(statement, dialect=dialect, as_="view", schema="crm")
    assert text == sql_text(statement, dialect=dialect, as_="view", schema="crm")
    assert text.startswith(f"-- clientcore: accounts as of 2026-06-30, for {dialect}\n")
    assert ("never run" in text) is (dialect in {"snowflake", "bigquery"})
    assert re.search(r"^-- t\.r 1\.0\.0 [0-9a-f]{12}$", text, re.MULTILINE)
    plain = re.sub(r'["`]', "", text)
    assert "CREATE OR REPLACE VIEW crm.decisions AS" in plain
    assert "FROM crm.accounts" in plain
    assert "\n;" not in text


def test_tables_that_are_told(statement: Statement) -> None:
    text = sql_text(statement, dialect="postgres", tables={"accounts": ["id"]})
    assert '"cases"' not in text


def test_a_schema(postgres_url: str, statement: Statement) -> None:
    with psycopg.connect(postgres_url) as con:
        con.execute("DROP SCHEMA IF EXISTS crm CASCADE")
        con.execute("CREATE SCHEMA crm")
        con.execute("CREATE TABLE crm.accounts (id int)")
        con.execute("INSERT INTO crm.accounts VALUES (1)")
        con.execute("CREATE TABLE crm.cases (id int, account_id int)")
        con.execute("INSERT INTO crm.cases VALUES (1, 1), (2, 1)")
        con.commit()
        frame = evaluate_in(statement, con, schema="crm")
        assert frame.select("account_id", "t_r__busy").rows() == [("1", True)]
        con.execute("DROP SCHEMA crm CASCADE")


def test_misuse(statement: Statement) -> None:
    with pytest.raises(FactError, match="CC403 unknown dialect `postgre`; did you mean `postgres`"):
        sql_text(statement, dialect="postgre")
    with pytest.raises(FactError, match="CC403 unknown form `index`; one of: select, table, view"):
        sql_text(statement, dialect="duckdb", as_="index")  # type: ignore[arg-type]
    with pytest.raises(BookError, match="CC404 the database has no table `accounts`"):
        evaluate_in(statement, duckdb.connect())


def test_long_names_stay_apart() -> None:
    one, other = "a" * 70 + "_low", "a" * 70 + "_high"
    assert len(fitting(one, 63)) == 63
    assert fitting(one, 63) != fitting(other, 63)
    assert fitting(one, 0) == one
    assert fitting("a" * 63, 63) == "a" * 63
