"""The facts of the queries by hand beside those that our engine gives, account by account."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
from large_book import DAY

import clientcore as cc
from by_hand.book import facts
from clientcore.batch import tables_read
from clientcore.batch.chunks import ahead, made_of, part_size, write_parts
from clientcore.book import Book
from clientcore.executors.columnar import collected, decide
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
    engine = cc.Engine()
    plan = engine.plan()
    hand = facts(book).collect()
    steps, read = _facts(plan), _reading(plan)
    names = [name for name in hand.columns if name != "account_id"]
    strange = [name for name in names if name not in steps]
    assert not strange, f"no facts of the bundled rulesets: {', '.join(strange)}"
    read_book = cc.read_book(book, tables=tables_read(engine, "account", None))
    ours = _derived(read_book, engine, _program(plan, names))
    assert ours["id"].equals(hand["account_id"])
    told = []
    for name in names:
        differs = _differing(ours[name], hand[name])
        if differs.any():
            at, one = differs.arg_max(), ours[name]
            told.append(f"{name}: {ours['id'][at]} has {one[at]}, by hand {hand[name][at]}; {differs.sum()} differ")
    assert not told, "\n".join(told)
    return len(names), tuple(sorted(read.difference(names)))


def write_alone(book: Path, target: Path) -> None:
    """Write the facts that read related records as the columnar executor derives them, and nothing else."""
    engine = cc.Engine()
    read = cc.read_book(book, tables=tables_read(engine, "account", None), in_parts=True)
    program = _program(engine.plan(), _reading(engine.plan()))
    derived = made_of(
        ahead(read.parts(part_size(read))), lambda part: _derived(part, engine, program).rename({"id": "account_id"}),
        at_once=2,
    )  # fmt: skip
    write_parts(derived, target, pl.DataFrame())
    assert read.rejects.is_empty()


def _facts(plan: Plan) -> dict[str, FactStep]:
    return {step.key[1]: step for step in plan.steps if isinstance(step, FactStep) and step.key[0] == "fact"}


def _reading(plan: Plan) -> set[str]:
    """Return the facts that read related records."""
    return {name for name, one in _facts(plan).items() if any(node.op in {"rows", "table"} for node in one.node.walk())}


def _program(plan: Plan, names: Iterable[str]) -> Program:
    """Return the program of all rulesets, asked for the columns that hold facts: decisions show none."""
    builder, frames, _ = asked_for(plan, "accounts")
    kinds = {step.key[1]: step.node.kind.name for step in plan.steps if isinstance(step, FactStep)}
    return Program(
        subject="account",
        main="accounts",
        frames=frames,
        stages=staged(builder.made),
        outputs={name: (builder.leaves["fact", name].value, kinds[name]) for name in names},
        params=plan.params,
    )


def _derived(book: Book, engine: cc.Engine, program: Program) -> pl.DataFrame:
    """Return facts as the columnar executor derives them, where none are handed in."""
    tables = {name: frame.lazy() for name, frame in book.tables.items() if name != "facts"}
    made = decide(program, tables, engine.params_of(engine.plan(), None), DAY)
    return collected(made, program).rename({"@id": "id"})


def _differing(ours: pl.Series, hand: pl.Series) -> pl.Series:
    """Return for each account whether two values of a fact are not the same; missing is equal to missing only."""
    if not ours.dtype.is_numeric():
        return ~ours.eq_missing(hand)
    one, other = ours.cast(pl.Float64), hand.cast(pl.Float64)
    size = pl.select(pl.max_horizontal(one.abs(), other.abs())).to_series()
    near = (one - other).abs() <= CLOSE * size + TINY
    return ~near.fill_null(value=True) | (one.is_null() != other.is_null())
