"""What an event pattern asks, what it is asked of, and what comes back. Frozen values; no matcher adds to them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Protocol

import attrs

#: Related table → the field that dates an event, where the pattern names none; all others go by `occurred_on`.
DATED: dict[str, str] = {
    "cases": "opened_at",
    "commitments": "due_on",
    "contracts": "starts_on",
    "decision_records": "decided_on",
    "issues": "known_on",
    "opportunities": "closed_on",
    "survey_responses": "responded_on",
}
#: Of an event that is compared with another one, so many records are joined: the latest.
JOINED = 64
#: With more different values of the `same` fields than this, a record that lacks one goes with all of them together.
GROUPS = 64

Sign = Literal["eq", "ne", "lt", "le", "gt", "ge"]
How = Literal["", "add", "sub", "mul", "day_add", "day_sub"]


@attrs.frozen(cache_hash=True)
class Join:
    """A comparison of a field of an event with one of an earlier event.

    Args:
        own: Field of this event.
        sign: How the two compare.
        event: Place of the earlier event in the pattern.
        other: Field of that event.
        how: What is done with it before.
        number: Place of the operand among the arguments, where `how` needs one.
    """

    own: str
    sign: Sign
    event: int
    other: str
    how: How = ""
    number: int = -1


@attrs.frozen(cache_hash=True)
class EventShape:
    """One event, as the matchers see it.

    Args:
        id: Its name.
        table: Related table; empty for the account itself.
        day: Field with its day; for the account an argument holds the day itself.
        instant: Whether that field is an instant, whose UTC day counts.
        at: Place of its first argument; the records for which the condition is true, then those for which it is unknown
            (for the account: the condition, then the day).
        count: Place of the number of records among the arguments; -1 for one.
        none_for: Place of the number of days; -1 for an event that must come.
        after: Place of the event from which `none_for` counts.
        joins: Comparisons with earlier events.
        same: Fields whose values all events share.
    """

    id: str
    table: str
    day: str
    instant: bool
    at: int
    count: int = -1
    none_for: int = -1
    after: int = -1
    joins: tuple[Join, ...] = ()
    same: tuple[str, ...] = ()

    @property
    def comes(self) -> bool:
        """Whether it has to come; else it has to stay out."""
        return self.none_for < 0


@attrs.frozen(cache_hash=True)
class Shape:
    """A pattern, as the matchers see it: its events in file order, and whether they come in it."""

    events: tuple[EventShape, ...]
    sequence: bool = False

    def fields(self, event: int) -> tuple[str, ...]:
        """Return the fields of an event that joins compare."""
        found = [join.own for join in self.events[event].joins]
        found += [join.other for later in self.events for join in later.joins if join.event == event]
        return tuple(dict.fromkeys(found))

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Return related table → columns that a matcher reads, besides what conditions do."""
        found: dict[str, dict[str, None]] = {}
        for at, event in enumerate(self.events):
            if event.table:
                names = ("id", event.day, *event.same, *self.fields(at))
                found.setdefault(event.table, {}).update(dict.fromkeys(names))
        return {table: tuple(names) for table, names in found.items()}


class Row(NamedTuple):
    """A record that may be an event.

    Args:
        day: Ordinal of its day; NaN where it is missing.
        id: Its id, empty where it has none.
        number: Tells it apart from every other record of the account.
        sure: Whether its condition is true; else it is unknown.
        key: Values of the `same` fields; None where missing.
        values: Values of the fields that joins compare, in the order of `Shape.fields`; None where missing.
    """

    day: float
    id: str
    number: int
    sure: bool
    key: tuple[Any, ...] = ()
    values: tuple[Any, ...] = ()


@attrs.frozen
class Search:
    """A pattern with the records of one account on one day; everything that an answer depends on.

    Args:
        shape: The pattern.
        as_of: Ordinal of the day.
        arguments: Numbers by their place, among them the window, `arguments[0]`.
        rows: For each event the records whose condition is not false; None where the table is missing.
    """

    shape: Shape
    as_of: int
    arguments: tuple[float, ...]
    rows: tuple[tuple[Row, ...] | None, ...]

    @property
    def within(self) -> float:
        """Whole days before `as_of` in which the events lie."""
        return self.arguments[0] // 1

    def need(self, event: int) -> int:
        """Return how many records an event needs, 1 or more."""
        place = self.shape.events[event].count
        return 1 if place < 0 else max(1, -int(-self.arguments[place] // 1))

    def wait(self, event: int) -> float:
        """Return the whole days for which an event has to stay out."""
        return self.arguments[self.shape.events[event].none_for] // 1


@attrs.frozen
class Answer:
    """Whether a pattern holds.

    Args:
        truth: True, False, or None for unknown.
        events: For each event the records, as (ordinal of the day, id), that take part in a match; where the answer is
            unknown, in a possible one; empty for one that has to stay out, and where the answer is false.
    """

    truth: bool | None
    events: tuple[tuple[tuple[float, str], ...], ...] = ()


class Matcher(Protocol):
    """What answers patterns: in Python, or durable-rules in a process of its own. All give the same answers."""

    def answer(self, search: Search) -> Answer:
        """Return whether a pattern holds, and by which records."""
