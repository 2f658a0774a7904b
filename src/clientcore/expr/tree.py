"""The two trees: `Expr`, what the text says, and `Node`, what it means once names and kinds are settled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs

from clientcore.expr.kinds import Kind

#: What binds a variable, and with how many arguments behind it. `latest` is ours, the others are CEL's.
MACROS: dict[str, tuple[int, ...]] = {
    "all": (1,),
    "exists": (1,),
    "exists_one": (1,),
    "filter": (1,),
    "map": (1, 2),
    "latest": (1,),
}


@attrs.frozen(kw_only=True)
class Expr:
    """A node of the syntax tree, with the offsets of its text (start included, end not).

    Offsets do not take part in equality: two texts that say the same have equal trees.
    """

    start: int = attrs.field(default=0, eq=False, repr=False)
    end: int = attrs.field(default=0, eq=False, repr=False)


@attrs.frozen(kw_only=True)
class Literal(Expr):
    """A literal. `kind` is int, double, uint, text, bytes, boolean or null: what CEL tells apart."""

    value: Any
    kind: str


@attrs.frozen(kw_only=True)
class Name(Expr):
    """A bare name; a leading dot (CEL's root scope) is kept in `name`."""

    name: str


@attrs.frozen(kw_only=True)
class Select(Expr):
    """`operand.field`; with `test`, the macro `has(operand.field)` (`has(name)`, our extension, is a Call)."""

    operand: Expr
    field: str
    test: bool = False


@attrs.frozen(kw_only=True)
class Call(Expr):
    """An operator or a function. Operators carry CEL's names: `_&&_`, `!_`, `-_`, `_?_:_`, `_[_]`, `@in`.

    `target` is the receiver of a member call (`xs.size()`), None for a global call (`size(xs)`).
    """

    function: str
    args: tuple[Expr, ...]
    target: Expr | None = None


@attrs.frozen(kw_only=True)
class Macro(Expr):
    """`range.name(var, args…)`, one of `MACROS`; map may have a condition before its value."""

    name: str
    range: Expr
    var: str
    args: tuple[Expr, ...]


@attrs.frozen(kw_only=True)
class ListOf(Expr):
    """`[a, b]`; `optional` holds the positions marked `?`."""

    items: tuple[Expr, ...]
    optional: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class MapOf(Expr):
    """`{k: v}`: parsed, since CEL has it, and refused by the checker."""

    entries: tuple[tuple[Expr, Expr], ...]
    optional: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class Struct(Expr):
    """`pkg.Message{field: v}`: parsed, since CEL has it, and refused by the checker."""

    name: str
    fields: tuple[tuple[str, Expr], ...]
    optional: tuple[int, ...] = ()


@attrs.frozen(cache_hash=True, unsafe_hash=True)
class Node:  # noqa: PLW1641 (attrs writes the hash)
    """A node of the checked tree: every name resolved, every kind known. Executors read nothing else.

    Args:
        op: A key of `OPS`.
        kind: Kind of the result.
        args: Operands.
        value: What the leaf or operator carries; `OPS[op].value` says what.
        start: Offset of the text in its formula, for messages.
        end: Offset behind it.
    """

    op: str
    kind: Kind
    args: tuple[Node, ...] = ()
    value: Any = None
    start: int = attrs.field(default=0, eq=False, repr=False)
    end: int = attrs.field(default=0, eq=False, repr=False)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Node):
            return NotImplemented
        return (
            self.op == other.op
            and self.value == other.value
            and (self.kind is other.kind or self.kind == other.kind)
            and self.args == other.args
        )

    @cached_property
    def free(self) -> frozenset[str]:
        """The macro variables that the tree uses and does not bind itself."""
        if self.op == "var":
            return frozenset([self.value])
        if self.op in MACROS:
            source, body = self.args
            return source.free | (body.free - {self.value})
        return frozenset().union(*[arg.free for arg in self.args])

    def walk(self) -> Iterator[Node]:
        """Yield this node and every node below it, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.args:
                stack += node.args[::-1]

    def own(self) -> Iterator[Node]:
        """Yield as `walk` does, but nothing below `account.`, which belongs to the account's scope."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.args and node.op != "parent":
                stack += node.args[::-1]


def children(expr: Expr) -> Iterator[Expr]:
    """Yield the direct children of a syntax node, in text order."""
    match expr:
        case Select(operand=operand):
            yield operand
        case Call(args=args, target=target):
            if target is not None:
                yield target
            yield from args
        case Macro(range=source, args=args):
            yield source
            yield from args
        case ListOf(items=items):
            yield from items
        case MapOf(entries=entries):
            for key, value in entries:
                yield key
                yield value
        case Struct(fields=fields):
            for _, value in fields:
                yield value
        case _:
            return
