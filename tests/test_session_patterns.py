"""Event patterns in a session: signals raised and cleared, on both matchers, whatever becomes of durable-rules."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.session import Session
from durable_rules import DURABLE, require_durable

RULES = """\
format: clientcore/1
language: cel-profile/1
ruleset: my.signals
version: 1.0.0
title: Signals
subject: account
patterns:
  - id: trouble
    events:
      - {id: missed, of: commitments, when: missed.status == 'broken', count: 2}
      - {id: complaint, of: cases, when: "complaint.kind == 'complaint'"}
    within: 30
    effect: {raises: trouble}
  - id: silent
    events:
      - {id: complaint, of: cases, when: "complaint.kind == 'complaint'"}
      - {id: answer, of: interactions, none_for: 3}
    within: 30
    effect: {finding: {severity: high}, raises: silence}
  - id: mended
    order: sequence
    events:
      - {id: complaint, of: cases}
      - {id: answer, of: interactions}
    within: 30
    effect: {clears: trouble}
"""
MATCHERS = ["python", *(["durable"] if DURABLE else [])]
START = date(2026, 3, 1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    path = tmp_path_factory.mktemp("rules") / "signals.yaml"
    path.write_text(RULES, encoding="utf-8")
    return cc.Engine(rulesets=[path], discover=False)


def record(id_: str, day: int, table: str, **fields: Any) -> dict[str, Any]:
    on = START + timedelta(day)
    return {"id": id_, "type": table, "account": "acme", "at": on.isoformat(), "data": {"id": id_, **fields}}


def missed(id_: str, day: int) -> dict[str, Any]:
    return record(id_, day, "commitments", status="broken", due_on=(START + timedelta(day)).isoformat())


def complaint(id_: str, day: int) -> dict[str, Any]:
    return record(id_, day, "cases", kind="complaint", opened_at=f"{START + timedelta(day)}T09:00:00Z")


def answer(id_: str, day: int) -> dict[str, Any]:
    return record(id_, day, "interactions", occurred_on=(START + timedelta(day)).isoformat())


def told(signals: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.name.rpartition(".")[2]) for one in signals if one.kind.startswith("signal_")]


@pytest.mark.parametrize("matcher", MATCHERS)
def test_signals_are_raised_and_cleared(engine: cc.Engine, matcher: Any, tmp_path: Path) -> None:
    with engine.open_session(tmp_path / "live.sqlite", matcher=matcher) as session:
        assert told(session.post(answer("i0", 0))) == []
        assert told(session.post(missed("c1", 1))) == []
        assert told(session.post(complaint("k1", 2))) == []
        assert told(session.post(missed("c2", 3))) == [("signal_raised", "trouble")]
        assert told(session.post(missed("c2", 3))) == []
        assert told(session.advance(START + timedelta(5))) == []
        assert told(session.advance(START + timedelta(6))) == [("signal_raised", "silence")]
        assert told(session.post(answer("i1", 7))) == [("signal_cleared", "trouble")]
        assert told(session.advance(START + timedelta(33))) == [("signal_cleared", "silence")]
        if matcher == "durable":
            assert session.matcher.asked > 0  # type: ignore[union-attr]
            assert session.matcher.reports == ()  # type: ignore[union-attr]


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.skipif(not DURABLE, reason="durable-rules could not be built here")
def test_both_matchers_give_the_same_signals(
    engine: cc.Engine, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance = random.Random(seed)
    events = []
    for at in range(chance.randrange(4, 12)):
        make = chance.choice([missed, complaint, answer])
        events.append(make(f"{make.__name__}{at}", chance.randrange(20)))
    events += chance.sample(events, 2)
    folder = tmp_path_factory.mktemp("both")
    found = []
    for matcher in ("python", "durable"):
        with engine.open_session(folder / f"{matcher}.sqlite", matcher=matcher) as session:
            said = [one.to_json() for event in events for one in session.post(event)]
            said += [one.to_json() for day in (22, 30, 50) for one in session.advance(START + timedelta(day))]
            found.append(said)
    assert found[0] == found[1]


@pytest.fixture
def durable(engine: cc.Engine, tmp_path: Path) -> Iterator[Session]:
    require_durable()
    with engine.open_session(tmp_path / "live.sqlite", matcher="durable") as session:
        yield session


def test_a_killed_worker_loses_no_event_and_doubles_no_signal(durable: Session) -> None:
    found = []
    for event in (answer("i0", 0), missed("c1", 1), complaint("k1", 2), missed("c2", 3), complaint("k2", 4)):
        pid = durable.matcher.worker.pid  # type: ignore[union-attr]
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        found += told(durable.post(event))
    assert found == [("signal_raised", "trouble")]
    assert durable.matcher.worker.starts > 1  # type: ignore[union-attr]
    assert durable.matcher.reports == ()  # type: ignore[union-attr]
    kept = told(durable.signals())
    assert kept == found


def test_a_worker_that_always_dies_is_given_up(durable: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = durable.matcher.worker  # type: ignore[union-attr]
    ask = worker.ask
    too_long = f'{{"id":"{"x" * 9_000_000}","sid":"s","t":1.0}}'
    monkeypatch.setattr(worker, "ask", lambda rules, _facts: ask(rules, (too_long,)))
    found = []
    for event in (answer("i0", 0), missed("c1", 1), complaint("k1", 2), missed("c2", 3)):
        found += told(durable.post(event))
    assert found == [("signal_raised", "trouble")]
    assert {report.deaths for report in durable.matcher.reports} == {("died (SIGSEGV)",) * 3}  # type: ignore[union-attr]


def test_a_worker_that_hangs_holds_nothing_up_for_good(durable: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from test_durable_patterns import LOOP

    matcher: Any = durable.matcher
    worker, ask = matcher.worker, matcher.worker.ask
    monkeypatch.setattr(worker, "_patience", 1.0)

    def asking(rules: str, facts: tuple[str, ...]) -> list[str]:
        return ask(rules, facts) if matcher.reports else ask(LOOP[0], (LOOP[1],))

    monkeypatch.setattr(worker, "ask", asking)
    found = []
    for event in (answer("i0", 0), missed("c1", 1), complaint("k1", 2), missed("c2", 3)):
        found += told(durable.post(event))
    assert found == told(durable.signals()) == [("signal_raised", "trouble")]
    (report,) = matcher.reports
    assert report.deaths == ("hung",) * 3
    assert report.facts


def test_another_matcher_is_named(engine: cc.Engine, tmp_path: Path) -> None:
    with pytest.raises(cc.FactError, match="CC403 no matcher `durabel`; did you mean `durable`"):
        engine.open_session(tmp_path / "live.sqlite", matcher="durabel")


@pytest.mark.skipif(not DURABLE, reason="durable-rules is not installed")
def test_a_closed_session_leaves_nothing_and_still_explains(engine: cc.Engine, tmp_path: Path) -> None:
    before = len(engine._executors)
    for at in range(2):
        with engine.open_session(tmp_path / f"{at}.sqlite", matcher="durable") as session:
            case = {"id": "k", "kind": "complaint", "opened_at": "2026-03-01"}
            tables: dict[str, list[Any]] = {"cases": [case], "interactions": [], "commitments": []}
            session.post({"id": "e", "type": "account", "at": "2026-03-10", "account": "a", "data": tables})
            decision, matcher = session.decision("a"), session.matcher
        assert "silent" in str(decision.why("my.signals/silent"))
        assert matcher is not None
        assert matcher.worker.pid is None  # type: ignore[attr-defined]
    assert len(engine._executors) - before <= 1
