"""What happens between the two sides: interactions, promises, service, surveys, matters raised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from clientcore.simulate.latent import Truth
from clientcore.simulate.ledger import Ledger, Row
from clientcore.simulate.recording import evening

_KINDS = (("call", 30.0), ("mail", 35.0), ("meeting", 25.0), ("visit", 7.0), ("workshop", 3.0))
_TOPICS = ("delivery", "price", "quality", "planning", "staffing", "regulation", "energy", "markets", "skills", "waste")
_HORIZONS = ("client", "industry", "economy", "ecology")


def write_interactions(
    ledger: Ledger, contacts: Sequence[str], team: Sequence[str], cycle: tuple[date, date] | None
) -> None:
    """Write two years of talks; their nature and topics are what the true mode looks like from outside.

    Args:
        ledger: Of the account.
        contacts: Ids of the contacts.
        team: Ids of the team.
        cycle: First and last day of the talks before the latest suggestion; who is consultative probes in these days
            and then becomes definite.
    """
    truth, chance = ledger.truth, ledger.chance
    for _ in range(4 + chance.count(8.0 + 26.0 * truth.activity)):
        # The sum of two draws: more of what is recent.
        back = int(chance.unit() * chance.unit() * 720) + (70 if truth.trouble and chance.happens(0.7) else 0)
        day = ledger.as_of - timedelta(days=back)
        before = cycle is not None and truth.rank >= 3 and cycle[0] - timedelta(days=170) < day <= cycle[1]
        _write_talk(ledger, day, contacts, team, probing=not before and chance.happens(_PROBES[truth.mode]))
    if cycle is not None and truth.rank >= 3:
        for _ in range(3 + chance.count(1.0)):
            _write_talk(ledger, chance.day(cycle[0], cycle[1] - timedelta(days=1)), contacts, team, probing=True)
        _write_talk(ledger, cycle[0], contacts, team, probing=True)
    if truth.rank >= 3 or (truth.rank == 2 and chance.happens(0.3)):
        for _ in range(2 + chance.count(1.5)):
            _write_talk(ledger, ledger.ago(1, 26), contacts, team, probing=True)
    for kind, likely in (("referral", truth.trust - 0.4), ("reference", truth.trust - 0.45)):
        if chance.happens(max(0.0, likely)):
            ledger.write(
                "interactions",
                occurred_on=ledger.ago(10, 500),
                source="client_behaviour",
                kind=kind,
                status="held",
                initiated_by="client",
            )
    if chance.happens(0.5):
        ledger.write(
            "interactions",
            kind="meeting",
            status="planned",
            planned_on=ledger.after(ledger.as_of, 2, 60),
            topic=chance.pick(_TOPICS),
            source="supplier_record",
            recorded_at=evening(ledger.ago(1, 20)),
        )


def _write_talk(ledger: Ledger, day: date, contacts: Sequence[str], team: Sequence[str], *, probing: bool) -> None:
    truth, chance = ledger.truth, ledger.chance
    educating = not probing and chance.happens(0.45 if truth.mode == "education" else 0.02)
    nature = "joint" if probing else chance.weighted(_natures(truth))
    questions = chance.whole(3, 9) if probing else chance.count(1.5)
    by_client = nature == "directive" or chance.happens(0.15 + 0.16 * truth.rank)
    advises = nature in {"advisory", "joint"}
    scope, horizon = _topic_scope(ledger)
    ledger.write(
        "interactions",
        occurred_on=max(day, truth.since),
        source="supplier_record",
        kind=chance.weighted(_KINDS),
        status="held",
        direction="inbound" if by_client else "outbound",
        initiated_by=ledger.noted("nature", "client" if by_client else "joint" if nature == "joint" else "supplier"),
        nature=ledger.noted("nature", nature),
        two_way=chance.happens(0.45 + 0.5 * truth.trust),
        # where trust is low, most goes through the point of contact
        contact_id=contacts[0] if chance.happens(0.7 - 0.6 * truth.trust) else chance.pick(contacts),
        team_member_id=chance.pick(team),
        topic=ledger.noted("topic", chance.pick(_topics(truth))),
        topic_scope=ledger.noted("topic", scope),
        horizon=horizon,
        is_probe=probing,
        is_challenge=chance.happens(_CHALLENGES[truth.mode]),
        questions=ledger.noted("talk", float(questions)),
        open_questions=ledger.noted(
            "talk", float(int(questions * chance.around(0.2 + 0.52 * truth.understanding, 0.2) + 0.5))
        ),
        talk_ratio=ledger.noted("talk", chance.around(0.6 - 0.34 * truth.understanding, 0.15)),
        playback_confirmed=ledger.noted("talk", chance.happens(truth.understanding)),
        is_education=educating,
        audience=chance.pick(("decider", "consumer", "both")) if educating else None,
        confirmed_by_client=chance.happens(0.1 + 0.9 * truth.trust) if advises and chance.happens(0.7) else None,
        duration_minutes=float(5 * chance.whole(1, 18)),
        response_hours=float(chance.whole(1, 60 - int(45 * truth.trust))) if by_client else None,
        sentiment=ledger.noted("talk", round(2.0 * chance.around(0.36 + 0.5 * truth.trust, 0.35) - 1.0, 4)),
    )


_PROBES = {
    "servicing": 0.01,
    "mining": 0.05,
    "strategic_fit": 0.14,
    "consultative": 0.28,
    "education": 0.14,
    "mentoring": 0.25,
}
_CHALLENGES = {
    "servicing": 0.01,
    "mining": 0.12,
    "strategic_fit": 0.15,
    "consultative": 0.2,
    "education": 0.15,
    "mentoring": 0.3,
}


def _natures(truth: Truth) -> tuple[tuple[str, float], ...]:
    lead = truth.rank / 5.0
    return (
        ("directive", 70.0 - 62.0 * lead),
        ("informative", 22.0),
        ("pitch", 16.0 if truth.mode == "mining" else 5.0),
        ("advisory", 1.0 + 34.0 * lead if truth.rank else 0.0),
        ("joint", 2.0 + 40.0 * lead),
    )


def _topics(truth: Truth) -> Sequence[str]:
    if truth.mode == "mentoring":
        return _TOPICS[: 4 + int(6.9 * truth.breadth)]
    return _TOPICS if truth.rank >= 3 else _TOPICS[: 3 + truth.rank]


def _topic_scope(ledger: Ledger) -> tuple[str, str | None]:
    truth, chance = ledger.truth, ledger.chance
    if truth.mode == "mentoring":
        wide = chance.happens(0.2 + 0.75 * truth.breadth)
        scope = (
            chance.pick(("supplier_peripheral", "client_peripheral", "client_peripheral")) if wide else "client_core"
        )
        return scope, chance.pick(_HORIZONS) if chance.happens(0.5) else None
    return chance.weighted((("client_core", 45.0), ("supplier_core", 45.0), ("supplier_peripheral", 10.0))), None


def write_commitments(ledger: Ledger, team: Sequence[str]) -> None:
    """Write promises; how many are kept in time is what trust looks like from outside."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle == "prospect":
        return
    for number in range(3 + chance.count(4.0 + 5.0 * truth.activity)):
        made = ledger.ago(2, 700)
        due = ledger.after(made, 5, 60)
        declined = chance.happens(0.04)
        kept_on = due + timedelta(
            days=chance.whole(-6, 0) if chance.happens(0.42 + 0.62 * truth.trust) else chance.whole(1, 30)
        )
        kept = None if declined or chance.happens(0.12 * (1.0 - truth.trust)) else ledger.past(max(made, kept_on))
        missed = not declined and due < ledger.as_of and (kept is None or kept > due)
        ledger.write(
            "commitments",
            title=chance.pick(("delivery", "report", "repair", "offer", "training day")),
            kind=chance.pick(("delivery", "response", "document", "action")),
            owner_id=chance.pick(team),
            # a status that told what became of it would be known before its day in a back-test
            status="declined" if declined else "open",
            made_on=made,
            due_on=None if declined else due,
            kept_on=kept,
            declined_on=made if declined else None,
            renegotiated_on=(
                moved := ledger.past(ledger.after(made, 1, 4))
                if missed and chance.happens(0.45 + 0.5 * truth.trust)
                else None
            ),
            # as long as the slowest is late, so that what both sides agreed on is kept unless it never is
            new_due_on=due + timedelta(days=30) if moved else None,
            keep_probability=_own_chance(ledger) if due > ledger.as_of else None,
            is_first_phase=number == 0,
            client_visible=ledger.noted("promise", chance.happens(0.5 + 0.55 * truth.trust)),
            plan_completeness=ledger.noted("promise", chance.around(0.45 + 0.6 * truth.trust, 0.2)),
            status_updated_on=ledger.noted("promise", ledger.past(ledger.after(made, 1, 20))),
            has_quota=chance.happens(0.02 if truth.mode == "mentoring" else 0.25),
        )


