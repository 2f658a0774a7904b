"""Cells and columns of a database that are not of the kind that is read: how they are counted and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
from sqlglot import exp

from clientcore.entities import SOURCES
from clientcore.errors import BookError, Problem
from clientcore.executors.sql.connections import Connected
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.kinds import is_of
from clientcore.executors.sql.sources import (
    FACT_TABLES,
    entered,
    fits,
    is_outside,
    limits_of,
    may_be_outside,
    rows_of,
)
from clientcore.executors.sql.texts import is_written
from clientcore.executors.sql.words import call, case, chain, closed, column, name, there, typed
from clientcore.relational import PREVIOUS, Program, Source

#: Kind → what would be right.
_WANT = {
    "number": "a number",
    "boolean": "true or false",
    "text": "text",
    "level": "a label of the level",
    "day": "a day, as YYYY-MM-DD",
    "instant": "an instant, as YYYY-MM-DDThh:mm:ssZ",
}
#: Kind → other kinds whose types databases turn into it, and what it is called.
_ALSO = {"number": (), "boolean": ("number",), "day": (), "instant": ()}
_NOUN = {"number": "a number", "boolean": "a truth value", "day": "a day", "instant": "an instant"}
#: Ends the name of a column that says where values come from.
_ORIGIN = "__source"
_LONGEST = 40


@attrs.frozen
class Doubtful:
    """A column whose type does not say that each of its cells is what is read.

    Args:
        table: The table.
        source: What is read of it.
        type: Its type in the database.
        code: CC602 where a cell may be of another kind, CC603 where a number may be outside what the field can hold.
    """

    table: str
    source: Source
    type: str
    code: str


def strange_cells(connection: Connected, program: Program, given: Given, *, examples: bool = True) -> Iterator[Problem]:
    """Yield a warning for each column with cells of another kind than is read, or outside it; they are missing then.

    Args:
        connection: Runs one statement, where there is a column whose type leaves that open.
        program: What the plan means.
        given: The database, with the types of its columns.
        examples: Whether one of the cells is quoted.
    """
    columns = _doubtful(program, given)
    if columns:
        yield from _told(columns, connection.frame(_counting(columns, given)).row(0, named=True), examples=examples)


def _doubtful(program: Program, given: Given) -> tuple[Doubtful, ...]:
    """Return the columns that a program reads and that may hold cells that are none of their kind, or outside it."""
    found: dict[tuple[str, str, str, str], Doubtful] = {}
    for frame in program.frames.values():
        for source in frame.sources if frame.table != PREVIOUS else ():
            type_ = given.type_of(frame.table, source.field)
            if not type_:
                continue
            key = (frame.table, source.field, source.kind)
            if not fits(frame.table, source, type_) or _is_read(source.kind, type_) or _is_origin(frame.table, source):
                found[*key, "CC602"] = Doubtful(frame.table, source, type_, "CC602")
            if may_be_outside(frame.table, source, type_):
                found[*key, "CC603"] = Doubtful(frame.table, source, type_, "CC603")
    return tuple(found.values())


@contextmanager
def types_named(program: Program, given: Given) -> Iterator[None]:
    """Name the columns of another type where the database refuses a statement, which may be why.

    Args:
        program: What the plan means.
        given: The database, with the types of its columns.

    Raises:
        BookError: The database refuses (CC404).
    """
    try:
        yield
    except BookError as error:
        strange: dict[str, None] = {}
        for frame in program.frames.values():
            for source in frame.sources if frame.table != PREVIOUS else ():
                type_ = given.type_of(frame.table, source.field) or ""
                if type_ and fits(frame.table, source, type_) and not _has(source.kind, type_):
                    strange[f"`{frame.table}`: `{source.field}` is {type_}, and {_NOUN[source.kind]} is read"] = None
        raise BookError("; ".join([error.message, *strange])) from error


def _has(kind: str, type_: str) -> bool:
    """Return whether databases turn a type into a kind."""
    return kind not in _NOUN or any(is_of(one, type_) for one in (kind, "text", *_ALSO[kind]))


def _is_read(kind: str, type_: str) -> bool:
    """Return whether cells of a type are read one by one as a kind."""
    return kind in {"number", "boolean", "day", "instant"} and (
        is_of("text", type_) or (kind == "boolean" and is_of("number", type_))
    )


def _is_origin(table: str, source: Source) -> bool:
    """Return whether a column says where handed-in values come from."""
    return table in FACT_TABLES and source.field.endswith(_ORIGIN)


def _counting(columns: Sequence[Doubtful], given: Given) -> str:
    """Return the statement that counts such cells in each column, and gives one of them."""
    tables: dict[str, list[exp.Expr]] = {}
    for at, one in enumerate(columns):
        told = {f"bad{at}": _count([_is_bad(one, given)]), f"one{at}": _example(one, given)}
        shown = (exp.Alias(this=value, alias=name(title)) for title, value in told.items())
        tables.setdefault(one.table, []).extend(shown)
    parts = []
    for at, (table, made) in enumerate(tables.items()):
        rows = exp.Select(expressions=made).from_(rows_of(table, given), copy=False)
        parts.append(rows.subquery(name(f"t{at}"), copy=False))
    statement = exp.Select(expressions=[exp.Star()]).from_(parts[0], copy=False)
    statement.set("joins", [exp.Join(this=part, kind="CROSS") for part in parts[1:]])
    return str(statement.sql(dialect=given.dialect.name, copy=False))


def _told(columns: Iterable[Doubtful], counts: Mapping[str, Any], *, examples: bool) -> Iterator[Problem]:
    """Yield a warning for each column with such cells."""
    for at, one in enumerate(columns):
        bad, example = counts[f"bad{at}"], counts[f"one{at}"]
        if not bad:
            continue
        plural, are = ("s", "are") if bad > 1 else ("", "is")
        if _is_origin(one.table, one.source):
            wrong, want = "no source and missing", f"one of: {', '.join(sorted(SOURCES))}"
        elif one.code == "CC603":
            wrong, want = f"not {limits_of(one.table, one.source)} and missing", limits_of(one.table, one.source)
        else:
            noun = {"boolean": "truth value"}.get(one.source.kind, one.source.kind)
            wrong, want = f"no {noun} and missing", _WANT[one.source.kind]
        quoted = f"; `{example}` for one" if examples else ""
        message = f"`{one.table}`: {bad:,} cell{plural} of `{one.source.field}` {are} {wrong}{quoted}"
        yield Problem(one.code, message, help=f"make it {want}", severity="warning")


def _example(one: Doubtful, given: Given) -> exp.Expr:
    text = typed(column(one.source.field), "text")
    shown = call("SUBSTR", text, exp.Literal.number(1), exp.Literal.number(_LONGEST))
    return call("MIN", case([(_is_bad(one, given), shown)]))


def _is_bad(one: Doubtful, given: Given) -> exp.Expr:
    """Return whether a cell holds something that is missing for what it is."""
    filled, kind = _is_filled(one, given), one.source.kind
    if one.code == "CC603":
        return chain(exp.And, [filled, is_outside(one.table, one.source, one.type, given)])
    if not fits(one.table, one.source, one.type):
        return filled
    if kind in {"number", "boolean"} and is_of("text", one.type):  # a number that is too large is a number
        return chain(exp.And, [filled, exp.Not(this=is_written(kind, _text(one), given))])
    if _is_origin(one.table, one.source):
        known = [exp.Literal.string(word) for word in ("", *sorted(SOURCES))]
        return chain(exp.And, [filled, exp.Not(this=exp.In(this=_text(one), expressions=known))])
    read = entered(column(one.source.field), kind, one.type, given)
    return chain(exp.And, [filled, exp.Is(this=closed(read), expression=exp.Null())])


def _is_filled(one: Doubtful, given: Given) -> exp.Expr:
    """Return whether a cell holds anything; a blank text is nothing but where text is wanted."""
    filled = there(column(one.source.field))
    if not is_of("text", one.type) or one.source.kind in {"text", "level"}:
        return filled
    return chain(exp.And, [filled, exp.Not(this=is_written("blank", _text(one), given))])


def _text(one: Doubtful) -> exp.Expr:
    return typed(column(one.source.field), "text")


def _count(conditions: Sequence[exp.Expr]) -> exp.Expr:
    return call("COUNT", case([(chain(exp.And, conditions), exp.Literal.number(1))]))
