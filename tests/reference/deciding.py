"""Decision tables and state machines (lines 20 and 21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from itertools import product
from typing import Any

import attrs

from clientcore.ruleset import DecisionTable, StateMachine
from reference.values import missing

CONFLICT = "CONFLICT"


@attrs.define
class OutcomeValue:
    """An outcome; the names are those of `clientcore.decision.Outcome`."""

    value: Any = None
    possible: frozenset[Any] = frozenset()
    low: float | None = None
    high: float | None = None
    conflict: bool = False


def decided(table: DecisionTable, truths: Sequence[Any]) -> OutcomeValue:
    """Try every assignment of truths to the unknown rows."""
    unknown = [at for at, truth in enumerate(truths) if missing(truth)]
    found = []
    for guess in product((True, False), repeat=len(unknown)):
        settled = [truth is True for truth in truths]
        for at, truth in zip(unknown, guess, strict=True):
            settled[at] = truth
        found.append(_outcome(table, settled))
    possible = frozenset(found)
    if len(possible) == 1:
        (only,) = possible
        known = OutcomeValue(None if only == CONFLICT else only, possible, conflict=only == CONFLICT)
    else:
        known = OutcomeValue(None, possible)
    numbers = [value for value in possible if isinstance(value, float)]
    if table.collect in {"sum", "min", "max", "count"} and len(numbers) == len(possible):
        known.low, known.high = min(numbers), max(numbers)
    return known


def _outcome(table: DecisionTable, settled: Sequence[bool]) -> Any:
    hits = [_plain(row.then) for row, truth in zip(table.rows, settled, strict=True) if truth]
    if not hits:
        empty = 0.0 if table.collect in {"sum", "count"} else None  # as over a list with no rows
        return empty if table.default is None else _plain(table.default)
    if table.hit_policy == "first":
        return hits[0]
    if table.hit_policy == "unique":
        return hits[0] if len(hits) == 1 else CONFLICT
    if table.collect == "list":
        return tuple(hits)
    if table.collect == "count":
        return float(len(hits))
    if table.collect == "sum":
        return reduce(float.__add__, hits, 0.0)
    return min(hits) if table.collect == "min" else max(hits)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@attrs.define
class StateValue:
    """A state; the names are those of `clientcore.decision.State`."""

    value: str | None
    possible: frozenset[str] = frozenset()
    since: date | None = None
    cycle: bool = False


def moved(
    machine: StateMachine,
    held: tuple[str | None, date | None] | None,
    truth: Callable[[int, date | None], Any],
    dwell: float,
    as_of: date,
) -> StateValue:
    """Move a machine; `truth` tells whether a transition may be made, decisions after a day included."""
    if held is not None and held[0] in machine.labels:
        state, since = held
        assert state is not None
        rests = since is not None and (as_of - since).days < dwell
        reach = _reach(
            machine, state, lambda at: False if rests and not machine.transitions[at].at_once else truth(at, since)
        )
        target = _only(reach, state)
        return StateValue(target, reach | {target}, since if target == state else as_of)

    def free(at: int) -> Any:
        return truth(at, None)

    state = machine.initial
    for _ in range(len(machine.labels) - 1):
        state = _only(_reach(machine, state, free), state)
    if _only(_reach(machine, state, free), state) != state:
        return StateValue(None, frozenset(), None, cycle=True)
    reached = {state}
    while beyond := {target for one in reached for target in _reach(machine, one, free)} - reached:
        if _reach(machine, state, free) == {state}:
            break
        reached |= beyond
    return StateValue(state, frozenset(reached), as_of)


def _only(reach: frozenset[str], state: str) -> str:
    """Return where a step surely leads; where that is unknown the state holds."""
    return next(iter(reach)) if len(reach) == 1 else state


def _reach(machine: StateMachine, state: str, truth: Callable[[int], Any]) -> frozenset[str]:
    """Return where one step may lead: one try for every guess of the unknown transitions, the first true one wins."""
    own = [at for at, step in enumerate(machine.transitions) if step.source == state]
    truths = [truth(at) for at in own]
    targets = [machine.transitions[at].target for at in own]
    reach = set()
    for guess in product((True, False), repeat=sum(map(missing, truths))):
        rest = iter(guess)
        settled = [next(rest) if missing(one) else one for one in truths]
        reach.add(next((target for target, one in zip(targets, settled, strict=True) if one), state))
    return frozenset(reach)
