"""Sessions at their edges: facts that lie ahead, ids that look like ours, days decided in part, no values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import clientcore as cc
from clientcore.session import Session, Signal, read_line
from clientcore.session.clock import Clock
from clientcore.session.deciding import Deciding
from session_world import MIXED, RULESET, day, engine, event, promise


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with engine(tmp_path).open_session(tmp_path / "live.sqlite") as opened:
        yield opened


def refused(session: Session, given: Any) -> str:
    with pytest.raises(cc.SessionError) as caught:
        session.post(given)
    return caught.value.problems[0].code


def test_a_fact_that_was_observed_later_is_seen_on_its_day(tmp_path: Path) -> None:
    with engine(tmp_path, MIXED).open_session(tmp_path / "live.sqlite") as session:
        session.post(event("e1", "contacts", 0, {"id": "p"}))
        session.post(event("e2", "facts", 0, {"nps": {"value": -5, "observed_at": day(3).isoformat()}}))
        assert session.decision("acme").fired == ()
        session.advance(day(5))
        assert session.decision("acme").fired == ("live.care/unhappy",)


def test_a_fact_of_another_kind_is_not_the_one_before(tmp_path: Path) -> None:
    with engine(tmp_path, MIXED).open_session(tmp_path / "live.sqlite") as session:
        session.post(event("e1", "account", 0, {"contacts": [{"id": "p"}, {"id": "q"}]}))
        session.post(event("e2", "facts", 0, {"nps": 1}))
        assert session.decision("acme").fired == ("live.care/unhappy",)
        session.post(event("e3", "facts", 0, {"nps": True}))
        assert session.decision("acme").fired == ()
        assert [one.code for one in session.decision("acme").problems] == ["CC602"]


def test_no_event_takes_the_id_of_a_day_or_of_an_erasure(session: Session) -> None:
    session.post(event(f"day:{day(2).isoformat()}", "cases", 0, {"id": "k"}))
    session.post(event("erased:p", "contacts", 0, {"id": "p", "name": "Ann"}))
    session.advance(day(2))
    session.advance(day(2))
    assert (session.clock, session.counts()["events"]) == (day(2), 3)
    assert [(one.kind, one.event) for one in session.erase("p")] == [("contact_erased", "erased:p")]
    assert session.erase("p") == ()
    assert session.erasures() == ({"contact": "p", "events": 1},)


def test_a_day_that_was_decided_in_part_is_finished_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    care = engine(tmp_path)
    monkeypatch.setattr("clientcore.session.clock._TOGETHER", 1)
    with care.open_session(tmp_path / "live.sqlite") as session:
        for account in "abc":
            for at in "12":
                session.post(promise(at, 0, 3) | {"id": account + at, "account": account})
        seen = list(session.signals())[-1].id
        decided, calls = session._clock._decided, iter([True, False])

        def stopped(*given: Any) -> list[Signal]:
            if not next(calls):
                raise KeyboardInterrupt
            return decided(*given)

        monkeypatch.setattr(Clock, "_decided", lambda _, *given: stopped(*given))
        with pytest.raises(KeyboardInterrupt):
            session.advance(day(4))
    monkeypatch.undo()
    with care.open_session(tmp_path / "live.sqlite") as session:
        first = list(session.signals(seen))
        assert {one.account for one in first} == {"a"}
        given = session.post(event("later", "cases", 4, {"id": "k", "is_escalated": True}, account="a"))
        assert list(session.signals(first[-1].id)) == list(given)
        assert {one.account for one in given if one.event == f"day:{day(4).isoformat()}"} == {"b", "c"}
        assert session.advance(day(4)) == ()


def test_values_that_are_no_values_are_refused(session: Session) -> None:
    assert refused(session, event("e", "removed", 0, {"table": ["cases"], "id": "k"})) == "CC701"
    for at in (0, False, ""):
        assert refused(session, event("e", "facts", 0, {"nps": {"value": 1, "observed_at": at}})) == "CC701"
    assert refused(session, event("e", "facts", 0, {"nps": 5}) | {"data": {"nps": cc.Fact(cc.Fact(5.0))}}) == "CC701"
    assert refused(session, event("e", "cases", 0, {"id": "k", "amount": 10**5000})) == "CC701"
    assert refused(session, event("e", "cases", 0, {"id": 10**5000})) == "CC701"
    for after in ("99999999999999999999.0", "1." + "9" * 5000):
        with pytest.raises(cc.FactError, match="is no id of a signal"):
            list(session.signals(after))


def test_other_persons_facts_or_profiles_are_another_way_to_decide(tmp_path: Path) -> None:
    texts = {"one": 40, "two": 50}
    for name, days in texts.items():
        (tmp_path / f"{name}.yaml").write_text(
            "format: clientcore-profile/1\nprofile: live\nmatch: industry == 'x'\ndoc: for tests\n"
            f"params: {{live.care: {{window: {days}}}}}\n"
        )
    engines = [
        engine(tmp_path),
        engine(tmp_path, person_facts=["contacts.trajectory"]),
        *(engine(tmp_path, profiles=[tmp_path / f"{name}.yaml"]) for name in texts),
    ]
    assert len({Deciding(made).fingerprint for made in engines}) == len(engines)


def test_what_was_taken_in_stands_where_the_file_is_settled_later(session: Session) -> None:
    session.post(event("e1", "contacts", 0, {"id": "p", "name": "Ann"}))
    journal = session._journal
    reader = sqlite3.connect(journal.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    journal._db.execute("PRAGMA busy_timeout = 0")
    assert session.erase("p")
    assert journal._unsettled
    reader.close()
    session.post(event("e2", "cases", 0, {"id": "k"}))
    assert not journal._unsettled


def test_eight_threads_post_ask_and_move_the_clock(tmp_path: Path) -> None:
    """Some events come from several threads, accounts are dropped from memory all the time, and one thread reads."""
    care = engine(tmp_path)
    told: list[Signal] = []
    faults: list[BaseException] = []

    def work(who: int, session: Session) -> None:
        try:
            for at in range(40):
                shared = at % 4 == 0
                id_ = f"shared-{at}" if shared else f"{who}-{at}"
                data = {"id": f"k{id_}", "is_escalated": at % 3 == 0}
                told.extend(session.post(event(id_, "cases", 0, data, account=f"a{at % 5}")))
                if who == 0 and at % 10 == 9:
                    told.extend(session.advance(day(at // 10)))
                if who == 1:
                    assert session.decision(f"a{at % 5}").subject_id == f"a{at % 5}"
                    list(session.signals())
        except BaseException as error:
            faults.append(error)
            raise

    with care.open_session(tmp_path / "live.sqlite", keep=2) as session:
        threads = [Thread(target=work, args=(who, session)) for who in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert session.counts()["events"] == 8 * 30 + 10 + 4
        signals = list(session.signals())
        assert {one.id for one in told} == {one.id for one in signals}
        assert len(told) == len(signals)
        with care.open_session(tmp_path / "anew.sqlite") as anew:
            assert [signal for one in session.events() for signal in anew.post(one)] == signals


def test_a_finding_stands_while_nobody_knows(tmp_path: Path) -> None:
    with engine(tmp_path).open_session(tmp_path / "live.sqlite") as session:
        session.post(event("a", "facts", 0, {"nps": -5}))
        assert session.post(event("b", "facts", 1, {"nps": None})) == ()
        assert "live.care/unhappy" in session.decision("acme").unknown
        assert session.post(event("c", "facts", 2, {"nps": -7})) == ()
        assert session.post(event("d", "facts", 3, {"nps": None})) == ()
        [cleared] = session.post(event("e", "facts", 4, {"nps": 30}))
        assert (cleared.kind, cleared.name) == ("finding_cleared", "live.care/unhappy")


def test_an_action_of_a_finding_that_stands_falls_due_on_its_day(tmp_path: Path) -> None:
    text = RULESET.replace("{severity: low}", "{severity: low, actions: [say_sorry]}")
    with engine(tmp_path, text).open_session(tmp_path / "live.sqlite") as session:
        session.post(event("a", "facts", 0, {"nps": -5}))
        assert session.post(event("b", "facts", 1, {"nps": None})) == ()
        assert session.decision("acme").actions == ()
        told = [(one.kind, one.name, one.after) for one in session.advance(day(7))]
        assert told == [("action_due", "say_sorry", day(5).isoformat())]


def test_a_line_with_a_key_twice_is_no_event() -> None:
    line = b'{"id": "e", "type": "facts", "at": "2026-06-30", "account": "a", "data": {"nps": 1, "nps": 2}}'
    with pytest.raises(cc.SessionError, match="CC701 key `nps` is given twice in the line; leave one of the two"):
        read_line(line)
