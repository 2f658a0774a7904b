"""What the documents on intent, trust and partnership (S1, S2) claim, held over invented records and facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.decision import Base
from invariants import AS_OF
from spectrum_world import EXTENDED, EXTENDS

OURS = ("spectrum", "service", "relationship", "trust", "culture")
ENGINE = cc.Engine(plugins=[f"clientcore_{name}" for name in OURS], discover=False)
STATUS = "trust.partner.status"
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 8)
DAY = AS_OF - timedelta(days=40)
few = settings(max_examples=25, deadline=None)


def decide(account: dict[str, Any] | None = None, source: str = "client_stated", **facts: Any) -> cc.Decision:
    handed = {name: cc.Fact(value=value, source=source) for name, value in facts.items()}
    return ENGINE.evaluate({"id": "a", **(account or {})}, facts=handed, as_of=AS_OF)


def known(decision: cc.Decision, name: str) -> Any:
    return next(step.output for step in decision.trace if step.kind == "fact" and step.id == name)


def value(decision: cc.Decision, score: str) -> Any:
    return decision.scores[score].value


def rows(count: int, **row: Any) -> list[dict[str, Any]]:
    return [{"id": f"{next(iter(row.values()))}{at}", **row} for at in range(count)]


@few
@given(SHARE, COUNT, COUNT)
def test_more_learnings_never_make_a_proposal_look_recycled(reuse: float, one: int, two: int) -> None:
    """Holds: S1-01."""

    def recycled(learnings: int) -> bool:
        proposal = {"id": "o", "proposed_on": DAY, "proposal_reuse": reuse, "learnings_cited": learnings}
        return "relationship.intent/recycled_proposal" in decide({"opportunities": [proposal]}).fired

    assert recycled(min(one, two)) or not recycled(max(one, two))


@few
@given(st.floats(0, 0.59), SHARE, SHARE)
def test_before_delivery_it_says_so_and_trust_is_not_assumed(trust: float, whitespace: float, capacity: float) -> None:
    """Holds: S1-19."""
    decision = decide(delivered_trust=trust, whitespace_share=whitespace, capacity_share=capacity)
    assert "trust.parts/deliver_before_growing" in decision.fired
    promised = [{"id": "c", "made_on": DAY, "due_on": AS_OF + timedelta(days=30)}]
    assert known(decide({"commitments": promised}), "delivered_trust") is None
    assert value(decide({"commitments": promised}), "trust.parts.five") is None


@few
@given(st.booleans(), st.booleans())
def test_no_extension_while_the_first_phase_is_undelivered(delivered: bool, first: bool) -> None:
    """Holds: S1-02."""
    promise = {"id": "c", "made_on": DAY, "is_first_phase": first, **({"kept_on": DAY} if delivered else {})}
    decision = decide({"commitments": [promise]}, **EXTENDED)
    assert EXTENDS in decision.fired
    assert ("trust.parts/first_phase_first" in decision.suppressed.get(EXTENDS, ())) == (first and not delivered)


@few
@given(COUNT, COUNT)
def test_goals_of_one_side_add_nothing(joint: int, alone: int) -> None:
    """Holds: S1-04, S1-09."""
    both = rows(joint + 1, kind="joint", client_owner_id="p", supplier_owner_id="t")
    one_sided = [{**row, "id": f"x{row['id']}"} for row in rows(alone, kind="joint", client_owner_id="p")]
    assert known(decide({"mutual_goals": both}), "goal_mutuality") == 1.0
    assert known(decide({"mutual_goals": [*both, *one_sided]}), "goal_mutuality") == (joint + 1) / (joint + 1 + alone)


@few
@given(SHARE, SHARE, SHARE)
def test_what_one_side_does_moves_its_own_intent_alone(client: float, ours: float, moved: float) -> None:
    """Holds: S1-05, S1-06."""

    def intents(mine: float) -> tuple[Any, Any]:
        rows = [
            {"id": side, "occurred_on": DAY, "side": side, "strength": strength}
            for side, strength in (("client", client), ("supplier", mine))
        ]
        decision = decide({"intent_evidence": rows})
        return known(decision, "intent_shown_client"), value(decision, "relationship.intent.effective")

    (one, low), (two, high) = intents(min(ours, moved)), intents(max(ours, moved))
    assert one == two
    assert low <= high <= one + 1e-6


@few
@given(SHARE, SHARE, st.floats(0, 200), st.floats(0, 200))
def test_effort_is_held_against_intent(client: float, ours: float, one: float, two: float) -> None:
    """Holds: S1-07."""

    def found(hours: float) -> tuple[bool, bool]:
        fired = decide(intent_shown_client=client, intent_shown_supplier=ours, effort_hours=hours).fired
        return "relationship.effort/over_invested" in fired, "relationship.effort/under_invested" in fired

    assert found(min(client, ours) * 160) == (False, False)
    assert found(min(one, two))[0] <= found(max(one, two))[0]
    assert found(min(one, two))[1] >= found(max(one, two))[1]


people = st.sampled_from("abcde")
ties = st.sets(st.tuples(people, people), max_size=12)


def contacts_of(pairs: set[tuple[str, str]]) -> dict[str, Any]:
    talks = [
        {"id": f"{ours}{theirs}", "occurred_on": DAY, "team_member_id": ours, "contact_id": theirs, "two_way": True}
        for ours, theirs in sorted(pairs)
    ]
    return {
        "interactions": talks,
        "team_members": [{"id": name, "is_focal": name == "a"} for name in "abcde"],
        "contacts": [{"id": name} for name in "abcde"],
    }


@few
@given(ties, st.tuples(people, people))
def test_one_more_tie_never_narrows_the_contact(pairs: set[tuple[str, str]], more: tuple[str, str]) -> None:
    """Holds: S1-08."""
    before, after = decide(contacts_of(pairs)), decide(contacts_of({*pairs, more}))
    for name in ("tie_supplier_width", "tie_client_width", "tie_edges"):
        assert known(before, name) <= known(after, name)


@few
@given(ties, st.permutations("abcde"))
def test_other_people_with_the_same_ties_give_the_same_shape(pairs: set[tuple[str, str]], names: list[str]) -> None:
    """Holds: S1-10."""
    other = {(ours, names["abcde".index(theirs)]) for ours, theirs in pairs}
    shapes = [decide(contacts_of(one)).outcomes["relationship.model.structure"].value for one in (pairs, other)]
    assert shapes[0] == shapes[1]
    assert (shapes[0] == "none") == (not pairs)


@few
@given(SHARE, SHARE)
def test_talking_more_never_counts_as_listening(one: float, two: float) -> None:
    """Holds: S1-11."""

    def found(ratio: float) -> bool:
        talks = [{"id": f"i{at}", "occurred_on": DAY, "talk_ratio": ratio} for at in range(3)]
        assert "relationship.intent/we_talk_too_much" not in decide({"interactions": talks[:2]}).fired
        return "relationship.intent/we_talk_too_much" in decide({"interactions": talks}).fired

    assert found(min(one, two)) <= found(max(one, two))


@few
@given(st.lists(st.booleans(), max_size=8))
def test_what_is_never_said_back_is_not_listened_to(said_back: list[bool]) -> None:
    """Holds: S1-11."""

    def found(answers: list[bool]) -> bool:
        talks = [
            {"id": f"i{at}", "occurred_on": DAY, "playback_confirmed": answer} for at, answer in enumerate(answers)
        ]
        return "relationship.intent/not_said_back" in decide({"interactions": talks}).fired

    assert found(said_back) == (len(said_back) >= 3 and sum(said_back) * 2 < len(said_back))
    assert not found([True] * len(said_back))


@few
@given(SHARE, COUNT, COUNT)
def test_a_survey_alone_never_shows_delight(satisfied: float, referrals: int, words: int) -> None:
    """Holds: S1-16, S1-17."""
    talks = rows(referrals, kind="referral", occurred_on=DAY) + rows(words, kind="reference", occurred_on=DAY)
    decision = decide({"interactions": talks}, stated_satisfaction=satisfied)
    assert ("relationship.intent/delighted" in decision.fired) == (satisfied >= 0.8 and referrals > 0)
    assert ("relationship.intent/speaks_for_us" in decision.fired) == (words > 0)


PARTS = ("trust_time", "trust_risk_free", "business_understanding", "trust_specialists", "delivered_trust")


@few
@given(st.fixed_dictionaries(dict.fromkeys(PARTS, st.floats(0.01, 1))), st.sampled_from(PARTS))
def test_one_part_of_trust_at_nothing_leaves_nothing(parts: dict[str, float], name: str) -> None:
    """Holds: S1-18, P14."""
    whole = value(decide(specialists_named=2, **parts), "trust.parts.five")
    assert min(parts.values()) - 1e-6 <= whole <= max(parts.values()) + 1e-6
    assert value(decide(specialists_named=2, **{**parts, name: 0.0}), "trust.parts.five") == 0
    missing = decide(specialists_named=2, **{part: known for part, known in parts.items() if part != name})
    score = missing.scores["trust.parts.five"]
    assert (score.value, score.coverage) == (None, 0.8)
    assert score.low == 0


@few
@given(
    st.sampled_from(["supplier_record", "supplier_self_assessed", "inferred"]), st.sampled_from(["time", "risk_free"])
)
def test_only_the_client_chooses_the_weights(source: str, reason: str) -> None:
    """Holds: S1-20."""
    for said_by in (source, "client_stated"):
        facts = {"stated_reason": cc.Fact(value=reason, source=said_by)}
        found = ENGINE.evaluate({"id": "a"}, facts=facts, as_of=AS_OF).outcomes["trust.parts.reason"].value
        assert found == (reason if said_by == "client_stated" else "not_stated")


@few
@given(SHARE, SHARE, SHARE, SHARE)
def test_declaring_more_never_raises_what_shows(said: float, more: float, understood: float, kept: float) -> None:
    """Holds: S2-03."""
    rest = {"business_understanding": understood, "reliability": kept, "promise_visibility": kept, "surprise_rate": 0.0}
    scores = [dict(decide(declared_client_orientation=one, **rest).scores) for one in (said, more)]
    assert scores[0] == scores[1]


@few
@given(st.integers(-20, 20))
def test_a_reason_asked_for_after_the_offer_counts_nothing(days: int) -> None:
    """Holds: S2-05."""
    offer = {"id": "o", "proposed_on": DAY, "why_asked_on": DAY + timedelta(days=days), "need_reason": "growth"}
    assert known(decide({"opportunities": [offer]}), "proposals_asked_share") == (1.0 if days <= 0 else 0.0)


@few
@given(SHARE, SHARE, SHARE, SHARE, SHARE)
def test_orientation_is_the_lesser_of_understanding_and_trust(
    understood: float, reliable: float, visible: float, surprises: float, confirmed: float
) -> None:
    """Holds: P4, S2-07, S2-10, S2-11, S2-15, S2-22."""
    decision = decide(
        business_understanding=understood, reliability=reliable, promise_visibility=visible, changes_effective=2,
        surprise_rate=surprises, understanding_confirmed_share=confirmed,
    )  # fmt: skip
    orientation, instruments = (
        value(decision, "trust.partner.orientation"),
        value(decision, "trust.partner.instruments"),
    )
    assert orientation <= min(understood, instruments) + 1e-9
    assert orientation <= (0.8 if confirmed < 0.8 else 0.95)
    assert instruments <= (reliable + visible + 1 - surprises) / 3 + 1e-9
    if not reliable or not visible:
        assert instruments == 0


@few
@given(st.integers(0, 800), st.integers(0, 800))
def test_an_older_confirmation_never_counts_more(one: int, two: int) -> None:
    """Holds: S2-12."""

    def understood(age: int) -> Any:
        note = {
            "id": "n",
            "area": "goals",
            "occurred_on": date(2020, 1, 1),
            "confirmed_on": AS_OF - timedelta(days=age),
        }
        return known(decide({"insights": [note]}), "business_understanding")

    assert understood(min(one, two)) >= understood(max(one, two))
    assert understood(0) == 1 / 6


@few
@given(SHARE, SHARE, SHARE, SHARE)
def test_damage_falls_with_trust_and_is_nothing_where_the_mistake_is(
    severity: float, worse: float, trust: float, more: float
) -> None:
    """Holds: S2-13."""

    def damage(how_bad: float, trusted: float) -> Any:
        return value(decide(mistake_severity=how_bad, delivered_trust=trusted), "trust.partner.damage")

    assert damage(0.0, trust) == 0
    assert 0 <= damage(severity, max(trust, more)) <= damage(severity, min(trust, more)) + 1e-9
    assert damage(min(severity, worse), trust) <= damage(max(severity, worse), trust) + 1e-9
    healed = [{"id": "m", "kind": "mistake", "known_on": DAY, "severity": severity, "resolved_on": DAY}]
    assert value(decide({"issues": healed}, delivered_trust=trust), "trust.partner.damage") == 0


promise = st.sampled_from(["kept", "late", "open", "declined", "moved"])


def promises(kinds: list[str]) -> list[dict[str, Any]]:
    how = {
        "kept": {"kept_on": DAY},
        "late": {"kept_on": DAY + timedelta(days=3), "excused_on": DAY + timedelta(days=1)},
        "open": {"due_on": AS_OF + timedelta(days=30)},
        "declined": {"declined_on": DAY - timedelta(days=9)},
        "moved": {"renegotiated_on": DAY - timedelta(days=1), "due_on": AS_OF + timedelta(days=30)},
    }
    made = {"made_on": DAY - timedelta(days=10), "due_on": DAY}
    return [{"id": f"c{at}", **made, **how[kind]} for at, kind in enumerate(kinds)]


@few
@given(st.lists(promise, max_size=8))
def test_keeping_raises_reliability_breaking_lowers_it_declining_does_neither(kinds: list[str]) -> None:
    """Holds: S2-16, S2-17."""

    def reliability(more: list[str]) -> Any:
        return known(decide({"commitments": promises([*kinds, *more])}), "reliability")

    base, kept, late, declined = (reliability(more) for more in ([], ["kept"], ["late"], ["declined"]))
    if base is not None:
        assert late < base < kept
        assert declined == base


@few
@given(st.lists(promise, min_size=1, max_size=6), st.floats(0, 0.79))
def test_taking_on_what_will_not_be_kept_raises_no_score(kinds: list[str], chance: float) -> None:
    """Holds: S2-18."""
    before = promises(kinds)
    doubtful = {"id": "d", "made_on": DAY, "due_on": AS_OF + timedelta(days=60), "keep_probability": chance}
    asked = doubtful | {"made_on": None, "asked_on": DAY}
    one, two = decide({"commitments": before}), decide({"commitments": [*before, doubtful]})
    assert "trust.partner/do_not_commit" in two.fired
    first = decide({"commitments": [*before, asked]})
    assert first.outcomes["trust.partner.acceptance"].value == "do_not_commit"
    assert first.scores == one.scores, "what is only asked for is no promise"
    for name, score in one.scores.items():
        if name.startswith("trust.") and name != "trust.partner.damage" and score.high is not None:
            high = two.scores[name].high
            assert high is not None
            assert high <= score.high + 1e-9


@few
@given(SHARE, SHARE, st.booleans())
def test_a_plan_that_only_we_see_counts_nothing(one: float, two: float, seen: bool) -> None:
    """Holds: S2-19."""

    def visibility(complete: float) -> Any:
        plan = {"client_visible": seen, "plan_completeness": complete, "status_updated_on": AS_OF - timedelta(days=5)}
        row = {"id": "c", "made_on": DAY, "due_on": AS_OF + timedelta(days=30), **plan}
        return known(decide({"commitments": [row]}), "promise_visibility")

    assert visibility(min(one, two)) <= visibility(max(one, two))
    assert seen or visibility(two) == 0


@few
@given(st.integers(-30, 30), st.integers(-30, 30))
def test_earlier_notice_never_surprises_more(one: int, two: int) -> None:
    """Holds: S2-20."""

    def surprise(days: int) -> Any:
        change = {"id": "m", "kind": "change", "effective_on": DAY, "told_on": DAY - timedelta(days=days)}
        return known(decide({"issues": [change]}), "surprise_rate")

    assert surprise(max(one, two)) <= surprise(min(one, two))
    assert surprise(-1) == 1


@few
@given(SHARE, SHARE, st.integers(0, 900), st.sampled_from(["supplier", "ready", "partner"]), st.booleans())
def test_partnership_needs_both_parts_time_and_the_word_of_the_client(
    understood: float, trust: float, days: int, before: str, named: bool
) -> None:
    """Holds: P19, S2-14, S2-24, S2-25."""
    facts = {
        "business_understanding": understood, "reliability": trust, "promise_visibility": trust,
        "changes_effective": 0, "client_days": days, "named_partner": named,
    }  # fmt: skip
    base = Base(
        as_of=date(2026, 3, 31), states={STATUS: (before, date(2025, 1, 1))}, values={f"{STATUS}.state.": before}
    )
    handed = {name: cc.Fact(value=one, source="client_stated") for name, one in facts.items()}
    decision = ENGINE.evaluate({"id": "a"}, facts=handed, as_of=AS_OF, previous=base)
    after, rank = decision.states[STATUS].value, ["supplier", "ready", "partner"]
    assert after is not None
    assert rank.index(str(after)) <= rank.index(before) + 1
    if before != "partner" and after == "partner":
        assert named
    instruments = value(decision, "trust.partner.instruments")
    if understood < 0.6 or (instruments is not None and instruments < 0.6):
        assert after == "supplier"
    if before == "supplier" and days < 180:
        assert after == "supplier"
    held = Base(
        as_of=date(2026, 6, 1), states={STATUS: (before, date(2026, 6, 1))}, values={f"{STATUS}.state.": before}
    )
    soon = ENGINE.evaluate({"id": "a"}, facts=handed, as_of=AS_OF, previous=held).states[STATUS].value
    fallen = rank.index(str(after)) < rank.index(before)
    assert soon == (after if fallen else before), "the way up waits, the way down does not"
