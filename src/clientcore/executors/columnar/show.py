"""Run a program over the tables of a book and show its columns as a frame of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import polars as pl

from clientcore.executors.columnar.scalars import Printer
from clientcore.executors.columnar.stages import run
from clientcore.relational import CHILDREN, LIST_END, Program, specialised

_EPOCH = 719_163
_Ready: TypeAlias = tuple[Program, Printer]
#: What a program was last made into, the newest first: it runs again and again, part after part of a book.
_READY: WeakKeyDictionary[Program, tuple[_Ready, ...]] = WeakKeyDictionary()
#: How many of them are kept for each program, so that as many profiles take turns for nothing.
_KEPT = 16


def decide(
    program: Program, tables: Mapping[str, pl.LazyFrame], params: Mapping[tuple[str, str], Any], as_of: date
) -> pl.LazyFrame:
    """Return one row per subject, in the order of its table.

    Args:
        program: The program.
        tables: Table → its rows, with the types of a book; `previous` is what the subjects start from.
        params: (ruleset, param) → value.
        as_of: The day.

    Returns:
        `id` and `account_id` of the subject (for an account both are its id), and the outputs of the program.
    """
    program, printer = _ready(program, Printer(params, as_of.toordinal() - _EPOCH, frozenset(tables)))
    frame = run(program, tables, printer)
    account = pl.col("account_id" if program.subject in CHILDREN else "id")
    shown = [_shown(pl.col(held), how).alias(name) for name, (held, how) in program.outputs.items()]
    return frame.select(pl.col("id").alias("@id"), account.alias("@account"), *shown)


def _ready(program: Program, new: Printer) -> _Ready:
    """Return a program made for params and tables, and its printer: those of an earlier run where they fit."""
    kept = _READY.get(program, ())
    found = next((one for one in kept if (one[1].params, one[1].present) == (new.params, new.present)), None)
    if found is None:
        made = (specialised(program, new.params, new.present), new)
    else:
        made = found if found[1].as_of == new.as_of else (found[0], new)
    _READY[program] = (made, *(one for one in kept if one is not found))[:_KEPT]
    return made


def _shown(held: pl.Expr, how: str) -> pl.Expr:
    match how:
        case "day":
            return held.cast(pl.Int32).cast(pl.Date)
        case "list":
            return (
                pl.when(held == "")
                .then(pl.lit([], dtype=pl.List(pl.String)))
                .otherwise(held.str.strip_suffix(LIST_END).str.split(LIST_END))
            )
    return held
