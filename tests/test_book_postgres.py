"""A book in PostgreSQL is the same book as anywhere else; a server that refuses is told without its password."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
from polars.testing import assert_frame_equal

from clientcore.book import read_book
from clientcore.cli import main
from clientcore.errors import BookError

TABLES = {
    "accounts": pl.DataFrame({
        "id": ["b", "a"],
        "industry": ["retail", None],
        "employees": [12.5, None],
        "credit_on_hold": [True, None],
        "client_since": [date(2020, 2, 29), None],
    }),
    "cases": pl.DataFrame({
        "id": ["3", "1"],
        "account_id": ["a", "gone"],
        "title": ['two\nlines, "quoted"', "Ärger 🩺"],
        "opened_at": [datetime(2026, 1, 2, 2, 4, 5, 500_000, tzinfo=UTC), None],
    }),
    "facts": pl.DataFrame({"account_id": ["b"], "nps": [30.0], "nps__source": ["client_stated"]}),
}  # fmt: skip


@pytest.fixture
def url(postgres_url: str) -> str:
    """A database with the tables above, and others of the types that a CRM has."""
    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute("DROP DATABASE IF EXISTS book")
        con.execute("CREATE DATABASE book")
    own = postgres_url.replace("/postgres?", "/book?")
    import adbc_driver_postgresql.dbapi as adbc

    with adbc.connect(own) as con, con.cursor() as cursor:
        for name, frame in TABLES.items():
            cursor.adbc_ingest(name, frame.to_arrow(compat_level=pl.CompatLevel.oldest()), mode="create")
        con.commit()
    return own


def test_the_same_book_as_from_files(url: str, tmp_path: Path) -> None:
    for name, frame in TABLES.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    files, database = read_book(tmp_path), read_book(url)
    assert database.tables.keys() == files.tables.keys()
    for name in files.tables:
        assert_frame_equal(database.tables[name], files.tables[name])
    columns = ["table", "row", "column", "value", "code", "message"]
    assert database.rejects.select(columns).rows() == files.rejects.select(columns).rows()
    assert str(database) == "/book: 2 accounts, 4 rows in 3 tables"


def test_types_that_only_a_database_has(url: str) -> None:
    with psycopg.connect(url) as con:
        con.execute("DROP TABLE accounts, facts")
        con.execute("CREATE TYPE size AS ENUM ('small', 'large')")
        con.execute(
            "CREATE TABLE accounts (id uuid, industry size, annual_revenue numeric(20, 4), employees bigint,"
            " client_since timestamp, name varchar(20), tags jsonb)"
        )
        con.execute(
            "INSERT INTO accounts VALUES ('00000000-0000-0000-0000-000000000001', 'large', 12345.6789, 7,"
            " '2020-02-29 10:00', 'Ä', '{}')"
        )
    book = read_book(url)
    account = book.account("00000000-0000-0000-0000-000000000001")
    wanted = {"industry": "large", "annual_revenue": 12345.6789, "employees": 7.0, "name": "Ä"}
    assert {name: account[name] for name in wanted} == wanted
    assert account["client_since"] == date(2020, 2, 29)
    assert [problem.code for problem in book.problems] == ["CC601"]


def test_a_view_and_a_mapping(url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as con:
        con.execute('CREATE TABLE "Odd Customers" ("Key No" int, "Name" text)')
        con.execute("""INSERT INTO "Odd Customers" VALUES (7, 'Acme')""")
    mapping = tmp_path / "map.yaml"
    mapping.write_text(
        "format: clientcore-mapping/1\ntitle: t\nsources:\n  customers: {names: [Odd Customers]}\n"
        'entities:\n  accounts: SELECT "Key No" AS id, "Name" AS name FROM customers\n'
    )
    assert read_book(url, mapping).account("7")["name"] == "Acme"


def test_a_server_that_refuses(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BookError, match=r"CC608 `postgresql://127\.0\.0\.1:1/crm` can't be read: .*refused") as caught:
        read_book("postgresql://ann:secret@127.0.0.1:1/crm")
    assert "secret" not in str(caught.value)
    with pytest.raises(BookError, match=r'CC608 .*database "nowhere" does not exist'):
        read_book(url.replace("/book?", "/nowhere?"))
    with psycopg.connect(url) as con:
        con.execute("DROP TABLE accounts")
    with pytest.raises(BookError, match="CC608 no table `accounts`"):
        read_book(url)
    assert main(["evaluate", "postgresql://ann:secret@127.0.0.1:1/crm", "--as-of", "2026-06-30"]) == 2
    assert "CC608" in capsys.readouterr().err
