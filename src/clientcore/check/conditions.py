"""Conditions that are always the same, and thresholds of bundled rulesets that are no params."""

from __future__ import annotations

from collections.abc import Iterator

from clientcore.check.checked import Checked
from clientcore.check.folding import OPEN, fold
from clientcore.errors import Problem
from clientcore.expr import Node
from clientcore.ruleset import Formula, Input
from clientcore.slots import Slot

_COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in"})
#: Comparison with the operands changed over.
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}

#: Numbers that are no thresholds: nothing, one, its negative, and the step from a ratio to percent.
_PLAIN = frozenset({0.0, 1.0, -1.0, 100.0})
#: Factors between units, as operands of `*` and `/` only: days a week, months a year, hours a day, minutes an hour,
#: days a year.
_FACTORS = frozenset({7.0, 12.0, 24.0, 60.0, 365.0})


def constant(checked: Checked) -> Iterator[Problem]:
    """Find conditions, and comparisons within them, that no subject can change."""
    for _ruleset, slot, node in checked.slots():
        if slot.want != "boolean" or slot.path.startswith("tables/"):
            continue
        value = fold(node)
        if value is not OPEN:
            shown = {True: "always true", False: "never true"}.get(value, "always unknown")
            text = f"`{_short(slot.formula)}` is {shown}"
            yield Problem(
                "CC306", text, slot.formula.at(), f"take {_what(slot)} out, or compare with a fact", "warning"
            )
            continue
        for part in node.walk():
            if part.op in _COMPARISONS:
                why = _settled(checked, part)
                if why:
                    text = f"{_quote(slot.formula, part)} is {why}"
                    yield Problem("CC306", text, slot.formula.at(part.start), "compare with something else", "warning")


def _short(formula: Formula) -> str:
    text = " ".join(formula.text.split())
    return text if len(text) <= 60 else f"{text[:56]} ..."


def _quote(formula: Formula, node: Node) -> str:
    return f"`{' '.join(formula.text[node.start : node.end].split())}`"


def _what(slot: Slot) -> str:
    return "it" if "applies_when" in slot.path else "the condition"


def _settled(checked: Checked, node: Node) -> str:
    """Return what a comparison always is, whatever the subject; empty where it depends on it."""
    left, right = node.args
    if left == right and left.op != "literal":
        return "the same on both sides"
    op, leaf, literal = node.op, left, right
    if left.op == "literal":
        op, leaf, literal = _TURNED.get(node.op, ""), right, left
    declared = checked.scope.facts[leaf.value].declared if leaf.op == "fact" else None
    if not isinstance(declared, Input) or declared.range is None or not isinstance(literal.value, float):
        return ""
    low, high = declared.range
    always, never = _outcome(op, low, high, literal.value)
    span = f"`{declared.id}` lies between {low:g} and {high:g}"
    return f"always true: {span}" if always else f"never true: {span}" if never else ""


def _outcome(op: str, low: float, high: float, edge: float) -> tuple[bool, bool]:
    """Return whether a comparison of a number in [low, high] with an edge is always true, and whether it never is."""
    match op:
        case "lt":
            return high < edge, low >= edge
        case "le":
            return high <= edge, low > edge
        case "gt":
            return low > edge, high <= edge
        case "ge":
            return low >= edge, high < edge
        case "eq":
            return False, not low <= edge <= high
        case "ne":
            return not low <= edge <= high, False
        case _:
            return False, False


def thresholds(checked: Checked) -> Iterator[Problem]:
    """Find numbers in the conditions of bundled rulesets that no profile could override."""
    for ruleset, slot, node in checked.slots():
        if ruleset.bundled:
            for literal in _thresholds(node, condition=slot.want == "boolean", factor=False):
                text = f"threshold `{literal.value:g}` is no param"
                help_text = "declare it under `params` with range, unit and doc, and write `params.name`"
                yield Problem("CC305", text, slot.formula.at(literal.start), help_text)


def _thresholds(node: Node, *, condition: bool, factor: bool) -> Iterator[Node]:
    if node.op == "literal":
        if condition and isinstance(node.value, float) and node.value not in (_PLAIN | _FACTORS if factor else _PLAIN):
            yield node
        return
    inside = condition or node.op in _COMPARISONS
    for arg in node.args:
        yield from _thresholds(arg, condition=inside, factor=node.op in {"mul", "div"})
