"""Compare executors on rulesets and books that Hypothesis invents, for a given time:  python tests/fuzz.py [seconds].

Prints how many (rule, account) pairs were compared and how many differed; ends with 1 if any did. Scores, bands, tables
and states of the same accounts are compared as well, by bits.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from built import engine_of
from clientcore.errors import UnsupportedError
from databases import DuckDb
from same_answer import Run, book_of, by, differences, in_database
from strategies import AS_OF, INPUTS, accounts, facts
from strategies_rulesets import carried_by_books, ruleset_pairs

KINDS = {name: spec["kind"] for name, spec in INPUTS.items()}
EXECUTORS: dict[str, Run] = {"columnar": by("columnar"), "durable": by("durable"), "duckdb": in_database(DuckDb())}
EXAMPLES = 20
DRAWN = st.lists(accounts, min_size=4, max_size=8), st.lists(facts(), min_size=4, max_size=12)


def main(seconds: float) -> int:
    """Run until the time is up; return how many differences there were."""
    began, pairs, refused, found = time.monotonic(), 0, 0, list[str]()

    def compare(pair: Sequence[Mapping[str, Any]], some: list[dict[str, Any]], handed: list[dict[str, Any]]) -> None:
        nonlocal pairs, refused
        engine = engine_of(carried_by_books(list(map(dict, pair))))
        both = [({**one, "id": f"a{at}"}, given_) for at, (one, given_) in enumerate(itertools.product(some, handed))]
        book = book_of([one for one, _ in both], [given_ for _, given_ in both], KINDS)
        expected = by("record")(engine, book, AS_OF, None).sort("account_id")
        for name, run in EXECUTORS.items():
            try:
                answer = run(engine, book, AS_OF, None).sort("account_id")
            except UnsupportedError:
                refused += 1
                continue
            pairs += expected.height * sum("__" in column for column in expected.columns)
            found.extend(f"{name}: {one}" for one in differences(expected, answer, ["error"]))

    for number in itertools.count():
        if time.monotonic() - began > seconds or found:
            break
        wide = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        seed(number)(wide(given(ruleset_pairs(), *DRAWN)(compare)))()
    print(f"{pairs:,} (rule, account) pairs compared, {len(found)} cells differed, {refused} rulesets refused")
    print("\n".join(found[:20]))
    return len(found)


if __name__ == "__main__":
    sys.exit(min(1, main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))
