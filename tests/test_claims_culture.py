"""What the document on culture and account management (S3) claims, held over invented records and facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from invariants import AS_OF
from spectrum_world import EXTENDED, EXTENDS

OURS = ("spectrum", "service", "relationship", "trust", "culture")
PLUGINS = [f"clientcore_{name}" for name in OURS]
ENGINE = cc.Engine(plugins=PLUGINS, discover=False)
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 8)
DAY = AS_OF - timedelta(days=40)
NEXT_WORKING_DAY = DAY + timedelta(days={4: 3, 5: 3, 6: 2}.get(DAY.weekday(), 1))
FIT = ("culture_understand", "culture_accept", "client_understands_us", "client_accepts_us")
ITEMS = (
    "history", "relationships", "culture", "protocols", "dress_code", "security", "org_charts", "contacts",
    "difficult_people", "dos_and_donts",
)  # fmt: skip
MANDATORY = {"security", "protocols", "culture", "dos_and_donts"}
few = settings(max_examples=25, deadline=None)


def decide(account: dict[str, Any] | None = None, *, engine: cc.Engine = ENGINE, **facts: Any) -> cc.Decision:
    handed = {name: cc.Fact(value=value, source="client_stated") for name, value in facts.items()}
    return engine.evaluate({"id": "a", **(account or {})}, facts=handed, as_of=AS_OF)


def known(decision: cc.Decision, name: str) -> Any:
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


@few
@given(SHARE, st.sampled_from([None, 0, 45, 89, 90, 200]), st.sampled_from([None, 10, 120]))
def test_a_new_start_needs_a_change_of_people(satisfied: float, theirs: int | None, ours: int | None) -> None:
    """Holds: S3-02."""
    account = {
        name: AS_OF - timedelta(days=days)
        for name, days in (("management_changed_on", theirs), ("owner_changed_on", ours))
        if days is not None
    }
    decision = decide(account, stated_satisfaction=satisfied)
    recent = any(days is not None and days < 90 for days in (theirs, ours))
    assert ("culture.success/new_start_possible" in decision.fired) == (satisfied < 0.4 and recent)
    assert ("culture.success/nothing_without_satisfaction" in decision.fired) == (satisfied < 0.4)
    if satisfied >= 0.4 or not recent:
        assert decision.states["culture.success.turnaround"].value == "closed"


@few
@given(SHARE)
def test_nothing_is_extended_while_their_ways_are_hardly_known(profile: float) -> None:
    """Holds: S3-01."""
    decision = decide(**EXTENDED, culture_profile_share=profile)
    assert EXTENDS in decision.fired
    assert (EXTENDS in {finding.rule for finding in decision.findings}) == (profile >= 0.5)
    assert decision.suppressed.get(EXTENDS, ()) == (() if profile >= 0.5 else ("culture.fit/ways_not_known",))


@few
@given(st.lists(st.floats(-1, 1), min_size=10, max_size=20), st.floats(-1, 1))
def test_one_day_moves_the_mood_by_a_tenth_at_most(moods: list[float], other: float) -> None:
    """Holds: S3-03."""

    def good(days: list[float]) -> Any:
        talks = [{"id": f"i{at}", "occurred_on": DAY, "sentiment": mood} for at, mood in enumerate(days)]
        return known(decide({"interactions": talks}), "good_days_share")

    assert abs(good(moods) - good([other, *moods[1:]])) <= 0.1 + 1e-9


@few
@given(st.lists(st.integers(-30, 30), min_size=1, max_size=6), st.sets(st.sampled_from(ITEMS)))
def test_who_works_before_a_full_induction_never_helps(days: list[int], left_out: set[str]) -> None:
    """Holds: S3-07, S3-08."""

    def compliance(lags: list[int], missing: set[str]) -> Any:
        people = [{"id": f"t{at}", "first_worked_on": DAY} for at in range(len(lags))]
        given_to = [
            {"id": f"n{at}", "team_member_id": f"t{at}", "completed_on": DAY + timedelta(days=lag)}
            | {item: item not in missing for item in ITEMS}
            for at, lag in enumerate(lags)
        ]
        return known(decide({"team_members": people, "inductions": given_to}), "induction_compliance")

    assert compliance(days, set()) == sum(lag <= 0 for lag in days) / len(days)
    assert compliance([*days, 1], set()) <= compliance(days, set())
    assert compliance([-1] * len(days), set()) == 1
    assert compliance([-1] * len(days), left_out) == (0 if left_out & MANDATORY else 1)


@few
@given(SHARE, SHARE, SHARE, st.sampled_from(["agreeable", "hard to bear", None]))
def test_the_weakest_of_understanding_accepting_and_complying_decides(
    understand: float, accept: float, comply: float, liked: str | None
) -> None:
    """Holds: S3-09, P14."""
    records = {"decision_records": [], "culture_statements": []}
    if liked:
        records["culture_statements"] = [{"id": "s", "side": "client", "unit": "all", "comment": liked}]
    decision = decide(records, culture_understand=understand, culture_accept=accept, culture_comply=comply)
    assert decision.scores["culture.fit.own_fit"].value == round(min(understand, accept, comply), 9)


@few
@given(st.fixed_dictionaries(dict.fromkeys(FIT, SHARE)))
def test_swapping_the_sides_changes_nothing(facts: dict[str, float]) -> None:
    """Holds: S3-26, P15."""
    swapped = dict(zip(FIT, [facts[name] for name in (*FIT[2:], *FIT[:2])], strict=True))
    one, other = (decide(**given_in).scores["culture.fit.mutual_fit"].value for given_in in (facts, swapped))
    assert one == other == round(min(facts.values()), 9)


@few
@given(COUNT, COUNT)
def test_exactly_one_answers_for_the_whole(focal: int, others: int) -> None:
    """Holds: S3-12."""
    team = [{"id": f"t{at}", "is_focal": at < focal} for at in range(focal + others)]
    decision = decide({"team_members": team})
    if team:
        assert ("service.handling/no_one_answers" in decision.fired) == (focal != 1)


@few
@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans()), min_size=1, max_size=6), st.integers(0, 9))
def test_bad_news_that_the_client_found_first_is_a_failure(news: list[tuple[int, bool]], earlier: int) -> None:
    """Holds: S3-14."""

    def told_first(sooner: int) -> Any:
        issues = [
            {"id": f"m{at}", "kind": "bad_news", "known_on": DAY, "told_on": DAY + timedelta(days=lag - sooner)}
            | ({"client_discovered_on": DAY} if found else {})
            for at, (lag, found) in enumerate(news)
        ]
        return known(decide({"issues": issues}), "told_first_share")

    in_time = sum(lag < 0 or (not found and (DAY + timedelta(days=lag)) <= NEXT_WORKING_DAY) for lag, found in news)
    assert told_first(0) == in_time / len(news)
    assert told_first(earlier) >= told_first(0)


@few
@given(COUNT, COUNT)
def test_an_idea_that_nobody_uses_adds_nothing(used: int, unused: int) -> None:
    """Holds: S3-16."""
    things = [{"id": f"x{at}", "is_innovation": True, "last_used_on": DAY} for at in range(used)]
    idle = [{"id": f"y{at}", "is_innovation": True} for at in range(unused)]
    if used:
        assert known(decide({"assets": things}), "new_things_used_share") == 1
        assert known(decide({"assets": [*things, *idle]}), "new_things_used_share") == used / (used + unused)


@few
@given(
    st.sets(st.integers(0, 5)),
    st.integers(0, 5),
    st.permutations(["board", "executive", "staff", "staff", "manager", "staff"]),
)
def test_everybody_counts_alike(heard: set[int], more: int, ranks: list[str]) -> None:
    """Holds: S3-06, S3-18."""

    def share(who: set[int]) -> Any:
        people = [
            {"id": f"p{at}", "seniority": rank, "difficulty": at / 5, "influence": 1 - at / 5}
            for at, rank in enumerate(ranks)
        ]
        talks = [{"id": f"i{at}", "contact_id": f"p{at}", "occurred_on": DAY} for at in who]
        return known(decide({"contacts": people, "interactions": talks}), "people_heard_share")

    assert share(heard) == len(heard) / 6
    assert share({*heard, more}) >= share(heard)


@few
@given(st.lists(st.sampled_from(["client", "joint", "supplier"]), min_size=1, max_size=6), st.booleans())
def test_credit_left_to_the_client_counts_thanked_for_or_not(credited: list[str], thanked: bool) -> None:
    """Holds: S3-19."""
    goals = [
        {"id": f"g{at}", "achieved_on": DAY, "credited_to": side, "is_acknowledged": thanked}
        for at, side in enumerate(credited)
    ]
    expected = sum(side != "supplier" for side in credited) / len(credited)
    assert known(decide({"mutual_goals": goals}), "credit_given_share") == expected


@few
@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_without_a_remark_on_a_rival_nothing_is_found(remarks: list[bool]) -> None:
    """Holds: S3-20."""
    talks = [{"id": f"i{at}", "occurred_on": DAY, "negative_mention": one} for at, one in enumerate(remarks)]
    assert ("culture.success/competitor_knocked" in decide({"interactions": talks}).fired) == any(remarks)


@few
@given(st.lists(st.tuples(SHARE, st.sampled_from(["client", "supplier", "third"])), min_size=1, max_size=6))
def test_one_side_alone_is_found_however_much_it_says(said: list[tuple[float, str]]) -> None:
    """Holds: S3-21."""
    statements = [
        {"id": f"s{at}", "side": "client", "dimension": "pace", "value": much, "stated_by": who}
        for at, (much, who) in enumerate(said)
    ]
    alone = len({who for _, who in said}) < 2
    assert ("culture.fit/one_voice_only" in decide({"culture_statements": statements}).fired) == alone


@few
@given(SHARE, SHARE, SHARE)
def test_the_distance_of_a_unit_is_a_distance(one: float, two: float, three: float) -> None:
    """Holds: P26, S3-22."""

    def apart(whole: float, unit: float) -> float:
        row = {"side": "client", "dimension": "pace"}
        statements = [{"id": "w", "value": whole, **row}, {"id": "u", "value": unit, "unit": "plant", **row}]
        return float(known(decide({"culture_statements": statements}), "culture_units_apart"))

    assert apart(one, one) <= 1e-6
    assert abs(apart(one, two) - apart(two, one)) <= 2e-6  # means are exact to a millionth
    assert apart(one, three) <= apart(one, two) + apart(two, three) + 3e-6


@few
@given(COUNT, st.integers(0, 300))
def test_role_models_are_one_or_two_and_looked_at_again(number: int, age: int) -> None:
    """Holds: S3-25."""
    models = [
        {
            "id": f"r{at}",
            "contact_id": f"p{at}",
            "named_on": date(2024, 1, 1),
            "reassessed_on": AS_OF - timedelta(days=age),
        }
        for at in range(number)
    ]
    decision = decide({"role_models": models})
    if number:
        assert ("culture.fit/role_models_unclear" in decision.fired) == (number > 2)
        assert ("culture.fit/role_models_stale" in decision.fired) == (age > 120)


@few
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.booleans())
def test_keeping_one_more_duty_lowers_nothing(kept: list[bool], critical: bool) -> None:
    """Holds: S3-27."""

    def decided(duties: list[bool]) -> cc.Decision:
        rows = [
            {"id": f"b{at}", "party": "supplier", "due_on": DAY, "is_critical": critical}
            | ({"met_on": DAY} if met else {})
            for at, met in enumerate(duties)
        ]
        return decide({"obligations": rows}, **dict.fromkeys(FIT, 0.8))

    before, after = decided([*kept, False]), decided([*kept, True])
    assert known(before, "contract_fulfilment") <= known(after, "contract_fulfilment")
    for name in ("culture.contract.harmony", "trust.parts.five"):
        one, two = before.scores[name], after.scores[name]
        if None not in (one.low, one.high, two.low, two.high):
            assert (one.low, one.high) <= (two.low, two.high)


@few
@given(st.lists(st.sampled_from([-0.9, 0.9]), min_size=10, max_size=14))
def test_moods_that_change_never_lead_to_an_exit(moods: list[float]) -> None:
    """Holds: S3-28."""
    talks = [{"id": f"i{at}", "occurred_on": DAY, "sentiment": mood} for at, mood in enumerate(moods)]
    decision = decide({"interactions": talks})
    swings = 4 * (share := moods.count(0.9) / len(moods)) * (1 - share) > 0.8
    assert ("culture.success/hard_to_foresee" in decision.fired) == swings
    assert not any("stop" in action.id or "drop" in action.id or "exit" in action.id for action in decision.actions)


RATINGS = ("understand", "accept", "comply")


@few
@given(st.lists(st.fixed_dictionaries({name: st.none() | SHARE for name in RATINGS}), max_size=3), st.booleans())
def test_what_is_found_out_about_refusals_stays_within_the_range(rated: list[dict[str, Any]], refused: bool) -> None:
    """Whatever the records of refusals turn out to be, the score lies where it was possible. Holds: S3-09, P12."""
    said = [{"id": f"s{at}", "side": "client", "stated_by": "client"} | one for at, one in enumerate(rated)]
    records = [{"id": "d", "kind": "refusal", "reason": "legal", "decided_on": DAY}] if refused else []
    before = decide({"culture_statements": said}).scores["culture.fit.own_fit"]
    after = decide({"culture_statements": said, "decision_records": records}).scores["culture.fit.own_fit"]
    assert None not in (before.low, before.high, after.low, after.high)
    assert before.low <= after.low <= after.high <= before.high  # type: ignore[operator]


@few
@given(st.lists(SHARE.filter(lambda one: one == 0 or one >= 1e-18), min_size=2, max_size=4))  # what is less enters as 0
def test_ratings_that_differ_are_shown_and_never_averaged(ratings: list[float]) -> None:
    """Holds: S3-09."""
    said = [{"id": f"s{at}", "side": "client", "accept": one} for at, one in enumerate(ratings)]
    decision = decide({"culture_statements": said})
    differ = max(ratings) - min(ratings) > 0.34
    assert known(decision, "culture_accept") == (None if differ else min(ratings))
    assert ("culture.fit/ratings_differ" in decision.fired) == differ


COMPONENTS = ("account_management", "understanding_clients", "values", "account_manager", "contacts", "swot")


@few
@given(st.sets(st.sampled_from(COMPONENTS)), st.sampled_from(COMPONENTS), st.integers(0, 900))
def test_a_component_counts_while_it_is_fresh(there: set[str], more: str, age: int) -> None:
    """Holds: S3-30."""

    def complete(names: set[str], days: int) -> Any:
        papers = [
            {"id": name, "kind": "artefact", "component": name, "held_on": AS_OF - timedelta(days=days)}
            for name in names
        ]
        return known(decide({"reviews": papers}), "components_fresh")

    assert complete({*there, more}, 10) >= complete(there, 10)
    assert complete({*there, more}, age) == (complete({*there, more}, 0) if age < 365 else 0)


@few
@given(SHARE, SHARE, SHARE)
def test_what_does_not_apply_is_no_zero(time: float, free: float, trust: float) -> None:
    """Holds: S3-32."""
    parts = {"trust_time": time, "trust_risk_free": free, "business_understanding": trust, "delivered_trust": trust}
    without = decide(specialists_needed=0.0, **parts).scores["trust.parts.five"]
    assert without.value is not None
    assert without.value >= min(time, free, trust) - 1e-6
    assert without.coverage == 1


@few
@given(SHARE, st.sampled_from(["supplier_record", "supplier_self_assessed", "inferred", "third_party"]))
def test_only_the_client_says_how_fair_we_are(fair: float, source: str) -> None:
    """Holds: S3-15, P16."""
    names = ("fairness_stated", "reliability_stated", "value_stated")
    ours = {name: cc.Fact(value=fair, source=source) for name in names}
    plain, said = (ENGINE.evaluate({"id": "a"}, facts=facts, as_of=AS_OF) for facts in ({}, ours))
    assert said.scores["culture.success.factors"] == plain.scores["culture.success.factors"]
    assert [known(said, name) for name in names] == [None] * 3


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> cc.Engine:
    """Return an engine for which missed duties hold nothing down."""
    path = tmp_path_factory.mktemp("lenient") / "lenient.yaml"
    path.write_text(
        "format: clientcore-profile/1\nprofile: lenient\nparams:\n  culture.contract: {contract_first: false}\n",
        encoding="utf-8",
    )
    return cc.Engine(plugins=PLUGINS, discover=False, profiles=[path], profile="lenient")


@few
@given(st.fixed_dictionaries(dict.fromkeys(FIT, SHARE)), SHARE, COUNT, COUNT)
def test_whether_missed_duties_hold_harmony_down_is_for_the_profile_to_say(
    lenient: cc.Engine, fit: dict[str, float], kept: float, missed: int, critical: int
) -> None:
    """Holds: P4, S3-27."""
    facts = {**fit, "contract_fulfilment": kept, "duties_missed": missed, "critical_missed": critical}
    name, rule = "culture.contract.harmony", "culture.contract/duties_come_first"
    strict, loose = decide(**facts), decide(engine=lenient, **facts)
    mean = (min(fit.values()) + kept) / 2
    assert loose.scores[name].value == pytest.approx(mean, abs=1e-9)
    fired = kept < 0.95 and (critical > 0 or missed > 1)
    assert strict.scores[name].value == pytest.approx(min(mean, 0.5) if fired else mean, abs=1e-9)
    for decision in (strict, loose):  # the finding stands either way
        assert (rule in decision.fired) == (rule in {finding.rule for finding in decision.findings}) == fired
