"""Lower boolean operators twice, *is true* and *is false*; neither means unknown.

Comparisons with NaN are false, so most conditions over numbers need no test for missing at all.
"""

from __future__ import annotations

from collections.abc import Callable

from clientcore.executors.record.emitter import NUMERIC, Emitter, Truth, is_known, is_missing
from clientcore.executors.record.events import write_events
from clientcore.executors.record.lists import LOOPED
from clientcore.executors.record.patterns import python_pattern
from clientcore.expr import BOOLEAN, Level, Node

Writer = Callable[[Emitter, Node], Truth]


def _and(em: Emitter, node: Node) -> Truth:
    yes, no = _parts(em, node)
    return f"({' and '.join(yes)})", f"({' or '.join(no)})"


def _or(em: Emitter, node: Node) -> Truth:
    yes, no = _parts(em, node)
    return f"({' or '.join(yes)})", f"({' and '.join(no)})"


def _parts(em: Emitter, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # a trace keeps every part of a chain, as explanations show them, and the chain, but nothing between the two
    parts = _chained(node, node.op) if em.traced else node.args
    yes, no = zip(*(em.truth(part) for part in parts), strict=True)
    return yes, no


def _chained(node: Node, op: str) -> list[Node]:
    return [node] if node.op != op else [part for arg in node.args for part in _chained(arg, op)]


def _not(em: Emitter, node: Node) -> Truth:
    yes, no = em.truth(node.args[0])
    return no, yes


def _if(em: Emitter, node: Node) -> Truth:
    (yes, no), (yes1, no1), (yes2, no2) = (em.truth(arg) for arg in node.args)
    return (
        f"({yes} and {yes1} or {no} and {yes2} or {yes1} and {yes2})",
        f"({yes} and {no1} or {no} and {no2} or {no1} and {no2})",
    )


def _has(em: Emitter, node: Node) -> Truth:
    arg = node.args[0]
    atom = em.value(arg)
    return f"({is_known(arg.kind, atom)})", f"({is_missing(arg.kind, atom)})"


def _all_known(em: Emitter, *nodes: Node) -> str:
    return "".join(f" and {is_known(n.kind, em.value(n))}" for n in nodes if n.op != "literal" or n.value is None)


def _equal(em: Emitter, node: Node) -> Truth:
    left, right = node.args
    if any(arg.op == "literal" and arg.value is None for arg in node.args):
        return "False", "False"
    if left.kind.name == "boolean":
        return _same_truth(em, left, right)
    a, b = em.value(left), em.value(right)
    if left.kind.name in NUMERIC:
        return f"{a} == {b}", f"({a} < {b} or {a} > {b})"
    known = _all_known(em, left, right)
    sure = "" if right.op == "literal" and right.value is not None else known
    return f"({a} == {b}{sure})", f"({a} != {b}{known})"


def _same_truth(em: Emitter, left: Node, right: Node) -> Truth:
    if right.op == "literal" and right.value is not None:
        yes, no = em.truth(left)
        return (yes, no) if right.value else (no, yes)
    (yes, no), (yes2, no2) = em.truth(left), em.truth(right)
    return f"({yes} and {yes2} or {no} and {no2})", f"({yes} and {no2} or {no} and {yes2})"


def _unequal(em: Emitter, node: Node) -> Truth:
    yes, no = _equal(em, node)
    return no, yes


def _ordered(sign: str, opposite: str) -> Writer:
    def write(em: Emitter, node: Node) -> Truth:
        left, right = node.args
        if left.kind.name == "level":
            return _level_order(em, node, sign)
        a, b = em.value(left), em.value(right)
        if left.kind.name in NUMERIC:
            return f"{a} {sign} {b}", f"{a} {opposite} {b}"
        known = _all_known(em, left, right)[5:] or "True"
        return f"({known} and {a} {sign} {b})", f"({known} and {a} {opposite} {b})"

    return write


def _level_order(em: Emitter, node: Node, sign: str) -> Truth:
    left, right = node.args
    level = left.kind.level or right.kind.level
    assert level is not None
    a, b = em.value(left), em.value(right)
    known = _all_known(em, left, right)
    if right.op == "literal" and right.value is not None:
        labels = em.constant(_side(level, sign, right.value))
        return f"{a} in {labels}", f"({a} not in {labels}{known})"
    pairs = em.constant(_pairs(level, sign))
    return f"({a}, {b}) in {pairs}", f"(({a}, {b}) not in {pairs}{known})"


def _side(level: Level, sign: str, label: str) -> frozenset[str]:
    match sign:
        case "<":
            return level.lower(label)
        case "<=":
            return level.at_most(label)
        case ">":
            return level.higher(label)
        case _:
            return level.at_least(label)


def _pairs(level: Level, sign: str) -> frozenset[tuple[str, str]]:
    return frozenset((low, label) for label in level.labels for low in _side(level, sign, label))


def _in(em: Emitter, node: Node) -> Truth:
    item, source = node.args
    if source.op == "list":
        return _in_items(em, item, source)
    if source.op == "param" or source.op in {"fact", "field"}:
        a, xs = em.value(item), em.value(source)
        there = is_known(item.kind, a)
        listed = "" if source.op == "param" else f"{xs} is not None and "
        empty = f"({listed}not {xs} or {there} and {listed}{a} not in {xs})"
        return f"({listed}{there} and {a} in {xs})", empty
    return LOOPED["in"](em, node)


def _in_items(em: Emitter, item: Node, source: Node) -> Truth:
    items = source.args
    if not items:
        return "False", "True"
    if item.kind.name in {"boolean", "level", "text", "number"} and all(
        part.op == "literal" and part.value is not None for part in items
    ):
        a = em.value(item)
        choices = em.constant(frozenset(part.value for part in items))
        if item.kind.name == "boolean":
            return f"({a} is not None and {a} in {choices})", f"({a} is not None and {a} not in {choices})"
        return f"{a} in {choices}", f"({a} not in {choices} and {is_known(item.kind, a)})"
    pairs = [_equal(em, Node("eq", BOOLEAN, (item, part))) for part in items]
    yes = " or ".join(pair[0] for pair in pairs)
    no = " and ".join(pair[1] for pair in pairs)
    return f"({yes})", f"({no})"


def _text_test(method: str) -> Writer:
    def write(em: Emitter, node: Node) -> Truth:
        a, b = (em.value(arg) for arg in node.args)
        known = _all_known(em, *node.args)[5:] or "True"
        call = f"{b} in {a}" if method == "in" else f"{a}.{method}({b})"
        return f"({known} and {call})", f"({known} and not {call})"

    return write


def _matches(em: Emitter, node: Node) -> Truth:
    pattern = em.constant(python_pattern(node.value), "RE")
    atom = em.cached(node) or em.keep(node, f"matches({pattern}, {em.value(node.args[0])})", "b")
    return atom, f"{atom} is False"


TRUTHS: dict[str, Writer] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "has": _has,
    "eq": _equal,
    "ne": _unequal,
    "lt": _ordered("<", ">="),
    "le": _ordered("<=", ">"),
    "gt": _ordered(">", "<="),
    "ge": _ordered(">=", "<"),
    "in": _in,
    "starts_with": _text_test("startswith"),
    "ends_with": _text_test("endswith"),
    "contains": _text_test("in"),
    "matches": _matches,
    "all": LOOPED["all"],
    "exists": LOOPED["exists"],
    "exists_one": LOOPED["exists_one"],
    "events": write_events,
}
