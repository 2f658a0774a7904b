"""R1 and R19: how a book spreads over the spectrum, and how far accounts are from the big switch."""

from __future__ import annotations

from typing import Any

import polars as pl

from clientcore.report.registry import Limit, Report
from clientcore.report.sources import ALL, UNKNOWN, Sources, chosen, rows_by, share, table_of, total, unknown

_SPREAD = {
    "mode": "text: engagement mode, or the whole book",
    "accounts": "count: accounts that are known to have it",
    "unknown": "count: accounts whose mode is unknown, in the row of the whole book",
    "share": "number: share of the accounts whose mode is known",
    "share_low": "number: least share of all accounts, whatever the unknown ones turn out to be",
    "share_high": "number: greatest share of all accounts, likewise",
    "revenue": "number: revenue of these accounts in twelve months, as far as it is known",
    "revenue_share": "number: its share of the revenue of the accounts whose mode is known",
    "tail_share": "number: share of consultative, education and mentoring among the known",
    "skewness": "number: above 0 where most accounts are near servicing",
    "revenue_gini": "number: how unevenly revenue spreads over all accounts, 0 to 1",
    "inflated": "yes: whether the book looks as if we had flattered ourselves",
    "reasons": "text: what speaks for that, or why it can't be told",
}


def _spread(sources: Sources) -> pl.DataFrame:
    from clientcore_spectrum.portfolio import Expectation, judge, portfolio

    modes = sources.cells("spectrum.mode.engagement_mode").to_list()
    # a credit note may leave less than nothing, which is no share of anything
    revenues = [None if value is None or value < 0 else value for value in sources.fact("revenue_12m")]
    found = portfolio(modes, revenues)
    limits = sources.limits
    believed = Expectation(
        most_mentoring=limits["most_mentoring"],
        least_servicing=limits["least_servicing"],
        least_accounts=round(limits["least_accounts"]),
    )
    verdict = judge(found, whole=sources.book is not None and sources.book.whole, expected=believed)
    rows: list[dict[str, Any]] = [
        {
            "mode": mode,
            "accounts": one.accounts,
            "share": one.share,
            "share_low": one.low,
            "share_high": one.high,
            "revenue": one.revenue,
            "revenue_share": one.revenue_share,
        }
        for mode, one in found.shares.items()
    ]
    rows.append(
        {
            "mode": ALL,
            "accounts": found.accounts,
            "unknown": found.unknown,
            "revenue": total(revenues),
            "tail_share": found.tail_share,
            "skewness": found.skewness,
            "revenue_gini": found.revenue_gini,
            "inflated": verdict.inflated_self_assessment,
            "reasons": "; ".join(verdict.reasons),
        }
    )
    return table_of(rows, _SPREAD)


_SWITCH = {
    "state": "text: state of the switch, or the whole book",
    "accounts": "count: accounts in it",
    "share": "number: their share of all accounts",
    "positions_taken": "count: accounts with all positions taken",
    "positions_unknown": "count: accounts for which that is unknown",
    "evidence_suffices": "count: accounts with enough evidence",
    "evidence_unknown": "count: accounts for which that is unknown",
    "evidence_gone": "count: accounts whose evidence is gone",
    "decision_waits": "count: accounts that wait for a person's decision",
}
_RULES = {
    "positions_taken": "positions_taken",
    "evidence_suffices": "evidence_suffices",
    "evidence_gone": "evidence_gone",
    "decision_waits": "decision_waits",
}


def _switch(sources: Sources) -> pl.DataFrame:
    states = [UNKNOWN if one is None else one for one in sources.cells("spectrum.switch.mentoring_switch")]
    truths = {name: sources.cells(f"spectrum.switch/{rule}").to_list() for name, rule in _RULES.items()}
    rows = []
    for state, own in [*rows_by(states).items(), (ALL, list(range(len(states))))]:
        cells = {name: chosen(values, own) for name, values in truths.items()}
        row: dict[str, Any] = {name: sum(one is True for one in values) for name, values in cells.items()}
        row |= {"state": state, "accounts": len(own), "share": share(len(own), len(states))}
        row |= {"positions_unknown": unknown(cells["positions_taken"])}
        row |= {"evidence_unknown": unknown(cells["evidence_suffices"])}
        rows.append(row)
    return table_of(rows, _SWITCH)


REPORTS = (
    Report(
        id="R1",
        title="Spread over the spectrum",
        question="How do accounts and revenue spread over the modes, and is the spread believable?",
        make=_spread,
        columns=_SPREAD,
        rulesets=("spectrum.mode",),
        facts=("revenue_12m",),
        limits=(
            Limit(
                id="most_mentoring",
                doc="largest believable share of mentoring accounts; ours (S0-02)",
                unit="ratio",
                range=(0.0, 1.0),
                value=0.05,
            ),
            Limit(
                id="least_servicing",
                doc="least believable share of servicing accounts; ours (S0-02)",
                unit="ratio",
                range=(0.0, 1.0),
                value=0.4,
            ),
            Limit(
                id="least_accounts",
                doc="accounts under which nothing is said of the whole book; ours (S0-02)",
                unit="count",
                range=(5, 1_000_000),
                value=30,
            ),
        ),
        note="Whether the book is flattered is told only of a book that its mapping declares whole (`whole_book`).",
    ),
    Report(
        id="R19",
        title="Readiness for the big switch",
        question="How many accounts stand before the switch, and what do they lack? For inside use only.",
        make=_switch,
        columns=_SWITCH,
        rulesets=("spectrum.switch",),
        note="Clients never see it: a rule, a name or a state of this report is in no text for them.",
    ),
)
