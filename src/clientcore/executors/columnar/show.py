"""Run a program over the tables of a book and show its columns as a frame of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import attrs
import polars as pl

from clientcore.executors.columnar.scalars import Printer
from clientcore.executors.columnar.stages import run
from clientcore.relational import CHILDREN, LIST_END, Program, specialised

_EPOCH = 719_163


@attrs.frozen
class _Ready:
    """A program that was made for the params and tables of a printer, and for a day or for any."""

    program: Program
    printer: Printer
    day: int | None


#: What a program was last made into, the newest first: it runs again and again, part after part of a book.
_READY: WeakKeyDictionary[Program, tuple[_Ready, ...]] = WeakKeyDictionary()
_KEPT = 16
#: From so many subjects on it pays to make a program for the day: what is past by then is known.
_MANY = 10_000


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
    subjects = tables.get(program.frames[program.main].table)
    many = subjects is not None and subjects.select(pl.len()).collect().item() >= _MANY
    ready = _ready(program, Printer(params, as_of.toordinal() - _EPOCH, frozenset(tables)), by_day=many)
    frame = run(ready.program, tables, ready.printer)
    account = pl.col("account_id" if ready.program.subject in CHILDREN else "id")
    shown = [_shown(pl.col(held), how).alias(name) for name, (held, how) in ready.program.outputs.items()]
    return frame.select(pl.col("id").alias("@id"), account.alias("@account"), *shown)


def _ready(program: Program, new: Printer, *, by_day: bool) -> _Ready:
    """Return a program made for params and tables, and its printer: those of an earlier run where they fit.

    Args:
        program: What the plan means.
        new: Holds the params, the tables and the day.
        by_day: Whether the program is made for the day too: it is smaller then, but every day has its own.
    """
    day = new.as_of if by_day else None
    kept = _READY.get(program, ())
    wanted = (new.params, new.present, day)
    found = next((one for one in kept if (one.printer.params, one.printer.present, one.day) == wanted), None)
    if found is None:
        made = _Ready(specialised(program, new.params, new.present, day), new, day)
    else:
        made = found if found.printer.as_of == new.as_of else attrs.evolve(found, printer=new)
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
