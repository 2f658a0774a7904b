"""A plan as a program over frames: definitions of columns, each by scalars of its row or by a group of related rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal

import attrs

from clientcore.relational.scalar import FALSE, Scalar, Sort

#: Kinds of subject that belong to an account, named by their column `account_id`.
CHILDREN = frozenset({"opportunity", "workstream"})
How = Literal["count", "sum", "min", "max", "count_distinct", "latest"]

#: Ends each element of a list that is held as text.
LIST_END = "\x1f"
#: How → what a group gives, of the rows of the group for which `where` is true (all rows without it).
AGGREGATES: dict[str, str] = {
    "count": "an integer: how many rows; 0 where the group is empty",
    "sum": "the exact sum of integers (within 128 bits), then one correctly rounded double; 0.0 where it is empty",
    "min": "the least value that is not null, null without one; text by code point",
    "max": "the greatest value that is not null, null without one; text by code point",
    "count_distinct": "an integer: how many different values that are not null",
    "latest": "the value of the row with the greatest `order`, compared one after the other; a null in `order` is less "
    "than everything; the value itself may be null; of rows that no `order` tells apart what they say with one voice, "
    "null where they differ (a database is trusted to have ids, so that there are none)",
}


@attrs.frozen(cache_hash=True)
class Source:
    """A column as the book's table has it, in the form of `scalar`; null where the table lacks it.

    Args:
        frame: The frame.
        name: Name of the column in the program.
        field: Name of the column in the table.
        kind: Kind of the field: number, text, boolean, day, instant, level.
    """

    frame: str
    name: str
    field: str
    kind: str


@attrs.frozen(cache_hash=True)
class Definition:
    """A column of a frame, computed row by row."""

    frame: str
    name: str
    scalar: Scalar

    @cached_property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """(frame, column) of everything that it is made from."""
        return tuple([(self.frame, name) for name in columns_of(self.scalar)])


@attrs.frozen(cache_hash=True)
class Aggregate:
    """A column of a frame, computed from the rows of another frame whose `key` is this row's `id`.

    Args:
        frame: The frame that gets the column.
        name: Its name.
        source: The frame whose rows are gathered.
        how: A key of `AGGREGATES`.
        key: Columns of `source` that name the row that gets the column; with it the columns of `frame` that they equal.
        value: Scalar of a row of `source`; None for `count`.
        where: Boolean scalar of a row of `source`; only rows for which it is true take part.
        order: For `latest`.
    """

    frame: str
    name: str
    source: str
    how: How
    key: tuple[tuple[str, str], ...]
    value: Scalar | None = None
    where: Scalar | None = None
    order: tuple[Scalar, ...] = ()

    @cached_property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """(frame, column) of everything that it is made from."""
        scalars = [scalar for scalar in (self.value, self.where, *self.order) if scalar is not None]
        found = [(self.source, name) for scalar in scalars for name in columns_of(scalar)]
        return (*found, *(pair for here, there in self.key for pair in ((self.source, here), (self.frame, there))))

    @property
    def sort(self) -> Sort:
        """What the column holds."""
        if self.how in {"count", "count_distinct"}:
            return "integer"
        if self.how == "sum" or self.value is None:
            return "number"
        return self.value.sort


@attrs.frozen(cache_hash=True)
class Lookup:
    """A column of a frame, taken from the one row of another frame that a key names (a child reads its account).

    Args:
        frame: The frame that gets the column.
        name: Its name.
        source: The frame that has it.
        column: Its name there.
        key: (column of `frame`, column of `source`) that are equal; at most one row of `source` has that key.
        sort: What the column holds.
    """

    frame: str
    name: str
    source: str
    column: str
    key: tuple[str, str]
    sort: Sort

    @property
    def reads(self) -> tuple[tuple[str, str], ...]:
        """(frame, column) of everything that it is made from."""
        return (self.source, self.column), (self.source, self.key[1]), (self.frame, self.key[0])


Made = Definition | Aggregate | Lookup


@attrs.frozen(kw_only=True)
class Frame:
    """A table of the book, or the subjects themselves.

    Args:
        name: Its name in the program.
        table: The book's table; two frames may read one table (the account's records, and those of a child).
        seen: Boolean scalar: only rows for which it is true exist (look-ahead); None for all.
        sources: Columns read from the table.
    """

    name: str
    table: str
    sources: tuple[Source, ...]
    seen: Scalar | None = None


@attrs.frozen(kw_only=True, eq=False)  # what is worked out for a program is kept beside it
class Program:
    """What a column engine runs.

    Args:
        subject: Kind of subject.
        main: Name of the frame with one row per subject.
        frames: Every frame by name.
        stages: Columns in an order in which each stage reads only sources and columns of earlier stages. An engine runs
            one stage after the other; all aggregates of a stage over one frame and key are one group-by.
        outputs: Name of the column in the decisions frame → (column of the main frame, how it is shown): shown is
            number, boolean, text, day (integer → date) or list (text, with `LIST_END` behind each element).
        params: (ruleset, param) that are read.
    """

    subject: str
    main: str
    frames: Mapping[str, Frame]
    stages: tuple[tuple[Made, ...], ...]
    outputs: Mapping[str, tuple[str, str]]
    params: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        lines = [f"program for {self.subject}: {len(self.frames)} frames, {len(self.stages)} stages"]
        for at, stage in enumerate(self.stages, 1):
            lines += [f"  {at:>3} {made.frame}.{made.name}" for made in stage]
        return "\n".join(lines)


def columns_of(scalar: Scalar) -> tuple[str, ...]:
    """Return the names of the columns that a scalar reads, each once."""
    found: dict[str, None] = {}
    stack = [scalar]
    while stack:
        one = stack.pop()
        if one.op == "col":
            found[one.value] = None
        elif one.args:
            stack.extend(one.args)
    return tuple(found)


def staged(made: Mapping[tuple[str, str], Made]) -> tuple[tuple[Made, ...], ...]:
    """Put columns into the fewest stages: each stands one after the last of what it reads.

    Args:
        made: (frame, name) → column, each after what it reads.

    Returns:
        The stages; sources count as there before the first.
    """
    level: dict[tuple[str, str], int] = {}
    stages: list[list[Made]] = []
    for key, one in made.items():
        at = max([level.get(read, -1) for read in one.reads], default=-1) + 1
        level[key] = at
        while len(stages) <= at:
            stages.append([])
        stages[at].append(one)
    return tuple(tuple(stage) for stage in stages)


@attrs.define
class Builder:
    """Frames and columns of one program while it is written.

    Args:
        frames: Every frame so far.
        made: (frame, name) → column, in the order of writing.
        leaves: Key of a step of the plan (for scores with the part) → scalar over the main frame that holds its value.
        inapplicable: Id of what may be missing since it does not apply → whether that is sure, or may turn out so.
        outputs: Column of the decisions frame → (column of the main frame, how it is shown).
        possible: Key of a table or machine → each value that it may have, and whether it may.
        troubles: (code, id of the table or machine) → whether the subject has that problem.
    """

    main: str
    frames: dict[str, Frame] = attrs.field(factory=dict)
    made: dict[tuple[str, str], Made] = attrs.field(factory=dict)
    leaves: dict[tuple[str, ...], Scalar] = attrs.field(factory=dict)
    inapplicable: dict[str, tuple[Scalar, Scalar]] = attrs.field(factory=dict)
    outputs: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    possible: dict[tuple[str, ...], list[tuple[Scalar, Scalar]]] = attrs.field(factory=dict)
    troubles: dict[tuple[str, str], Scalar] = attrs.field(factory=dict)
    _kept: dict[tuple[str, Any], str] = attrs.field(factory=dict)
    _items: list[Scalar] = attrs.field(factory=list)
    _count: int = 0

    def name(self, stem: str = "v") -> str:
        """Return a new name of a column; no name of the user's has an `@`."""
        self._count += 1
        return f"{stem}@{self._count}"

    def keep(self, scalar: Scalar, stem: str = "v", frame: str = "") -> Scalar:
        """Return a column that holds the scalar; the same scalar is one column. Leaves stay as they are.

        What reads an element of a list stays as it is too: it is another scalar for each of them.
        """
        if not scalar.args or (self._items and any(one in self._items for one in scalar.walk())):
            return scalar
        home = frame or self.main
        found = self._kept.get((home, scalar))
        if found is None:
            found = self._kept[home, scalar] = self.name(stem)
            self.made[home, found] = Definition(home, found, scalar)
        return Scalar("col", scalar.sort, (), found)

    @contextmanager
    def within(self, item: Scalar) -> Iterator[None]:
        """Lower what may read an element of a list, for which `item` stands."""
        self._items.append(item)
        yield
        self._items.pop()  # what raises ends the whole program

    def gather(self, aggregate: Aggregate) -> Scalar:
        """Return the column that an aggregate fills; `name` of the argument is ignored, the same one is one column."""
        plain = attrs.evolve(aggregate, name="")
        found = self._kept.get((aggregate.frame, plain))
        if found is None:
            found = self._kept[aggregate.frame, plain] = self.name("g")
            self.made[aggregate.frame, found] = attrs.evolve(aggregate, name=found)
        return Scalar("col", aggregate.sort, (), found)

    def look_up(self, lookup: Lookup) -> Scalar:
        """Return the column that a lookup fills; `name` of the argument is ignored."""
        plain = attrs.evolve(lookup, name="")
        found = self._kept.get((lookup.frame, plain))
        if found is None:
            found = self._kept[lookup.frame, plain] = self.name("p")
            self.made[lookup.frame, found] = attrs.evolve(lookup, name=found)
        return Scalar("col", lookup.sort, (), found)

    def mark(self, name: str, surely: Scalar, perhaps: Scalar) -> None:
        """Note when a value does not apply, surely or perhaps; nothing is noted where it never happens."""
        if surely != FALSE or perhaps != FALSE:
            self.inapplicable[name] = (self.keep(surely, "n"), self.keep(perhaps, "n"))

    def output(self, name: str, scalar: Scalar, shown: str) -> None:
        """Show a scalar of the main frame as a column of the decisions frame."""
        held = self.keep(scalar, "o")
        if held.op != "col":
            self.made[self.main, name] = Definition(self.main, name, held)
            held = Scalar("col", held.sort, (), name)
        self.outputs[name] = (held.value, shown)
