"""Rules, patterns of events, and the actions that they recommend."""

from __future__ import annotations

from typing import Literal

import attrs

from clientcore.ruleset.formula import Audience, Basis, Formula, OnUnknown, Severity


@attrs.frozen(kw_only=True)
class FindingEffect:
    """What a fired rule reports."""

    severity: Severity
    actions: tuple[str, ...] = ()
    title: str = ""


@attrs.frozen(kw_only=True)
class Rule:
    """A condition and its effect; fires only when the condition is true."""

    id: str
    when: Formula
    finding: FindingEffect | None = None
    because: str = ""
    on_unknown: OnUnknown = "no_match"
    suppresses: tuple[str, ...] = ()
    confidence: float = 1.0
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"

    @property
    def heading(self) -> str:
        """What people call it: the title of what it finds, or else its own; empty where it has neither."""
        return _heading(self)


@attrs.frozen(kw_only=True)
class Event:
    """One event of a pattern: records of a related table, the account itself on a day, or that nothing came in time.

    Args:
        id: Names it, and in conditions its record.
        of: Related table, or `account`.
        when: Condition on its fields, also against fields of earlier events; every record without one.
        on: Field with its day; by default the one that docs/patterns.md lists for the table.
        count: How many records at least; one without it.
        none_for: For so many days after `after` no such record came; without it the event has to come.
        after: Event from which `none_for` counts; by default the last one above it that has to come.
    """

    id: str
    of: str
    when: Formula | None = None
    on: str = ""
    count: Formula | None = None
    none_for: Formula | None = None
    after: str = ""


@attrs.frozen(kw_only=True)
class Pattern:
    """Events of one account within some days; it fires like a rule, in whose place it may stand everywhere.

    Args:
        id: Unique among the rules and patterns of its ruleset.
        events: Two to four.
        within: Days before the day of the decision in which all of them lie.
        order: `sequence`: each on the day of the one before or later, as listed.
        same: Fields that have the same value in the records of every event.
        raises: Signal that it raises while it holds.
        clears: Signal that is not raised while it holds.
        asserts: Name of a fact that is its truth.
    """

    id: str
    events: tuple[Event, ...]
    within: Formula
    order: Literal["any", "sequence"] = "any"
    same: tuple[str, ...] = ()
    finding: FindingEffect | None = None
    raises: str = ""
    clears: str = ""
    asserts: str = ""
    because: str = ""
    on_unknown: OnUnknown = "no_match"
    suppresses: tuple[str, ...] = ()
    confidence: float = 1.0
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"

    @property
    def heading(self) -> str:
        """What people call it: the title of what it finds, or else its own; empty where it has neither."""
        return _heading(self)


def _heading(rule: Rule | Pattern) -> str:
    return (rule.finding.title if rule.finding is not None else "") or rule.title


@attrs.frozen(kw_only=True)
class Action:
    """Something to do; findings recommend it."""

    id: str
    title: str
    doc: str = ""
    audience: Audience = "internal"
    group: str = ""
    owner_role: str = ""
    due_days: int | None = None
    client_text: str = ""
