"""State machines."""

from __future__ import annotations

import attrs

from clientcore.ruleset.formula import Basis, Formula


@attrs.frozen(kw_only=True)
class Transition:
    """A step of a state machine.

    `needs_decision` asks for a recorded human decision; `at_once` lets it be made before the state has lasted its days.
    """

    source: str
    target: str
    when: Formula
    needs_decision: bool = False
    at_once: bool = False
    because: str = ""


@attrs.frozen(kw_only=True)
class StateMachine:
    """States, transitions in file order, and how long a state lasts at least, but for transitions made at once."""

    id: str
    initial: str
    transitions: tuple[Transition, ...]
    min_dwell_days: Formula | None = None
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"

    @property
    def labels(self) -> tuple[str, ...]:
        """Every state: the initial one, then in order of first mention."""
        seen = dict.fromkeys([self.initial])
        for step in self.transitions:
            seen |= dict.fromkeys([step.source, step.target])
        return tuple(seen)
