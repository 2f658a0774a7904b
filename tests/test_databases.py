"""A statement as text in each form, and run where the data lives."""

from __future__ import annotations

import json
import re
from contextlib import closing
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
from clientcore.book import REJECTS_SCHEMA, Book
from clientcore.cli import main
from clientcore.errors import BookError, ClientcoreError, FactError, UnsupportedError
from clientcore.executors.sql import DIALECTS
from clientcore.executors.sql.words import fitting
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
TABLES = {"accounts": ["id"], "cases": ["id", "account_id"]}
CASES = pl.DataFrame({"id": ["1", "2", "3"], "account_id": ["a", "a", "b"]})


@pytest.fixture
def engine(tmp_path: Path) -> cc.Engine:
    (tmp_path / "r.yaml").write_text(RULESET)
    return cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)


def test_the_database_decides(database: Database, engine: cc.Engine) -> None:
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    frame = engine.evaluate_in(database.connection, as_of=AS_OF)
    assert frame.columns == ["account_id", "as_of", "t_r__busy", "_base", "error"]
    assert frame.rows() == [("a", AS_OF, True, None, None), ("b", AS_OF, False, None, None)]
    assert frame.schema["_base"] == pl.String


def test_what_the_database_lacks(database: Database, engine: cc.Engine) -> None:
    database.load({"accounts": ACCOUNTS})
    assert engine.evaluate_in(database.connection, as_of=AS_OF)["t_r__busy"].to_list() == [None, None]
    database.load({"cases": CASES})
    with pytest.raises(BookError, match="CC404 the database has no table `accounts`"):
        engine.evaluate_in(database.connection, as_of=AS_OF)


def test_a_table_without_ids(database: Database, engine: cc.Engine) -> None:
    database.load({"accounts": pl.DataFrame({"name": ["a"]})})
    with pytest.raises(BookError, match="CC404 table `accounts` of the database has no column `id`; one of: name"):
        engine.evaluate_in(database.connection, as_of=AS_OF)


def test_a_column_of_another_kind(database: Database, tmp_path: Path) -> None:
    """A day where the plan wants a number is refused by the database, and nothing is half-done."""
    (tmp_path / "r.yaml").write_text(RULESET.replace("cases.size()", "employees"))
    engine = cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)
    database.load({"accounts": pl.DataFrame({"id": ["a"], "employees": [AS_OF]})})
    with pytest.raises(
        BookError, match=r"CC404 the database refuses: .*; `accounts`: `employees` is date, and a number is read"
    ):
        engine.evaluate_in(database.connection, as_of=AS_OF)


@pytest.mark.parametrize("form", ["view", "table"])
def test_views_and_tables(database: Database, engine: cc.Engine, form: Any) -> None:
    if database.dialect == "spark":
        pytest.skip("views of Spark's catalog can't read the temporary views of the tests")
    database.load({"accounts": ACCOUNTS, "cases": CASES})
    text = engine.to_sql(database.dialect, as_of=AS_OF, as_=form, name="my decisions", tables=TABLES)
    with closing(database.connection.cursor()) as cursor:
        cursor.execute(text)
        cursor.execute('SELECT "account_id", "t_r__busy" FROM "my decisions" ORDER BY 1')
        assert [tuple(row) for row in cursor.fetchall()] == [("a", True), ("b", False)]
        cursor.execute(f'DROP {form} "my decisions"')


@pytest.mark.parametrize("dialect", DIALECTS)
def test_text_of_each_dialect(dialect: str, engine: cc.Engine) -> None:
    text = engine.to_sql(dialect, as_of=AS_OF, as_="view", schema="crm")
    assert text == engine.to_sql(dialect, as_of=AS_OF, as_="view", schema="crm")
    assert text.startswith(f"-- clientcore: accounts as of 2026-06-30, for {dialect}\n")
    assert ("never run" in text) is (dialect in {"snowflake", "bigquery"})
    assert re.search(r"^-- t\.r 1\.0\.0 [0-9a-f]{12}$", text, re.MULTILINE)
    plain = re.sub(r'["`]', "", text)
    assert "CREATE OR REPLACE VIEW crm.decisions AS" in plain
    assert "FROM crm.accounts" in plain
    assert "\n;" not in text


def test_tables_that_are_told(engine: cc.Engine) -> None:
    text = engine.to_sql("postgres", tables={"accounts": ["id"]})
    assert '"cases"' not in text


