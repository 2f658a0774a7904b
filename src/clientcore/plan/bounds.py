"""Static bounds of numbers, so that executors leave out the guards of SEMANTICS 6 that can't act."""

from __future__ import annotations

import math
from collections.abc import Mapping

from clientcore.expr import Node

#: Largest magnitude and least non-zero magnitude of what enters.
ENTRY = (1e18, 1e-18)
HUGE, TINY = 1e150, 1e-150
#: Terms of a geometric mean for which every choice of those that may not apply is weighed (SEMANTICS 17a).
CHOICES = 16
Bound = tuple[float, float]


def bound(node: Node, facts: Mapping[str, Bound], memo: dict[Node, Bound]) -> Bound:
    """Return (largest magnitude, least non-zero magnitude) that a number node can have.

    Args:
        node: A node of kind number (others count as what enters).
        facts: Bounds of derived facts that are known already.
        memo: Filled as the tree is walked.

    Returns:
        Bounds after the guard of each operation, so never beyond 1e150 and 1e-150.
    """
    known = memo.get(node)
    if known is None:
        high, low = _bound(node, facts, memo)
        known = memo[node] = (min(high, HUGE), max(low, TINY))
    return known


def unguarded(node: Node, facts: Mapping[str, Bound], memo: dict[Node, Bound]) -> bool:
    """Return whether the result of an arithmetic node can never leave the guarded range."""
    high, low = _bound(node, facts, memo)
    return high <= HUGE and low >= TINY


def _bound(node: Node, facts: Mapping[str, Bound], memo: dict[Node, Bound]) -> Bound:
    args = [bound(arg, facts, memo) for arg in node.args if arg.kind.name == "number"]
    match node.op:
        case "literal" if isinstance(node.value, float):
            size = abs(node.value)
            return (size, size or 1.0)
        case "fact":
            return facts.get(node.value, ENTRY)
        case "add" | "sub":
            # every double of magnitude >= m is a multiple of ulp(m), so a sum is 0 or at least that
            return (args[0][0] + args[1][0], min(_ulp(args[0][1]), _ulp(args[1][1])))
        case "mul":
            return (args[0][0] * args[1][0], args[0][1] * args[1][1])
        case "div":
            return (args[0][0] / args[1][1], args[0][1] / args[1][0] if args[1][0] else 1.0)
        case "mod":
            return (2.0**53, 1.0)
        case "neg" | "abs" | "floor" | "ceil":
            return (args[0][0] + 1.0, min(args[0][1], 1.0))
        case "round":
            # multiplies first: the guard has to look at the product
            scale = 10.0**node.value
            return (args[0][0] * scale, min(args[0][1], 1.0 / scale))
        case "if":
            return (max(high for high, _ in args), min(low for _, low in args)) if args else ENTRY
        case "sum" | "mean":
            return (1e30, 1e-22)
        case _:
            return ENTRY


def _ulp(size: float) -> float:
    return math.ulp(size)