def write_asked(ledger: Ledger, team: Sequence[str]) -> None:
    """Write what the client asks for that is not promised yet; it draws after all others."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "prospect" and chance.happens(0.3 * truth.activity):
        ledger.write(
            "commitments",
            title=chance.pick(("delivery", "report", "repair", "training day")),
            kind=chance.pick(("delivery", "response", "document", "action")),
            owner_id=chance.pick(team),
            status="open",
            asked_on=ledger.ago(0, 20),
            due_on=ledger.as_of + timedelta(days=chance.whole(10, 90)),
            effort_hours=float(chance.whole(2, 40)),
            keep_probability=_own_chance(ledger) if chance.happens(0.7) else None,
        )


def _own_chance(ledger: Ledger) -> float:
    """Return how likely we think it that a promise will be kept."""
    doubted = ledger.chance.happens(max(0.01, 0.55 - 0.8 * ledger.truth.trust))
    return ledger.chance.around(0.6, 0.2) if doubted else ledger.chance.around(0.94, 0.1)


def write_cases(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write requests for service; able suppliers solve more of them, with fewer hands."""
    truth, chance = ledger.truth, ledger.chance
    able = 0.4 * truth.trust + 0.6 * truth.competence
    if truth.lifecycle == "prospect":
        return
    for _ in range(chance.count(2.5 + 4.0 * truth.activity * (1.2 - truth.trust))):
        opened = ledger.ago(1, 700)
        closed = ledger.past(ledger.after(opened, 0, 40 - int(30 * truth.trust)))
        solved = closed is not None and chance.happens(0.34 + 0.68 * able)
        rated = closed is not None and chance.happens(0.4)
        ledger.write(
            "cases",
            kind=chance.pick(("question", "problem", "request", "complaint")),
            priority=chance.weighted((("low", 40.0), ("medium", 40.0), ("high", 16.0), ("critical", 4.0))),
            status="closed" if closed else "open",
            contact_id=chance.pick(contacts),
            is_closed=closed is not None,
            is_resolved=ledger.noted("service", solved),
            is_escalated=chance.happens(0.25 * (1.0 - truth.trust)),
            opened_at=ledger.at(opened, 9),
            first_response_at=ledger.at(opened, 9 + chance.whole(0, 8)),
            closed_at=ledger.at(closed, 18) if closed else None,
            resolution_due_at=ledger.at(ledger.after(opened, 2, 14), 18),
            handoffs=ledger.noted("service", float(chance.count(1.5 - 1.5 * able))),
            courtesy=1.0 + float(int(4.0 * chance.around(0.64 + 0.3 * truth.trust, 0.3) + 0.5)) if rated else None,
            satisfaction=1.0 + ledger.answer(4, closed) if closed and rated else None,
        )


