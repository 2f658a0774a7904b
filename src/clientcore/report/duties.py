"""R8, R10, R13: promises by team, inductions, components that are kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from clientcore.groups import SMALLEST, hidden_groups
from clientcore.report.registry import Limit, Report
from clientcore.report.sources import (
    ALL,
    HIDDEN,
    Sources,
    chosen,
    everybody,
    rows_by,
    share,
    shown_groups,
    table_of,
    too_few,
    total,
)

#: Groups of promises by people without a team, and by nobody who is known.
_NO_TEAM, _NO_OWNER = "(no team)", "(no owner)"

_PROMISES = {
    "team": "text: team of whoever owns the promise",
    "people": "count: people of the team; owners who are not listed count as one",
    "due": "count: open promises that are due within `ahead_days`",
    "undated": "count: open promises without a day",
    "at_risk": "count: open promises that were judged to be kept with less than the chance `keep_floor`",
    "chance_unknown": "count: open promises of which nobody judged the chance",
    "broken": "count: promises due in the last `back_days` kept neither by their day nor by a new one agreed before",
    "kept": "count: promises due in the last `back_days` that were kept in time",
}


def _promises(sources: Sources) -> pl.DataFrame:
    members = sources.table("team_members")
    teams = dict(zip(members["id"], members["team"], strict=True))
    people: dict[str, set[str]] = {}
    for name, team in zip(members["name"].fill_null(members["id"]), members["team"], strict=True):
        people.setdefault(team or _NO_TEAM, set()).add(name)
    only_asked = pl.col("asked_on").is_not_null() & pl.col("made_on").is_null()
    records = sources.table("commitments").filter(pl.col("declined_on").is_null() & ~only_asked).to_dicts()
    owners = [one["owner_id"] for one in records]
    groups = [_NO_OWNER if owner is None else teams.get(owner) or _NO_TEAM for owner in owners]
    if any(owner is not None and owner not in teams for owner in owners):
        # several ids may be one person, so those who are not listed never make a group large enough
        people.setdefault(_NO_TEAM, set()).add("")
    sizes = {team: len(names) for team, names in people.items() if team in groups}
    hidden = hidden_groups(sizes)
    rows = []
    for team, own in rows_by([HIDDEN if team in hidden else team for team in groups]).items():
        count = sum(sizes[one] for one in hidden) if team == HIDDEN else sizes.get(team)
        if team != HIDDEN or (count or 0) >= SMALLEST:
            rows.append({"team": team, "people": count, **_states(chosen(records, own), sources)})
    known = _states(records, sources) if sources.has("commitments") else {}
    rows.append({"team": ALL, "people": sum(sizes.values()), **known})
    return table_of(rows, _PROMISES)


def _states(records: Sequence[dict[str, Any]], sources: Sources) -> dict[str, int]:
    as_of = sources.as_of
    found = dict.fromkeys(("due", "undated", "at_risk", "chance_unknown", "broken", "kept"), 0)
    for one in records:
        limits = sources.limits_for([one["account_id"]])
        due, kept, moved = one["due_on"], one["kept_on"], one["renegotiated_on"]
        if due is not None and moved is not None and moved < due:
            due = one["new_due_on"]
        if kept is None and (due is None or due >= as_of):
            found["due"] += due is not None and (due - as_of).days <= limits["ahead_days"]
            found["undated"] += due is None
            chance = one["keep_probability"]
            found["chance_unknown"] += chance is None
            found["at_risk"] += chance is not None and chance < limits["keep_floor"]
        elif due is not None and 0 <= (as_of - due).days < limits["back_days"]:
            in_time = kept is not None and kept <= due
            found["kept"] += in_time
            found["broken"] += due < as_of and not in_time
    return found


_INDUCTIONS = {
    "segment": "text: segment of the accounts",
    "accounts": "count: its accounts",
    "unknown": "count: accounts for which it is not noted who works there, or who was inducted",
    "people_at_work": "count: people at work, of accounts for which it is known",
    "inducted_first": "count: those inducted before they began",
    "compliance": "number: their share",
    "accounts_with_gaps": "count: accounts at which somebody began without",
    "lapsed": "count: people whose every induction has lapsed",
}


def _inductions(sources: Sources) -> pl.DataFrame:
    work = sources.fact("people_at_work").to_list()
    first = sources.fact("people_inducted_first").to_list()
    lapsed = sources.fact("people_lapsed").to_list()
    rows = []
    counts = [None if two is None else one for one, two in zip(work, first, strict=True)]
    told = sources.people("first_worked_on", counts)
    for segment, own in shown_groups(sources.segments(), told):
        known = [(work[row], first[row]) for row in own if work[row] is not None and first[row] is not None]
        at_work, inducted = total(one[0] for one in known), total(one[1] for one in known)
        row = {"segment": segment, "accounts": len(own), "unknown": len(own) - len(known)}
        if not too_few(len(everybody(chosen(told, own)))):
            row |= {
                "people_at_work": at_work,
                "inducted_first": inducted,
                "compliance": share(inducted, at_work),
                "accounts_with_gaps": sum(one[1] < one[0] for one in known),
                "lapsed": total(chosen(lapsed, own)),
            }
        rows.append(row)
    return table_of(rows, _INDUCTIONS)


_COMPONENTS = {
    "component": "text: component of account management, or all thirteen",
    "accounts": "count: how many accounts",
    "with_it": "count: accounts for which something written was ever brought up to date",
    "without": "count: accounts without anything",
    "median_days": "number: median age of the latest, in days",
    "oldest_days": "number: greatest age of the latest, in days",
    "complete_low": "number: least number of fresh components, mean over the accounts",
    "complete_high": "number: greatest, likewise",
}
COMPONENTS = (
    "account_management",
    "understanding_clients",
    "values",
    "account_manager",
    "relationships",
    "contacts",
    "propositions",
    "qualification",
    "scorecard",
    "risk",
    "reviews",
    "surveys",
    "swot",
)


def _components(sources: Sources) -> pl.DataFrame:
    ids = set(sources.frame["account_id"])
    reviews = sources.table("reviews").filter((pl.col("kind") == "artefact") & pl.col("held_on").is_not_null())
    latest = reviews.group_by("component", "account_id").agg(pl.col("held_on").max()).to_dicts()
    ages: dict[str, list[int]] = {}
    for one in latest:
        if one["account_id"] in ids:
            ages.setdefault(one["component"], []).append((sources.as_of - one["held_on"]).days)
    rows: list[dict[str, Any]] = []
    for name in COMPONENTS:
        own = sorted(ages.get(name, ()))
        middle = (own[(len(own) - 1) // 2] + own[len(own) // 2]) / 2 if own else None
        counts = {"accounts": len(ids)}
        counts |= {"with_it": len(own), "without": len(ids) - len(own)} if sources.has("reviews", "component") else {}
        rows.append({"component": name, **counts, "median_days": middle, "oldest_days": own[-1] if own else None})
    lows, highs = sources.bounds("culture.components.complete")
    means = {"complete_low": share(total(lows), len(lows)), "complete_high": share(total(highs), len(highs))}
    rows.append({"component": ALL, "accounts": len(ids), **means})
    return table_of(rows, _COMPONENTS)


REPORTS = (
    Report(
        id="R8",
        title="Promises by team",
        question="Which teams have promises due, at risk or broken?",
        make=_promises,
        columns=_PROMISES,
        rulesets=("trust.partner",),
        tables=("commitments", "team_members"),
        limits=(
            Limit(
                id="ahead_days",
                doc="days ahead in which a promise is due; ours (S2-16)",
                unit="days",
                range=(1, 365),
                value=30,
            ),
            Limit(
                id="keep_floor",
                doc="chance of keeping a promise under which it is at risk (S2-18)",
                unit="ratio",
                range=(0, 1),
                param="trust.partner.keep_floor",
            ),
            Limit(
                id="back_days",
                doc="how far back promises kept and broken are looked for (S2-16)",
                unit="days",
                range=(30, 1095),
                param="trust.partner.window_days",
            ),
        ),
        note="By team and never by person; teams under five people are shown together, or not at all, and so are "
        "people without a team, where they are under five.",
    ),
    Report(
        id="R10",
        title="Inductions",
        question="Does anybody work for a client without having been inducted first?",
        make=_inductions,
        columns=_INDUCTIONS,
        rulesets=("culture.induction",),
        facts=("people_at_work", "people_inducted_first", "people_lapsed"),
        tables=("accounts", "team_members"),
        note="Segments with fewer than five people at work, or under five accounts, are shown together, and not at all "
        "where they are under five together; of fewer than five people over all only the accounts are counted. Whoever "
        "works for two accounts is one person.",
    ),
    Report(
        id="R13",
        title="Thirteen components",
        question="Which components of account management are written down, and how old are they?",
        make=_components,
        columns=_COMPONENTS,
        rulesets=("culture.components",),
        tables=("reviews",),
    ),
)
