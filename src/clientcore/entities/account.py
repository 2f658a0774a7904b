"""The account: the client, with everything that is related to it."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date

import attrs

from clientcore.entities.commerce import (
    Asset,
    Competitor,
    Contract,
    Obligation,
    Offering,
    Opportunity,
    OpportunityContactRole,
    Order,
)
from clientcore.entities.dealings import Case, Commitment, Interaction, Issue, SurveyResponse
from clientcore.entities.fields import Record, boolean, count, happened, money, number, planned, text
from clientcore.entities.people import AccountContactRole, Contact, Induction, RoleModel, TeamMember
from clientcore.entities.standing import (
    CultureStatement,
    Horizon,
    Insight,
    IntentEvidence,
    Learning,
    MutualGoal,
    Review,
    Risk,
)
from clientcore.entities.supplier import DecisionRecord, GoalMetric, Initiative, Workstream


@attrs.frozen(kw_only=True)
class Account(Record):
    """A client, or one to be; a related table that is None is missing, one that is `()` is known to be empty.

    Example:
        >>> account = Account(id="acme", industry="retail", cases=(Case(id="c1", is_escalated=True),))
        >>> account.cases[0].is_escalated, account.contacts is None
        (True, True)
    """

    name: str | None = text("name")
    lifecycle: str | None = text("target, prospect, client, former")
    direction: str | None = text("client (we supply them), vendor (they supply us)")
    parent_id: str | None = text("account that it is part of", refers="accounts")
    organisation_id: str | None = text("organisation of the supplier that serves it", refers="organisations")
    owner_id: str | None = text("team member who owns the account", refers="team_members")
    industry: str | None = text("industry")
    segment: str | None = text("segment")
    tier: str | None = text("tier")
    rating: str | None = text("rating as the source system names it")
    country: str | None = text("country")
    founded_year: float | None = number("year in which the client was founded", unit="years")
    employees: float | None = count("people whom the client employs")
    annual_revenue: float | None = money("the client's own yearly revenue")
    category_spend: float | None = money("what the client spends a year on what the supplier could supply")
    currency: str | None = text("currency of the account (three letters)")
    overdue_30: float | None = money("owed by the client for up to 30 days after the due day")
    overdue_60: float | None = money("owed for 31 to 60 days after the due day")
    overdue_90: float | None = money("owed for more than 60 days after the due day")
    credit_on_hold: bool | None = boolean("credit is on hold")
    client_since: date | None = happened("first day as a client")
    former_since: date | None = happened("first day as a former client")
    management_changed_on: date | None = happened("day of the last change in the client's management")
    owner_changed_on: date | None = happened("day on which the account last got a new owner")
    planning_cutoff_on: date | None = planned("day on which the client's next planning closes")
    last_activity_on: date | None = happened("day of the last activity that the source system knows, of either side")

    contacts: tuple[Contact, ...] | None = None
    account_contact_roles: tuple[AccountContactRole, ...] | None = None
    opportunities: tuple[Opportunity, ...] | None = None
    opportunity_contact_roles: tuple[OpportunityContactRole, ...] | None = None
    interactions: tuple[Interaction, ...] | None = None
    cases: tuple[Case, ...] | None = None
    contracts: tuple[Contract, ...] | None = None
    obligations: tuple[Obligation, ...] | None = None
    orders: tuple[Order, ...] | None = None
    assets: tuple[Asset, ...] | None = None
    survey_responses: tuple[SurveyResponse, ...] | None = None
    competitors: tuple[Competitor, ...] | None = None
    goal_metrics: tuple[GoalMetric, ...] | None = None
    team_members: tuple[TeamMember, ...] | None = None
    commitments: tuple[Commitment, ...] | None = None
    inductions: tuple[Induction, ...] | None = None
    culture_statements: tuple[CultureStatement, ...] | None = None
    intent_evidence: tuple[IntentEvidence, ...] | None = None
    mutual_goals: tuple[MutualGoal, ...] | None = None
    issues: tuple[Issue, ...] | None = None
    horizons: tuple[Horizon, ...] | None = None
    insights: tuple[Insight, ...] | None = None
    learnings: tuple[Learning, ...] | None = None
    risks: tuple[Risk, ...] | None = None
    reviews: tuple[Review, ...] | None = None
    role_models: tuple[RoleModel, ...] | None = None
    initiatives: tuple[Initiative, ...] | None = None
    decision_records: tuple[DecisionRecord, ...] | None = None
    workstreams: tuple[Workstream, ...] | None = None
    offerings: tuple[Offering, ...] | None = None
