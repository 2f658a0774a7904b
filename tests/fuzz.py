"""Compare executors on rulesets and books that Hypothesis invents, for a given time:

    python tests/fuzz.py [seconds] [spark]

With `spark`, Spark SQL and Spark frames are two of them; each book is some jobs there, so they are few.

Prints for each executor how many (rule, account) pairs were compared with record and how long that took, and how many
cells differed; ends with 1 if any did. Scores, bands, tables and states of the same accounts are compared as well, by
bits. Each ruleset decides the accounts twice: first of all, and from that decision some days later, on other facts.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from built import engine_of
from clientcore.errors import UnsupportedError
from databases import DuckDb, Postgres, Spark, postgres_server
from same_answer import Run, book_of, by, differences, in_database, on_spark
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
#: Examples between two looks at the clock; with Spark each takes many seconds.
EXAMPLES, WITH_SPARK = 20, 1
#: Accounts, what is handed in, and how many days lie between both decisions.
DRAWN = (
    st.lists(accounts, min_size=4, max_size=8),
    st.lists(facts(), min_size=4, max_size=12),
    st.sampled_from([0, 1, 5, 10, 40]),
)


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


def _compared(executors: Mapping[str, Run], seconds: float, examples: int) -> int:
    began, pairs, refused, spent, found = time.monotonic(), Counter[str](), 0, Counter[str](), list[str]()
    later = 0

    def compare(
        pair: Sequence[Mapping[str, Any]], some: list[dict[str, Any]], handed: list[dict[str, Any]], days: int
    ) -> None:
        nonlocal refused, later
        engine = engine_of(carried_by_books(list(map(dict, pair))))
        previous: pl.DataFrame | None = None
        for day, given_ in ((AS_OF, handed), (AS_OF + timedelta(days=days), [*handed[1:], handed[0]])):
            both = [({**one, "id": f"a{at}"}, each) for at, (one, each) in enumerate(itertools.product(some, given_))]
            book = book_of([one for one, _ in both], [each for _, each in both], KINDS)
            expected = by("record")(engine, book, day, previous).sort("account_id")
            many = expected.height * sum("__" in column for column in expected.columns)
            for name, run in executors.items():
                start = time.monotonic()
                try:
                    answer = run(engine, book, day, previous).sort("account_id")
                except UnsupportedError:
                    refused += previous is None
                    continue
                spent[name] += time.monotonic() - start  # type: ignore[assignment] # a counter adds fractions too
                pairs[name] += many
                later += many if previous is not None else 0
                found.extend(f"{name}, {day}: {one}" for one in differences(expected, answer, ["error"]))
            previous = expected

    for number in itertools.count():
        if time.monotonic() - began > seconds or found:
            break
        wide = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(wide(given(ruleset_pairs(), *DRAWN)(compare)))()
    print(f"{pairs.total():,} (rule, account) pairs compared, {len(found)} cells differed, {refused} rulesets refused")
    print(f"{later:,} of them from an earlier decision")
    for name in executors:
        print(f"  {name:<13}{pairs[name]:>12,} pairs{spent[name]:>8.0f} s")
    print("\n".join(found[:20]))
    return len(found)


if __name__ == "__main__":
    sys.exit(min(1, main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, sys.argv[2:])))
