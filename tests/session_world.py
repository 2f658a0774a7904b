"""A small ruleset that has everything that signals tell of, and events for it."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs

import clientcore as cc
from clientcore.decision import Decision
from clientcore.session.erasure import Place, forget_in_data, places_in_data

START = date(2026, 3, 1)

RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: live.care
version: 1.0.0
subject: account
title: What live tests watch
params:
  window: {value: 30, range: [1, 365], unit: days, doc: how far back missed promises count}
inputs:
  nps: {kind: number, range: [-100, 100], doc: would they recommend us}
facts:
  missed:
    value: >-
      commitments.filter(c, has(c.due_on) && c.due_on <= as_of && as_of - c.due_on <= params.window
      && !has(c.kept_on)).size()
    unit: count
    doc: promises missed lately
  escalated:
    value: "cases.filter(c, has(c.is_escalated) && c.is_escalated).size()"
    unit: count
    doc: cases that were escalated
  ties: {value: "contacts.size()", unit: count, doc: people whom we know}
rules:
  - id: promises_missed
    when: missed >= 2
    effect: {finding: {severity: high, actions: [say_sorry]}}
    because: "{missed} promises were missed"
  - id: escalations
    when: escalated > 0
    effect: {finding: {severity: medium}}
    because: "{escalated} cases"
  - id: unhappy
    when: nps < 0
    effect: {finding: {severity: low}}
    because: "nps {nps}"
  - id: fewer_than_before
    when: previous.live.care.warmth > live.care.warmth
    effect: {finding: {severity: info}}
    because: "less warm"
scores:
  warmth:
    aggregate: sum
    range: [0, 100]
    terms:
      - {id: people, value: "ties * 10", range: [0, 50]}
      - {id: promises, value: "50 - missed * 20", range: [0, 50]}
    bands: [{id: cold, below: 30}, {id: mild, below: 60}, {id: warm}]
    hysteresis: {margin: 5, dwell_days: 3}
tables:
  next_step:
    hit_policy: first
    inputs: [escalated, missed]
    rows:
      - {id: settle, when: ["> 0", "-"], then: {step: settle}, because: "cases"}
      - {id: keep, when: ["-", "> 0"], then: {step: keep_promises}, because: "promises"}
    default: go_on
states:
  switch:
    initial: off
    transitions:
      - {from: off, to: armed, when: "escalated > 0"}
      - {from: armed, to: on, when: "escalated > 0", needs_decision: true}
      - {from: armed, to: off, when: "escalated == 0"}
      - {from: on, to: off, when: "escalated == 0"}
    min_dwell_days: 2
actions:
  say_sorry: {title: Say sorry, doc: Call them, owner_role: account_manager, due_days: 5}
"""


#: The same, where a fact stands on a table and on a fact that is handed in.
MIXED = RULESET.replace(
    "  ties: {", '  mood: {value: "nps - contacts.size()", unit: count, doc: less the more}\n  ties: {'
).replace("when: nps < 0", "when: mood < 0")


def engine(folder: Path, text: str = RULESET, **options: Any) -> cc.Engine:
    path = folder / "care.yaml"
    path.write_text(text, encoding="utf-8")
    return cc.Engine(rulesets=[path], plugins=[], discover=False, **options)


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def event(
    id_: str, type_: str, offset: int, data: dict[str, Any] | None = None, account: str = "acme"
) -> dict[str, Any]:
    given = {"id": id_, "type": type_, "at": day(offset).isoformat(), "account": account, "data": data or {}}
    return given if type_ != "day" else {name: given[name] for name in ("id", "type", "at")}


def promise(id_: str, offset: int, due: int, **more: Any) -> dict[str, Any]:
    return event(id_, "commitments", offset, {"id": f"c-{id_}", "due_on": day(due).isoformat(), **more})


@attrs.define
class Fold:
    """The meaning, in the plainest words: sort what was said, put it together, evaluate, keep the decision."""

    made: cc.Engine
    clock: date = date.min
    said: dict[str, list[cc.Event]] = attrs.field(factory=dict)
    decisions: dict[str, Decision] = attrs.field(factory=dict)
    below: dict[tuple[str, str], tuple[Decision, ...]] = attrs.field(factory=dict)
    before: dict[tuple[str, str], dict[str, Decision]] = attrs.field(factory=dict)
    kinds: tuple[str, ...] = ()
    erased: set[str] = attrs.field(factory=set)
    retention: int = 1_000_000
    forgotten: set[str] = attrs.field(factory=set)

    def take(self, given: dict[str, Any]) -> None:
        one = cc.Event.of(given)
        if one.type == "day":
            self.clock = max(self.clock, one.day)
            for account in self.said:
                while (last := self.decisions[account].as_of) < self.clock:
                    self.decide(account, last + timedelta(days=1))
            old = self.clock.toordinal() - self.retention
            self.forgotten |= {said.id for some in self.said.values() for said in some if said.ordinal < old}
            return
        before = self.decisions.get(one.account)
        on = max(self.clock, one.day, before.as_of if before else date.min)
        said = self.said.setdefault(one.account, [])
        # records that name a person who was erased, as they stand or as this event says
        places = places_in_data("account", self.known(one.account)[0], self.erased)
        said.append(one)
        self.forget(one.account, places | places_in_data(one.type, one.data, self.erased))
        self.decide(one.account, on)

    def erase(self, contact: str) -> None:
        """Take out what was ever said of a person, and decide each account anew that knew the person."""
        self.erased.add(contact)
        for account, said in self.said.items():
            heard = [one for one in said if one.id not in self.forgotten]
            named = {place for one in heard for place in places_in_data(one.type, one.data, {contact})}
            named |= places_in_data("account", self.known(account)[0], {contact}).keys()
            if named:
                self.forget(account, named)
                self.decide(account, self.decisions[account].as_of)

    def forget(self, account: str, places: Collection[Place]) -> None:
        """Take out what was said of persons in some records."""
        for at, one in enumerate(self.said[account]):
            data = json.loads(one.body)
            if forget_in_data(one.type, data, places):
                self.said[account][at] = attrs.evolve(one, data=data)

    def decide(self, account: str, on: date) -> None:
        subject, facts = self.known(account)
        for kind in self.kinds:
            last = self.decisions.get(account)
            if last is not None and last.as_of < on:
                self.before[account, kind] = {one.subject_id: one for one in self.below[account, kind]}
            self.below[account, kind] = self.made.evaluate_subjects(
                subject, subject=kind, as_of=on, facts=facts, previous=self.before.get((account, kind))
            )
        self.decisions[account] = self.made.evaluate(
            subject, as_of=on, facts=facts, previous=self.decisions.get(account)
        )

    def known(self, account: str) -> tuple[dict[str, Any], dict[str, Any]]:
        subject: dict[str, Any] = {"id": account}
        facts: dict[str, Any] = {}
        for one in sorted(self.said[account], key=lambda one: (one.micros, one.id)):
            data = dict(one.data)
            if one.type == "facts":
                facts |= {name: cc.Fact(**raw) if isinstance(raw, dict) else raw for name, raw in data.items()}
            elif one.type == "account":
                for name, value in data.items():
                    subject.setdefault(name, []) if isinstance(value, list) else subject.update({name: value})
            elif one.type == "removed":
                rows = subject.setdefault(data["table"], [])
                rows[:] = [row for row in rows if row["id"] != data["id"]]
            else:
                rows = subject.setdefault(one.type, [])
                found = next((row for row in rows if row["id"] == data["id"]), None)
                if found is None:
                    rows.append(data)
                else:
                    found |= data
        return subject, facts
