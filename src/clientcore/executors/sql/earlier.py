"""A table of earlier decisions, as a frame of decisions has them, read as what each subject starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from clientcore.executors.sql.dialects import Dialect
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import days, today
from clientcore.executors.sql.words import binary, call, case, chain, column, fitting, name, typed
from clientcore.relational import PREVIOUS

_BAND, _DAYS, _PENDING = "_pending_band", "_pending_days", "_pending"


def earlier_types(fields: Iterable[str], types: Mapping[str, str], dialect: Dialect) -> dict[str, str]:
    """Return the type of each field of an earlier run that a table of decisions holds.

    Args:
        fields: What is read.
        types: Column of the table → its type.
        dialect: The database, which may have cut long names.
    """
    held = {field: fitting(_held_in(field), dialect.longest_name) for field in fields}
    return {field: types[one] if one == field else "" for field, one in held.items() if one in types}


def _held_in(field: str) -> str:
    """Return the column of a frame of decisions that holds what a subject starts from."""
    for tail in (_BAND, _DAYS):
        if field.endswith(tail):
            return field.removesuffix(tail) + _PENDING
    return field


def earlier_rows(fields: Iterable[str], given: Given) -> exp.Expr:
    """Return the earlier decisions under the names that a program reads.

    A row that is not of an earlier day stops the statement, since what it started from itself is not kept in a table.

    Args:
        fields: What is read.
        given: The database, with the name of the table.
    """
    made: list[exp.Expr] = [
        exp.Alias(this=_value(field, given), alias=name(fitting(field, given.dialect.longest_name)))
        for field in fields
        if given.type_of(PREVIOUS, field) is not None
    ]
    rows = exp.Table(this=name(given.earlier), db=name(given.schema) if given.schema else None)
    select = exp.Select(expressions=made).from_(rows, copy=False)
    return select.where(_is_earlier(given), copy=False).subquery(name("before"), copy=False)


def _value(field: str, given: Given) -> exp.Expr:
    held = column(fitting(_held_in(field), given.dialect.longest_name))
    if field.endswith(_BAND):
        return _element(held, 0, given)
    return typed(_element(held, 1, given), "number") if field.endswith(_DAYS) else held


def _element(text: exp.Expr, at: int, given: Given) -> exp.Expr:
    """Return an element of a list in JSON as text."""
    path = exp.Literal.string(f"$[{at}]")
    match given.dialect.name:
        case "duckdb":
            return call("JSON_EXTRACT_STRING", text, path)
        case "postgres":
            read = exp.Cast(this=text, to=exp.DataType(this=exp.DType.JSON))
            return call("JSON_EXTRACT_PATH_TEXT", read, exp.Literal.string(str(at)))
        case "spark":
            return call("GET_JSON_OBJECT", text, path)
        case "snowflake":
            return call("JSON_EXTRACT_PATH_TEXT", text, exp.Literal.string(f"[{at}]"))
        case _:
            return call("JSON_VALUE", text, path)


def _is_earlier(given: Given) -> exp.Expr:
    """Return that a row is of an earlier day; the cast of a text that is no day tells the database to stop."""
    date = exp.DataType(this=exp.DType.DATE)
    day = days(exp.Cast(this=column("as_of"), to=date), given)
    found = call("COALESCE", typed(column("as_of"), "text"), exp.Literal.string("no day"))
    said = [exp.Literal.string("CC608 the decisions before are of "), found, exp.Literal.string(", no earlier day")]
    stop = exp.Is(this=exp.Cast(this=chain(exp.DPipe, said), to=date.copy()), expression=exp.Null())
    return case([(binary(exp.LT, day, today(given)), exp.true())], stop)
