"""Every driver that is taken gives the same tables and rows, and its errors come as ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from typing import Any

import duckdb
import polars as pl
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


@pytest.mark.parametrize("driver", ["adbc", "psycopg", "psycopg autocommit"])
@pytest.mark.parametrize("lent", [False, True], ids=["alone", "with a table lent"])
def test_a_connection_that_breaks_midway(own_url: str, driver: str, lent: bool) -> None:
    """While a statement runs; the table that was lent is gone with the connection, and others see nothing of it."""
    if driver == "adbc":
        import adbc_driver_postgresql.dbapi as adbc

        made: Any = adbc.connect(own_url)
    else:
        made = psycopg.connect(own_url, autocommit="auto" in driver)
    broken = threading.Thread(target=terminate, args=(own_url,))
    frame = pl.DataFrame({"id": ["a"]})
    broken.start()
    with pytest.raises(BookError, match=r"^CC404 the database refuses: "):  # noqa: PT012 (the table is lent for it)
        found = connected(made)
        with found.lent(frame) if lent else nullcontext(""):
            found.frame("SELECT pg_sleep(60) AS slept")
    broken.join()
    with suppress(Exception):
        made.close()
    with psycopg.connect(own_url) as other:
        (left,) = other.execute("SELECT count(*) FROM pg_class WHERE relname = 'clientcore_previous'").fetchone() or ()
    assert left == 0


def terminate(url: str) -> None:
    """End the connection whose statement sleeps, as soon as it does."""
    with psycopg.connect(url, autocommit=True) as other:
        for _ in range(600):
            ended = other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
            ).fetchall()
            if ended:
                return
            time.sleep(0.05)


def test_something_else_is_no_connection() -> None:
    with pytest.raises(FactError, match=r"CC403 can't evaluate in `builtins.str`; give a connection of duckdb"):
        connected("postgresql://localhost/crm")
