"""A session equals folding `evaluate`, equals itself read back, and order and repeats change nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Decision
from clientcore.session import Session, Signal
from session_world import MIXED, START, Fold, day, engine, event

DAYS = st.integers(0, 8)
FLAGS = st.sampled_from([True, False, None])


def account_events(days: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[str, int, dict[str, Any]]]:
    """Return what an event may say: type, day, data."""
    offsets = st.integers(-2, 9).map(lambda at: day(at).isoformat())
    names = st.sampled_from(["k0", "k1"])
    table = st.one_of(
        st.tuples(st.just("cases"), days, st.fixed_dictionaries({"id": names, "is_escalated": FLAGS})),
        st.tuples(st.just("cases"), days, st.fixed_dictionaries({"id": names, "subject": st.sampled_from("xy")})),
        st.tuples(
            st.just("commitments"),
            days,
            st.fixed_dictionaries({"id": names, "due_on": offsets}, optional={"kept_on": st.none() | offsets}),
        ),
        st.tuples(st.just("contacts"), days, st.fixed_dictionaries({"id": names})),
        st.tuples(
            st.just("decision_records"),
            days,
            st.builds(
                lambda at: {"id": f"d{at}", "machine": "live.care.switch", "target": "on", "decided_on": at}, offsets
            ),
        ),
    )
    facts = st.one_of(
        st.sampled_from([5, -5, 1, True, None, {"value": -1, "source": "client_stated"}]),
        st.builds(lambda at: {"value": -5, "observed_at": at}, offsets),
    )
    return st.one_of(
        table,
        table,
        st.tuples(st.just("facts"), days, st.builds(lambda value: {"nps": value}, facts)),
        st.tuples(st.just("removed"), days, st.builds(lambda id_: {"table": "cases", "id": id_}, names)),
        st.tuples(st.just("account"), days, st.builds(lambda flag: {"commitments": [], "industry": flag}, st.none())),
    )


@st.composite
def histories(draw: st.DrawFn, *, days: st.SearchStrategy[int] = DAYS, clock: bool = True) -> list[dict[str, Any]]:
    said = draw(st.lists(account_events(days), min_size=1, max_size=14))
    made = [
        event(f"e{at}", type_, offset, data, account=draw(st.sampled_from("ab")))
        for at, (type_, offset, data) in enumerate(said)
    ]
    if clock:
        for at in sorted(draw(st.lists(st.integers(0, len(made)), max_size=3)), reverse=True):
            made.insert(at, event(f"d{at}-{len(made)}", "day", draw(DAYS)))
    return made


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    return engine(tmp_path_factory.mktemp("care"), MIXED)


def session_on(made: cc.Engine, folder: str, **options: Any) -> Session:
    # the clock may stand anywhere, and events may be far ahead of it
    return made.open_session(Path(folder) / "live.sqlite", ahead_days=1000, **options)


def posted(made: cc.Engine, history: list[dict[str, Any]], **options: Any) -> tuple[list[Signal], dict[str, Decision]]:
    """Return the signals of a history in a session of its own, and the decisions in the end."""
    with tempfile.TemporaryDirectory() as folder, session_on(made, folder, **options) as session:
        signals = [signal for one in history for signal in session.post(one)]
        return signals, dict(decisions(session, history))


def decisions(session: Session, history: list[dict[str, Any]]) -> Iterator[tuple[str, Decision]]:
    for account in sorted({one["account"] for one in history if "account" in one}):
        yield account, session.decision(account)


@given(history=histories(), keep=st.integers(1, 2))
def test_a_session_is_a_fold_of_evaluate(care: cc.Engine, history: list[dict[str, Any]], keep: int) -> None:
    fold = Fold(care)
    with tempfile.TemporaryDirectory() as folder, session_on(care, folder, keep=keep) as session:
        for one in history:
            session.post(one)
            fold.take(one)
            for account, decision in fold.decisions.items():
                assert session.decision(account) == decision


@given(history=histories(), keep=st.integers(1, 2))
@settings(max_examples=60)
def test_a_session_that_is_opened_anew_before_each_event_says_the_same(
    care: cc.Engine, history: list[dict[str, Any]], keep: int
) -> None:
    signals, ended = posted(care, history)
    with tempfile.TemporaryDirectory() as folder:
        again: list[Signal] = []
        for one in history:
            with session_on(care, folder, keep=keep) as session:
                again += session.post(one)
        with session_on(care, folder) as session:
            assert again == signals == list(session.signals())
            assert dict(decisions(session, history)) == ended


@given(history=histories())
@settings(max_examples=60)
def test_a_journal_that_is_posted_anew_gives_the_same_signals(care: cc.Engine, history: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, session_on(care, folder) as session:
        signals = [signal for one in history for signal in session.post(one)]
        with tempfile.TemporaryDirectory() as other, session_on(care, other) as anew:
            assert [signal for one in session.events() for signal in anew.post(one)] == signals
            assert list(anew.signals()) == signals


@given(history=histories(days=st.just(4), clock=False), chance=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_a_day_changes_nothing_in_the_end(
    care: cc.Engine, history: list[dict[str, Any]], chance: Any
) -> None:
    shuffled = list(history)
    chance.shuffle(shuffled)
    assert posted(care, history)[1] == posted(care, shuffled)[1]


@given(history=histories(), repeats=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8))
@settings(max_examples=60)
def test_events_that_come_again_change_nothing(
    care: cc.Engine, history: list[dict[str, Any]], repeats: list[tuple[int, int]]
) -> None:
    again = list(history)
    for of, later in repeats:
        at = of % len(history)
        again.insert(again.index(history[at]) + 1 + later % 3, history[at])
    assert posted(care, again) == posted(care, history)


@given(history=histories(days=st.integers(0, 8)), chance=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_what_is_known_in_the_end_has_no_order(care: cc.Engine, history: list[dict[str, Any]], chance: Any) -> None:
    shuffled = list(history)
    chance.shuffle(shuffled)
    known = []
    for one in (history, shuffled):
        with tempfile.TemporaryDirectory() as folder, session_on(care, folder) as session:
            for each in one:
                session.post(each)
            session.advance(START + timedelta(days=20))
            lives = {account: session._accounts.find(account) for account, _ in decisions(session, one)}
            known.append({account: _plain(live.memory.account()) for account, live in lives.items() if live})
    assert known[0] == known[1]


def _plain(account: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(value, key=lambda row: str(row["id"])) if isinstance(value, list) else value
        for name, value in account.items()
    }
