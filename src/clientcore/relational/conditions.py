"""Lower leaves, logic and comparisons."""

from __future__ import annotations

from typing import Any

from clientcore.expr import Level, Node
from clientcore.relational import lists
from clientcore.relational.expressions import Expressions, Scope, Writer
from clientcore.relational.scalar import FALSE, Scalar, both, case, compare, either, known, lit, null, opposite
from clientcore.relational.sorts import constant, sort_of


def _literal(ex: Expressions, node: Node, _scope: Scope) -> Scalar:
    if node.kind.name == "null":
        raise ex.refused(node, "a bare null has no kind here")
    return constant(node.value, sort_of(node.kind))


def _leaf(prefix: str) -> Writer:
    def write(ex: Expressions, node: Node, _scope: Scope) -> Scalar:
        key = node.value if isinstance(node.value, tuple) else (node.value,)
        found = ex.builder.leaves.get((prefix, *key))
        if found is None:
            raise ex.refused(node, f"`{key[-1]}` is a {node.kind}")
        return found

    return write


def _field(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return ex.column(scope.frame, node.value)


def _param(_ex: Expressions, node: Node, _scope: Scope) -> Scalar:
    return Scalar("param", sort_of(node.kind, f"param `{node.value[1]}`"), (), node.value)


def _as_of(_ex: Expressions, _node: Node, _scope: Scope) -> Scalar:
    return Scalar("as_of", "integer")


def _var(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    held = scope.bound.get(node.value)
    if held is None:
        raise ex.refused(node, "a record of a list is no value")
    return held


def _column(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    record = node.args[0]
    if record.op == "var":
        return ex.column(scope.frame, node.value)
    return lists.latest_column(ex, record, node, scope)


def _and(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return both(*(ex.value(arg, scope) for arg in node.args))


def _or(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return either(*(ex.value(arg, scope) for arg in node.args))


def _not(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return opposite(ex.value(node.args[0], scope))


def _if(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    sort = sort_of(node.kind, "a choice")
    condition = ex.kept(node.args[0], scope)
    first, second = (null(sort) if arg.kind.name == "null" else ex.kept(arg, scope) for arg in node.args[1:])
    return case(condition, first, opposite(condition), second, compare("eq", first, second), first, null(sort))


def _has(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    arg = node.args[0]
    if arg.kind.name in {"list", "record"}:
        return lists.there(ex, arg, scope)
    return known(ex.value(arg, scope))


def _compare(op: str) -> Writer:
    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        left, right = node.args
        if any(arg.op == "literal" and arg.value is None for arg in node.args):
            return null("boolean")
        if left.kind.name == "level" and op not in {"eq", "ne"}:
            return _level_order(ex, node, scope, op)
        return compare(op, ex.value(left, scope), ex.value(right, scope))

    return write


def _level_order(ex: Expressions, node: Node, scope: Scope, op: str) -> Scalar:
    left, right = node.args
    level = left.kind.level or right.kind.level
    assert level is not None
    a = ex.kept(left, scope)
    if right.op == "literal":
        return within(a, tuple(sorted(_side(level, op, right.value))))
    b = ex.kept(right, scope)
    pairs = (
        both(compare("eq", b, lit(label)), within(a, tuple(sorted(_side(level, op, label))))) for label in level.labels
    )
    return case(both(known(a), known(b)), either(*pairs), null("boolean"))


def _side(level: Level, op: str, label: str) -> frozenset[str]:
    sides = {"lt": level.lower, "le": level.at_most, "gt": level.higher, "ge": level.at_least}
    return sides[op](label)


def within(item: Scalar, values: tuple[Any, ...]) -> Scalar:
    """Return whether an item is one of the constants; null where it is null, also for none of them."""
    if not values:
        return case(known(item), FALSE, null("boolean"))
    return Scalar("in_set", "boolean", (item,), values)


def _in(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    item, source = node.args
    if source.op == "param":
        return Scalar("in_param", "boolean", (ex.value(item, scope),), source.value)
    if source.op == "list":
        if not source.args:
            return FALSE
        if all(part.op == "literal" and part.value is not None for part in source.args):
            values = tuple(constant(part.value, sort_of(part.kind)).value for part in source.args)
            return within(ex.value(item, scope), tuple(dict.fromkeys(values)))
        held = ex.kept(item, scope)
        return either(*(compare("eq", held, ex.value(part, scope)) for part in source.args))
    return lists.holds(ex, item, source, scope)


def _parent(ex: Expressions, node: Node, _scope: Scope) -> Scalar:
    return ex.parents[node.args[0]]


CONDITIONS: dict[str, Writer] = {
    "literal": _literal,
    "field": _field,
    "fact": _leaf("fact"),
    "param": _param,
    "as_of": _as_of,
    "var": _var,
    "column": _column,
    "score": _leaf("score"),
    "outcome": _leaf("table_outcome"),
    "state": _leaf("state"),
    "fired": _leaf("rule"),
    "previous": _leaf("previous"),
    "parent": _parent,
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "has": _has,
    "eq": _compare("eq"),
    "ne": _compare("ne"),
    "lt": _compare("lt"),
    "le": _compare("le"),
    "gt": _compare("gt"),
    "ge": _compare("ge"),
    "in": _in,
}
