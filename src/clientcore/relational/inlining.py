"""Take a frame whose rows are those of the subjects into the main frame, so that no engine has to join it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_

import attrs

from clientcore.relational.program import Aggregate, Definition, Lookup, Made, Program, columns_of, staged
from clientcore.relational.scalar import Scalar


def inlined(program: Program, name: str) -> Program:
    """Return the same program without a frame; its columns are columns of the main frame, from the same table.

    Args:
        program: The program.
        name: A frame that has one row for each subject, in the same order, and that nothing but lookups reads. The
            engine is given its columns in the table of the subjects, under `NAME.COLUMN`.
    """
    frame = program.frames[name]
    main = program.frames[program.main]
    moved = tuple(
        attrs.evolve(one, frame=program.main, name=f"{name}.{one.name}", field=f"{name}.{one.field}")
        for one in frame.sources
    )
    made: dict[tuple[str, str], Made] = {}
    for one in (one for stage in program.stages for one in stage):
        new = _moved(one, name, program.main)
        made[new.frame, new.name] = new
    frames = {key: value for key, value in program.frames.items() if key != name}
    frames[program.main] = attrs.evolve(main, sources=(*main.sources, *moved))
    return attrs.evolve(program, frames=frames, stages=staged(made))


def _moved(one: Made, name: str, main: str) -> Made:
    if isinstance(one, Definition) and one.frame == name:
        return Definition(main, f"{name}.{one.name}", renamed(one.scalar, f"{name}."))
    if isinstance(one, Lookup) and one.source == name:
        return Definition(one.frame, one.name, Scalar("col", one.sort, (), f"{name}.{one.column}"))
    assert not isinstance(one, Aggregate) or one.source != name
    return one


def renamed(scalar: Scalar, prefix: str) -> Scalar:
    """Return a scalar with a prefix before the names of all columns that it reads."""
    if scalar.op == "col":
        return Scalar("col", scalar.sort, (), f"{prefix}{scalar.value}")
    return attrs.evolve(scalar, args=tuple(renamed(arg, prefix) for arg in scalar.args)) if scalar.args else scalar


def without_fixed_lookups(program: Program) -> Program:
    """Return the same program without lookups of what is the same on every row, as a day that a param is away from.

    Related rows compute it themselves, so that no engine has to carry it over to them. The subjects look up what they
    did: one that belongs to no account has nothing there.

    Args:
        program: The program.
    """
    made = {(one.frame, one.name): one for stage in program.stages for one in stage}
    fixed: dict[tuple[str, str], Scalar] = {}
    for key, one in made.items():
        if isinstance(one, Definition):
            scalar = _filled(one.scalar, one.frame, fixed)
            if not columns_of(scalar):
                fixed[key] = scalar
        elif isinstance(one, Lookup) and (one.source, one.column) in fixed and one.frame != program.main:
            made[key] = Definition(one.frame, one.name, fixed[one.source, one.column])
            fixed[key] = fixed[one.source, one.column]
    return attrs.evolve(program, stages=staged(made))


def _filled(scalar: Scalar, frame: str, fixed: Mapping[tuple[str, str], Scalar]) -> Scalar:
    """Return a scalar with the columns that are the same on every row written out."""
    if scalar.op == "col":
        return fixed.get((frame, scalar.value), scalar)
    if not scalar.args:
        return scalar
    args = tuple([_filled(arg, frame, fixed) for arg in scalar.args])
    return scalar if all(map(is_, args, scalar.args)) else attrs.evolve(scalar, args=args)
