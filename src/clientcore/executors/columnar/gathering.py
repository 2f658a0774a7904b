"""Aggregates of related rows: running totals where they stand in the order of their subjects, else a group-by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from clientcore.executors.columnar.keys import OF
from clientcore.executors.columnar.scalars import Printer
from clientcore.relational import Aggregate, Scalar

_EMPTY = {"count": 0, "count_distinct": 0, "sum": 0.0}
_BY_SUBJECT = [(OF, OF)]
_COUNTED = "@counted."


def gathered(
    frame: pl.DataFrame,
    source: pl.DataFrame,
    key: Sequence[tuple[str, str]],
    group: Sequence[Aggregate],
    printer: Printer,
    *,
    tied: bool,
) -> Iterable[pl.LazyFrame]:
    """Yield the columns of some aggregates, with a row for each of a frame.

    Args:
        frame: The rows that they are for.
        source: The rows that they are of.
        key: (column of the source, column of the frame), which are equal.
        group: The aggregates.
        printer: Prints their values and conditions.
        tied: Whether rows of the source may have no ids, so that nothing tells the latest one from another.
    """
    by_subject = list(key) == _BY_SUBJECT
    if by_subject and source[OF].null_count():  # rows of no subject
        source = source.filter(pl.col(OF).is_not_null())
    source, never = _counted(source, group, printer)
    if never:
        zeros = [pl.lit(0, dtype=pl.Int64).alias(name) for name in never]
        yield frame.lazy().with_columns(zeros).select(never)
    in_runs = by_subject and source[OF].is_sorted()
    totals, others = list[Aggregate](), list[Aggregate]()
    for one in group:
        if one.name not in never:
            (totals if in_runs and one.how in {"count", "sum"} else others).append(one)
    if totals:
        yield _by_runs(frame[OF], source, totals, printer)
    if others:
        yield _by_groups(frame.lazy(), source.lazy(), key, others, printer, tied)


def _counted(source: pl.DataFrame, group: Iterable[Aggregate], printer: Printer) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows with a column for each count that says whether it counts them, and the counts of no row at all.

    Half of all counts are of rows of which something is not known, and mostly there is no such row.
    """
    named = [one for one in group if one.how == "count"]
    made = source.lazy().select(
        (pl.repeat(True, pl.len()) if one.where is None else _column(printer, one.where).fill_null(value=False)).alias(
            _COUNTED + one.name
        )
        for one in named
    )
    columns = made.collect(engine="in-memory")
    never = [column.name for column in columns if not column.any()]
    return source.hstack(columns.drop(never)), [name.removeprefix(_COUNTED) for name in never]


def _by_runs(of: pl.Series, source: pl.DataFrame, group: Sequence[Aggregate], printer: Printer) -> pl.LazyFrame:
    """Return counts and sums over rows that stand in the order of their subjects.

    Each is the running total up to the last row of a subject less that up to the last row of the one before. Whole
    numbers add up without loss, so that is the sum, and it takes a few passes for however many subjects there are.
    """
    runs = source[OF].rle().struct.unnest()
    last = pl.lit(runs["len"].cum_sum() - 1)
    totals = source.lazy().select(_running(one, printer).gather(last).alias(one.name) for one in group)
    made = totals.select(
        pl.col(one.name).diff().fill_null(pl.col(one.name)).cast(pl.Int64 if one.how == "count" else pl.Float64)
        for one in group
    )
    if runs["value"].equals(of):
        return made
    numbers = runs.select(pl.col("value").alias(OF)).with_row_index("@at")
    place = of.to_frame().join(numbers, on=OF, how="left", maintain_order="left")["@at"]
    return made.select(pl.all().gather(pl.lit(place)).fill_null(0))


def _running(one: Aggregate, printer: Printer) -> pl.Expr:
    if one.how == "count":  # to count what is there takes half the time of adding up ones
        return pl.when(pl.col(_COUNTED + one.name)).then(True).cum_count()
    assert one.value is not None
    value = _words(printer, one.value)
    taken = value if one.where is None else pl.when(_column(printer, one.where)).then(value)
    return _exact(taken).fill_null(0).cum_sum()


def _exact(value: pl.Expr) -> pl.Expr:
    """Return whole numbers as what holds their sum, however many there are."""
    return value.cast(pl.Int128)


def _by_groups(
    frame: pl.LazyFrame,
    source: pl.LazyFrame,
    key: Sequence[tuple[str, str]],
    group: Sequence[Aggregate],
    printer: Printer,
    tied: bool,
) -> pl.LazyFrame:
    """Return aggregates over rows in any order, joined onto the keys alone, since a join copies what is on its left."""
    orders = {one.order: f"@rank{at}" for at, one in enumerate(group) if one.how == "latest" and not tied}
    source = source.with_columns(_rank(order, printer).alias(name) for order, name in orders.items())
    keys = [f"@key{at}" for at in range(len(key))]
    grouped = source.group_by(pl.col(here).alias(to) for (here, _), to in zip(key, keys, strict=True)).agg(
        (_one_voice(one, printer) if tied and one.how == "latest" else _aggregate(one, printer, orders)).alias(one.name)
        for one in group
    )
    of = frame.select(pl.col(there).alias(to) for (_, there), to in zip(key, keys, strict=True))
    return of.join(grouped, on=keys, how="left", maintain_order="left").select(
        pl.col(one.name).fill_null(_EMPTY[one.how]) if one.how in _EMPTY else one.name for one in group
    )


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
    if one.how == "count":
        return pl.col(_COUNTED + one.name).sum().cast(pl.Int64)
    assert one.value is not None
    where = None if one.where is None else _column(printer, one.where)
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
    "sum": lambda x: _exact(x).sum().cast(pl.Float64),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "count_distinct": lambda x: x.drop_nulls().n_unique().cast(pl.Int64),
}
