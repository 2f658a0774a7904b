"""State machines: every state can be reached, no step is written twice or leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from clientcore.check.checked import Checked
from clientcore.errors import Problem, did_you_mean
from clientcore.ruleset import Ruleset, StateMachine


def machines(checked: Checked) -> Iterator[Problem]:
    """Find state machines that are not well formed."""
    for ruleset in checked.rulesets:
        for machine in ruleset.states.values():
            yield from _machine(ruleset, machine)


def _machine(ruleset: Ruleset, machine: StateMachine) -> Iterator[Problem]:
    path = f"states/{machine.id}"
    sources = [step.source for step in machine.transitions]
    if machine.initial not in sources:
        text = f"state machine `{machine.id}` never leaves its initial state `{machine.initial}`"
        help_text = did_you_mean(machine.initial, sources) or "add a transition from it"
        yield Problem("CC308", text, ruleset.where(f"{path}/initial"), help_text)
        return
    seen: set[tuple[str, str]] = set()
    for at, step in enumerate(machine.transitions):
        where = ruleset.where(f"{path}/{at}")
        pair = (step.source, step.target)
        if step.source == step.target:
            yield Problem("CC308", f"transition from `{step.source}` leads to itself", where, "take it out")
        elif pair in seen:
            text = f"two transitions lead from `{step.source}` to `{step.target}`"
            yield Problem("CC308", text, where, "join their conditions with `||`")
        seen.add(pair)
    lost = [state for state in machine.labels if state not in _reached(machine)]
    if lost:
        text = f"state machine `{machine.id}` never reaches {', '.join(f'`{state}`' for state in lost)}"
        reached = [state for state in machine.labels if state not in lost]
        help_text = did_you_mean(lost[0], reached)
        help_text = help_text if help_text.startswith("did") else f"add a transition from one of: {', '.join(reached)}"
        yield Problem("CC308", text, ruleset.where(path), help_text)


def _reached(machine: StateMachine) -> set[str]:
    reached, grown = {machine.initial}, True
    while grown:
        more = {step.target for step in machine.transitions if step.source in reached} - reached
        grown = bool(more)
        reached |= more
    return reached