def write_surveys(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write invitations and the answers that came; few answer, as in life."""
    truth, chance = ledger.truth, ledger.chance
    for kind, high in (("nps", 10), ("csat", 5), ("value_for_money", 10)):
        for contact in contacts[: chance.count((5.5 if kind == "csat" else 4.5) * truth.activity)]:
            invited = ledger.ago(5, 500)
            answered = ledger.past(ledger.after(invited, 0, 12)) if ledger.answers() else None
            low = 0 if high == 10 else 1
            ledger.write(
                "survey_responses",
                kind=kind,
                contact_id=contact,
                invited_on=invited,
                responded_on=answered,
                value=low + ledger.answer(high - low, answered, 0.26 if kind == "csat" else 0.45) if answered else None,
                scale_low=float(low),
                scale_high=float(high),
                source="client_stated",
            )


def _change(ledger: Ledger, known: date, *, told: bool) -> Row:
    """Return what a change of plan has beside other matters: whose it is, from when, and what is left of the plan."""
    truth, chance = ledger.truth, ledger.chance
    return {
        "effective_on": ledger.after(known, 14 if told else 0, 45 if told else 6),
        "initiated_by": "client" if chance.happens(0.55 - 0.4 * truth.trust) else "supplier",
        "intent_preserved": chance.happens(0.7 + 0.3 * truth.trust),
    }


def write_changes(ledger: Ledger) -> None:
    """Write further changes of plan, of which a busy account has some each year; it draws after all others."""
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "client":
        return
    for _ in range(chance.count(0.8 + 3.0 * truth.activity)):
        known = ledger.ago(5, 400)
        told = chance.happens(0.4 + 0.58 * truth.trust)
        ledger.write(
            "issues",
            occurred_on=known,
            kind="change",
            title="a plan that was changed",
            severity=chance.around(0.25, 0.25),
            known_on=known,
            told_on=ledger.past(ledger.after(known, 0, 9)) if told else None,
            client_discovered_on=None if told else ledger.past(ledger.after(known, 1, 20)),
            resolved_on=ledger.past(ledger.after(known, 2, 60)),
            correction_disclosed=ledger.noted("service", chance.happens(0.5 + 0.5 * truth.trust)),
            **_change(ledger, known, told=told),
        )


def write_issues(ledger: Ledger) -> None:
    """Write bad news and matters at the edge of the client's view, told in time or found out."""
    truth, chance = ledger.truth, ledger.chance
    for _ in range(chance.count(0.8 + 1.5 * truth.activity)):
        known = ledger.ago(5, 500)
        told = chance.happens(0.4 + 0.58 * truth.trust)
        kind = chance.weighted((("bad_news", 40.0), ("mistake", 30.0), ("change", 30.0)))
        more = _change(ledger, known, told=told) if kind == "change" else {}
        lasting = kind == "mistake" and chance.happens(0.6 * (1.0 - truth.trust))
        ledger.write(
            "issues",
            occurred_on=known,
            kind=kind,
            title="a matter of delivery",
            severity=chance.around(0.6 if lasting else 0.4, 0.4),
            known_on=known,
            told_on=ledger.past(ledger.after(known, 0, 9)) if told else None,
            client_discovered_on=None if told else ledger.past(ledger.after(known, 1, 20)),
            resolved_on=None if lasting else ledger.past(ledger.after(known, 2, 60)),
            **more,
        )
    edges = 3 + chance.count(2.0) if truth.mode == "mentoring" else chance.count(0.15 * truth.rank)
    for _ in range(edges):
        raised = ledger.ago(12, 330)
        ledger.write(
            "issues",
            occurred_on=raised,
            kind="peripheral",
            title="something at the edge of the client's view",
            scope="client_peripheral",
            acknowledged_on=ledger.past(ledger.after(raised, 0, 9))
            if chance.happens(0.7 + 0.6 * truth.breadth if truth.mode == "mentoring" else 0.6)
            else None,
        )


def write_ideas(ledger: Ledger) -> None:
    """Write ideas that came up on the way, gone through or not; it draws after all others.

    They are noted where the talk goes wide, and anywhere else nobody asks for them.
    """
    truth, chance = ledger.truth, ledger.chance
    for _ in range(1 + chance.count(2.0) if truth.mode == "mentoring" else 0):
        noted = ledger.ago(12, 330)
        ledger.write(
            "issues",
            occurred_on=noted,
            kind="idea",
            title="an idea that nobody asked for",
            acknowledged_on=ledger.past(ledger.after(noted, 0, 9))
            if chance.happens(0.3 + 0.7 * truth.breadth)
            else None,
        )
