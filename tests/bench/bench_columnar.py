"""A whole book: `evaluate_book` against one hand-written streaming Polars query with the same output.

Run it with `make bench`, or `python tests/bench/bench_columnar.py [rules] [accounts]`. Every cell of every answer is
compared before timing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl
from workload import FIELDS, FLAGS, REALS, TEXTS, VOCABULARY, WHOLES, accounts, edges, rules, ruleset

import clientcore as cc
from clientcore.book import Book

DAY = date(2026, 6, 30)
DRAWN = 20_000
GOAL = 1.3


def main(count: int, number: int) -> None:
    """Compare and time."""
    made, facts = rules(count), table(number)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_text(ruleset(made), encoding="utf-8")
        engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
    book = Book(
        Path("bench"), {"accounts": facts.select("id"), "facts": facts.rename({"id": "account_id"})}, pl.DataFrame()
    )
    hand = by_hand(made, facts)

    def ours() -> pl.DataFrame:
        return engine.evaluate_book(book, as_of=DAY)

    expected, found = hand(), ours()
    for name in expected.columns:
        other = found["account_id" if name == "id" else name if name.startswith("bench") else f"bench_rules__{name}"]
        assert expected[name].cast(other.dtype).equals(other, null_equal=True), name
    times = [(timed(hand), timed(ours)) for _ in range(5)]
    ratio = statistics.median(b / a for a, b in times)
    print(f"{count} rules, {number:,} accounts")
    print(f"  {'streaming Polars by hand, the same output':<44}{statistics.median(a for a, _ in times):>8.3f} s")
    print(f"  {'evaluate_book':<44}{statistics.median(b for _, b in times):>8.3f} s{ratio:>8.2f}x  goal {GOAL}x")


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def table(number: int) -> pl.DataFrame:
    """Return the facts of so many accounts, texts as dictionaries."""
    kinds: dict[str, Any] = {
        **dict.fromkeys([*REALS, *WHOLES], pl.Float64),
        **{name: pl.Enum(VOCABULARY[name]) for name in TEXTS},
        **dict.fromkeys(FLAGS, pl.Boolean),
    }
    drawn = pl.DataFrame(accounts(min(number, DRAWN)), schema=kinds)
    many = drawn if number <= DRAWN else drawn.sample(number, with_replacement=True, seed=1)
    ids = pl.Series("id", [f"a{at:07d}" for at in range(number)])
    return many.insert_column(0, ids).select("id", *FIELDS)


def by_hand(made: list[dict[str, Any]], facts: pl.DataFrame) -> Callable[[], pl.DataFrame]:
    """Return the query as one would write it: rules first, then the score from them, then the band."""
    truths = []
    for rule in made:
        parts = [_condition(condition) for condition in rule["conditions"]]
        joined = reduce(lambda a, b: a & b, parts) if rule["joined"] == "all" else reduce(lambda a, b: a | b, parts)
        truths.append(joined.alias(rule["id"]))
    low = high = pl.lit(0.0)
    for rule in made:
        truth, weight = pl.col(rule["id"]), rule["weight"]
        sure, open_ = truth.fill_null(value=False), truth.fill_null(value=True)
        low = low + pl.when(sure if weight > 0 else open_).then(weight).otherwise(0.0)
        high = high + pl.when(open_ if weight > 0 else sure).then(weight).otherwise(0.0)

    def band(x: pl.Expr) -> pl.Expr:
        first, second, third, fourth = edges(made)
        return (
            pl.when(x < first).then(pl.lit("e")).when(x < second).then(pl.lit("d")).when(x < third).then(pl.lit("c"))
            .when(x < fourth).then(pl.lit("b")).otherwise(pl.lit("a"))
        )  # fmt: skip

    head = "bench_rules_score"
    low_, high_ = pl.col(f"{head}_low"), pl.col(f"{head}_high")
    query = (
        facts.lazy()
        .select("id", *truths)
        .with_columns(low.alias(f"{head}_low"), high.alias(f"{head}_high"))
        .with_columns(
            pl.when(low_ == high_).then(low_).alias(head),
            pl.when(band(low_) == band(high_)).then(band(low_)).alias(f"{head}_band"),
        )
    )
    return lambda: query.collect(engine="streaming")


def _condition(condition: tuple[bool, str, str, Any]) -> pl.Expr:
    negated, name, operator, operand = condition
    x = pl.col(name)
    match operator:
        case "ratio":
            y = pl.col(operand[0])
            made = pl.when(y != 0).then(x / y) > operand[1]
        case "difference":
            made = x - pl.col(operand[0]) > operand[1]
        case "in":
            made = x.is_in(operand)
        case "is":
            made = x
        case "==":
            made = x == operand
        case "!=":
            made = x != operand
        case _:
            made = {">": x > operand, ">=": x >= operand, "<": x < operand, "<=": x <= operand}[operator]
    return ~made if negated else made


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
