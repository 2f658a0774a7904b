"""Children of an account as callers hand them in: whatever stands there, nothing raises and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from built import engine_of, loaded
from strategies import AS_OF
from strategies_rulesets import HEADER

CHILD = {
    **HEADER,
    "ruleset": "e.child",
    "title": "C",
    "subject": "opportunity",
    "facts": {"roles": {"value": "opportunity_contact_roles.size()"}},
    "rules": [{"id": "large", "when": "amount > 100"}, {"id": "supported", "when": "roles > 0"}],
}
LARGE = {"id": "o1", "amount": 500}
ROLE = {"id": "i1", "opportunity_id": "o1"}


class Relation:
    """Related records as an object-relational mapper gives them."""

    def __init__(self, rows: list[Any]) -> None:
        self.all = lambda: rows


@pytest.fixture(scope="module")
def engine() -> cc.Engine:
    return engine_of([CHILD])


def fired(engine: cc.Engine, **account: Any) -> dict[str, tuple[str, ...]]:
    made = engine.evaluate_subjects({"id": "a", **account}, subject="opportunity", as_of=AS_OF)
    return {one.subject_id: one.fired for one in made}


@pytest.mark.parametrize("wrong", [5, "o1", {"id": "o1"}, [5], [None], ["o1"], Relation([3])])
def test_what_is_no_list_of_records_has_no_children(engine: cc.Engine, wrong: Any) -> None:
    assert fired(engine, opportunities=wrong) == {}


@pytest.mark.parametrize("given", [iter, tuple, Relation, lambda rows: (row for row in rows)])
def test_children_and_their_records_come_in_any_form(engine: cc.Engine, given: Callable[[list[Any]], Any]) -> None:
    rows = {"opportunities": given([LARGE]), "opportunity_contact_roles": given([ROLE])}
    assert fired(engine, **rows) == {"o1": ("e.child/large", "e.child/supported")}


def test_what_stands_beside_a_child_is_left_out(engine: cc.Engine) -> None:
    assert fired(
        engine, opportunities=[LARGE, 5, None], opportunity_contact_roles=[None, 5, {"opportunity_id": 1.5}]
    ) == {"o1": ("e.child/large",)}


def test_a_child_without_an_id_is_decided_and_told_of(engine: cc.Engine) -> None:
    account = {"id": "a", "opportunities": [{"amount": 500}], "opportunity_contact_roles": [ROLE]}
    (decision,) = engine.evaluate_subjects(account, subject="opportunity", as_of=AS_OF)
    assert [problem.code for problem in decision.problems] == ["CC605"]
    assert (decision.fired, decision.unknown) == (("e.child/large",), ("e.child/supported",))


def test_one_id_as_number_and_as_text_is_one_child(engine: cc.Engine) -> None:
    roles = [{"id": "i1", "opportunity_id": 7}]
    found = fired(engine, opportunities=[{"id": 7, "amount": 500}, {"id": "7"}], opportunity_contact_roles=roles)
    assert found == {"7": ("e.child/large", "e.child/supported")}


def test_related_records_that_are_no_list_are_told_of_each_child(engine: cc.Engine) -> None:
    account = {"id": "a", "opportunities": [LARGE], "opportunity_contact_roles": 5}
    (decision,) = engine.evaluate_subjects(account, subject="opportunity", as_of=AS_OF)
    assert [problem.code for problem in decision.problems] == ["CC602"]
    assert decision.unknown == ("e.child/supported",)


def test_records_that_can_be_read_once_are_there_for_the_profile_and_for_the_rules(tmp_path: Path) -> None:
    rules = [{"id": "supported", "when": "interactions.size() > 0"}]
    profile = {"format": "clientcore-profile/1", "profile": "talkers", "match": "interactions.size() > 0", "params": {}}
    (tmp_path / "talkers.yaml").write_text(json.dumps(profile))
    rulesets = loaded([{**HEADER, "ruleset": "e.own", "title": "O", "rules": rules}])
    engine = cc.Engine(rulesets=rulesets, plugins=[], discover=False, profiles=[tmp_path / "talkers.yaml"])
    decision = engine.evaluate({"id": "a", "interactions": iter([{"id": "i1"}])}, as_of=AS_OF)
    assert (decision.profile, decision.fired) == ("talkers", ("e.own/supported",))


def test_what_is_handed_in_for_a_child_goes_by_its_id_in_any_form() -> None:
    """A number names the child that a decision names by its text; else it would be nobody's, without a word."""
    moves = [{"from": "open", "to": "old", "when": "days_open > 5"}]
    given = {
        **CHILD,
        "facts": {},
        "rules": [],
        "inputs": {"days_open": {"kind": "number", "range": [0, 1000]}},
        "states": {"s": {"initial": "open", "transitions": moves}},
    }
    engine = engine_of([given])
    account = {"id": "a", "opportunities": [{"id": 7}]}
    call: dict[str, Any] = {"subject": "opportunity", "as_of": AS_OF}
    (first,) = engine.evaluate_subjects(account, facts_of={7: {"days_open": 9}}, **call)  # type: ignore[dict-item]
    assert first.states["e.child.s"].value == "old"
    call["as_of"] = AS_OF + timedelta(days=1)
    (second,) = engine.evaluate_subjects(account, previous={7: first}, **call)  # type: ignore[dict-item]
    assert second.states["e.child.s"].value == "old"
    with pytest.raises(cc.FactError, match=r"CC403 an id in `facts_of` is the number `7.5`; write an id"):
        engine.evaluate_subjects(account, facts_of={7.5: {"days_open": 9}}, **call)  # type: ignore[dict-item]
