"""Columns of the tables of a book, as scalars have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sqlglot import exp

from clientcore.entities import ENTITIES
from clientcore.executors.sql.belonging import OWNER, attached, parents_in
from clientcore.executors.sql.earlier import earlier_rows
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.kinds import FAMILIES, FRACTIONS, has_fractions, holds_text, is_of
from clientcore.executors.sql.scalars import by_code_point, days
from clientcore.executors.sql.texts import boolean_in, day_in, instant_in, is_written, number_in
from clientcore.executors.sql.words import (
    binary,
    call,
    case,
    chain,
    closed,
    column,
    constant,
    fitting,
    name,
    there,
    typed,
)
from clientcore.relational import APPLICABLE, OBSERVED, PREVIOUS, Frame, Scalar, Sort, Source

#: Tables of handed-in facts, of accounts and of organisations.
FACT_TABLES = frozenset({"facts", "organisation_facts"})
#: The least and the greatest number that a column may hold.
Range = tuple[float, float]
_ANY: Range = (-1e18, 1e18)
#: The first and the last moment of the years 1 to 9999, in microseconds since 1970.
_MOMENTS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
#: Kind of a field → what scalars hold of it.
SORTS: dict[str, Sort] = {
    "number": "number",
    "text": "text",
    "boolean": "boolean",
    "day": "integer",
    "instant": "integer",
    "level": "text",
}


def table_of(frame: Frame, given: Given) -> exp.Expr:
    """Return the rows that a frame reads; one row of nothing where there is no table, which no statement then keeps."""
    table = frame.table
    if table == PREVIOUS and given.earlier:
        return earlier_rows((source.field for source in frame.sources), given)
    if not given.has_table(table):
        return exp.Select(expressions=[exp.Alias(this=exp.Literal.number(1), alias=name("n"))]).subquery(
            name("nothing"), copy=False
        )
    if table in given.names:
        return exp.Table(this=name(given.names[table]))
    return attached(table, rows_of(table, given), (source.field for source in frame.sources), given)


def rows_of(table: str, given: Given) -> exp.Table:
    """Return a table as it stands in the database."""
    return exp.Table(this=name(table), db=name(given.schema) if given.schema else None)


def source_columns(frame: Frame, sources: Sequence[Source], given: Given) -> list[exp.Expr]:
    """Return the columns of a frame that are read from its table, null where the table has no such column."""
    made: list[exp.Expr] = []
    for source in sources:
        sort = SORTS[source.kind]
        type_ = given.type_of(frame.table, source.field)
        if source.field == OWNER and parents_in(frame.table, given):
            type_ = "text"
        if type_ is None or not fits(frame.table, source, type_):
            value = constant(None, sort)
        else:
            field = fitting(source.field, given.dialect.longest_name) if frame.table == PREVIOUS else source.field
            value = entered(column(field), source.kind, type_, given, _range_of(frame.table, source))
            if source.field == OWNER:  # an empty text names no account
                value = call("NULLIF", value, exp.Literal.string(""))
            value = by_code_point(value, Scalar("col", sort), given)
        if type_ and frame.table in FACT_TABLES and source.field.endswith(OBSERVED):
            value = _or_never(value, column(source.field), type_, given)
        made.append(exp.Alias(this=value, alias=name(source.name)))
    return made or [exp.Alias(this=exp.Literal.number(1), alias=name("n"))]


def _or_never(day: exp.Expr, cell: exp.Expr, type_: str, given: Given) -> exp.Expr:
    """Return the last day there is where something stands that is no day: nobody knows whether its fact is seen yet."""
    filled = there(cell)
    if is_of("text", type_):
        blank = is_written("blank", typed(cell.copy(), "text"), given)
        filled = chain(exp.And, [filled, exp.Not(this=blank)])
    lost = chain(exp.And, [filled, exp.Is(this=closed(day), expression=exp.Null())])
    return case([(lost, days(_date(exp.Literal.string("9999-12-31")), given))], day.copy())


def fits(table: str, source: Source, type_: str) -> bool:
    """Return whether a column of a type can hold a kind at all; what stands in another one is missing."""
    kind = source.kind
    if not type_ or kind not in FAMILIES or is_of(kind, type_):
        return True
    if table in FACT_TABLES and not source.field.endswith(APPLICABLE):
        whole = kind in {"boolean", "text", "level"} and is_of("number", type_) and not has_fractions(type_)
        return whole or is_of("text", type_)
    if kind == "number":
        return not is_of("boolean", type_)
    if kind in {"text", "level"}:
        return holds_text(type_)
    return kind != "boolean" or not has_fractions(type_)


def _range_of(table: str, source: Source) -> Range:
    """Return between which numbers a column can lie by its meaning; what is handed in has limits of its own."""
    field = ENTITIES[table].fields.get(source.field) if table in ENTITIES else None
    return (field and field.range) or _ANY


def limits_of(table: str, source: Source) -> str:
    """Return what a number in a column has to be, in words."""
    field = ENTITIES[table].fields.get(source.field) if table in ENTITIES else None
    low, high = _ANY
    return (field and field.within) or f"a number from {low:g} to {high:g}"


def may_be_outside(table: str, source: Source, type_: str) -> bool:
    """Return whether a column of a type may hold numbers that it can't by its meaning, or that are too large."""
    if source.kind != "number" or not fits(table, source, type_):
        return False
    return _range_of(table, source) != _ANY or type_.startswith((*FRACTIONS, *FAMILIES["text"]))


