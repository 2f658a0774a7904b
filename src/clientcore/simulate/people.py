"""Contacts, their roles, and the team that serves the account."""

from __future__ import annotations

from clientcore.simulate.ledger import Ledger
from clientcore.simulate.names import FUNCTIONS, person

_SENIORITIES = (("staff", 45.0), ("manager", 35.0), ("executive", 15.0), ("board", 5.0))
_ROLES = ("decision_maker", "influencer", "business_user", "influencer", "economic_buyer", "evaluator")
_TEAM = ("account_manager", "delivery", "specialist", "support", "delivery", "specialist", "executive_sponsor")


def write_contacts(ledger: Ledger) -> list[str]:
    """Write the contacts with one role each; trusted suppliers know more people, and higher ones.

    Returns:
        Ids of the contacts, the point of contact first.
    """
    truth, chance = ledger.truth, ledger.chance
    contacts = [_write_contact(ledger) for _ in range(2 + chance.count(1.0 + 5.0 * truth.trust))]
    for number, contact in enumerate(contacts):
        role = "point_of_contact" if number == 0 else _ROLES[(number - 1) % len(_ROLES)]
        _write_role(ledger, contact, role)
    if truth.mode == "education":
        _write_role(ledger, contacts[0], "prescriber")
        _write_role(ledger, contacts[-1], "consumer")
    return contacts


def _write_contact(ledger: Ledger) -> str:
    truth, chance = ledger.truth, ledger.chance
    joined = ledger.ago(100, 3000)
    gone = chance.happens(0.06)
    mood = chance.around(truth.trust, 0.4)
    return ledger.write(
        "contacts",
        name=person(chance),
        business_function=ledger.noted("people", chance.pick(FUNCTIONS)),
        seniority=ledger.noted("people", chance.weighted(_SENIORITIES)),
        is_active=not gone,
        joined_on=joined,
        left_on=ledger.past(ledger.after(joined, 60, 900)) if gone else None,
        disposition=ledger.noted("people", "supporter" if mood > 0.6 else "neutral" if mood > 0.25 else "opponent"),
        influence=ledger.noted("people", chance.around(0.5, 0.5)),
    )


def _write_role(ledger: Ledger, contact: str, role: str) -> None:
    ledger.write(
        "account_contact_roles",
        contact_id=contact,
        role=role,
        is_primary=role == "point_of_contact",
        is_active=True,
        started_on=ledger.ago(60, 1500),
        strength=ledger.noted("people", ledger.chance.around(ledger.truth.trust, 0.25)),
    )


def write_team(ledger: Ledger) -> list[str]:
    """Write the team and its inductions.

    Returns:
        Ids of the team, the account manager first.
    """
    truth, chance = ledger.truth, ledger.chance
    size = min(len(_TEAM), 2 + chance.count(0.6 * truth.rank + 1.5 * truth.activity))
    mentors = max(1, size // 5) if truth.mode == "mentoring" else 0
    team = []
    for number in range(size):
        is_mentor = 0 < number <= mentors
        hours = chance.whole(4, 20 + 20 * truth.rank)
        member = ledger.write(
            "team_members",
            name=person(chance),
            role=_TEAM[number],
            business_function=ledger.noted("people", chance.pick(FUNCTIONS)),
            seniority="executive"
            if is_mentor or _TEAM[number] == "executive_sponsor"
            else "manager"
            if number == 0
            else "staff",
            team=chance.pick(("sales", "delivery", "service")),
            is_active=True,
            is_focal=number == 0,
            is_client_facing=number < 4,
            assigned_on=ledger.ago(60, 1500),
            is_certified=ledger.noted("people", chance.happens(0.4 + 0.5 * truth.understanding)),
            hours_per_month=float(hours),
            capacity_hours_per_month=float(hours + chance.whole(0, 25)),
            authority=1.0 if is_mentor else chance.around(0.45, 0.3),
            is_mentor=is_mentor,
            has_contribution_link=chance.happens(0.85 if truth.mode == "mentoring" else 0.2),
        )
        team.append(member)
        if chance.happens(0.35 + 0.6 * truth.culture):
            _write_induction(ledger, member)
    return team


def _write_induction(ledger: Ledger, member: str) -> None:
    chance, culture = ledger.chance, ledger.truth.culture
    done = ledger.ago(30, 700)
    ledger.write(
        "inductions",
        team_member_id=member,
        completed_on=done,
        expires_on=ledger.after(done, 365, 365),
        history=chance.happens(0.4 + 0.6 * culture),
        relationships=chance.happens(0.4 + 0.6 * culture),
        culture=chance.happens(0.3 + 0.7 * culture),
        protocols=chance.happens(0.5 + 0.5 * culture),
        security=chance.happens(0.8),
    )
