"""Days that the clock passes: each is decided, what falls due comes on its day and once, a wrong year is refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Decision
from clientcore.session import Session, Signal
from session_world import MIXED, START, Fold, day, engine, event, promise
from test_session_properties import decisions, histories, session_on

PATTERNS = """\
patterns:
  - id: unanswered
    events:
      - {id: complaint, of: cases, when: "complaint.kind == 'complaint'"}
      - {id: answer, of: interactions, none_for: 3}
    within: 10
    effect: {finding: {severity: high}, raises: silence}
"""


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    return engine(tmp_path_factory.mktemp("days"), MIXED + PATTERNS)


@pytest.fixture
def session(care: cc.Engine, tmp_path: Path) -> Iterator[Session]:
    with care.open_session(tmp_path / "live.sqlite") as opened:
        yield opened


def told(signals: Any) -> list[tuple[int, str, str]]:
    return [((one.day - START).days, one.kind, one.name.removeprefix("live.").removeprefix("care.")) for one in signals]


def test_what_falls_due_on_the_way_comes_on_its_own_day_and_once(session: Session) -> None:
    case = {"id": "k", "kind": "complaint", "opened_at": "2026-03-01T09:00:00Z", "is_escalated": True}
    session.post(event("e1", "account", 0, {"cases": [case], "interactions": [], "decision_records": []}))
    session.post(promise("p1", 0, 1, id="c1"))
    session.post(promise("p2", 0, 4))
    decided = {"machine": "live.care.switch", "target": "on", "decided_on": day(3).isoformat()}
    session.post(event("e2", "decision_records", 0, {"id": "d", **decided}))
    found = told(session.advance(day(20)))
    assert [one for one in found if "finding" not in one[1] and one[1] != "band_changed"] == [
        (3, "state_changed", "switch"),  # armed on the first day, decided on the fourth
        (4, "signal_raised", "silence"),  # three days without an answer are over
        (9, "action_due", "say_sorry"),  # five days after the second promise was missed
        (11, "signal_cleared", "silence"),  # the complaint is older than the window
    ]
    assert [one for one in found if "finding" in one[1]] == [
        (4, "finding_raised", "care/promises_missed"),
        (4, "finding_raised", "care/unanswered"),
        (11, "finding_cleared", "care/unanswered"),
    ]
    assert session.advance(day(20)) == ()
    assert told(session.signals())[-len(found) :] == found


def test_a_band_holds_for_its_days_however_the_clock_moves(care: cc.Engine, tmp_path: Path) -> None:
    ended = {}
    for name, steps in (("once", [8]), ("daily", range(1, 9)), ("some", [1, 5, 8])):
        with care.open_session(tmp_path / f"{name}.sqlite") as session:
            session.post(event("e1", "account", 0, {"contacts": [{"id": "a"}, {"id": "b"}], "commitments": []}))
            session.post(promise("p1", 0, 1))
            session.post(promise("p2", 0, 2))
            ended[name] = [one for step in steps for one in told(session.advance(day(step)))]
    # from 70 points to 50 on the day after the first promise was due; the warm band holds on for three days
    assert ended["once"] == ended["daily"] == ended["some"]
    assert [one[0] for one in ended["once"] if one[1] == "band_changed"] == [4]


def posted(made: cc.Engine, history: list[dict[str, Any]]) -> tuple[dict[str, list[Signal]], dict[str, Decision]]:
    """Return the signals by account, without the place that each has in the journal, and the decisions in the end."""
    with tempfile.TemporaryDirectory() as folder, session_on(made, folder) as session:
        signals: dict[str, list[Signal]] = {}
        for one in history:
            for signal in session.post(one):
                plain = attrs.evolve(signal, id="", event="")
                signals.setdefault(signal.account, []).append(plain)
        return signals, dict(decisions(session, history))


@given(history=histories(clock=False), leap=st.integers(1, 14), steps=st.sets(st.integers(0, 30), max_size=5))
@settings(max_examples=40)
def test_how_often_the_clock_moves_changes_nothing(
    care: cc.Engine, history: list[dict[str, Any]], leap: int, steps: set[int]
) -> None:
    half = len(history) // 2
    first, rest = history[:half], history[half:]
    last = 10 + leap
    between = [event(f"d{at}", "day", at) for at in sorted({at for at in steps if at < last})]
    end = [event("end", "day", last)]
    assert posted(care, [*first, *rest, *end]) == posted(care, [*first, *rest, *between, *end])


@given(history=histories(), leap=st.integers(1, 14))
@settings(max_examples=40)
def test_days_that_are_passed_are_a_fold_of_evaluate(care: cc.Engine, history: list[dict[str, Any]], leap: int) -> None:
    fold = Fold(care)
    with tempfile.TemporaryDirectory() as folder, session_on(care, folder, keep=1) as session:
        for one in [*history, event("end", "day", 10 + leap)]:
            session.post(one)
            fold.take(one)
        for account, decision in fold.decisions.items():
            assert session.decision(account) == decision


def refused(session: Session, given: Any) -> str:
    with pytest.raises(cc.SessionError) as caught:
        session.advance(given) if isinstance(given, date) else session.post(given)
    return str(caught.value)


def test_a_wrong_year_is_refused(care: cc.Engine, tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    with care.open_session(path) as session:
        session.post(event("e1", "cases", 0, {"id": "k"}))
        assert "CC710 event `day:2027-03-01` moves the clock to 2027-03-01, 365 days ahead of the last day of any" in (
            refused(session, date(2027, 3, 1))
        )
        session.advance(day(1))
        assert "3,652 days ahead of the clock, 2026-03-02; check the year" in refused(session, date(2036, 3, 1))
        assert "364 days behind the clock" in refused(session, {"id": "d", "type": "day", "at": "2025-03-03"})
        assert (session.clock, session.counts()["events"]) == (day(1), 2)
        assert session.advance(day(0)) == ()  # behind, and near: the clock stays
        assert session.clock == day(1)
    with care.open_session(path, horizon_days=400) as session:
        session.advance(day(1) + timedelta(days=400))
        assert session.decision("acme").as_of == session.clock == day(401)
    with care.open_session(path) as session:
        assert session.advance(day(1)) == ()  # taken in before
    with pytest.raises(cc.FactError, match="CC403 `horizon_days` is the number `0`; give a whole number, 1 or more"):
        care.open_session(path, horizon_days=0)


def test_before_there_is_a_clock_no_more_days_are_decided_than_it_may_move(
    care: cc.Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[date] = []
    with care.open_session(tmp_path / "live.sqlite", horizon_days=3) as session:
        session.post(event("e1", "cases", 0, {"id": "k"}, account="old"))
        session.post(event("e2", "cases", 20, {"id": "k"}, account="new"))
        deciding = session._accounts.deciding
        again = type(deciding).again
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                type(deciding),
                "again",
                lambda self, live: (seen.append(date.fromordinal(live.day)), again(self, live))[1],
            )
            session.advance(day(22))
    assert seen == [day(20), day(21), day(22), day(21), day(22)]
    assert caplog.messages == [
        f"the clock begins on {day(22)}, and the oldest account was last decided on {day(0)}: no day before {day(20)} "
        "is decided (`horizon_days` is 3), and what came and went till then is not told"
    ]


def test_days_that_were_begun_are_finished_whatever_the_horizon_is_then(
    care: cc.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, list[Signal]] = {}
    for name in ("whole", "parted"):
        path = tmp_path / f"{name}.sqlite"
        with care.open_session(path, horizon_days=400) as session:
            session.advance(day(0))
            session.post(promise("p1", 0, 20))
            session.post(promise("p2", 0, 30))
            if name == "whole":
                session.advance(day(390))
            else:
                with monkeypatch.context() as patch:
                    patch.setattr(type(session._clock), "_decided", lambda *_: 1 // 0)
                    with pytest.raises(ZeroDivisionError):
                        session.advance(day(390))
        with care.open_session(path) as session:
            session.advance(day(390))
            made[name] = list(session.signals())
    assert made["whole"] == made["parted"]
    assert (30, "finding_raised", "promises_missed") in [
        (at, kind, name.rpartition("/")[2]) for at, kind, name in told(made["whole"])
    ]
