"""Where the two sides stand: intent, goals, culture, what is understood, wider horizons, the big switch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clientcore.simulate.ledger import Ledger, Row
from clientcore.simulate.recording import evening

_AREAS = ("business_model", "value_chain", "goals", "kpis", "constraints", "lever")
_FORCES = ("customers", "suppliers", "rivals", "entrants", "substitutes", "regulators")
_SCOPES = ("client", "industry", "economy", "ecology")
_DIMENSIONS = ("pace", "hierarchy", "directness", "risk")
_EVIDENCE = ("co_investment", "executive_time", "data_shared", "joint_roadmap", "stated_priority")
_POSITIONS = ("sponsor", "time", "mandate", "escalation", "succession")


def write_intent(ledger: Ledger) -> None:
    """Write behaviour that shows how much each side wants; neither side's intent moves the other's evidence."""
    truth, chance = ledger.truth, ledger.chance
    for side, intent in (("client", truth.intent_client), ("supplier", truth.intent_supplier)):
        for _ in range(chance.count(1.0 + 3.0 * intent)):
            ledger.write(
                "intent_evidence",
                occurred_on=ledger.ago(3, 360),
                source="client_behaviour" if side == "client" else "supplier_record",
                side=side,
                kind=chance.pick(_EVIDENCE),
                strength=chance.around(intent, 0.2),
                hours=float(chance.count(20.0 * intent)),
            )


def write_goals(ledger: Ledger, contacts: Sequence[str], team: Sequence[str]) -> list[str]:
    """Write the goals that were spoken of; with intent on both sides they become joint ones.

    Returns:
        Ids of the goals.
    """
    truth, chance = ledger.truth, ledger.chance
    both = min(truth.intent_client, truth.intent_supplier)
    goals = []
    for _ in range(int(truth.rank >= 2) + chance.count(0.3 + 2.4 * both)):
        joint = chance.happens(both)
        agreed = ledger.ago(40, 500)
        goals.append(
            ledger.write(
                "mutual_goals",
                title=chance.pick(("shorter lead time", "less waste", "fewer returns", "new market", "lower stock")),
                kind="joint" if joint else chance.pick(("one_off_saving", "sustainable")),
                client_owner_id=chance.pick(contacts) if joint or chance.happens(0.3) else None,
                supplier_owner_id=chance.pick(team) if joint or chance.happens(0.5) else None,
                lever="what we supply shortens the way to it" if chance.happens(truth.understanding) else None,
                agreed_on=agreed,
                confirmed_on=ledger.ago(2, 40) if chance.happens(truth.trust) else None,
                due_on=ledger.after(agreed, 90, 700),
                achieved_on=ledger.past(ledger.after(agreed, 60, 400)) if chance.happens(0.3 * truth.trust) else None,
            )
        )
    return goals


def write_culture(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write what each side says about the client's culture and how far it lives with it."""
    truth, chance = ledger.truth, ledger.chance
    if not contacts:
        return
    sides = ("supplier",) if chance.happens(0.1) else ("client", "supplier")
    for dimension in _DIMENSIONS[: chance.weighted(((0, 7.0), (1, 14.0), (2, 24.0), (3, 27.0), (4, 28.0)))]:
        place = chance.around(0.5, 0.5)
        for stated_by in sides:
            ledger.write(
                "culture_statements",
                occurred_on=ledger.ago(10, 700),
                side="client",
                stated_by=stated_by,
                dimension=dimension,
                value=place if stated_by == "client" else chance.around(place, 1.5 * (1.0 - truth.culture)),
                understand=chance.around(truth.culture, 0.2),
                accept=chance.around(truth.culture, 0.2),
                # we see ourselves kinder than the client does
                comply=chance.around(truth.culture + (0.12 if stated_by == "supplier" else 0.0), 0.24),
            )


def write_insights(ledger: Ledger, goals: Sequence[str], offerings: Sequence[str]) -> None:
    """Write what is understood of the client's business and of the forces around it, and what was learnt."""
    truth, chance = ledger.truth, ledger.chance
    known = truth.rank >= 2
    for area in _AREAS:
        if chance.happens(0.97 if known else 0.26 + 0.95 * truth.understanding):
            _write_insight(ledger, area, None, goals, offerings)
    for force in _FORCES:
        if chance.happens(0.85 if known else 0.3 * truth.understanding):
            _write_insight(ledger, "ecosystem", force, goals, offerings)
    for _ in range(chance.count(3.0 * truth.understanding)):
        learnt = ledger.ago(10, 600)
        applied = ledger.past(ledger.after(learnt, 10, 120)) if chance.happens(truth.understanding) else None
        ledger.write("learnings", occurred_on=learnt, title="something learnt on the way", applied_on=applied)


def write_lessons(ledger: Ledger) -> None:
    """Let what was learnt name the next proposal that builds on it, where the team keeps its lessons in one list.

    There no proposal counts them itself. Elsewhere each proposal says how many it builds on, and the list says nothing.
    """
    truth, chance = ledger.truth, ledger.chance
    if not chance.happens(0.3 + 0.4 * truth.record_keeping):
        return
    proposals = sorted((row for row in ledger.rows("opportunities") if row["proposed_on"]), key=_proposed)
    for proposal in proposals:
        proposal["learnings_cited"] = None
    for lesson in ledger.rows("learnings"):
        later = [proposal["id"] for proposal in proposals if proposal["proposed_on"] > lesson["occurred_on"]]
        if later and chance.happens(0.3 + 0.65 * truth.understanding):
            lesson["opportunity_id"] = later[0]


