"""Find the subjects of a book that have problems worth telling."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from clientcore.batch.asked import Asked, plan_has_parent
from clientcore.batch.loop import MARKS
from clientcore.decision import column
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.plan import Plan, RuleStep


def troubled(asked: Asked, made: pl.DataFrame) -> frozenset[str]:
    """Return the ids of the subjects whose decision may have a problem; a few of them may have none after all.

    Args:
        asked: The call.
        made: The columns of the program, with `@id`, `@account` and the troubles that it found.
    """
    executor, parent = asked.engine.executors(asked.subject, asked.only)
    own = [pl.col(name).fill_null(value=False) for name in made.columns if name.startswith("!")]
    own += [pl.col(column("/".join(step.key[1:]))).is_null() for step in executor.plan.steps if _must_know(step)]
    plan = executor.plan if parent is None else parent.plan
    accounts = pl.Series("@account", sorted({*_by_fact(asked, plan), *_by_record(asked, plan)}), dtype=pl.String)
    if not own and accounts.is_empty():
        return frozenset()
    hit = pl.any_horizontal(*own, pl.col("@account").is_in(accounts.implode()))
    return frozenset(made.filter(hit)["@id"].to_list())


def _must_know(step: object) -> bool:
    return isinstance(step, RuleStep) and step.rule.on_unknown == "error"


def _by_fact(asked: Asked, plan: Plan) -> Iterator[str]:
    """Yield the accounts with a handed-in fact that is unknown, or of another kind, range or source than wanted."""
    frame = asked.book.facts
    if frame is None:
        return
    for name in frame.columns:
        if name == "account_id" or name.endswith(MARKS):
            continue
        given = pl.col(name).is_not_null()
        spec = plan.handed.get(name)
        if spec is None:
            if name not in plan.known_facts:
                yield from frame.filter(given)["account_id"]
            continue
        suspect = pl.lit(value=True)
        if spec.kind.name == "number" and frame[name].dtype.is_numeric() and not spec.requires_source:
            low, high = spec.range or (-1e18, 1e18)
            late = pl.col(f"{name}__observed_at").is_not_null() if f"{name}__observed_at" in frame.columns else None
            suspect = ~pl.col(name).is_between(low, high)
            suspect = suspect if late is None else suspect | late
        elif spec.kind.name == "boolean" and frame[name].dtype == pl.Boolean and not spec.requires_source:
            suspect = pl.lit(value=False)
        yield from frame.filter(given & suspect)["account_id"]


def _by_record(asked: Asked, plan: Plan) -> Iterator[str]:
    """Yield the accounts with a dangling reference among what is read, or amounts without a rate."""
    key = f"{asked.subject}_id" if not plan_has_parent(asked.subject) else "account_id"
    tables = asked.book.tables
    for table, columns in plan.tables.items():
        frame = tables.get(table)
        if frame is None or key not in frame.columns:
            continue
        fields = ENTITIES[table].fields
        for name in columns:
            if name not in frame.columns:
                continue
            target = tables.get(fields[name].refers)
            if fields[name].refers in plan.tables and target is not None and key in target.columns:
                there = target.select(key, pl.col("id").alias(name))
                lost = frame.filter(pl.col(name).is_not_null()).join(there, on=[key, name], how="anti")
                yield from lost[key].drop_nulls()
        money = any(fields[name].unit == "money" for name in columns)
        if money and "currency" in frame.columns and "fx_rate" in fields:
            rated = pl.col("fx_rate") > 0 if "fx_rate" in frame.columns else pl.lit(value=False)
            own = tables[SUBJECTS["account"].table]
            named = frame.filter(pl.col("currency").is_not_null() & ~rated.fill_null(value=False))
            if named.height and "currency" in own.columns:
                named = named.join(own.select(pl.col("id").alias(key), pl.col("currency").alias("@own")), on=key)
                named = named.filter(pl.col("currency").ne_missing(pl.col("@own")))
            yield from named[key].drop_nulls()
