"""A program made ready for SQL: nothing is written twice."""

from __future__ import annotations

import attrs

from clientcore.executors.sql.scalars import DOUBLED
from clientcore.relational import Aggregate, Definition, Lookup, Program, Scalar, staged

Made = Definition | Aggregate | Lookup
_LEAVES = frozenset({"col", "lit", "param", "as_of", "present"})


def spread(program: Program) -> Program:
    """Return the program in which an operand that SQL writes more than once is a column of an earlier stage.

    Args:
        program: What the plan means.

    Returns:
        The same meaning; a chain of such operations would double the text with each one otherwise.
    """
    columns: dict[tuple[str, str], Made] = {}
    spreader = _Spreader(columns)
    for one in (one for stage in program.stages for one in stage):
        match one:
            case Definition():
                columns[one.frame, one.name] = attrs.evolve(one, scalar=spreader.of(one.frame, one.scalar))
            case Aggregate():
                columns[one.frame, one.name] = attrs.evolve(
                    one,
                    value=None if one.value is None else spreader.of(one.source, one.value),
                    where=None if one.where is None else spreader.of(one.source, one.where),
                    order=tuple(spreader.of(one.source, scalar) for scalar in one.order),
                )
            case Lookup():
                columns[one.frame, one.name] = one
    return attrs.evolve(program, stages=staged(columns))


@attrs.define
class _Spreader:
    columns: dict[tuple[str, str], Made]
    kept: dict[tuple[str, Scalar], Scalar] = attrs.field(factory=dict)

    def of(self, frame: str, scalar: Scalar) -> Scalar:
        if not scalar.args:
            return scalar
        args = tuple(self.of(frame, arg) for arg in scalar.args)
        if scalar.op in DOUBLED:
            args = tuple(self._column(frame, arg) for arg in args)
        return scalar if args == scalar.args else Scalar(scalar.op, scalar.sort, args, scalar.value)

    def _column(self, frame: str, scalar: Scalar) -> Scalar:
        if scalar.op in _LEAVES:
            return scalar
        found = self.kept.get((frame, scalar))
        if found is None:
            name = f"d@{len(self.kept) + 1}"
            found = self.kept[frame, scalar] = Scalar("col", scalar.sort, (), name)
            self.columns[frame, name] = Definition(frame, name, scalar)
        return found
