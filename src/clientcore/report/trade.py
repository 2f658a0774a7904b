"""R6 and R7: what is kept and how it is spread, and when contracts come up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from clientcore.report.registry import Report
from clientcore.report.sources import (
    ALL,
    UNKNOWN,
    Sources,
    chosen,
    rows_by,
    share,
    shown_groups,
    table_of,
    total,
    unknown,
)

_KEPT = {
    "by": "text: segment, or band of recency, frequency and money",
    "group": "text: the group",
    "accounts": "count: its accounts",
    "kept_known": "count: accounts with contracts a year ago of which it is known what became of them",
    "gross_retention": "number: share of their value that was kept, without what was added",
    "net_retention": "number: the same with what was added",
    "lifetime_value_low": "number: least value of future margins, as far as it is known",
    "lifetime_value_high": "number: greatest of the same",
    "lifetime_unknown": "count: accounts whose lifetime value is unknown",
    "revenue": "number: revenue in twelve months, as far as it is known",
    "revenue_unknown": "count: accounts whose revenue is unknown",
    "gini": "number: how unevenly revenue spreads over those of its accounts that have any, 0 to 1",
    "hhi": "number: sum of the squared shares of revenue; 1 where one account has all",
    "top_5_share": "number: share of revenue of the five largest accounts",
}


def _kept(sources: Sources) -> pl.DataFrame:
    names = ("contracts_year_ago", "contracts_kept", "contracts_today", "revenue_12m")
    facts: dict[str, list[float | None]] = {name: sources.fact(name).to_list() for name in names}
    facts["low"] = sources.cells("voice.value.lifetime_value_least").to_list()
    facts["high"] = sources.cells("voice.value.lifetime_value_most").to_list()
    rows = [{"by": "segment", "group": group, **_values(facts, own)} for group, own in shown_groups(sources.segments())]
    bands = [UNKNOWN if one is None else one for one in sources.frame["voice_value_rfm_band"]]
    rows += [{"by": "band", "group": band, **_values(facts, own)} for band, own in rows_by(bands).items()]
    return table_of(rows, _KEPT)


def _values(facts: dict[str, list[float | None]], rows: Sequence[int]) -> dict[str, Any]:
    own = {name: chosen(values, rows) for name, values in facts.items()}
    kept = [
        (before, gross, net)
        for before, gross, net in zip(
            own["contracts_year_ago"], own["contracts_kept"], own["contracts_today"], strict=True
        )
        if before and gross is not None and net is not None
    ]
    before = total(one[0] for one in kept)
    lives = [row for row in range(len(rows)) if own["low"][row] is not None and own["high"][row] is not None]
    return {
        "accounts": len(rows),
        "kept_known": len(kept),
        "gross_retention": share(total(one[1] for one in kept), before),
        "net_retention": share(total(one[2] for one in kept), before),
        "lifetime_value_low": total(chosen(own["low"], lives)),
        "lifetime_value_high": total(chosen(own["high"], lives)),
        "lifetime_unknown": len(rows) - len(lives),
        "revenue": total(own["revenue_12m"]),
        "revenue_unknown": unknown(own["revenue_12m"]),
        **_concentration(own["revenue_12m"]),
    }


def _concentration(revenues: Sequence[float | None]) -> dict[str, float | None]:
    """Return how revenue is concentrated; what is not above 0 is nobody's share."""
    from clientcore_spectrum.portfolio import gini

    known = sorted((value for value in revenues if value is not None and value > 0), reverse=True)
    whole = total(known)
    if not whole:
        return {}
    return {
        "gini": gini(known),
        "hhi": total((value / whole) ** 2 for value in known),
        "top_5_share": share(total(known[:5]), whole),
    }


_WALL = {
    "month": "text: month of the renewal, as 2026-07, unknown, or all",
    "band": "text: band of the account's ties today, or all",
    "contracts": "count: contracts that come up",
    "accounts": "count: accounts that they belong to",
    "annual_value": "number: value of one year, as far as it is known; not summed over accounts of several currencies",
    "value_unknown": "count: contracts whose value is unknown",
    "renews_itself": "count: contracts that renew themselves",
    "renews_unknown": "count: contracts for which that is unknown",
    "notice_passed": "count: contracts for which it is too late to give notice",
    "notice_unknown": "count: contracts for which that is unknown",
}


def _wall(sources: Sources) -> pl.DataFrame:
    contracts = sources.money(sources.table("contracts"), "annual_value")
    until = sources.until()
    coming = contracts.filter(
        pl.col("terminated_on").is_null()
        & (pl.col("status").is_null() | ~pl.col("status").is_in(["draft", "terminated", "expired"]))
        & (pl.col("renewal_on").is_null() | pl.col("renewal_on").is_between(sources.as_of, until))
        & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= sources.as_of) | pl.col("auto_renew"))
    )
    bands = sources.frame.select("account_id", pl.col("starter_account_ties_band").fill_null(UNKNOWN).alias("@band"))
    joined = coming.join(bands, on="account_id", how="inner")
    records = joined.sort("renewal_on", "account_id", "id").to_dicts()
    months = [UNKNOWN if one["renewal_on"] is None else f"{one['renewal_on']:%Y-%m}" for one in records]
    keys = [(month, one["@band"]) for month, one in zip(months, records, strict=True)]
    rows = [
        {"month": key[0], "band": key[1], **_coming(chosen(records, own), sources)}
        for key, own in rows_by(keys).items()
    ]
    known = _coming(records, sources) if sources.has("contracts") else {}
    rows.append({"month": ALL, "band": ALL, **known})
    return table_of(rows, _WALL)


def _coming(records: Sequence[dict[str, Any]], sources: Sources) -> dict[str, Any]:
    values = [one["annual_value"] for one in records]
    # what is in another currency of its contract is converted to the account's; between accounts there is no rate
    currencies = {one["@own"] for one in records} - {None}
    late = [
        (one["renewal_on"] - sources.as_of).days < one["notice_days"]
        for one in records
        if one["notice_days"] is not None and one["renewal_on"] is not None
    ]
    return {
        "contracts": len(records),
        "accounts": len({one["account_id"] for one in records}),
        "annual_value": total(values) if len(currencies) <= 1 else None,
        "value_unknown": unknown(values),
        "renews_itself": sum(bool(one["auto_renew"]) for one in records),
        "renews_unknown": unknown(one["auto_renew"] for one in records),
        "notice_passed": sum(late),
        "notice_unknown": len(records) - len(late),
    }


REPORTS = (
    Report(
        id="R6",
        title="What is kept, and how it is spread",
        question="How much of last year's contracts was kept, what are clients worth, and on how few does it hang?",
        make=_kept,
        columns=_KEPT,
        rulesets=("voice.value",),
        facts=("contracts_year_ago", "contracts_kept", "contracts_today", "revenue_12m"),
        tables=("accounts",),
        note="Segments under five accounts are shown together, and not at all where they are under five together.",
    ),
    Report(
        id="R7",
        title="Renewals by month",
        question="When do which contracts come up, and how do these accounts stand?",
        make=_wall,
        columns=_WALL,
        rulesets=("starter.account",),
        tables=("accounts", "contracts"),
        takes=("horizon_days",),
    ),
)
