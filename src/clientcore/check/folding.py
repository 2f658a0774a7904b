"""What a tree is worth as far as its literals, and maybe the default params, tell."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from clientcore.expr import Node
from clientcore.ruleset import Param

Params = Mapping[tuple[str, str], Param]
Leaves = Mapping[Node, Any]


class _Open:
    """The value depends on the subject."""

    def __repr__(self) -> str:
        return "OPEN"


OPEN: Final = _Open()

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": lambda a, b: a / b if b else None,
}


def fold(node: Node, params: Params | None = None, leaves: Leaves | None = None) -> Any:
    """Return the value of a tree, None for missing, or `OPEN` where it depends on the subject.

    Args:
        node: The checked tree.
        params: Given, params have their default values; otherwise they are open.
        leaves: Values of leaves, for example of a state.

    Example:
        >>> from clientcore.expr import BOOLEAN, NUMBER
        >>> fold(Node("neg", NUMBER, (Node("literal", NUMBER, value=2.0),)))
        -2.0
    """
    if leaves is not None and node in leaves:
        return leaves[node]
    if node.op == "literal":
        return node.value
    if node.op == "param":
        return params[node.value].value if params is not None and node.value in params else OPEN
    args = [fold(arg, params, leaves) for arg in node.args]
    if node.op in {"and", "or"}:
        return _joined(args, decides=node.op == "or")
    if node.op == "if":
        return _chosen(args)
    if not args or OPEN in args:
        return OPEN
    if node.op == "has":
        return args[0] is not None
    return None if None in args else _known(node, args)


def _joined(args: list[Any], *, decides: bool) -> Any:
    if decides in args:
        return decides
    return OPEN if OPEN in args else None if None in args else not decides


def _chosen(args: list[Any]) -> Any:
    condition, one, other = args
    if condition is OPEN or condition is None:
        return one if one == other else condition
    return one if condition else other


def _known(node: Node, args: list[Any]) -> Any:
    if node.op in _COMPARE:
        return _compared(node, args)
    if node.op in _NUMBERS:
        return _NUMBERS[node.op](*args)
    match node.op:
        case "not":
            return not args[0]
        case "neg":
            return 0.0 - args[0]
        case "abs":
            return abs(args[0])
        case "list":
            return tuple(args)
        case "in":
            return args[0] in args[1]
        case _:
            return OPEN


def _compared(node: Node, args: list[Any]) -> Any:
    level = node.args[0].kind.level
    if level is None or node.op in {"eq", "ne"}:
        return _COMPARE[node.op](*args)
    low, high = args if node.op in {"lt", "le"} else args[::-1]
    return (low, high) in level.below or (node.op in {"le", "ge"} and low == high)
