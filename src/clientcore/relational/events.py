"""Lower event patterns that frames can count: in any order by numbers of rows, in sequence by the earliest days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clientcore.expr import Node
from clientcore.matching import EventShape, Shape
from clientcore.relational.entry import AS_OF
from clientcore.relational.lists import Rows, is_true, source
from clientcore.relational.program import Lookup
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
    to_number,
)

if TYPE_CHECKING:
    from clientcore.relational.expressions import Expressions, Scope

_DAY_MICROS = 86_400_000_000
#: More days than there are, and a day before all of them.
_MANY, _EVER = 1e7, -10_000_000


def refusal(shape: Shape) -> str:
    """Return why a pattern can't run on frames; empty where it can.

    Example:
        >>> refusal(Shape((EventShape("a", "cases", "day", False, 0), EventShape("b", "cases", "day", False, 0))))
        'two of its events are of one table, and no record may serve both'
    """
    tables = [event.table for event in shape.events if event.table]
    if any(not event.comes for event in shape.events):
        return "an event that stays out needs the records of one account in their order"
    if any(event.joins for event in shape.events):
        return "events that are compared with one another need the records of one account together"
    if any(event.same for event in shape.events):
        return "`same` needs the records of one account together"
    if shape.sequence and any(event.count >= 0 for event in shape.events):
        return "a sequence that counts needs the records of one account in their order"
    if not shape.sequence and len(set(tables)) < len(tables):
        return "two of its events are of one table, and no record may serve both"
    return ""


def events(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Lower a pattern."""
    shape: Shape = node.value
    why = refusal(shape)
    if why:
        raise ex.refused(node, why)
    writer = _Writer(ex, node, scope, _first(ex, node, scope))
    yes, perhaps = writer.sequence() if shape.sequence else writer.any_order()
    return case(yes, TRUE, perhaps, null("boolean"), FALSE)


def _first(ex: Expressions, node: Node, scope: Scope) -> Scalar:
    """Return the first day of the window."""
    days = Scalar("clamp", "number", (arithmetic("floor", ex.value(node.args[0], scope)),), (-_MANY, _MANY))
    return arithmetic("isub", AS_OF, Scalar("to_integer", "integer", (days,)))


@attrs.frozen
class _Dated:
    """Rows that may be an event.

    Args:
        rows: On their way through the condition.
        day: Of a row.
        inside: Whether it lies in the window; null where the row has no day.
    """

    rows: Rows
    day: Scalar
    inside: Scalar


@attrs.frozen
class _Writer:
    """Writes one pattern."""

    ex: Expressions
    node: Node
    scope: Scope
    first: Scalar

    def any_order(self) -> tuple[Scalar, Scalar]:
        """Return (whether it holds, whether it may hold); neither is null."""
        pairs = [self._counted(event) for event in self.node.value.events]
        return both(*(yes for yes, _ in pairs)), both(*(perhaps for _, perhaps in pairs))

    def sequence(self) -> tuple[Scalar, Scalar]:
        """Return (whether it holds, whether it may hold): by the earliest day on which each event can be complete."""
        shape: Shape = self.node.value
        found = []
        for sure in (True, False):
            ends: list[Scalar] = []
            for at, event in enumerate(shape.events):
                after = [
                    arithmetic("iadd", end, lit(int(event.table == shape.events[before].table != "")))
                    for before, end in enumerate(ends)
                ]
                end = self._earliest(event, after, sure=sure)
                ends.append(self.ex.builder.keep(end, "t") if at < len(shape.events) - 1 else end)
            found.append(both(*(known(end) for end in ends)))
        return found[0], found[1]

    def _counted(self, event: EventShape) -> tuple[Scalar, Scalar]:
        need = lit(1.0) if event.count < 0 else self.ex.value(self.node.args[event.count], self.scope)

        def enough(many: Scalar) -> Scalar:
            return both(compare("ge", many, lit(1.0)), compare("ge", many, need))

        if not event.table:
            truth, _ = self._own(event)
            one = enough(lit(1.0))
            return both(is_true(truth), one), both(_not_false(truth), one)
        sure, loose = self._rows(event)
        certain = to_number(sure.rows.fold(self.ex, "count", where=is_true(sure.inside)))
        many = sure.rows.fold(self.ex, "count", where=_not_false(sure.inside))
        if loose is not None:
            many = arithmetic("iadd", many, loose.rows.fold(self.ex, "count", where=_not_false(loose.inside)))
        present = sure.rows.present
        return both(present, enough(certain)), either(opposite(present), enough(to_number(many)))

    def _earliest(self, event: EventShape, after: list[Scalar], *, sure: bool) -> Scalar:
        """Return the earliest day of an event on or after some days; not `sure`, `_EVER` where it may be any day."""
        if not event.table:
            truth, day = self._own(event)
            late = both(*(compare("ge", day, one) for one in after))
            if sure:
                return case(is_true(both(truth, late)), day, null("integer"))
            undated = both(is_null(day), _not_false(truth))
            return case(undated, lit(_EVER), both(_not_false(truth), is_true(late)), day, null("integer"))
        certain, loose = self._rows(event)
        groups = [certain] if sure or loose is None else [certain, loose]
        days = [self._least(group, after) for group in groups]
        least = days[0] if len(days) == 1 else Scalar("least", "integer", tuple(days))
        if sure:
            return case(certain.rows.present, least, null("integer"))
        lacking = [compare("gt", one.rows.fold(self.ex, "count", where=is_null(one.day)), lit(0)) for one in groups]
        return case(either(opposite(certain.rows.present), *lacking), lit(_EVER), least)

    def _least(self, group: _Dated, after: list[Scalar]) -> Scalar:
        late = (compare("ge", group.day, self._brought(one, group.rows.scope)) for one in after)
        return group.rows.fold(self.ex, "min", group.day, is_true(both(group.inside, *late)))

    def _brought(self, held: Scalar, scope: Scope) -> Scalar:
        """Return what the subject has, on its rows."""
        held = self.ex.builder.keep(held, "t")
        if held.op != "col":
            return held
        return self.ex.builder.look_up(
            Lookup(scope.frame, "", self.ex.builder.main, held.value, (self.ex.key, "id"), held.sort)
        )

    def _own(self, event: EventShape) -> tuple[Scalar, Scalar]:
        """Return (whether the account is the event, its day)."""
        truth = self.ex.kept(self.node.args[event.at], self.scope)
        day = self.ex.kept(self.node.args[event.at + 1], self.scope)
        return both(truth, self._inside(day)), day

    def _rows(self, event: EventShape) -> tuple[_Dated, _Dated | None]:
        """Return the rows for which the condition is true, and those for which it is unknown."""
        found = [source(self.ex, self.node.args[event.at + at], self.scope) for at in (0, 1)]
        made = [None if isinstance(one, tuple) else self._dated(event, one) for one in found]
        assert made[0] is not None
        return made[0], made[1]

    def _dated(self, event: EventShape, rows: Rows) -> _Dated:
        day = self.ex.column(rows.scope.frame, event.day)
        if event.instant:
            day = Scalar("ifloordiv", "integer", (day,), _DAY_MICROS)
        day = self.ex.builder.keep(day, frame=rows.scope.frame)
        return _Dated(rows, day, self._inside(day))

    def _inside(self, day: Scalar) -> Scalar:
        return both(compare("ge", day, self.first), compare("le", day, AS_OF))


def _not_false(truth: Scalar) -> Scalar:
    return opposite(is_true(opposite(truth)))
