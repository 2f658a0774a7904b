"""Compare executors on rulesets and books that Hypothesis invents, for a given time:

    python tests/fuzz.py [seconds] [spark]

With `spark`, Spark SQL and Spark frames are two of them; each book is some jobs there, so they are few.

Prints for each executor how many (rule, subject) pairs were compared with record and how long that took, and how many
cells differed; ends with 1 if any did. Scores, bands, tables and states of the same subjects are compared as well, by
bits. The subjects are accounts and, in turn, organisations, or opportunities and workstreams that read their account.
Each ruleset decides them twice: first of all, and from that decision some days later, on other facts.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import attrs
import polars as pl
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from clientcore.book import Book
from clientcore.errors import UnsupportedError
from databases import DuckDb, Postgres, Spark, postgres_server
from same_answer import Run, books_of, by, differences, in_database, on_spark
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_children import World, worlds
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
#: Examples between two looks at the clock; with Spark each takes many seconds.
EXAMPLES, WITH_SPARK = 5, 1
#: What tells every problem; a database tells those that it sees itself.
HERE = ("columnar", "durable")
#: Accounts, and what is handed in.
DRAWN = (st.lists(accounts, min_size=4, max_size=8), st.lists(facts(), min_size=4, max_size=12))
#: How many days lie between both decisions.
DAYS = st.sampled_from([0, 1, 5, 10, 40])


def main(seconds: float, more: Sequence[str] = ()) -> int:
    """Run until the time is up, with Spark if `more` names it; return how many differences there were."""
    with postgres_server() as url:
        database = Postgres(url)
        executors = {
            "columnar": by("columnar"),
            "durable": by("durable"),
            "duckdb": in_database(DuckDb()),
            "postgres": in_database(database),
        }
        if "spark" in more:
            spark = Spark()
            executors |= {"spark sql": in_database(spark), "spark frames": on_spark(spark.connection)}
        try:
            return _compared(executors, seconds, WITH_SPARK if "spark" in more else EXAMPLES)
        finally:
            database.close()


@attrs.define
class _Told:
    """What was compared so far.

    Args:
        pairs: Executor → how many pairs of a rule and a subject.
        later: How many of them started from an earlier decision.
        others: How many of them were about other subjects than accounts.
        refused: How many rulesets an executor refused.
        spent: Executor → seconds.
        found: Each cell that differs.
    """

    pairs: Counter[str] = attrs.field(factory=Counter)
    later: int = 0
    others: int = 0
    refused: int = 0
    spent: dict[str, float] = attrs.field(factory=dict)
    found: list[str] = attrs.field(factory=list)

    def compare(
        self, engine: cc.Engine, books: Sequence[tuple[date, Book]], subject: str, executors: Mapping[str, Run]
    ) -> None:
        """Decide the subjects of each book by all executors, from the decisions on the book before it."""
        previous: pl.DataFrame | None = None
        key = f"{subject}_id"
        for day, book in books:
            expected = by("record")(engine, book, day, previous, subject).sort(key)
            many = expected.height * sum("__" in column for column in expected.columns)
            for name, run in executors.items():
                start = time.monotonic()
                try:
                    answer = run(engine, book, day, previous, subject).sort(key)
                except UnsupportedError:
                    self.refused += previous is None
                    continue
                self.spent[name] = self.spent.get(name, 0.0) + time.monotonic() - start
                self.pairs[name] += many
                self.later += many if previous is not None else 0
                self.others += many if subject != "account" else 0
                left_out = () if name in HERE else ("error",)
                self.found.extend(f"{name}, {day}: {one}" for one in differences(expected, answer, left_out))
            previous = expected


def _compared(executors: Mapping[str, Run], seconds: float, examples: int) -> int:
    began, told = time.monotonic(), _Told()

    def accounts_of(
        pair: Sequence[Mapping[str, Any]], some: list[dict[str, Any]], handed: list[dict[str, Any]], days: int
    ) -> None:
        books = books_of(some, handed, [AS_OF, AS_OF + timedelta(days=days)], KINDS)
        told.compare(engine_of(carried_by_books(list(map(dict, pair)))), books, "account", executors)

    def others_of(world: World, days: int) -> None:
        kind, pair, some, handed = world
        books = books_of(some, handed, [AS_OF, AS_OF + timedelta(days=days)], KINDS, kind)
        told.compare(engine_of(pair), books, kind, executors)

    for number in itertools.count():
        if time.monotonic() - began > seconds or told.found:
            break
        wide = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        if number % 2:
            seed(number)(wide(given(worlds(8), DAYS)(others_of)))()
        else:
            seed(number)(wide(given(ruleset_pairs(happens=True), *DRAWN, DAYS)(accounts_of)))()
    pairs, found = told.pairs, told.found
    print(f"{pairs.total():,} (rule, subject) pairs compared, {len(found)} cells differed, {told.refused} refused")
    print(f"{told.later:,} of them from an earlier decision, {told.others:,} about other subjects than accounts")
    for name in executors:
        print(f"  {name:<13}{pairs[name]:>12,} pairs{told.spent.get(name, 0.0):>8.0f} s")
    print("\n".join(found[:20]))
    return len(found)


if __name__ == "__main__":
    sys.exit(min(1, main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, sys.argv[2:])))
