"""What the tests of the spectrum share: an engine with that plugin alone, strategies, how to read facts back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

import clientcore_spectrum
from clientcore import Decision, Engine
from clientcore.decision import Base

AS_OF = date(2026, 6, 30)
MODE, BAND = "spectrum.mode.engagement_mode", "spectrum.mode.engagement_band"
SWITCH = "spectrum.switch.mentoring_switch"
POSITIONS = ("position_sponsor", "position_time", "position_mandate", "position_escalation", "position_succession")
PERSON = ("divergent_consented", "recognitions_90d", "unrecognised_months")

#: An account that is mined, where there is room and will for more: what may be extended is.
EXTENDS = "spectrum.next_steps/extend_where_open"
EXTENDED = {
    "rfp_influence_rate": 1.0,
    "rfps_24m": 9.0,
    "upsells_won_24m": 9.0,
    "challenges_12m": 9.0,
    "whitespace_share": 1.0,
    "capacity_share": 1.0,
    "delivered_trust": 1.0,
    "primary_strength": 1.0,
    "influencer_strength": 1.0,
    "intent_shown_client": 1.0,
    "business_understanding": 0.0,
    "education_intensity": 0.0,
    "probes_90d": 0.0,
    "push_ratio": 0.0,
    "origins_noted_12m": 9.0,
}

ratio = st.sampled_from((0.0, 0.05, 0.1, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 0.95, 1.0)) | st.floats(0, 1)
count = st.integers(0, 6).map(float)

#: Evidence for the modes up to consultative: more is better, `down` where less is.
UP: dict[str, st.SearchStrategy[float]] = {
    "rfps_influenced_24m": count,
    "upsells_won_24m": count,
    "primary_strength": ratio,
    "influencer_strength": ratio,
    "challenges_12m": count,
    "business_understanding": ratio,
    "suggestions_linked_12m": count,
    "suggestion_acceptance": ratio,
    "ecosystem_coverage": ratio,
    "delivered_trust": ratio,
    "probes_90d": count,
    "open_question_ratio": ratio,
    "insight_link_rate": ratio,
    "proposals_12m": count,
    "probes_before_proposal": count,
}
DOWN: dict[str, st.SearchStrategy[float]] = {
    "days_since_probe": st.integers(0, 90).map(float),
    "push_ratio": ratio,
}
OTHER: dict[str, st.SearchStrategy[float]] = {
    "probing_days": st.integers(0, 150).map(float),
    "education_intensity": ratio,
    "origins_noted_12m": count,
}
evidence = st.fixed_dictionaries({**UP, **DOWN, **OTHER}).map(lambda facts: {"rfps_24m": 6.0, **facts})

#: What holds all gates up to consultative, so that single facts decide in the tests.
STRONG = {
    "rfps_24m": 4.0,
    "rfps_influenced_24m": 2.0,
    "business_understanding": 0.8,
    "suggestions_linked_12m": 3.0,
    "suggestion_acceptance": 0.5,
    "ecosystem_coverage": 0.5,
    "delivered_trust": 0.8,
    "probes_90d": 5.0,
    "days_since_probe": 10.0,
    "open_question_ratio": 0.6,
    "insight_link_rate": 0.5,
    "proposals_12m": 2.0,
    "probes_before_proposal": 4.0,
    "probing_days": 30.0,
    "education_intensity": 0.0,
    "origins_noted_12m": 0.0,
}

#: What takes the switch to armed: every position, influence and horizons in full; no tender and no suggestion.
READY = {
    **dict.fromkeys(POSITIONS, True),
    "executive_commitment": True,
    "risk_appetite": 0.9,
    "rfps_24m": 0.0,
    "suggestions_linked_12m": 0.0,
    "advice_sought_share": 1.0,
    "advice_taken_share": 1.0,
    "horizon_introductions_12m": 4.0,
    "horizon_uptake": 1.0,
    "horizon_coverage": 1.0,
}
DECIDED = {"id": "d", "machine": SWITCH, "target": "on", "decided_on": date(2026, 5, 1)}


@cache
def engine(*person_facts: str) -> Engine:
    """Return an engine with the bundled spectrum and nothing else."""
    # a share of the team is handed in as it is; what it is counted from stays behind its own switch
    return Engine(plugins=[clientcore_spectrum], discover=False, person_facts=("divergent_share", *person_facts))


def decide(
    facts: Mapping[str, Any] | None = None,
    *,
    state: str | None = None,
    since: date = date(2025, 1, 1),
    as_of: date = AS_OF,
    person: bool = False,
    **account: Any,
) -> Decision:
    """Decide one account from facts and records; `state` is where the switch stood in the decision before."""
    previous = None
    if state is not None:
        previous = Base(as_of=date(2026, 3, 31), states={SWITCH: (state, since)}, values={f"{SWITCH}.state.": state})
    made = engine(*PERSON) if person else engine()
    return made.evaluate({"id": "a", **account}, as_of=as_of, facts=facts, previous=previous)


def fact(decision: Decision, name: str) -> Any:
    """Return what the trace says of a derived fact."""
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


def mode(decision: Decision) -> Any:
    """Return the engagement mode; None where it is unknown."""
    return decision.outcomes[MODE].value
