"""Signals: what an event changed in the answer on its account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

import attrs

from clientcore.decision import Decision
from clientcore.plan import Plan, ScoreStep

Kind = Literal[
    "account_opened",
    "finding_raised",
    "finding_cleared",
    "band_changed",
    "outcome_changed",
    "state_changed",
    "signal_raised",
    "signal_cleared",
    "action_due",
    "problem_found",
    "contact_erased",
]


@attrs.frozen(kw_only=True)
class Signal:
    """One change that an event, or the clock, brought about.

    Args:
        id: Place in the journal, `EVENT.N`: the number of the event and that of the signal within it. Signals come in
            this order, and each once.
        event: Id of the event.
        account: Id of the account.
        day: Day on which the account was decided.
        kind: What sort of change.
        name: What changed: a rule, score, table, machine, signal or action, the code of a problem, or a contact.
        before: What held before: a band, outcome or state; None where it was unknown.
        after: What holds now, or the day on which an action is due.
        severity: Of a finding; `review` where its rule is unknown and asks to look.
        actions: What a finding recommends.
        message: The text of a problem.
        subject: `opportunity` or `workstream`, where it is of a child of the account; else empty.
        subject_id: Id of the child.
    """

    id: str
    event: str
    account: str
    day: date
    kind: Kind
    name: str = ""
    before: Any = None
    after: Any = None
    severity: str = ""
    actions: tuple[str, ...] = ()
    message: str = ""
    subject: str = ""
    subject_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the signal as plain data; what it does not have is left out."""
        told: dict[str, Any] = {"id": self.id, "event": self.event, "account": self.account}
        told |= {"subject": self.subject, "subject_id": self.subject_id} if self.subject else {}
        told |= {"day": self.day.isoformat(), "kind": self.kind}
        if self.kind in _CHANGES:
            told |= {"name": self.name, "before": _listed(self.before), "after": _listed(self.after)}
            return told
        rest = {"name": self.name, "after": self.after, "severity": self.severity, "message": self.message}
        told |= {name: value for name, value in rest.items() if value not in {None, ""}}
        return told | ({"actions": list(self.actions)} if self.actions else {})

    def to_json(self) -> str:
        """Return the signal as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))


_CHANGES = ("band_changed", "outcome_changed", "state_changed")


def signal_of(told: Mapping[str, Any]) -> Signal:
    """Return the signal that `to_dict` told."""
    given = {**told, "day": date.fromisoformat(told["day"]), "actions": tuple(told.get("actions", ()))}
    for name in ("before", "after"):
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    return Signal(**given)


@attrs.define
class Standing:
    """What holds at an account, as far as signals tell of it.

    Args:
        findings: Rule → (severity, actions).
        bands: Score → band, None where it is unknown.
        outcomes: Table → outcome.
        states: Machine → state.
        due: Recommended action → (its day, as an ordinal; whether it was told).
        problems: Code and message of each problem.
        raised: Signals that event patterns raise; one that is not sure stays as it was.
    """

    findings: dict[str, tuple[str, tuple[str, ...]]] = attrs.field(factory=dict)
    bands: dict[str, str | None] = attrs.field(factory=dict)
    outcomes: dict[str, Any] = attrs.field(factory=dict)
    states: dict[str, str | None] = attrs.field(factory=dict)
    due: dict[str, tuple[int, bool]] = attrs.field(factory=dict)
    problems: tuple[tuple[str, str], ...] = ()
    raised: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return it as JSON text."""
        told = [self.findings, self.bands, self.outcomes, self.states, self.due, self.problems, self.raised]
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Standing:
        """Return what `to_text` wrote."""
        findings, bands, outcomes, states, due, problems, *raised = json.loads(text)
        return cls(
            {rule: (severity, tuple(actions)) for rule, (severity, actions) in findings.items()},
            bands,
            {name: _tupled(value) for name, value in outcomes.items()},
            states,
            {name: (day, told) for name, (day, told) in due.items()},
            tuple((code, message) for code, message in problems),
            tuple(raised[0]) if raised else (),  # journals of before event patterns have none
        )


def banded_of(plan: Plan) -> tuple[str, ...]:
    """Return the scores of a plan that have bands."""
    return tuple(".".join(step.key[1:]) for step in plan.steps if isinstance(step, ScoreStep) and step.score.bands)


def standing_of(decision: Decision, banded: tuple[str, ...], before: Standing | None) -> Standing:
    """Return what holds after a decision; a finding stands until its rule is known not to hold.

    Args:
        decision: The decision.
        banded: Scores that have bands.
        before: What held before; the days of actions go on from it.
    """
    day = decision.as_of.toordinal()
    old = before.due if before is not None else {}
    due: dict[str, tuple[int, bool]] = {}
    for action in decision.actions:
        if action.due_days is not None:
            on, told = old.get(action.id, (day + action.due_days, False))
            due[action.id] = (on, told or day >= on)
    scores = decision.scores
    kept = before.raised if before is not None else ()
    findings = {one.rule: ("review" if one.review else one.severity, one.actions) for one in decision.findings}
    for rule, (severity, actions) in {} if before is None else before.findings.items():
        if rule not in findings and rule in decision.unknown:
            findings[rule] = severity, actions
            due |= {name: (old[name][0], day >= old[name][0]) for name in actions if name in old and name not in due}
    return Standing(
        findings,
        {name: scores[name].band for name in banded},
        {name: _tupled(outcome.value) for name, outcome in decision.outcomes.items()},
        {name: state.value for name, state in decision.states.items()},
        due,
        tuple((problem.code, str(problem)) for problem in decision.problems),
        tuple(one.id for one in decision.signals if one.sure or one.id in kept),
    )


def changes(before: Standing, after: Standing) -> Iterator[dict[str, Any]]:
    """Yield what changed from one standing to the next, as the fields of signals that differ, in a settled order."""
    old, new = before.findings, after.findings
    if old != new:
        for rule in sorted(new):
            severity, actions = new[rule]
            if rule not in old or old[rule][0] != severity:
                yield {"kind": "finding_raised", "name": rule, "severity": severity, "actions": actions}
        for rule in sorted(old.keys() - new.keys()):
            yield {"kind": "finding_cleared", "name": rule, "severity": old[rule][0]}
    yield from _moved("band_changed", before.bands, after.bands)
    yield from _moved("outcome_changed", before.outcomes, after.outcomes)
    yield from _moved("state_changed", before.states, after.states)
    for kind, more, less in (("raised", after.raised, before.raised), ("cleared", before.raised, after.raised)):
        for name in more:
            if name not in less:
                yield {"kind": f"signal_{kind}", "name": name}
    for name, (day, told) in sorted(after.due.items()):
        if told and not before.due.get(name, (0, False))[1]:
            yield {"kind": "action_due", "name": name, "after": date.fromordinal(day).isoformat()}
    if before.problems != after.problems:
        for code, message in after.problems:
            if (code, message) not in before.problems:
                yield {"kind": "problem_found", "name": code, "message": message}


def _moved(kind: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if before != after:
        for name in sorted(after):
            if before.get(name) != after[name]:
                yield {"kind": kind, "name": name, "before": before.get(name), "after": after[name]}


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
