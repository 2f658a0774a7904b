"""The plugins of service, relationship and trust: what holds whatever the facts are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Base
from invariants import AS_OF, evaluator

OURS = ("clientcore_service", "clientcore_relationship", "clientcore_trust")
ENGINE = cc.Engine(plugins=["clientcore_spectrum", *OURS], discover=False)
DECIDE = evaluator(ENGINE)
SHARE = st.floats(0, 1)


@settings(max_examples=40, deadline=None)
@given(SHARE, SHARE, SHARE, SHARE)
def test_intents_are_symmetric_and_the_ceiling_holds(client: float, supplier: float, trust: float, rank: float) -> None:
    """Holds: P4, P15, S1-05, S1-12, S1-13, S1-14, S1-15."""

    def decided(one: float, other: float) -> cc.Decision:
        facts = {"intent_shown_client": one, "intent_shown_supplier": other, "delivered_trust": trust}
        return DECIDE({**facts, "structure_rank": round(rank * 4)})

    there, back = decided(client, supplier), decided(supplier, client)
    assert there.scores["relationship.intent.effective"].value == back.scores["relationship.intent.effective"].value
    ahead, wanted = "relationship.intent/we_are_ahead", "relationship.intent/client_wants_more"
    assert (ahead in there.fired) == (wanted in back.fired)
    achieved, target = (there.scores[f"relationship.model.{name}"].value for name in ("achieved", "target"))
    assert achieved is not None
    assert target is not None
    assert achieved <= min(target, round(rank * 4))
    assert there.scores["relationship.model.next"].value == min(target, achieved + 1)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.49), SHARE, SHARE)
def test_courtesy_buys_nothing_while_matters_stay_unsolved(solved: float, rude: float, polite: float) -> None:
    """Holds: S2-04."""

    def handling(courtesy: float) -> Any:
        facts = {"cases_settled_share": solved, "handoffs_per_case": 1, "case_courtesy": courtesy}
        return DECIDE(facts).scores["service.handling.handling"].value

    assert handling(rude) == handling(polite) <= 0.2


@pytest.mark.parametrize(
    "source", ["supplier_record", "supplier_self_assessed", "contract_record", "third_party", "inferred"]
)
def test_nothing_of_ours_makes_us_a_partner(source: str) -> None:
    """Holds: P16, S2-23."""
    known = {"business_understanding": 1, "reliability": 1, "promise_visibility": 1, "changes_effective": 1}
    machine = "trust.partner.status"
    before = Base(as_of=date(2026, 3, 31), states={machine: ("ready", date(2025, 1, 1))})

    def status(said_by: str) -> Any:
        facts = {**known, "surprise_rate": 0, "client_days": 900, "named_partner": cc.Fact(value=True, source=said_by)}
        return ENGINE.evaluate({"id": "a"}, facts=facts, previous=before, as_of=AS_OF).states[machine]

    assert status(source).value == "ready"
    assert status("client_behaviour").value == "partner"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_the_bounds_of_reliability_hold_its_mean(kept: int, broken: int) -> None:
    """Holds: S2-16."""
    facts = {"promises_kept": kept, "promises_broken": broken}
    known = {step.id: step.output for step in DECIDE(facts).trace if step.kind == "fact"}
    low, mean, high = (known[f"reliability{part}"] for part in ("_low", "", "_high"))
    assert 0 <= low <= mean <= high <= 1
    assert high - low == pytest.approx(2 / (kept + broken + 2))
