"""What may be missing and is looked at without `has`: a rule stays silent, or a whole aggregate becomes unknown.

Only two habits are told, so that a well-written ruleset needs no silence: `!=` and `!` on raw data in a rule that
treats unknown as no match, and records that are filtered or counted by a day that has not come for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from clientcore.entities import ENTITIES
from clientcore.errors import Problem
from clientcore.expr import MACROS, Node
from clientcore.ruleset import Formula

if TYPE_CHECKING:
    from clientcore.check.checked import Checked

#: Fields that every record has.
_ALWAYS = frozenset({"id", "account_id"})
_OVER_ELEMENTS = frozenset({"filter", "map", "exists_one", "latest"})

Guards = frozenset[Node]


def denials(checked: Checked) -> Iterator[Problem]:
    """Find `!=` and `!` on what may be missing, in rules that do not say what unknown means."""
    for ruleset in checked.rulesets:
        for rule in ruleset.rules.values():
            node = checked.nodes.get((ruleset.id, f"rules/{rule.id}"))
            if node is not None and rule.on_unknown == "no_match":
                for part, leaf in _denied(checked, node, frozenset()):
                    yield _denial(rule.when, part, leaf)


def _denial(formula: Formula, part: Node, leaf: Node) -> Problem:
    name = formula.text[leaf.start : leaf.end]
    text = f"`{formula.text[part.start : part.end]}` is unknown, not true, where `{name}` is missing"
    return Problem(
        "CC307", text, formula.at(part.start), f"write `has({name}) && …`, `{name} == null || …`, or `on_unknown`",
        "warning",
    )  # fmt: skip


def _denied(checked: Checked, node: Node, known: Guards) -> Iterator[tuple[Node, Node]]:
    """Yield (denial, leaf that may be missing there)."""
    if node.op == "ne" or (node.op == "not" and node.args[0].op in {"field", "fact", "column", "eq"}):
        leaf = next((one for one in node.walk() if one not in known and _may_miss(checked, one)), None)
        if leaf is not None:
            yield node, leaf
        return
    for arg, guards in _with_guards(node, known):
        if node.op not in MACROS:
            yield from _denied(checked, arg, guards)


def _with_guards(node: Node, known: Guards) -> Iterator[tuple[Node, Guards]]:
    """Yield each operand with what is known to be there when it decides."""
    match node.op:
        case "and":
            left, right = node.args
            yield left, known | sure(right, when=True)
            yield right, known | sure(left, when=True)
        case "or":
            left, right = node.args
            yield left, known | sure(right, when=False)
            yield right, known | sure(left, when=False)
        case "if":
            condition, one, other = node.args
            yield condition, known
            yield one, known | sure(condition, when=True)
            yield other, known | sure(condition, when=False)
        case _:
            for arg in node.args:
                yield arg, known


def sure(node: Node, *, when: bool) -> Guards:
    """Return what is there for certain when a condition is true (or, not `when`, false)."""
    match node.op:
        case "has":
            return frozenset([node.args[0]]) if when else frozenset()
        case "not":
            return sure(node.args[0], when=not when)
        case "and" | "or" if (node.op == "and") == when:
            return sure(node.args[0], when=when) | sure(node.args[1], when=when)
        case _:
            return frozenset()


def elements(checked: Checked) -> Iterator[Problem]:
    """Find lists that become unknown because one record has no day yet: the `happened` fields of records."""
    for _ruleset, slot, node in checked.slots():
        told: set[Node] = set()
        for part in node.walk():
            if part.op in _OVER_ELEMENTS:
                for column in _unguarded(part):
                    if column not in told:
                        told.add(column)
                        yield _element(slot.formula, part, column)


def _element(formula: Formula, part: Node, column: Node) -> Problem:
    name = formula.text[column.start : column.end]
    text = f"`{name}` has not happened for every record, and one that lacks it makes the whole list unknown"
    help_text = f"write `has({name}) && …`" if part.op != "map" else f"filter by `has({name})` first"
    return Problem("CC307", text, formula.at(column.start), help_text, "warning")


def _unguarded(macro: Node) -> Iterator[Node]:
    source, body = macro.args
    known = _of_source(source, macro.value)
    yield from _bare(body, known, macro.value)


def _of_source(source: Node, var: str) -> Guards:
    """Return the fields that the filters below a list have asked for, as fields of `var`."""
    known: Guards = frozenset()
    while source.op == "filter":
        inner = source.args[0].kind.of
        for guard in sure(source.args[1], when=True):
            if guard.op == "column" and guard.args[0].op == "var" and inner is not None:
                known |= {attrs.evolve(guard, args=(attrs.evolve(guard.args[0], value=var),))}
        source = source.args[0]
    return known


def _bare(node: Node, known: Guards, var: str) -> Iterator[Node]:
    if node.op == "has" or node.op in {"exists", "all"}:
        return
    if node.op == "column":
        if _happened(node) and node not in known and node.args[0].op == "var" and node.args[0].value == var:
            yield node
        return
    for arg, guards in _with_guards(node, known):
        yield from _bare(arg, guards, var)


def _happened(column: Node) -> bool:
    entity = ENTITIES.get(column.args[0].kind.table)
    field = entity.fields.get(column.value) if entity is not None else None
    return field is not None and field.role == "happened" and column.value not in {"occurred_on", "recorded_at"}


def _may_miss(checked: Checked, node: Node) -> bool:
    """Return whether a leaf holds data as it came in; what formulas make of it is their author's business."""
    if node.op in {"field", "column"}:
        return node.value not in _ALWAYS
    return node.op == "fact" and not checked.scope.facts[node.value].derived
