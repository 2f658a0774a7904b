"""Selling and supplying: opportunities, contracts, orders, assets, competitors, offerings."""

# ruff: noqa: RUF009 (fields are declared by calls, as attrs does)
from __future__ import annotations

from datetime import date

import attrs

from clientcore.entities.fields import LEVELS, Record, boolean, count, happened, money, number, planned, share, text

_CURRENCY = "currency of the amounts (three letters); the account's where absent"
_RATE = "rate from that currency into the account's; amounts in another currency are missing without it"


def _known(what: str) -> float | None:
    """Declare one element of qualification."""
    given: float | None = number(
        f"how well {what} known: 0 unknown, 1 identified, 2 validated, 3 confirmed by evidence",
        within=LEVELS,
    )
    return given


def _whence(what: str) -> str | None:
    """Declare where the level of one element comes from."""
    given: str | None = text(f"source of the level for {what}, as in `source`; without it the level is no evidence")
    return given


def _answered(what: str) -> date | None:
    """Declare on which day the level of one element was found out."""
    given: date | None = happened(f"day on which the level for {what} was found out; without it it is no evidence")
    return given


@attrs.frozen(kw_only=True)
class OpportunityContactRole(Record):
    """A role that a contact has in one opportunity."""

    opportunity_id: str | None = text("the opportunity", refers="opportunities", parent=True)
    contact_id: str | None = text("the contact", refers="contacts")
    role: str | None = text("decision_maker, economic_buyer, influencer, evaluator, business_user, …")
    is_primary: bool | None = boolean("the first contact of the opportunity")


@attrs.frozen(kw_only=True)
class Opportunity(Record):
    """A need, a deal or a tender, from first hint to won or lost."""

    name: str | None = text("name")
    kind: str | None = text("new, renewal, upgrade, cross_sell, replacement, downgrade")
    origin: str | None = text("supplier_push, client_need, joint")
    stage: str | None = text("stage as the source system names it")
    stage_rank: float | None = number("order of the stage, 1 the first")
    owner_id: str | None = text("team member who owns it", refers="team_members")
    offering_id: str | None = text("item of the catalogue that is proposed", refers="offerings")
    objective_id: str | None = text("goal of the client that it serves", refers="mutual_goals")
    workstream_id: str | None = text("workstream that it belongs to", refers="workstreams", parent=True)
    competitor_id: str | None = text("competitor that is in it, or won it", refers="competitors")
    amount: float | None = money("value")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)
    probability: float | None = share("probability that the source system shows; a label, no evidence")
    is_won: bool | None = boolean("won")
    is_closed: bool | None = boolean("won or lost")
    lost_reason: str | None = text("reason for the loss, as stated")
    opened_on: date | None = happened("day on which it was opened")
    close_on: date | None = planned("day on which it is expected to close")
    closed_on: date | None = happened("day on which it was won or lost")
    is_repeat: bool | None = boolean("a need that the client has had before")
    is_expansion: bool | None = boolean("expands the engagement")
    is_suggestion: bool | None = boolean("suggested by the supplier from its catalogue")
    accepted_on: date | None = happened("day on which the client took up the suggestion or proposal")
    # before the tender is final
    formal_tender: bool | None = boolean("a formal tender")
    rfp_published_on: date | None = happened("day on which the request for proposals was published")
    supplier_input_on: date | None = happened("day on which the supplier gave input to the request")
    input_accepted: bool | None = boolean("the client took that input in")
    # asking before proposing
    why_asked_on: date | None = happened("day on which the supplier asked why the client needs it")
    need_reason: str | None = text("the client's reason, as recorded")
    first_probe_on: date | None = happened("day of the first probing talk")
    probes: float | None = count("probing talks before the proposal")
    proposed_on: date | None = happened("day of the definite proposal")
    discovery_hours: float | None = count("hours spent on the client's need", unit="hours")
    pitch_hours: float | None = count("hours spent on presenting the offer", unit="hours")
    proposal_reuse: float | None = share("share of the proposal taken over from earlier ones")
    learnings_cited: float | None = count("learnings of the engagement that the proposal builds on")
    # qualification
    client_type: str | None = text("new, current, past")
    joint_past: bool | None = boolean("people of both sides who worked together before take part")
    dropped_on: date | None = happened("day on which a person decided not to go on with it")
    dropped_by_role: str | None = text("role of the person who decided so")
    drop_reason: str | None = text("reason of that decision, as written")
    budget_level: float | None = _known("the budget is")
    budget_source: str | None = _whence("the budget")
    budget_answered_on: date | None = _answered("the budget")
    authority_level: float | None = _known("the authority to decide is")
    authority_source: str | None = _whence("the authority to decide")
    authority_answered_on: date | None = _answered("the authority to decide")
    need_level: float | None = _known("the need is")
    need_source: str | None = _whence("the need")
    need_answered_on: date | None = _answered("the need")
    timeframe_level: float | None = _known("the time frame is")
    timeframe_source: str | None = _whence("the time frame")
    timeframe_answered_on: date | None = _answered("the time frame")
    metrics_level: float | None = _known("the client's measures of success are")
    metrics_source: str | None = _whence("the client's measures of success")
    metrics_answered_on: date | None = _answered("the client's measures of success")
    economic_buyer_level: float | None = _known("the economic buyer is")
    economic_buyer_source: str | None = _whence("the economic buyer")
    economic_buyer_answered_on: date | None = _answered("the economic buyer")
    decision_criteria_level: float | None = _known("the criteria of the decision are")
    decision_criteria_source: str | None = _whence("the criteria of the decision")
    decision_criteria_answered_on: date | None = _answered("the criteria of the decision")
    decision_process_level: float | None = _known("the process of the decision is")
    decision_process_source: str | None = _whence("the process of the decision")
    decision_process_answered_on: date | None = _answered("the process of the decision")
    paper_process_level: float | None = _known("the path to the signature is")
    paper_process_source: str | None = _whence("the path to the signature")
    paper_process_answered_on: date | None = _answered("the path to the signature")
    pain_level: float | None = _known("the client's pain is")
    pain_source: str | None = _whence("the client's pain")
    pain_answered_on: date | None = _answered("the client's pain")
    champion_level: float | None = _known("the champion is")
    champion_source: str | None = _whence("the champion")
    champion_answered_on: date | None = _answered("the champion")
    competition_level: float | None = _known("the competition is")
    competition_source: str | None = _whence("the competition")
    competition_answered_on: date | None = _answered("the competition")
    solution_level: float | None = _known("the fit of the solution is")
    solution_source: str | None = _whence("the fit of the solution")
    solution_answered_on: date | None = _answered("the fit of the solution")
    uniqueness_level: float | None = _known("what is unique in the offer is")
    uniqueness_source: str | None = _whence("what is unique in the offer")
    uniqueness_answered_on: date | None = _answered("what is unique in the offer")
    objective_level: float | None = _known("the objective is")
    objective_source: str | None = _whence("the objective")
    objective_answered_on: date | None = _answered("the objective")
    size_level: float | None = _known("the size is")
    size_source: str | None = _whence("the size")
    size_answered_on: date | None = _answered("the size")

    opportunity_contact_roles: tuple[OpportunityContactRole, ...] | None = None


