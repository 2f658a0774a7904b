"""Run a program on lazy frames: stage after stage, with one group-by for all aggregates over one frame and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, TypeVar

import polars as pl

from clientcore.executors.columnar.keys import OF, by_number, keys_of_subjects, numbered
from clientcore.executors.columnar.scalars import TYPES, Printer
from clientcore.relational import CHILDREN, Aggregate, Frame, Lookup, Made, Phase, Program, Scalar, Source, phases_of

Joined = TypeVar("Joined", Aggregate, Lookup)
_EMPTY = {"count": 0, "count_distinct": 0, "sum": 0.0}


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
                frames[name] = frames[name].collect(engine=engine_for(program)).lazy()
        frames |= {phase.frame: _added(phase, frames, printer, keys, nameless) for phase in group}
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
    phase: Phase,
    frames: Mapping[str, pl.LazyFrame],
    printer: Printer,
    keys: Mapping[str, str],
    nameless: frozenset[str],
) -> pl.LazyFrame:
    frame = frames[phase.frame]
    for (source, key), group in _grouped(phase.joins, Aggregate).items():
        pairs = [by_number(keys, (source, here), (phase.frame, there)) for here, there in key]
        frame = _gathered(frame, frames[source], pairs, group, printer, source in nameless)
    for (source, key), lookups in _grouped(phase.joins, Lookup).items():
        here, there = by_number(keys, (phase.frame, key[0]), (source, key[1]))
        taken = frames[source].select(pl.col(there).alias("@key"), *(pl.col(x.column).alias(x.name) for x in lookups))
        frame = frame.join(taken, left_on=here, right_on="@key", how="left", maintain_order="left")
    for level in phase.levels:
        frame = frame.with_columns(printer.expr(one.scalar).alias(one.name) for one in level)
    return frame


def engine_for(program: Program) -> Literal["streaming", "in-memory"]:
    """Return the engine of Polars that runs a program faster.

    Streaming costs something for every column of every morsel: little for the few stages over facts alone, and more
    than the work itself in the dozens of stages that programs over related tables have.
    """
    gathers = any(isinstance(one, Aggregate) for stage in program.stages for one in stage)
    return "in-memory" if gathers else "streaming"


def _grouped(made: Iterable[Made], kind: type[Joined]) -> dict[tuple[str, Any], list[Joined]]:
    groups: dict[tuple[str, Any], list[Joined]] = {}
    for one in made:
        if isinstance(one, kind):
            groups.setdefault((one.source, one.key), []).append(one)
    return groups


def _gathered(
    frame: pl.LazyFrame,
    source: pl.LazyFrame,
    key: Sequence[tuple[str, str]],
    group: list[Aggregate],
    printer: Printer,
    tied: bool,
) -> pl.LazyFrame:
    orders = {one.order: f"@rank{at}" for at, one in enumerate(group) if one.how == "latest" and not tied}
    source = source.with_columns(_rank(order, printer).alias(name) for order, name in orders.items())
    keys = [f"@key{at}" for at in range(len(key))]
    grouped = source.group_by(pl.col(here).alias(to) for (here, _), to in zip(key, keys, strict=True)).agg(
        (_one_voice(one, printer) if tied and one.how == "latest" else _aggregate(one, printer, orders)).alias(one.name)
        for one in group
    )
    frame = frame.join(grouped, left_on=[there for _, there in key], right_on=keys, how="left", maintain_order="left")
    filled = [pl.col(one.name).fill_null(_EMPTY[one.how]) for one in group if one.how in _EMPTY]
    return frame.with_columns(filled) if filled else frame


def _rank(order: Iterable[Scalar], printer: Printer) -> pl.Expr:
    """Return the place of each row among all by some columns: sorted once, whatever is then the latest of what."""
    return pl.arg_sort_by([_words(printer, part) for part in order], nulls_last=False).arg_sort()


def _one_voice(one: Aggregate, printer: Printer) -> pl.Expr:
    """Return what the latest records of a group say with one voice, where they may have no ids."""
    assert one.value is not None
    value, order = _words(printer, one.value), [_words(printer, part) for part in one.order]
    if one.where is not None:
        where = _column(printer, one.where).fill_null(value=False)
        value, order = value.filter(where), [part.filter(where) for part in order]
    alike = [part.eq_missing(part.sort_by(order, nulls_last=False).last()) for part in order]
    said = value.filter(pl.all_horizontal(alike)).drop_nulls()
    return pl.when(said.n_unique() == 1).then(said.first())


def _aggregate(one: Aggregate, printer: Printer, orders: Mapping[tuple[Scalar, ...], str]) -> pl.Expr:
    where = None if one.where is None else _column(printer, one.where)
    if one.how == "count":
        return (pl.len() if where is None else where.sum()).cast(pl.Int64)
    assert one.value is not None
    value = _words(printer, one.value)
    if one.how == "latest":
        rank = pl.col(orders[one.order])
        return value.get((rank if where is None else pl.when(where).then(rank)).arg_max())
    # Null where a row takes no part: each of these passes over nulls, and a filter goes group by group.
    return _FOLDS[one.how](value if where is None else pl.when(where).then(value))


def _column(printer: Printer, scalar: Scalar) -> pl.Expr:
    """Return an expression that has the length of the frame or group, also for a constant."""
    made = printer.expr(scalar)
    return pl.repeat(made, pl.len()) if printer.is_fixed(scalar) else made


def _words(printer: Printer, scalar: Scalar) -> pl.Expr:
    """Return such an expression, texts as such."""
    made = _column(printer, scalar)
    return made.cast(pl.String) if scalar.sort == "text" else made


_FOLDS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "sum": lambda x: x.cast(pl.Int128).sum().cast(pl.Float64),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "count_distinct": lambda x: x.drop_nulls().n_unique().cast(pl.Int64),
}


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
