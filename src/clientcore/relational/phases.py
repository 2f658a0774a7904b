"""In which order an engine computes: few joins, each as late as it may be, so that little is carried through them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from weakref import WeakKeyDictionary

import attrs

from clientcore.relational.program import Aggregate, Definition, Lookup, Made, Program

Column = tuple[str, str]
#: A phase, and a level within it.
Place = tuple[int, int]
#: How often every column is moved to a better level; a third time moves next to none.
_ROUNDS = 2


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


_KNOWN: WeakKeyDictionary[Program, Phases] = WeakKeyDictionary()


def phases_of(program: Program) -> Phases:
    """Put the columns of a program that its outputs need into phases.

    What reads another frame costs a join and, where two read a frame, a copy of it. So everything stands in the latest
    phase that it may stand in: what a join waits for is copied, and all else is computed behind the last join.

    Args:
        program: What the plan means; its order is worked out once, however often it runs.
    """
    found = _KNOWN.get(program)
    if found is None:
        found = _KNOWN[program] = _ordered(program)
    return found


def _ordered(program: Program) -> Phases:
    made = {(one.frame, one.name): one for stage in program.stages for one in stage}
    phase = _latest(program, made)
    level = _levels(program, made, phase)
    last: dict[Column, Place] = {}
    for key, one in made.items():
        if key in phase:
            here = (phase[key], max(level[key], 0))
            for read in one.reads:
                at = here if read[0] == one.frame else (phase[key], -1)
                last[read] = max(last.get(read, at), at)
    end = (max(phase.values(), default=0) + 1, 0)
    last |= {(program.main, name): end for name, _ in program.outputs.values()}
    return Phases(tuple(map(tuple, _phases(made, phase, level))), last)


def _latest(program: Program, made: Mapping[Column, Made]) -> dict[Column, int]:
    """Return the latest phase of each column that an output needs."""
    early: dict[Column, int] = {}
    for key, one in made.items():
        early[key] = max([early.get(read, 0) for read in one.reads], default=0) + _hop(one)
    end = max(early.values(), default=0)
    late: dict[Column, int] = {(program.main, name): end for name, _ in program.outputs.values()}
    for key, one in reversed(list(made.items())):
        if key in late:
            latest = late[key] - _hop(one)
            for read in one.reads:
                late[read] = min(late.get(read, end), latest)
    return late


def _levels(program: Program, made: Mapping[Column, Made], phase: Mapping[Column, int]) -> dict[Column, int]:
    """Return the level of each definition within its phase, and -1 for what is joined."""
    level = dict.fromkeys(made, -1)
    furthest: dict[Column, int] = {}
    groups: dict[tuple[str, int], dict[Column, tuple[Column, ...]]] = {}
    for key, one in made.items():
        if key in phase:
            furthest |= {read: max(furthest.get(read, 0), phase[key]) for read in one.reads}
            if isinstance(one, Definition):
                groups.setdefault((one.frame, phase[key]), {})[key] = one.reads
    furthest |= {(program.main, name): len(made) for name, _ in program.outputs.values()}
    for (_, at), reading in groups.items():
        columns = {*reading, *(read for each in reading.values() for read in each)}
        level |= _settled(reading, {one for one in columns if furthest.get(one, 0) > at})
    return level


def _settled(reading: Mapping[Column, Sequence[Column]], lasting: Container[Column]) -> dict[Column, int]:
    """Return the levels of columns of a frame in a phase, so that few columns are carried from one level to the next.

    Each starts on its last level; then it moves to where it saves most: later it is carried less itself, and earlier
    what it reads is.

    Args:
        reading: Column → what it reads, each after what it reads.
        lasting: Columns that are read when the phase is over.
    """
    readers: dict[Column, list[Column]] = {}
    first: dict[Column, int] = {}
    for key, own in reading.items():
        first[key] = max((first[one] + 1 for one in own if one in first), default=0)
        for one in own:
            readers.setdefault(one, []).append(key)
    end = max(first.values(), default=0)
    level: dict[Column, int] = {}
    for key in reversed(list(reading)):
        level[key] = min((level[one] - 1 for one in readers.get(key, ())), default=end)

    def needed(column: Column, but: Column) -> int:
        """Return the level up to which a column is carried, whatever becomes of one of its readers."""
        if column in lasting:
            return end + 1
        return max((level[one] for one in readers[column] if one != but), default=level.get(column, -1))

    for _ in range(_ROUNDS):
        for key in reversed(list(reading)):
            low = max((level[one] + 1 for one in reading[key] if one in level), default=0)
            high = min((level[one] - 1 for one in readers.get(key, ())), default=end)
            if low < high:
                until = [needed(one, key) for one in reading[key]]
                places = {low, high, *(at for at in until if low < at < high)}
                level[key] = min(places, key=partial(_carried, until))
    return level


def _carried(until: Sequence[int], at: int) -> tuple[int, int]:
    """Return how many levels a column on this level has others carried for it, less those it is not carried itself."""
    return sum(max(0, at - one) for one in until) - at, at


def _hop(one: Made) -> int:
    return 0 if isinstance(one, Definition) else 1


def _phases(
    made: Mapping[Column, Made], phase: Mapping[Column, int], level: Mapping[Column, int]
) -> Iterator[Iterator[Phase]]:
    """Yield the phases, each as what it adds to the frames."""
    count = max((at for key, at in phase.items() if key in made), default=-1) + 1
    frames: list[dict[str, list[Made]]] = [{} for _ in range(count)]
    for key, one in made.items():
        if key in phase:
            frames[phase[key]].setdefault(one.frame, []).append(one)
    for added in frames:
        yield (_phase(frame, parts, level) for frame, parts in added.items())


def _phase(frame: str, parts: Sequence[Made], level: Mapping[Column, int]) -> Phase:
    levels: dict[int, list[Definition]] = {}
    for one in parts:
        if isinstance(one, Definition):
            levels.setdefault(level[frame, one.name], []).append(one)
    return Phase(
        frame=frame,
        joins=tuple(one for one in parts if not isinstance(one, Definition)),
        levels=tuple(tuple(levels.get(at, ())) for at in range(max(levels, default=-1) + 1)),
    )
