"""Write params, and which tables there are, into a program: what they decide is computed once, not on every row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from operator import is_
from typing import Any

import attrs

from clientcore.relational.program import Aggregate, Definition, Lookup, Made, Program, columns_of, staged
from clientcore.relational.scalar import FALSE, Scalar, Sort, col, lit
from clientcore.relational.simplify import Known, is_plain, is_sure, simplify
from clientcore.relational.unrolling import unrolled

Column = tuple[str, str]
_ALWAYS_THERE = frozenset({"count", "count_distinct", "sum"})
_CONSTANTS: Mapping[Sort, Callable[[Any], Any]] = {
    "number": lambda x: float(x) + 0.0,  # -0 and 0 are equal, so one would stand for the other
    "integer": int,
    "boolean": bool,
    "text": str,
}


def specialised(program: Program, params: Mapping[tuple[str, str], Any], tables: Collection[str] | None) -> Program:
    """Return a program that gives the same for some params and tables, with fewer and smaller columns.

    Constants are carried through all columns that read them, and columns that come to the same are one. Nothing is
    taken away: a column that nothing reads any more is never computed.

    Args:
        program: What the plan means.
        params: (ruleset, param) → value, days and instants as whole numbers.
        tables: The related tables that there are; None where that is not known.
    """
    work = _Work(params, tables)
    for one in (one for stage in program.stages for one in stage):
        work.take(one)
    frames = {
        name: frame if frame.seen is None else attrs.evolve(frame, seen=work.scalar(frame.seen, ""))
        for name, frame in program.frames.items()
    }
    outputs = {name: (work.renamed(program.main, held), how) for name, (held, how) in program.outputs.items()}
    return attrs.evolve(program, frames=frames, stages=staged(work.made), outputs=outputs)


@attrs.define
class _Work:
    """Columns so far, each after what it reads: what they are now, and what is known of them.

    Columns that come to a constant or another column have that as their leaf; of equal ones the first is read.
    """

    params: Mapping[tuple[str, str], Any]
    tables: Collection[str] | None
    made: dict[Column, Made] = attrs.field(factory=dict)
    _leaves: dict[Column, Scalar] = attrs.field(factory=dict)
    _firsts: dict[Any, Column] = attrs.field(factory=dict)
    _sure: set[Column] = attrs.field(factory=set)
    _plain: set[Column] = attrs.field(factory=set)
    _knows: dict[str, Known] = attrs.field(factory=dict)
    _done: dict[str, dict[Scalar, Scalar]] = attrs.field(factory=lambda: defaultdict(dict))

    def take(self, one: Made) -> None:
        """Add a column."""
        key = (one.frame, one.name)
        match one:
            case Definition():
                scalar = self.scalar(one.scalar, one.frame)
                if scalar.op == "col" or not scalar.args:
                    self._leaves[key] = scalar
                known = self._known(one.frame)
                if is_sure(scalar, known):
                    self._sure.add(key)
                if is_plain(scalar, known):
                    self._plain.add(key)
                new: Made = one if scalar is one.scalar else Definition(one.frame, one.name, scalar)
            case Aggregate():
                new = self._gathered(one)
                if one.how in _ALWAYS_THERE:
                    self._sure.add(key)
            case Lookup():
                new = attrs.evolve(one, column=self.renamed(one.source, one.column))
        self.made[key] = new
        same = (new.frame, new.scalar) if isinstance(new, Definition) else attrs.evolve(new, name="")
        first = self._firsts.setdefault(same, key)
        if first != key and key not in self._leaves:
            self._leaves[key] = col(first[1], _sort(new))

    def scalar(self, scalar: Scalar, frame: str) -> Scalar:
        """Return what a scalar over a frame has become."""
        if not scalar.args:
            return self._leaf(scalar, frame)
        found = self._done[frame].get(scalar)
        if found is None and scalar.op == "each":
            found = self._done[frame][scalar] = self.scalar(unrolled(scalar, self._elements), frame)
        if found is None:
            args = tuple([self.scalar(arg, frame) for arg in scalar.args])
            as_before = all(map(is_, args, scalar.args))
            same = scalar if as_before else Scalar(scalar.op, scalar.sort, args, scalar.value)
            found = simplify(same, self._known(frame))
            found = FALSE if found.op == "in_param" and not self.params[found.value] else found
            self._done[frame][scalar] = found
        return found

    def _elements(self, each: Scalar) -> list[Scalar]:
        _, item, param = each.value
        return [lit(_CONSTANTS[item.sort](value)) for value in self.params[param]]

    def renamed(self, frame: str, name: str) -> str:
        """Return the column that holds what a column held."""
        leaf = self._leaves.get((frame, name))
        return leaf.value if leaf is not None and leaf.op == "col" else name

    def _known(self, frame: str) -> Known:
        found = self._knows.get(frame)
        if found is None:
            sure, plain = self._sure, self._plain
            found = self._knows[frame] = Known(lambda name: (frame, name) in sure, lambda name: (frame, name) in plain)
        return found

    def _leaf(self, scalar: Scalar, frame: str) -> Scalar:
        if scalar.op == "col":
            return self._leaves.get((frame, scalar.value), scalar)
        if scalar.op == "lit":
            return scalar
        if scalar.op == "param":
            value = self.params[scalar.value]
            return scalar if value is None else lit(_CONSTANTS[scalar.sort](value))
        if scalar.op == "present" and self.tables is not None:
            return lit(scalar.value in self.tables)
        return lit(float(len(self.params[scalar.value]))) if scalar.op == "param_size" else scalar

    def _gathered(self, one: Aggregate) -> Aggregate:
        """Return an aggregate of what its columns have become; not of constants, which have no rows."""

        def held(scalar: Scalar) -> Scalar:
            new = self.scalar(scalar, one.source)
            return new if columns_of(new) else scalar

        return attrs.evolve(
            one,
            value=None if one.value is None else held(one.value),
            where=None if one.where is None else held(one.where),
            order=tuple(map(held, one.order)),
        )


def _sort(made: Made) -> Sort:
    return made.scalar.sort if isinstance(made, Definition) else made.sort
