"""Invariants beyond the switch, of ties, timing and teaching, and of what clients and colleagues may read."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clientcore import Engine
from spectrum_world import AS_OF, POSITIONS, STRONG, SWITCH, decide, engine, evidence, fact, mode, ratio

#: Handed-in fact of each inverted need, and whether more of it is what a consultative account needs.
INVERTED = {
    "focus_share": True,
    "definiteness": True,
    "plan_tightness": True,
    "sales_goal_share": True,
    "tracking_share": True,
    "catalogue_link_share": True,
    "topic_concentration": True,
    "divergent_share": False,
}
KEPT = ("delivered_trust", "business_understanding", "open_question_ratio")
NEEDS = st.fixed_dictionaries(dict.fromkeys((*INVERTED, *KEPT), ratio))
#: Mirrored pairs: what is found on the consultative side, and beyond the switch.
PAIRS = {
    "focus_share": ("wanders", "too_focussed"),
    "definiteness": ("not_definite", "too_definite"),
    "plan_tightness": ("loosely_planned", "too_tightly_planned"),
    "sales_goal_share": ("revenue_out_of_sight", "revenue_weighs"),
    "tracking_share": ("under_tracked", "over_tracked"),
    "catalogue_link_share": ("catalogue_forgotten", "catalogue_leads"),
    "topic_concentration": ("scattered_topics", "too_few_topics"),
    "divergent_share": ("line_hard_to_hold", "views_too_alike"),
}
FORBIDDEN = re.compile(
    r"mentor|mentee|servicing|account mining|strategic fit|consultative|big switch|\barmed\b", re.IGNORECASE
)


def needs(facts: dict[str, float]) -> tuple[float, float]:
    scores = decide(facts).scores
    one = scores["spectrum.inversion.need_consultative"].value
    other = scores["spectrum.inversion.need_mentoring"].value
    assert one is not None
    assert other is not None
    return one, other


def held(facts: dict[str, Any], **account: Any) -> Any:
    """Decide with the switch held on by its dwell, whatever the evidence."""
    return decide(facts, state="on", since=date(2026, 3, 1), **account)


@given(NEEDS, st.sampled_from(sorted({*INVERTED, *KEPT})), ratio)
def test_exactly_the_inverted_needs_change_sign(facts: dict[str, float], name: str, value: float) -> None:
    """Holds: P3, S0-26, S0-27, S0-40."""
    assume(abs(value - facts[name]) > 1e-6)
    before, after = needs(facts), needs({**facts, name: value})
    one, other = after[0] - before[0], after[1] - before[1]
    assert math.isclose(one, -other if name in INVERTED else other, abs_tol=1e-6)
    assert (one > 0) == ((value > facts[name]) == INVERTED.get(name, True))


@given(NEEDS)
def test_inverting_twice_is_identity(facts: dict[str, float]) -> None:
    """Holds: P3, S0-26."""
    mirrored = {name: 1.0 - value if name in INVERTED else value for name, value in facts.items()}
    assert needs(facts)[0] == pytest.approx(needs(mirrored)[1], abs=1e-6)
    assert needs(facts)[1] == pytest.approx(needs(mirrored)[0], abs=1e-6)


@given(st.sampled_from(sorted(PAIRS)), ratio)
def test_a_mirrored_finding_appears_on_one_side_at_most(name: str, value: float) -> None:
    """Holds: S0-24, S0-26."""
    consultative, beyond = PAIRS[name]
    one = decide({**STRONG, name: value})
    other = held({name: value})
    assert mode(one) == "consultative"
    assert mode(other) == "mentoring"
    assert f"spectrum.mentoring/{beyond}" not in one.fired
    assert f"spectrum.inversion/{consultative}" not in other.fired


@given(ratio, ratio, st.floats(-1, 1), st.floats(-1, 1))
def test_revenue_and_delivery_shrink_beyond_the_switch_and_never_vanish(
    trust: float, other: float, trend: float, moved: float
) -> None:
    """Holds: S0-23."""
    rest = {
        "business_understanding": 0.5, "rfps_24m": 0.0, "suggestions_linked_12m": 0.0, "advice_sought_share": 0.1,
        "advice_taken_share": 0.1, "horizon_introductions_12m": 0.0,
    }  # fmt: skip

    def standing(made: Any) -> float:
        value = made.scores["spectrum.inversion.standing"].value
        assert value is not None
        return float(value)

    before = {**rest, "delivered_trust": trust, "revenue_trend": trend}
    after = {**rest, "delivered_trust": other, "revenue_trend": moved}
    plain = standing(decide(after, decision_records=[])) - standing(decide(before, decision_records=[]))
    beyond = standing(held(after)) - standing(held(before))
    # (t + r) / 4 against (0.1 t + 0.1 r) / 2.2
    assert beyond == pytest.approx(plain * 4 * 0.1 / 2.2, abs=1e-6)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5))
def test_scaling_the_team_with_the_same_share_changes_nothing(leads: int, others: int, copies: int) -> None:
    """Holds: S0-34."""

    def team(size: int) -> list[dict[str, Any]]:
        rows = [(True, 1.0)] * leads * size + [(False, 0.5)] * others * size
        return [{"id": f"t{at}", "is_mentor": lead, "authority": power} for at, (lead, power) in enumerate(rows)]

    one, many = held({}, team_members=team(1)), held({}, team_members=team(copies))
    assert fact(one, "direct_mentor_share") == fact(many, "direct_mentor_share")
    wrong = "spectrum.mentoring/wrong_number_in_lead"
    too_many = leads / (leads + others) > 0.3
    assert (wrong in one.fired) == (too_many and leads > 1)  # one who leads is right in a team of any size
    assert (wrong in many.fired) == (too_many and leads * copies > 1)


@given(st.integers(0, 5), st.integers(0, 5))
def test_acknowledging_never_lowers_and_silence_is_always_found(acknowledged: int, silent: int) -> None:
    """Holds: S0-29."""

    def issues(done: int) -> list[dict[str, Any]]:
        days = [date(2026, 5, 1)] * done + [None] * silent
        return [{"id": f"m{at}", "kind": "peripheral", "acknowledged_on": day} for at, day in enumerate(days)]

    before, after = held({}, issues=issues(acknowledged)), held({}, issues=issues(acknowledged + 1))
    assert ("spectrum.mentoring/unacknowledged" in after.fired) == (silent > 0)
    one, two = fact(before, "peripheral_ack_rate"), fact(after, "peripheral_ack_rate")
    assert two is not None
    assert one is None or two >= one


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), st.permutations("abcd"))
def test_concentration_is_that_of_the_shares_and_blind_to_names(topics: list[str], names: list[str]) -> None:
    """Holds: P7, S0-27."""

    def concentration(words: list[str]) -> Any:
        rows = [{"id": f"i{at}", "occurred_on": date(2026, 5, 1), "topic": word} for at, word in enumerate(words)]
        return fact(decide(interactions=rows), "topic_concentration")

    expected = sum(number**2 for number in Counter(topics).values()) / len(topics) ** 2
    assert concentration(topics) == pytest.approx(expected, abs=1e-6)
    assert concentration([names["abcd".index(word)] for word in topics]) == concentration(topics)


@given(st.lists(st.sampled_from(("client", "industry", "economy", "ecology", "moon")), max_size=8))
def test_horizons_count_once(scopes: list[str]) -> None:
    """Holds: S0-31."""
    rows = [{"id": f"h{at}", "scope": scope, "introduced_on": date(2026, 5, 1)} for at, scope in enumerate(scopes)]
    assert fact(decide(horizons=rows), "horizon_coverage") == len(set(scopes) - {"moon"}) / 4


def test_beyond_the_switch_its_action_wins_and_before_it_has_no_effect() -> None:
    """Holds: P28, S0-37."""
    facts = {"origins_noted_12m": 5.0, "push_ratio": 0.9, "catalogue_link_share": 0.9}
    before, beyond = decide(facts), held(facts)
    assert "spectrum.mode/push_cap" in before.fired
    assert "spectrum.mode/push_cap" in beyond.fired
    offering = {"start_from_the_need", "let_the_matter_stand"}
    assert [action.id for action in before.actions if action.id in offering] == ["start_from_the_need"]
    assert [action.id for action in beyond.actions if action.id in offering] == ["let_the_matter_stand"]
    assert {ruleset.precedence for ruleset in engine().rulesets} == {"mentoring", "other"}  # none claims a hard gate


@given(ratio, ratio)
def test_listening_to_ideas_weighs_little_and_never_nothing(low: float, high: float) -> None:
    """Holds: S0-42."""
    assume(high - low > 0.01)
    facts = {
        "peripheral_share": 0.5, "peripheral_issues": 0.0, "peripheral_acknowledged": 0.0, "horizon_coverage": 0.5,
        "horizon_introductions_12m": 2.0, "mentor_authority_gap": 0.0, "contribution_coverage": 0.5,
        "direct_mentor_share": 0.2, **dict.fromkeys((*INVERTED, *KEPT), 0.5),
    }  # fmt: skip
    one, two = (
        held({**facts, "ideas_heard_rate": value}).scores["spectrum.mentoring.mentoring"].value for value in (low, high)
    )
    assert 0 < two - one < 1


def test_views_of_people_come_in_by_hand_and_consent_only() -> None:
    """Holds: S0-40, S0-43."""
    team = [{"id": "t", "divergent_contributor": True, "recognised_on": date(2024, 1, 1)}]
    facts = {"divergent_consented": 5.0, "unrecognised_months": 12.0, "recognitions_90d": 0.0}
    silent = decide(facts, team_members=team, state="off")
    assert silent.scores["spectrum.people.leaving_risk"].value is None
    assert {problem.code for problem in silent.problems} == {"CC604"}
    gone = dict.fromkeys(POSITIONS, False)
    agreed = decide({**facts, **gone}, team_members=team, state="off", person=True)
    assert agreed.scores["spectrum.people.leaving_risk"].value == 1.0
    kept = decide({**facts, "recognitions_90d": 2.0}, person=True, state="on", since=date(2026, 3, 1))
    assert kept.scores["spectrum.people.leaving_risk"].value == 0.0


@given(st.integers(0, 24), st.integers(0, 24), st.integers(0, 5))
def test_the_risk_of_loss_grows_with_silence_and_falls_with_positions(one: int, two: int, taken: int) -> None:
    """Holds: S0-43."""

    def risk(months: int, positions: int) -> float:
        facts = {
            "divergent_consented": 5.0, "unrecognised_months": float(months), "recognitions_90d": 0.0,
            **{name: at < positions for at, name in enumerate(POSITIONS)},
        }  # fmt: skip
        value = decide(facts, person=True, state="off").scores["spectrum.people.leaving_risk"].value
        assert value is not None
        return float(value)

    assert risk(min(one, two), taken) <= risk(max(one, two), taken)
    assert risk(one, taken) >= risk(one, min(5, taken + 1))


@given(ratio, ratio, ratio)
def test_competitive_risk_is_blind_to_education(threat: float, share: float, taught: float) -> None:
    """Holds: S0-19."""
    facts = {"competitor_threat": threat, "competitor_presence": 0.5, "competitor_asset_share": share}
    talks = [{"id": "i", "occurred_on": date(2026, 5, 1), "is_education": True, "audience": "decider"}]
    plain = decide(facts).scores["spectrum.education.competitor_risk"]
    assert decide({**facts, "education_intensity": taught}).scores["spectrum.education.competitor_risk"] == plain
    assert decide(facts, interactions=talks, industry="pharma").scores["spectrum.education.competitor_risk"] == plain


@given(st.lists(st.integers(0, 200), min_size=3, max_size=3))
def test_the_window_is_unimodal(days: list[int]) -> None:
    """Holds: S0-16."""

    def value(day: int) -> float:
        found = decide({"probing_days": float(day)}).scores["spectrum.evidence.consultative_window"].value
        assert found is not None
        return float(found)

    first, middle, last = sorted(days)
    assert value(middle) >= min(value(first), value(last))


@given(ratio, ratio, ratio, st.floats(-1, 1))
def test_more_margin_never_turns_a_met_wish_into_a_review(one: float, two: float, spare: float, trend: float) -> None:
    """Holds: S0-05."""

    def met(margin: float) -> bool:
        outcome = decide({"contribution_margin": margin - spare, "revenue_trend": trend}).outcomes
        return bool(outcome["spectrum.servicing.accommodation"].value == "accommodate")

    assert met(max(one, two)) >= met(min(one, two))


@given(ratio, ratio, st.integers(0, 9), st.integers(0, 9))
def test_relationship_times_push(primary: float, influencers: float, few: int, many: int) -> None:
    """Holds: S0-07."""

    def envelope(challenges: int) -> float:
        facts = {"primary_strength": primary, "influencer_strength": influencers, "challenges_12m": float(challenges)}
        value = decide(facts).scores["spectrum.servicing.envelope"].value
        assert value is not None
        return float(value)

    assert envelope(0) == 0.0
    assert envelope(min(few, many)) <= envelope(max(few, many))
    if primary == influencers == 0.0:
        assert envelope(many) == 0.0


@given(st.lists(ratio, min_size=1, max_size=5))
def test_an_influencer_who_is_not_met_never_raises_the_ties(strengths: list[float]) -> None:
    """Holds: S0-03."""
    roles = [
        {"id": f"r{at}", "contact_id": f"p{at}", "role": "influencer", "strength": strength}
        for at, strength in enumerate(strengths)
    ]
    alone = [{"id": "x", "contact_id": "nobody", "role": "evaluator"}]
    before = fact(decide(account_contact_roles=roles, interactions=[]), "influencer_strength")
    after = fact(decide(account_contact_roles=roles + alone, interactions=[]), "influencer_strength")
    assert after <= before


@given(st.lists(st.sampled_from(("directive", "joint", "advisory", "pitch")), min_size=1, max_size=10))
def test_balance_is_one_half_and_directives_tip_it(natures: list[str]) -> None:
    """Holds: S0-04."""

    def asymmetry(words: list[str]) -> Any:
        rows = [{"id": f"i{at}", "occurred_on": date(2026, 5, 1), "nature": word} for at, word in enumerate(words)]
        return fact(decide(interactions=rows), "asymmetry")

    tally = Counter(natures)
    if tally["directive"] == tally["joint"] + tally["advisory"]:
        assert asymmetry(natures) == 0.5
    assert asymmetry([*natures, "directive"]) >= asymmetry(natures) - 1e-12
    assert asymmetry([*natures, "joint"]) <= asymmetry(natures) + 1e-12


def test_a_workstream_is_what_it_is_alone() -> None:
    """Holds: S0-36."""
    talk = {"id": "i", "occurred_on": date(2026, 5, 1), "nature": "joint", "is_probe": True, "is_education": False}
    stream = {"id": "w", "interactions": [talk]}
    rich = {"id": "a", "industry": "pharma", "opportunities": [], "interactions": [], "workstreams": [stream]}
    made: Engine = engine()
    alone, inside = (
        made.evaluate_subjects(account, subject="workstream", as_of=AS_OF)[0].outcomes
        for account in ({"id": "a", "workstreams": [stream]}, rich)
    )
    assert alone["spectrum.workstream.workstream_mode"].value == "consultative"
    assert alone == inside


@given(evidence, st.sampled_from((None, "off", "on")))
def test_no_text_for_a_client_holds_an_inside_word(facts: dict[str, float], state: str | None) -> None:
    """Holds: P17, S0-38."""
    assert not FORBIDDEN.search(decide(facts, state=state, industry="pharma").render(audience="client"))


def test_no_action_that_a_client_may_read_is_named_after_the_inside() -> None:
    """Holds: P17, S0-38."""
    for ruleset in engine().rulesets:
        for action in ruleset.actions.values():
            assert not FORBIDDEN.search(action.client_text)
            if action.audience == "client":
                assert action.client_text
                assert not FORBIDDEN.search(action.title)


def test_every_threshold_and_question_is_documented() -> None:
    """Holds: S0-46."""
    for ruleset in engine().rulesets:
        for param in ruleset.params.values():
            assert param.doc
            assert isinstance(param.value, tuple | str) or (param.range is not None and param.unit)
        for given_in in ruleset.inputs.values():
            assert given_in.doc
            assert given_in.ask.endswith("?")
            assert given_in.whom
        assert all(derived.doc for derived in ruleset.facts.values())
    assert SWITCH.rpartition(".")[0] in {ruleset.id for ruleset in engine().rulesets}
