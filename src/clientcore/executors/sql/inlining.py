"""A program with fewer columns: what is read once, or is tiny, stands where it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

from clientcore.relational import Aggregate, Definition, Lookup, Program, Scalar, staged

Made = Definition | Aggregate | Lookup
Column = tuple[str, str]
#: A column that is read once is written out as long as the text stays short enough to be read and compiled quickly.
_LARGEST = 300
_DEEPEST = 24
#: A column of so few operations is written wherever it is read.
_TINY = 3


def inlined(program: Program) -> Program:
    """Return the same program with fewer columns and stages: each stage copies every column that is still needed.

    Args:
        program: What the plan means.
    """
    uses, pinned = _uses(program)
    written: dict[Column, _Sized] = {}
    kept: dict[Column, Made] = {}
    for one in (one for stage in program.stages for one in stage):
        key = (one.frame, one.name)
        match one:
            case Definition():
                sized = _replaced(one.scalar, one.frame, written)
                small = sized.nodes <= _TINY or (uses[key] == 1 and sized.nodes <= _LARGEST and sized.depth <= _DEEPEST)
                if key not in pinned and small:
                    written[key] = sized
                else:
                    kept[key] = attrs.evolve(one, scalar=sized.scalar)
            case Aggregate():
                kept[key] = attrs.evolve(
                    one,
                    value=None if one.value is None else _replaced(one.value, one.source, written).scalar,
                    where=None if one.where is None else _replaced(one.where, one.source, written).scalar,
                    order=tuple(_replaced(scalar, one.source, written).scalar for scalar in one.order),
                )
            case Lookup():
                kept[key] = one
    return attrs.evolve(program, stages=staged(kept))


@attrs.frozen
class _Sized:
    scalar: Scalar
    nodes: int
    depth: int


def _replaced(scalar: Scalar, frame: str, written: Mapping[Column, _Sized]) -> _Sized:
    if scalar.op == "col":
        return written.get((frame, scalar.value)) or _Sized(scalar, 1, 1)
    if not scalar.args:
        return _Sized(scalar, 1, 1)
    parts = [_replaced(arg, frame, written) for arg in scalar.args]
    args = tuple(part.scalar for part in parts)
    made = scalar if args == scalar.args else Scalar(scalar.op, scalar.sort, args, scalar.value)
    return _Sized(made, 1 + sum(part.nodes for part in parts), 1 + max(part.depth for part in parts))


def _uses(program: Program) -> tuple[Counter[Column], set[Column]]:
    """Return how often scalars read each column, and which columns something else needs by name."""
    uses: Counter[Column] = Counter()
    pinned = {(program.main, name) for name, _ in program.outputs.values()}
    for one in (one for stage in program.stages for one in stage):
        match one:
            case Definition():
                uses.update(_read(one.frame, (one.scalar,)))
            case Aggregate():
                scalars = [scalar for scalar in (one.value, one.where, *one.order) if scalar is not None]
                uses.update(_read(one.source, scalars))
                pinned.update(pair for here, there in one.key for pair in ((one.source, here), (one.frame, there)))
            case Lookup():
                pinned |= {(one.source, one.column), (one.source, one.key[1]), (one.frame, one.key[0])}
    return uses, pinned


def _read(frame: str, scalars: Iterable[Scalar]) -> Iterable[Column]:
    return ((frame, one.value) for scalar in scalars for one in scalar.walk() if one.op == "col")
