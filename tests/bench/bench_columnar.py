"""A whole book: `evaluate_book` beside the same rules by hand in streaming Polars and DuckDB, and beside zen-engine.

Run it with `make bench`, or `python tests/bench/bench_columnar.py [rules] [accounts]`. Every cell of every answer is
compared before timing.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl
from books import by_duckdb, by_polars, by_zen, engine_of, table
from measure import in_turn
from workload import accounts, rules

from clientcore.book import Book

DAY = date(2026, 6, 30)
#: How many times as long as each of them ours may take.
GOALS = {"streaming Polars": 1.3, "DuckDB": 1 / 5, "zen-engine evaluate_batch": 1 / 50}
ZEN = 2_000
ROUNDS = 5


def main(counts: list[int], number: int) -> None:
    """Compare and time: first beside the others, then how the time grows with accounts and rules."""
    for count in counts:
        _beside(count, number)
    made = {count: rules(count) for count in (60, 120, 240, 480)}
    _grows(
        "accounts, 120 rules",
        {f"{many:,}": _ours(made[120], table(many)) for many in (number // 4, number // 2, number)},
    )
    facts = table(number // 4)
    _grows(f"rules, {number // 4:,} accounts", {str(count): _ours(some, facts) for count, some in made.items()})


def _beside(count: int, number: int) -> None:
    made, facts = rules(count), table(number)
    ours, polars, duck, zen = _ours(made, facts), by_polars(made, facts), by_duckdb(made, facts), by_zen(made)
    found, some = ours(), accounts(ZEN)
    expected = polars()
    _same(found, expected)
    _same(found, pl.DataFrame(pl.from_arrow(duck())).sort("id"))
    few = by_polars(made, table(ZEN))().to_dicts()
    assert zen(some) == [[name for name, truth in row.items() if truth is True] for row in few]
    calls = {"streaming Polars": polars, "DuckDB": duck, "zen-engine evaluate_batch": lambda: zen(some)}
    times = in_turn({"evaluate_book": ours, **calls}, ROUNDS)
    times["zen-engine evaluate_batch"] = [one * number / ZEN for one in times["zen-engine evaluate_batch"]]
    print(f"{count} rules, {number:,} accounts")
    print(f"  {'evaluate_book':<40}{statistics.median(times['evaluate_book']):>9.3f} s")
    for name, goal in GOALS.items():
        ratio = statistics.median(a / b for a, b in zip(times["evaluate_book"], times[name], strict=True))
        shown = f"{ratio:.2f} times as long" if ratio > 0.5 else f"{1 / ratio:.0f} times as fast"
        mark = "met" if ratio <= goal else "MISSED"
        print(f"  {name:<40}{statistics.median(times[name]):>9.3f} s   ours {shown}, {mark}")


def _ours(made: list[dict[str, Any]], facts: pl.DataFrame) -> Callable[[], pl.DataFrame]:
    engine = engine_of(made)
    tables = {"accounts": facts.select("id"), "facts": facts.rename({"id": "account_id"})}
    book = Book(Path("bench"), tables, pl.DataFrame())
    return lambda: engine.evaluate_book(book, as_of=DAY)


def _same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    for name in expected.columns:
        other = found["account_id" if name == "id" else name if name.startswith("bench") else f"bench_rules__{name}"]
        assert expected[name].cast(other.dtype).equals(other, null_equal=True), name


def _grows(what: str, calls: dict[str, Callable[[], Any]]) -> None:
    for call in calls.values():
        call()
    times = in_turn(calls, ROUNDS)
    print("  ".join(f"{size}: {statistics.median(some):.3f} s" for size, some in times.items()), f"({what})")


if __name__ == "__main__":
    main([int(sys.argv[1])] if len(sys.argv) > 1 else [120, 400], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
