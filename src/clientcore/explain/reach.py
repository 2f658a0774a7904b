"""How one fact reaches a rule: the values at which what the rule reads of it can change.

Where a fact moves a comparison up or down only, there is one value of it at which the comparison changes; between two
such values nothing does. So a few values answer for all of them, and what is told of a fact is exact. A fact that
reaches the rule in another way is opaque: it is not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

import attrs

from clientcore.explain.seen import STEP_OF, Seen
from clientcore.expr import BOOLEAN, Node
from clientcore.plan import FactStep, Key, RuleStep, ScoreStep, StateStep, Step, TableStep, deciding_nodes


class Shape(Enum):
    """How a value follows a fact: not at all, in steps, up or down with it, or in no way that is followed."""

    FIXED = 0
    STEPS = 1
    UP = 2
    DOWN = 3
    OPAQUE = 4


FIXED, STEPS, UP, DOWN, OPAQUE = Shape
_MOVING = frozenset({UP, DOWN})
_TURNED = {UP: DOWN, DOWN: UP}
#: What looks at the records of a table one by one, or at events: a fact inside is not followed.
_BODIES = frozenset({"filter", "map", "all", "exists", "exists_one", "latest", "events"})
_OUTSIDE = frozenset({"parent", "previous", "param", "as_of", "table", "literal", "var", "column"})
_COMPARED = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
#: Which operand moves the result which way, where the others are fixed.
_WAYS = {
    "add": (1, 1),
    "sub": (1, -1),
    "neg": (-1,),
    "round": (1,),
    "floor": (1,),
    "ceil": (1,),
    "day_add": (1, 0),
    "day_sub": (1, 0),
    "day_diff": (1, -1),
    "utc_day": (1,),
    "business_days": (-1, 1),
}
_CHAINS = frozenset({"sum", "weighted_mean", "min", "max"})


@attrs.frozen
class Reach:
    """Follows one fact through the steps that a rule stands on.

    Args:
        leaf: The fact or field.
        steps: Every step of the plan.
        seen: What the run with the fact as it is saw.
        handed: Derived facts that were handed in: nothing moves them.
        atoms: Takes (what moves with the fact, the value that it is compared with; None where it must be there).
    """

    leaf: Node
    steps: Mapping[Key, Step]
    seen: Seen
    handed: frozenset[str]
    atoms: dict[tuple[Node, Any], None] = attrs.field(factory=dict)
    _known: dict[Node, Shape] = attrs.field(factory=dict)

    def of(self, node: Node) -> Shape:
        """Return how the value of a tree follows the fact."""
        if node not in self._known:
            self._known[node] = self._of(node)
        return self._known[node]

    def _of(self, node: Node) -> Shape:
        if node == self.leaf:
            return UP
        if node.op in STEP_OF:
            return self._step(node)
        if node.op in _OUTSIDE or not node.args:
            return FIXED
        shapes = [self.of(arg) for arg in node.args]
        if all(shape is FIXED for shape in shapes):
            return FIXED
        if node.op in _BODIES:
            return OPAQUE
        if node.op in {"and", "or"} and self._settled(node, shapes):
            return FIXED
        if node.op in _COMPARED:
            return self._compared(node, shapes)
        if node.op == "in":
            return self._among(node, shapes)
        if node.op == "if":
            return self._chosen(node, shapes)
        if node.op == "has" and shapes[0] in _MOVING:
            return STEPS if node.args[0] == self.leaf else self._there(node.args[0])
        return self._computed(node, shapes) if any(shape in _MOVING for shape in shapes) else _mixed(shapes)

    def _settled(self, node: Node, shapes: list[Shape]) -> bool:
        """Return whether a fixed part settles a chain whatever the fact is."""
        deciding = node.op == "or"
        pairs = zip(node.args, shapes, strict=True)
        return any(shape is FIXED and self.seen.value(arg) is deciding for arg, shape in pairs)

    def _computed(self, node: Node, shapes: list[Shape]) -> Shape:
        if self.leaf.kind.name == "text":
            return OPAQUE
        if node.op in {"mul", "div"}:
            return self._scaled(node, shapes)
        if node.op in {"min", "max"} and node.args[0].op == "list":
            return shapes[0]
        if node.op == "list":
            ways = set(shapes) - {FIXED}
            return ways.pop() if len(ways) == 1 else OPAQUE
        ways = set()
        for way, shape in zip(_WAYS.get(node.op, (0,) * len(shapes)), shapes, strict=True):
            if shape is not FIXED:
                ways.add(OPAQUE if way == 0 or shape not in _MOVING else shape if way > 0 else _TURNED[shape])
        return ways.pop() if len(ways) == 1 else OPAQUE

    def _scaled(self, node: Node, shapes: list[Shape]) -> Shape:
        at = 1 if shapes[0] is FIXED else 0
        if shapes[1 - at] is not FIXED or shapes[at] not in _MOVING or (node.op == "div" and at == 1):
            return OPAQUE
        by = self.constant(node.args[1 - at])
        if by is None or by == 0.0:
            return OPAQUE
        return shapes[at] if by > 0.0 else _TURNED[shapes[at]]

    def _compared(self, node: Node, shapes: list[Shape]) -> Shape:
        at = 0 if shapes[0] in _MOVING else 1
        if shapes[at] not in _MOVING:
            return _mixed(shapes)
        if shapes[1 - at] is not FIXED or (self.leaf.kind.name == "text" and node.op not in {"eq", "ne"}):
            return OPAQUE
        return self._at(node.args[at], node.args[1 - at])

    def _among(self, node: Node, shapes: list[Shape]) -> Shape:
        if shapes[0] not in _MOVING or shapes[1] is not FIXED:
            return _mixed(shapes)
        moving, choices = node.args
        if choices.op == "list":
            return _mixed([self._at(moving, choice) for choice in choices.args])
        found = self.constant(choices)
        if found is None:
            return OPAQUE
        self.atoms.update(((moving, internal(value)), None) for value in found)
        return STEPS

    def _at(self, moving: Node, fixed: Node) -> Shape:
        """Note that something which moves with the fact is compared with something fixed."""
        value = self.constant(fixed)
        if value is None:
            return STEPS if fixed in self.seen.values or fixed.op == "literal" else OPAQUE
        self.atoms[moving, internal(value)] = None
        return STEPS

    def _there(self, moving: Node) -> Shape:
        """Note that it matters whether something which moves with the fact is there; it has to be throughout."""
        self.atoms[moving, None] = None
        return STEPS

    def _chosen(self, node: Node, shapes: list[Shape]) -> Shape:
        condition = self.constant(node.args[0]) if shapes[0] is FIXED else None
        if condition is not None:
            return shapes[1] if condition else shapes[2]
        return _mixed(shapes)

    def _step(self, leaf: Node) -> Shape:
        key = (STEP_OF[leaf.op], *([leaf.value] if leaf.op == "fact" else leaf.value[:2]))
        step = self.steps.get(key)
        if step is None or (leaf.op == "fact" and leaf.value in self.handed):
            return FIXED
        match step:
            case FactStep():
                applies = FIXED if step.applies is None else self.of(step.applies)
                return self.of(step.node) if applies is FIXED else _mixed([self.of(step.node), applies])
            case RuleStep():
                return self.of(step.node)
            case TableStep() | StateStep():
                return _mixed([self.of(node) for node in (*deciding_nodes(step), *_gate(step.applies))])
            case ScoreStep():
                return self._score(step, leaf.value[2])

    def _score(self, step: ScoreStep, part: str) -> Shape:
        """A score that is a chain goes where its terms go, as long as nothing else of it turns on the fact."""
        gate = _gate(step.ruleset_applies)
        whole = _mixed([self.of(node) for node in (*deciding_nodes(step), *gate)])
        if step.model is not None:
            needs = [self._named(name) for name in step.model.needs]
            return _mixed([whole, *needs])
        if whole is not OPAQUE or part not in {"value", "low", "high"} or step.score.aggregate not in _CHAINS:
            return whole
        terms = [self.of(term.node) for term in step.terms]
        ways = set(terms) - {FIXED}
        own = {term.node for term in step.terms}
        rest = [node for node in (*deciding_nodes(step), *gate) if node not in own]
        if len(ways) != 1 or not ways <= _MOVING or any(self.of(node) is not FIXED for node in rest):
            return OPAQUE
        # only what is known throughout has a value throughout
        fixed = [term.node for term in step.terms if self.of(term.node) is FIXED]
        if any(self.constant(node) is None for node in (*fixed, *rest) if node not in step.edges):
            return OPAQUE
        return ways.pop()

    def _named(self, name: str) -> Shape:
        if self.leaf.op == "fact" and name == self.leaf.value:
            return OPAQUE
        step = self.steps.get(("fact", name))
        return FIXED if step is None or name in self.handed else self._step(Node("fact", BOOLEAN, (), name))

    def constant(self, node: Node) -> Any:
        """Return the value of a fixed tree; None where it is missing or was not kept."""
        return self.seen.value(node)


def _gate(key: Key | None) -> Iterable[Node]:
    return () if key is None else (Node("fact", BOOLEAN, (), key[1]),)


def _mixed(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of what is made of these in any way at all."""
    found = set(shapes)
    return FIXED if found <= {FIXED} else STEPS if found <= {FIXED, STEPS} else OPAQUE


def internal(value: Any) -> Any:
    """Return a value in the form in which it is compared: days as ordinals."""
    return float(value.toordinal()) if isinstance(value, date) else value
