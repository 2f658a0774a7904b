"""Lower checked expressions: each becomes scalars over the subject or over one related row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from clientcore.errors import UnsupportedError
from clientcore.expr import Node
from clientcore.plan import Bound, bound, unguarded
from clientcore.relational.lists import reads_row
from clientcore.relational.program import Builder, Lookup
from clientcore.relational.scalar import Scalar, arithmetic

#: Leaves that are the same on every row of every frame.
_EVERYWHERE = frozenset({"literal", "param", "as_of"})
#: Leaf → how it is written.
_NAMED: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(("fact", "field", "table", "var"), str),
    **dict.fromkeys(("outcome", "score", "state"), ".".join),
    "param": lambda key: f"params.{key[1]}",
}


@attrs.frozen
class Scope:
    """Where an expression stands: on the subject itself, or on a row of a related table.

    Args:
        frame: Frame whose rows it is computed for.
        bound: Macro variable → None for the row itself, or the scalar that a `map` made of it.
        outer: The scope around it.
    """

    frame: str
    bound: Mapping[str, Scalar | None] = attrs.field(factory=dict)
    outer: Scope | None = None


@attrs.define
class Expressions:
    """Lowers the expressions of one plan into one builder.

    Args:
        builder: Takes the columns.
        ops: Operator → how it is lowered.
        unsupported: Operator → why it is no column.
        column: (frame, field) → the scalar of a field there; it adds the source when first asked.
        rows: Related table → its frame.
        key: The column of those frames that names the subject.
        shared: Trees that occur more than once; each becomes a column.
        bounds: Static bounds of the derived facts so far.
        list_facts: Derived facts that are lists, which have no column and are written out where they are read.
        parents: What a child reads of its account → its column.
        what: Names the step that is being written, for errors.
    """

    builder: Builder
    ops: Mapping[str, Writer]
    unsupported: Mapping[str, str]
    column: Callable[[str, str], Scalar]
    rows: Callable[[str], str]
    key: str
    shared: frozenset[Node] = frozenset()
    bounds: dict[str, Bound] = attrs.field(factory=dict)
    list_facts: dict[str, Node] = attrs.field(factory=dict)
    parents: dict[Node, Scalar] = attrs.field(factory=dict)
    what: str = ""
    _memo: dict[Node, Bound] = attrs.field(factory=dict)

    @property
    def main(self) -> Scope:
        """The scope of the subject."""
        return Scope(self.builder.main)

    def value(self, node: Node, scope: Scope | None = None) -> Scalar:
        """Return the scalar of a node; null where it is missing or unknown.

        Raises:
            UnsupportedError: The node is outside what frames can do (CC401); the text names the step and says what to
                use.
        """
        scope = scope or self.main
        if scope.outer is not None and node.op not in _EVERYWHERE and not reads_row(node, scope):
            return self._brought(node, scope)
        writer = self.ops.get(node.op)
        if writer is None:
            raise self.refused(node, self.unsupported.get(node.op, "it is no column"))
        made = writer(self, node, scope)
        return self.builder.keep(made, frame=scope.frame) if node in self.shared else made

    def kept(self, node: Node, scope: Scope) -> Scalar:
        """Return a column or leaf that holds the value, where it is read more than once."""
        return self.builder.keep(self.value(node, scope), frame=scope.frame)

    def _brought(self, node: Node, scope: Scope) -> Scalar:
        """Return what does not depend on the row from the subject, by the key that the row has.

        Raises:
            UnsupportedError: It is an element of a list around the rows (CC401).
        """
        if node.free:
            raise self.refused(node, "related records are gathered once, not for each element of a list")
        held = self.kept(node, self.main)
        if held.op != "col":
            return held
        lookup = Lookup(scope.frame, "", self.builder.main, held.value, (self.key, "id"), held.sort)
        return self.builder.look_up(lookup)

    def unguarded(self, node: Node) -> bool:
        """Return whether the guard of an arithmetic node can never act."""
        return unguarded(node, self.bounds, self._memo)

    def bound(self, node: Node) -> Bound:
        """Return the static bound of a number."""
        return bound(node, self.bounds, self._memo)

    def refused(self, node: Node, why: str) -> UnsupportedError:
        """Return the error for a node that frames can't do."""
        named = _NAMED.get(node.op)
        return self.refused_whole(f": `{node.op if named is None else named(node.value)}` can't run on frames: {why}")

    def refused_whole(self, why: str) -> UnsupportedError:
        """Return the error for a step that frames can't do; `why` goes on where its name ends."""
        return UnsupportedError(f"CC401 {self.what}{why}; use the record executor (executor='record')")

    @contextmanager
    def inside(self, what: str) -> Iterator[None]:
        """Name a part in errors while it is written."""
        before, self.what = self.what, what
        yield
        self.what = before  # what raises ends the whole program


#: Lowers one operator.
Writer = Callable[[Expressions, Node, Scope], Scalar]


def guarded(ex: Expressions, node: Node, made: Scalar, scope: Scope) -> Scalar:
    """Return an arithmetic result, with the guard where it can act."""
    # the guard reads its operand more than once, so that has a column of its own
    return made if ex.unguarded(node) else Scalar("guard", "number", (ex.builder.keep(made, frame=scope.frame),))


def quotient(ex: Expressions, above: Scalar, below: Scalar, frame: str = "") -> Scalar:
    """Return a quotient of two columns or leaves, since engines read both of them more than once."""
    return arithmetic("div", ex.builder.keep(above, frame=frame), ex.builder.keep(below, frame=frame))
