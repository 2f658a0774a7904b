"""Columns of the tables of a book, as scalars have them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import by_code_point, days
from clientcore.executors.sql.words import binary, call, column, constant, name, typed
from clientcore.relational import Frame, Scalar, Sort, Source

#: Kind of a field → what scalars hold of it.
SORTS: dict[str, Sort] = {
    "number": "number",
    "text": "text",
    "boolean": "boolean",
    "day": "integer",
    "instant": "integer",
    "level": "text",
}


def table_of(table: str, given: Given) -> exp.Expr:
    """Return a table of the database; one row of nothing where there is none, which no statement then keeps."""
    if not given.has_table(table):
        return exp.Select(expressions=[exp.Alias(this=exp.Literal.number(1), alias=name("n"))]).subquery(
            name("nothing"), copy=False
        )
    return exp.Table(this=name(table), db=name(given.schema) if given.schema else None)


def source_columns(frame: Frame, sources: Sequence[Source], given: Given) -> list[exp.Expr]:
    """Return the columns of a frame that are read from its table, null where the table has no such column."""
    made: list[exp.Expr] = []
    for source in sources:
        sort = SORTS[source.kind]
        type_ = given.type_of(frame.table, source.field)
        value = constant(None, sort) if type_ is None else _converted(column(source.field), source.kind, type_, given)
        if type_ is not None:
            value = by_code_point(value, Scalar("col", sort), given)
        made.append(exp.Alias(this=value, alias=name(source.name)))
    return made or [exp.Alias(this=exp.Literal.number(1), alias=name("n"))]


def _converted(value: exp.Expr, kind: str, type_: str, given: Given) -> exp.Expr:
    match kind:
        case "number":
            if not given.dialect.exact_cast and type_.startswith(("decimal", "numeric", "hugeint", "uhugeint")):
                value = typed(value, "text")
            return typed(value, "number")
        case "day":
            return days(_day(value, type_), given)
        case "instant":
            return _microseconds(value, given)
        case _:
            return typed(value, SORTS[kind])


def _day(value: exp.Expr, type_: str) -> exp.Expr:
    if "time zone" in type_ and "without" not in type_:
        value = exp.AtTimeZone(this=value, zone=exp.Literal.string("UTC"))
    return exp.Cast(this=value, to=exp.DataType(this=exp.DType.DATE))


def _microseconds(value: exp.Expr, given: Given) -> exp.Expr:
    match given.dialect.name:
        case "duckdb":
            return call("EPOCH_US", value)
        case "postgres":
            # since PostgreSQL 14 an exact decimal
            passed = exp.Extract(this=exp.Var(this="EPOCH"), expression=value)
            return typed(binary(exp.Mul, passed, exp.Literal.number(1_000_000)), "integer")
        case "spark":
            return call("UNIX_MICROS", exp.Cast(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP)))
        case "snowflake":
            return call("DATE_PART", exp.Var(this="epoch_microsecond"), value)
        case _:
            return call("UNIX_MICROS", value)
