"""Lower what does not apply: which values are missing only because of it, for sure or perhaps (SEMANTICS 10, 17a)."""

from __future__ import annotations

from clientcore.expr import Node
from clientcore.relational import lists
from clientcore.relational.expressions import Expressions
from clientcore.relational.scalar import FALSE, Scalar, both, either, is_null, opposite

#: Leaves that may be missing because they are not applicable; tables, and what is the account's, may only be missing.
_LABELLED = frozenset({"fact", "field", "score", "outcome", "state", "table", "parent"})


def label_of(leaf: Node) -> str:
    """Return the id under which it is noted whether a leaf applies."""
    if leaf.op == "parent":
        return ""  # whether a question arises at the account is not passed down
    return leaf.value if isinstance(leaf.value, str) else ".".join(leaf.value[:2])


def lost(ex: Expressions, node: Node, value: Scalar) -> tuple[Scalar, Scalar]:
    """Return (surely, perhaps): whether a value is missing only because of what does not apply; neither is null.

    Args:
        ex: Lowers the leaves.
        node: The expression.
        value: Its value.
    """
    leaves = [leaf for leaf in dict.fromkeys(node.own()) if leaf.op in _LABELLED]
    marks = [ex.builder.inapplicable.get(label_of(leaf)) for leaf in leaves]
    if not any(marks):
        return FALSE, FALSE
    concerned, explained = [], []
    for leaf, mark in zip(leaves, marks, strict=True):
        missing = _missing(ex, leaf)
        surely, perhaps = mark or (FALSE, FALSE)
        concerned.append(both(missing, either(surely, perhaps)))
        explained.append(either(opposite(missing), surely))
    touched = ex.builder.keep(both(is_null(value), either(*concerned)), "n")
    settled = ex.builder.keep(both(touched, *explained), "n")
    return settled, both(touched, opposite(settled))


def _missing(ex: Expressions, leaf: Node) -> Scalar:
    if leaf.kind.name in {"list", "record"}:
        return opposite(lists.there(ex, leaf, ex.main))
    return is_null(ex.value(leaf))
