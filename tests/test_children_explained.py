"""Explanations of opportunities and workstreams: what would change them can be tried, and their account is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from built import engine_of
from clientcore.decision import Change, Decision
from clientcore.intake.children import CHILDREN
from clientcore.simulate import simulate_book, write_book
from strategies import AS_OF
from strategies_rulesets import HEADER

DEAL: dict[str, Any] = {**HEADER, "ruleset": "x.deal", "title": "X", "subject": "opportunity"}


def truth(decision: Decision, rule: str) -> bool | None:
    return True if rule in decision.fired else None if rule in decision.unknown else False


def deals(engine: cc.Engine, account: Mapping[str, Any], **more: Any) -> tuple[Decision, ...]:
    return engine.evaluate_subjects(account, subject="opportunity", as_of=AS_OF, **more)


def with_change(
    engine: cc.Engine, account: Mapping[str, Any], decision: Decision, change: Change, as_of: date
) -> Decision:
    """Try a change as it is told: handed in for the child, or in its record."""
    table, subject = CHILDREN[decision.subject], decision.subject
    handed = {decision.subject_id: {change.fact: change.wanted}} if change.handed else {}
    records = [
        {**one, change.fact: change.wanted} if one["id"] == decision.subject_id and not change.handed else one
        for one in account[table]
    ]
    made = engine.evaluate_subjects({**account, table: records}, subject=subject, as_of=as_of, facts_of=handed)
    (found,) = (one for one in made if one.subject_id == decision.subject_id)
    return found


def simulated(folder: Path, day: date) -> Iterator[dict[str, Any]]:
    """Yield accounts with a few children each: as they are, and with deals that are open and promises not noted."""
    write_book(simulate_book(4, 3, day), folder / "book")
    for account in cc.read_book(folder / "book").subjects("account"):
        few = {**account, "opportunities": account["opportunities"][:2]}
        yield few
        open_ = [{**one, "is_closed": False, "closed_on": None} for one in few["opportunities"]]
        yield {**few, "opportunities": open_, "commitments": None}


def test_what_is_told_of_simulated_children_does_it_as_told(tmp_path: Path) -> None:
    day, engine, tried = date(2026, 6, 30), cc.Engine(), set()
    for account in simulated(tmp_path, day):
        for subject in CHILDREN:
            rules = ["/".join(step.key[1:]) for step in engine.plan(subject).steps if step.key[0] == "rule"]
            for decision in engine.evaluate_subjects(account, subject=subject, as_of=day):
                for rule in rules:
                    changes = decision.what_would_change(rule)
                    assert changes.truth is truth(decision, rule)
                    for change in changes:
                        after = with_change(engine, account, decision, change, day)
                        assert truth(after, rule) is (not changes.truth), change
                        tried.add((subject, change.handed))
    assert tried == {("opportunity", True), ("opportunity", False), ("workstream", True)}


def test_how_a_derived_fact_of_a_child_is_tried_is_told() -> None:
    made = {
        **DEAL,
        "facts": {
            "age": {"value": "as_of - opened_on", "doc": "days since it was opened"},
            "sure": {"value": "probability > 0.5", "requires_source": ["client_stated"]},
        },
        "rules": [{"id": "old", "when": "age > 90"}, {"id": "likely", "when": "sure"}],
    }
    engine = engine_of([made])
    account = {"id": "a", "opportunities": [{"id": "o", "opened_on": "2026-01-01"}, {"id": "p"}]}
    first, second = deals(engine, account)
    changes = first.what_would_change("old")
    assert str(changes) == (
        "x.deal/old holds; each of these alone would end it:\n"
        "  age: 180 → at most 90\n"
        "  opened_on: 2026-01-01 → at least 2026-04-01\n"
        "  what is no field of the record is tried by handing it in: "
        "`facts` of evaluate, `facts_of` of evaluate_subjects"
    )
    assert changes.to_dict()["changes"][0]["handed"] is True
    assert changes.to_dict()["how"] == changes.how
    for decision, change in [(one, change) for one in (first, second) for change in one.what_would_change("old")]:
        after = with_change(engine, account, decision, change, AS_OF)
        assert ("x.deal/old" in after.fired) is (decision is second)
    alone = engine.evaluate(
        {"id": "o", "opened_on": "2026-01-01"}, subject="opportunity", as_of=AS_OF, facts={"age": 90.0}
    )
    assert alone.fired == ()
    assert first.what_would_change("likely").how
    (only,) = deals(
        engine_of([{**DEAL, "rules": [{"id": "r", "when": "probes > 1"}]}]), {**account, "opportunities": [{"id": "o"}]}
    )
    assert only.what_would_change("r").how == ""


def test_facts_of_a_child_are_its_own_and_no_other_one_has_them() -> None:
    made = {**DEAL, "facts": {"age": {"value": "as_of - opened_on"}}, "rules": [{"id": "old", "when": "age > 90"}]}
    engine = engine_of([made])
    account = {"id": "a", "opportunities": [{"id": "o"}, {"id": "p", "opened_on": "2026-06-29"}]}
    given = deals(engine, account, facts_of={"o": {"age": 91}, "q": {"age": 91}})
    assert [one.fired for one in given] == [("x.deal/old",), ()]
    assert [one.unknown for one in given] == [(), ()]
    assert [
        problem.code for one in deals(engine, account, facts_of={"p": {"agee": 1}}) for problem in one.problems
    ] == ["CC601"]
    with pytest.raises(cc.FactError, match="CC403 `facts_of` "):
        deals(engine, account, facts_of=[("o", {})])
    with pytest.raises(cc.FactError, match=r"CC403 `facts_of\['o'\]` "):
        deals(engine, account, facts_of={"o": 3})


def test_a_currency_is_no_change() -> None:
    rule = {"id": "r", "when": "currency == 'EUR' && annual_revenue > 100"}
    engine = engine_of([{**HEADER, "ruleset": "x.a", "title": "X", "rules": [rule]}])
    for currency in ("USD", None):
        account = {"id": "a", "currency": currency, "annual_revenue": 200}
        changes = engine.evaluate(account, as_of=AS_OF).what_would_change("r")
        assert (changes.changes, changes.untried) == ((), ("currency",))
    changes = engine.evaluate({"id": "a", "currency": "EUR", "annual_revenue": 50}, as_of=AS_OF).what_would_change("r")
    assert [str(change) for change in changes] == ["annual_revenue: 50 → above 100"]


def test_an_amount_that_was_converted_is_not_told_in_another_unit() -> None:
    rules = [{"id": "big", "when": "amount > 100 && probes > 1"}, {"id": "rated", "when": "fx_rate > 1"}]
    engine = engine_of([{**DEAL, "rules": rules}])

    def changes(**more: Any) -> tuple[list[str], tuple[str, ...]]:
        deal = {"id": "o", "amount": 90, "probes": 2, "account": {"id": "a", "currency": "EUR"}, **more}
        found = engine.evaluate(deal, subject="opportunity", as_of=AS_OF).what_would_change("big")
        return [str(change) for change in found], found.untried

    assert changes() == (["amount: 90 → above 100"], ())
    assert changes(currency="EUR", fx_rate=3) == (["amount: 90 → above 100"], ())
    assert changes(currency="USD", fx_rate=0.5) == ([], ("amount",))
    assert changes(currency="USD") == ([], ("amount",))
    assert changes(currency="USD", fx_rate=2, probes=0) == (["probes: 0 → at least 2"], ("amount",))
    decision = engine.evaluate({"id": "o", "fx_rate": 0.5}, subject="opportunity", as_of=AS_OF)
    assert decision.what_would_change("rated").untried == ("fx_rate",)


def test_of_an_amount_without_a_rate_the_rate_is_asked() -> None:
    engine = engine_of([{**DEAL, "rules": [{"id": "big", "when": "amount > 100"}]}])
    euro = {"id": "a", "currency": "EUR"}

    def asked(**deal: Any) -> list[tuple[str, str]]:
        decision = engine.evaluate({"id": "o", **deal}, subject="opportunity", as_of=AS_OF)
        return [(question.fact, question.ask) for question in decision.questions()]

    amount = ("amount", "What is the opportunity's amount?")
    rate = ("fx_rate", "At what rate are the opportunity's amounts turned into the account's currency?")
    assert asked(account=euro, amount=5, currency="USD") == [rate]
    assert asked(account=euro, currency="USD", fx_rate=2) == [amount]
    assert asked(account=euro) == [amount]
    assert asked(account=euro, amount=5, currency="USD", fx_rate=2) == []


def test_a_question_about_a_field_is_a_sentence() -> None:
    rules = [{"id": "again", "when": "is_repeat && close_on > as_of && stage == 'open'"}]
    engine = engine_of([{**DEAL, "rules": rules}])
    decision = engine.evaluate({"id": "o"}, subject="opportunity", as_of=AS_OF)
    assert {question.fact: question.ask for question in decision.questions()} == {
        "is_repeat": "Is this so of the opportunity: a need that the client has had before?",
        "close_on": "What is the day on which it is expected to close?",
        "stage": "What is the opportunity's stage?",
    }


def test_a_field_that_the_account_reads_too_is_not_followed() -> None:
    # a higher amount of the deal lowers the share of it that the account already has
    above = {
        **HEADER,
        "ruleset": "x.a",
        "title": "X",
        "facts": {"revenue_share": {"value": "100 / opportunities.map(o, o.amount).sum()"}},
    }
    rule = {"id": "r", "when": "account.revenue_share > 0.5 && amount > 100 && probes > 1"}
    engine = engine_of([above, {**DEAL, "rules": [rule]}])
    account = {"id": "a", "opportunities": [{"id": "o", "amount": 90, "probes": 2}, {"id": "p", "amount": 105}]}
    first, second = deals(engine, account)
    first_untried = first.what_would_change("r").untried
    assert first_untried == ("account.revenue_share", "amount")
    assert (first.fired, second.fired) == ((), ())
    more = {**account, "opportunities": [{"id": "o", "amount": 101, "probes": 2}, {"id": "p", "amount": 105}]}
    assert deals(engine, more)[0].fired == ()
    changes = second.what_would_change("r")
    assert ([str(one) for one in changes], changes.untried) == (["probes: unknown → at least 2"], first_untried)


ABOVE: dict[str, Any] = {
    **HEADER,
    "ruleset": "x.a",
    "title": "X",
    "params": {"floor": {"value": 5, "range": [0, 9], "doc": "d"}},
    "inputs": {
        "warm": {"kind": "number", "range": [0, 10], "ask": "How warm is it?", "whom": "client"},
        "near": {"kind": "number", "range": [0, 10], "person": True},
    },
    "facts": {
        "met": {"value": "interactions.size()", "ask": "How often did you meet?"},
        "talks": {"value": "meetings * 2"},
        "meetings": {"value": "interactions.filter(i, i.occurred_on < as_of).size()"},
    },
    "scores": {
        "trust": {
            "aggregate": "weighted_mean",
            "range": [0, 10],
            "terms": [
                {"id": "warm", "value": "warm", "range": [0, 10]},
                {"id": "met", "value": "met", "range": [0, 10]},
                {"id": "near", "value": "near", "range": [0, 10]},
                {"id": "size", "value": "employees / 10", "range": [0, 10]},
            ],
        },
        "aside": {
            "aggregate": "sum",
            "range": [0, 9],
            "terms": [{"id": "f", "value": "founded_year", "range": [0, 9]}],
        },
    },
    "tables": {
        "care": {
            "hit_policy": "first",
            "inputs": ["warm"],
            "rows": [{"id": "a", "when": ["> params.floor"], "then": {"care": "close"}}],
            "default": "loose",
        }
    },
}
UNDER: dict[str, Any] = {
    **DEAL,
    "rules": [
        {"id": "trusted", "when": "account.x.a.trust > 5 && probes > 1"},
        {"id": "cared", "when": "account.x.a.care == 'close'"},
        {"id": "talked", "when": "account.talks > 2"},
        {"id": "retail", "when": "account.industry == 'retail'"},
    ],
}


def test_what_a_child_reads_of_its_account_is_asked_of_the_account() -> None:
    engine = engine_of([ABOVE, UNDER])
    (decision,) = deals(engine, {"id": "a", "opportunities": [{"id": "o", "probes": 2}]})
    rules = ("x.deal/cared", "x.deal/trusted")
    assert [(one.fact, one.ask, one.whom, one.settles) for one in decision.questions()] == [
        ("account.warm", "How warm is it?", "client", rules),
        ("account.employees", "What is the account's employees?", "", rules[1:]),
        ("account.industry", "What is the account's industry?", "", ("x.deal/retail",)),
        ("account.interactions", "Which interactions are there?", "", ("x.deal/talked",)),
        ("account.met", "How often did you meet?", "", rules[1:]),
    ]
    opted = cc.Engine(rulesets=engine.rulesets, discover=False, person_facts=["near"])
    (decision,) = deals(opted, {"id": "a", "opportunities": [{"id": "o", "probes": 2}]})
    assert "account.near" in [one.fact for one in decision.questions()]


def test_nothing_is_asked_of_an_account_that_settles_nothing() -> None:
    engine = engine_of([ABOVE, UNDER])
    account = {"id": "a", "employees": 50, "industry": "retail", "interactions": [], "opportunities": [{"id": "o"}]}
    (decision,) = deals(engine, account, facts={"warm": 9, "met": 2})
    assert [one.fact for one in decision.questions()] == ["probes"]  # `near` is of a person, and nobody opted in
    (decision,) = deals(engine, {**account, "opportunities": [{"id": "o", "probes": 0}]}, facts={"met": 2})
    assert [one.fact for one in decision.questions()] == ["account.warm"]
    (settled,) = deals(engine, {**account, "opportunities": [{"id": "o", "probes": 0}]}, facts={"met": 2, "warm": 3})
    assert (settled.unknown, settled.questions()) == ((), ())


def test_a_child_of_no_account_asks_for_what_it_reads_itself() -> None:
    engine = engine_of([ABOVE, UNDER])
    decision = engine.evaluate({"id": "o", "probes": 2}, subject="opportunity", as_of=AS_OF)
    assert [one.fact for one in decision.questions()] == ["account.industry", "account.talks"]
    brought = engine.evaluate({"id": "o", "probes": 2, "account": {"id": "a"}}, subject="opportunity", as_of=AS_OF)
    assert "account.warm" in [one.fact for one in brought.questions()]


def test_a_workstream_asks_what_settles_the_mode_of_its_account() -> None:
    day, engine = date(2026, 6, 30), cc.Engine()
    account = {"id": "a", "workstreams": [{"id": "w"}]}
    (decision,) = engine.evaluate_subjects(account, subject="workstream", as_of=day)
    mode = "spectrum.mode.engagement_mode"
    own = engine.evaluate(account, as_of=day, only=[mode]).questions()
    behind = {f"account.{one.fact}" for one in own if mode in one.settles}
    assert behind
    assert {one.fact for one in decision.questions() if one.fact.startswith("account.")} == behind


def test_what_the_caller_changes_later_changes_no_explanation() -> None:
    deal = {
        **DEAL,
        "inputs": {"fit": {"kind": "number"}},
        "rules": [{"id": "fits", "when": "fit > 2 && account.calls > 2 && amount > 2"}],
    }
    care = {
        **HEADER,
        "ruleset": "x.care",
        "title": "X",
        "inputs": {"calls": {"kind": "number"}},
        "rules": [{"id": "called", "when": "calls > 2 && employees > 2"}],
    }
    engine = engine_of([deal, care])
    record, facts, given = {"id": "o1", "amount": 3}, {"calls": 3}, {"fit": 3}
    account: dict[str, Any] = {"id": "a", "employees": 3, "opportunities": [record]}
    (child,) = deals(engine, account, facts=facts, facts_of={"o1": given})
    own = engine.evaluate(account, as_of=AS_OF, facts=facts)
    record["amount"] = account["employees"] = facts["calls"] = given["fit"] = 0
    assert (child.fired, own.fired) == (("x.deal/fits",), ("x.care/called",))
    for decision, rule, parts in ((child, "fits", 3), (own, "called", 2)):
        (reason,) = decision.why(rule).reasons
        assert [part.truth for part in reason.parts] == [True] * parts
