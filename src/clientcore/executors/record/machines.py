"""State machines: one step with a past, several from the initial state without (SEMANTICS 21)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def machine_step(
    transitions: Sequence[tuple[str, str]], truths: Sequence[bool | None], state: str
) -> tuple[str | None, tuple[str, ...]]:
    """Return (next, possible next) of one step from `state`; next is None while an unknown one comes first."""
    possible: dict[str, None] = {}
    for (source, target), truth in zip(transitions, truths, strict=True):
        if source != state or truth is False:
            continue
        possible[target] = None
        if truth:
            break
    else:
        possible[state] = None
    kinds = tuple(possible)
    return (kinds[0] if len(kinds) == 1 else None), kinds


def machine(
    labels: Sequence[str],
    transitions: Sequence[tuple[str, str]],
    truths: Sequence[bool | None],
    previous: tuple[str | None, Any] | None,
    dwell: float,
    as_of: Any,
    at_once: Sequence[bool],
) -> tuple[str | None, tuple[str, ...], Any, bool]:
    """Return (state, possible, since, cycle) of a state machine (SEMANTICS 21).

    Args:
        labels: Every state, the initial one first.
        transitions: (from, to), in file order.
        truths: Their conditions, those that need a human decision already joined with it.
        previous: (state, since) of the decision before, or None.
        dwell: Least days in a state.
        as_of: The day of this decision, as an ordinal; `since` likewise.
        at_once: Which transitions do not wait for `dwell`.
    """
    state = previous[0] if previous is not None and previous[0] in labels else None
    if state is not None and previous is not None:
        since = previous[1]
        if since is not None and as_of - since < dwell:
            truths = [truth if now else False for truth, now in zip(truths, at_once, strict=True)]
        step, possible = machine_step(transitions, truths, state)
        if step is None or step == state:
            return state, possible, since, False
        return step, (step,), as_of, False
    return _from_initial(labels, transitions, truths, as_of)


def _from_initial(
    labels: Sequence[str], transitions: Sequence[tuple[str, str]], truths: Sequence[bool | None], as_of: Any
) -> tuple[str | None, tuple[str, ...], Any, bool]:
    state = labels[0]
    for _ in range(len(labels) - 1):
        step, _kinds = machine_step(transitions, truths, state)
        if step is None or step == state:
            break
        state = step
    else:
        step, _kinds = machine_step(transitions, truths, state)
        if step is not None and step != state:
            return None, (), None, True
    _step, possible = machine_step(transitions, truths, state)
    if len(possible) == 1:
        return state, possible, as_of, False
    reached, edge = {state}, [state]
    while edge:
        beyond = set(machine_step(transitions, truths, edge.pop())[1]) - reached
        reached |= beyond
        edge.extend(beyond)
    return state, tuple(label for label in labels if label in reached), as_of, False


def decided(
    records: Sequence[tuple[Any, ...]] | None,
    columns: tuple[int, int, int],
    names: tuple[str, str],
    target: str,
    since: Any,
    as_of: Any,
) -> bool | None:
    """Return whether a recorded human decision names the machine and the target, after `since` and up to `as_of`.

    Args:
        records: Decision records; None where the table is absent, so that nothing is known.
        columns: Where machine, target and day stand in a record.
        names: Full and short id of the machine.
        target: The state to go to.
        since: Day since which the machine is where it is; None without a past.
        as_of: The day of the decision.
    """
    if records is None:
        return None
    for record in records:
        named, goal, day = (record[at] for at in columns)
        # a day after `as_of` reads as missing, so a record without one must not count, or the future would be seen
        if named in names and goal == target and day <= as_of and (since is None or day > since):
            return True
    return False
