"""Lower checked expressions: every operator of `expr.OPS` on one subject or one related row becomes scalars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from clientcore.errors import UnsupportedError
from clientcore.expr import Level, Node
from clientcore.plan import HUGE, Bound, bound, unguarded
from clientcore.relational import lists
from clientcore.relational.program import Builder, Lookup
from clientcore.relational.scalar import (
    FALSE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    known,
    lit,
    null,
    opposite,
)
from clientcore.relational.sorts import EPOCH, constant, sort_of

_FIRST, _LAST = 1 - EPOCH, 3_652_059 - EPOCH  # years 1 to 9999
_WHOLE = 2.0**53
_LONGEST_TEXT = 4096
#: Leaves that are the same on every row of every frame.
_EVERYWHERE = frozenset({"literal", "param", "as_of"})


@attrs.frozen
class Scope:
    """Where an expression stands: on the subject itself, or on a row of a related table.

    Args:
        frame: Frame whose rows it is computed for.
        bound: Macro variable → None for the row itself, or the scalar that a `map` made of it.
        outer: The scope around it.
    """

    frame: str
    bound: Mapping[str, Scalar | None] = attrs.field(factory=dict)
    outer: Scope | None = None


@attrs.define
class Expressions:
    """Lowers the expressions of one plan into one builder.

    Args:
        builder: Takes the columns.
        column: (frame, field) → the scalar of a field there; it adds the source when first asked.
        rows: Related table → its frame.
        key: The column of those frames that names the subject.
        shared: Trees that occur more than once; each becomes a column.
        bounds: Static bounds of the derived facts so far.
        list_facts: Derived facts that are lists, which have no column and are written out where they are read.
        parents: What a child reads of its account → its column.
        what: Names the step that is being written, for errors.
    """

    builder: Builder
    column: Callable[[str, str], Scalar]
    rows: Callable[[str], str]
    key: str
    shared: frozenset[Node] = frozenset()
    bounds: dict[str, Bound] = attrs.field(factory=dict)
    list_facts: dict[str, Node] = attrs.field(factory=dict)
    parents: dict[Node, Scalar] = attrs.field(factory=dict)
    what: str = ""
    _memo: dict[Node, Bound] = attrs.field(factory=dict)

    @property
    def main(self) -> Scope:
        """The scope of the subject."""
        return Scope(self.builder.main)

    def value(self, node: Node, scope: Scope | None = None) -> Scalar:
        """Return the scalar of a node; null where it is missing or unknown.

        Raises:
            UnsupportedError: The node is outside what frames can do (CC401); the text names the step and says what to
                use.
        """
        scope = scope or self.main
        if scope.outer is not None and node.op not in _EVERYWHERE and not lists.reads_row(node, scope):
            return self._brought(node, scope)
        writer = OPS.get(node.op)
        if writer is None:
            raise self.refused(node, UNSUPPORTED.get(node.op, "it is no column"))
        made = writer(self, node, scope)
        return self.builder.keep(made, frame=scope.frame) if node in self.shared else made

    def kept(self, node: Node, scope: Scope) -> Scalar:
        """Return a column or leaf that holds the value, where it is read more than once."""
        return self.builder.keep(self.value(node, scope), frame=scope.frame)

    def _brought(self, node: Node, scope: Scope) -> Scalar:
        """Return what does not depend on the row from the subject, by the key that the row has."""
        held = self.kept(node, self.main)
        if held.op != "col":
            return held
        lookup = Lookup(scope.frame, "", self.builder.main, held.value, (self.key, "id"), held.sort)
        return self.builder.look_up(lookup)

    def unguarded(self, node: Node) -> bool:
        """Return whether the guard of an arithmetic node can never act."""
        return unguarded(node, self.bounds, self._memo)

    def bound(self, node: Node) -> Bound:
        """Return the static bound of a number."""
        return bound(node, self.bounds, self._memo)

    def refused(self, node: Node, why: str) -> UnsupportedError:
        """Return the error for a node that frames can't do."""
        return UnsupportedError(
            f"CC401 {self.what}: `{node.op}` can't run on frames: {why}; use the record executor (executor='record')"
        )


Writer = Callable[[Expressions, Node, Scope], Scalar]


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


def guarded(ex: Expressions, node: Node, made: Scalar, scope: Scope) -> Scalar:
    """Return an arithmetic result, with the guard where it can act."""
    # the guard reads its operand more than once, so that has a column of its own
    return made if ex.unguarded(node) else Scalar("guard", "number", (ex.builder.keep(made, frame=scope.frame),))


def quotient(ex: Expressions, above: Scalar, below: Scalar, frame: str = "") -> Scalar:
    """Return a quotient; engines read the dividend twice where the divisor is constant."""
    constant_below = all(part.op != "col" for part in below.walk())
    return arithmetic("div", ex.builder.keep(above, frame=frame) if constant_below else above, below)


def _arithmetic(op: str) -> Writer:
    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        if op == "div" and node.args[1].op == "literal" and node.args[1].value == 0.0:
            return null("number")
        left, right = (ex.value(arg, scope) for arg in node.args)
        if op == "div":
            return guarded(ex, node, quotient(ex, left, ex.builder.keep(right, frame=scope.frame), scope.frame), scope)
        return guarded(ex, node, arithmetic(op, left, right), scope)

    return write