def test_a_schema(postgres_url: str, engine: cc.Engine) -> None:
    with psycopg.connect(postgres_url) as con:
        con.execute("CREATE SCHEMA crm")
        con.execute("CREATE TABLE crm.accounts (id int)")
        con.execute("INSERT INTO crm.accounts VALUES (1)")
        con.execute("CREATE TABLE crm.cases (id int, account_id int)")
        con.execute("INSERT INTO crm.cases VALUES (1, 1), (2, 1)")
        frame = engine.evaluate_in(con, as_of=AS_OF, schema="crm")
        con.rollback()
    assert frame.select("account_id", "t_r__busy").rows() == [("1", True)]


def test_misuse(engine: cc.Engine) -> None:
    with pytest.raises(FactError, match="CC403 unknown dialect `postgre`; did you mean `postgres`"):
        engine.to_sql("postgre")
    with pytest.raises(FactError, match="CC403 unknown form `index`; one of: select, table, view"):
        engine.to_sql("duckdb", as_="index")
    with pytest.raises(BookError, match="CC404 the database has no table `accounts`"):
        engine.evaluate_in(duckdb.connect(), as_of=AS_OF)


def test_long_names_stay_apart() -> None:
    one, other = "a" * 70 + "_low", "a" * 70 + "_high"
    assert len(fitting(one, 63)) == 63
    assert fitting(one, 63) != fitting(other, 63)
    assert fitting(one, 0) == one
    assert fitting("a" * 63, 63) == "a" * 63


def test_the_text_gives_the_columns_of_a_frame(engine: cc.Engine) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts (id text)")
    con.execute("CREATE TABLE cases (id text, account_id text)")
    found = con.sql(engine.to_sql("duckdb", as_of=AS_OF, tables=TABLES)).columns
    assert found == engine.evaluate_in(con, as_of=AS_OF).columns


def test_bundled_rulesets_mean_the_same(database: Database, tmp_path: Path) -> None:
    """By bits, on an invented book; what a database can't tell in full is the text of problems."""
    if database.dialect == "spark":
        pytest.skip("minutes; the conformance rows run on Spark")
    assert main(["simulate", "-n", "60", "--seed", "11", "-o", str(tmp_path / "book")]) == 0
    book = cc.read_book(tmp_path / "book")
    assert book.facts is not None
    days = [name for name in book.facts.columns if name.endswith("__observed_at")]
    assert {book.facts[name].dtype for name in days} == {pl.String}, "days as a file of text has them"
    database.load(book.tables)
    whole = cc.Engine()
    found = whole.evaluate_in(database.connection, as_of=AS_OF, lists=True)
    expected = whole.evaluate_book(book, as_of=AS_OF, lists=True).sort("account_id")
    assert_frame_equal(found.drop("error"), expected.drop("error"), check_exact=True)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yaml").write_text(RULESET)
    (tmp_path / "tables.json").write_text(json.dumps(TABLES))
    options = ["sql", "--no-discover", "--rulesets", "r.yaml", "--dialect", "duckdb", "--tables", "tables.json"]
    assert main([*options, "--as", "view", "--as-of", "2026-06-30", "-o", "view.sql"]) == 0
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 'a' AS id")
    con.execute("CREATE TABLE cases AS SELECT '1' AS id, 'a' AS account_id")
    con.execute((tmp_path / "view.sql").read_text())
    assert con.execute("SELECT account_id, t_r__busy FROM decisions").fetchall() == [("a", False)]
    (tmp_path / "tables.json").write_text("[")
    assert main(options) == 2
    assert "CC608 `tables.json` can't be read as JSON" in capsys.readouterr().err
    (tmp_path / "tables.json").write_text('{"accounts": ["id"], "accounts": []}')
    assert main(options) == 2
    assert "CC608 `tables.json` can't be read as JSON: key `accounts` is given twice" in capsys.readouterr().err
    (tmp_path / "tables.json").write_text('{"accounts": "id"}')
    assert main(options) == 2
    assert "CC608 `tables.json` names no columns" in capsys.readouterr().err


PROFILES = {
    "other": ("", 2),
    "low": ("cases.size() > 1.0", 0),
    "large": ("employees > 100.0 && industry == 'x'", 3),
    "same": ("true", 2),
}
DEAL = """
format: clientcore/1
language: cel-profile/1
ruleset: t.d
version: 1.0.0
subject: opportunity
title: T
params: {most: {value: 5, range: [0, 1000], unit: count, doc: most}}
rules:
  - {id: big, when: amount > params.most}
"""


