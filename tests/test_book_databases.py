"""Cells that only databases hold: of SQLite, which keeps no kinds, and days that no calendar has."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from built import engine_of
from clientcore.book import Book, read_book
from strategies_rulesets import HEADER


def rejected(book: Book) -> list[tuple[object, ...]]:
    return book.rejects.select("row", "column", "value", "code").rows()


def test_cells_of_sqlite_are_read_whatever_stands_beside_them(tmp_path: Path) -> None:
    """A thousand empty cells before the first, or a text among numbers, take nothing from the others."""
    numbers = [1234567.891, 1 / 3, 1e300, 0.1]
    with sqlite3.connect(tmp_path / "book.db") as con:
        con.execute("CREATE TABLE accounts (id, employees, annual_revenue, name, last_activity_on)")
        rows: list[tuple[object, ...]] = [(f"a{at}", None, number, None, None) for at, number in enumerate(numbers)]
        rows += [(f"b{at}", None, None, None, None) for at in range(3000)]
        rows += [(7, 0.5, "n/a", "Zoë", "2026-01-31"), (7.5, 2, 9, 1234567.25, None)]
        con.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?, ?)", rows)
        con.execute('CREATE TABLE cases (id, account_id, "a ""quoted"" one")')
        con.executemany("INSERT INTO cases VALUES (?, ?, NULL)", [(1, "a0"), (2, 7), (3, 7.0)])
        con.execute("CREATE TABLE contacts (id, account_id)")
        con.execute(
            "CREATE VIEW orders AS SELECT 1 AS id, id AS account_id, annual_revenue AS amount FROM accounts LIMIT 1"
        )
    con.close()
    book = read_book(tmp_path / "book.db")
    assert rejected(book) == [
        (3, "annual_revenue", "1.0e+300", "CC603"),
        (3005, "annual_revenue", "n/a", "CC602"),
        (3006, "", None, "CC605"),
        (3006, "id", "7.5", "CC605"),
        (3006, "name", "1234567.25", "CC602"),
        (3, "account_id", "7.0", "CC602"),
    ]
    revenues = [book.account(f"a{at}").get("annual_revenue") for at in range(4)]
    assert revenues == [1234567.891, 1 / 3, None, 0.1]
    seven = book.account("7")
    assert (seven["employees"], seven["name"], seven["last_activity_on"]) == (0.5, "Zoë", date(2026, 1, 31))
    assert [len(book.account(name)["cases"]) for name in ("a0", "7")] == [1, 1]
    assert seven["contacts"] == []
    assert book.account("a0")["orders"][0]["amount"] == 1234567.891


def test_bytes_in_a_column_of_sqlite_are_set_aside_alone(tmp_path: Path) -> None:
    """As are numbers with a fraction among texts and ids; neither takes the column along."""
    rows = [("a", 5, "x", b"x"), (b"\xff", b"5", b"x", b"y"), (3, 0.5, 2.5, b"z"), (4.5, None, None, None)]
    with sqlite3.connect(tmp_path / "book.db") as con:
        con.execute("CREATE TABLE accounts (id, employees, name, segment)")
        con.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", rows)
        con.execute("CREATE TABLE cases (id, account_id)")
        con.executemany("INSERT INTO cases VALUES (?, 'a')", [(1,), (2.5,), (3,)])
    con.close()
    book = read_book(tmp_path / "book.db")
    read = book.tables["accounts"].select("id", "employees", "name", "segment").rows()
    assert read == [("a", 5.0, "x", None), ("3", 0.5, None, None)]
    assert book.tables["cases"]["id"].to_list() == ["1", "3"]
    told = book.rejects.drop_nulls("value").select("table", "row", "column", "value", "code").rows()
    assert told == [
        ("accounts", 1, "segment", "a list, a record or bytes", "CC602"),
        ("accounts", 2, "employees", "bytes", "CC602"),
        ("accounts", 2, "id", "bytes", "CC605"),
        ("accounts", 2, "name", "bytes", "CC602"),
        ("accounts", 2, "segment", "a list, a record or bytes", "CC602"),
        ("accounts", 3, "name", "2.5", "CC602"),
        ("accounts", 3, "segment", "a list, a record or bytes", "CC602"),
        ("accounts", 4, "id", "4.5", "CC605"),
        ("cases", 2, "id", "2.5", "CC605"),
    ]
    assert book.rejects["message"].unique().sort().to_list() == [
        "not a number, as 1234.5",
        "not an id: text that is not empty, or a whole number without a decimal point",
        "not text",
        "the row has no usable id and is left out",
    ]


@pytest.mark.parametrize("bytes_first", [False, True])
def test_bytes_far_down_a_table_of_sqlite(tmp_path: Path, bytes_first: bool) -> None:
    """The driver looks at the first thousand cells of a column only."""
    cells: list[object] = [None] * 3000 + [b"x", 5]
    with sqlite3.connect(tmp_path / "book.db") as con:
        con.execute("CREATE TABLE accounts (id, employees)")
        given = enumerate(reversed(cells) if bytes_first else cells)
        con.executemany("INSERT INTO accounts VALUES (?, ?)", [(f"a{at}", cell) for at, cell in given])
    con.close()
    book = read_book(tmp_path / "book.db")
    assert rejected(book) == [(2 if bytes_first else 3001, "employees", "bytes", "CC602")]
    assert book.tables["accounts"]["employees"].sum() == 5.0


WHOLE = [
    ("HUGEINT", "7", "7"),
    ("HUGEINT", str((1 << 127) - 1), str((1 << 127) - 1)),
    ("UHUGEINT", str((1 << 128) - 1), str((1 << 128) - 1)),
    ("UBIGINT", str((1 << 64) - 1), str((1 << 64) - 1)),
    ("DECIMAL(18,0)", "7", "7"),
    ("DECIMAL(38,0)", "9" * 38, "9" * 38),
    ("BIGNUM", "9" * 60, "9" * 60),
]


@pytest.mark.parametrize(("kind", "value", "id_"), WHOLE)
def test_whole_numbers_of_any_length_are_ids_in_a_file_and_over_a_connection(
    tmp_path: Path, kind: str, value: str, id_: str
) -> None:
    inputs = {"tag": {"kind": "text"}, "on": {"kind": "boolean"}, "n": {"kind": "number"}}
    rules = [
        {"id": "busy", "when": "cases.size() == 1 && industry == name"},
        {"id": "tagged", "when": "tag == name && on"},
        {"id": "many", "when": "n > 6"},
    ]
    engine = engine_of([{**HEADER, "ruleset": "t.h", "title": "H", "inputs": inputs, "rules": rules}])
    path, cell = tmp_path / "book.duckdb", f"CAST('{value}' AS {kind})"
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE TABLE accounts AS SELECT {cell} AS id, {cell} AS industry, '{id_}' AS name")
        con.execute(f"CREATE TABLE cases AS SELECT 1 AS id, {cell} AS account_id")
        con.execute(f"CREATE TABLE facts AS SELECT {cell} AS account_id, {cell} AS tag, CAST('1' AS {kind}) AS \"on\"")
        con.execute(f"ALTER TABLE facts ADD COLUMN n {kind}")
        con.execute(f"UPDATE facts SET n = CAST('7' AS {kind})")
    book = read_book(path)
    assert rejected(book) == []
    wanted = ["account_id", "t_h__busy", "t_h__tagged", "t_h__many", "error"]
    here = engine.evaluate_book(book, as_of=date(2026, 6, 30)).select(wanted).row(0)
    assert here == (id_, True, True, True, None)
    assert engine.evaluate_book(book, as_of=date(2026, 6, 30), executor="record").select(wanted).row(0) == here
    told: list[object] = []
    with duckdb.connect(str(path)) as con:
        there = engine.evaluate_in(con, as_of=date(2026, 6, 30), on_problem=told.append)
    assert (there.select(wanted).row(0), told) == (here, [])


def test_whole_numbers_of_parquet_that_are_decimals(tmp_path: Path) -> None:
    """As databases write them that have no other whole numbers."""
    ids = pl.Series("id", [Decimal(7), Decimal(10**20)], dtype=pl.Decimal(38, 0))
    pl.DataFrame({"id": ids, "name": pl.Series([Decimal("1.5"), Decimal(2)], dtype=pl.Decimal(10, 2))}).write_parquet(
        tmp_path / "accounts.parquet"
    )
    book = read_book(tmp_path)
    assert book.ids() == ["7", str(10**20)]
    assert rejected(book) == [(1, "name", "1.50", "CC602"), (2, "name", "2.00", "CC602")]
    assert [part.ids() for part in read_book(tmp_path, in_parts=True).parts(1)] == [["7"], [str(10**20)]]


def test_texts_of_sqlite_that_are_not_utf8_are_set_aside(tmp_path: Path) -> None:
    """SQLite takes any bytes for a text; Polars panics at them."""
    with sqlite3.connect(tmp_path / "book.db") as con:
        con.execute("CREATE TABLE accounts (id, name)")
        con.execute("INSERT INTO accounts VALUES ('a', 'Zoë'), ('b', CAST(x'4DFC6C' AS TEXT)), ('c', NULL)")
    con.close()
    book = read_book(tmp_path / "book.db")
    assert rejected(book) == [(2, "name", "M\ufffdl", "CC602")]
    assert [account["name"] for account in book.accounts()] == ["Zoë", None, None]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("timestamp", "infinity", "a day beyond the calendar"),
        ("timestamptz", "-infinity", "a day beyond the calendar"),
        ("date", "infinity", "a day beyond the calendar"),
        ("timestamp", "290000-01-01", "a day beyond the calendar"),
        ("date", "12000-01-01", "+12000-01-01"),
        ("date", "0044-03-15 (BC)", "-0043-03-15"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_days_that_no_calendar_has_are_set_aside(tmp_path: Path, kind: str, value: str, shown: str, zone: str) -> None:
    (tmp_path / "map.yaml").write_text(f"format: clientcore-mapping/1\ntime_zone: {zone}\n")
    (tmp_path / "folder").mkdir()
    with duckdb.connect(str(tmp_path / "book.duckdb")) as con:
        cell = f"CAST('{value}' AS {kind})"
        con.execute(f"CREATE TABLE accounts AS SELECT 'a' AS id, {cell} AS last_activity_on")
        con.execute(f"CREATE TABLE cases AS SELECT '1' AS id, 'a' AS account_id, {cell} AS opened_at")
        con.execute(f"INSERT INTO cases VALUES ('2', 'a', CAST('2026-01-01' AS {kind}))")
        for table in ("accounts", "cases"):
            con.execute(f"COPY {table} TO '{tmp_path}/folder/{table}.parquet'")
    for source in ("book.duckdb", "folder"):
        book = read_book(tmp_path / source, mapping=tmp_path / "map.yaml")
        told = [(row, column, value[: len(shown)], code) for row, column, value, code in rejected(book)]  # type: ignore[index]
        assert told == [(1, "last_activity_on", shown, "CC603"), (1, "opened_at", shown, "CC603")]
        assert book.account("a").get("last_activity_on") is None
        assert [case["opened_at"] is None for case in book.account("a")["cases"]] == [True, False]


def test_a_mapping_lists_a_column_with_such_a_day(tmp_path: Path) -> None:
    (tmp_path / "crm").mkdir()
    far = pl.Series([2**62, 0], dtype=pl.Datetime("us"))
    pl.DataFrame({"id": ["a", "b"], "seen": far}).write_parquet(tmp_path / "crm" / "customers.parquet")
    (tmp_path / "map.yaml").write_text(
        "format: clientcore-mapping/1\nsources:\n  customers: {columns: [id, seen]}\n"
        "entities:\n  accounts: SELECT id, seen AS last_activity_on FROM customers\n"
    )
    book = read_book(tmp_path / "crm", mapping=tmp_path / "map.yaml")
    assert [account.get("last_activity_on") for account in book.accounts()] == [None, date(1970, 1, 1)]


def test_the_time_between_two_days_is_no_number(tmp_path: Path) -> None:
    """Polars has no such kind; its text is set aside as any other that is no number."""
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "customers.csv").write_text("id\na\n")
    (tmp_path / "map.yaml").write_text(
        "format: clientcore-mapping/1\nentities:\n"
        "  accounts: SELECT id, INTERVAL 3 DAYS AS employees, [INTERVAL 3 DAYS] AS name FROM customers\n"
    )
    book = read_book(tmp_path / "crm", mapping=tmp_path / "map.yaml")
    assert rejected(book) == [(1, "employees", "3 days", "CC602")]
    with duckdb.connect(str(tmp_path / "book.duckdb")) as con:
        con.execute("CREATE TABLE accounts AS SELECT 'a' AS id, INTERVAL 3 DAYS AS employees")
    assert rejected(read_book(tmp_path / "book.duckdb")) == [(1, "employees", "3 days", "CC602")]
