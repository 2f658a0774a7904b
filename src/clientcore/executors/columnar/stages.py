"""Run a program on lazy frames: stage after stage, with one group-by for all aggregates over one frame and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar

import polars as pl

from clientcore.executors.columnar.gathering import gathered
from clientcore.executors.columnar.keys import OF, by_number, keys_of_subjects, numbered
from clientcore.executors.columnar.scalars import TYPES, Printer
from clientcore.relational import CHILDREN, Aggregate, Frame, Lookup, Made, Phase, Program, Source, phases_of

Joined = TypeVar("Joined", Aggregate, Lookup)
#: What a plan gains by: the program shares its expressions itself, its frames are not cut, sorted or scanned.
_WORTH = pl.QueryOptFlags(
    predicate_pushdown=False,
    slice_pushdown=False,
    comm_subplan_elim=False,
    comm_subexpr_elim=False,
    cluster_with_columns=False,
    check_order_observe=False,
    sort_collapse=False,
)


def run(program: Program, tables: Mapping[str, pl.LazyFrame], printer: Printer) -> pl.LazyFrame:
    """Return the main frame with the columns that the program shows.

    Whatever can waits for the last phase that it may stand in, so that all that is gathered from a frame is gathered
    at once. Frames that read one another are collected before they do: a lazy plan is a tree, and one that crosses
    over from frame to frame doubles with every phase. Columns are dropped behind what reads them last.

    Args:
        program: The program.
        tables: Table of the book → its rows with the book's own types.
        printer: Holds params, the day and which tables there are.

    Returns:
        A lazy frame: the rows of the subjects in their order, with the columns under the program's names.
    """
    keys = keys_of_subjects(program)
    rows = numbered(tables, program, keys)
    frames = {
        name: entered(frame, rows.get(name, tables.get(frame.table)), printer) for name, frame in program.frames.items()
    }
    keys = {name: column for name, column in keys.items() if name in rows}
    there = {name: [source.name for source in frame.sources] for name, frame in program.frames.items()}
    phases = phases_of(program)
    nameless = _nameless(program, phases.phases, tables)
    shown = {"id", *(held for held, _ in program.outputs.values())}
    shown |= {"account_id"} if program.subject in CHILDREN else set()
    for at, group in enumerate(phases.phases):
        for name, readers in _readers(group).items():
            reads = {column: phases.last[name, column] for column in there[name] if (name, column) in phases.last}
            alive = [column for column in there[name] if reads.get(column, (-1, 0)) >= (at, -1)]
            if name == program.main:
                alive += [column for column in there[name] if column in shown and column not in alive]
            frames[name] = frames[name].select(*alive, *([OF] if name in keys else []))
            if readers > 1 or name == program.main or any(reads[column] > (at, -1) for column in alive):
                frames[name] = collected(frames[name], program).lazy()
        frames |= {phase.frame: _added(program, phase, frames, printer, keys, nameless) for phase in group}
        for phase in group:
            there[phase.frame] += [one.name for one in (*phase.joins, *chain.from_iterable(phase.levels))]
    return frames[program.main]


def _readers(group: Iterable[Phase]) -> dict[str, int]:
    """Return how many groups and lookups of a phase read each frame."""
    found = {(one.source, phase.frame, one.key, type(one)) for phase in group for one in phase.joins}
    return {source: sum(one[0] == source for one in found) for source, *_ in sorted(found, key=str)}


def _nameless(
    program: Program, phases: Iterable[Iterable[Phase]], tables: Mapping[str, pl.LazyFrame]
) -> frozenset[str]:
    """Return the frames of which the latest record is asked for, and some of whose records have no id."""
    made = (one for group in phases for phase in group for one in phase.joins)
    asked = {one.source for one in made if isinstance(one, Aggregate) and one.how == "latest"}
    return frozenset(name for name in asked if _lacks_ids(tables.get(program.frames[name].table)))


def _lacks_ids(table: pl.LazyFrame | None) -> bool:
    if table is None or "id" not in table.collect_schema():
        return table is not None
    return bool(table.select(pl.col("id").is_null().any()).collect().item())


def _added(
    program: Program,
    phase: Phase,
    frames: Mapping[str, pl.LazyFrame],
    printer: Printer,
    keys: Mapping[str, str],
    nameless: frozenset[str],
) -> pl.LazyFrame:
    """Return a frame with the columns of a phase.

    What is gathered and looked up is joined onto the keys alone: a join copies whatever stands on its left.
    """
    frame = frames[phase.frame]
    if phase.joins:
        held = collected(frame, program)
        frame = pl.concat(
            [held.lazy(), *_joined(program, phase, held, frames, printer, keys, nameless)], how="horizontal"
        )
    for level in phase.levels:
        frame = frame.with_columns(printer.expr(one.scalar).alias(one.name) for one in level)
    return frame


def _joined(
    program: Program,
    phase: Phase,
    held: pl.DataFrame,
    frames: Mapping[str, pl.LazyFrame],
    printer: Printer,
    keys: Mapping[str, str],
    nameless: frozenset[str],
) -> Iterator[pl.LazyFrame]:
    """Yield what a phase gathers and looks up, with a row for each of the frame."""
    for (source, key), group in _grouped(phase.joins, Aggregate).items():
        pairs = [by_number(keys, (source, here), (phase.frame, there)) for here, there in key]
        rows = collected(frames[source], program)
        yield from gathered(held, rows, pairs, group, printer, tied=source in nameless)
    for (source, key), lookups in _grouped(phase.joins, Lookup).items():
        here, there = by_number(keys, (phase.frame, key[0]), (source, key[1]))
        taken = frames[source].select(pl.col(there).alias("@key"), *(pl.col(x.column).alias(x.name) for x in lookups))
        own = held.lazy().select(here)
        joined = own.join(taken, left_on=here, right_on="@key", how="left", maintain_order="left")
        yield joined.select(one.name for one in lookups)


def collected(frame: pl.LazyFrame, program: Program) -> pl.DataFrame:
    """Return what a program made, run by the engine of Polars that is faster for it.

    Streaming costs something for every column of every morsel: little for the few stages over facts alone, and more
    than the work itself in the dozens of stages that programs over related tables have.
    """
    gathers = any(isinstance(one, Aggregate) for stage in program.stages for one in stage)
    return frame.collect(engine="in-memory" if gathers else "streaming", optimizations=_WORTH)


def _grouped(made: Iterable[Made], kind: type[Joined]) -> dict[tuple[str, Any], list[Joined]]:
    groups: dict[tuple[str, Any], list[Joined]] = {}
    for one in made:
        if isinstance(one, kind):
            groups.setdefault((one.source, one.key), []).append(one)
    return groups


def entered(frame: Frame, table: pl.LazyFrame | None, printer: Printer) -> pl.LazyFrame:
    """Return a frame of the program: the columns that it reads, in internal form, and only the rows that are seen."""
    have = {} if table is None else dict(table.collect_schema())
    columns = [_entered(source, have.get(source.field)).alias(source.name) for source in frame.sources]
    rows = pl.LazyFrame(schema={"@none": pl.Boolean}) if table is None else table
    made = rows.with_columns(columns).select(*(source.name for source in frame.sources), *({OF} & have.keys()))
    return made if frame.seen is None else made.filter(printer.expr(frame.seen))


def _entered(source: Source, dtype: pl.DataType | None) -> pl.Expr:
    if dtype is None:
        return pl.lit(None, dtype=TYPES[_SORTS.get(source.kind, "text")])
    if isinstance(dtype, pl.Enum | pl.Categorical) and source.kind in {"text", "level"}:
        return pl.col(source.field)  # constants are then compared by their codes
    return _INTERNAL[source.kind](pl.col(source.field))


_SORTS = {"number": "number", "day": "integer", "instant": "integer", "boolean": "boolean"}
_INTERNAL: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "number": lambda x: x.cast(pl.Float64),
    "day": lambda x: x.cast(pl.Date).cast(pl.Int32).cast(pl.Int64),
    "instant": lambda x: x.cast(pl.Datetime("us", "UTC")).dt.epoch("us"),
    "boolean": lambda x: x.cast(pl.Boolean),
    "text": lambda x: x.cast(pl.String),
    "level": lambda x: x.cast(pl.String),
}
