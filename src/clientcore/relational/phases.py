"""In which order an engine computes: few joins, each as late as it may be, so that little is carried through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from clientcore.relational.program import Aggregate, Definition, Lookup, Made, Program, reads

Column = tuple[str, str]
#: A phase, and a level within it.
Place = tuple[int, int]


@attrs.frozen(kw_only=True)
class Phase:
    """What one expression of the statement adds to a frame.

    Args:
        frame: The frame.
        joins: What comes from groups of other frames, or is looked up there, as they stood before the phase.
        levels: What is computed row by row; each level reads what stands before it, the first one the joins too.
    """

    frame: str
    joins: tuple[Aggregate | Lookup, ...]
    levels: tuple[tuple[Definition, ...], ...]


@attrs.frozen
class Phases:
    """The order of a whole statement.

    Args:
        phases: What is added in each phase, at most once for each frame.
        last: (frame, column) → where it is last read; another frame reads it before the first level of its phase.
    """

    phases: tuple[tuple[Phase, ...], ...]
    last: Mapping[Column, Place]


def phases_of(program: Program) -> Phases:
    """Put the columns of a program that its outputs need into phases.

    What reads another frame costs a join and, where two read a frame, a copy of it. So everything stands in the latest
    phase that it may stand in: what a join waits for is copied, and all else is computed behind the last join.

    Args:
        program: What the plan means.
    """
    made = {(one.frame, one.name): one for stage in program.stages for one in stage}
    phase = _latest(program, made)
    level: dict[Column, int] = {}
    for key, one in made.items():
        if key in phase:
            before = [level[read] for read in _own(one) if phase.get(read) == phase[key] and read in made]
            level[key] = -1 if _hop(one) else max((0, *(at + 1 for at in before)))
    last: dict[Column, Place] = {}
    for key, one in made.items():
        if key in phase:
            here = (phase[key], max(level[key], 0))
            for read in reads(one):
                at = here if read[0] == one.frame else (phase[key], -1)
                last[read] = max(last.get(read, at), at)
    end = (max(phase.values(), default=0) + 1, 0)
    last |= {(program.main, name): end for name, _ in program.outputs.values()}
    count = max((at for key, at in phase.items() if key in made), default=-1) + 1
    return Phases(tuple(tuple(_phase(made, phase, level, at)) for at in range(count)), last)


def _latest(program: Program, made: Mapping[Column, Made]) -> dict[Column, int]:
    """Return the latest phase of each column that an output needs."""
    early: dict[Column, int] = {}
    for key, one in made.items():
        early[key] = max((early.get(read, 0) for read in reads(one)), default=0) + _hop(one)
    end = max(early.values(), default=0)
    late: dict[Column, int] = {(program.main, name): end for name, _ in program.outputs.values()}
    for key, one in reversed(list(made.items())):
        if key in late:
            for read in reads(one):
                late[read] = min(late.get(read, end), late[key] - _hop(one))
    return late


def _hop(one: Made) -> int:
    return 0 if isinstance(one, Definition) else 1


def _own(one: Made) -> Iterator[Column]:
    return (read for read in reads(one) if read[0] == one.frame)


def _phase(
    made: Mapping[Column, Made], phase: Mapping[Column, int], level: Mapping[Column, int], at: int
) -> Iterator[Phase]:
    frames: dict[str, list[Made]] = {}
    for key, one in made.items():
        if phase.get(key) == at:
            frames.setdefault(one.frame, []).append(one)
    for frame, parts in frames.items():
        scalars = [one for one in parts if isinstance(one, Definition)]
        count = max((level[frame, one.name] for one in scalars), default=-1) + 1
        yield Phase(
            frame=frame,
            joins=tuple(one for one in parts if not isinstance(one, Definition)),
            levels=tuple(tuple(one for one in scalars if level[frame, one.name] == step) for step in range(count)),
        )
