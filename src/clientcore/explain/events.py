"""Why an event pattern holds, or what stands in its way: its events one by one, with the records that count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from clientcore.decision import Reason, shown
from clientcore.errors import counted
from clientcore.executors.record import asked
from clientcore.explain.seen import Seen
from clientcore.expr import Node
from clientcore.matching import Answer, Search, in_window, left_after
from clientcore.ruleset import Pattern

#: Records that are named; of more than these the number is told.
_NAMED = 5


def events_reason(seen: Seen, node: Node, pattern: Pattern) -> Reason:
    """Return the reason of a pattern: one part for each event, and one for what ties them together."""
    search, answer = seen.values[asked(node)]
    parts = [_event(search, answer, at) for at in range(len(search.shape.events))]
    tied = "; ".join(_ties(search, pattern))
    alone = False if False in (truths := [part.truth for part in parts]) else None if None in truths else True
    if tied and alone is not False:
        parts.append(Reason(text=tied, truth=answer.truth))
    return Reason(text=pattern.id, truth=seen.value(node), parts=tuple(parts), joined="all")


def _ties(search: Search, pattern: Pattern) -> Iterator[str]:
    if search.shape.sequence:
        yield "in this order"
    if pattern.same:
        yield f"with the same {' and '.join(pattern.same)}"
    if any(event.joins for event in search.shape.events):
        yield "compared as their conditions say"


def _event(search: Search, answer: Answer, at: int) -> Reason:
    event = search.shape.events[at]
    rows, what = search.rows[at], event.table or "account"
    if not event.comes:
        return _absent(search, at)
    if rows is None:
        return Reason(text=f"{event.id}: `{what}` is missing", truth=None)
    sure, perhaps = in_window(search, at, sure=True), in_window(search, at, sure=False)
    need = search.need(at)
    truth = True if len(sure) >= need else False if len(perhaps) < need else None
    seen = [(row.day, row.id) for row in (sure if truth else perhaps)]
    records: Sequence[tuple[float, str]] = answer.events[at] if answer.events else sorted(seen)
    many = f"{len(records)} of {what} within {counted(search.within, 'day')}"
    text = f"{event.id}: {many}{_named(records)}, at least {need} wanted"
    return Reason(text=text, truth=truth)


def _absent(search: Search, at: int) -> Reason:
    event = search.shape.events[at]
    after = search.shape.events[event.after]
    text = f"{event.id}: none of {event.table} for {shown(search.wait(at))} days after {after.id}"
    sure = left_after(search, at, in_window(search, event.after, sure=True), sure=True)
    perhaps = left_after(search, at, in_window(search, event.after, sure=False), sure=False)
    if search.rows[at] is None:
        return Reason(text=f"{text}; `{event.table}` is missing", truth=None if perhaps else False)
    return Reason(text=text, truth=True if sure else None if perhaps else False)


def _named(records: Sequence[tuple[float, str]]) -> str:
    if not records:
        return ""
    texts = [f"{id_} on {_day(day)}" if id_ else _day(day) for day, id_ in records[:_NAMED]]
    more = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return f" ({', '.join(texts)}{more})"


def _day(ordinal: float) -> str:
    return str(date.fromordinal(int(ordinal))) if ordinal == ordinal else "an unknown day"
