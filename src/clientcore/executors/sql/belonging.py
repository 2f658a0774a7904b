"""The rows of a table with the account that each belongs to, where the table itself need not say so."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from clientcore.entities import ENTITIES
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import by_code_point
from clientcore.executors.sql.words import binary, call, case, chain, column, name, there, typed
from clientcore.relational import Scalar

OWNER = "account_id"
_OWN, _ID = "own", "id"


def parents_in(table: str, given: Given) -> dict[str, str]:
    """Return field → table of what the rows of a table may be part of, as far as the database can tell.

    Args:
        table: A table of a book, or another one.
        given: The database.
    """
    entity = ENTITIES.get(table)
    return {} if entity is None or not given.names_records("accounts", _ID) else {
        field: above
        for field, above in entity.parents.items()
        if given.names_records(table, field)
        and given.has_table(above)
        and given.names_records(above, _ID)
        and (given.names_records(above, OWNER) or parents_in(above, given))
    }  # fmt: skip


def attached(table: str, rows: exp.Expr, fields: Iterable[str], given: Given) -> exp.Expr:
    """Return a table with an account for each row (SEMANTICS 26), and without rows that contradict themselves.

    Args:
        table: A table of a book.
        rows: The table as the database has it.
        fields: Columns of it that are read.
        given: The database.
    """
    parents = parents_in(table, given)
    if not parents:
        return rows
    found = [column(OWNER, f"a{at}") for at in range(len(parents))]
    own = [_text(column(OWNER, _OWN), given)] if given.names_records(table, OWNER) else []
    if own:  # an empty cell is no account
        own = [call("NULLIF", own[0], exp.Literal.string(""))]
    owner = call("COALESCE", *own, *found) if len(own) + len(found) > 1 else found[0]
    kept = [one for one in dict.fromkeys(fields) if one != OWNER and given.type_of(table, one) is not None]
    made = [exp.Alias(this=column(one, _OWN), alias=name(one)) for one in kept]
    made.append(exp.Alias(this=owner, alias=name(OWNER)))
    select = exp.Select(expressions=made).from_(exp.alias_(rows, name(_OWN)), copy=False)
    joins = []
    for at, (field, above) in enumerate(parents.items()):
        same = binary(exp.EQ, _text(column(field, _OWN), given), column(_ID, f"a{at}"))
        joins.append(exp.Join(this=_accounts(above, given).subquery(name(f"a{at}"), copy=False), side="LEFT", on=same))
    select.set("joins", joins)
    agree = [call("COALESCE", binary(exp.EQ, one.copy(), owner.copy()), exp.true()) for one in found]
    return select.where(chain(exp.And, agree), copy=False).subquery(name(_OWN), copy=False)


def _accounts(table: str, given: Given) -> exp.Select:
    """Return id → account of the records of a table, as far as there is such an account; where they differ, none."""
    rows = attached(table, _table(table, given), (_ID,), given)
    id_, owner = _text(column(_ID), given), _text(column(OWNER), given)
    least, most = call("MIN", owner), call("MAX", owner.copy())
    one = case([(binary(exp.EQ, least, most), least.copy())])
    made = [exp.Alias(this=id_, alias=name(_ID)), exp.Alias(this=one, alias=name(OWNER))]
    accounts = exp.Select(expressions=[_text(column(_ID), given)]).from_(_table("accounts", given), copy=False)
    known = [there(column(_ID)), exp.In(this=owner.copy(), query=accounts.subquery(copy=False))]
    select = exp.Select(expressions=made).from_(rows, copy=False).where(chain(exp.And, known), copy=False)
    return select.group_by(id_.copy(), copy=False)


def _table(table: str, given: Given) -> exp.Table:
    return exp.Table(this=name(table), db=name(given.schema) if given.schema else None)


def _text(value: exp.Expr, given: Given) -> exp.Expr:
    """Return an id as text that compares by code point."""
    return by_code_point(typed(value, "text"), Scalar("col", "text"), given)
