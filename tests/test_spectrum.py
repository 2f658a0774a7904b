"""Invariants of the place on the spectrum and of the switch, named in the claims S0-01 to S0-48."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clientcore import Engine
from clientcore_spectrum.portfolio import RANKS
from spectrum_world import (
    AS_OF,
    BAND,
    DECIDED,
    DOWN,
    MODE,
    OTHER,
    POSITIONS,
    READY,
    STRONG,
    SWITCH,
    UP,
    decide,
    engine,
    evidence,
    fact,
    mode,
    ratio,
)

FOLD = {
    "servicing": "servicing",
    "mining": "servicing",
    "strategic_fit": "consultative",
    "consultative": "consultative",
    "education": "education",
    "mentoring": "mentoring",
}
GATES = {
    "servicing": (),
    "mining": ("gate_mining",),
    "strategic_fit": ("gate_mining", "gate_strategic_fit"),
    "consultative": ("gate_mining", "gate_strategic_fit", "gate_consultative"),
    "education": ("gate_mining", "gate_strategic_fit", "gate_education"),
}
industries = st.sampled_from(("retail", "pharma", "Technology"))


@given(evidence, industries, st.sampled_from(sorted({**UP, **DOWN})), st.data())
def test_more_evidence_never_lowers_the_mode(
    facts: dict[str, float], industry: str, name: str, data: st.DataObject
) -> None:
    """Holds: P2, S0-01, S0-06."""
    value = data.draw({**UP, **DOWN}[name])
    better = min(facts[name], value) if name in DOWN else max(facts[name], value)
    before = mode(decide(facts, industry=industry))
    after = mode(decide({**facts, name: better}, industry=industry))
    if before is not None and after is not None:
        assert RANKS[after] >= RANKS[before]


@given(evidence, industries)
def test_a_mode_stands_on_all_gates_below_it(facts: dict[str, float], industry: str) -> None:
    """Holds: P4, S0-01, S0-09."""
    decision = decide(facts, industry=industry)
    if mode(decision) is not None:
        assert {f"spectrum.mode/{gate}" for gate in GATES[mode(decision)]} <= set(decision.fired)
        if "spectrum.mode/push_cap" in decision.fired:
            assert mode(decision) in {"servicing", "mining"}


@given(evidence, industries, ratio)
def test_education_never_outranks_consultative(facts: dict[str, float], industry: str, taught: float) -> None:
    """Holds: S0-01."""
    taught_mode = mode(decide({**facts, "education_intensity": taught}, industry=industry))
    plain = mode(decide({**facts, "education_intensity": 0.0}, industry=industry))
    assert plain != "education"
    if taught_mode is not None:
        assert RANKS[taught_mode] <= RANKS["consultative"]
        if plain in {"servicing", "mining"}:
            assert taught_mode == plain
    level = engine().checked.scope.levels["engagement_mode"]
    assert not {("education", "consultative"), ("consultative", "education")} & level.below


@given(evidence, industries, st.sets(st.sampled_from(sorted({**UP, **DOWN, **OTHER}))))
def test_what_is_possible_holds_every_completion(facts: dict[str, float], industry: str, hidden: set[str]) -> None:
    """Holds: P12."""
    partial = decide({name: value for name, value in facts.items() if name not in hidden}, industry=industry)
    full = decide(facts, industry=industry)
    for table in (MODE, BAND):
        known, settled = partial.outcomes[table], full.outcomes[table].value
        if settled is not None:
            assert settled == known.value if known.value is not None else settled in known.possible


@given(evidence, industries, st.sets(st.sampled_from(sorted({**UP, **DOWN, **OTHER})), max_size=4))
def test_the_band_is_the_folded_mode(facts: dict[str, float], industry: str, hidden: set[str]) -> None:
    decision = decide({name: value for name, value in facts.items() if name not in hidden}, industry=industry)
    if mode(decision) is not None:
        assert decision.outcomes[BAND].value == FOLD[mode(decision)]


def test_mining_alone_is_no_risk() -> None:
    """Holds: S0-10."""
    decision = decide({"rfps_24m": 4.0, "rfps_influenced_24m": 2.0, "business_understanding": 0.2})
    assert mode(decision) == "mining"
    assert {finding.severity for finding in decision.findings} <= {"info", "low"}


@given(evidence, st.floats(-1, 1), st.floats(-1, 1))
def test_mode_is_blind_to_revenue(facts: dict[str, float], trend: float, margin: float) -> None:
    """Holds: S0-23."""
    assert mode(decide(facts)) == mode(decide({**facts, "revenue_trend": trend, "contribution_margin": margin}))
    on = decide({**facts, "revenue_trend": trend}, state="on", since=date(2026, 3, 1))
    assert mode(on) == "mentoring"


@given(ratio, ratio, st.integers(0, 5))
def test_evidence_between_the_thresholds_moves_nothing(sought: float, covered: float, brought: int) -> None:
    """Holds: P13, S0-22, S0-25."""
    facts = {**READY, "advice_sought_share": sought, "horizon_coverage": covered, "horizon_introductions_12m": brought}
    armed = decide(facts, decision_records=[])
    score = armed.scores["spectrum.switch.evidence"]
    assume(score.value is not None)
    assert score.value is not None
    assert armed.states[SWITCH].value == ("armed" if score.value >= 0.85 else "off")
    if 0.7 <= score.value < 0.85:
        for state in ("off", "armed", "on"):
            assert decide(facts, state=state, decision_records=[]).states[SWITCH].value == state
    if score.value < 0.7:
        for state in ("off", "armed", "on"):
            assert decide(facts, state=state, decision_records=[]).states[SWITCH].value == "off"


@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from((True, False)) for name in POSITIONS}),
    st.fixed_dictionaries(
        {}, optional={"advice_sought_share": ratio, "horizon_coverage": ratio, "risk_appetite": ratio}
    ),
    st.sampled_from((None, "off", "armed")),
    st.sampled_from((None, [], [{**DECIDED, "target": "armed"}], [{**DECIDED, "machine": "other"}])),
)
def test_never_on_without_a_recorded_decision(
    positions: dict[str, bool], more: dict[str, float], state: str | None, records: list[Any] | None
) -> None:
    """Holds: P27, S0-25, S0-32."""
    account = {} if records is None else {"decision_records": records}
    decision = decide({**READY, **positions, **more}, state=state, **account)
    assert decision.states[SWITCH].value != "on"
    assert mode(decision) != "mentoring"
    assert "mentoring" not in decision.outcomes[MODE].possible


@given(st.sampled_from(POSITIONS), st.sampled_from((False, None)))
def test_every_position_is_mandatory(position: str, value: bool | None) -> None:
    """Holds: S0-33."""
    decision = decide({**READY, position: value}, decision_records=[DECIDED])
    assert decision.states[SWITCH].value == "off"


@given(st.integers(0, 400))
def test_no_step_within_the_dwell(days: int) -> None:
    """Holds: S0-25."""
    since = AS_OF - timedelta(days=days)
    fallen = decide(dict.fromkeys(POSITIONS, False), state="on", since=since, decision_records=[])
    assert fallen.states[SWITCH].value == ("on" if days < 180 else "off")


def test_a_decision_of_today_is_enough_and_one_before_arming_is_not() -> None:
    today = {**DECIDED, "decided_on": AS_OF}
    assert decide(READY, state="armed", decision_records=[today]).states[SWITCH].value == "on"
    early = {**DECIDED, "decided_on": date(2024, 12, 31)}
    assert decide(READY, state="armed", decision_records=[early]).states[SWITCH].value == "armed"


@given(st.permutations(range(4)))
def test_order_of_records_changes_nothing(order: list[int]) -> None:
    """Holds: P6."""
    opportunities = [
        {"id": "o1", "opened_on": date(2026, 1, 1), "rfp_published_on": date(2026, 2, 1), "origin": "joint"},
        {"id": "o2", "opened_on": date(2026, 1, 5), "proposed_on": date(2026, 3, 1), "probes": 3.0},
        {"id": "o3", "opened_on": date(2026, 1, 9), "is_won": True, "closed_on": date(2026, 4, 1), "kind": "upgrade"},
        {"id": "o4", "formal_tender": False},
    ]
    plain = decide(opportunities=opportunities)
    mixed = decide(opportunities=[opportunities[at] for at in order])
    assert plain.to_json() == mixed.to_json()


def test_thresholds_live_in_a_profile(tmp_path: Any) -> None:
    """Holds: S0-46."""
    profile = tmp_path / "own.yaml"
    profile.write_text(
        "format: clientcore-profile/1\nprofile: own\nparams: {spectrum.mode: {understanding_floor: 0.9}}\n",
        encoding="utf-8",
    )
    import clientcore_spectrum

    own = Engine(plugins=[clientcore_spectrum], discover=False, profiles=[profile])
    plain = own.evaluate({"id": "a"}, as_of=AS_OF, facts=STRONG)
    strict = own.evaluate({"id": "a"}, as_of=AS_OF, facts=STRONG, profile="own")
    assert (mode(plain), mode(strict)) == ("consultative", "mining")
    assert strict.to_json() == own.evaluate({"id": "a"}, as_of=AS_OF, facts=STRONG, profile="own").to_json()


def test_a_profile_names_the_words_that_clients_may_not_see(tmp_path: Any) -> None:
    """Holds: S0-38."""
    profile = tmp_path / "house.yaml"
    profile.write_text(
        "format: clientcore-profile/1\nprofile: house\nparams: {spectrum.switch: {hidden_words: ['', Farming]}}\n",
        encoding="utf-8",
    )
    import clientcore_spectrum

    house = Engine(plugins=[clientcore_spectrum], discover=False, profiles=[profile])
    fired = {
        text: "spectrum.switch/name_shown_to_client"
        in house.evaluate({"id": "a"}, as_of=AS_OF, facts={"client_visible_text": text}, profile="house").fired
        for text in ("the farming team", "your contacts", "the account-mining team")
    }
    assert fired == {"the farming team": True, "your contacts": False, "the account-mining team": False}


@pytest.mark.parametrize("given_on", ["2026-02-01", "2026-03-01", "2026-04-01"])
def test_input_after_publication_counts_nothing(given_on: str) -> None:
    """Holds: S0-06."""
    tender = {"id": "o", "rfp_published_on": "2026-03-01", "supplier_input_on": given_on, "input_accepted": True}
    expected = 1.0 if given_on < "2026-03-01" else 0.0
    assert fact(decide(opportunities=[tender]), "rfp_influence_rate") == expected


@given(st.lists(st.sampled_from(("customers", "rivals", "suppliers", "magic")), max_size=8), st.booleans())
def test_forces_count_once_and_only_while_fresh(forces: list[str], fresh: bool) -> None:
    """Holds: S0-12."""
    day = date(2026, 1, 1) if fresh else date(2024, 1, 1)
    insights = [
        {"id": f"n{at}", "area": "ecosystem", "force": force, "occurred_on": day} for at, force in enumerate(forces)
    ]
    expected = len(set(forces) - {"magic"}) / 6 if fresh else 0.0
    assert fact(decide(insights=insights), "ecosystem_coverage") == expected


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(("internal", "none", None))), min_size=1, max_size=8))
def test_linked_insights_are_never_more_than_insights(rows: list[tuple[bool, str | None]]) -> None:
    """Holds: S0-15."""
    insights = [
        {"id": f"n{at}", "occurred_on": date(2026, 5, 1), "offering_id": "f" if tied else None, "research": research}
        for at, (tied, research) in enumerate(rows)
    ]
    decision = decide(insights=insights)
    assert 0.0 <= fact(decision, "insight_link_rate") <= 1.0
    assert fact(decision, "orphan_insights") == sum(1 for tied, research in rows if not tied and research != "internal")


@given(st.booleans(), st.booleans(), st.booleans())
def test_a_suggestion_without_an_objective_counts_nothing(named: bool, offered: bool, accepted: bool) -> None:
    """Holds: S0-11."""
    made = {"id": "o", "opened_on": date(2026, 2, 1), "is_suggestion": True}
    linked = {"objective_id": "g" if named else None, "offering_id": "f" if offered else None}
    decision = decide(opportunities=[{**made, **linked, "accepted_on": date(2026, 6, 1) if accepted else None}])
    assert fact(decision, "suggestions_linked_12m") == (1 if named and offered else 0)
    assert fact(decision, "suggestion_acceptance") == (float(accepted) if named and offered else None)


@given(ratio, ratio)
def test_influence_that_does_not_fit_the_place_is_found(sought: float, taken: float) -> None:
    """Holds: S0-47."""
    asked = {"advice_sought_share": sought, "advice_taken_share": taken, "horizon_introductions_12m": 0.0}
    served = {"rfps_24m": 0.0, "rfps_influenced_24m": 0.0, "upsells_won_24m": 0.0, "suggestions_linked_12m": 0.0}
    low, high = decide({**STRONG, **asked}), decide({**served, **asked})
    for decision, found in ((low, "influence_below_mode"), (high, "influence_above_mode")):
        influence = decision.scores["spectrum.evidence.influence"].value
        assert influence is not None
        wrong = influence < 0.4 if found == "influence_below_mode" else influence > 0.7
        assert (f"spectrum.mode/{found}" in decision.fired) == wrong
