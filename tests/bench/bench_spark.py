"""Spark frames: what a book costs on local[2], beside `evaluate_book` on the same files.

Run it with `make bench`, or `python tests/bench/bench_spark.py [accounts]`, after `tools/venv .venv any -e '.[all]'`.
Every cell of both answers is compared.
"""

from __future__ import annotations

import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import polars as pl
from large_book import DAY, large_book
from polars.testing import assert_frame_equal

import clientcore as cc

#: Related rows for each account, and accounts of one group.
DENSITY, GROUP = 20, 5_000


def main(accounts: int) -> None:
    """Decide the same files here and on Spark."""
    if not find_spec("pyspark"):
        print("pyspark is not installed: no figure for Spark")
        return
    from databases import spark_session

    engine = cc.Engine()
    engine.plan()
    with tempfile.TemporaryDirectory() as folder:
        book, decided = Path(folder) / "book", Path(folder) / "decisions"
        rows = large_book(book, accounts, accounts * DENSITY)
        print(f"all bundled rulesets, {accounts:,} accounts, {rows:,} related rows, from Parquet")
        session = spark_session()
        _on_spark(session, engine, book, decided, groups=2, most=100)  # starts the workers
        taken = _on_spark(session, engine, book, decided, groups=max(2, accounts // GROUP))
        hours = taken * 2 / 3600 * 1_000_000 / accounts
        print(f"  Spark, two cores{taken:>24.1f} s, so {hours:.2f} hours of a core for a million accounts")
        found = pl.read_parquet(decided / "*.parquet").sort("account_id")
        session.stop()
        start = time.perf_counter()
        expected = engine.evaluate_book(cc.read_book(book), as_of=DAY).sort("account_id")
        print(f"  read_book and evaluate_book{time.perf_counter() - start:>13.1f} s")
    assert_frame_equal(found, expected, check_exact=True)


def _on_spark(session: Any, engine: cc.Engine, book: Path, target: Path, groups: int, most: int = 0) -> float:
    start = time.perf_counter()
    tables = {path.stem: session.read.parquet(str(path)) for path in book.glob("*.parquet")}
    if most:
        tables = {name: frame.limit(most) for name, frame in tables.items()}
    engine.evaluate_spark(tables, as_of=DAY, groups=groups).write.mode("overwrite").parquet(str(target))
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