def is_outside(table: str, source: Source, type_: str, given: Given) -> exp.Expr:
    """Return whether a cell of such a column holds such a number; NaN is none."""
    value = column(source.field)
    if is_of("text", type_):
        is_number = is_written("number", typed(value, "text"), given)
    else:
        is_number = binary(exp.LTE, typed(value, "number"), constant(math.inf, "number"))
    missing = exp.Is(
        this=closed(entered(value, "number", type_, given, _range_of(table, source))), expression=exp.Null()
    )
    return chain(exp.And, [is_number, missing])


def entered(value: exp.Expr, kind: str, type_: str, given: Given, range_: Range = _ANY) -> exp.Expr:
    """Return a column as a kind; a text, and a whole number as a boolean, is read as a book reads it."""
    if type_ and is_of("text", type_):
        value = typed(value, "text") if type_.startswith("enum") else value
        match kind:
            case "number":
                return _number(number_in(value, given), "double", given, range_)
            case "boolean":
                return boolean_in(value, given)
            case "day":
                return day_in(value, given)
            case "instant":
                return instant_in(value, given)
    if kind == "boolean" and type_ and is_of("number", type_):
        return boolean_in(typed(value, "text"), given)
    if kind == "number":
        return _number(value, type_, given, range_)
    return _ENTERS[kind](value, type_, given)


def _number(value: exp.Expr, type_: str, given: Given, range_: Range) -> exp.Expr:
    """Return a double as it enters: missing outside its range, 0 below 1e-18, never NaN, which is above everything."""
    if not given.dialect.exact_cast and type_.startswith(("decimal", "numeric", "hugeint", "uhugeint", "bignum")):
        value = typed(value, "text")
    value = typed(value, "number")
    size = call("ABS", value.copy())
    tiny = (binary(exp.LT, size, constant(1e-18, "number")), constant(0.0, "number"))
    if range_ == _ANY:
        return case([tiny, (binary(exp.LTE, size.copy(), constant(1e18, "number")), value)])
    low, high = (constant(limit, "number") for limit in range_)
    inside = exp.Between(this=value.copy(), low=low, high=high)
    return case([*([tiny] if range_[0] <= 0 else []), (inside, value)])


def _text(value: exp.Expr, _: str, given: Given) -> exp.Expr:
    value = typed(value, "text")
    if given.dialect.name not in {"duckdb", "spark"}:  # the others hold no NUL
        return value
    has_nul = call("CONTAINS", value.copy(), call("CHR", exp.Literal.number(0)))
    return case([(exp.Not(this=has_nul), value)])


def _day(value: exp.Expr, type_: str, given: Given) -> exp.Expr:
    if "time zone" in type_ and "without" not in type_:
        value = exp.AtTimeZone(this=value, zone=exp.Literal.string("UTC"))
    day = _date(value)
    known = exp.Between(
        this=day, low=_date(exp.Literal.string("0001-01-01")), high=_date(exp.Literal.string("9999-12-31"))
    )
    return days(case([(known, day.copy())]), given)


def _date(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType(this=exp.DType.DATE))


def _instant(value: exp.Expr, type_: str, given: Given) -> exp.Expr:
    if type_ and not type_.startswith("timestamp"):
        value = exp.Cast(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP))
    passed: exp.Expr
    match given.dialect.name:
        case "postgres":
            # since PostgreSQL 14 an exact decimal, of which `infinity` is no whole number
            passed = exp.Extract(this=exp.Var(this="EPOCH"), expression=value)
            return typed(_known(binary(exp.Mul, passed, exp.Literal.number(1_000_000))), "integer")
        case "duckdb":
            passed = call("EPOCH_US", value)
        case "snowflake":
            passed = call("DATE_PART", exp.Var(this="epoch_microsecond"), value)
        case "spark":
            passed = call("UNIX_MICROS", exp.Cast(this=value, to=exp.DataType(this=exp.DType.TIMESTAMP)))
        case _:
            passed = call("UNIX_MICROS", value)
    return _known(passed)


def _known(micros: exp.Expr) -> exp.Expr:
    """Return microseconds since 1970 that are of the years 1 to 9999; others are missing."""
    low, high = (constant(limit, "integer") for limit in _MOMENTS)
    return case([(exp.Between(this=micros, low=low, high=high), micros.copy())])


_ENTERS: dict[str, Callable[[exp.Expr, str, Given], exp.Expr]] = {
    "text": _text,
    "level": _text,
    "boolean": lambda value, _, __: typed(value, "boolean"),
    "day": _day,
    "instant": _instant,
}