def _proposed(row: Row) -> tuple[date, str]:
    return row["proposed_on"], row["id"]


def _write_insight(
    ledger: Ledger, area: str, force: str | None, goals: Sequence[str], offerings: Sequence[str]
) -> None:
    truth, chance = ledger.truth, ledger.chance
    fresh = truth.rank >= 2
    noticed = ledger.ago(1, 25 if fresh else 480)
    linked = chance.happens(0.75 if truth.rank >= 3 else 0.25)
    ledger.write(
        "insights",
        occurred_on=noticed,
        source="client_stated" if chance.happens(0.7 if fresh else 0.25 + 0.3 * truth.trust) else "supplier_record",
        area=area,
        force=force,
        title=f"how it stands with the client's {(force or area).replace('_', ' ')}",
        goal_id=chance.pick(goals) if goals and linked else None,
        offering_id=chance.pick(offerings) if linked else None,
        research=chance.pick(("internal", "external")) if linked else "none",
        completeness=chance.around(0.92 if fresh else 0.35 + 0.5 * truth.understanding, 0.08 if fresh else 0.25),
        confirmed_on=ledger.past(ledger.after(noticed, 0, 5)) if chance.happens(0.9 if fresh else 0.3) else None,
    )


def write_horizons(ledger: Ledger) -> None:
    """Write the wider views that were opened to the client."""
    truth, chance = ledger.truth, ledger.chance
    scopes = (
        [*_SCOPES, *_SCOPES][: chance.whole(3, 8)]
        if truth.mode == "mentoring"
        else [chance.pick(_SCOPES)]
        if chance.happens(0.08 * truth.rank)
        else []
    )
    for scope in scopes:
        shown = ledger.ago(15, 340)
        ledger.write(
            "horizons",
            scope=scope,
            title=f"a change in the {scope}",
            introduced_on=shown,
            acknowledged_on=ledger.past(ledger.after(shown, 0, 10))
            if chance.happens(0.6 + 0.4 * truth.trust)
            else None,
        )


def write_switch(ledger: Ledger) -> Row:
    """Write the recorded decision of a mentoring account.

    Returns:
        The positions that the supplier has taken, as handed-in facts; empty where nobody says.
    """
    positions: Row = {}
    truth, chance = ledger.truth, ledger.chance
    mentoring = truth.mode == "mentoring"
    if mentoring or chance.happens(0.15 + 0.15 * truth.rank):
        taken = 1.0 if mentoring else 0.1 + 0.12 * truth.rank
        positions = {f"position_{position}": chance.happens(taken) for position in _POSITIONS}
        positions["executive_commitment"] = chance.happens(taken)
        positions["risk_appetite"] = chance.around(0.85 if mentoring else 0.4, 0.15)
    if mentoring and chance.happens(0.85):
        ledger.write(
            "decision_records",
            machine="spectrum.switch.mentoring_switch",
            target="on",
            decided_on=ledger.ago(20, 300),
            decided_by_role="management",
            kind="state",
            reason="the positions are taken and the client asks for more than supply",
        )
    elif chance.happens(0.1):
        ledger.write(
            "decision_records", decided_on=ledger.ago(20, 600), decided_by_role="account_manager", kind="decline",
            reason="no capacity to keep the promise",
        )  # fmt: skip
    return positions


def write_stewardship(ledger: Ledger) -> None:
    """Write reviews, risks and workstreams."""
    for _ in range(ledger.chance.count(0.5 + 2.0 * ledger.truth.trust)):
        _write_review(ledger)
    for _ in range(ledger.chance.count(0.8)):
        _write_risk(ledger)
    if ledger.truth.lifecycle == "client" and ledger.chance.happens(0.4 + 0.1 * ledger.truth.rank):
        _write_workstream(ledger)


def _write_review(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    held = ledger.ago(10, 500)
    agreed = chance.whole(1, 8)
    ledger.write(
        "reviews",
        kind=chance.pick(("account_review", "business_review", "executive")),
        planned_on=held,
        held_on=held,
        is_joint=chance.happens(truth.trust),
        executive_attended=chance.happens(0.6 * truth.intent_client),
        actions_agreed=float(agreed),
        actions_closed=float(int(agreed * chance.around(truth.trust, 0.3))),
    )


def _write_risk(ledger: Ledger) -> None:
    chance = ledger.chance
    ledger.write(
        "risks",
        kind="risk",
        title="a part arrives late and the line stands still",
        probability=chance.around(0.3, 0.3),
        impact=chance.skewed(2_000, 0.98),
        response=chance.pick(("avoid", "reduce", "share", "accept")),
        due_on=ledger.after(ledger.as_of, 5, 120),
        recorded_at=evening(ledger.ago(200, 400)),
    )


def _write_workstream(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    started = ledger.ago(30, 500)
    delivered = ledger.past(ledger.after(started, 20, 90))
    hours = float(chance.whole(40, 600))
    workstream = ledger.write(
        "workstreams",
        name="rollout",
        mode="servicing" if truth.rank < 3 else "consultative",
        started_on=started,
        ends_on=ledger.after(started, 90, 600),
        initial_phase_delivered_on=delivered if chance.happens(0.3 + 0.7 * truth.trust) else None,
        planned_hours=hours,
        spent_hours=round(hours * chance.unit() * 1.1, 1),
    )
    for row in ledger.rows("interactions"):
        if row["occurred_on"] is not None and row["occurred_on"] >= started and chance.happens(0.5):
            row["workstream_id"] = workstream
