"""Bring two operands to one kind: text literals become labels, `null` takes the kind of its partner."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.check.resolving import Resolving
from clientcore.errors import did_you_mean
from clientcore.expr import NULL, TEXT, Expr, Kind, Level, Node, level_kind, list_of

#: Kinds that a list can hold and a ternary can choose between.
SCALARS = frozenset({"number", "text", "boolean", "day", "instant", "level"})


def agree(r: Resolving, expr: Expr, left: Node, right: Node) -> tuple[Node, Node] | None:
    """Return both with one kind; None if their kinds do not fit.

    A text that is written out, or a param of kind text, becomes a label where the other side is a level; a text that
    is not one of its labels is a problem (CC206).
    """
    if left.kind == right.kind:
        return left, right
    if left.kind == NULL:
        return as_null(left, right.kind), right
    if right.kind == NULL:
        return left, as_null(right, left.kind)
    if left.kind.level is not None:
        labelled = labels(r, expr, right, left.kind.level)
        return None if labelled is None else (left, labelled)
    if right.kind.level is not None:
        labelled = labels(r, expr, left, right.kind.level)
        return None if labelled is None else (labelled, right)
    return None


def as_null(node: Node, kind: Kind) -> Node:
    """Return the literal `null` with the kind that it stands for."""
    return attrs.evolve(node, kind=kind)


def labels(r: Resolving, expr: Expr, node: Node, level: Level) -> Node | None:
    """Return a tree of kind text as labels of a level; None if that is not certain."""
    if node.kind.level is not None:
        return node if node.kind.level == level else None
    match node.op:
        case "literal" if node.kind in (NULL, TEXT):
            if node.value is not None:
                _known(r, expr, [node.value], level)
            return attrs.evolve(node, kind=level_kind(level))
        case "param" if node.kind == TEXT:
            _known(r, expr, _param_texts(r, node), level)
            return attrs.evolve(node, kind=level_kind(level))
        case "param" if node.kind == list_of(TEXT):
            _known(r, expr, _param_texts(r, node), level)
            return attrs.evolve(node, kind=list_of(level_kind(level)))
        case "if":
            arms = [labels(r, expr, arm, level) for arm in node.args[1:]]
            good = tuple(arm for arm in arms if arm is not None)
            kind = level_kind(level)
            return attrs.evolve(node, kind=kind, args=(node.args[0], *good)) if len(good) == len(arms) else None
        case "list":
            items = [labels(r, expr, item, level) for item in node.args]
            found = tuple(item for item in items if item is not None)
            kind = list_of(level_kind(level))
            return attrs.evolve(node, kind=kind, args=found) if len(found) == len(items) else None
        case _:
            return None


def _param_texts(r: Resolving, node: Node) -> Sequence[str]:
    param = r.place.scope.params[node.value]
    value = param.value if isinstance(param.value, tuple) else (param.value,)
    return [text for text in (*value, *param.choices) if isinstance(text, str)]


def _known(r: Resolving, expr: Expr, texts: Sequence[str], level: Level) -> None:
    for text in texts:
        if text not in level.labels:
            help_text = did_you_mean(text, level.labels)
            r.refuse(expr, "CC206", f"`{text}` is not a label of level `{level.name}`", help_text)


def common_kind(r: Resolving, expr: Expr, nodes: Sequence[Node]) -> list[Node] | None:
    """Bring all to one kind; None if they do not fit, or if all are `null`."""
    lead = next((node for node in nodes if node.kind.level is not None), None)
    lead = lead or next((node for node in nodes if node.kind != NULL), None)
    if lead is None:
        return None
    out = []
    for node in nodes:
        pair = agree(r, expr, lead, node)
        if pair is None:
            return None
        out.append(pair[1])
    return out
