"""Bundled plugin: what the client says of us, and what the client is worth over time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.catalog import Function
from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_functions", "clientcore_register_rulesets"]

FUNCTIONS = (
    Function(
        id="answer_to",
        params=("s", "kind", "after", "until"),
        body=(
            "has(s.kind) && s.kind == kind && has(s.value) && has(s.responded_on) && s.responded_on > after"
            " && s.responded_on <= until && (has(s.source) ? s.source == 'client_stated' : true)"
        ),
        doc="whether a record is the client's own answer to a question of that kind, after one day, up to another",
    ),
    Function(
        id="latest_answer",
        params=("s", "rows", "kind", "after", "until"),
        body=(
            "!has(s.contact_id) || (s.responded_on == rows.filter(t, has(t.contact_id) && t.contact_id == s.contact_id"
            " && answer_to(t, kind, after, until)).map(t, t.responded_on).max()"
            " && (!has(s.id) || s.id == rows.filter(t, has(t.contact_id) && t.contact_id == s.contact_id"
            " && answer_to(t, kind, after, until)).latest(t, t.responded_on).id))"
        ),
        doc=(
            "whether an answer is the last one of its person to that question then, of one day that written down last,"
            " then the greatest id; one without a person counts"
        ),
    ),
    Function(
        id="nps_answer",
        params=("s", "after", "until"),
        body="answer_to(s, 'nps', after, until) && (!has(s.scale_high) || s.scale_high == 10.0)",
        doc="whether a record is the client's own answer from 0 to 10 to how likely it is to recommend us",
    ),
    Function(
        id="latest_nps",
        params=("s", "rows", "after", "until"),
        body=(
            "!has(s.contact_id) || (s.responded_on == rows.filter(t, has(t.contact_id) && t.contact_id == s.contact_id"
            " && nps_answer(t, after, until)).map(t, t.responded_on).max()"
            " && (!has(s.id) || s.id == rows.filter(t, has(t.contact_id) && t.contact_id == s.contact_id"
            " && nps_answer(t, after, until)).latest(t, t.responded_on).id))"
        ),
        doc="whether such an answer is the last one of its person likewise; answers on another scale do not matter",
    ),
    Function(
        id="of_the_client",
        params=("s",),
        body="!(has(s.kind) && s.kind == 'employee')",
        doc="whether what was asked was not asked of our own people",
    ),
    Function(
        id="answered_before",
        params=("s", "days"),
        body=(
            "has(s.responded_on) && s.responded_on > as_of - 2 * days && s.responded_on <= as_of - days"
            " && of_the_client(s)"
        ),
        doc="whether somebody at the client answered in the window before the last one",
    ),
    Function(
        id="answered_by",
        params=("c", "rows", "days"),
        body=(
            "rows.exists(s, has(s.contact_id) && s.contact_id == c.id && within_days(s.responded_on, days)"
            " && of_the_client(s))"
        ),
        doc="whether an answer of the window is by name that of this person",
    ),
    Function(
        id="answered_before_by",
        params=("c", "rows", "days"),
        body="rows.exists(s, has(s.contact_id) && s.contact_id == c.id && answered_before(s, days))",
        doc="whether an answer of the window before is by name that of this person",
    ),
    Function(
        id="invited_by_name",
        params=("c", "rows", "days"),
        body=(
            "rows.exists(s, has(s.contact_id) && s.contact_id == c.id && within_days(s.invited_on, days)"
            " && of_the_client(s))"
        ),
        doc="whether an invitation of the window went by name to this person",
    ),
    Function(
        id="adjusted_share",
        params=("count", "answers", "added", "ways", "least"),
        body="told_of((count + added / ways) / (answers + added), answers, least)",
        doc="share after answers are added evenly over the ways to answer; missing where too few people gave one",
    ),
    Function(
        id="clamped",
        params=("value", "low", "high"),
        body="value < low ? low : (value > high ? high : value)",
        doc="the value, or the edge that it lies beyond",
    ),
    Function(
        id="is_agreed",
        params=("c",),
        body=(
            "!(has(c.status) && (c.status == 'draft' || (!has(c.terminated_on)"
            " && (c.status == 'terminated' || (c.status == 'expired' && !has(c.ends_on))))))"
        ),
        doc="whether a contract is no draft, and is not marked as over while the day on which it ended is not noted",
    ),
    Function(
        id="began_on",
        params=("c",),
        body="has(c.starts_on) || !has(c.signed_on) ? c.starts_on : c.signed_on",
        doc="first day of a contract, or that of its signature",
    ),
    Function(
        id="ended_on",
        params=("c",),
        body="has(c.terminated_on) ? c.terminated_on : c.ends_on",
        doc="day on which a contract was terminated, or ends",
    ),
    Function(
        id="came_and_went",
        params=("c", "after", "until"),
        body=(
            "is_agreed(c) && !in_force(c, after) && !in_force(c, until)"
            " && (has(c.starts_on) || has(c.signed_on)) && (has(c.terminated_on) || has(c.ends_on))"
            " && began_on(c) > after && ended_on(c) < until && ended_on(c) >= began_on(c)"
        ),
        doc="whether a contract began after one day and ended before another one",
    ),
    Function(
        id="smaller",
        params=("one", "other"),
        body="one < other ? one : other",
        doc="the smaller of two numbers",
    ),
    Function(
        id="former_value",
        params=("c",),
        body="has(c.previous_annual_value) ? c.previous_annual_value : c.annual_value",
        doc="what a contract was worth in a year before its last renewal",
    ),
    Function(
        id="has_run_out",
        params=("c", "on", "begun", "following", "days"),
        body=(
            "is_agreed(c) && !in_force(c, on) && (has(c.starts_on) || has(c.signed_on))"
            " && began_on(c) <= on && (has(c.terminated_on) || has(c.ends_on)) && ended_on(c) <= on"
            " && ended_on(c) >= on - days && !(has(begun) && begun >= ended_on(c) - days)"
            " && (!has(c.terminated_on) || (has(following) && following - days <= ended_on(c)))"
        ),
        doc=(
            "whether a contract ended so few days before a day that it may still be renewed, and no other one has begun"
            " since; one that was terminated only if another one is known to follow"
        ),
    ),
    Function(
        id="counts_on",
        params=("c", "on", "begun", "following", "days"),
        body="in_force(c, on) || has_run_out(c, on, begun, following, days)",
        doc="whether a contract runs on a day, or ran until few days before it",
    ),
    Function(
        id="is_replaced",
        params=("c", "begun", "days"),
        body=(
            "(has(c.terminated_on) || (has(c.ends_on) && !(has(c.auto_renew) && c.auto_renew)))"
            " && began_on(c) < begun && ended_on(c) <= begun + days"
        ),
        doc="whether the contract that began last did so when this one was about to end, or after that",
    ),
    Function(
        id="in_force",
        params=("c", "on"),
        body=(
            "is_agreed(c)"
            " && (has(c.starts_on) || !has(c.signed_on) ? c.starts_on <= on : c.signed_on <= on)"
            " && (!has(c.terminated_on) || c.terminated_on > on)"
            " && (!has(c.ends_on) || c.ends_on >= on || (has(c.auto_renew) && c.auto_renew"
            " && !(has(c.status) && c.status == 'expired')))"
        ),
        doc="whether a contract runs on a day, from its first day or its signature; one that renews itself runs on",
    ),
)


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read functions of the spectrum."""
    register(ruleset_folder("clientcore_voice"))
