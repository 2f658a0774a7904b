"""What happens between the two sides: interactions, commitments, cases, issues, surveys."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date, datetime

import attrs

from clientcore.entities.fields import (
    Record,
    boolean,
    count,
    happened,
    happened_at,
    number,
    planned,
    planned_at,
    share,
    text,
)


@attrs.frozen(kw_only=True)
class Interaction(Record):
    """A call, mail, meeting, visit or workshop; `occurred_on` is absent where it is only planned or was not held."""

    kind: str | None = text("call, mail, meeting, visit, workshop, message, referral, reference, recognition, other")
    title: str | None = text("title")
    status: str | None = text("planned, held, not_held")
    planned_on: date | None = planned("day for which it is planned")
    direction: str | None = text("inbound (from the client), outbound")
    initiated_by: str | None = text("client, supplier, joint")
    nature: str | None = text(
        "directive (the client tells), advisory (the supplier advises), joint, pitch, informative"
    )
    two_way: bool | None = boolean("the other side answered or took part")
    contact_id: str | None = text("contact who took part", refers="contacts")
    team_member_id: str | None = text("team member who took part", refers="team_members")
    opportunity_id: str | None = text("opportunity that it was about", refers="opportunities", parent=True)
    workstream_id: str | None = text("workstream that it was about", refers="workstreams", parent=True)
    competitor_id: str | None = text("competitor that was spoken of", refers="competitors")
    negative_mention: bool | None = boolean("the supplier spoke ill of that competitor")
    topic: str | None = text("topic")
    topic_scope: str | None = text("client_core, supplier_core, supplier_peripheral, client_peripheral")
    horizon: str | None = text("horizon that it opened: client, industry, economy, ecology")
    is_probe: bool | None = boolean("probes the client's business")
    is_challenge: bool | None = boolean("the supplier questioned what the client wanted")
    questions: float | None = count("questions that the supplier asked")
    open_questions: float | None = count("open questions among them")
    talk_ratio: float | None = share("share of the time in which the supplier spoke")
    playback_confirmed: bool | None = boolean("the supplier repeated what it heard and the client confirmed it")
    is_education: bool | None = boolean("educates the client")
    audience: str | None = text("who was educated: decider, consumer, both")
    is_skill_transfer: bool | None = boolean("hands skill or knowledge over to the client's staff")
    confirmed_by_client: bool | None = boolean("the client confirmed the result")
    duration_minutes: float | None = count("length", unit="minutes")
    response_hours: float | None = count("hours until the supplier answered the client", unit="hours")
    sentiment: float | None = number("mood, -1 to 1", within=(-1.0, 1.0))


@attrs.frozen(kw_only=True)
class Commitment(Record):
    """A promise to the client."""

    title: str | None = text("what was promised")
    kind: str | None = text("delivery, response, document, action, …")
    owner_id: str | None = text("team member who owns it", refers="team_members")
    contact_id: str | None = text("contact to whom it was made", refers="contacts")
    contract_id: str | None = text("contract that it belongs to", refers="contracts", parent=True)
    opportunity_id: str | None = text("opportunity that it belongs to", refers="opportunities", parent=True)
    workstream_id: str | None = text("workstream that it belongs to", refers="workstreams", parent=True)
    status: str | None = text("open, kept, broken, declined, renegotiated")
    asked_on: date | None = happened("day on which the client asked for it; without `made_on` it is not promised yet")
    made_on: date | None = happened("day on which it was made")
    due_on: date | None = planned("day by which it is due")
    kept_on: date | None = happened("day on which it was kept")
    declined_on: date | None = happened("day on which the supplier said no instead of promising")
    renegotiated_on: date | None = happened("day on which both sides changed it")
    new_due_on: date | None = planned("day by which it is due since then")
    excused_on: date | None = happened("day on which the supplier gave an excuse")
    keep_probability: float | None = share("probability of keeping it, judged when it was made")
    effort_hours: float | None = count("hours that it takes", unit="hours")
    is_first_phase: bool | None = boolean("part of the initial phase of the engagement")
    client_visible: bool | None = boolean("the client sees the plan and its state")
    plan_completeness: float | None = share("share of the plan that is filled in")
    status_updated_on: date | None = happened("day of the last update that the client can see")
    has_quota: bool | None = boolean("a quota or forecast hangs on it")


@attrs.frozen(kw_only=True)
class Case(Record):
    """A request for service, or a complaint."""

    kind: str | None = text("question, problem, request, complaint")
    title: str | None = text("title")
    priority: str | None = text("low, medium, high, critical")
    status: str | None = text("status as the source system names it")
    contact_id: str | None = text("contact who raised it", refers="contacts")
    owner_id: str | None = text("team member who owns it", refers="team_members")
    asset_id: str | None = text("asset that it is about", refers="assets")
    is_closed: bool | None = boolean("closed")
    is_resolved: bool | None = boolean("solved for the client, not merely closed")
    is_escalated: bool | None = boolean("escalated")
    opened_at: datetime | None = happened_at("when it was opened")
    first_response_at: datetime | None = happened_at("when the client got the first answer")
    closed_at: datetime | None = happened_at("when it was closed")
    response_due_at: datetime | None = planned_at("when the first answer is due")
    resolution_due_at: datetime | None = planned_at("when the solution is due")
    handoffs: float | None = count("times that it was handed on")
    reopened: float | None = count("times that it was reopened")
    courtesy: float | None = number("courtesy as rated by the client, 1 to 5", within=(1.0, 5.0))
    satisfaction: float | None = number("satisfaction as rated by the client, 1 to 5", within=(1.0, 5.0))


@attrs.frozen(kw_only=True)
class Issue(Record):
    """Bad news, a mistake, a change of plan, an idea, or a matter at the edge of the client's view."""

    kind: str | None = text("bad_news, mistake, change, peripheral, idea, other")
    title: str | None = text("title")
    scope: str | None = text("client_core, supplier_core, supplier_peripheral, client_peripheral")
    severity: float | None = share("how severe")
    contact_id: str | None = text("contact who raised it", refers="contacts")
    team_member_id: str | None = text("team member who raised it", refers="team_members")
    commitment_id: str | None = text("commitment that it touches", refers="commitments")
    initiated_by: str | None = text("who wanted the change: client, supplier")
    known_on: date | None = happened("day on which the supplier knew")
    told_on: date | None = happened("day on which the client was told")
    client_discovered_on: date | None = happened("day on which the client found out by itself")
    effective_on: date | None = planned("day on which the change takes effect")
    acknowledged_on: date | None = happened("day on which it was acknowledged")
    resolved_on: date | None = happened("day on which it was settled")
    correction_disclosed: bool | None = boolean("the correction was shown to the client")
    intent_preserved: bool | None = boolean("the original intention was kept")


@attrs.frozen(kw_only=True)
class SurveyResponse(Record):
    """An invitation to a survey and, where there is one, the answer."""

    kind: str | None = text("nps, csat, ces, fairness, reliability, value_for_money, employee, other")
    contact_id: str | None = text("contact who was asked", refers="contacts")
    case_id: str | None = text("case that it is about", refers="cases")
    organisation_id: str | None = text("organisation whose staff was asked", refers="organisations")
    invited_by_id: str | None = text("team member who chose or invited the person", refers="team_members")
    invited_on: date | None = happened("day of the invitation")
    responded_on: date | None = happened("day of the answer")
    value: float | None = number("the answer")
    scale_low: float | None = number("lowest possible answer")
    scale_high: float | None = number("highest possible answer")
    reason: str | None = text("reason in the person's own words")
