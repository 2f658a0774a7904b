"""Conditions as trees of reasons: each part with its truth, its own text and what it read."""

from __future__ import annotations

from typing import Literal

from clientcore.decision import Reason
from clientcore.explain.seen import Seen
from clientcore.expr import Node
from clientcore.ruleset import Formula


def reason(seen: Seen, node: Node, formula: Formula) -> Reason:
    """Return the reason tree of a condition.

    Args:
        seen: Values of the run.
        node: The checked condition.
        formula: Its text, from which the parts take theirs.
    """
    text = _text(node, formula)
    parts = _joined(node, node.op) if node.op in {"and", "or"} else [node]
    if len(parts) == 1:
        return Reason(text=text, truth=seen.value(node), values=seen.inputs(node))
    below = tuple(reason(seen, part, formula) for part in parts)
    joined: Literal["all", "any"] = "all" if node.op == "and" else "any"
    return Reason(text=text, truth=seen.value(node), parts=below, joined=joined)


def _joined(node: Node, op: str) -> list[Node]:
    """Return the conditions that a chain of one operator joins, in text order.

    What the body of a plugin's function joins has the place of the call, and no text of its own: it stays one part.
    """
    inlined = any((arg.start, arg.end) == (node.start, node.end) for arg in node.args)
    return [node] if node.op != op or inlined else [part for arg in node.args for part in _joined(arg, op)]


def _text(node: Node, formula: Formula) -> str:
    text = formula.text[node.start : node.end].strip()
    return " ".join((text or formula.text).split())


def blocking(found: Reason) -> tuple[Reason, ...]:
    """Return the conditions that stand in the way: false ones first, then unknown ones.

    A conjunction is blocked by each of its parts that is not true; a disjunction by all of its parts together, so it
    stays one reason.

    Example:
        >>> no, yes = Reason(text="a", truth=False), Reason(text="b", truth=True)
        >>> [part.text for part in blocking(Reason(text="a && b", truth=False, parts=(no, yes), joined="all"))]
        ['a']
    """
    if found.truth is True:
        return ()
    if found.joined != "all":
        return (found,)
    return tuple(sorted((leaf for part in found.parts for leaf in blocking(part)), key=lambda leaf: leaf.truth is None))
