"""The seeded workload of the session benchmarks: 120 rules over facts from related records, and events for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import clientcore as cc

START = date(2026, 1, 1)
RULES = 120
#: Days over which the events are spread.
SPAN = 120
_DAYS = (7, 30, 90, 180)
_SEVERITIES = ("low", "medium", "high")

#: Table → what is counted in it: a name and a condition on `c`.
_COUNTED = {
    "commitments": {
        "due": "has(c.due_on) && c.due_on <= as_of && as_of - c.due_on <= {}",
        "missed": "has(c.due_on) && c.due_on <= as_of && as_of - c.due_on <= {} && !has(c.kept_on)",
    },
    "cases": {
        "escalated": "has(c.is_escalated) && c.is_escalated && has(c.occurred_on) && as_of - c.occurred_on <= {}",
        "complaints": "c.kind == 'complaint' && has(c.occurred_on) && as_of - c.occurred_on <= {}",
    },
    "interactions": {
        "talks": "has(c.occurred_on) && as_of - c.occurred_on <= {}",
        "meetings": "c.kind == 'meeting' && has(c.occurred_on) && as_of - c.occurred_on <= {}",
    },
    "orders": {"bought": "has(c.occurred_on) && as_of - c.occurred_on <= {}"},
}


def facts() -> dict[str, str]:
    """Return name → expression of the derived facts: 28 counts over four tables and four windows."""
    return {
        f"{name}_{days}": f"{table}.filter(c, {condition.format(days)}).size()"
        for table, counted in _COUNTED.items()
        for name, condition in counted.items()
        for days in _DAYS
    }


def ruleset(seed: int = 7) -> str:
    """Return a ruleset of 120 rules, a score with bands and hysteresis, a table and a state machine."""
    chance, names = random.Random(seed), list(facts())
    lines = ["format: clientcore/1", "language: cel-profile/1", "ruleset: bench.live", "version: 1.0.0"]
    lines += ["subject: account", "title: Benchmark", "facts:"]
    lines += [f'  {name}: {{value: "{value}", unit: count, doc: a count}}' for name, value in facts().items()]
    lines += ["rules:"]
    for at in range(RULES):
        first, second = chance.sample(names, 2)
        joint = chance.choice(["&&", "||"])
        when = f"{first} > {chance.randrange(1, 5)} {joint} {second} {chance.choice(['<', '!='])} {chance.randrange(4)}"
        lines += [f"  - id: r{at:03d}", f'    when: "{when}"']
        if at % 3 == 0:
            lines += [f"    effect: {{finding: {{severity: {chance.choice(_SEVERITIES)}, actions: [act_{at % 9}]}}}}"]
    lines += ["scores:", "  health:", "    aggregate: weighted_mean", "    range: [0, 100]", "    terms:"]
    lines += [f"      - {{id: {name}, value: 100 - {name} * 10, weight: 1, range: [0, 100]}}" for name in names[::2]]
    lines += ["    bands: [{id: poor, below: 40}, {id: fair, below: 70}, {id: good}]"]
    lines += ["    hysteresis: {margin: 2, dwell_days: 7}"]
    lines += ["tables:", "  next_step:", "    hit_policy: first", "    inputs: [escalated_30, missed_30]", "    rows:"]
    lines += ['      - {id: settle, when: ["> 0", "-"], then: {step: settle}}']
    lines += ['      - {id: keep, when: ["-", "> 0"], then: {step: keep}}', "    default: go_on"]
    lines += ["states:", "  watch:", "    initial: calm", "    min_dwell_days: 7", "    transitions:"]
    lines += ["      - {from: calm, to: watched, when: missed_30 > 1 || escalated_30 > 0}"]
    lines += ["      - {from: watched, to: calm, when: missed_30 == 0 && escalated_30 == 0}"]
    lines += ["actions:", *(f"  act_{at}: {{title: Act {at}, due_days: 14}}" for at in range(0, 9, 3)), ""]
    return "\n".join(lines)


def engine(folder: Path) -> cc.Engine:
    """Return an engine of the ruleset alone."""
    path = folder / "live.yaml"
    path.write_text(ruleset(), encoding="utf-8")
    return cc.Engine(rulesets=[path], plugins=[], discover=False)


def events(count: int, accounts: int, seed: int = 7, span: int = SPAN) -> Iterator[dict[str, Any]]:
    """Yield events day after day, of accounts drawn at random; one of fifty comes late, and one of fifty twice."""
    chance = random.Random(seed)
    last: dict[str, Any] = {}
    for at in range(count):
        if last and chance.random() < 0.02:
            yield last
            continue
        offset = at * span // count
        late = chance.randrange(1, 10) if chance.random() < 0.02 else 0
        day = START + timedelta(days=max(offset - late, 0))
        last = {"id": f"e{at}", "account": f"a{chance.randrange(accounts)}", "at": f"{day}T{at % 24:02d}:00:00Z"}
        last |= _said(chance, at, day)
        yield last


def _said(chance: random.Random, at: int, day: date) -> dict[str, Any]:
    table = chance.choice(list(_COUNTED))
    record: dict[str, Any] = {"id": f"x{at}", "occurred_on": day.isoformat()}
    if table == "commitments":
        record["due_on"] = (day + timedelta(days=chance.randrange(-20, 20))).isoformat()
        if chance.random() < 0.7:
            record["kept_on"] = record["due_on"]
    elif table == "cases":
        record |= {"is_escalated": chance.random() < 0.2, "kind": chance.choice(["complaint", "question"])}
    elif table == "interactions":
        record |= {"kind": chance.choice(["meeting", "mail", "call"]), "two_way": True}
    else:
        record["amount"] = float(chance.randrange(100, 5000))
    return {"type": table, "data": record}
