"""Statements: how long their text takes to write, and a PostgreSQL server that decides beside one that is only read.

Run it with `make bench`, or `python tests/bench/bench_sql.py [accounts]`. Every cell of both answers is compared.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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

    engine = cc.Engine()
    engine.plan()
    with adbc.connect(url) as connection:
        start = time.perf_counter()
        inside = engine.evaluate_in(connection, as_of=DAY)
        print(f"  evaluate_in, one statement{time.perf_counter() - start:>28.1f} s")
    start = time.perf_counter()
    book = cc.read_book(url)
    read = time.perf_counter() - start
    outside = engine.evaluate_book(book, as_of=DAY).sort("account_id")
    taken = time.perf_counter() - start
    print(f"  read_book and evaluate_book{taken:>27.1f} s, {read:.1f} s of them to read")
    assert list(differences(outside, inside, ["error"])) == []


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
