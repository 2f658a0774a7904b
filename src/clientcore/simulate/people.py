"""Contacts, their roles, and the team that serves the account."""

from __future__ import annotations

from datetime import date

from clientcore.simulate.ledger import Ledger
from clientcore.simulate.names import FUNCTIONS, person

_SENIORITIES = (("staff", 45.0), ("manager", 35.0), ("executive", 15.0), ("board", 5.0))
_ROLES = ("decision_maker", "influencer", "business_user", "influencer", "economic_buyer", "evaluator")
_SPECIALISMS = ("metallurgy", "planning", "data", "regulation")
#: What an induction may leave out without anybody being stopped at the door.
_FURTHER_ITEMS = ("history", "relationships", "dress_code", "org_charts", "contacts", "difficult_people")
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
        # who left is told by the day alone, which a back-test does not see before it has come
        is_active=None if gone else True,
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
        strength=ledger.noted("people", ledger.chance.around(0.1 + 0.9 * ledger.truth.trust, 0.25)),
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
    # a few accounts have nobody, or two, who answer for the whole
    focal = chance.weighted((((0,), 93.0), ((), 4.0), ((0, 1), 3.0)))
    for number in range(size):
        is_mentor = 0 < number <= mentors
        assigned = ledger.ago(60, 1500)
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
            is_focal=number in focal,
            is_client_facing=number < 4,
            assigned_on=assigned,
            specialism=chance.pick(_SPECIALISMS) if _TEAM[number] == "specialist" else None,
            is_certified=ledger.noted(
                "people", chance.happens((0.75 + 0.25 * truth.trust) if _TEAM[number] == "specialist" else 0.6)
            ),
            hours_per_month=float(hours),
            capacity_hours_per_month=float(hours + chance.whole(0, 25)),
            authority=chance.around(0.6 + 0.4 * truth.breadth, 0.15) if is_mentor else chance.around(0.45, 0.3),
            is_mentor=is_mentor,
            has_contribution_link=chance.happens(0.3 + 0.7 * truth.breadth if truth.mode == "mentoring" else 0.2),
        )
        team.append(member)
        _write_inductions(ledger, member, assigned)
    return team


def _write_inductions(ledger: Ledger, member: str, assigned: date) -> None:
    """Write the induction of one member and its yearly renewals; who takes the client's ways to heart skips none."""
    chance, culture = ledger.chance, ledger.truth.culture
    skipped = chance.happens(max(0.01, 0.9 - 1.35 * culture))
    if skipped and chance.happens(0.4):
        return
    done = ledger.after(assigned, 40, 200) if skipped else ledger.after(assigned, -12, 0)
    while done <= ledger.as_of:
        ledger.write(
            "inductions",
            team_member_id=member,
            completed_on=done,
            expires_on=ledger.after(done, 365, 365),
            security=True,
            protocols=not skipped or chance.happens(0.7),
            culture=not skipped or chance.happens(0.5),
            dos_and_donts=not skipped or chance.happens(0.5),
            **{item: chance.happens(0.55 + 0.45 * culture) for item in _FURTHER_ITEMS},
        )
        if chance.happens(0.05 + 0.05 * (1.0 - culture)):
            return
        done = ledger.after(done, 330, 364)
