"""How the two sides live with each other: first days, inductions, role models, skills, credit, written components."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from clientcore.simulate.ledger import Ledger, Row

_COMPONENTS = (
    "account_management", "understanding_clients", "values", "account_manager", "relationships", "contacts",
    "propositions", "qualification", "scorecard", "risk", "reviews", "surveys", "swot",
)  # fmt: skip


def write_conduct(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write what fit of the two ways of working and trust look like in everyday work.

    It comes last and draws last, so that what was written before is the same with and without it.
    """
    _date_first_work(ledger)
    _write_mutual_culture(ledger, contacts)
    _mark_goals(ledger)
    _mark_talks(ledger)
    _write_answers(ledger, contacts)
    _mark_assets(ledger)
    _write_components(ledger)


def _date_first_work(ledger: Ledger) -> None:
    for row in ledger.rows("team_members"):
        began = row["assigned_on"] + timedelta(days=ledger.chance.whole(0, 30))
        row["first_worked_on"] = ledger.noted("people", ledger.past(began))


def _write_mutual_culture(ledger: Ledger, contacts: Sequence[str]) -> None:
    truth, chance = ledger.truth, ledger.chance
    if chance.happens(0.3):
        ledger.write(
            "culture_statements",
            occurred_on=ledger.ago(10, 700),
            side="client",
            stated_by="client",
            unit=chance.pick(("plant", "laboratory", "headquarters")),
            dimension=chance.pick(("pace", "hierarchy", "directness", "risk")),
            value=chance.around(0.5, 0.5),
        )
    if ledger.rows("culture_statements") and chance.happens(0.8):
        ledger.write(
            "culture_statements",
            occurred_on=ledger.ago(10, 700),
            side="supplier",
            stated_by="client",
            understand=chance.around(truth.culture, 0.2),
            accept=chance.around(truth.culture, 0.2),
        )
    for _ in range(chance.count(0.6 + truth.culture)):
        named = ledger.ago(20, 700)
        ledger.write(
            "role_models",
            contact_id=chance.pick(contacts),
            named_on=named,
            reassessed_on=max(named, ledger.ago(5, 115)) if chance.happens(0.3 + 0.7 * truth.culture) else None,
            in_favour=chance.happens(0.9),
            is_active=True,
        )
    if chance.happens(0.02):
        ledger.write(
            "decision_records", decided_on=ledger.ago(20, 600), decided_by_role="delivery_lead", kind="refusal",
            reason=chance.pick(("legal", "safety", "ethical")),
        )  # fmt: skip


def _mark_goals(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("mutual_goals"):
        if chance.happens(truth.record_keeping):
            row["baseline"] = 100.0
            row["result"] = float(round(100.0 + 30.0 * (chance.around(0.3 + 0.6 * truth.trust, 0.4) - 0.3)))
        if row["achieved_on"] is not None:
            credit = chance.pick(("client", "joint")) if chance.happens(0.3 + 0.7 * truth.trust) else "supplier"
            row["credited_to"] = ledger.noted("people", credit)


def _mark_talks(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("interactions"):
        if row["occurred_on"] is None:
            continue
        row["negative_mention"] = ledger.noted("talk", chance.happens(0.02 * (1.0 - truth.culture)))
        row["is_skill_transfer"] = chance.happens(0.08 * truth.trust)


def _write_answers(ledger: Ledger, contacts: Sequence[str]) -> None:
    chance = ledger.chance
    for kind in ("fairness", "reliability"):
        for contact in contacts[: chance.whole(0, 3)]:
            invited = ledger.ago(5, 360)
            answered = ledger.past(ledger.after(invited, 0, 12)) if ledger.answers() else None
            ledger.write(
                "survey_responses",
                kind=kind,
                contact_id=contact,
                invited_on=invited,
                responded_on=answered,
                value=ledger.answer(10, answered, 0.45) if answered else None,
                scale_low=0.0,
                scale_high=10.0,
                source="client_stated",
            )


def _mark_assets(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    for row in ledger.rows("assets"):
        new = not row["is_competitor_product"] and chance.happens(0.2)
        row["is_innovation"] = new
        row["last_used_on"] = ledger.ago(0, 60) if chance.happens(0.25 + 0.7 * truth.trust) else ledger.ago(120, 500)
    for row in ledger.rows("obligations"):
        waived: Row = {"waived_on": row["due_on"]} if row["met_on"] is None and chance.happens(0.15) else {}
        row.update(waived if waived and ledger.past(row["due_on"]) else {})


def _write_components(ledger: Ledger) -> None:
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "client":
        return
    for component in _COMPONENTS:
        if chance.happens(1.35 * truth.record_keeping - 0.12):
            ledger.write("reviews", kind="artefact", component=component, held_on=ledger.ago(5, 420))
    for _ in range(chance.count(1.2)):
        reached = chance.around(0.6 + 0.5 * truth.trust, 0.3)
        ledger.write(
            "goal_metrics",
            name="orders shipped in time",
            metric="share",
            focus="client",
            target=0.95,
            actual=round(0.95 * (0.6 + 0.5 * reached), 4),
            baseline=0.8,
            due_on=ledger.after(ledger.as_of, 10, 200),
            measured_on=ledger.ago(2, 60),
        )
