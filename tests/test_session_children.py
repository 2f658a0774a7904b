"""Opportunities and workstreams in a session: decided with their account, as `evaluate_subjects` decides them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Decision
from clientcore.session import Session
from session_world import RULESET, Fold, day, event

DEALS = """\
format: clientcore/1
language: cel-profile/1
ruleset: live.deal
version: 1.0.0
subject: opportunity
title: Deals
facts:
  allies: {value: "opportunity_contact_roles.filter(r, r.is_primary).size()", unit: count, doc: people for it}
rules:
  - {id: large, when: amount > 1000, effect: {finding: {severity: high, actions: [look]}}, because: "{amount}"}
  - {id: at_risk, when: "account.escalated > 0 && allies == 0", effect: {finding: {severity: medium}}}
  - {id: late, when: close_on < as_of, effect: {finding: {severity: low}}}
scores:
  chance:
    aggregate: sum
    range: [0, 100]
    terms: [{id: allies, value: allies * 40, range: [0, 80]}]
    bands: [{id: thin, below: 30}, {id: fair}]
    hysteresis: {margin: 1, dwell_days: 2}
states:
  stage:
    initial: open
    min_dwell_days: 2
    transitions:
      - {from: open, to: warm, when: allies > 0}
      - {from: warm, to: open, when: allies == 0}
actions:
  look: {title: Look at it, due_days: 3}
