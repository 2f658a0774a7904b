"""What a traced run saw: the value of every tree, in the form that people and programs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from clientcore.executors.record import Raw
from clientcore.executors.record.moments import day, instant
from clientcore.expr import Kind, Node

#: Leaves that people know by a name; what stands below `account.` belongs to the account and is one leaf.
NAMED = frozenset(
    {"fact", "field", "table", "param", "score", "outcome", "state", "fired", "previous", "parent", "as_of"}
)

#: Leaves that stand for another step of the plan.
STEP_OF = {"fact": "fact", "score": "score", "outcome": "table", "state": "state", "fired": "rule"}


@attrs.frozen
class Seen:
    """Values of one traced run.

    Args:
        values: Tree → value in external form, for every tree outside macros.
        na: Ids of facts, scores, tables and machines that are not applicable.
    """

    values: Mapping[Node, Any]
    na: frozenset[str] = frozenset()

    @classmethod
    def of(cls, raw: Raw, layout: tuple[Node, ...]) -> Seen:
        """Read the trace of a run."""
        values = {node: external(value, node.kind) for node, value in zip(layout, raw[7], strict=True)}
        return cls(values, frozenset(name for name, sure in raw[6].items() if sure))

    def value(self, node: Node) -> Any:
        """Return the value of a tree; None where it is missing or was not computed."""
        if node.op == "literal":
            return node.value
        if node.op in {"and", "or"} and node not in self.values:
            # a trace keeps a whole chain and its parts; what stands between follows from the parts
            truths = {self.value(arg) for arg in node.args}
            deciding = node.op == "or"
            return deciding if deciding in truths else None if None in truths else not deciding
        return self.values.get(node)

    def inputs(self, node: Node) -> dict[str, Any]:
        """Return what a tree reads, by name, in order of first mention."""
        found: dict[str, Any] = {}
        for leaf in leaves(node):
            found.setdefault(named(leaf), self.value(leaf))
        return found


def external(value: Any, kind: Kind) -> Any:
    """Return an internal value as people and programs read it; missing is None."""
    if value is None or value != value:
        return None
    match kind.name:
        case "day":
            return day(value)
        case "instant":
            return instant(int(value))
        case "number":
            return float(value) + 0.0
        case "record":
            return "a record"
        case "list" if kind.of is not None and kind.of.name == "record":
            return "1 record" if len(value) == 1 else f"{len(value)} records"
        case "list" if kind.of is not None:
            return tuple(external(item, kind.of) for item in value)
    return value


def leaves(node: Node) -> Iterator[Node]:
    """Yield the named leaves of a tree, in text order."""
    if node.op in NAMED:
        if not applies_of(node):
            yield node
        return
    for arg in node.args:
        yield from leaves(arg)


def applies_of(node: Node) -> str:
    """Return the ruleset whose `applies_when` a leaf stands for; empty for any other tree."""
    return node.value[1:] if node.op == "fact" and node.value.startswith("@") else ""


def named(leaf: Node) -> str:
    """Return the name of a leaf as it is written."""
    match leaf.op:
        case "param":
            return f"params.{leaf.value[1]}"
        case "score":
            ruleset, score, part = leaf.value
            return f"{ruleset}.{score}" + ("" if part == "value" else f".{part}")
        case "outcome" | "state":
            return ".".join(leaf.value)
        case "fired":
            return f"fired('{leaf.value[0]}/{leaf.value[1]}')"
        case "previous":
            return "previous." + ".".join(part for part in leaf.value[1:] if part and part != "value")
        case "parent":
            return f"account.{named(leaf.args[0])}"
        case "as_of":
            return "as_of"
        case _:
            return str(leaf.value)
