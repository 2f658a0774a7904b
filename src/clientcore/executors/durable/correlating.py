"""Event patterns in durable-rules' JSON: what one rule of it can correlate, and why it can't do the rest.

Only a part of what was measured to be right is asked: at most four messages in a rule, each one flat `$and` with its
kind first, presence asked before a property is used elsewhere, joins of numbers, and a last join that is always true,
without which the engine reads past its conditions. All numbers sent are small and whole: days counted from the day of
the decision, and of values only their places in order, so that nothing depends on how a text or a fraction is written
or compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import attrs

from clientcore.executors.durable.lowering import written
from clientcore.matching import Row, Search, Shape, changed

#: Messages that one rule correlates, joins of one of them, records, and tuples that the engine would keep of these.
PARTS, JOINS, RECORDS, TUPLES = 4, 20, 100, 1_000
_LARGEST = 1e6
_SIGNS = {"eq": "$eq", "ne": "$neq", "lt": "$lt", "le": "$lte", "gt": "$gt", "ge": "$gte"}

Condition = dict[str, Any]


@attrs.frozen
class Asked:
    """One question to the engine: a ruleset, messages in the order in which they are asserted, and whose they are.

    Args:
        rules: The ruleset as JSON.
        facts: The messages as JSON; what has to stay out stands first.
        owners: Id of a message → (event, record).
    """

    rules: str
    facts: tuple[str, ...]
    owners: Mapping[str, tuple[int, Row]]


def refusal(search: Search) -> str:
    """Return why durable-rules is not asked a question; empty where it is.

    Example:
        >>> from clientcore.matching import EventShape
        >>> many, one = EventShape("a", "cases", "day", False, 0, count=1), EventShape("b", "issues", "day", False, 0)
        >>> refusal(Search(Shape((many, one)), 739000, (30.0, 9.0), ((), ())))
        '10 records have to be joined, and at most 4 are'
    """
    events = search.shape.events
    needs = [search.need(at) if event.comes else 1 for at, event in enumerate(events)]
    if sum(len(event.joins) for event in events) > JOINS:
        return f"more than {JOINS} comparisons"
    if sum(needs) > PARTS:
        return f"{sum(needs)} records have to be joined, and at most {PARTS} are"
    if any(not abs(number) <= _LARGEST for number in (search.within, *_waits(search))):
        return "a number of days is out of bounds"
    if any(rows is None for rows in search.rows):
        return "a table is missing, and the engine has no unknown"
    many = [len(rows or ()) for rows in search.rows]
    if sum(many) > RECORDS or prod(max(1, one) ** need for one, need in zip(many, needs, strict=True)) > TUPLES:
        return f"more than {RECORDS} records or {TUPLES:,} tuples would be kept"
    return ""


def _waits(search: Search) -> Iterator[float]:
    for at, event in enumerate(search.shape.events):
        if not event.comes:
            yield search.wait(at)


def asked(search: Search, *, sure: bool) -> Asked | None:
    """Return the question whether there is a match; None where something is missing that would leave it open.

    Args:
        search: A pattern that is not refused.
        sure: Whether records whose condition is unknown count against a match; else they count for it.
    """
    events = search.shape.events
    followed = {event.after for event in events if event.joins and not event.comes}
    chosen: list[list[Row]] = []
    for at, event in enumerate(events):
        found = []
        for row in search.rows[at] or ():
            whole = row.day == row.day and None not in row.key
            # what surely comes must be known; what may have come counts against a sure match, known or not
            if event.comes == sure:
                if event.comes and not (row.sure and whole):
                    continue
                if not event.comes and not (row.sure and whole and None not in row.values):
                    continue
            elif not (whole and None not in row.values):
                return None
            if event.comes and None in row.values and at in followed:
                return None  # the engine would report an error for each later message
            found.append(row)
        chosen.append(found)
    needs = tuple(search.need(at) if event.comes else 1 for at, event in enumerate(events))
    waits = tuple(0.0 if event.comes else search.wait(at) for at, event in enumerate(events))
    if any(changed(join, search.arguments)(1.0) is None for event in events for join in event.joins):
        return None
    facts, owners = _facts(search, chosen)
    return Asked(_rules(search.shape, needs, search.within, waits), facts, owners)


def _facts(search: Search, chosen: Sequence[Sequence[Row]]) -> tuple[tuple[str, ...], dict[str, tuple[int, Row]]]:
    events = search.shape.events
    keys: dict[tuple[Any, ...], float] = {}
    numbers: dict[int, float] = {}
    compares = _places(search, chosen)
    facts: list[str] = []
    owners: dict[str, tuple[int, Row]] = {}
    for at in sorted(range(len(events)), key=lambda one: events[one].comes):
        for row in chosen[at]:
            name = f"f{len(facts)}"
            properties = {
                "t": float(at),
                "k": numbers.setdefault(row.number, float(len(numbers))),
                "d": float(row.day - search.as_of),
                "_": 1.0,
            }
            if events[at].same:
                properties["g"] = keys.setdefault(row.key, float(len(keys)))
            properties |= {
                key: found[row.number] for (key, of), found in compares.items() if of == at and row.number in found
            }
            facts.append(f'{{"id":"{name}","sid":"s",{written(properties)[1:]}')
            owners[name] = (at, row)
    return tuple(facts), owners


def _places(search: Search, chosen: Sequence[Sequence[Row]]) -> dict[tuple[str, int], dict[int, float]]:
    """Return for both sides of each comparison, as (property, event), record → place of its value among all of them."""
    shape, found = search.shape, {}
    for name, event, join in _joins(shape):
        own, other = shape.fields(event).index(join.own), shape.fields(join.event).index(join.other)
        change = changed(join, search.arguments)
        left = {row.number: row.values[own] for row in chosen[event]}
        right = {row.number: row.values[other] for row in chosen[join.event]}
        right = {number: change(value) for number, value in right.items() if value is not None}
        left, right = ({key: value for key, value in side.items() if value is not None} for side in (left, right))
        order = {value: float(place) for place, value in enumerate(sorted({*left.values(), *right.values()}))}
        found[f"l{name}", event] = {number: order[value] for number, value in left.items()}
        found[f"r{name}", join.event] = {number: order[value] for number, value in right.items()}
    return found


def _joins(shape: Shape) -> list[tuple[int, int, Any]]:
    pairs = [(at, join) for at, event in enumerate(shape.events) for join in event.joins]
    return [(name, at, join) for name, (at, join) in enumerate(pairs)]


@lru_cache(maxsize=512)
def _rules(shape: Shape, needs: tuple[int, ...], within: float, waits: tuple[float, ...]) -> str:
    """Return the ruleset of a pattern: one rule, with one part for each record, and one that begins a state."""
    parts: list[Condition] = []
    names: dict[int, list[str]] = {}
    coming = [at for at, event in enumerate(shape.events) if event.comes]
    for at in coming:
        for copy in range(needs[at]):
            name = f"e{at}_{copy}"
            tests = [*_own(shape, at, within, waits), *_tied(shape, at, names)]
            parts.append({name: {"$and": tests}})
            names.setdefault(at, []).append(name)
            parts += _absent(shape, at, name, waits)
    return written({"match": {"all": parts}, "ping": {"all": [{"p": {"ping": 1.0}}]}})


def _own(shape: Shape, at: int, within: float, waits: tuple[float, ...]) -> list[Condition]:
    """Return what a message must be by itself: its kind first, then what is used of it, then its days."""
    used = ["d", "k", "_", *(["g"] if shape.events[at].same else []), *_used(shape, at)]
    tests: list[Condition] = [{"t": float(at)}, *({"$ex": {name: 1.0}} for name in used)]
    tests += [{"$gte": {"d": -within}}, {"$lte": {"d": 0.0}}]
    for other, event in enumerate(shape.events):
        if not event.comes and event.after == at:
            tests.append({"$lt": {"d": -waits[other]}})
    return tests


def _used(shape: Shape, at: int) -> list[str]:
    own = [f"l{name}" for name, event, _ in _joins(shape) if event == at]
    # what an event that stays out is compared with may be missing: then the comparison is not true, and nothing came
    return own + [f"r{name}" for name, event, join in _joins(shape) if join.event == at and shape.events[event].comes]


def _tied(shape: Shape, at: int, names: Mapping[int, Sequence[str]]) -> list[Condition]:
    """Return the joins of a message with those of the rule above it."""
    tests: list[Condition] = []
    for other, above in names.items():
        same_table = shape.events[other].table == shape.events[at].table != ""
        for name in above:
            if other == at:
                tests.append({"$gt": {"k": {name: "k"}}})
            elif shape.sequence:
                tests.append({"$gt" if same_table else "$gte": {"d": {name: "d"}}})
            elif same_table:
                tests.append({"$neq": {"k": {name: "k"}}})
    first = next(iter(names.values()), ("",))[0]
    if first and shape.events[at].same:
        tests.append({"g": {first: "g"}})
    for number, event, join in _joins(shape):
        if event == at:
            tests += [_comparison(join.sign, number, name) for name in names[join.event]]
    return [*tests, {"_": {first: "_"}}] if first else []


def _comparison(sign: str, number: int, name: str) -> Condition:
    test = {f"l{number}": {name: f"r{number}"}}
    return test if sign == "eq" else {_SIGNS[sign]: test}


def _absent(shape: Shape, at: int, name: str, waits: tuple[float, ...]) -> Iterator[Condition]:
    """Yield the parts that must not be there after a message."""
    for other, event in enumerate(shape.events):
        if event.comes or event.after != at:
            continue
        used = ["d", "k", "_", *(["g"] if event.same else []), *_used(shape, other)]
        tests: list[Condition] = [{"t": float(other)}, *({"$ex": {one: 1.0}} for one in used)]
        tests.append({"$gte": {"d": {name: "d"}}})
        tests.append({"$lte": {"d": {"$add": {"$l": {name: "d"}, "$r": waits[other]}}}})
        if event.table == shape.events[at].table:
            tests.append({"$neq": {"k": {name: "k"}}})
        if event.same:
            tests.append({"g": {name: "g"}})
        tests += [_comparison(join.sign, number, name) for number, of, join in _joins(shape) if of == other]
        yield {f"n{other}_{name}$not": {"$and": [*tests, {"_": {name: "_"}}]}}
