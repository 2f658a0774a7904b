"""Data that is not as it should be, in a book and in a database: the same decisions, or a clear error."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import clientcore as cc
from built import engine_of
from clientcore.book import REJECTS_SCHEMA, Book
from clientcore.errors import BookError
from databases import Database

AS_OF = date(2026, 6, 30)
HEAD = {"format": "clientcore/1", "language": "cel-profile/1", "version": "1.0.0", "subject": "account", "title": "t"}
CONDITIONS = {
    "large": "employees > 10.0",
    "busy": "cases.size() > 1.0",
    "many_hands": "cases.exists(c, c.handoffs >= 2.0)",
    "hands": "cases.filter(c, has(c.handoffs)).map(c, c.handoffs).sum() == 3.0",
    "early": "cases.exists(c, c.opened_at < instant('2026-06-01T00:00:00Z'))",
    "open": "cases.exists(c, !has(c.closed_at))",
    "recent": "cases.exists(c, c.closed_at >= instant('2026-06-30T12:00:00Z'))",
    "asked": "nps > 0.0",
    "regular": "regular == true",
    "coded": "code == '7'",
    "old": "since < day('2026-06-01')",
}
INPUTS = {"nps": "number", "regular": "boolean", "code": "text", "since": "day"}
EXECUTORS: tuple[Any, ...] = ("columnar", "record")


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    rules = [{"id": id_, "when": when} for id_, when in CONDITIONS.items()]
    inputs = {name: {"kind": kind} for name, kind in INPUTS.items()}
    return engine_of([{**HEAD, "ruleset": "t.r", "inputs": inputs, "rules": rules}])


ACCOUNTS = pl.DataFrame({"id": ["a", "b"], "employees": [12.0, None]})
CASES = pl.DataFrame({"id": ["1", "2", "3"], "account_id": ["a", "a", "b"], "handoffs": [1.0, 2.0, None]})
FACTS = pl.DataFrame({"account_id": ["a", "b"], "nps": [30.0, -5.0]})
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)

BOOKS: dict[str, dict[str, pl.DataFrame]] = {
    "as it should be": {"accounts": ACCOUNTS, "cases": CASES, "facts": FACTS},
    "missing tables": {"accounts": ACCOUNTS},
    "extra columns and tables": {
        "accounts": ACCOUNTS.with_columns(colour=pl.lit("red")),
        "cases": CASES.with_columns(weather=pl.lit(None, dtype=pl.Float64)),
        "facts": FACTS,
        "elsewhere": pl.DataFrame({"id": ["x"], "account_id": ["a"]}),
    },
    "numbers as text": {
        "accounts": ACCOUNTS.with_columns(employees=pl.Series([" 12", "many"])),
        "cases": CASES.with_columns(handoffs=pl.Series(["1", "2.0", ""])),
        "facts": FACTS,
    },
    "whole numbers": {
        "accounts": ACCOUNTS.with_columns(pl.col("employees").cast(pl.Int32)),
        "cases": CASES.with_columns(pl.col("handoffs").cast(pl.Int64), pl.col("id").cast(pl.Int64)),
        "facts": FACTS.with_columns(pl.col("nps").cast(pl.Int16)),
    },
    "truth values for numbers": {
        "accounts": ACCOUNTS.with_columns(employees=pl.Series([True, False])),
        "cases": CASES,
        "facts": FACTS.with_columns(nps=pl.Series([True, None])),
    },
    "no numbers, and too large ones": {
        "accounts": ACCOUNTS.with_columns(employees=pl.Series([float("nan"), float("inf")])),
        "cases": CASES.with_columns(handoffs=pl.Series([float("-inf"), 1e19, float("nan")])),
        "facts": FACTS.with_columns(nps=pl.Series([float("inf"), float("nan")])),
    },
    "facts as text, and some that are none": {
        "accounts": ACCOUNTS,
        "cases": CASES,
        "facts": pl.DataFrame(
            {
                "account_id": ["a", "b"],
                "nps": ["30", "n/a"],
                "regular": [" TRUE", "no"],
                "code": ["7", "007"],
                "since": ["2026-05-31", "soon"],
                "since__observed_at": ["2026-05-31", "2026-05-31"],
            }
        ),
    },
    "facts as whole numbers": {
        "accounts": ACCOUNTS,
        "cases": CASES,
        "facts": pl.DataFrame({"account_id": ["a", "b"], "nps": [30, -5], "regular": [1, 7], "code": [7, 8]}),
    },
    "no rows": {"accounts": ACCOUNTS.clear(), "cases": CASES.clear(), "facts": FACTS.clear()},
    "no rows of one table": {"accounts": ACCOUNTS, "cases": CASES.clear(), "facts": FACTS.clear()},
    "instants with several offsets": {
        "accounts": ACCOUNTS,
        "cases": CASES.with_columns(
            opened_at=pl.Series(["2026-06-01T08:59:59+09:00", "2026-05-31T20:00:00-04:00", "2026-05-31 23:59:59"]),
            closed_at=pl.Series(["2026-06-30T21:00:00+09:00", "2026-06-30T07:59:59-04:00", None], dtype=pl.String),
        ),
    },
    "instants in a zone, and in none": {
        "accounts": ACCOUNTS,
        "cases": CASES.with_columns(
            opened_at=pl.Series([NOON - timedelta(days=30), None, NOON]).dt.replace_time_zone(None),
            closed_at=pl.Series([NOON, NOON - timedelta(hours=9), None]).dt.convert_time_zone("Asia/Tokyo"),
        ),
    },
}


def written(folder: Path, tables: dict[str, pl.DataFrame]) -> Path:
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.mark.parametrize("what", BOOKS)
def test_books(engine: cc.Engine, tmp_path: Path, what: str) -> None:
    """Whole, in parts, column by column and one by one."""
    folder = written(tmp_path, BOOKS[what])
    expected = engine.evaluate_book(cc.read_book(folder), as_of=AS_OF, executor="record")
    assert expected.height == BOOKS[what]["accounts"].height
    assert_frame_equal(engine.evaluate_book(cc.read_book(folder), as_of=AS_OF), expected, check_exact=True)
    in_parts = engine.evaluate_book(cc.read_book(folder, in_parts=True), as_of=AS_OF)
    assert_frame_equal(in_parts, expected, check_exact=True)


@pytest.mark.parametrize("what", BOOKS)
def test_databases(database: Database, engine: cc.Engine, tmp_path: Path, what: str) -> None:
    expected = engine.evaluate_book(cc.read_book(written(tmp_path, BOOKS[what])), as_of=AS_OF)
    database.load(BOOKS[what])
    found = engine.evaluate_in(database.connection, as_of=AS_OF)
    assert_frame_equal(found.drop("error"), expected.drop("error"), check_exact=True)


def test_the_same_data_says_something(engine: cc.Engine, tmp_path: Path) -> None:
    """Else all that is compared above could be null."""
    fired = {}
    for what, tables in BOOKS.items():
        (tmp_path / what).mkdir()
        frame = engine.evaluate_book(cc.read_book(written(tmp_path / what, tables)), as_of=AS_OF, lists=True)
        fired[what] = [sorted(one.removeprefix("t.r/") for one in row) for row in frame["fired"]]
    assert fired["as it should be"] == [["asked", "busy", "hands", "large", "many_hands", "open"], ["open"]]
    assert fired["numbers as text"] == fired["whole numbers"] == fired["as it should be"]
    assert fired["facts as whole numbers"][0] == sorted([*fired["as it should be"][0], "coded", "regular"])
    told = "facts as text, and some that are none"
    assert fired[told] == [sorted([*fired["facts as whole numbers"][0], "old"]), ["open"]]
    assert fired["missing tables"] == [["large"], []]
    assert fired["no rows of one table"] == [["large"], []]
    assert fired["instants with several offsets"][0] == ["busy", "early", "hands", "large", "many_hands", "recent"]
    assert fired["instants with several offsets"][1] == ["early", "open"]


def test_a_fact_of_another_kind_is_told_of_its_account_alone(engine: cc.Engine, tmp_path: Path) -> None:
    for folder, executor in (("columns", "columnar"), ("rows", "record")):
        (tmp_path / folder).mkdir()
        book = cc.read_book(written(tmp_path / folder, BOOKS["facts as text, and some that are none"]))
        frame = engine.evaluate_book(book, as_of=AS_OF, executor=executor)  # type: ignore[arg-type]
        assert frame["error"].to_list() == [
            None,
            "CC602 fact `nps` is the text `n/a`; it takes a number; CC602 fact `regular` is the text `no`; it takes "
            "`true` or `false`; CC602 fact `since` is the text `soon`; it takes a day, as YYYY-MM-DD",
        ]


def test_one_account_with_a_million_children(database: Database) -> None:
    many = 1_000_000
    if database.dialect != "duckdb":
        many = 100_000  # the same, in the time that a test has
    cases = pl.DataFrame({
        "id": pl.int_range(many, eager=True).cast(pl.String),
        "account_id": pl.Series(["a"]).new_from_index(0, many),
        "handoffs": pl.Series([0.000003]).new_from_index(0, many),
    })  # fmt: skip
    head = {**HEAD, "ruleset": "t.many"}
    total = many * 3e-6
    rules = {"all_there": f"cases.size() == {many}.0", "exact": f"cases.map(c, c.handoffs).sum() == {total!r}",
             "mean": "cases.map(c, c.handoffs).mean() == 0.000003"}  # fmt: skip
    large = engine_of([{**head, "rules": [{"id": id_, "when": when} for id_, when in rules.items()]}])
    tables = {"accounts": ACCOUNTS, "cases": cases}
    database.load(tables)
    found = large.evaluate_in(database.connection, as_of=AS_OF)
    assert found.row(0)[2:5] == (True, True, True)
    book = Book(Path("book"), tables, pl.DataFrame(schema=REJECTS_SCHEMA))
    for executor in EXECUTORS:
        assert large.evaluate_book(book, as_of=AS_OF, executor=executor).row(0)[2:5] == (True, True, True)


@pytest.mark.parametrize("table", ["accounts", "facts"])
def test_subjects_that_come_out_twice(database: Database, engine: cc.Engine, table: str) -> None:
    tables = BOOKS["as it should be"]
    database.load({**tables, table: pl.concat([tables[table], tables[table].head(1)])})
    with pytest.raises(BookError, match=r"^CC606 the database has `a` twice, among the accounts or in its facts$"):
        engine.evaluate_in(database.connection, as_of=AS_OF)


def test_rejects_are_kept_where_a_book_is_bad(engine: cc.Engine, tmp_path: Path) -> None:
    folder = written(tmp_path, BOOKS["numbers as text"])
    book = cc.read_book(folder, rejects=tmp_path / "rejects.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(line["table"], line["row"], line["column"], line["value"]) for line in lines] == [
        ("accounts", 2, "employees", "many")
    ]
    assert engine.evaluate_book(book, as_of=AS_OF).height == 2


def test_a_statement_that_is_stopped_midway(engine: cc.Engine) -> None:
    """What stops it is told, and the connection serves again."""
    con = duckdb.connect()
    con.execute("CREATE TABLE accounts AS SELECT 'a' || range AS id, range AS employees FROM range(100000)")
    con.execute("CREATE VIEW cases AS SELECT x.id, y.id AS account_id FROM accounts x, accounts y")
    stop = threading.Timer(1.0, con.interrupt)
    stop.start()
    with pytest.raises(BookError, match=r"^CC404 the database refuses: INTERRUPT"):
        engine.evaluate_in(con, as_of=AS_OF)
    stop.join()
    con.execute("DROP VIEW cases")
    assert engine.evaluate_in(con, as_of=AS_OF, only=["t.r/large"])["t_r__large"].sum() == 99_989
