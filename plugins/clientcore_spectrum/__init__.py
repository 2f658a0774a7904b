"""Bundled plugin: where a client relationship stands on the spectrum, and what to do next there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.catalog import FactSpec, Function
from clientcore.hooks import hookimpl, ruleset_folder
from clientcore_spectrum.window import ConsultativeWindow

if TYPE_CHECKING:
    from clientcore.catalog import ScoringModel

__all__ = [
    "clientcore_register_facts",
    "clientcore_register_functions",
    "clientcore_register_models",
    "clientcore_register_rulesets",
]

#: Days without a param: what the latest records say, for every ruleset that asks for them.
FACTS = (
    FactSpec(
        id="last_probe_on",
        kind="day",
        value="interactions.filter(i, has(i.is_probe) && i.is_probe && has(i.occurred_on)).map(i, i.occurred_on).max()",
        doc="the latest day on which an open conversation about the client's situation was recorded",
        ask="When did you last talk with the client about their situation without an offer on the table?",
        whom="account team",
    ),
    FactSpec(
        id="last_proposal_on",
        kind="day",
        value="opportunities.filter(o, has(o.proposed_on)).map(o, o.proposed_on).max()",
        doc="the latest day on which something definite was proposed to the client",
        ask="When did you last put a definite proposal before the client?",
        whom="account team",
    ),
    FactSpec(
        id="first_delivered_on",
        kind="day",
        value=("workstreams.filter(w, has(w.initial_phase_delivered_on)).map(w, w.initial_phase_delivered_on).min()"),
        doc="the first day on which a workstream delivered its first phase; what begins from then on is further work",
        ask="When was the first phase of our work for the client delivered?",
        whom="account team",
    ),
    FactSpec(
        id="promises_followed",
        kind="number",
        unit="count",
        value=(
            "commitments.filter(c, has(c.kept_on) || has(c.renegotiated_on) || has(c.excused_on)"
            " || has(c.status_updated_on) || (has(c.status) && c.status in ['kept', 'broken', 'renegotiated'])).size()"
        ),
        doc=(
            "promises of which somebody noted what became of them, ever; without any, nobody can tell a promise that"
            " was not kept from one that nobody looked at again"
        ),
        ask="Is it noted anywhere which promises were kept?",
        whom="account team",
    ),
)

FUNCTIONS = (
    Function(
        id="counted",
        params=("count", "marked", "rows"),
        body="rows == 0 ? count : count * (marked / marked)",
        doc=(
            "a count of marked records; unknown where there are records in its window and none is marked either way, in"
            " it or in the time before it that still shows that somebody notes such things"
        ),
    ),
    Function(
        id="marked_share",
        params=("yes", "marked", "rows"),
        body="yes < marked || 2 * marked >= rows ? yes / marked : 0.0 / 0.0",
        doc=(
            "share of marked records that are marked yes; unknown where only yes was ever marked and more than half of"
            " the records bear no mark, since whoever ticks a box leaves it empty for no"
        ),
    ),
    Function(id="days_since", params=("day",), body="as_of - day", doc="days from a day to the day of the decision"),
    Function(
        id="within_days",
        params=("day", "days"),
        body="day != null && day <= as_of && day > as_of - days",
        doc="whether a day is one of the last so many days, today included; a missing day is not",
    ),
    Function(
        id="perhaps_within",
        params=("day", "days"),
        body="day == null || within_days(day, days)",
        doc="whether a day may be one of the last so many days; a missing day may",
    ),
    Function(
        id="day_due",
        params=("c",),
        body="has(c.renegotiated_on) && c.renegotiated_on < c.due_on ? c.new_due_on : c.due_on",
        doc="day by which a promise is due: the new one, if noted, where it was renegotiated before the first",
    ),
    Function(
        id="kept_in_time",
        params=("c",),
        body="has(c.kept_on) && c.kept_on <= day_due(c)",
        doc="whether a promise was kept by the day on which it was due",
    ),
    Function(
        id="was_kept",
        params=("c",),
        body="has(c.kept_on) || (has(c.status) && c.status == 'kept')",
        doc="whether a promise was kept, be it too late or on a day that is not noted",
    ),
    Function(
        id="was_declined",
        params=("c",),
        body="has(c.declined_on) || (has(c.status) && c.status == 'declined')",
        doc="whether something was declined, and so never promised",
    ),
    Function(
        id="only_marked",
        params=("c",),
        body=(
            "has(c.status) && !has(c.kept_on) && (c.status in ['kept', 'declined']"
            " || (c.status == 'renegotiated' && !has(c.renegotiated_on)))"
        ),
        doc="whether a promise is marked as kept, declined or renegotiated, and it is not noted on which day",
    ),
    Function(
        id="promise_due",
        params=("c", "days"),
        body=(
            "within_days(day_due(c), days) && !has(c.declined_on) && !(has(c.asked_on) && !has(c.made_on))"
            " && !only_marked(c) && (kept_in_time(c) || day_due(c) < as_of)"
        ),
        doc=(
            "whether the day of a promise is one of the last so many days; one that is still open today is not due yet,"
            " and of one that is only marked nobody knows whether it was kept in time"
        ),
    ),
    Function(
        id="our_duty_due",
        params=("o", "days", "late"),
        body=(
            "within_days(o.due_on, days) && !has(o.waived_on) && !(has(o.party) && o.party == 'client')"
            " && (has(o.met_on) || has(o.breached_on) || o.due_on + late < as_of)"
        ),
        doc="whether a duty of ours is decided, met or not, whose day lies in the last days and was not waived",
    ),
    Function(
        id="duty_kept",
        params=("o", "late"),
        body="has(o.met_on) && o.met_on <= o.due_on + late && !has(o.breached_on)",
        doc="whether a duty was met by its day, or so many days later at the most, without a breach",
    ),
    Function(
        id="is_there",
        params=("c",),
        body="!(has(c.is_active) && !c.is_active) && !has(c.left_on)",
        doc="whether a contact is still at the client, or somebody of ours still on the account, as far as it is noted",
    ),
    Function(
        id="is_held",
        params=("r",),
        body="!(has(r.is_active) && !r.is_active) && !has(r.ended_on)",
        doc="whether a role of a contact has not ended, as far as it is noted",
    ),
    Function(
        id="contract_runs",
        params=("k",),
        body=(
            "!(has(k.status) && k.status in ['draft', 'expired', 'terminated']) && !has(k.terminated_on)"
            " && !(has(k.ends_on) && k.ends_on < as_of && !(has(k.auto_renew) && k.auto_renew))"
            " && !(has(k.starts_on) && k.starts_on > as_of)"
        ),
        doc="whether a contract runs today, as far as it is noted; one that renews itself runs on after its last day",
    ),
    Function(
        id="is_decided",
        params=("o",),
        body="(has(o.is_won) && o.is_won) || has(o.closed_on) || (has(o.is_closed) && o.is_closed)",
        doc="whether an opportunity was won or has ended otherwise",
    ),
    Function(
        id="understood",
        params=("n", "areas", "least"),
        body="has(n.area) && n.area in areas && !(has(n.completeness) && n.completeness < least)",
        doc="whether an insight is about one of these areas and complete enough",
    ),
    Function(
        id="understood_help",
        params=("n", "least"),
        body="has(n.area) && n.area == 'lever' && has(n.goal_id) && !(has(n.completeness) && n.completeness < least)",
        doc="whether an insight tells how we could help the client to reach a goal, and is complete enough",
    ),
    Function(
        id="told_of",
        params=("value", "people", "least"),
        body="people >= least ? value : 0.0 / 0.0",
        doc="a figure about so many people; missing where they are so few that it would tell of one of them",
    ),
    Function(
        id="reaches",
        params=("value", "low", "high", "floor"),
        body="low >= floor || (high >= floor && value >= floor)",
        doc="whether a score is at least the floor; known as soon as its interval lies on one side",
    ),
)


@hookimpl
def clientcore_register_facts(register: Callable[[FactSpec], None]) -> None:
    """Register the facts that need no param."""
    for fact in FACTS:
        register(fact)


@hookimpl
def clientcore_register_models(register: Callable[[ScoringModel], None]) -> None:
    """Register the consultative window."""
    register(ConsultativeWindow())


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of the spectrum."""
    register(ruleset_folder("clientcore_spectrum"))
