"""The supplier's own side: organisation, initiatives, metrics, recorded decisions, workstreams."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date

import attrs

from clientcore.entities.dealings import Commitment, Interaction, SurveyResponse
from clientcore.entities.fields import Record, boolean, count, happened, money, number, planned, share, text
from clientcore.entities.people import TeamMember


@attrs.frozen(kw_only=True)
class GoalMetric(Record):
    """A measured goal of a person, a team or the organisation."""

    name: str | None = text("name")
    metric: str | None = text("nps, lifetime_value, satisfaction, revenue, margin, …")
    focus: str | None = text("sales, client, other")
    owner_id: str | None = text("team member who is measured", refers="team_members")
    parent_id: str | None = text("metric that it is part of", refers="goal_metrics")
    organisation_id: str | None = text("organisation of the supplier", refers="organisations")
    target: float | None = number("target")
    actual: float | None = number("reached")
    baseline: float | None = number("measure when the target was set")
    less_is_better: bool | None = boolean(
        "less of it is better, as of hours or complaints; more is where nothing is noted"
    )
    weight: float | None = count("share of the owner's performance", unit="ratio")
    has_incentive: bool | None = boolean("pay hangs on it")
    scope_size: float | None = count("clients, or stores, that the metric covers")
    span_size: float | None = count("clients, or stores, that the owner can influence")
    shared_size: float | None = count("clients, or stores, in both")
    responses: float | None = count("answers behind the figure")
    due_on: date | None = planned("day by which the target is due")
    measured_on: date | None = happened("day of the last measurement")


@attrs.frozen(kw_only=True)
class Initiative(Record):
    """Something done, or said, to become more focused on clients."""

    element: str | None = text("communication, metrics, incentives, strategy, org_chart, culture")
    kind: str | None = text("action, message, event, artefact, programme")
    title: str | None = text("title")
    organisation_id: str | None = text("organisation of the supplier", refers="organisations")
    want: str | None = text("what core clients will always want, as named")
    mechanism: str | None = text("how it brings that about, as named")
    is_funded: bool | None = boolean("has money and people")
    budget: float | None = money("money planned")
    spent: float | None = money("money spent")
    currency: str | None = text("currency of the amounts; the account's where absent")
    fx_rate: float | None = number("rate from that currency into the account's")
    started_on: date | None = happened("first day")
    declared_complete_on: date | None = happened("day on which it was declared complete")
    metric_change: float | None = number("change of its metric since, in standard deviations")
    progress: float | None = number("how far it has come", unit="ratio")


@attrs.frozen(kw_only=True)
class DecisionRecord(Record):
    """A decision that a person took and wrote down."""

    machine: str | None = text("state machine that it moves, as `ruleset.name`")
    target: str | None = text("state that it allows")
    decided_on: date | None = happened("day of the decision")
    decided_by_role: str | None = text("role of the person who decided")
    kind: str | None = text("state, priority_conflict, go, no_go, decline, refusal, stop_work, other")
    client_won: bool | None = boolean("in a conflict of priorities the client's came first")
    is_sale_at_risk: bool | None = boolean("a sale might have been lost by it")
    reason: str | None = text("reason as written")
    organisation_id: str | None = text("organisation of the supplier", refers="organisations")


@attrs.frozen(kw_only=True)
class Workstream(Record):
    """A piece of work for the account with its own way of working."""

    name: str | None = text("name")
    kind: str | None = text("kind of the work")
    mode: str | None = text("engagement mode that the team works in, as declared")
    owner_id: str | None = text("team member who owns it", refers="team_members")
    started_on: date | None = happened("first day")
    ends_on: date | None = planned("last planned day")
    ended_on: date | None = happened("last day")
    initial_phase_delivered_on: date | None = happened("day on which the initial phase was delivered")
    planned_hours: float | None = count("hours planned", unit="hours")
    spent_hours: float | None = count("hours spent", unit="hours")
    is_joint: bool | None = boolean("staff of both sides work in it together")

    commitments: tuple[Commitment, ...] | None = None
    interactions: tuple[Interaction, ...] | None = None
    team_members: tuple[TeamMember, ...] | None = None


@attrs.frozen(kw_only=True)
class Organisation(Record):
    """The supplier itself, or a unit of it."""

    name: str | None = text("name")
    industry: str | None = text("industry")
    parent_id: str | None = text("organisation that it is part of", refers="organisations")
    currency: str | None = text("currency of the amounts (three letters)")
    focus_target: str | None = text("what it wants to be focused on: client, innovation, efficiency, …")
    founder_led: bool | None = boolean("led by a founder who is close to clients")
    declared_orientation: float | None = share("client orientation as declared")
    communication_level: float | None = share("how clearly client focus is communicated")
    years_sales_focused: float | None = count("years of focus on sales", unit="years")
    past_growth: float | None = number("yearly growth over those years", unit="ratio")
    sales_target_share: float | None = share("share of targets, meetings and reviews about sales")
    client_target_share: float | None = share("share of targets, meetings and reviews about clients")
    client_identifiability: float | None = share("how well single clients can be told apart")
    client_recurrence: float | None = share("how often clients come back")
    client_influence: float | None = share("how much clients influence other clients")
    rival_client_focus: float | None = share("client focus of the strongest rival")
    silo_count: float | None = count("units that work apart from each other")
    has_accountable_executive: bool | None = boolean("one executive answers for the clients")
    executive_on_board: bool | None = boolean("that executive sits on the board")
    executive_is_peer: bool | None = boolean("that executive has the rank of the other functions' heads")
    executive_challenges: float | None = count("times in 12 months that the executive challenged other functions")
    owns_satisfaction: bool | None = boolean("that executive is responsible for satisfaction")
    owns_experience: bool | None = boolean("that executive is responsible for experience")
    owns_lifetime_value: bool | None = boolean("that executive is responsible for lifetime value")
    strategy_statement: str | None = text("strategy as stated")
    culture_spend: float | None = money("money spent on programmes of culture")
    change_spend: float | None = money("money spent on all of the change")
    leadership_checked: bool | None = boolean("leadership was ruled out as the cause")
    command_checked: bool | None = boolean("command and control was ruled out as the cause")
    bureaucracy_checked: bool | None = boolean("bureaucracy was ruled out as the cause")
    projects_checked: bool | None = boolean("poor management of projects was ruled out as the cause")
    risk_appetite: float | None = share("willingness to take risks")
    has_sponsor: bool | None = boolean("an executive sponsors the strongest form of engagement")
    has_ring_fenced_time: bool | None = boolean("time for it is set apart")
    has_non_revenue_mandate: bool | None = boolean("it has a mandate beyond revenue")
    has_escalation_right: bool | None = boolean("those who do it may escalate")
    has_mentor_succession: bool | None = boolean("those who do it have successors")
    glossary_agreed: float | None = count("terms agreed on")
    glossary_contested: float | None = count("terms in dispute")

    goal_metrics: tuple[GoalMetric, ...] | None = None
    initiatives: tuple[Initiative, ...] | None = None
    team_members: tuple[TeamMember, ...] | None = None
    survey_responses: tuple[SurveyResponse, ...] | None = None
    decision_records: tuple[DecisionRecord, ...] | None = None