def with_profiles(folder: Path, names: str) -> cc.Engine:
    (folder / "r.yaml").write_text(RULESET)
    (folder / "d.yaml").write_text(DEAL)
    paths = []
    for name in names.split():
        match, few = PROFILES[name]
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(
            f"format: clientcore-profile/1\nprofile: {name}\n{match and f'match: {match!r}'}\n"
            f"params: {{t.r: {{few: {few}}}, t.d: {{most: {100 * few}}}}}\n"
        )
    return cc.Engine(rulesets=[folder / "r.yaml", folder / "d.yaml"], plugins=[], discover=False, profiles=paths)


#: Accounts for which different profiles hold, and one about which nothing decides it.
VARIED = {
    "accounts": pl.DataFrame({
        "id": ["a", "b", "c", "d"],
        "employees": [500.0, 500.0, None, 5.0],
        "industry": ["x", "x", "x", None],
    }),
    "cases": pl.DataFrame({"id": list("123456"), "account_id": list("aaabcc")}),
    "opportunities": pl.DataFrame({
        "id": list("pqrst"), "account_id": ["a", "b", "c", "d", None], "amount": [250.0, 250.0, 50.0, 50.0, 50.0]
    }),
}  # fmt: skip


@pytest.mark.parametrize("names", ["low large", "large low", "large same"])
def test_profiles_that_vary(database: Database, tmp_path: Path, names: str) -> None:
    """Each subject has the params of the first profile that holds for its account, as in a book."""
    engine = with_profiles(tmp_path, names)
    tables = VARIED
    book = Book(Path("book"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    database.load(tables)
    columns: Any = {name: frame.columns for name, frame in tables.items()}
    seen = set()
    for subject in ("account", "opportunity"):
        expected = engine.evaluate_book(book, as_of=AS_OF, subject=subject).sort(f"{subject}_id")
        found = engine.evaluate_in(database.connection, as_of=AS_OF, subject=subject)
        assert found.drop("error").rows() == expected.drop("error").rows()
        text = engine.to_sql(database.dialect, as_of=AS_OF, subject=subject, tables=columns)
        rows = sorted(database.rows(text), key=lambda row: str(row[0]))
        assert [row[:-2] for row in rows] == expected.drop("_base", "error").rows()
        seen |= {row[-3] for row in expected.rows()}
    assert seen == {True, False}


@pytest.mark.parametrize("names", ["low large other", "large same other", "other"])
def test_profiles_that_accounts_name(database: Database, tmp_path: Path, names: str) -> None:
    """What an account names comes before every condition; of none, the one for all, else the first that is true."""
    engine = with_profiles(tmp_path, names)
    segments = pl.Series("segment", ["other", None, None, "other"])
    tables = {**VARIED, "accounts": VARIED["accounts"].with_columns(segments)}
    book = Book(Path("book"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    database.load(tables)
    seen = set()
    for subject in ("account", "opportunity"):
        for profile in (None, "other"):
            options: Any = {"as_of": AS_OF, "subject": subject, "profile_by": "segment", "profile": profile}
            expected = engine.evaluate_book(book, **options).sort(f"{subject}_id")
            found = engine.evaluate_in(database.connection, **options)
            assert found.drop("error").rows() == expected.drop("error").rows()
            seen.add(tuple(row[-3] for row in found.rows()))
    assert len(seen) > 1


def test_a_field_that_names_no_profile(tmp_path: Path) -> None:
    engine = with_profiles(tmp_path, "low")
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 'a' AS id, 'lo' AS segment")
    with pytest.raises(ClientcoreError, match="CC113 unknown profile `lo`; did you mean `low`"):
        engine.evaluate_in(con, as_of=AS_OF, profile_by="segment")
    with pytest.raises(FactError, match=r"CC403 `profile_by` is `segmnt`, no .* with text; did you mean `segment`"):
        engine.evaluate_in(con, as_of=AS_OF, profile_by="segmnt")
    with pytest.raises(FactError, match="CC403 `profile_by` is `employees`, no field of an account with text"):
        engine.evaluate_in(con, as_of=AS_OF, profile_by="employees")
    with pytest.raises(UnsupportedError, match="CC401 a text is written before it is known which profiles"):
        engine.to_sql("duckdb", profile_by="segment")
    assert engine.evaluate_in(con, as_of=AS_OF, profile_by="tier").height == 1, "a column that is not there"


ORGANISATION = """
format: clientcore/1
language: cel-profile/1
ruleset: t.o
version: 1.0.0
subject: organisation
title: T
inputs: {n: {kind: number}}
params: {few: {value: 1, range: [0, 10], unit: count, doc: few}}
rules:
  - {id: many, when: n > params.few}
"""


def test_organisations(database: Database, tmp_path: Path) -> None:
    """They have facts of their own, and no `match` holds for them: it is about an account."""
    (tmp_path / "o.yaml").write_text(ORGANISATION)
    (tmp_path / "p.yaml").write_text(
        'format: clientcore-profile/1\nprofile: low\nmatch: "true"\nparams: {t.o: {few: 0}}\n'
    )
    paths = {"rulesets": [tmp_path / "o.yaml"], "profiles": [tmp_path / "p.yaml"]}
    engine = cc.Engine(**paths, plugins=[], discover=False)
    tables = {
        "accounts": pl.DataFrame({"id": ["a", "o"], "segment": ["low", "low"]}),
        "organisations": pl.DataFrame({"id": ["o", "p"]}),
        "facts": pl.DataFrame({"account_id": ["a", "o"], "n": [9.0, 9.0]}),
        "organisation_facts": pl.DataFrame({"organisation_id": ["o", "p"], "n": [0.5, 2.0]}),
    }
    book = Book(Path("book"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    database.load(tables)
    columns: Any = {name: frame.columns for name, frame in tables.items()}
    for profile, by, truths in (
        (None, None, [False, True]),
        ("low", None, [True, True]),
        (None, "segment", [False, True]),
    ):
        options: Any = {"as_of": AS_OF, "subject": "organisation", "profile": profile, "profile_by": by}
        for executor in ("columnar", "record"):
            decided = engine.evaluate_book(book, executor=executor, **options)
            assert decided["t_o__many"].to_list() == truths
        assert engine.evaluate_in(database.connection, **options)["t_o__many"].to_list() == truths
        if by is None:
            text = engine.to_sql(database.dialect, as_of=AS_OF, subject="organisation", profile=profile, tables=columns)
            assert [row[3] for row in sorted(database.rows(text), key=lambda row: str(row[0]))] == truths


def test_more_columns_than_a_database_holds() -> None:
    rules = [{"id": f"r{at}", "when": f"n > {at}.0"} for at in range(1600)]
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.wide", "version": "1.0.0"}
    inputs = {"n": {"kind": "number"}}
    engine = engine_of([{**head, "subject": "account", "title": "t", "inputs": inputs, "rules": rules}])
    with pytest.raises(UnsupportedError, match=r"CC401 .* a step of 1,\d+ columns, and postgres holds"):
        engine.to_sql("postgres")
    assert "t_wide__r1599" in engine.to_sql("duckdb")
    assert "t_wide__r1599" in engine.to_sql("postgres", only=[f"t.wide/r{at}" for at in range(1000, 1600)])


def test_a_statement_is_written_once(monkeypatch: pytest.MonkeyPatch, engine: cc.Engine) -> None:
    """For every day the same; for other columns, params or rulesets another one."""
    from clientcore.executors import sql

    written: list[str] = []
    write = sql.written

    def counted(*args: Any) -> str:
        written.append(write(*args))
        return written[-1]

    monkeypatch.setattr(sql, "written", counted)
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 'a' AS id, DATE '2026-06-29' AS occurred_on")
    con.execute(
        "CREATE TABLE cases AS SELECT unnest(['1', '2']) AS id, 'a' AS account_id, DATE '2026-06-30' AS occurred_on"
    )
    days = [date(2026, 6, 29), AS_OF, AS_OF]
    assert [engine.evaluate_in(con, as_of=day).row(0)[1:3] for day in days] == [
        (days[0], False), (AS_OF, True), (AS_OF, True)
    ]  # fmt: skip
    assert len(written) == 1
    for at in range(10):
        con.execute(f"ALTER TABLE cases ADD COLUMN more{at} text")
        engine.evaluate_in(con, as_of=AS_OF)
    assert len(written) == 11
    engine.evaluate_in(con, as_of=AS_OF, only=["t.r/busy"])
    assert len(written) == 12
    con.execute("ALTER TABLE cases ALTER occurred_on TYPE text")
    assert engine.evaluate_in(con, as_of=days[0])["t_r__busy"].to_list() == [False]
    assert len(written) == 13
    assert len(engine.programs.get("statements")._texts) == 8


def test_a_text_that_looks_like_the_mark_of_the_day(tmp_path: Path) -> None:
    marked = RULESET.replace("cases.size() > params.few", "industry == \"CAST('some day' AS BIGINT)\"")
    (tmp_path / "r.yaml").write_text(marked)
    engine = cc.Engine(rulesets=[tmp_path / "r.yaml"], plugins=[], discover=False)
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 'a' AS id, 'CAST(''some day'' AS BIGINT)' AS industry")
    assert engine.evaluate_in(con, as_of=AS_OF)["t_r__busy"].to_list() == [True]
