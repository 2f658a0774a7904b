"""Lower lists: related rows become aggregates with an explicit count of what is unknown, written lists are unrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import attrs

from clientcore.expr import Node
from clientcore.relational.program import Aggregate, How
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
    to_number,
)
from clientcore.relational.sorts import sort_of

if TYPE_CHECKING:
    from clientcore.relational.expressions import Expressions, Scope

_MILLION = 1e6
_MOST = 9e12  # of the magnitude of what is summed exactly


def is_true(part: Scalar) -> Scalar:
    """Return whether a scalar is true; never null."""
    return part if part in {TRUE, FALSE} or part.op == "is_null" else Scalar("is_true", "boolean", (part,))


@attrs.frozen
class Rows:
    """Related rows on their way through filters and maps.

    Args:
        scope: On a row.
        gatherer: Frame that gets the aggregates.
        keys: Columns of the rows, and the columns of the gatherer that they equal.
        present: Whether the table is there at all.
        alive: Whether a row is still in the list; never null.
        lost: Whether a row makes the whole list unknown; never null.
        element: What a `map` made of the row; None for the row itself.
        nested: For a list inside another one, what a null key brings.
    """

    scope: Scope
    gatherer: str
    keys: tuple[tuple[str, str], ...]
    present: Scalar
    alive: Scalar = TRUE
    lost: Scalar = FALSE
    element: Scalar | None = None
    nested: Nested | None = None

    def fold(
        self, ex: Expressions, how: How, value: Scalar | None = None, where: Scalar = TRUE, order: Sequence[Scalar] = ()
    ) -> Scalar:
        """Return a column of the gatherer over the rows that are alive and for which `where` is true."""
        alive = both(self.alive, where)
        plain = None if alive == TRUE else alive
        return ex.builder.gather(
            Aggregate(self.gatherer, "", self.scope.frame, how, self.keys, value, plain, tuple(order))
        )

    def count(self, ex: Expressions, where: Scalar) -> Scalar:
        """Return how many rows are such, alive or not; constant 0 where none can be."""
        if where == FALSE:
            return lit(0)
        plain = None if where == TRUE else where
        return ex.builder.gather(Aggregate(self.gatherer, "", self.scope.frame, "count", self.keys, None, plain))

    def clear(self, ex: Expressions, more: Scalar = FALSE) -> Scalar:
        """Return whether nothing makes the list unknown: the table is there, and no row is lost nor as `more` says."""
        parts = [self.present, _none(self.count(ex, either(self.lost, both(self.alive, more))))]
        if self.nested is not None:
            parts += self.nested.clear(ex, self)
        return both(*parts)


@attrs.frozen
class Nested:
    """What a missing key brings to a list inside another one.

    Args:
        key: Column of the inner rows.
        outer: Column of the outer row that it equals.
        open: Whether an inner row with a missing key could still belong to the list; never null.
        guarded: Whether the condition asks that the key is there, so that no row without one belongs to the list.
    """

    key: Scalar
    outer: Scalar
    open: Scalar = TRUE
    guarded: bool = False

    def narrowed(self, truth: Scalar) -> Nested:
        """Return what is left of this where a condition has to hold too."""
        return attrs.evolve(self, open=both(self.open, opposite(is_true(opposite(truth)))))

    def clear(self, ex: Expressions, rows: Rows) -> list[Scalar]:
        """Return the conditions under which no missing key makes the list unknown."""
        plain = attrs.evolve(rows, keys=rows.keys[:1])
        if self.guarded:
            return [either(known(self.outer), _none(plain.count(ex, both(known(self.key), self.open))))]
        unkeyed = plain.count(ex, both(is_null(self.key), self.open))
        any_open = plain.count(ex, self.open)
        return [_none(unkeyed), either(known(self.outer), _none(any_open))]


def _none(count: Scalar) -> Scalar:
    return TRUE if count == lit(0) else compare("eq", count, lit(0))


def _some(count: Scalar) -> Scalar:
    return FALSE if count == lit(0) else compare("gt", count, lit(0))


def reads_row(node: Node, scope: Scope) -> bool:
    """Return whether a tree reads a variable of the row that a scope stands on."""
    return not node.free.isdisjoint(scope.bound)


def source(ex: Expressions, node: Node, scope: Scope) -> Rows | tuple[Scalar, ...]:
    """Return a list: related rows, or the scalars of a list that is written out.

    Raises:
        UnsupportedError: It is another list (CC401).
    """
    if node.op == "fact" and node.value in ex.list_facts:
        with ex.inside(f"fact `{node.value}`"):
            return source(ex, ex.list_facts[node.value], scope)
    if node.op == "table":
        return _table(ex, node, scope)
    if node.op == "list":
        return tuple(ex.kept(arg, scope) for arg in node.args)
    if node.op in {"filter", "map"}:
        before = source(ex, node.args[0], scope)
        if isinstance(before, tuple):
            raise ex.refused(node, "of a list that is written out only the size of a filter is computed")
        return (_filtered if node.op == "filter" else _mapped)(ex, node, before)
    raise ex.refused(node, f"a {node.kind} is no table of related records")


def _table(ex: Expressions, node: Node, scope: Scope) -> Rows:
    inner = attrs.evolve(scope, frame=ex.rows(node.value), bound={}, outer=scope)
    names_subject = "id" if scope.outer is None else ex.key
    return Rows(inner, scope.frame, ((ex.key, names_subject),), Scalar("present", "boolean", (), node.value))


def bound_to(rows: Rows, variable: str) -> Scope:
    """Return the scope of a row with a macro variable bound to its element."""
    return attrs.evolve(rows.scope, bound={**rows.scope.bound, variable: rows.element})


def _filtered(ex: Expressions, node: Node, rows: Rows) -> Rows:
    inner = bound_to(rows, node.value)
    rows, body = _keyed(ex, node, rows, inner)
    if body is None:
        return rows
    truth = ex.builder.keep(ex.value(body, inner), frame=inner.frame)
    lost = either(rows.lost, both(rows.alive, is_null(truth)))
    nested = None if rows.nested is None else rows.nested.narrowed(truth)
    return attrs.evolve(rows, alive=both(rows.alive, is_true(truth)), lost=lost, nested=nested)


def _mapped(ex: Expressions, node: Node, rows: Rows) -> Rows:
    inner = bound_to(rows, node.value)
    element = ex.builder.keep(ex.value(node.args[1], inner), frame=inner.frame)
    lost = either(rows.lost, both(rows.alive, is_null(element)))
    return attrs.evolve(rows, alive=both(rows.alive, known(element)), lost=lost, element=element)


def _keyed(ex: Expressions, node: Node, rows: Rows, inner: Scope) -> tuple[Rows, Node | None]:
    """Take the one equality with the outer row out of a condition; return what is left of the condition.

    Rows that meet have a key, so what asks for it goes too, and gathers the same as a condition that does not ask.

    Raises:
        UnsupportedError: The condition reads the outer row in another way (CC401).
    """
    outer = rows.scope.outer
    body = node.args[1]
    if outer is None or outer.outer is None or body.free.isdisjoint(outer.bound):
        return rows, body
    why = "two lists meet on frames by one equality of a field of each, joined with conditions on the inner one by &&"
    inside: list[Node] = []
    keys: list[tuple[Scalar, Scalar]] = []
    named: Node | None = None
    for part in _conjuncts(body):
        if part.free.isdisjoint(outer.bound):
            inside.append(part)
            continue
        sides = [arg for arg in part.args if arg.free.isdisjoint(outer.bound)]
        others = [arg for arg in part.args if arg.free <= outer.bound.keys()]
        if part.op != "eq" or len(sides) != 1 or len(others) != 1 or keys or rows.lost != FALSE or rows.alive != TRUE:
            raise ex.refused(node, why)
        named = sides[0]
        keys.append((ex.kept(named, inner), ex.kept(others[0], outer)))
    if len(keys) != 1 or any(part.op != "col" for part in keys[0]):
        raise ex.refused(node, why)
    key, other = keys[0]
    left = [part for part in inside if not (part.op == "has" and part.args == (named,))]
    rest = reduce(lambda one, more: Node("and", more.kind, (one, more)), left) if left else None
    nested = Nested(key, other, guarded=len(left) < len(inside))
    return attrs.evolve(rows, keys=(*rows.keys, (key.value, other.value)), nested=nested), rest


def _conjuncts(node: Node) -> list[Node]:
    return [part for arg in node.args for part in _conjuncts(arg)] if node.op == "and" else [node]


def there(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Return whether a list or record is known."""
    if node.op == "latest":
        rows, _order = _ranked(ex, node, scope)
        return both(rows.clear(ex, _unranked(_order)), _some(rows.fold(ex, "count")))
    if node.op == "param":
        return TRUE
    found = source(ex, node, scope)
    return TRUE if isinstance(found, tuple) else found.clear(ex)


