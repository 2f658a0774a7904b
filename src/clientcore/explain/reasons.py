"""Conditions as trees of reasons: each part with its truth, its own text and what it read."""

from __future__ import annotations

from clientcore.decision import Reason
from clientcore.explain.seen import Seen
from clientcore.expr import Node
from clientcore.ruleset import Formula

_JOINED = {"and": "all", "or": "any"}


def reason(seen: Seen, node: Node, formula: Formula) -> Reason:
    """Return the reason tree of a condition.

    Args:
        seen: Values of the run.
        node: The checked condition.
        formula: Its text, from which the parts take theirs.
    """
    joined = _JOINED.get(node.op)
    truth = seen.value(node)
    text = _text(node, formula)
    if joined is None:
        return Reason(text=text, truth=truth, values=seen.inputs(node))
    parts = tuple(reason(seen, part, formula) for part in _flat(node, node.op))
    return Reason(text=text, truth=truth, parts=parts, joined=joined)  # type: ignore[arg-type]


def _flat(node: Node, op: str) -> list[Node]:
    if node.op != op:
        return [node]
    return [part for arg in node.args for part in _flat(arg, op)]


def _text(node: Node, formula: Formula) -> str:
    if node.op == "fact" and str(node.value).startswith("@"):
        return f"ruleset `{node.value[1:]}` applies"
    text = formula.text[node.start : node.end].strip()
    return " ".join((text or formula.text).split())


def blocking(found: Reason) -> tuple[Reason, ...]:
    """Return the conditions that stand in the way: false ones first, then unknown ones.

    A conjunction is blocked by each false part; a disjunction by all of its parts.
    """
    if found.truth is True:
        return ()
    if not found.parts:
        return (found,)
    below = [part for part in found.parts if part.truth is not True]
    if found.joined == "all" and any(part.truth is False for part in below):
        unknown = [part for part in below if part.truth is None]
        below = [part for part in below if part.truth is False] + unknown
    blocked = [leaf for part in below for leaf in (blocking(part) if part.joined != "any" else (part,))]
    return tuple(sorted(blocked, key=lambda leaf: leaf.truth is None))
