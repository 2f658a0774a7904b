"""Bundled plugin: ways of working on both sides, inductions, obligations, critical success factors, components."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.catalog import Function
from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_functions", "clientcore_register_rulesets"]

FUNCTIONS = (
    Function(
        id="knows_influence",
        params=("c", "people"),
        body="has(c.knows_contact_id) && people.exists(k, k.id == c.knows_contact_id && has(k.influence))",
        doc="whether a contact is noted to know somebody whose influence is noted",
    ),
    Function(
        id="influence_passed_on",
        params=("c", "people", "passed"),
        body=("passed * people.filter(k, k.id == c.knows_contact_id && has(k.influence)).map(k, k.influence).max()"),
        doc="influence of whom a contact knows, as far as it is passed on",
    ),
    Function(
        id="reach",
        params=("c", "people", "passed"),
        body=(
            "!knows_influence(c, people) || (has(c.influence) && c.influence >= influence_passed_on(c, people, passed))"
            " ? c.influence : influence_passed_on(c, people, passed)"
        ),
        doc="own influence of a contact, or that of whom it knows as far as it is passed on, if that is more",
    ),
    Function(
        id="rated_lately",
        params=("s", "side", "days"),
        body="s.side == side && perhaps_within(s.occurred_on, days)",
        doc="whether a statement is about the ways of a side and perhaps of the last so many days",
    ),
    Function(
        id="into_the_least",
        params=("i",),
        body="has(i.completed_on) && i.security && i.protocols && i.culture && i.dos_and_donts",
        doc="whether an induction was completed and went through security, protocols, culture and what not to do; "
        "unknown where it is not noted what it went through",
    ),
    Function(
        id="surely_into_the_least",
        params=("i",),
        body=(
            "has(i.completed_on) && has(i.security) && i.security && has(i.protocols) && i.protocols"
            " && has(i.culture) && i.culture && has(i.dos_and_donts) && i.dos_and_donts"
        ),
        doc="the same, and false where it is not noted",
    ),
    Function(
        id="perhaps_into_the_least",
        params=("i",),
        body=(
            "has(i.completed_on) && !(has(i.security) && !i.security) && !(has(i.protocols) && !i.protocols)"
            " && !(has(i.culture) && !i.culture) && !(has(i.dos_and_donts) && !i.dos_and_donts)"
        ),
        doc="the same, and true where it is not noted",
    ),
)


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and functions of spectrum, service and relationship."""
    register(ruleset_folder("clientcore_culture"))
