"""Live sessions: what events change, what is told, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import clientcore as cc
from clientcore.session import Session, Signal
from session_world import RULESET, START, day, engine, event, promise


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    return engine(tmp_path_factory.mktemp("care"))


@pytest.fixture
def session(care: cc.Engine, tmp_path: Path) -> Iterator[Session]:
    with care.open_session(tmp_path / "live.sqlite") as opened:
        yield opened


def told(signals: tuple[Signal, ...]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.name.rpartition(".")[2].rpartition("/")[2], one.before, one.after) for one in signals]


def refused(session: Session, given: Any) -> str:
    with pytest.raises(cc.SessionError) as caught:
        session.post(given)
    return caught.value.problems[0].code


def test_an_event_raises_and_another_clears(session: Session) -> None:
    assert told(session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": True}))) == [
        ("account_opened", "", None, None),
        ("finding_raised", "escalations", None, None),
        ("outcome_changed", "next_step", None, "settle"),
        ("state_changed", "switch", "off", "armed"),
    ]
    assert told(session.post(event("e2", "cases", 1, {"id": "k", "is_escalated": False}))) == [
        ("finding_cleared", "escalations", None, None),
        ("outcome_changed", "next_step", "settle", None),
    ]


def test_a_signal_says_what_when_and_why(session: Session) -> None:
    for one in (promise("a", 0, 0), promise("b", 0, 0)):
        signals = session.post(one)
    raised = next(one for one in signals if one.kind == "finding_raised")
    assert raised == Signal(
        id="2.0",
        event="b",
        account="acme",
        day=START,
        kind="finding_raised",
        name="live.care/promises_missed",
        severity="high",
        actions=("say_sorry",),
    )
    assert raised.to_json() == (
        '{"id":"2.0","event":"b","account":"acme","day":"2026-03-01","kind":"finding_raised",'
        '"name":"live.care/promises_missed","severity":"high","actions":["say_sorry"]}'
    )


def test_an_action_is_told_on_the_day_it_is_due_once(session: Session) -> None:
    session.post(promise("a", 0, 0))
    session.post(promise("b", 0, 0))
    assert told(session.advance(day(4))) == []
    assert told(session.advance(day(7))) == [("action_due", "say_sorry", None, "2026-03-06")]
    assert told(session.advance(day(8))) == []


def test_windows_pass_with_the_clock(session: Session) -> None:
    session.post(promise("a", 0, 0))
    session.post(promise("b", 0, 0))
    found = told(session.advance(day(31)))
    assert ("finding_cleared", "promises_missed", None, None) in found


def test_a_band_moves_after_its_dwell(session: Session) -> None:
    people = [{"id": f"p{at}"} for at in range(5)]
    session.post(event("e0", "account", 0, {"contacts": people, "commitments": []}))
    assert session.decision("acme").scores["live.care.warmth"].band == "warm"
    session.post(promise("a", 1, 1))
    session.post(promise("b", 1, 1))
    assert session.decision("acme").scores["live.care.warmth"].band == "warm"
    session.post(promise("c", 1, 1))
    # 50 + 50 - 60, clamped: 50, which is mild, outside the margin and for three days
    assert [name for kind, name, *_ in told(session.advance(day(3))) if kind == "band_changed"] == []
    assert ("band_changed", "warmth", "warm", "mild") in told(session.advance(day(7)))


def test_a_machine_waits_for_its_dwell_and_for_a_decision_of_a_person(session: Session) -> None:
    session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": True}))
    assert session.advance(day(5)) == ()
    decided = {"id": "d", "machine": "live.care.switch", "target": "on", "decided_on": day(6).isoformat()}
    assert told(session.post(event("e2", "decision_records", 6, decided))) == [
        ("state_changed", "switch", "armed", "on")
    ]
    session.advance(day(7))
    session.post(event("e3", "cases", 7, {"id": "k", "is_escalated": False}))
    assert session.decision("acme").states["live.care.switch"].value == "on"
    assert ("state_changed", "switch", "on", "off") in told(session.advance(day(8)))
    session.advance(day(20))
    # the old decision opens the door no second time
    session.post(event("e4", "cases", 20, {"id": "k", "is_escalated": True}))
    assert session.advance(day(40)) == ()
    assert session.decision("acme").states["live.care.switch"].value == "armed"


def test_what_is_not_named_stays_and_the_later_event_wins(session: Session) -> None:
    session.post(event("e2", "cases", 5, {"id": "k", "subject": "late", "is_escalated": True}))
    session.post(event("e1", "cases", 1, {"id": "k", "is_escalated": False, "origin": "phone"}))
    [case] = session._accounts.find("acme").memory.account()["cases"]  # type: ignore[union-attr]
    assert case == {"id": "k", "subject": "late", "is_escalated": True, "origin": "phone"}


def test_a_record_is_removed_and_the_table_stays_known(session: Session) -> None:
    session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": True}))
    found = told(session.post(event("e2", "removed", 0, {"table": "cases", "id": "k"})))
    assert ("finding_cleared", "escalations", None, None) in found
    assert session.post(event("e0", "cases", -1, {"id": "k", "is_escalated": True})) == ()
    assert "live.care/escalations" not in session.decision("acme").unknown


def test_facts_are_handed_in_with_their_source(session: Session) -> None:
    found = session.post(event("e1", "facts", 0, {"nps": {"value": -5, "source": "client_stated", "n": 3}}))
    assert ("finding_raised", "unhappy", None, None) in told(found)
    assert told(session.post(event("e2", "facts", 0, {"nps": 30}))) == [("finding_cleared", "unhappy", None, None)] or (
        session.decision("acme").fired == ()
    )


def test_bad_data_is_a_problem_and_no_error(session: Session) -> None:
    signals = session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": "very"}))
    [problem] = [one for one in signals if one.kind == "problem_found"]
    assert (problem.name, problem.message.split(":")[0]) == ("CC602", "CC602 `cases` record `k`")


def test_the_same_event_twice_counts_once(session: Session) -> None:
    first = event("e1", "cases", 0, {"id": "k", "is_escalated": True})
    assert session.post(first)
    assert session.post(first) == ()
    assert session.post({**first, "at": datetime(2026, 3, 1, tzinfo=UTC)}) == ()
    assert refused(session, {**first, "data": {"id": "k"}}) == "CC703"
    assert session.counts()["events"] == 1


def said(type_: str, data: Any) -> dict[str, Any]:
    return {"id": "e", "type": type_, "at": "2026-03-01", "account": "a", "data": data}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (7, "CC701"),
        ({"id": "e"}, "CC701"),
        ({"id": "", "type": "day", "at": "2026-03-01"}, "CC701"),
        ({"id": 1.5, "type": "day", "at": "2026-03-01"}, "CC701"),
        ({"id": "e", "type": "day", "at": "soon"}, "CC701"),
        ({"id": "e", "type": "day", "at": "2026-03-01", "colour": "red"}, "CC701"),
        ({"id": "e", "type": "cases", "at": "2026-03-01", "data": {"id": "k"}}, "CC701"),
        (said("cases", {}), "CC701"),
        (said("cases", [1]), "CC701"),
        (said("cases", {"id": "k", "x": {1, 2}}), "CC701"),
        (said("cases", {"id": "k", "x": float("nan")}), "CC701"),
        (said("cases", {"id": "k", "x": "\ud800"}), "CC701"),
        (said("cases", {"id": "k", "x": [[[[[[1]]]]]]}), "CC701"),
        (said("cases", {"id": "k", 7: 1}), "CC701"),
        (said("cases", {"id": "k", "account_id": "b"}), "CC701"),
        (said("account", {"id": "b"}), "CC701"),
        (said("account", {"cases": {}}), "CC701"),
        (said("account", {"cases": [1]}), "CC701"),
        (said("removed", {"table": "x", "id": 1}), "CC701"),
        (said("removed", {"table": "cases"}), "CC701"),
        (said("facts", {"nps": {"v": 1}}), "CC701"),
        (said("facts", {"nps": {"value": 1, "observed_at": "soon"}}), "CC701"),
        (said("facts", {"nps": {"value": 1, "observed_at": 7}}), "CC701"),
        (said("facts", {"nps": {"value": 1, "applicable": "no"}}), "CC701"),
        (said("facts", {"nps": {"value": 1, "n": "many"}}), "CC701"),
        (said("facts", {"nps": {"value": 1, "source": "x"}}), "CC701"),
        ({"id": "e", "type": 5, "at": "2026-03-01"}, "CC701"),
        ({"id": "e", "type": "casse", "at": "2026-03-01"}, "CC702"),
        (said("erased", {}), "CC702"),
        (said("cases", {"id": "k", "x": "y" * 10_000_000}), "CC705"),
    ],
)
def test_what_is_no_event_is_refused_and_leaves_nothing(session: Session, given: Any, code: str) -> None:
    assert refused(session, given) == code
    assert session.counts() == {"events": 0, "signals": 0, "accounts": 0}


def test_the_future_begins_after_the_clock(session: Session) -> None:
    session.post(event("far", "cases", 900, {"id": "k"}, account="early"))  # no clock yet: its own day
    session.advance(day(0))
    assert refused(session, event("e2", "cases", 2, {"id": "k"})) == "CC704"
    session.post(event("e1", "cases", 1, {"id": "k"}))
    session.advance(day(1))
    session.post(event("e2", "cases", 2, {"id": "k"}))


def test_the_clock_never_goes_back(session: Session) -> None:
    session.advance(day(5))
    assert session.advance(day(3)) == ()
    assert session.clock == day(5)
    session.post(event("e1", "cases", 1, {"id": "k"}))
    assert session.decision("acme").as_of == day(5)


def test_an_account_without_events_is_not_there(session: Session) -> None:
    with pytest.raises(cc.FactError, match="CC403 no account `acme`"):
        session.decision("acme")


def test_records_may_come_before_the_account(session: Session) -> None:
    session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": True}))
    session.post(event("e2", "account", -3, {"industry": "retail"}))
    assert session._accounts.find("acme").memory.account() == {  # type: ignore[union-attr]
        "id": "acme",
        "industry": "retail",
        "cases": [{"id": "k", "is_escalated": True}],
    }


def test_what_a_book_says_raises_no_signal(care: cc.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id,industry\nacme,retail\n")
    (folder / "cases.csv").write_text("id,account_id,is_escalated\nk,acme,true\n")
    (folder / "facts.csv").write_text("account_id,nps\nacme,-3\n")
    book = cc.read_book(folder)
    with care.open_session(tmp_path / "live.sqlite", book=book) as session:
        assert told(session.post(event("e1", "contacts", 0, {"id": "p"}))) == [("account_opened", "", None, None)]
        assert session.decision("acme").fired == ("live.care/escalations", "live.care/unhappy")
    with care.open_session(tmp_path / "live.sqlite") as session:  # the journal has it now
        assert session.decision("acme").fired == ("live.care/escalations", "live.care/unhappy")
        assert told(session.post(event("e2", "facts", 0, {"nps": 5}))) == [("finding_cleared", "unhappy", None, None)]


def test_signals_are_read_again_from_where_one_left(session: Session) -> None:
    posted = [
        *session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": True})),
        *session.post(event("e2", "cases", 1, {"id": "k", "is_escalated": False})),
    ]
    assert list(session.signals()) == posted
    assert list(session.signals(posted[2].id)) == posted[3:]
    with pytest.raises(cc.FactError, match="17"):
        list(session.signals("last"))


def test_a_closed_session_says_so(care: cc.Engine, tmp_path: Path) -> None:
    session = care.open_session(tmp_path / "live.sqlite")
    session.close()
    session.close()
    with pytest.raises(cc.ClientcoreError, match="closed"):
        session.post(event("e1", "cases", 0, {"id": "k"}))
    care.open_session(tmp_path / "live.sqlite").close()


def test_few_accounts_in_memory_give_the_same_answers(care: cc.Engine, tmp_path: Path) -> None:
    events = [
        event(f"{account}-{at}", "cases", at, {"id": "k", "is_escalated": at % 2 == 0}, account=account)
        for at in range(70)
        for account in ("a", "b", "c")
    ]
    found = []
    for keep in (1, 10):
        with care.open_session(tmp_path / f"{keep}.sqlite", keep=keep) as session:
            found.append([signal for one in events for signal in session.post(one)])
            assert len(session._accounts.lives) == min(keep, 3)
    assert found[0] == found[1]


def test_eight_threads_post_to_one_session(session: Session) -> None:
    def post(who: int) -> None:
        for at in range(25):
            session.post(event(f"{who}-{at}", "cases", 0, {"id": f"k{who}-{at}", "is_escalated": True}))

    threads = [Thread(target=post, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.counts()["events"] == 200
    account = session._accounts.find("acme").memory.account()  # type: ignore[union-attr]
    assert len(account["cases"]) == 200
    assert [one.id for one in session.signals()] == ["1.0", "1.1", "1.2", "1.3"]


def test_misuse_is_told(care: cc.Engine, tmp_path: Path) -> None:
    with pytest.raises(cc.FactError, match="CC403"):
        care.open_session(tmp_path / "live.sqlite", keep=0)
    with pytest.raises(cc.ClientcoreError, match="CC403"):
        care.open_session(tmp_path / "live.sqlite", only=["nothing.*"])
    with care.open_session(tmp_path / "live.sqlite") as session, pytest.raises(cc.FactError, match="CC403"):
        session.advance(datetime(2026, 3, 1, tzinfo=UTC))
    assert isinstance(day(1), date)


def test_asking_for_decisions_keeps_memory_bounded(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", keep=2) as session:
        for account in "abcdef":
            session.post(event(account, "cases", 0, {"id": "k", "is_escalated": True}, account=account))
        for account in "abcdef":
            assert session.decision(account).fired == ("live.care/escalations",)
            assert len(session._accounts.lives) <= 2


def test_new_rulesets_on_an_old_journal_tell_what_is_different(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", keep=1) as session:
        for account in "abc":
            session.post(event(account, "cases", 0, {"id": "k", "is_escalated": True}, account=account))
    path = tmp_path / "care.yaml"
    path.write_text(RULESET.replace("when: escalated > 0\n", "when: escalated > 1\n"), encoding="utf-8")
    changed = cc.Engine(rulesets=[path], plugins=[], discover=False)
    with changed.open_session(tmp_path / "live.sqlite") as session:
        found = told(session.post(event("e", "contacts", 1, {"id": "p"}, account="a")))
        assert ("finding_cleared", "escalations", None, None) in found
        assert (
            session.decision("a").base
            == changed.evaluate(
                {"id": "a", "cases": [{"id": "k", "is_escalated": True}], "contacts": [{"id": "p"}]},
                as_of=day(1),
                previous=changed.evaluate({"id": "a", "cases": [{"id": "k", "is_escalated": True}]}, as_of=day(0)),
            ).base
        )


def test_a_day_belongs_to_no_account(session: Session) -> None:
    session.post(promise("a", 0, 0))
    session.post({"id": "d", "type": "day", "account": "acme", "at": day(3).isoformat(), "data": {"x": 1}})
    assert session.clock == day(3)
    session._accounts.lives.clear()
    assert session.decision("acme").as_of == day(3)


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59Z"])
def test_the_first_and_the_last_day_are_days(care: cc.Engine, tmp_path: Path, at: str) -> None:
    with care.open_session(tmp_path / "live.sqlite", keep=1) as session:
        for account in "ab":
            given = {"id": account, "type": "cases", "account": account, "at": at, "data": {"id": "k"}}
            session.post(given)
            assert [one.at for one in session.events()][-1].startswith(at[:10])
        assert session.decision("a").as_of == date.fromisoformat(at[:10])


@pytest.mark.parametrize("value", [{"a": 1}, [1, [2]], 10**400, -0.0, "", "x" * 5000, True])
def test_values_of_any_kind_are_taken_in(session: Session, value: Any) -> None:
    session.post(event("e1", "cases", 0, {"id": "k", "is_escalated": value, "subject": value, "occurred_on": value}))
    session.post(event("e2", "facts", 0, {"nps": {"value": value}, "no_such_fact": {"value": value}}))
    session._accounts.lives.clear()
    session.post(event("e3", "account", 1, {"industry": value, "employees": value, "colour": value}))
    assert session.decision("acme").as_of == day(1)


def test_what_was_foreseen_is_dropped_when_the_day_goes_on(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", keep=1) as session:
        people = [{"id": f"p{at}"} for at in range(2)]
        session.post(event("e1", "account", 0, {"contacts": people, "commitments": []}))
        session.post(event("o1", "cases", 0, {"id": "k"}, account="other"))
        # warmer, and nothing that signals tell of is different
        assert session.post(event("e2", "contacts", 0, {"id": "p2"})) == ()
        session.post(event("o2", "cases", 0, {"id": "l"}, account="other"))
        found = told(session.post(event("e3", "removed", 1, {"table": "contacts", "id": "p2"})))
        assert ("finding_raised", "fewer_than_before", None, None) in found


def test_what_lies_ahead_is_seen_when_its_day_has_come(session: Session) -> None:
    session.post(event("e1", "account", 0, {"contacts": [{"id": "p1"}], "commitments": []}))
    session.post(event("e2", "contacts", 0, {"id": "p2", "recorded_at": f"{day(5)}T09:00:00Z"}))
    session.post(event("e3", "cases", 0, {"id": "k"}))
    assert session.decision("acme").scores["live.care.warmth"].value == 60
    session.advance(day(4))
    assert session.decision("acme").scores["live.care.warmth"].value == 60
    session.advance(day(5))
    assert session.decision("acme").scores["live.care.warmth"].value == 70


@pytest.mark.parametrize("book", ["book/", 5, {}])
def test_a_book_that_is_none_is_refused_when_the_session_is_opened(tmp_path: Path, book: Any) -> None:
    made = engine(tmp_path)
    with pytest.raises(cc.FactError, match=r"CC403 `book` is .*hand in what `read_book"):
        made.open_session(tmp_path / "s.sqlite", book=book)
    made.open_session(tmp_path / "s.sqlite").close()
