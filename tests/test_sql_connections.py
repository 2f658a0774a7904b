"""Every driver that is taken gives the same tables and rows, and its errors come as ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

import duckdb
import psycopg
import pytest

from clientcore.errors import BookError, FactError
from clientcore.executors.sql import connected

Connect = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def own_url(postgres_url: str) -> str:
    """A database of its own, since other tests keep tables in the first one."""
    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute("DROP DATABASE IF EXISTS connections WITH (FORCE)")
        con.execute("CREATE DATABASE connections")
    return postgres_url.replace("/postgres?", "/connections?")


@pytest.fixture(params=["duckdb", "adbc", "psycopg", "psycopg autocommit"])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "duckdb":
        made: Any = duckdb.connect()
    elif request.param == "adbc":
        import adbc_driver_postgresql.dbapi as adbc

        made = adbc.connect(request.getfixturevalue("own_url"))
    else:
        made = psycopg.connect(request.getfixturevalue("own_url"), autocommit="auto" in request.param)
    with closing(made):
        run(made, "CREATE SCHEMA crm")
        run(made, "CREATE TABLE accounts (id text, employees decimal(12, 2))", "INSERT INTO accounts VALUES ('é', 1.5)")
        run(made, "CREATE TABLE crm.elsewhere (id text, account_id text)")
        yield made


def run(connection: Any, *texts: str) -> None:
    with closing(connection.cursor()) as cursor:
        for text in texts:
            cursor.execute(text)
    if not isinstance(connection, duckdb.DuckDBPyConnection):
        connection.commit()


def test_tables_and_rows(connection: Any) -> None:
    found = connected(connection)
    columns = found.columns("")
    assert columns["accounts"].keys() == {"id", "employees"}
    assert columns["accounts"]["employees"].startswith(("decimal", "numeric"))
    assert "elsewhere" not in columns
    assert found.columns("crm").keys() == {"elsewhere"}
    frame = found.frame("SELECT id, CAST(employees AS DOUBLE PRECISION) AS n FROM accounts")
    assert frame.rows() == [("é", 1.5)]
    assert found.frame("SELECT id FROM accounts WHERE false").height == 0


def test_a_database_that_refuses(connection: Any) -> None:
    with pytest.raises(BookError, match=r"CC404 the database refuses: .*nowhere"):
        connected(connection).frame("SELECT * FROM nowhere")


def test_a_connection_that_is_gone(connection: Any, request: pytest.FixtureRequest) -> None:
    if isinstance(connection, duckdb.DuckDBPyConnection):
        gone: Any = duckdb.connect()
        gone.close()
    else:
        url = request.getfixturevalue("postgres_url")
        gone = psycopg.connect(url)
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (gone.info.backend_pid,))
    with pytest.raises(BookError, match="CC404 the database refuses: "):
        connected(gone).columns("")
    gone.close()


def test_something_else_is_no_connection() -> None:
    with pytest.raises(FactError, match=r"CC403 can't evaluate in `builtins.str`; give a connection of duckdb"):
        connected("postgresql://localhost/crm")
