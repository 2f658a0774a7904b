"""Compare executors on rulesets and books that Hypothesis invents, for a given time:  python tests/fuzz.py [seconds].

Prints for each executor how many (rule, account) pairs were compared with record and how long that took, and how many
cells differed; ends with 1 if any did. Scores, bands, tables and states of the same accounts are compared as well, by
bits.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from built import engine_of
from clientcore.errors import UnsupportedError
from databases import DuckDb, Postgres, postgres_server
from same_answer import Run, book_of, by, differences, in_database
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
EXAMPLES = 20
DRAWN = st.lists(accounts, min_size=4, max_size=8), st.lists(facts(), min_size=4, max_size=12)


def main(seconds: float) -> int:
    """Run until the time is up; return how many differences there were."""
    with postgres_server() as url:
        database = Postgres(url)
        executors = {
            "columnar": by("columnar"),
            "durable": by("durable"),
            "duckdb": in_database(DuckDb()),
            "postgres": in_database(database),
        }
        try:
            return _compared(executors, seconds)
        finally:
            database.close()


def _compared(executors: Mapping[str, Run], seconds: float) -> int:
    began, pairs, refused, spent, found = time.monotonic(), Counter[str](), 0, Counter[str](), list[str]()

    def compare(pair: Sequence[Mapping[str, Any]], some: list[dict[str, Any]], handed: list[dict[str, Any]]) -> None:
        nonlocal refused
        engine = engine_of(carried_by_books(list(map(dict, pair))))
        both = [({**one, "id": f"a{at}"}, given_) for at, (one, given_) in enumerate(itertools.product(some, handed))]
        book = book_of([one for one, _ in both], [given_ for _, given_ in both], KINDS)
        expected = by("record")(engine, book, AS_OF, None).sort("account_id")
        for name, run in executors.items():
            start = time.monotonic()
            try:
                answer = run(engine, book, AS_OF, None).sort("account_id")
            except UnsupportedError:
                refused += 1
                continue
            spent[name] += time.monotonic() - start  # type: ignore[assignment] # a counter adds fractions too
            pairs[name] += expected.height * sum("__" in column for column in expected.columns)
            found.extend(f"{name}: {one}" for one in differences(expected, answer, ["error"]))

    for number in itertools.count():
        if time.monotonic() - began > seconds or found:
            break
        wide = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(wide(given(ruleset_pairs(), *DRAWN)(compare)))()
    print(f"{pairs.total():,} (rule, account) pairs compared, {len(found)} cells differed, {refused} rulesets refused")
    for name in executors:
        print(f"  {name:<10}{pairs[name]:>12,} pairs{spent[name]:>8.0f} s")
    print("\n".join(found[:20]))
    return len(found)


if __name__ == "__main__":
    sys.exit(min(1, main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))
