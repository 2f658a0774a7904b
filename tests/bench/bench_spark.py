"""Spark frames: what a book costs on local[2], beside `evaluate_book` on the same files.

Run it with `make bench`, or `python tests/bench/bench_spark.py [accounts]`, after `tools/venv .venv any -e '.[all]'`.
Every cell of both answers is compared. Processor time is that of this process and of all that it started, so that it
is the same on a machine that has other work.
"""

from __future__ import annotations

import os
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
        before = _processor_seconds()
        taken = _on_spark(session, engine, book, decided, groups=max(2, accounts // GROUP))
        used = _processor_seconds() - before
        hours = used / 3600 * 1_000_000 / accounts
        print(f"  Spark, two cores{taken:>24.1f} s, {used:.1f} s of processor time,")
        print(f"  so {hours:.2f} hours of a core for a million accounts")
        found = pl.read_parquet(decided / "*.parquet").sort("account_id")
        session.stop()
        start, before = time.perf_counter(), _processor_seconds()
        expected = engine.evaluate_book(cc.read_book(book), as_of=DAY).sort("account_id")
        taken, used = time.perf_counter() - start, _processor_seconds() - before
        print(f"  read_book and evaluate_book{taken:>13.1f} s, {used:.1f} s of processor time")
    assert_frame_equal(found, expected, check_exact=True)


def _on_spark(session: Any, engine: cc.Engine, book: Path, target: Path, groups: int, most: int = 0) -> float:
    start = time.perf_counter()
    tables = {path.stem: session.read.parquet(str(path)) for path in book.glob("*.parquet")}
    if most:
        tables = {name: frame.limit(most) for name, frame in tables.items()}
    engine.evaluate_spark(tables, as_of=DAY, groups=groups).write.mode("overwrite").parquet(str(target))
    return time.perf_counter() - start


def _processor_seconds() -> float:
    """Return what this process and all below it have used, those that have ended too; by Linux's own account."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        number = int(path.parent.name)
        parents.setdefault(int(fields[1]), []).append(number)
        ticks[number] = sum(map(int, fields[11:15]))
    found, left = 0, [os.getpid()]
    while left:
        one = left.pop()
        found += ticks.get(one, 0)
        left += parents.get(one, [])
    return found / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
