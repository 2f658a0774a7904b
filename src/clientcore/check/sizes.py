"""How large and how costly a tree is, so that every expression ends soon on every executor."""

from __future__ import annotations

from clientcore.expr import Node

#: Nodes of a tree after functions are put in.
NODES = 10_000
#: Steps that one evaluation may take, if every list had `ELEMENTS` elements.
STEPS = 2_500_000
ELEMENTS = 100

_MACROS = frozenset({"filter", "map", "all", "exists", "exists_one", "latest"})


def too_large(node: Node) -> bool:
    """Return whether a tree has too many nodes or costs too many steps; shared parts are counted each time."""
    size, steps = _measured(node, {})
    return size > NODES or steps > STEPS


def _measured(node: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many nodes a tree has and how many steps it costs, looking at each shared part once."""
    if not node.args:
        return 1, 1
    found = known.get(id(node))
    if found is None:
        below = [_measured(arg, known) for arg in node.args]
        size, steps = 1, 1
        for nodes, cost in below:
            size += nodes
            steps += cost
        if node.op in _MACROS:
            steps = below[0][1] + ELEMENTS * below[1][1]
        found = known[id(node)] = size, steps
    return found
