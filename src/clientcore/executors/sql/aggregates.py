"""Aggregates → trees of SQL: what one group of related rows gives."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import by_code_point, printed
from clientcore.executors.sql.words import call, case, constant, there, typed
from clientcore.relational import Aggregate, Scalar

Gather = Callable[[Aggregate, Given], exp.Expr]
_LEAST = {"number": float("-inf"), "integer": -(2**63), "boolean": False, "text": ""}


def gathered(aggregate: Aggregate, given: Given) -> exp.Expr:
    """Return what the rows of a group give; null or nothing where there is no group is the reader's matter."""
    return AGGREGATES[aggregate.how](aggregate, given)


def empty(aggregate: Aggregate) -> Scalar | None:
    """Return what stands where the group is empty; None for null."""
    if aggregate.how in {"count", "count_distinct"}:
        return Scalar("lit", "integer", (), 0)
    return Scalar("lit", "number", (), 0.0) if aggregate.how == "sum" else None


def _value(aggregate: Aggregate) -> Scalar:
    if aggregate.value is None:
        raise AssertionError(f"{aggregate.how} without a value")
    return aggregate.value


def _where(made: exp.Expr, aggregate: Aggregate, given: Given) -> exp.Expr:
    if aggregate.where is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=printed(aggregate.where, given)))


def _taken(aggregate: Aggregate, given: Given) -> exp.Expr:
    """Return the value, null where the row takes no part, for databases without `FILTER`."""
    value = printed(_value(aggregate), given)
    if aggregate.where is None or given.dialect.filters:
        return value
    return case([(printed(aggregate.where, given), value)])


def _filtered(made: exp.Expr, aggregate: Aggregate, given: Given) -> exp.Expr:
    return _where(made, aggregate, given) if given.dialect.filters else made


def _count(aggregate: Aggregate, given: Given) -> exp.Expr:
    if aggregate.where is not None and not given.dialect.filters:
        return exp.Count(this=case([(printed(aggregate.where, given), exp.Literal.number(1))]))
    return _where(exp.Count(this=exp.Star()), aggregate, given)


def _sum(aggregate: Aggregate, given: Given) -> exp.Expr:
    value = _taken(aggregate, given)
    if given.dialect.name in {"spark", "snowflake", "bigquery"}:
        wide = exp.DataType.build("BIGNUMERIC" if given.dialect.name == "bigquery" else "DECIMAL(38, 0)")
        value = exp.Cast(this=value, to=wide)
    total = _filtered(exp.Sum(this=value), aggregate, given)
    if not given.dialect.exact_cast:
        total = typed(total, "text")
    return typed(total, "number")


def _extreme(aggregate: Aggregate, given: Given) -> exp.Expr:
    value = _taken(aggregate, given)
    if aggregate.sort == "boolean":
        kind: type[exp.Expr] = exp.LogicalAnd if aggregate.how == "min" else exp.LogicalOr
    else:
        kind = exp.Min if aggregate.how == "min" else exp.Max
    return _filtered(kind(this=by_code_point(value, _value(aggregate), given)), aggregate, given)


def _count_distinct(aggregate: Aggregate, given: Given) -> exp.Expr:
    distinct = exp.Distinct(expressions=[by_code_point(_taken(aggregate, given), _value(aggregate), given)])
    return _filtered(exp.Count(this=distinct), aggregate, given)


def _latest(aggregate: Aggregate, given: Given) -> exp.Expr:
    value = printed(_value(aggregate), given)
    if given.dialect.name == "duckdb":
        order = [part for one in aggregate.order for part in _ranked(one, given)]
        return _where(call("ARG_MAX_NULL", value, call("ROW", *order)), aggregate, given)
    keys = [by_code_point(printed(one, given), one, given) for one in aggregate.order]
    if given.dialect.name == "spark":
        return _where(call("MAX_BY", value, call("STRUCT", *keys)), aggregate, given)
    if not given.dialect.filters and aggregate.where is not None:
        keys.insert(0, call("COALESCE", printed(aggregate.where, given), exp.false()))
        value = case([(printed(aggregate.where, given), value)])
    ordered = [exp.Ordered(this=key, desc=True, nulls_first=False) for key in keys]
    if given.dialect.name == "snowflake":
        boxed = call("ARRAY_CONSTRUCT", value)
        inner: exp.Expr = exp.WithinGroup(this=call("ARRAY_AGG", boxed), expression=exp.Order(expressions=ordered))
        return typed(call("GET", call("GET", inner, exp.Literal.number(0)), exp.Literal.number(0)), aggregate.sort)
    if given.dialect.name == "bigquery":
        inner = call(
            "ARRAY_AGG", exp.Limit(this=exp.Order(this=value, expressions=ordered), expression=exp.Literal.number(1))
        )
        return exp.Bracket(this=inner, expressions=[exp.Literal.number(0)], offset=0, safe=True)
    listed = _where(call("ARRAY_AGG", exp.Order(this=value, expressions=ordered)), aggregate, given)
    return exp.Bracket(this=exp.Paren(this=listed), expressions=[exp.Literal.number(1)], offset=1)


def _ranked(scalar: Scalar, given: Given) -> tuple[exp.Expr, exp.Expr]:
    """Return two parts of a row that order as the scalar does, null before everything."""
    value = printed(scalar, given)
    return there(value), call("COALESCE", value.copy(), constant(_LEAST[scalar.sort], scalar.sort))


AGGREGATES: dict[str, Gather] = {
    "count": _count,
    "sum": _sum,
    "min": _extreme,
    "max": _extreme,
    "count_distinct": _count_distinct,
    "latest": _latest,
}
