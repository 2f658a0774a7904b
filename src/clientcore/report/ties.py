"""R2, R3, R4, R9, R21: structure against what both sides want, intents, trust, threads, effort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from clientcore.groups import SMALLEST, hidden_groups
from clientcore.report.ranks import rank_ranges
from clientcore.report.registry import Limit, Report
from clientcore.report.sources import (
    ALL,
    UNKNOWN,
    Sources,
    chosen,
    everybody,
    rows_by,
    share,
    table_of,
    too_few,
    total,
    unknown,
)

_RANKS = ("none", "bow_tie", "one_on_many", "cotton_reel", "diamond")
_MONEY = {
    "accounts": "count: accounts in it",
    "share": "number: their share of all accounts",
    "revenue": "number: their revenue in twelve months, as far as it is known",
    "revenue_share": "number: its share of all known revenue",
    "revenue_unknown": "count: accounts whose revenue is unknown",
}


def _money(rows: Sequence[int], revenues: Sequence[float | None]) -> dict[str, Any]:
    own = chosen(revenues, rows)
    return {
        "accounts": len(rows),
        "share": share(len(rows), len(revenues)),
        "revenue": total(own),
        "revenue_share": share(total(own), total(revenues)),
        "revenue_unknown": unknown(own),
    }


_MAP = {
    "structure": "text: who speaks with whom today",
    "ceiling": "text: highest model that both sides want",
    "stands": "text: below, at or above the ceiling; unknown where either is",
    **_MONEY,
}


def _map(sources: Sources) -> pl.DataFrame:
    structures = sources.cells("relationship.model.structure").to_list()
    targets = sources.cells("relationship.model.target").to_list()
    ceilings = [UNKNOWN if target is None else _RANKS[round(target)] for target in targets]
    keys = []
    for structure, target, ceiling in zip(structures, targets, ceilings, strict=True):
        if structure is None or target is None:
            stands = UNKNOWN
        else:
            over = _RANKS.index(structure) - target
            stands = "above" if over > 0 else "below" if over < 0 else "at"
        keys.append((UNKNOWN if structure is None else structure, ceiling, stands))
    revenues = sources.fact("revenue_12m").to_list()
    rows = [
        {"structure": key[0], "ceiling": key[1], "stands": key[2], **_money(own, revenues)}
        for key, own in sorted(rows_by(keys).items(), key=lambda pair: [_place(name) for name in pair[0]])
    ]
    rows.append({"structure": ALL, "ceiling": ALL, "stands": ALL, **_money(range(len(keys)), revenues)})
    return table_of(rows, _MAP)


def _place(name: str) -> tuple[int, str]:
    return (_RANKS.index(name), "") if name in _RANKS else (len(_RANKS), name)


_QUADRANTS = ("both", "we_ahead", "client_ahead", "neither", UNKNOWN)
_INTENTS = {
    "quadrant": "text: who wants the relationship to grow",
    "share_low": "number: least share, whatever the unknown ones turn out to be",
    "share_high": "number: greatest share, likewise",
    "gap_low": "number: least gap in it, our intent less the client's",
    "gap_high": "number: greatest gap in it",
    **_MONEY,
}


def _intents(sources: Sources) -> pl.DataFrame:
    clients = sources.fact("intent_shown_client").to_list()
    ours = sources.fact("intent_shown_supplier").to_list()
    revenues = sources.fact("revenue_12m").to_list()
    possible = [
        _quadrants(client, own, sources.limits["wants_from"]) for client, own in zip(clients, ours, strict=True)
    ]
    rows = []
    for quadrant in _QUADRANTS:
        own = [row for row, found in enumerate(possible) if _only(found) == quadrant]
        may = [row for row, found in enumerate(possible) if quadrant in found]
        gaps = [ours[row] - clients[row] for row in own if ours[row] is not None and clients[row] is not None]
        bounds = (
            {}
            if quadrant == UNKNOWN
            else {"share_low": share(len(own), len(possible)), "share_high": share(len(may), len(possible))}
        )
        known = {"gap_low": min(gaps, default=None), "gap_high": max(gaps, default=None)}
        rows.append({"quadrant": quadrant, **bounds, **known, **_money(own, revenues)})
    rows.append({"quadrant": ALL, **_money(range(len(possible)), revenues)})
    return table_of(rows, _INTENTS)


def _quadrants(client: float | None, own: float | None, wants: float) -> set[str]:
    """Return the quadrants that an account may lie in."""
    theirs = {True, False} if client is None else {client >= wants}
    ours = {True, False} if own is None else {own >= wants}
    names = {(True, True): "both", (True, False): "client_ahead", (False, True): "we_ahead", (False, False): "neither"}
    return {names[one, other] for one in theirs for other in ours}


def _only(possible: set[str]) -> str:
    return next(iter(possible)) if len(possible) == 1 else UNKNOWN


_INSTRUMENTS = ("reliability", "visibility", "transparency")
_LEAGUE = {
    "account_id": "text: the account",
    "low": "number: least trust by the three instruments that so few promises and changes leave open, 0 to 1",
    "high": "number: greatest of the same, whatever is unknown",
    "rank_best": "count: best rank that it may have",
    "rank_worst": "count: worst rank that it may have",
    "sure": "yes: whether its rank is sure",
    "reliability_low": "number: lower end of the Beta interval of promises kept; empty where it is unknown",
    "reliability_high": "number: upper end of the same",
    "visibility_low": "number: lower end of the Beta interval of what the client can see of promises",
    "visibility_high": "number: upper end of the same",
    "transparency_low": "number: lower end of the Beta interval of changes told in good time",
    "transparency_high": "number: upper end of the same",
    "five_low": "number: least trust by its five parts, whatever is unknown; no rank comes from it",
    "five_high": "number: greatest of the same",
}


def _league(sources: Sources) -> pl.DataFrame:
    # few promises and unknown ones both widen: the least of the lower end, the greatest of the upper one
    lows, highs = (
        sources.bounds("trust.partner.instruments_least")[0],
        sources.bounds("trust.partner.instruments_most")[1],
    )
    least, most = sources.bounds("trust.parts.five")
    ends = {
        f"{name}_{end}": sources.fact(f"{name}_{end}").to_list() for name in _INSTRUMENTS for end in ("low", "high")
    }
    ids = sources.frame["account_id"].to_list()
    known = [
        row for row, (low, high) in enumerate(zip(lows, highs, strict=True)) if low is not None and high is not None
    ]
    ranks = rank_ranges([lows[row] or 0.0 for row in known], [highs[row] or 0.0 for row in known])
    rows = [
        {
            "account_id": ids[row],
            "low": lows[row],
            "high": highs[row],
            "rank_best": best,
            "rank_worst": worst,
            "sure": best == worst,
            **{name: values[row] for name, values in ends.items()},
            "five_low": least[row],
            "five_high": most[row],
        }
        for row, (best, worst) in zip(known, ranks, strict=True)
    ]
    # of those that may come first alike, none stands before another for anything but its name
    rows.sort(key=lambda row: (row["rank_best"], row["account_id"]))
    return table_of(rows, _LEAGUE)


_THREADS = {
    "people": "text: people at the client who lately spoke with us, both ways",
    **_MONEY,
    "without_decider": "count: accounts at which we know nobody who decides",
    "decider_unknown": "count: accounts for which that is unknown",
}


def _threads(sources: Sources) -> pl.DataFrame:
    threads = sources.fact("threads_90d").to_list()
    deciders = sources.fact("deciders_known").to_list()
    revenues = sources.fact("revenue_12m").to_list()
    names = [UNKNOWN if one is None else "3 or more" if one >= 3 else f"{one:.0f}" for one in threads]
    rows = []
    for name, own in [*rows_by(names).items(), (ALL, list(range(len(names))))]:
        known = chosen(deciders, own)
        rows.append(
            {
                "people": name,
                **_money(own, revenues),
                "without_decider": sum(one == 0 for one in known),
                "decider_unknown": unknown(known),
            }
        )
    return table_of(rows, _THREADS)


_EFFORT = {
    "effort": "text: over, in line with or under what both sides want",
    **_MONEY,
    "hours": "number: hours a month that go into them, as far as they are noted; hidden where they are of under five",
    "hours_unknown": "count: accounts whose hours nobody noted",
}


def _effort(sources: Sources) -> pl.DataFrame:
    over = sources.cells("relationship.effort/over_invested").to_list()
    under = sources.cells("relationship.effort/under_invested").to_list()
    hours = sources.fact("effort_hours").to_list()
    people = sources.people("hours_per_month", hours)
    revenues = sources.fact("revenue_12m").to_list()
    names = [
        "over" if high else "under" if low else UNKNOWN if high is None or low is None else "in line"
        for high, low in zip(over, under, strict=True)
    ]
    groups = rows_by(names)
    told = {name: everybody(chosen(people, own)) for name, own in groups.items()}
    hidden = hidden_groups(dict.fromkeys(told, SMALLEST), also=told)
    hidden |= {ALL} if too_few(len(everybody(told.values()))) else set()
    rows = [
        {
            "effort": name,
            **_money(own, revenues),
            "hours": None if name in hidden else total(chosen(hours, own)),
            "hours_unknown": unknown(chosen(hours, own)),
        }
        for name, own in [*groups.items(), (ALL, list(range(len(names))))]
    ]
    return table_of(rows, _EFFORT)


REPORTS = (
    Report(
        id="R2",
        title="Models of relationship",
        question="Which structure is there, which do both sides want, and how much revenue is above or below?",
        make=_map,
        columns=_MAP,
        rulesets=("relationship.model",),
        facts=("revenue_12m",),
        note="Above the ceiling is a description, never a reason to cut a tie.",
    ),
    Report(
        id="R3",
        title="Who wants more",
        question="Where do both sides want the relationship to grow, and where is one ahead of the other?",
        make=_intents,
        columns=_INTENTS,
        rulesets=("relationship.intent",),
        facts=("intent_shown_client", "intent_shown_supplier", "revenue_12m"),
        limits=(
            Limit(
                id="wants_from",
                doc="intent from which a side is taken to want more; ours (S1-15)",
                unit="ratio",
                range=(0.0, 1.0),
                value=0.5,
            ),
        ),
        note="The unknown widen the shares.",
    ),
    Report(
        id="R4",
        title="Trust, as far as it can be compared",
        question="Which accounts surely trust us more than which others?",
        make=_league,
        columns=_LEAGUE,
        rulesets=("trust.partner", "trust.parts"),
        facts=tuple(f"{name}_{end}" for name in _INSTRUMENTS for end in ("low", "high")),
        note="No league table: accounts whose Beta intervals overlap share their ranks, however much is known of them, "
        "and their order in the table says nothing.",
    ),
    Report(
        id="R9",
        title="Threads that carry an account",
        question="How much revenue hangs on one person, or on nobody, at the client?",
        make=_threads,
        columns=_THREADS,
        rulesets=("starter.account",),
        facts=("threads_90d", "deciders_known", "revenue_12m"),
    ),
    Report(
        id="R21",
        title="Effort against intent",
        question="Where do we put in more or less than both sides want?",
        make=_effort,
        columns=_EFFORT,
        rulesets=("relationship.effort", "relationship.intent"),
        facts=("effort_hours", "revenue_12m"),
        tables=("team_members",),
        note="Hours of fewer than five people are not shown, and none from which theirs could be worked out.",
    ),
)
