"""Lower value operators: each row of `VALUES` writes what it needs and returns the text of the value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from clientcore.executors.record.emitter import Emitter, missing_text
from clientcore.executors.record.lists import LISTS
from clientcore.expr import Node
from clientcore.intake.values import micros
from clientcore.plan import HUGE, TINY, bound, unguarded

Writer = Callable[[Emitter, Node], str]

_DAY_MICROS = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def constant(em: Emitter, raw: Any) -> str:
    """Return the text of a constant in internal form."""
    if raw is None or isinstance(raw, bool | float):
        return "None" if raw is None else repr(raw)
    if isinstance(raw, datetime):
        return repr(micros(raw))
    if isinstance(raw, date):
        return repr(raw.toordinal())
    return em.constant(raw)


def _literal(em: Emitter, node: Node) -> str:
    if node.value is None:
        return missing_text(node.kind)
    return constant(em, node.value)


def _leaf(prefix: str) -> Writer:
    def write(em: Emitter, node: Node) -> str:
        key = node.value if isinstance(node.value, tuple) else (node.value,)
        return em.leaves[(prefix, *key)]

    return write


def _as_of(_em: Emitter, _node: Node) -> str:
    return "as_of"


def _parent(em: Emitter, node: Node) -> str:
    return em.parents[node.args[0]]


def _var(em: Emitter, node: Node) -> str:
    return em.variable(node.value)[0]


def _column(em: Emitter, node: Node) -> str:
    record = node.args[0]
    atom = em.value(record)
    at = em.columns[record.kind.table].index(node.value)
    if record.op == "var":
        return f"{atom}[{at}]"
    return f"{missing_text(node.kind)} if {atom} is None else {atom}[{at}]"


def _arithmetic(sign: str) -> Writer:
    def write(em: Emitter, node: Node) -> str:
        left, right = (em.value(arg) for arg in node.args)
        text = f"{left} {sign} {right}"
        if sign == "/":
            if node.args[1].op == "literal":
                if node.args[1].value == 0.0:
                    return "NAN"
            else:
                text = f"{text} if {right} else NAN"
        return _guarded(em, node, text)

    return write


def _guarded(em: Emitter, node: Node, text: str) -> str:
    if unguarded(node, em.facts, em.bounds):
        return text
    name = em.keep(node, text)
    home = em.home(node)
    em.line(f"if not {TINY!r} <= {name} <= {HUGE!r}: {name} = guard({name})", home)
    return name


def _neg(em: Emitter, node: Node) -> str:
    return f"-{em.value(node.args[0])}"


def _call(function: str) -> Writer:
    def write(em: Emitter, node: Node) -> str:
        return f"{function}({', '.join(em.value(arg) for arg in node.args)})"

    return write


def _round(em: Emitter, node: Node) -> str:
    number = em.value(node.args[0])
    scale = 10.0**node.value
    product = f"{number} * {scale!r}" if node.value else number
    high, _ = bound(node.args[0], em.facts, em.bounds)
    if high * scale > HUGE:
        return f"round_guarded({number}, {scale!r})"
    text = f"round({product}) / {scale!r}" if node.value else f"float(round({number}))"
    return f"{text} if {number} == {number} else NAN"


def _whole(function: str) -> Writer:
    def write(em: Emitter, node: Node) -> str:
        number = em.value(node.args[0])
        return f"float({function}({number})) if {number} == {number} else NAN"

    return write


def _if(em: Emitter, node: Node) -> str:
    yes, no = em.truth(node.args[0])
    nothing = missing_text(node.kind)
    first, second = (nothing if arg.kind.name == "null" else em.value(arg) for arg in node.args[1:])
    return f"{first} if {yes} else {second} if {no} else {first} if {first} == {second} else {nothing}"


def _day_diff(em: Emitter, node: Node) -> str:
    left, right = (em.value(arg) for arg in node.args)
    return f"{left} - {right} + 0.0"


def _instant_diff(em: Emitter, node: Node) -> str:
    left, right = (em.value(arg) for arg in node.args)
    return f"({left} - {right}) / 3.6e9"


def _utc_day(em: Emitter, node: Node) -> str:
    return f"{em.value(node.args[0])} // {_DAY_MICROS} + {_EPOCH_ORDINAL}"


def _lower(em: Emitter, node: Node) -> str:
    text = em.value(node.args[0])
    return f"{text}.translate(LOWER) if {text} is not None else None"


VALUES: dict[str, Writer] = {
    "literal": _literal,
    "field": _leaf("field"),
    "fact": _leaf("fact"),
    "param": _leaf("param"),
    "as_of": _as_of,
    "table": _leaf("table"),
    "var": _var,
    "column": _column,
    "score": _leaf("score"),
    "outcome": _leaf("table_outcome"),
    "state": _leaf("state"),
    "fired": _leaf("rule"),
    "previous": _leaf("previous"),
    "parent": _parent,
    "if": _if,
    "add": _arithmetic("+"),
    "sub": _arithmetic("-"),
    "mul": _arithmetic("*"),
    "div": _arithmetic("/"),
    "mod": _call("mod"),
    "neg": _neg,
    "abs": _call("abs"),
    "round": _round,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "day_add": _call("day_add"),
    "day_sub": _call("day_sub"),
    "day_diff": _day_diff,
    "instant_diff": _instant_diff,
    "utc_day": _utc_day,
    "business_days": _call("business_days"),
    "lower_ascii": _lower,
    **LISTS,
}
