"""All bundled rulesets, live: what is computed once gives the decisions that computing everything gives."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from clientcore.session import Session
from clientcore.simulate import simulate_book, write_book

START = date(2026, 6, 30)


@pytest.fixture(scope="module")
def bundled() -> cc.Engine:
    return cc.Engine()


def plain(session: Session, made: cc.Engine, account: str) -> None:
    """Compare with the whole plan on what is known, and what both say of why."""
    live = session._accounts.find(account)
    assert live is not None
    decision = session.decision(account)
    again = made.evaluate(live.memory.account(), as_of=decision.as_of, facts=live.memory.handed(), previous=live.base)
    assert decision == again
    for subject in ("opportunity", "workstream"):
        bases = {id_: base for (kind, id_), base in live.children.bases.items() if kind == subject}
        known, facts = live.memory.account(), live.memory.handed()
        below = made.evaluate_subjects(known, subject=subject, as_of=decision.as_of, facts=facts, previous=bases)
        assert session.decisions(account, subject=subject) == tuple(sorted(below, key=lambda one: one.subject_id))
    for rule in decision.fired[:3]:
        assert str(decision.why(rule)) == str(again.why(rule))
    assert decision.questions(3) == again.questions(3)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_decision_is_that_of_the_whole_plan(bundled: cc.Engine, tmp_path: Path, seed: int) -> None:
    write_book(simulate_book(6, seed, START), tmp_path / "book")
    book, chance = cc.read_book(tmp_path / "book"), random.Random(seed)
    accounts, day = book.ids(), START
    with bundled.open_session(tmp_path / "live.sqlite", book=book, keep=4) as session:
        for at in range(60):
            day += timedelta(days=chance.choice([0, 0, 0, 1, 40]))
            account = chance.choice(accounts)
            event: dict[str, Any] = {"id": f"e{at}", "account": account, "at": day.isoformat()}
            session.post(event | said(chance, at, day, session, account))
            plain(session, bundled, account)
        session.advance(day + timedelta(days=200))
        for account in accounts:
            if session._accounts.find(account) is not None:
                plain(session, bundled, account)


def said(chance: random.Random, at: int, day: date, session: Session, account: str) -> dict[str, Any]:
    """Return a change: a new record, another day or none in an old one, a field, a fact, a record that goes."""
    live = session._accounts.find(account)
    tables = {} if live is None else {name: rows for name in live.memory.tables if (rows := live.memory.rows(name))}
    what = chance.randrange(6)
    if what == 0 or not tables:
        return {"type": "cases", "data": {"id": f"x{at}", "is_escalated": True, "occurred_on": day.isoformat()}}
    if what == 1:
        return {"type": "account", "data": {"currency": chance.choice(["EUR", "CHF", None])}}
    if what == 2:
        value = {"value": chance.random(), "source": chance.choice(["client_stated", "inferred"])}
        return {"type": "facts", "data": {chance.choice(["nps", "reliability", "stated_satisfaction"]): value}}
    table = chance.choice(sorted(tables))
    record = chance.choice(tables[table])
    if what == 3:
        return {"type": "removed", "data": {"table": table, "id": record["id"]}}
    name = chance.choice(sorted(record))
    other = chance.choice(tables[table]).get(name)
    value = chance.choice([None, other, (day + timedelta(days=chance.randrange(-20, 20))).isoformat()])
    return {"type": table, "data": {name: value, "id": record["id"]}}