@attrs.frozen(kw_only=True)
class Contract(Record):
    """A contract with the client."""

    name: str | None = text("name")
    kind: str | None = text("framework, subscription, project, maintenance, …")
    status: str | None = text("draft, active, expired, terminated")
    signed_on: date | None = happened("day of the signature")
    starts_on: date | None = planned("first day")
    ends_on: date | None = planned("last day")
    renewal_on: date | None = planned("day on which it is to be renewed")
    terminated_on: date | None = happened("day on which it was terminated")
    notice_days: float | None = count("days of notice", unit="days")
    auto_renew: bool | None = boolean("renews itself")
    annual_value: float | None = money("value of one year")
    previous_annual_value: float | None = money("value of one year before the last renewal")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)
    is_gain_share: bool | None = boolean("both sides share gains")
    has_guarantee: bool | None = boolean("the supplier carries a risk of the client")


@attrs.frozen(kw_only=True)
class Obligation(Record):
    """A duty under a contract."""

    contract_id: str | None = text("the contract", refers="contracts", parent=True)
    title: str | None = text("what is owed")
    party: str | None = text("who owes it: supplier, client")
    due_on: date | None = planned("day by which it is due")
    met_on: date | None = happened("day on which it was met")
    breached_on: date | None = happened("day on which it was breached")
    waived_on: date | None = happened("day on which the other side waived it")
    is_critical: bool | None = boolean("a breach ends or endangers the contract")
    penalty: float | None = money("penalty of a breach")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)


@attrs.frozen(kw_only=True)
class Order(Record):
    """An order of the client."""

    ordered_on: date | None = happened("day of the order")
    required_on: date | None = planned("day on which the client needs it")
    shipped_on: date | None = happened("day on which it was shipped")
    status: str | None = text("open, shipped, cancelled, returned")
    amount: float | None = money("value")
    margin: float | None = money("contribution margin")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)
    opportunity_id: str | None = text("opportunity that it comes from", refers="opportunities", parent=True)
    offering_id: str | None = text("item of the catalogue", refers="offerings")
    team_member_id: str | None = text("team member who took it", refers="team_members")
    contact_id: str | None = text("contact who gave it", refers="contacts")
    is_beyond_prescription: bool | None = boolean("bought outside of what the educated decider prescribed")


@attrs.frozen(kw_only=True)
class Asset(Record):
    """A product or service installed at the client, ours or a competitor's."""

    name: str | None = text("name")
    offering_id: str | None = text("item of the catalogue", refers="offerings")
    competitor_id: str | None = text("competitor that it is from", refers="competitors")
    is_competitor_product: bool | None = boolean("from a competitor")
    status: str | None = text("installed, in_use, retired")
    installed_on: date | None = happened("day of the installation")
    usage_ends_on: date | None = planned("day on which its use ends")
    last_used_on: date | None = happened("day of the last known use")
    quantity: float | None = count("pieces or licences")
    used_quantity: float | None = count("pieces or licences in use")
    value: float | None = money("value")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)
    is_innovation: bool | None = boolean("new to the client when proposed by the supplier")


@attrs.frozen(kw_only=True)
class Competitor(Record):
    """A competitor as seen on this account."""

    name: str | None = text("name")
    is_incumbent: bool | None = boolean("supplies the client today")
    is_active: bool | None = boolean("in the field today")
    seen_on: date | None = happened("day on which it was last seen at the client")
    threat: float | None = share("how strong")
    client_focus: float | None = share("how much it is focused on clients rather than on sales")
    wallet_share: float | None = share("share of the client's spend")
    switching_cost: float | None = money("cost for the client to switch to it")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)


@attrs.frozen(kw_only=True)
class Offering(Record):
    """An item of the catalogue that is, or could be, offered to the client."""

    name: str | None = text("name")
    family: str | None = text("family of the item")
    is_active: bool | None = boolean("on sale today")
    price: float | None = money("list price")
    potential: float | None = money("yearly value that the client could buy")
    currency: str | None = text(_CURRENCY)
    fx_rate: float | None = number(_RATE)
