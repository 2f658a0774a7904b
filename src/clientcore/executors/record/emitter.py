"""Blocks of generated Python, names, constants: the paper that the record executor writes on.

Only names made here and numbers stand in the generated text; the user's own texts are constants that it refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from clientcore.expr import Kind, Node
from clientcore.plan import Bound, Key, RuleStep

#: Kinds whose missing value is NaN; all others use None.
NUMERIC = frozenset({"number", "day", "instant"})

#: The texts of *is true* and *is false*; neither means unknown.
Truth = tuple[str, str]
#: Leaves that are names or numbers already and need no name of their own.
ATOMIC = frozenset(
    {"literal", "field", "fact", "param", "as_of", "table", "score", "outcome", "state", "fired", "previous", "parent"}
    | {"var"}
)
#: A condition longer than this gets a name, so that nested conditions never grow exponentially.
LONGEST = 240


def missing_text(kind: Kind) -> str:
    """Return how a missing value of that kind is written."""
    return "NAN" if kind.name in NUMERIC else "None"


def is_missing(kind: Kind, atom: str) -> str:
    """Return the test that a value of that kind is missing."""
    return f"{atom} != {atom}" if kind.name in NUMERIC else f"{atom} is None"


def is_known(kind: Kind, atom: str) -> str:
    """Return the test that a value of that kind is there."""
    return f"{atom} == {atom}" if kind.name in NUMERIC else f"{atom} is not None"


@attrs.define
class Block:
    """Lines at one level of indentation, with the values already computed there and the variables bound there."""

    lines: list[Any] = attrs.field(factory=list)
    values: dict[Node, str] = attrs.field(factory=dict)
    truths: dict[Node, tuple[str, str]] = attrs.field(factory=dict)
    bound: dict[str, tuple[str, Node]] = attrs.field(factory=dict)


@attrs.define
class Emitter:
    """State of one function being written.

    Args:
        columns: Related table → its columns in the order of the row tuples.
        value_ops: Operator → writer of its value.
        truth_ops: Boolean operator → writer of its *is true* and *is false*.
        leaves: Reference of a step (`plan.Key`, for scores with the part) → name that holds its value.
        parents: What a child subject reads of its account → name.
        traced: Whether every value at the top is kept, for explanations.
        waiting: Rules that are written where a score counts them.
        rules: Ids of the rules, in the order in which they are written.
        facts: Static bounds of the derived facts so far.
    """

    columns: Mapping[str, tuple[str, ...]]
    value_ops: Mapping[str, Callable[[Emitter, Node], str]]
    truth_ops: Mapping[str, Callable[[Emitter, Node], Truth]]
    leaves: dict[tuple[str, ...], str] = attrs.field(factory=dict)
    parents: dict[Node, str] = attrs.field(factory=dict)
    traced: bool = False
    waiting: Mapping[Key, RuleStep] = attrs.field(factory=dict)
    rules: list[str] = attrs.field(factory=list)
    facts: dict[str, Bound] = attrs.field(factory=dict)
    bounds: dict[Node, Bound] = attrs.field(factory=dict)
    blocks: list[Block] = attrs.field(factory=lambda: [Block()])
    constants: dict[str, Any] = attrs.field(factory=dict)
    layout: dict[Node, str] = attrs.field(factory=dict)
    _names: dict[tuple[str, Any], str] = attrs.field(factory=dict)
    _count: int = 0
    _root: int = 0

    def name(self, stem: str = "v") -> str:
        """Return a new local name."""
        self._count += 1
        return f"{stem}{self._count}"

    def constant(self, value: Any, stem: str = "K") -> str:
        """Return the name of a constant; equal constants share one."""
        # of a tuple its text, as (1.0,) and (True,) are equal but not the same
        same = repr(value) if isinstance(value, tuple) else value if isinstance(value, str | frozenset) else id(value)
        key = (type(value).__name__, same)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = f"{stem}{len(self.constants)}"
            self.constants[found] = value
        return found

    def line(self, text: str, at: int | None = None) -> None:
        """Write a line into the current block, or into block `at`."""
        self.blocks[-1 if at is None else at].lines.append(text)

    @contextmanager
    def indented(self, header: str) -> Iterator[None]:
        """Write a deeper block, for a loop or a branch, under its header.

        The header is written when the block is complete, so that what the block needs from outside stands before it.
        Bodies of `elif` and `else` must therefore need nothing new.
        """
        block = Block()
        self.blocks.append(block)
        try:
            yield
        finally:
            self.blocks.pop()
            self.blocks[-1].lines += [header, block.lines or ["pass"]]

    @contextmanager
    def rooted(self) -> Iterator[None]:
        """Keep everything written in a while inside the current block, as nothing outside may see it."""
        before, self._root = self._root, len(self.blocks) - 1
        try:
            yield
        finally:
            self._root = before

    @contextmanager
    def at(self, home: int) -> Iterator[None]:
        """Write into block `home` for a while, whatever deeper block is open."""
        deeper, self.blocks = self.blocks, self.blocks[: home + 1]
        try:
            yield
        finally:
            self.blocks = deeper

    def home(self, node: Node) -> int:
        """Return the outermost block in which a value can be computed: all its macro variables are bound there."""
        return max(self._binder(node), self._root)

    def _binder(self, node: Node) -> int:
        """Return the innermost block that binds a macro variable of the tree; 0, the outermost one, without any."""
        if node.free:
            for at in range(len(self.blocks) - 1, 0, -1):
                if not node.free.isdisjoint(self.blocks[at].bound):
                    return at
        return 0

    def variable(self, name: str) -> tuple[str, Node]:
        """Return (atom, source list) of a macro variable."""
        for block in reversed(self.blocks):
            if name in block.bound:
                return block.bound[name]
        raise AssertionError(name)

    def cached(self, node: Node) -> str | None:
        """Return the name that holds the value already, if it is visible here."""
        binder = self._binder(node)
        for at in range(max(binder, self._root), binder - 1, -1):
            found = self.blocks[at].values.get(node)
            if found is not None:
                return found
        return None

    def keep(self, node: Node, text: str, stem: str = "v") -> str:
        """Assign a value to a name in its home block, once."""
        home = self.home(node)
        name = self.name(stem)
        self.line(f"{name} = {text}", home)
        self.remember(node, name, home)
        return name

    def remember(self, node: Node, name: str, home: int) -> None:
        """Note that `name` holds the value of `node` in block `home`."""
        self.blocks[home].values[node] = name
        if home == 0 and self.traced:
            self.layout[node] = name

    def value(self, node: Node) -> str:
        """Return an atom (name or number) that holds the value of a node, writing what it takes."""
        found = self.cached(node)
        if found is not None:
            return found
        if node.kind.name == "boolean" and node.op in self.truth_ops:
            return self._named(node, self.truth(node))[0]
        text = self.value_ops[node.op](self, node)
        if node.op in ATOMIC:
            if self.traced and not self._root and node.op not in {"literal", "var"} and not node.free:
                self.layout[node] = text
            return text
        known = self.cached(node)
        return known if known is not None else self.keep(node, text)

    def truth(self, node: Node) -> Truth:
        """Return the texts of *is true* and *is false* of a boolean node."""
        writer = self.truth_ops.get(node.op) if node.kind.name == "boolean" else None
        atom = self.cached(node)
        if writer is None or atom is not None:
            atom = atom or self.value(node)
            return atom, f"{atom} is False"
        block = self.blocks[self.home(node)]
        found = block.truths.get(node)
        if found is None:
            found = writer(self, node)
            if self.traced or len(found[0]) + len(found[1]) > LONGEST:
                found = self._named(node, found)
            block.truths[node] = found
        return found

    def _named(self, node: Node, pair: Truth) -> Truth:
        atom = self.cached(node)
        if atom is None and pair[1] == f"{pair[0]} is False":
            atom = pair[0]
            self.remember(node, atom, self.home(node))
        elif atom is None:
            atom = self.keep(node, f"True if {pair[0]} else False if {pair[1]} else None", "b")
        return atom, f"{atom} is False"

    def text(self, head: str) -> str:
        """Return the whole function under a head line."""
        out: list[str] = [head]
        _write(self.blocks[0].lines, 1, out)
        return "\n".join(out) + "\n"


def _write(lines: list[Any], depth: int, out: list[str]) -> None:
    for line in lines:
        if isinstance(line, list):
            _write(line, depth + 1, out)
        else:
            out.append("    " * depth + line)
