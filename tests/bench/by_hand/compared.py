"""The facts of the queries by hand beside those that our engine gives, account by account."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
from large_book import DAY

import clientcore as cc
from by_hand.book import facts
from clientcore.batch import tables_read
from clientcore.executors.columnar import decide
from clientcore.plan import FactStep, Plan
from clientcore.relational import Program, staged
from clientcore.relational.make import asked_for

#: Greatest difference of two numbers that count as one: relative, and where both are the rest of larger ones.
CLOSE, TINY = 1e-9, 1e-12


def require_same(book: Path) -> tuple[int, tuple[str, ...]]:
    """Compare every fact of every account of a book.

    Returns:
        (how many facts there are by hand, those that read related records and are not computed by hand).

    Raises:
        AssertionError: Some account differs, or a fact by hand is none of the rulesets.
    """
    plan = cc.Engine().plan()
    hand = facts(book).collect()
    steps = {step.key[1]: step for step in plan.steps if isinstance(step, FactStep) and step.key[0] == "fact"}
    read = {name for name, step in steps.items() if any(node.op in {"rows", "table"} for node in step.node.walk())}
    names = [name for name in hand.columns if name != "account_id"]
    strange = [name for name in names if name not in steps]
    assert not strange, f"no facts of the bundled rulesets: {', '.join(strange)}"
    ours = _derived(book, plan, names)
    assert ours["id"].equals(hand["account_id"])
    told = []
    for name in names:
        differs = _differing(ours[name], hand[name])
        if differs.any():
            at, one = differs.arg_max(), ours[name]
            told.append(f"{name}: {ours['id'][at]} has {one[at]}, by hand {hand[name][at]}; {differs.sum()} differ")
    assert not told, "\n".join(told)
    return len(names), tuple(sorted(read.difference(names)))


def _derived(path: Path, plan: Plan, names: Iterable[str]) -> pl.DataFrame:
    """Return facts as the columnar executor derives them, where none are handed in.

    Decisions show no facts, so the program of all rulesets is asked for the columns that hold them.
    """
    engine = cc.Engine()
    book = cc.read_book(path, tables=tables_read(engine, "account", None))
    builder, frames, _ = asked_for(plan, "accounts")
    kinds = {step.key[1]: step.node.kind.name for step in plan.steps if isinstance(step, FactStep)}
    program = Program(
        subject="account",
        main="accounts",
        frames=frames,
        stages=staged(builder.made),
        outputs={name: (builder.leaves["fact", name].value, kinds[name]) for name in names},
        params=plan.params,
    )
    tables = {name: frame.lazy() for name, frame in book.tables.items() if name != "facts"}
    return decide(program, tables, engine.params_of(plan, None), DAY).collect().rename({"@id": "id"})


def _differing(ours: pl.Series, hand: pl.Series) -> pl.Series:
    """Return for each account whether two values of a fact are not the same; missing is equal to missing only."""
    if not ours.dtype.is_numeric():
        return ~ours.eq_missing(hand)
    one, other = ours.cast(pl.Float64), hand.cast(pl.Float64)
    size = pl.select(pl.max_horizontal(one.abs(), other.abs())).to_series()
    near = (one - other).abs() <= CLOSE * size + TINY
    return ~near.fill_null(value=True) | (one.is_null() != other.is_null())
