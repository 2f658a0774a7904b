"""All at once: children, patterns, machines, decisions of people, late events, erasure, few accounts in memory."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from clientcore.session import Session, Signal
from session_world import MIXED, Fold, day, event
from test_session_children import DEALS, WORK, by_id, deal_events
from test_session_days import PATTERNS
from test_session_properties import account_events

SUBJECTS = ("opportunity", "workstream")
PEOPLE, DEAL_IDS = st.sampled_from(["p1", "p2"]), st.sampled_from(["o1", "o2"])
DAYS = st.integers(0, 8)
OFFSETS = st.integers(-2, 9).map(lambda at: day(at).isoformat())
WORDS = st.sampled_from(["said in confidence", "meeting"])
Said = tuple[str, int, dict[str, Any]]


def _of_people() -> st.SearchStrategy[Said]:
    """Return events that name people, or say something of a record that another event made name one."""
    role = {"opportunity_id": DEAL_IDS, "contact_id": PEOPLE, "is_primary": st.booleans()}
    talk = {"contact_id": PEOPLE, "title": WORDS, "occurred_on": OFFSETS, "kind": WORDS}
    case = {"contact_id": PEOPLE, "kind": st.just("complaint"), "opened_at": OFFSETS, "subject": WORDS}
    some = {
        "contacts": st.fixed_dictionaries({"id": PEOPLE}, optional={"name": WORDS, "difficulty": st.just("odd")}),
        "opportunity_contact_roles": st.fixed_dictionaries({"id": st.sampled_from(["r1", "r2"])}, optional=role),
        "interactions": st.fixed_dictionaries({"id": st.sampled_from(["i1", "i2"])}, optional=talk),
        "cases": st.fixed_dictionaries({"id": st.sampled_from(["k0", "k1"])}, optional=case),
    }
    return st.one_of(*(st.tuples(st.just(type_), DAYS, data) for type_, data in some.items()))


ERASE = st.tuples(st.just("erase"), DAYS, st.builds(lambda contact: {"contact": contact}, PEOPLE))
THINGS = st.one_of(account_events(DAYS), deal_events(), _of_people(), _of_people())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    folder = tmp_path_factory.mktemp("together")
    paths = []
    for name, text in (("care", MIXED + PATTERNS), ("deal", DEALS), ("work", WORK)):
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(text, encoding="utf-8")
    return cc.Engine(rulesets=paths, plugins=[], discover=False)


def history_of(said: list[Said]) -> list[dict[str, Any]]:
    """Return events of two accounts, and whom to erase, in an order of delivery that is not that of their days."""
    return [
        data if type_ == "erase" else event(f"e{at}", type_, offset, data, account="ab"[at % 2])
        for at, (type_, offset, data) in enumerate(said)
    ]


def given_to(session: Session, one: dict[str, Any]) -> tuple[Signal, ...]:
    return session.erase(one["contact"]) if "contact" in one else session.post(one)


def is_fold(session: Session, fold: Fold) -> None:
    for account, decision in fold.decisions.items():
        assert session.decision(account) == decision
    for (account, kind), below in fold.below.items():
        assert session.decisions(account, subject=kind) == tuple(sorted(below, key=by_id))


def posted(
    made: cc.Engine, history: list[dict[str, Any]], *, anew: bool, **options: Any
) -> tuple[list[Signal], list[Signal]]:
    """Return the signals of a history as they came, and as the journal has them; each step is held against the fold."""
    fold, signals = Fold(made, kinds=SUBJECTS, retention=options.get("retention_days", 1_000_000)), list[Signal]()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        path = Path(folder) / "live.sqlite"
        session = opened.enter_context(made.open_session(path, ahead_days=1000, **options))
        for one in history:
            if anew:
                session.close()
                session = opened.enter_context(made.open_session(path, ahead_days=1000, **options))
            signals += given_to(session, one)
            fold.erase(one["contact"]) if "contact" in one else fold.take(one)
            is_fold(session, fold)
        return signals, list(session.signals())


def without_ids(signals: list[Signal]) -> list[Signal]:
    """Return signals without their places, as what is forgotten has an entry in the journal."""
    return [attrs.evolve(one, id="") for one in signals]


def without_texts(signals: list[Signal]) -> list[Signal]:
    """Return signals without the texts of problems, which go when somebody is erased."""
    return [attrs.evolve(one, message="") for one in signals]


@given(said=st.lists(st.one_of(THINGS, THINGS, ERASE), min_size=1, max_size=14), keep=st.integers(1, 2))
def test_a_session_with_everything_is_a_fold_of_evaluate(made: cc.Engine, said: list[Said], keep: int) -> None:
    history = history_of(said)
    came, journal = posted(made, history, anew=False, keep=keep)
    assert without_texts(journal) == without_texts(came)
    assert posted(made, history, anew=True, keep=keep, keep_records=2) == (came, journal)


@given(said=st.lists(st.one_of(THINGS, THINGS, ERASE), min_size=1, max_size=14), days=st.integers(1, 5))
def test_so_it_is_where_events_are_forgotten(made: cc.Engine, said: list[Said], days: int) -> None:
    history = history_of(said)
    came, journal = posted(made, history, anew=True, keep=1, retention_days=days)
    assert without_texts(journal) == without_texts(came)
    if not any("contact" in one for one in history):  # else a record that once named the person may keep its texts
        assert without_ids(posted(made, history, anew=False)[0]) == without_ids(came)


@given(said=st.lists(THINGS, min_size=1, max_size=14))
def test_a_journal_that_is_posted_anew_says_the_same_of_everything(made: cc.Engine, said: list[Said]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        made.open_session(Path(folder) / "one", ahead_days=1000, keep=1) as session,
        made.open_session(Path(folder) / "two", ahead_days=1000) as anew,
    ):
        signals = [signal for one in history_of(said) for signal in session.post(one)]
        assert [signal for one in session.events() for signal in anew.post(one)] == signals
        for account in {one.account for one in session.events()} - {""}:
            assert anew.decision(account) == session.decision(account)
            for kind in SUBJECTS:
                assert anew.decisions(account, subject=kind) == session.decisions(account, subject=kind)
