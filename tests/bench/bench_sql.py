"""Statements: how long their text takes to write, and a PostgreSQL server that decides beside one that is only read.

Run it with `make bench`, or `python tests/bench/bench_sql.py [accounts]`. Every cell of both answers is compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import polars as pl
from books import engine_of, table
from large_book import DAY, large_book
from workload import rules

import clientcore as cc
from clientcore.batch import frames
from clientcore.book import Book
from databases import Postgres, postgres_server
from same_answer import differences

TEXT, EXPRESSIONS = 2.0, 0.5
#: Related rows for each account.
DENSITY = 20
Found = TypeVar("Found")


def main(accounts: int) -> None:
    """Time the texts, then the server."""
    _texts()
    with tempfile.TemporaryDirectory() as folder, postgres_server() as url:
        path = Path(folder) / "book"
        rows = large_book(path, accounts, accounts * DENSITY)
        _load(url, cc.read_book(path))
        print(f"PostgreSQL, {accounts:,} accounts, {rows:,} related rows, all bundled rulesets")
        _server(url)


def _texts() -> None:
    for count in (120, 400):
        made = rules(count)
        for dialect in ("postgres", "duckdb"):
            engine = engine_of(made)
            engine.plan()
            taken = _taken(lambda engine=engine, dialect=dialect: engine.to_sql(dialect))
            mark = "met" if taken <= TEXT else "MISSED"
            print(f"text for {dialect}, {count} rules{taken:>24.2f} s of processor time, goal {TEXT} s {mark}")
        engine, facts = engine_of(made), table(10)
        engine.plan()
        book = Book(Path("few"), {"accounts": facts.select("id"), "facts": facts.rename({"id": "account_id"})}, _NONE)
        taken = _taken(lambda engine=engine, book=book: _expressions(engine, book))
        mark = "met" if taken <= EXPRESSIONS else "MISSED"
        print(f"Polars expressions, {count} rules{taken:>22.2f} s of processor time, goal {EXPRESSIONS} s {mark}")


_NONE = pl.DataFrame()


def _taken(call: Any) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


class _Stop(Exception):  # noqa: N818 (no error)
    """Ends an evaluation where Polars would begin to compute."""


def _expressions(engine: cc.Engine, book: Book) -> None:
    def written(*args: Any) -> Any:
        decide(*args)
        raise _Stop

    decide, frames.decide = frames.decide, written  # type: ignore[assignment]
    try:
        engine.evaluate_book(book, as_of=DAY)
    except _Stop:
        pass
    finally:
        frames.decide = decide  # type: ignore[assignment]


def _load(url: str, book: Book) -> None:
    database = Postgres(url)
    database.load(book.tables)
    for name, frame in book.tables.items():
        key = "account_id" if "account_id" in frame.columns else "id"
        database.rows(f'CREATE INDEX ON "{name}" ("{key}")')
        database.rows(f'ANALYZE "{name}"')
    database.close()


def _server(url: str) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    engine, postmaster = cc.Engine(), _postmaster(url)
    engine.plan()

    def inside() -> pl.DataFrame:
        with adbc.connect(url) as connection:
            return engine.evaluate_in(connection, as_of=DAY)

    found = _timed("evaluate_in, one statement", postmaster, inside)
    book = _timed("read_book", postmaster, lambda: cc.read_book(url))
    outside = _timed("evaluate_book", postmaster, lambda: engine.evaluate_book(book, as_of=DAY)).sort("account_id")
    assert list(differences(outside, found, ["error"])) == []


def _timed(title: str, postmaster: Path, call: Callable[[], Found]) -> Found:
    wall, here, there = time.perf_counter(), time.process_time(), _spent(postmaster)
    found = call()
    wall, here = time.perf_counter() - wall, time.process_time() - here
    time.sleep(1)  # until the server has counted the connection that ended
    there = _spent(postmaster) - there
    print(f"  {title:<30}{wall:>8.1f} s; processor time {here:.1f} s here and {there:.1f} s on the server")
    return found


def _postmaster(url: str) -> Path:
    """Return the file in which Linux counts the processor time of the server and of connections that ended."""
    database = Postgres(url)
    ((text,),) = database.rows("SELECT pg_read_file('postmaster.pid')")
    database.close()
    return Path("/proc") / text.split()[0] / "stat"


def _spent(postmaster: Path) -> float:
    """Return its seconds; 0 on a system without such a file."""
    if not postmaster.exists():
        return 0.0
    ticks = postmaster.read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