"""
WORK = """\
format: clientcore/1
language: cel-profile/1
ruleset: live.work
version: 1.0.0
subject: workstream
title: Work
rules:
  - {id: troubled, when: "interactions.exists(i, i.direction == 'inbound')", effect: {finding: {severity: high}}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    folder = tmp_path_factory.mktemp("deals")
    paths = []
    for name, text in (("care", RULESET), ("deal", DEALS), ("work", WORK)):
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(text, encoding="utf-8")
    return cc.Engine(rulesets=paths, plugins=[], discover=False)


@pytest.fixture
def session(made: cc.Engine, tmp_path: Path) -> Iterator[Session]:
    with made.open_session(tmp_path / "live.sqlite") as opened:
        yield opened


def told(signals: Any) -> list[tuple[str, ...]]:
    return [(one.subject, one.subject_id, one.kind, one.name) for one in signals if one.subject]


def deal(id_: str, offset: int, **data: Any) -> dict[str, Any]:
    return event(id_, "opportunities", offset, {"id": "o1", **data})


def test_events_of_a_deal_give_signals_of_its_rules(session: Session) -> None:
    session.post(event("e0", "account", 0, {"opportunity_contact_roles": [], "interactions": [], "cases": []}))
    first = session.post(deal("e1", 0, amount=2000, close_on=day(4).isoformat()))
    assert told(first) == [
        ("opportunity", "o1", "finding_raised", "live.deal/large"),
        ("opportunity", "o1", "band_changed", "live.deal.chance"),
        ("opportunity", "o1", "state_changed", "live.deal.stage"),
    ]
    assert first[0].to_dict() == {
        "id": "2.0",
        "event": "e1",
        "account": "acme",
        "subject": "opportunity",
        "subject_id": "o1",
        "day": day(0).isoformat(),
        "kind": "finding_raised",
        "name": "live.deal/large",
        "severity": "high",
        "actions": ["look"],
    }
    # what is of the account reaches the deal through what the deal reads of it
    found = session.post(event("e2", "cases", 1, {"id": "k", "is_escalated": True}))
    assert [(one.subject_id, one.name) for one in found if one.kind == "finding_raised"] == [
        ("", "live.care/escalations"),
        ("o1", "live.deal/at_risk"),
    ]
    ally = {"id": "r", "opportunity_id": "o1", "contact_id": "c", "is_primary": True}
    assert told(session.post(event("e3", "opportunity_contact_roles", 2, ally))) == [
        ("opportunity", "o1", "finding_cleared", "live.deal/at_risk"),
        ("opportunity", "o1", "state_changed", "live.deal.stage"),
    ]
    assert [(one.day, *told([one])[0][2:]) for one in session.advance(day(6)) if one.subject] == [
        (day(3), "action_due", "look"),
        (day(4), "band_changed", "live.deal.chance"),
        (day(5), "finding_raised", "live.deal/late"),
    ]
    gone = session.post(event("e4", "removed", 6, {"table": "opportunities", "id": "o1"}))
    assert told(gone) == [
        ("opportunity", "o1", "finding_cleared", "live.deal/large"),
        ("opportunity", "o1", "finding_cleared", "live.deal/late"),
    ]
    assert session.decisions("acme", subject="opportunity") == ()
    assert [one.to_dict() for one in session.signals("1.9")][: len(first)] == [one.to_dict() for one in first]


def test_the_decisions_explain_themselves(session: Session) -> None:
    session.post(deal("e1", 0, amount=2000))
    (decision,) = session.decisions("acme", subject="opportunity")
    assert (decision.subject, decision.subject_id, decision.fired) == ("opportunity", "o1", ("live.deal/large",))
    assert "amount = 2,000" in str(decision.why("large"))
    assert session.decisions("acme", subject="workstream") == ()
    with pytest.raises(cc.FactError, match="CC403 `deal` is no child of an account"):
        session.decisions("acme", subject="deal")
    with pytest.raises(cc.FactError, match="CC403 no account `bolt`"):
        session.decisions("bolt", subject="opportunity")


def test_what_is_computed_may_name_parts_of_children(made: cc.Engine, tmp_path: Path) -> None:
    given = [event("e1", "cases", 0, {"id": "k", "is_escalated": True}), deal("e2", 0, amount=2000)]
    given += [event("e3", "interactions", 0, {"id": "i", "workstream_id": "w", "direction": "inbound"})]
    given += [event("e4", "workstreams", 0, {"id": "w"})]
    found = {}
    for at, options in enumerate(
        [
            {},
            {"subjects": []},
            {"subjects": ["workstream"]},
            {"only": ["live.care/*", "*/large"]},
            {"only": ["live.deal/large"]},
        ]
    ):
        with made.open_session(tmp_path / f"{at}.sqlite", **options) as session:
            raised = [one for event in given for one in session.post(event) if one.kind == "finding_raised"]
            found[at] = {one.name for one in raised}
    care, work, large = "live.care/escalations", "live.work/troubled", "live.deal/large"
    assert found == {0: {care, work, large}, 1: {care}, 2: {care, work}, 3: {care, large}, 4: {large}}
    with pytest.raises(cc.ClientcoreError, match=r"CC403 `only` names `live\.deal/larger`"):
        made.open_session(tmp_path / "no.sqlite", only=["live.deal/large", "live.deal/larger"])
    with pytest.raises(cc.FactError, match="CC403 `deal` in `subjects` is no child"):
        made.open_session(tmp_path / "no.sqlite", subjects=["deal"])


def test_what_a_book_says_of_a_deal_is_no_signal(made: cc.Engine, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "accounts.csv").write_text("id\nacme\n", encoding="utf-8")
    (tmp_path / "book" / "opportunities.csv").write_text("id,account_id,amount\no1,acme,2000\n", encoding="utf-8")
    with made.open_session(tmp_path / "live.sqlite", book=cc.read_book(tmp_path / "book")) as session:
        assert told(session.post(event("e1", "account", 0, {"industry": "x"}))) == []
        assert told(session.post(deal("e2", 1, amount=10))) == [
            ("opportunity", "o1", "finding_cleared", "live.deal/large")
        ]


def by_id(decision: Decision) -> str:
    return decision.subject_id


_TABLES: dict[str, Any] = {"opportunity_contact_roles": [], "interactions": [], "cases": []}


def deal_events() -> st.SearchStrategy[tuple[str, int, dict[str, Any]]]:
    days, ids = st.integers(0, 8), st.sampled_from(["o1", "o2"])
    offsets = st.integers(-2, 9).map(lambda at: day(at).isoformat())
    deals = st.fixed_dictionaries(
        {"id": ids},
        optional={
            "amount": st.sampled_from([10, 2000, None, "much"]),
            "close_on": offsets,
            "recorded_at": offsets,
            "stage": st.sampled_from(["a", "b"]),
        },
    )
    talks = st.fixed_dictionaries(
        {"id": st.sampled_from(["i1", "i2"]), "workstream_id": ids},
        optional={"direction": st.sampled_from(["inbound", "outbound"]), "occurred_on": offsets},
    )
    allies = st.fixed_dictionaries(
        {"id": st.sampled_from(["r1", "r2"]), "opportunity_id": ids, "is_primary": st.booleans()},
        optional={"recorded_at": offsets},
    )
    cases = st.fixed_dictionaries({"id": st.just("k"), "is_escalated": st.booleans()})
    return st.one_of(
        st.tuples(st.just("opportunities"), days, deals),
        st.tuples(st.just("interactions"), days, talks),
        st.tuples(st.just("opportunity_contact_roles"), days, allies),
        st.tuples(st.just("cases"), days, cases),
        st.tuples(st.just("workstreams"), days, st.builds(lambda id_: {"id": id_}, ids)),
        st.tuples(st.just("removed"), days, st.builds(lambda id_: {"table": "opportunities", "id": id_}, ids)),
        st.tuples(st.just("account"), days, st.just(_TABLES)),
        st.tuples(st.just("day"), days, st.just({})),
    )


@given(said=st.lists(deal_events(), min_size=1, max_size=12), keep=st.integers(1, 2), anew=st.booleans())
@settings(max_examples=60)
def test_children_are_a_fold_of_evaluate_subjects(
    made: cc.Engine, said: list[tuple[str, int, dict[str, Any]]], keep: int, *, anew: bool
) -> None:
    history = [
        event(f"e{at}", type_, offset, data, account="ab"[at % 2]) for at, (type_, offset, data) in enumerate(said)
    ]
    fold = Fold(made, kinds=("opportunity", "workstream"))
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"keep": keep, "ahead_days": 1000}
        signals = []
        session = made.open_session(Path(folder) / "live.sqlite", **options)
        for one in history:
            if anew:
                session.close()
                session = made.open_session(Path(folder) / "live.sqlite", **options)
            signals += session.post(one)
            fold.take(one)
            for (account, kind), decisions in fold.below.items():
                assert session.decisions(account, subject=kind) == tuple(sorted(decisions, key=by_id))
        assert list(session.signals()) == signals
        session.close()
        with made.open_session(Path(folder) / "whole.sqlite", **options | {"keep": 10}) as whole:
            assert [signal for one in history for signal in whole.post(one)] == signals
