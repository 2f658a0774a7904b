"""Lower what asks each element of a list that is written out or is a param: a condition for each of them.

The condition is lowered once, with a placeholder for the element. What does not depend on the element becomes a column
first, so it is computed once for all of them. The elements of a param are put in when its value is (`specialised`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs

from clientcore.relational import lists
from clientcore.relational.lists import is_true, quantified
from clientcore.relational.scalar import (
    Scalar,
    both,
    case,
    compare,
    either,
    how_many,
    known,
    lit,
    null,
    to_number,
)
from clientcore.relational.sorts import sort_of

if TYPE_CHECKING:
    from clientcore.expr import Node
    from clientcore.relational.expressions import Expressions, Scope, Writer


def tested(which: str) -> Writer:
    """Return the writer of `all`, `exists` or `exists_one`, over related rows or over a list known beforehand."""
    over_rows = quantified(which)

    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        listed = _known_list(ex, node.args[0])
        return over_rows(ex, node, scope) if listed is None else _each(ex, which, node, listed, scope)

    return write


def size(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower `size`, of a filter over a list known beforehand too."""
    filtered = node.args[0]
    listed = _known_list(ex, filtered.args[0]) if filtered.op == "filter" else None
    return lists.size(ex, node, scope) if listed is None else _each(ex, "size", filtered, listed, scope)


def _known_list(ex: Expressions, node: Node) -> Node | None:
    """Return the list or param that a node stands for; None for what is gathered from records."""
    while node.op == "fact" and node.value in ex.list_facts:
        node = ex.list_facts[node.value]
    return node if node.op in {"list", "param"} else None


def _each(ex: Expressions, which: str, macro: Node, listed: Node, scope: Scope) -> Scalar:
    if listed.op == "list" and not listed.args:
        return lit(0.0) if which == "size" else lit(which == "all")
    assert listed.kind.of is not None
    item = Scalar("item", sort_of(listed.kind.of, f"`{macro.op}` of a list"), (), ex.builder.name("i"))
    inner = attrs.evolve(scope, bound={**scope.bound, macro.value: item})
    with ex.builder.within(item):
        body = _ready(ex, ex.value(macro.args[1], inner), scope.frame)
    if listed.op == "param":
        return Scalar("each", "number" if which == "size" else "boolean", (body,), (which, item, listed.value))
    return _combined(which, body, item, [ex.kept(arg, scope) for arg in listed.args])


def unrolled(each: Scalar, constant: Callable[[Scalar], Sequence[Scalar]]) -> Scalar:
    """Return what asks each element of a param, with a condition for each of them.

    Args:
        each: What asks.
        constant: Gives the elements of the param.
    """
    which, item, _ = each.value
    return _combined(which, each.args[0], item, constant(each))


def _combined(which: str, body: Scalar, item: Scalar, elements: Sequence[Scalar]) -> Scalar:
    truths = [_with(body, item, element) for element in elements]
    if which == "exists":
        return either(*truths)
    if which == "all":
        return both(*truths)
    many = how_many([is_true(truth) for truth in truths])
    found = to_number(many) if which == "size" else compare("eq", many, lit(1))
    return case(both(*map(known, truths)), found, null(found.sort))


def _ready(ex: Expressions, body: Scalar, frame: str) -> Scalar:
    """Return a condition in which everything that no element turns is a column or a leaf."""
    if not any(one.op == "item" for one in body.walk()):
        return ex.builder.keep(body, frame=frame)
    return _over(body, tuple([_ready(ex, arg, frame) for arg in body.args]))


def _with(body: Scalar, item: Scalar, element: Scalar) -> Scalar:
    if body == item:
        return element
    return _over(body, tuple([_with(arg, item, element) for arg in body.args]))


def _over(scalar: Scalar, args: tuple[Scalar, ...]) -> Scalar:
    return scalar if args == scalar.args else attrs.evolve(scalar, args=args)
