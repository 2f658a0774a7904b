"""Lower tests over lists that are written out or are params: one condition for each element, once all are there.

The condition is lowered once, with a placeholder for the element. What does not depend on the element becomes a column
first, so it is computed once for all of them. The elements of a param are put in when its value is (`specialised`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs

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
)
from clientcore.relational.sorts import sort_of

if TYPE_CHECKING:
    from clientcore.expr import Node
    from clientcore.relational.expressions import Expressions, Scope, Writer


def tested(which: str) -> Writer:
    """Return the writer of `all`, `exists` or `exists_one`, over related rows or over a list known beforehand."""
    over_rows = quantified(which)

    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        listed = node.args[0]
        while listed.op == "fact" and listed.value in ex.list_facts:
            listed = ex.list_facts[listed.value]
        if listed.op not in {"list", "param"}:
            return over_rows(ex, node, scope)
        if listed.op == "list" and not listed.args:
            return lit(which == "all")
        assert listed.kind.of is not None
        item = Scalar("item", sort_of(listed.kind.of, f"`{which}` of a list"), (), ex.builder.name("i"))
        inner = attrs.evolve(scope, bound={**scope.bound, node.value: item})
        with ex.builder.within(item):
            body = _ready(ex, ex.value(node.args[1], inner), scope.frame)
        if listed.op == "param":
            return Scalar("each", "boolean", (body,), (which, item, listed.value))
        return _combined(which, body, item, [ex.kept(arg, scope) for arg in listed.args])

    return write


def unrolled(each: Scalar, constant: Callable[[Scalar], Sequence[Scalar]]) -> Scalar:
    """Return a test over a param with a condition for each of its elements.

    Args:
        each: The test.
        constant: Gives the elements of the param of a test.
    """
    which, item, _ = each.value
    return _combined(which, each.args[0], item, constant(each))


def _combined(which: str, body: Scalar, item: Scalar, elements: Sequence[Scalar]) -> Scalar:
    truths = [_with(body, item, element) for element in elements]
    if which == "exists":
        return either(*truths)
    if which == "all":
        return both(*truths)
    one = compare("eq", how_many([is_true(truth) for truth in truths]), lit(1))
    return case(both(*map(known, truths)), one, null("boolean"))


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
