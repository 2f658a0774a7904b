"""Lower numbers, days and texts."""

from __future__ import annotations

from clientcore.expr import Node
from clientcore.plan import HUGE
from clientcore.relational.expressions import Expressions, Scope, Writer, guarded, quotient
from clientcore.relational.scalar import Scalar, arithmetic, both, case, compare, lit, null, to_number
from clientcore.relational.sorts import EPOCH

_FIRST, _LAST = 1 - EPOCH, 3_652_059 - EPOCH  # years 1 to 9999
_DAY_MICROS = 86_400_000_000
_WHOLE = 2.0**53
_LONGEST_TEXT = 4096


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
    return case(both(*whole), to_number(left), null("number"))


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
    return to_number(arithmetic("isub", *(ex.value(arg, scope) for arg in node.args)))


def _instant_diff(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return quotient(ex, _day_diff(ex, node, scope), lit(3.6e9), scope.frame)


def _utc_day(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return Scalar("ifloordiv", "integer", (ex.value(node.args[0], scope),), _DAY_MICROS)


def _business_days(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    start, end = (_weekdays(ex.value(arg, scope)) for arg in node.args)
    return to_number(arithmetic("isub", end, start))


def _weekdays(day: Scalar) -> Scalar:
    k = arithmetic("iadd", day, lit(3))
    weeks = arithmetic("imul", Scalar("ifloordiv", "integer", (k,), 7), lit(5))
    rest = Scalar("imod", "integer", (k,), 7)
    return arithmetic("iadd", weeks, case(compare("gt", rest, lit(5)), lit(5), rest))


def _to_integer(x: Scalar) -> Scalar:
    return Scalar("to_integer", "integer", (x,))


def _text_test(op: str) -> Writer:
    return lambda ex, node, scope: Scalar(op, "boolean", tuple(ex.value(arg, scope) for arg in node.args))


def _matches(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    text = ex.kept(node.args[0], scope)
    short = compare("le", Scalar("length", "integer", (text,)), lit(_LONGEST_TEXT))
    return case(short, Scalar("matches", "boolean", (text,), node.value), null("boolean"))


def _lower(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    return Scalar("lower_ascii", "text", (ex.value(node.args[0], scope),))


VALUES: dict[str, Writer] = {
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
    "utc_day": _utc_day,
    "business_days": _business_days,
    "starts_with": _text_test("starts_with"),
    "ends_with": _text_test("ends_with"),
    "contains": _text_test("contains"),
    "matches": _matches,
    "lower_ascii": _lower,
}