def _mod(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    a, b = (ex.kept(arg, scope) for arg in node.args)
    whole = [
        part
        for x in (a, b)
        for part in (
            compare("le", arithmetic("abs", x), lit(_WHOLE)),
            compare("eq", arithmetic("floor", x), x),
        )
    ]
    left = arithmetic("ifmod", _to_integer(a), _to_integer(b))
    return case(both(*whole), _to_number(left), null("number"))


def _plain(op: str) -> Writer:
    return lambda ex, node, scope: arithmetic(op, ex.value(node.args[0], scope))


def _round(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    x, scale = ex.value(node.args[0], scope), 10.0**node.value
    risky = ex.bound(node.args[0])[0] * scale > HUGE
    product = arithmetic("mul", x, lit(scale)) if node.value else x
    if risky:
        product = Scalar("guard", "number", (ex.builder.keep(product, frame=scope.frame),))
    whole = arithmetic("round_even", product)
    made = quotient(ex, whole, lit(scale), scope.frame) if node.value else whole
    return Scalar("guard", "number", (ex.builder.keep(made, frame=scope.frame),)) if risky else made


def _day_add(sign: str) -> Writer:
    def write(ex: Expressions, node: Node, scope: Scope) -> Scalar:
        day, days = (ex.kept(arg, scope) for arg in node.args)
        whole = both(compare("le", arithmetic("abs", days), lit(4e6)), compare("eq", arithmetic("floor", days), days))
        moved = ex.builder.keep(
            case(whole, arithmetic(sign, day, _to_integer(days)), null("integer")), frame=scope.frame
        )
        inside = both(compare("ge", moved, lit(_FIRST)), compare("le", moved, lit(_LAST)))
        return case(inside, moved, null("integer"))

    return write


def _day_diff(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return _to_number(arithmetic("isub", *(ex.value(arg, scope) for arg in node.args)))


def _instant_diff(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return quotient(ex, _day_diff(ex, node, scope), lit(3.6e9), scope.frame)


def _business_days(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    start, end = (_weekdays(ex.value(arg, scope)) for arg in node.args)
    return _to_number(arithmetic("isub", end, start))


def _weekdays(day: Scalar) -> Scalar:
    k = arithmetic("iadd", day, lit(3))
    weeks = arithmetic("imul", Scalar("ifloordiv", "integer", (k,), 7), lit(5))
    rest = Scalar("imod", "integer", (k,), 7)
    return arithmetic("iadd", weeks, case(compare("gt", rest, lit(5)), lit(5), rest))


def _to_integer(x: Scalar) -> Scalar:
    return Scalar("to_integer", "integer", (x,))


def _to_number(x: Scalar) -> Scalar:
    return Scalar("to_number", "number", (x,))


def _text_test(op: str) -> Writer:
    return lambda ex, node, scope: Scalar(op, "boolean", tuple(ex.value(arg, scope) for arg in node.args))


def _matches(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    text = ex.kept(node.args[0], scope)
    short = compare("le", Scalar("length", "integer", (text,)), lit(_LONGEST_TEXT))
    return case(short, Scalar("matches", "boolean", (text,), node.value), null("boolean"))


def _lower(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return Scalar("lower_ascii", "text", (ex.value(node.args[0], scope),))


def _parent(ex: Expressions, node: Node, _scope: Scope) -> Scalar:
    return ex.parents[node.args[0]]


OPS: Mapping[str, Writer] = MappingProxyType(
    {
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
        "add": _arithmetic("add"),
        "sub": _arithmetic("sub"),
        "mul": _arithmetic("mul"),
        "div": _arithmetic("div"),
        "mod": _mod,
        "neg": _plain("neg"),
        "abs": _plain("abs"),
        "round": _round,
        "floor": _plain("floor"),
        "ceil": _plain("ceil"),
        "day_add": _day_add("iadd"),
        "day_sub": _day_add("isub"),
        "day_diff": _day_diff,
        "instant_diff": _instant_diff,
        "business_days": _business_days,
        "starts_with": _text_test("starts_with"),
        "ends_with": _text_test("ends_with"),
        "contains": _text_test("contains"),
        "matches": _matches,
        "lower_ascii": _lower,
        "size": lists.size,
        "sum": lists.total,
        "mean": lists.mean,
        "min": lists.extreme("min"),
        "max": lists.extreme("max"),
        "count_distinct": lists.count_distinct,
        "all": lists.quantified("all"),
        "exists": lists.quantified("exists"),
        "exists_one": lists.quantified("exists_one"),
    }
)
#: What has no column of its own: it is read by the operators around it.
UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        "table": "a list of records is no column; ask for its size, or whether a record exists",
        "list": "a list is no column; ask whether it holds something, or fold it",
        "filter": "a list is no column; fold it with size, sum, mean, min, max or count_distinct",
        "map": "a list is no column; fold it with sum, mean, min, max or count_distinct",
        "latest": "a record is no column; read one of its fields",
    }
)
