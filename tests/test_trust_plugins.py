"""The plugins of service, relationship and trust: what holds whatever the facts are."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Base
from invariants import AS_OF, evaluator, sourced
from spectrum_world import EXTENDED, EXTENDS

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


RANK = st.integers(0, 4)


@settings(max_examples=60, deadline=None)
@given(SHARE, SHARE, SHARE, RANK, st.sampled_from(["ties", "trust", "supplier", ""]))
def test_no_step_leads_above_what_the_lesser_side_wants(
    client: float, supplier: float, trust: float, ties: int, missing: str
) -> None:
    """Holds: P4, S1-13.

    Whatever ties there are and however far we are trusted, and also where one of these is not known.
    """
    known = {"intent_shown_client": client, "intent_shown_supplier": supplier}
    known |= {"delivered_trust": trust, "structure_rank": ties}
    names = {"ties": "structure_rank", "trust": "delivered_trust", "supplier": "intent_shown_supplier"}
    decision = DECIDE({name: value for name, value in known.items() if name != names.get(missing)})
    lesser = client if missing == "supplier" else min(client, supplier)
    ceiling = 1 + sum(lesser >= edge for edge in (0.3, 0.5, 0.7))
    for name in ("target", "next", "achieved"):
        high = decision.scores[f"relationship.model.{name}"].high
        assert high is not None
        assert high <= ceiling


@settings(max_examples=40, deadline=None)
@given(SHARE, st.floats(0, 0.79), st.floats(0, 1), RANK)
def test_where_we_want_more_than_the_client_nothing_is_pushed(
    trust: float, client: float, more: float, ties: int
) -> None:
    """Holds: S1-13, S1-15."""
    supplier = min(1.0, client + 0.201 + more * (0.799 - client))
    facts = EXTENDED | {"intent_shown_client": client, "intent_shown_supplier": supplier, "structure_rank": ties}
    decision = DECIDE(sourced({**facts, "promise_visibility": trust}, "client_stated"))
    assert EXTENDS in decision.fired
    assert "relationship.intent/we_are_ahead" in decision.suppressed[EXTENDS]
    assert EXTENDS not in {finding.rule for finding in decision.findings}
    assert "be_patient" in {action.id for action in decision.actions}


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.4999), st.floats(0.5, 1), st.floats(0, 20), SHARE, SHARE)
def test_solving_more_never_lowers_how_matters_are_handled(
    few: float, many: float, handed_on: float, before: float, after: float
) -> None:
    """Holds: P2, S2-04.

    From under the floor to above it, where courtesy begins to count: the best that is reached under it is no more than
    the worst above.
    """

    def handling(solved: float, courtesy: float) -> Any:
        facts = {"cases_settled_share": solved, "handoffs_per_case": handed_on, "case_courtesy": courtesy}
        return DECIDE(facts).scores["service.handling.handling"].value

    assert handling(few, before) <= handling(many, after)


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


def exact(well: int, badly: int, chance: float) -> float:
    """Return a quantile of Beta(well + 1, badly + 1), by halving, of the binomial sum that its distribution is."""
    size, low, high = well + badly + 1, 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        below = math.fsum(
            math.comb(size, one) * middle**one * (1 - middle) ** (size - one) for one in range(well + 1, size + 1)
        )
        low, high = (middle, high) if below < chance else (low, middle)
    return low


def ends(decision: cc.Decision, name: str) -> tuple[float, float]:
    known = {step.id: step.output for step in decision.trace if step.kind == "fact"}
    return known[f"{name}_low"], known[f"{name}_high"]


#: Instrument → facts of so many times well and so many badly, and the share itself.
COUNTED: dict[str, Callable[[int, int], dict[str, float]]] = {
    "reliability": lambda well, badly: {"promises_kept": well, "promises_broken": badly},
    "visibility": lambda well, badly: {
        "promise_visibility": well / (well + badly or 1),
        "promises_watched": well + badly,
    },
    "transparency": lambda well, badly: {"changes_surprising": badly, "changes_effective": well + badly},
}


@pytest.mark.parametrize("name", COUNTED)
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_the_intervals_are_those_of_a_beta_distribution(name: str, well: int, badly: int) -> None:
    """Holds: S2-16, S2-19, S2-20."""
    badly += not well + badly  # a rate over nothing is unknown
    low, high = ends(DECIDE(COUNTED[name](well, badly)), name)
    share = well / (well + badly)
    assert 0 <= low <= min(share, (well + 1) / (well + badly + 2))
    assert max(share, (well + 1) / (well + badly + 2)) <= high <= 1
    wanted = min(exact(well, badly, 0.025), share), max(exact(well, badly, 0.975), share)
    assert (low, high) == pytest.approx(wanted, abs=0.034)


@pytest.mark.parametrize("name", COUNTED)
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_more_that_goes_well_raises_both_ends_and_badly_lowers_them(name: str, well: int, badly: int) -> None:
    """Holds: S2-16, S2-19, S2-20."""
    badly += not well + badly
    base, more, less = (
        ends(DECIDE(COUNTED[name](*one)), name) for one in ((well, badly), (well + 1, badly), (well, badly + 1))
    )
    slack = 1e-9  # margins are rounded to so much
    assert all(one <= two + slack for one, two in zip(base, more, strict=True))
    assert all(two <= one + slack for one, two in zip(base, less, strict=True))


@pytest.mark.parametrize("times", [1, 4])
def test_the_interval_of_all_three_holds_their_score(times: int) -> None:
    """Holds: S2-15."""
    facts: dict[str, float] = {}
    for name, counted in COUNTED.items():
        facts |= counted(3 * times, len(name) % 3 * times)
    scores = DECIDE(facts).scores
    low, value, high = (scores[f"trust.partner.instruments{end}"].value for end in ("_least", "", "_most"))
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high
    unknown = DECIDE({**facts, "promises_watched": 0, "promise_visibility": None}).scores
    assert unknown["trust.partner.instruments_least"].low == 0
    assert unknown["trust.partner.instruments_most"].high == 1 or high < 1


@settings(max_examples=40, deadline=None)
@given(SHARE, SHARE, st.integers(0, 300), st.integers(0, 300))
def test_the_sooner_a_mistake_is_made_good_the_less_it_harms(severity: float, trust: float, one: int, two: int) -> None:
    """Holds: S2-13."""

    def damage(days: int | None) -> float:
        made_good = {} if days is None else {"resolved_on": AS_OF - timedelta(days=300 - days)}
        mistake = {"id": "m", "kind": "mistake", "known_on": AS_OF - timedelta(days=300), "severity": severity}
        account = {"id": "a", "issues": [mistake | made_good]}
        decision = ENGINE.evaluate(account, facts={"delivered_trust": trust}, as_of=AS_OF)
        value = decision.scores["trust.partner.damage"].value
        assert value is not None
        return value

    assert 0 <= damage(min(one, two)) <= damage(max(one, two)) <= damage(None)
    assert damage(min(one, 7)) == 0
