"""A person who is erased is gone from every file; what stays is counted, defined and said."""

from __future__ import annotations

import logging
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.session import Session
from session_world import day, engine, event

SECRET = "Jane-Secretname"
NOTE = "said in confidence"


@pytest.fixture(scope="module")
def care(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    return engine(tmp_path_factory.mktemp("care"))


def told() -> list[dict[str, Any]]:
    return [
        event("e1", "contacts", 0, {"id": "k1", "name": SECRET, "disposition": "opponent", "interest": 0.25}),
        event("e2", "contacts", 0, {"id": "k2", "name": "Other Person", "reports_to_id": "k1"}),
        event(
            "e3", "account_contact_roles", 0, {"id": "r1", "contact_id": "k1", "role": "influencer", "strength": 0.5}
        ),
        event("e4", "interactions", 1, {"id": "i1", "contact_id": "k1", "kind": "meeting", "topic": NOTE}),
        # says something of the same record, and does not name the person
        event("e5", "interactions", 2, {"id": "i1", "title": f"call with {SECRET}", "two_way": True}),
        event(
            "e6", "account", 2, {"cases": [{"id": "c1", "contact_id": "k1", "subject": SECRET, "is_escalated": True}]}
        ),
        event("e7", "cases", 2, {"id": "c2", "contact_id": "k2", "subject": "ours"}),
        event("e8", "contacts", 3, {"id": "k1", "difficulty": SECRET}),  # a problem whose text quotes it
        event("e9", "interactions", 3, {"id": "x1", "contact_id": "k1", "title": NOTE}, account="elsewhere"),
    ]


def known(session: Session, account: str = "acme") -> dict[str, Any]:
    live = session._accounts.find(account)
    assert live is not None
    return {name: _told(value) for name, value in live.memory.account().items()}


def _told(value: Any) -> Any:
    """Leave out what is null, which is what it is when it is not there."""
    if isinstance(value, list):
        return [{name: item for name, item in row.items() if item is not None} for row in value]
    return value


def left(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.iterdir() if text.encode() in path.read_bytes()]


def test_nothing_of_the_person_is_left_in_any_file(
    care: cc.Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with care.open_session(tmp_path / "live.sqlite") as session:
        for one in told():
            session.post(one)
        assert left(tmp_path, SECRET)
        signals = session.erase("k1")
        assert [(one.account, one.name) for one in signals if one.kind == "contact_erased"] == [
            ("acme", "k1"),
            ("elsewhere", "k1"),
        ]
        for text in (SECRET, NOTE, "opponent", "influencer"):
            assert left(tmp_path, text) == []
        assert not any(SECRET in one.message for one in session.signals())
        assert known(session) == {
            "id": "acme",
            "contacts": [{"id": "k1"}, {"id": "k2", "name": "Other Person", "reports_to_id": "k1"}],
            "account_contact_roles": [{"id": "r1", "contact_id": "k1"}],
            "interactions": [{"id": "i1", "contact_id": "k1", "kind": "meeting", "two_way": True}],
            "cases": [
                {"id": "c1", "contact_id": "k1", "is_escalated": True},
                {"id": "c2", "contact_id": "k2", "subject": "ours"},
            ],
        }
        assert session.erasures() == ({"contact": "k1", "events": 7},)
        before = known(session)
    assert left(tmp_path, SECRET) == []
    assert SECRET not in caplog.text
    with care.open_session(tmp_path / "live.sqlite") as session:
        assert known(session) == before
        assert session.erase("k1") == ()
        assert session.counts()["events"] == len(told()) + 1


def test_what_comes_later_is_taken_in_without_the_person(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite") as session:
        for one in told():
            session.post(one)
        session.erase("k1")
        late = event("l1", "cases", 3, {"id": "c9", "contact_id": "k1", "subject": NOTE, "is_escalated": True})
        signals = session.post(late)
        assert [one.name for one in signals if one.kind == "problem_found"] == ["CC709"]
        assert {"id": "c9", "contact_id": "k1", "is_escalated": True} in known(session)["cases"]
        # the record is known to name the person, though this event does not
        session.post(event("l2", "interactions", 4, {"id": "i1", "topic": NOTE}))
        session.post(event("l3", "contacts", 4, {"id": "k1", "name": SECRET}))
        session.post(event("l4", "cases", 4, {"id": "c2", "subject": "still ours"}))
        assert session.post(late) == ()
        assert (left(tmp_path, SECRET), left(tmp_path, NOTE)) == ([], [])
        assert {"id": "c2", "contact_id": "k2", "subject": "still ours"} in known(session)["cases"]


def test_an_account_that_a_book_brings_later_knows_nobody_who_was_erased(care: cc.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "accounts.csv").write_text("id\nacme\n")
    (folder / "contacts.csv").write_text(f"id,account_id,name\nk1,acme,{SECRET}\nk2,acme,Other\n")
    (tmp_path / "live").mkdir()
    with care.open_session(tmp_path / "live" / "live.sqlite", book=cc.read_book(folder)) as session:
        assert session.erase("k1") == ()
        session.post(event("e1", "cases", 0, {"id": "c1"}))
        assert known(session)["contacts"] == [{"id": "k1"}, {"id": "k2", "name": "Other"}]
        assert left(tmp_path / "live", SECRET) == []


def test_an_erased_person_stays_counted_and_is_unknown(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite") as session:
        for one in told():
            session.post(one)
        ties = session.decision("acme").scores["live.care.warmth"]
        session.erase("k1")
        assert session.decision("acme").scores["live.care.warmth"] == ties


def test_what_events_said_is_forgotten_after_the_days_of_retention(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", retention_days=10) as session:
        for one in told():
            session.post(one)
        session.post(event("n1", "cases", 8, {"id": "c3", "subject": "recent", "is_escalated": "odd"}))
        session.advance(day(11))
        before = known(session)
        assert before["contacts"][0]["name"] == SECRET  # what is known stays
        assert [one.id for one in session.events()] == ["e4", "e5", "e6", "e7", "e8", "e9", "n1", f"day:{day(11)}"]
        session.advance(day(13))
        assert [one.id for one in session.events()] == ["e8", "e9", "n1", f"day:{day(11)}", f"day:{day(13)}"]
        assert session.erasures() == (
            {"before": day(1).isoformat(), "events": 3},
            {"before": day(3).isoformat(), "events": 4},
        )
        assert session.post(told()[0]) == ()  # its id is still known
    with care.open_session(tmp_path / "live.sqlite", horizon_days=400) as session:
        assert known(session) == before
        session.advance(day(400))
        assert len(list(session.events())) == 6


def test_late_events_are_forgotten_on_the_same_day_again(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", retention_days=3, ahead_days=1000) as session:
        session.post(event("n1", "cases", 0, {"id": "c1"}))
        session.advance(day(8))
        for late in range(2):
            session.post(event(f"late{late}", "cases", late, {"id": f"c{late}", "subject": "late"}))
            session.post(event(f"day{late}", "day", 8, {}))
        assert [one["events"] for one in session.erasures()] == [1, 1, 1]
        assert [one.type for one in session.events()] == ["day", "day", "day"]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_where_the_file_has_been_written_over_and_over(
    care: cc.Engine, tmp_path: Path, seed: int
) -> None:
    """Pages are split, memories written anew and accounts dropped, so that bytes have moved about in the file."""
    chance, people = random.Random(seed), 8
    with care.open_session(tmp_path / "live.sqlite", keep=1, ahead_days=1000) as session:
        for at in range(400):
            who = chance.randrange(people)
            text = f"{SECRET}-{who}-" * chance.choice([1, 1, 2, 5, 400])
            data = {"id": f"i{chance.randrange(20)}-{who}", "contact_id": f"p{who}", "topic": text, "two_way": text}
            session.post(event(f"e{at}", "interactions", at // 50, data, account=f"a{who % 3}"))
        session.advance(day(20))
        for who in chance.sample(range(people), people):
            assert left(tmp_path, f"{SECRET}-{who}-")
            session.erase(f"p{who}")
            assert left(tmp_path, f"{SECRET}-{who}-") == []


def test_a_person_is_erased_after_events_were_forgotten(care: cc.Engine, tmp_path: Path) -> None:
    with care.open_session(tmp_path / "live.sqlite", retention_days=2) as session:
        for one in told():
            session.post(one)
        session.advance(day(4))  # the events of the first two days say nothing any more
        session.erase("k1")
        for text in (SECRET, NOTE, "opponent", "influencer"):
            assert left(tmp_path, text) == []
        assert known(session)["interactions"] == [{"id": "i1", "contact_id": "k1", "kind": "meeting", "two_way": True}]
        assert session.erasures()[-1] == {"contact": "k1", "events": 4}


def test_an_erasure_that_fails_erases_nothing(care: cc.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    with care.open_session(tmp_path / "live.sqlite") as session:
        for one in told():
            session.post(one)
        before = known(session)

        def broken(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(session._journal, "set", broken)
            with pytest.raises(cc.SessionError, match="CC707"):
                session.erase("k1")
        assert known(session) == before
        assert session.erasures() == ()
        assert session.erase("k1")


NAMES = st.sampled_from(["k1", "k2", None])
WORDS = st.sampled_from([SECRET, NOTE, "meeting", None])
SAID = st.one_of(
    st.tuples(
        st.just("contacts"), st.fixed_dictionaries({"id": st.sampled_from(["k1", "k2"])}, optional={"name": WORDS})
    ),
    st.tuples(
        st.just("interactions"),
        st.fixed_dictionaries(
            {"id": st.sampled_from(["i1", "i2"])},
            optional={"contact_id": NAMES, "title": WORDS, "kind": WORDS, "two_way": st.booleans()},
        ),
    ),
)


@given(said=st.lists(st.tuples(SAID, st.integers(0, 3)), max_size=10), at=st.integers(0, 10))
@settings(max_examples=60)
def test_a_replay_after_an_erasure_knows_the_same(
    care: cc.Engine, said: list[tuple[tuple[str, dict[str, Any]], int]], at: int
) -> None:
    given_ = [event(f"e{n}", type_, offset, data) for n, ((type_, data), offset) in enumerate(said)]
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        care.open_session(Path(one) / "j") as session,
        care.open_session(Path(two) / "j") as anew,
    ):
        for n, each in enumerate([*given_, None]):
            if n == min(at, len(given_)):
                session.erase("k1")
            if each is not None:
                session.post(each)
        for kept in session.events():
            anew.post(kept)
        for account in {each["account"] for each in given_}:
            assert known(session, account) == known(anew, account)
        rows = known(session).get("interactions", []) if given_ else []
        named = [row for row in rows if row.get("contact_id") == "k1"]
        assert not any(SECRET in str(row) or NOTE in str(row) for row in named)
