"""What goes wrong, and right again, within a few weeks: what patterns of events are made to see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from clientcore.simulate.ledger import Ledger, Row

#: Tables that stand still where nobody looks after an account, with the day of each row.
_STIRRING = (
    ("interactions", "occurred_on"),
    ("orders", "ordered_on"),
    ("cases", "opened_at"),
    ("survey_responses", "invited_on"),
)


def write_troubles(ledger: Ledger, contacts: Sequence[str], team: Sequence[str]) -> None:
    """Write what the accounts in trouble have in common, and what now and then happens to the others.

    Args:
        ledger: Of the account.
        contacts: Ids of the contacts.
        team: Ids of the team.
    """
    truth, chance = ledger.truth, ledger.chance
    if truth.lifecycle != "client":
        return
    if chance.happens(0.03):
        _mix_up_days(ledger)
    if truth.trouble:
        if chance.happens(0.6):
            _write_run(ledger, team, contacts)
        if chance.happens(0.6):
            _write_escalation(ledger, contacts)
        if chance.happens(0.35):
            _lose_sponsor(ledger, contacts)
        if chance.happens(0.4):
            _change_management(ledger)
    elif chance.happens(0.05):
        _write_recovery(ledger, contacts, first_praised=chance.happens(0.4))
    if chance.happens(0.04 + (0.25 if truth.trouble else 0.0)):
        _lose_twice(ledger)


def fall_asleep(ledger: Ledger) -> None:
    """Take away what was written of some accounts in the last half year: nobody looks after them any more."""
    if ledger.truth.lifecycle != "client" or ledger.truth.rank >= 3 or not ledger.chance.happens(0.025):
        return
    since = ledger.as_of - timedelta(days=190)
    for table, name in _STIRRING:
        start = ledger.starts[table]
        rows = [row for row in ledger.tables[table][start:] if row[name] is None or _day(row[name]) < since]
        del ledger.tables[table][start:]
        ledger.tables[table].extend(rows)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _mix_up_days(ledger: Ledger) -> None:
    """Write one order as shipped before it was placed, a slip of the pen."""
    for row in ledger.rows("orders")[:1]:
        row["shipped_on"] = row["ordered_on"] - timedelta(days=ledger.chance.whole(1, 9))


def _days_back(ledger: Ledger, least: int, most: int) -> date:
    return ledger.as_of - timedelta(days=ledger.chance.whole(least, most))


def _write_run(ledger: Ledger, team: Sequence[str], contacts: Sequence[str]) -> None:
    """Write missed commitments and a complaint within a month, half of which nobody has answered."""
    chance = ledger.chance
    for _ in range(2 + chance.count(0.6)):
        due = _days_back(ledger, 2, 26)
        ledger.write(
            "commitments",
            title=chance.pick(("delivery", "report", "repair")),
            kind="delivery",
            owner_id=chance.pick(team),
            status="open",
            made_on=due - timedelta(days=chance.whole(10, 30)),
            due_on=due,
            is_first_phase=False,
            client_visible=False,
            has_quota=False,
        )
    _write_case(ledger, contacts, _days_back(ledger, 6, 24), {"kind": "complaint"}, answered=chance.happens(0.5))


def _write_escalation(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write a low answer and then a case that was escalated."""
    _write_answer(ledger, contacts, _days_back(ledger, 35, 80), high=False)
    _write_case(
        ledger,
        contacts,
        _days_back(ledger, 4, 33),
        {"kind": "problem", "priority": "critical", "is_escalated": True},
        answered=True,
    )


def _write_case(ledger: Ledger, contacts: Sequence[str], opened: date, more: Row, *, answered: bool) -> str:
    return ledger.write(
        "cases",
        **{
            "priority": "high",
            "status": "open",
            "contact_id": ledger.chance.pick(contacts),
            "is_closed": False,
            "is_escalated": False,
            "opened_at": ledger.at(opened, 9),
            "first_response_at": ledger.at(opened, 15) if answered else None,
            "resolution_due_at": ledger.at(opened + timedelta(days=10), 18),
            **more,
        },
    )


def _write_answer(ledger: Ledger, contacts: Sequence[str], day: date, *, high: bool) -> None:
    chance = ledger.chance
    ledger.write(
        "survey_responses",
        kind="nps",
        contact_id=chance.pick(contacts),
        invited_on=day - timedelta(days=chance.whole(0, 8)),
        responded_on=day,
        value=float(chance.whole(9, 10) if high else chance.whole(1, 4)),
        scale_low=0.0,
        scale_high=10.0,
        source="client_stated",
    )


def _lose_sponsor(ledger: Ledger, contacts: Sequence[str]) -> None:
    """Write that somebody who stood up for us left, and a tender that came after that without us."""
    chance = ledger.chance
    left = _days_back(ledger, 120, 330)
    began = left - timedelta(days=chance.whole(100, 900))
    ledger.write(
        "account_contact_roles",
        contact_id=contacts[-1],
        role="executive_sponsor",
        is_primary=False,
        is_active=False,
        started_on=began,
        ended_on=left,
        recorded_at=ledger.at(left, 19),
    )
    published = left + timedelta(days=chance.whole(20, 110))
    ledger.write(
        "opportunities",
        name=f"tender of {published:%Y-%m}",
        kind="replacement",
        origin="client_need",
        stage="propose",
        is_won=False,
        is_closed=False,
        opened_on=published,
        close_on=ledger.as_of + timedelta(days=chance.whole(10, 90)),
        is_repeat=True,
        is_expansion=False,
        is_suggestion=False,
        formal_tender=True,
        rfp_published_on=published,
        input_accepted=False,
    )


def _change_management(ledger: Ledger) -> None:
    for row in ledger.rows("accounts"):
        row["management_changed_on"] = _days_back(ledger, 65, 170)


def _write_recovery(ledger: Ledger, contacts: Sequence[str], *, first_praised: bool) -> None:
    """Write a complaint with praise before it, or with praise once it was solved."""
    complained = _days_back(ledger, 10, 16) if first_praised else _days_back(ledger, 18, 26)
    _write_case(ledger, contacts, complained, {"kind": "complaint", "is_resolved": not first_praised}, answered=True)
    _write_answer(
        ledger, contacts, _days_back(ledger, 18, 26) if first_praised else _days_back(ledger, 2, 12), high=True
    )


def _lose_twice(ledger: Ledger) -> None:
    """Write two deals lost to one competitor within a year."""
    chance = ledger.chance
    competitor = ledger.write(
        "competitors",
        name="a competitor that undercuts",
        is_incumbent=False,
        is_active=True,
        seen_on=_days_back(ledger, 5, 60),
        threat=chance.around(0.75, 0.2),
    )
    for back in (40, 190):
        closed = _days_back(ledger, back, back + 120)
        ledger.write(
            "opportunities",
            name=f"need of {closed:%Y-%m}",
            kind="new",
            origin="client_need",
            stage="closed",
            amount=chance.skewed(3_000, 0.9),
            is_won=False,
            is_closed=True,
            opened_on=closed - timedelta(days=chance.whole(20, 90)),
            close_on=closed,
            closed_on=closed,
            is_repeat=False,
            is_expansion=False,
            is_suggestion=False,
            formal_tender=False,
            competitor_id=competitor,
        )
