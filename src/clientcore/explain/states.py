"""Why a state machine stands where it stands, and what stands in the way of its next state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clientcore.decision import Explanation, Reason, State, shown
from clientcore.errors import counted
from clientcore.executors.record.machines import decided
from clientcore.explain.reasons import blocking, reason
from clientcore.expr import Node
from clientcore.plan import StateStep
from clientcore.ruleset import Transition

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer


def state_line(state: State) -> str:
    """Return a state as people see it, with the states that are possible besides."""
    if state.cycle:
        return "unknown, since it would not settle"
    perhaps = [label for label in state.possible if label != state.value]
    return shown(state.value) + (f", perhaps {' or '.join(perhaps)}" if perhaps else "")


def state_story(explainer: Explainer, name: str, step: StateStep, *, against: bool) -> Explanation:
    """Return how a machine came where it is, or what stands in the way of its next state."""
    state = explainer.decision.states[name]
    applies = explainer.applies(step)
    if applies is not None and applies.truth is False:
        return Explanation(id=name, kind="state", summary=f"{name} is not applicable", reasons=(applies,))
    since = f" since {state.since}" if state.since is not None else ""
    reasons = [applies] if applies is not None and applies.truth is None else []
    taken = list(_taken(explainer, name, step, state))
    shown_steps = [pair for pair in _pairs(step) if pair[0].source == state.value] if against or not taken else taken
    reasons += [_transition(explainer, name, step, pair, against=against) for pair in shown_steps]
    return Explanation(
        id=name,
        kind="state",
        summary=f"{name} is {state_line(state)}{since}",
        reasons=tuple(reasons),
        details=_dwell(explainer, name, step, state),
    )


def _pairs(step: StateStep) -> list[tuple[Transition, Node]]:
    return list(zip(step.machine.transitions, step.conditions, strict=True))


def _before(explainer: Explainer, name: str, step: StateStep) -> str | None:
    """Return the state that the machine was in before this decision; None without one."""
    label, _ = explainer.call.base.states.get(name, (None, None))
    return label if label in step.machine.labels else None


def _taken(explainer: Explainer, name: str, step: StateStep, state: State) -> Iterator[tuple[Transition, Node]]:
    """Yield the transitions that this decision made, from where the machine was before."""
    at = _before(explainer, name, step) or step.machine.initial
    waits = days_left(explainer, name, step) > 0.0
    while at != state.value and state.value is not None:
        pair = next(
            pair
            for pair in _pairs(step)
            if pair[0].source == at
            and (pair[0].at_once or not waits)
            and explainer.seen.value(pair[1])
            and human_decision(explainer, name, step, pair[0])
        )
        yield pair
        at = pair[0].target


def human_decision(explainer: Explainer, name: str, step: StateStep, transition: Transition) -> bool | None:
    """Return whether the human decision that a transition needs is recorded; True where it needs none."""
    if not transition.needs_decision:
        return True
    columns = explainer.executor.plan.columns["decision_records"]
    _, since = explainer.call.base.states.get(name, (None, None))
    return decided(
        explainer.call.taken.tables.get("decision_records"),
        (columns.index("machine"), columns.index("target"), columns.index("decided_on")),
        (name, step.machine.id),
        transition.target,
        None if since is None else since.toordinal(),
        explainer.call.as_of.toordinal(),
    )


_DECIDED = {
    True: "a human decision is recorded",
    False: "no human decision is recorded",
    None: "whether a human decided is not known",
}


def _transition(
    explainer: Explainer, name: str, step: StateStep, pair: tuple[Transition, Node], *, against: bool
) -> Reason:
    transition, node = pair
    found = reason(explainer.seen, node, transition.when)
    parts = blocking(found) if against else (found,)
    human = human_decision(explainer, name, step, transition)
    truth = False if False in {found.truth, human} else None if None in {found.truth, human} else True
    if transition.needs_decision and not (against and human):
        parts += (Reason(text=_DECIDED[human], truth=human),)
    told = explainer.because(step, transition.because) if truth else ""
    return Reason(text=f"{transition.source} → {transition.target}{told}", truth=truth, parts=parts)


def _dwell(explainer: Explainer, name: str, step: StateStep, state: State) -> tuple[str, ...]:
    """Say how many days the state must still last before the machine may move."""
    left = days_left(explainer, name, step)
    if left <= 0.0 or step.min_dwell_days is None or _before(explainer, name, step) != state.value:
        return ()
    least = explainer.seen.value(step.min_dwell_days)
    now = [one.target for one in step.machine.transitions if one.at_once and one.source == state.value]
    but = f", unless it goes to {' or '.join(now)}" if now else ""
    return (f"it stays for at least {counted(least, 'day')}{but}; left: {shown(left)}",)


def days_left(explainer: Explainer, name: str, step: StateStep) -> float:
    """Return the days that the state before still had to last; 0 or less where nothing waits for them."""
    if step.min_dwell_days is None or _before(explainer, name, step) is None:
        return 0.0
    _, since = explainer.call.base.states[name]
    least = explainer.seen.value(step.min_dwell_days)
    return 0.0 if since is None or least is None else float(least - (explainer.call.as_of - since).days)
