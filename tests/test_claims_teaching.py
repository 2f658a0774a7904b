"""What is claimed of teaching (S0-18 to S0-21), planning, understanding, terms and corrections."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from invariants import AS_OF

OURS = ("spectrum", "service", "relationship", "trust")
ENGINE = cc.Engine(plugins=[f"clientcore_{name}" for name in OURS], discover=False)
DAY = AS_OF - timedelta(days=40)
SHARE = st.floats(0, 1)
MARK = st.sampled_from([True, False, None])
MARKS = st.lists(MARK, max_size=6)
few = settings(max_examples=25, deadline=None)


def decide(account: dict[str, Any] | None = None, **facts: Any) -> cc.Decision:
    return ENGINE.evaluate({"id": "a", **(account or {})}, facts=facts, as_of=AS_OF)


def known(decision: cc.Decision, name: str) -> Any:
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


def truth(decision: cc.Decision, rule: str) -> bool | None:
    return None if rule in decision.unknown else rule in decision.fired


def marked(name: str, marks: list[bool | None], **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"r{at}", name: mark, **more} for at, mark in enumerate(marks)]


def share(marks: list[bool | None]) -> float | None:
    noted = [mark for mark in marks if mark is not None]
    return sum(noted) / len(noted) if noted else None


def ticked(marks: list[bool | None]) -> float | None:
    """Return that share, None where only yes was marked and most bear no mark: a box that is left empty for no."""
    return share(marks) if False in marks or marks.count(None) <= len(marks) / 2 else None


@few
@given(MARKS)
def test_teaching_is_the_share_of_talks_of_which_it_is_noted(marks: list[bool | None]) -> None:
    """Holds: S0-18."""
    talks = marked("is_education", marks, occurred_on=DAY)
    old = marked("is_education", [True], occurred_on=date(2020, 1, 1))
    decision = decide({"interactions": [*talks, *({**row, "id": "old"} for row in old)]})
    assert known(decision, "education_intensity") == ticked(marks)
    # a branch by itself once it is a large part, whatever the industry and the people
    nobody: dict[str, Any] = {"industry": "retail", "account_contact_roles": []}
    plain = decide({**nobody, "interactions": talks}, consumers_not_deciding=0.0)
    assert known(plain, "education_applies") == (None if ticked(marks) is None else (ticked(marks) or 0.0) >= 0.3)


people = st.sets(st.sampled_from("abcd"))


@few
@given(people, people, st.permutations("abcd"))
def test_consumers_count_who_do_not_decide(consumers: set[str], deciders: set[str], names: list[str]) -> None:
    """Holds: S0-20, P7."""

    def found(rename: dict[str, str]) -> tuple[Any, Any]:
        roles = [
            {"id": f"{role}{name}", "contact_id": rename[name], "role": role}
            for role, who in (("consumer", consumers), ("prescriber", deciders))
            for name in sorted(who)
        ]
        decision = decide({"industry": "retail", "account_contact_roles": roles}, education_intensity=0.0)
        return known(decision, "consumers_not_deciding"), known(decision, "education_applies")

    apart, applies = found(dict(zip("abcd", "abcd", strict=True)))
    assert apart == (len(consumers - deciders) / len(consumers) if consumers else None)
    assert applies == (apart > 0 if consumers else None)
    assert found(dict(zip("abcd", names, strict=True))) == (apart, applies)


@few
@given(MARKS, st.sampled_from([True, False]))
def test_one_more_order_beyond_the_prescription_never_lowers_the_share(marks: list[bool | None], beyond: bool) -> None:
    """Holds: S0-20."""

    def rate(more: list[bool | None]) -> Any:
        orders = marked("is_beyond_prescription", [*marks, *more], ordered_on=DAY)
        return known(decide({"orders": orders}), "beyond_prescription_rate")

    assert rate([]) == ticked(marks)
    if ticked(marks) is not None:
        assert (rate([beyond]) >= rate([])) if beyond else (rate([beyond]) <= rate([]))


HANDED = st.fixed_dictionaries({"education_intensity": SHARE, "competitor_threat": SHARE, "delivered_trust": SHARE})


@few
@given(HANDED, st.sampled_from(["Pharma", "TECHNOLOGY", "medical devices"]))
def test_the_industry_moves_what_is_expected_and_no_score(facts: dict[str, float], industry: str) -> None:
    """Holds: S0-21."""
    usual, other, unknown = (
        decide({} if name is None else {"industry": name}, consumers_not_deciding=0.0, **facts)
        for name in (industry, "retail", None)
    )
    assert usual.scores == other.scores == unknown.scores
    assert [known(one, "industry_norm") for one in (usual, other, unknown)] == [True, False, None]
    assert known(usual, "education_applies") is True
    assert known(other, "education_applies") == (facts["education_intensity"] >= 0.3)
    rule = "spectrum.education/expected_here"
    assert truth(other, rule) is False
    mode = usual.outcomes["spectrum.mode.engagement_mode"].value
    taught = facts["education_intensity"] >= 0.3
    assert truth(usual, rule) == (False if taught else None if mode is None else mode not in {"education", "mentoring"})


@few
@given(st.integers(-400, 800))
def test_growth_is_spoken_of_while_the_planning_is_open(days: int) -> None:
    """Holds: S1-21."""
    rule = "relationship.intent/planning_closes"
    decision = decide({"planning_cutoff_on": AS_OF + timedelta(days=days)})
    assert truth(decision, rule) == (0 <= days <= 60)
    assert truth(decide(), rule) is None
    actions = [action.id for action in decision.actions if action.group == "planning"]
    assert actions == (["talk_before_planning"] if 0 <= days <= 60 else [])


@few
@given(st.integers(0, 4), st.sampled_from([True, False, None]))
def test_no_introduction_is_no_zero_where_the_client_may_give_none(count: int, may: bool | None) -> None:
    """Holds: S1-16, S1-17."""
    talks = [
        {"id": f"{kind}{at}", "kind": kind, "occurred_on": DAY}
        for kind in ("referral", "reference")
        for at in range(count)
    ]
    told: dict[str, Any] = {} if may is None else {"client_may_introduce": may}
    decision = decide({"interactions": talks}, stated_satisfaction=1.0, **told)
    for name, rule in (("introductions_24m", "delighted"), ("advocacy_24m", "speaks_for_us")):
        assert known(decision, name) == (None if may is False else count)
        assert truth(decision, f"relationship.intent/{rule}") == (None if may is False else count > 0)


@few
@given(MARKS)
def test_a_correction_that_is_shown_never_makes_us_look_closed(marks: list[bool | None]) -> None:
    """Holds: S2-20."""

    def found(more: list[bool | None]) -> tuple[Any, bool | None]:
        issues = marked("correction_disclosed", [*marks, *more], known_on=DAY, kind="mistake")
        decision = decide({"issues": issues})
        return known(decision, "corrections_shown_share"), truth(decision, "trust.partner/corrections_hidden")

    shown, hidden = found([])
    assert shown == share(marks)
    assert hidden == (None if shown is None else shown < 0.8)
    assert found([None]) == (shown, hidden)
    if shown is not None:
        assert found([True])[0] >= shown >= found([False])[0]


@few
@given(MARKS, st.booleans())
def test_a_contract_that_has_ended_guarantees_nothing(marks: list[bool | None], guaranteed: bool) -> None:
    """Holds: S1-18."""
    running = marked("has_guarantee", marks, starts_on=DAY)
    over = {"id": "x", "has_guarantee": guaranteed, "starts_on": date(2020, 1, 1), "ends_on": date(2021, 1, 1)}
    decision = decide({"contracts": [*running, over]}, trust_risk_free=0.5)
    assert known(decision, "guaranteed_share") == ticked(marks)
    left = truth(decision, "trust.parts/risk_left_to_client")
    assert left == (None if ticked(marks) is None else (ticked(marks) or 0.0) < 0.5)
    assert truth(decide({"contracts": running}, trust_risk_free=1.0), "trust.parts/risk_left_to_client") is False


@few
@given(MARKS, SHARE)
def test_gains_that_are_shared_are_more_than_transactions(marks: list[bool | None], mutual: float) -> None:
    """Holds: S1-09."""
    rule = "relationship.intent/mostly_transactions"
    contracts = marked("is_gain_share", marks, starts_on=DAY)
    found, alone, more = (
        truth(decide({"contracts": rows}, goals_spoken_of=2, goal_mutuality=mutual), rule)
        for rows in (
            contracts,
            [],
            [*contracts, *({**row, "id": "y"} for row in marked("is_gain_share", [True], starts_on=DAY))],
        )
    )
    assert alone == (mutual < 0.5)
    assert found == (alone and not (share(marks) or 0.0) >= 0.5)
    assert more is not None
    assert more <= (found or False)


@few
@given(st.lists(st.booleans(), max_size=5), st.booleans())
def test_a_workstream_before_its_first_phase_is_found_where_such_days_are_noted(
    delivered: list[bool], further: bool
) -> None:
    """Holds: S1-02."""
    began, done_on = AS_OF - timedelta(days=200), AS_OF - timedelta(days=100)
    streams = [
        {"id": f"w{at}", "started_on": began, **({"initial_phase_delivered_on": done_on} if done else {})}
        for at, done in enumerate(delivered)
    ]
    if further and any(delivered):
        streams.append({"id": "further", "started_on": done_on})
    rule = "trust.parts/workstream_phase_first"
    expected = None if delivered and not any(delivered) else not all(delivered)
    assert truth(decide({"workstreams": streams}), rule) == expected
    assert truth(decide(), rule) is None


AREAS = ("business_model", "value_chain", "goals", "kpis", "constraints", "lever")


@few
@given(st.sets(st.sampled_from(AREAS)), st.sets(st.sampled_from([*AREAS, "ecosystem", "other"])), st.booleans())
def test_our_own_notes_never_reach_the_full_value(noted: set[str], confirmed: set[str], aimed: bool) -> None:
    """Holds: S2-07, S2-11."""
    goal = {"goal_id": "g"} if aimed else {}
    notes = [
        {"id": area, "area": area, "occurred_on": DAY, **goal, **({"confirmed_on": DAY} if area in confirmed else {})}
        for area in sorted(noted | confirmed)
    ]
    decision = decide({"insights": notes})
    counts = set(AREAS) if aimed else set(AREAS) - {"lever"}
    known_, told = len((noted | confirmed) & counts), len(confirmed & counts)
    assert known(decision, "business_understanding") == min(known_ / 6, max(0.8, told / 6))
    assert known(decision, "understanding_confirmed_share") == (told / known_ if known_ else None)
