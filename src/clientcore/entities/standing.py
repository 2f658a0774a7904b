"""Where the two sides stand: intent, goals, culture, insights, learnings, horizons, risks, reviews."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date

import attrs

from clientcore.entities.fields import Record, boolean, count, happened, money, number, planned, share, text


@attrs.frozen(kw_only=True)
class CultureStatement(Record):
    """What somebody says about a culture, or how one side takes the other's."""

    side: str | None = text("whose culture: client, supplier")
    stated_by: str | None = text("side that says so: client, supplier, third_party")
    contact_id: str | None = text("contact who says so", refers="contacts")
    unit: str | None = text("unit or sub-group that it is about; the whole where absent")
    dimension: str | None = text("dimension of culture, for example pace or hierarchy")
    value: float | None = share("place on the dimension")
    understand: float | None = share("how far the other side understands it")
    accept: float | None = share("how far the other side accepts it")
    comply: float | None = share("how far the other side complies with it")
    agreeable: bool | None = boolean("agreeable to the other side; changes no score")


@attrs.frozen(kw_only=True)
class IntentEvidence(Record):
    """Behaviour of one side that shows how much it wants from the relationship."""

    side: str | None = text("whose behaviour: client, supplier")
    kind: str | None = text("co_investment, executive_time, data_shared, joint_roadmap, stated_priority, other")
    strength: float | None = share("how strong")
    hours: float | None = count("hours given", unit="hours")
    amount: float | None = money("money given")
    currency: str | None = text("currency of the amount; the account's where absent")
    fx_rate: float | None = number("rate from that currency into the account's")


@attrs.frozen(kw_only=True)
class MutualGoal(Record):
    """A goal of the client, at best of both sides."""

    title: str | None = text("the goal")
    kind: str | None = text("one_off_saving, sustainable, joint")
    client_owner_id: str | None = text("owner on the client's side", refers="contacts")
    supplier_owner_id: str | None = text("owner on the supplier's side", refers="team_members")
    offering_id: str | None = text("item of the catalogue that helps", refers="offerings")
    lever: str | None = text("how the supplier helps to reach it")
    agreed_on: date | None = happened("day on which it was agreed")
    confirmed_on: date | None = happened("day on which the client last confirmed it")
    due_on: date | None = planned("day by which it is to be reached")
    achieved_on: date | None = happened("day on which it was reached")
    credited_to: str | None = text("who takes the credit: client, supplier, joint")
    baseline: float | None = number("measure before")
    result: float | None = number("measure now")
    less_is_better: bool | None = boolean("less of it is better, as of hours or costs; more is where nothing is noted")


@attrs.frozen(kw_only=True)
class Horizon(Record):
    """A view beyond the client's daily matters that the supplier introduced."""

    scope: str | None = text("client, industry, economy, ecology")
    title: str | None = text("title")
    introduced_on: date | None = happened("day on which the client was shown it")
    introduced_by_id: str | None = text("team member who showed it", refers="team_members")
    acknowledged_on: date | None = happened("day on which the client took it up")
    issue_id: str | None = text("matter that led to it", refers="issues")


@attrs.frozen(kw_only=True)
class Insight(Record):
    """Something understood about the client's business or its surroundings."""

    area: str | None = text("business_model, value_chain, goals, kpis, constraints, lever, ecosystem, other")
    force: str | None = text("customers, suppliers, rivals, entrants, substitutes, regulators; for the ecosystem")
    title: str | None = text("the insight")
    interaction_id: str | None = text("probing talk that it comes from", refers="interactions")
    goal_id: str | None = text("goal of the client that it concerns", refers="mutual_goals")
    offering_id: str | None = text("item of the catalogue that it was connected with", refers="offerings")
    opportunity_id: str | None = text("opportunity that it led to", refers="opportunities")
    research: str | None = text("research that it was connected with: internal, external, none")
    completeness: float | None = share("how complete")
    confirmed_on: date | None = happened("day on which the client last confirmed it")


@attrs.frozen(kw_only=True)
class Learning(Record):
    """Something learnt since the engagement began."""

    title: str | None = text("what was learnt")
    opportunity_id: str | None = text("opportunity whose proposal builds on it", refers="opportunities")
    applied_on: date | None = happened("day on which it was first applied")


@attrs.frozen(kw_only=True)
class Risk(Record):
    """An entry of the register of risks, assumptions, issues and dependencies."""

    kind: str | None = text("risk, assumption, issue, dependency")
    title: str | None = text("cause, event and effect")
    tier: str | None = text("account_sales, contract_bid")
    probability: float | None = share("probability")
    impact: float | None = money("loss if it happens")
    residual_probability: float | None = share("probability after the response")
    residual_impact: float | None = money("loss after the response")
    currency: str | None = text("currency of the losses; the account's where absent")
    fx_rate: float | None = number("rate from that currency into the account's")
    response: str | None = text("avoid, reduce, share, accept")
    owner_id: str | None = text("team member who owns it", refers="team_members")
    opportunity_id: str | None = text("opportunity that it concerns", refers="opportunities", parent=True)
    due_on: date | None = planned("day by which the response is due")
    closed_on: date | None = happened("day on which it was closed")


@attrs.frozen(kw_only=True)
class Review(Record):
    """A review of the account, or an artefact of account management with its date."""

    kind: str | None = text("account_review, business_review, executive, win_win, artefact")
    component: str | None = text("component of account management that the artefact is for")
    planned_on: date | None = planned("day for which it is planned")
    held_on: date | None = happened("day on which it was held, or on which the artefact was brought up to date")
    is_joint: bool | None = boolean("held with the client")
    executive_attended: bool | None = boolean("an executive of the client took part")
    actions_agreed: float | None = count("actions agreed")
    actions_closed: float | None = count("actions closed since")
    strengths: float | None = count("strengths listed")
    weaknesses: float | None = count("weaknesses listed")
    opportunities: float | None = count("chances listed")
    threats: float | None = count("threats listed")
