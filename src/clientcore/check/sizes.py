"""How large and how costly a tree is, so that every expression ends soon on every executor."""

from __future__ import annotations

from collections.abc import Iterator

from clientcore.expr import Node

#: Nodes of a tree after functions are put in.
NODES = 10_000
#: Steps that one evaluation may take, if every list had `ELEMENTS` elements.
STEPS = 2_000_000
ELEMENTS = 100

_MACROS = frozenset({"filter", "map", "all", "exists", "exists_one", "latest"})


def too_large(node: Node) -> bool:
    """Return whether a tree has too many nodes or costs too many steps; shared parts are counted each time."""
    sizes: dict[int, tuple[int, int]] = {}
    for part in _upwards(node):
        below = [sizes[id(arg)] for arg in part.args]
        size = 1 + sum(one for one, _ in below)
        steps = 1 + sum(cost for _, cost in below)
        if part.op in _MACROS:
            steps = below[0][1] + ELEMENTS * below[1][1]
        sizes[id(part)] = (size, steps)
    size, steps = sizes[id(node)]
    return size > NODES or steps > STEPS


def _upwards(node: Node) -> Iterator[Node]:
    """Yield each distinct part once, operands first."""
    done: set[int] = set()
    stack = [(node, False)]
    while stack:
        part, ready = stack.pop()
        if id(part) in done:
            continue
        if ready:
            done.add(id(part))
            yield part
        else:
            stack.append((part, True))
            stack.extend((arg, False) for arg in part.args)
