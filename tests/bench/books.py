"""The workload of the benchmarks for a whole book at once, as one would write it by hand on each engine.

Each query gives the same columns: the id, a nullable boolean for each rule, and of the score its value, low, high and
band.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from peers import zen_rule
from workload import FIELDS, FLAGS, REALS, TEXTS, VOCABULARY, WHOLES, accounts, edges, ruleset

import clientcore as cc

DRAWN = 20_000
HEAD = "bench_rules_score"


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


def engine_of(made: list[dict[str, Any]]) -> cc.Engine:
    """Return an engine of these rules and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_text(ruleset(made), encoding="utf-8")
        return cc.Engine(rulesets=[path], plugins=[], discover=False)


def by_polars(made: list[dict[str, Any]], facts: pl.DataFrame) -> Callable[[], pl.DataFrame]:
    """Return the query in streaming Polars: rules first, then the score from them, then the band."""
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

    low_, high_ = pl.col(f"{HEAD}_low"), pl.col(f"{HEAD}_high")
    query = (
        facts.lazy()
        .select("id", *truths)
        .with_columns(low.alias(f"{HEAD}_low"), high.alias(f"{HEAD}_high"))
        .with_columns(
            pl.when(low_ == high_).then(low_).alias(HEAD),
            pl.when(band(low_) == band(high_)).then(band(low_)).alias(f"{HEAD}_band"),
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


def by_duckdb(made: list[dict[str, Any]], facts: pl.DataFrame) -> Callable[[], pa.Table]:
    """Return the query in SQL of DuckDB, in the same three steps, from an Arrow table to one."""
    connection = duckdb.connect()
    connection.register("facts", facts.to_arrow(compat_level=pl.CompatLevel.oldest()))
    truths = []
    for rule in made:
        parts = [_sql(condition) for condition in rule["conditions"]]
        truths.append(f"({(' AND ' if rule['joined'] == 'all' else ' OR ').join(parts)}) AS {rule['id']}")
    low = " + ".join(_sql_points(rule, sure=rule["weight"] > 0) for rule in made)
    high = " + ".join(_sql_points(rule, sure=rule["weight"] < 0) for rule in made)
    first, second, third, fourth = edges(made)

    def band(x: str) -> str:
        return (
            f"CASE WHEN {x} < {first} THEN 'e' WHEN {x} < {second} THEN 'd' WHEN {x} < {third} THEN 'c' "
            f"WHEN {x} < {fourth} THEN 'b' ELSE 'a' END"
        )

    text = (
        f"WITH r AS MATERIALIZED (SELECT id, {', '.join(truths)} FROM facts), "
        f"s AS (SELECT *, {low} AS {HEAD}_low, {high} AS {HEAD}_high FROM r) "
        f"SELECT *, CASE WHEN {HEAD}_low = {HEAD}_high THEN {HEAD}_low END AS {HEAD}, "
        f"CASE WHEN {band(f'{HEAD}_low')} = {band(f'{HEAD}_high')} THEN {band(f'{HEAD}_low')} END AS {HEAD}_band FROM s"
    )
    return lambda: connection.sql(text).to_arrow_table()


def _sql_points(rule: dict[str, Any], *, sure: bool) -> str:
    counts = f"coalesce({rule['id']}, {str(not sure).lower()})"
    return f"CASE WHEN {counts} THEN {rule['weight']!r}::DOUBLE ELSE 0::DOUBLE END"


def _sql(condition: tuple[bool, str, str, Any]) -> str:
    negated, name, operator, operand = condition
    match operator:
        case "ratio":
            made = f"{name} / nullif({operand[0]}, 0) > {operand[1]!r}::DOUBLE"
        case "difference":
            made = f"{name} - {operand[0]} > {operand[1]!r}::DOUBLE"
        case "in":
            made = f"{name} IN ({', '.join(repr(word) for word in operand)})"
        case "is":
            made = name
        case _:
            value = repr(operand) if isinstance(operand, str) else f"{operand!r}::DOUBLE"
            made = f"{name} {'<>' if operator == '!=' else '=' if operator == '==' else operator} {value}"
    return f"(NOT ({made}))" if negated else f"({made})"


def by_zen(made: list[dict[str, Any]]) -> Callable[[Sequence[dict[str, Any]]], list[list[str]]]:
    """Return zen-engine's `evaluate_batch` over one node of expressions: accounts → ids of the rules that fired."""
    import zen

    rules = [{"id": rule["id"], "key": rule["id"], "value": zen_rule(rule)} for rule in made]
    names = ("in", "rules", "out")
    kinds = ("inputNode", "expressionNode", "outputNode")
    nodes = [{"id": name, "name": name, "type": kind, "content": {}} for name, kind in zip(names, kinds, strict=True)]
    nodes[1]["content"] = {"expressions": rules}
    ends = itertools.pairwise(names)
    links = [{"id": one + other, "type": "edge", "sourceId": one, "targetId": other} for one, other in ends]
    graph = json.dumps({"nodes": nodes, "edges": links})
    engine = zen.ZenEngine({"loader": lambda _key: graph})

    def run(many: Sequence[dict[str, Any]]) -> list[list[str]]:
        found = engine.evaluate_batch([{"key": "rules", "context": one} for one in many])
        return [sorted(name for name, truth in one["data"]["result"].items() if truth is True) for one in found]

    return run
