"""One statement for several profiles: each decides every subject, and gives those for whose account it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
from sqlglot import exp

from clientcore.executors.sql.connections import Connected
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import by_code_point
from clientcore.executors.sql.statement import select_of
from clientcore.executors.sql.words import binary, column, name, typed
from clientcore.relational import Program, Scalar

Params = Mapping[tuple[str, str], Any]


@attrs.frozen
class Choice:
    """Which profile holds for which account.

    Args:
        program: Gives the id of each account and its profile.
        params: What the conditions themselves read.
        account: Column of the decisions that names the account.
        ways: (profile, its params); None is the one of the accounts of which no condition is true.
    """

    program: Program
    params: Params
    account: str
    ways: Sequence[tuple[str | None, Params]]


def named_in(connection: Connected, field: str, tables: Mapping[str, Collection[str]], schema: str) -> list[str]:
    """Return what the accounts of a database name in a field, in order.

    Args:
        connection: Runs one statement, if there is such a column.
        field: The field.
        tables: Table → columns that there are.
        schema: Schema of the tables.
    """
    if field not in tables.get("accounts", ()):
        return []
    rows = exp.Table(this=name("accounts"), db=name(schema) if schema else None)
    named = exp.Alias(this=typed(column(field), "text"), alias=name("named"))
    select = exp.Select(expressions=[named]).from_(rows, copy=False).distinct(copy=False)
    found = connection.frame(str(select.sql(dialect=connection.dialect)))
    return sorted(found["named"].drop_nulls().to_list())


def select_each(program: Program, choice: Choice, given: Given) -> exp.Expr:
    """Return the statement that gives one row per subject, with the params of the profile that holds for it.

    Args:
        program: What the plan means.
        choice: The profiles.
        given: The database, the day, the tables that there are.

    Raises:
        UnsupportedError: A step has more columns than the database holds (CC401).
    """
    made: exp.Expr | None = None
    for profile, params in choice.ways:
        rows = select_of(program, attrs.evolve(given, params=params)).subquery(name("o"), copy=False)
        holds = select_of(choice.program, attrs.evolve(given, params=choice.params)).subquery(name("p"), copy=False)
        text = Scalar("col", "text")
        account = by_code_point(column(choice.account, "o"), text, given)
        own = binary(exp.EQ, account, by_code_point(column("id", "p"), text, given))
        shown: list[exp.Expr] = [column(title, "o") for title in program.outputs]
        select = exp.Select(expressions=shown).from_(rows, copy=False)
        select.set("joins", [exp.Join(this=holds, side="LEFT", on=own)])
        held = column("profile", "p")
        if profile is None:
            select = select.where(exp.Is(this=held, expression=exp.Null()), copy=False)
        else:
            select = select.where(binary(exp.EQ, held, exp.Literal.string(profile)), copy=False)
        made = select if made is None else exp.Union(this=made, expression=select, distinct=False)
    assert made is not None
    return made