def size(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower `size`."""
    if node.args[0].op == "param":
        return Scalar("param_size", "number", (), node.args[0].value)
    found = source(ex, node.args[0], scope)
    if isinstance(found, tuple):
        return lit(float(len(found)))
    return case(found.clear(ex), to_number(found.fold(ex, "count")), null("number"))


def _whole(x: Scalar) -> Scalar:
    """Return a number as so many millionths, half to even."""
    return Scalar("to_integer", "integer", (arithmetic("round_even", arithmetic("mul", x, lit(_MILLION))),))


def _fits(x: Scalar) -> Scalar:
    return compare("le", arithmetic("abs", x), lit(_MOST))


def _summed(ex: Expressions, node: Node, scope: Scope) -> tuple[Scalar, Scalar, Scalar]:
    """Return (whether the sum is known, the exact sum of millionths as a number, how many as a number)."""
    found = source(ex, node.args[0], scope)
    if isinstance(found, tuple):
        sums = lit(0)
        for x in found:
            sums = arithmetic("iadd", sums, _whole(x))
        return both(*(is_true(_fits(x)) for x in found)), to_number(sums), lit(float(len(found)))
    assert found.element is not None
    fits = ex.builder.keep(is_true(_fits(found.element)), frame=found.scope.frame)
    whole = case(fits, _whole(found.element), null("integer"))
    clear = found.clear(ex, opposite(fits))
    return clear, found.fold(ex, "sum", whole), to_number(found.fold(ex, "count"))


def total(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower `sum`."""
    sure, summed, _ = _summed(ex, node, scope)
    return case(sure, arithmetic("div", ex.builder.keep(summed, frame=scope.frame), lit(_MILLION)), null("number"))


def mean(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower `mean`."""
    sure, summed, many = _summed(ex, node, scope)
    return case(sure, arithmetic("div", summed, arithmetic("mul", many, lit(_MILLION))), null("number"))


def extreme(how: How) -> Callable[[Expressions, Node, Scope], Scalar]:
    """Return the writer of `min` or `max`."""

    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        sort = sort_of(node.kind, f"`{how}` of a list")
        found = source(ex, node.args[0], scope)
        if isinstance(found, tuple):
            if not found:
                return null(sort)
            made = found[0]
            for x in found[1:]:
                made = case(compare("le" if how == "min" else "ge", made, x), made, x)
            return case(both(*(known(x) for x in found)), made, null(sort))
        assert found.element is not None
        return case(found.clear(ex), found.fold(ex, how, found.element), null(sort))

    return write


def count_distinct(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower `count_distinct`."""
    found = source(ex, node.args[0], scope)
    if isinstance(found, tuple):
        many = lit(0)
        for at, x in enumerate(found):
            again = either(*(compare("eq", x, before) for before in found[:at]))
            many = arithmetic("iadd", many, case(again, lit(0), lit(1)))
        return case(both(*(known(x) for x in found)), to_number(many), null("number"))
    if found.element is None:
        raise ex.refused(node, "records are not compared; map them to a field first")
    return case(found.clear(ex), to_number(found.fold(ex, "count_distinct", found.element)), null("number"))


def quantified(which: str) -> Callable[[Expressions, Node, Scope], Scalar]:
    """Return the writer of `all`, `exists` or `exists_one`."""

    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        found = source(ex, node.args[0], scope)
        assert isinstance(found, Rows)  # the others are unrolled
        if which == "all" and found.scope.outer is not None and found.scope.outer.outer is not None:
            raise ex.refused(node, "inside another list, ask whether one exists")
        inner = bound_to(found, node.value)
        before = found
        found, body = _keyed(ex, node, found, inner)
        truth = TRUE if body is None else ex.builder.keep(ex.value(body, inner), frame=inner.frame)
        if found.nested is not None and body is not None:
            found = attrs.evolve(found, nested=found.nested.narrowed(truth))
        return _decided(ex, which, found, truth, before.lost)

    return write


def _decided(ex: Expressions, which: str, rows: Rows, truth: Scalar, lost: Scalar) -> Scalar:
    clear = rows.clear(ex, is_null(truth))
    if which == "exists_one":
        many = rows.fold(ex, "count", where=is_true(truth))
        return case(clear, compare("eq", many, lit(1)), null("boolean"))
    sign, found = (TRUE, is_true(truth)) if which == "exists" else (FALSE, is_true(opposite(truth)))
    hit = _some(rows.fold(ex, "count", where=found))
    # a row lost before decides nothing, whatever else holds; one unknown in the condition itself only withholds it
    usable = both(rows.present, _none(rows.count(ex, lost)))
    return case(opposite(usable), null("boolean"), hit, sign, clear, opposite(sign), null("boolean"))


def holds(ex: Expressions, item: Node, node: Node, scope: Scope) -> Scalar:
    """Lower `item in list` for a list of mapped rows: Kleene over its elements."""
    found = source(ex, node, scope)
    if isinstance(found, tuple) or found.element is None:
        raise ex.refused(node, "only a list mapped from related records can be searched")
    truth = compare("eq", found.element, ex.value(item, attrs.evolve(found.scope, bound={})))
    return _decided(ex, "exists", found, truth, found.lost)


def _ranked(ex: Expressions, node: Node, scope: Scope) -> tuple[Rows, tuple[Scalar, ...]]:
    found = source(ex, node.args[0], scope)
    if isinstance(found, tuple) or found.element is not None:
        raise ex.refused(node, "only related records have a latest one")
    inner = bound_to(found, node.value)
    frame = inner.frame
    key = ex.builder.keep(ex.value(node.args[1], inner), frame=frame)
    return found, (key, ex.column(frame, "recorded_at"), ex.column(frame, "id"))


def _unranked(order: Sequence[Scalar]) -> Scalar:
    return is_null(order[0])


def latest_column(ex: Expressions, record: Node, node: Node, scope: Scope) -> Scalar:
    """Lower a field of `latest`."""
    if record.op != "latest":
        raise ex.refused(node, "only a field of the latest record can be read")
    rows, order = _ranked(ex, record, scope)
    value = rows.fold(ex, "latest", ex.column(rows.scope.frame, node.value), order=order)
    return case(rows.clear(ex, _unranked(order)), value, null(sort_of(node.kind)))
