"""People on both sides: contacts and their roles, the team, inductions, role models of the client's culture."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date

import attrs

from clientcore.entities.fields import Record, boolean, count, happened, planned, share, text


@attrs.frozen(kw_only=True)
class Contact(Record):
    """A person on the client's side."""

    name: str | None = text("name of the person")
    title: str | None = text("job title")
    department: str | None = text("department")
    business_function: str | None = text(
        "function, as compared with the team's: purchasing, finance, operations, engineering …"
    )
    seniority: str | None = text("board, executive, manager, staff")
    unit: str | None = text("unit or sub-group of the client")
    reports_to_id: str | None = text("contact that the person reports to", refers="contacts")
    knows_contact_id: str | None = text("most influential contact whom the person knows", refers="contacts")
    is_active: bool | None = boolean("still with the client")
    joined_on: date | None = happened("day on which the person joined the client")
    left_on: date | None = happened("day on which the person left the client")
    trajectory: str | None = text("rising, stable, falling, unknown", personal=True)
    alignment: str | None = text("to the client's culture: adopter, unaware, nonconforming, resister", personal=True)
    disposition: str | None = text("towards the supplier: supporter, neutral, opponent")
    influence: float | None = share("own influence in the client")
    interest: float | None = share("interest in what the supplier does")
    difficulty: float | None = share("how hard to work with; never part of an output", personal=True)
    capability: float | None = share("how capable; never part of an output", personal=True)
    competitor_id: str | None = text(
        "competitor for whom the person worked, or with whom it is linked", refers="competitors", personal=True
    )


@attrs.frozen(kw_only=True)
class AccountContactRole(Record):
    """A role that a contact has on the account; one record for each role."""

    contact_id: str | None = text("the contact", refers="contacts")
    role: str | None = text(
        "decision_maker, economic_buyer, executive_sponsor, influencer, evaluator, technical_buyer, business_user, "
        "prescriber, consumer, point_of_contact, other"
    )
    is_primary: bool | None = boolean("the first point of contact")
    is_active: bool | None = boolean("the role is held today")
    started_on: date | None = happened("day from which the role is held")
    ended_on: date | None = happened("day on which the role ended")
    strength: float | None = share("strength of the relationship with this person")


@attrs.frozen(kw_only=True)
class TeamMember(Record):
    """A person on the supplier's side who works for the account."""

    name: str | None = text("name of the person")
    role: str | None = text("account_manager, executive_sponsor, specialist, delivery, support, …")
    department: str | None = text("department")
    business_function: str | None = text(
        "function, as compared with the contacts': sales, finance, operations, engineering …"
    )
    seniority: str | None = text("board, executive, manager, staff")
    team: str | None = text("team that the person belongs to")
    manager_id: str | None = text("team member that the person reports to", refers="team_members")
    organisation_id: str | None = text("organisation of the supplier", refers="organisations")
    workstream_id: str | None = text("workstream that the person works in", refers="workstreams", parent=True)
    is_active: bool | None = boolean("assigned today")
    is_focal: bool | None = boolean("the one focal point of the account")
    is_client_facing: bool | None = boolean("meets the client")
    assigned_on: date | None = happened("day of the assignment to the account")
    first_worked_on: date | None = happened("first day of work for the client")
    left_on: date | None = happened("day on which the assignment ended")
    is_certified: bool | None = boolean("certified for what the account needs")
    specialism: str | None = text("special field")
    hours_per_month: float | None = count("hours given to the account each month", unit="hours")
    capacity_hours_per_month: float | None = count("hours that can be given each month", unit="hours")
    authority: float | None = share("decision rights, 0 none to 1 all")
    is_mentor: bool | None = boolean("mentors the client; internal, never shown to the client")
    has_contribution_link: bool | None = boolean("what the person does is linked to the driver of the account")
    divergent_contributor: bool | None = boolean("declared by the person itself, else absent", personal=True)
    recognised_on: date | None = happened("day of the last recognition")
    has_client_metric: bool | None = boolean("a client metric is part of the person's performance")
    relationship_pay_share: float | None = share("share of variable pay for renewal and tenure")


@attrs.frozen(kw_only=True)
class Induction(Record):
    """An induction of a team member into the client."""

    team_member_id: str | None = text("who was inducted", refers="team_members")
    completed_on: date | None = happened("day on which the induction was completed")
    expires_on: date | None = planned("day from which it must be repeated")
    history: bool | None = boolean("covered the client's history")
    relationships: bool | None = boolean("covered the relationships")
    culture: bool | None = boolean("covered the client's culture")
    protocols: bool | None = boolean("covered the protocols")
    dress_code: bool | None = boolean("covered the dress code")
    security: bool | None = boolean("covered security of the site, of oneself and at work")
    org_charts: bool | None = boolean("covered the organisation charts")
    contacts: bool | None = boolean("covered the contacts")
    difficult_people: bool | None = boolean("covered how to work with people who are hard to work with")
    dos_and_donts: bool | None = boolean("covered what one does and does not do")


@attrs.frozen(kw_only=True)
class RoleModel(Record):
    """A contact who stands for the client's culture."""

    contact_id: str | None = text("the contact", refers="contacts")
    named_on: date | None = happened("day on which the person was chosen as a model")
    reassessed_on: date | None = happened("day of the last reassessment")
    in_favour: bool | None = boolean("in favour within the client today")
    is_active: bool | None = boolean("still one of the models")
