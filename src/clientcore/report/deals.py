"""R12: opportunities by what to do with them, and what unknown answers cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from clientcore.report.registry import WIDTH, Report
from clientcore.report.sources import ALL, UNKNOWN, Sources, chosen, rows_by, share, table_of, total, unknown
from clientcore.report.voice import adjusted_share

_DEALS = {
    "by": "text: advice, for open opportunities; answers unknown, for open and closed ones",
    "group": "text: the group",
    "open": "count: open opportunities",
    "amount": "number: their value, as far as it is known",
    "amount_unknown": "count: open opportunities without a value",
    "closed": "count: closed opportunities for which it is known whether they were won",
    "won": "count: those won",
    "win_rate": "number: their share",
    "win_rate_low": "number: least share that so few leave open (adjusted Wald)",
    "win_rate_high": "number: greatest of the same",
}
_ORDER = ("qualify", "work", "decide", "drop")


def _deals(sources: Sources) -> pl.DataFrame:
    known = sources.money(sources.table("opportunities"), "amount").select(
        pl.col("id").alias("opportunity_id"), "amount", "is_closed", "is_won", "closed_on"
    )
    joined = sources.frame.join(known, on="opportunity_id", how="left", maintain_order="left")
    closed = [
        bool(one) if one is not None else day is not None
        for one, day in zip(joined["is_closed"], joined["closed_on"], strict=True)
    ]
    amounts, won = joined["amount"].to_list(), joined["is_won"].to_list()
    advice = [UNKNOWN if one is None else one for one in sources.cells("qualification.opportunity.advice")]
    missing = sources.fact("answers_unknown").to_list()
    counts = [UNKNOWN if one is None else "4 or more" if one >= 4 else f"{one:.0f}" for one in missing]
    open_rows = [row for row, done in enumerate(closed) if not done]

    def cells(rows: Sequence[int], *, past: bool) -> dict[str, Any]:
        mine = [row for row in rows if not closed[row]]
        values = chosen(amounts, mine)
        found: dict[str, Any] = {"open": len(mine), "amount": total(values), "amount_unknown": unknown(values)}
        return {**found, **_won([won[row] for row in rows if closed[row]], sources.limits["z"])} if past else found

    rows = [
        {"by": "advice", "group": name, **cells([open_rows[at] for at in own], past=False)}
        for name, own in sorted(rows_by(chosen(advice, open_rows)).items(), key=lambda pair: _place(pair[0]))
    ]
    rows += [{"by": "answers unknown", "group": name, **cells(own, past=True)} for name, own in rows_by(counts).items()]
    rows.append({"by": ALL, "group": ALL, **cells(range(joined.height), past=True)})
    return table_of(rows, _DEALS)


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name), "") if name in _ORDER else (len(_ORDER), name)


def _won(outcomes: Sequence[bool | None], z: float) -> dict[str, Any]:
    told = [one for one in outcomes if one is not None]
    won = sum(told)
    low, high = adjusted_share(won, len(told), z)
    return {
        "closed": len(told),
        "won": won,
        "win_rate": share(won, len(told)),
        "win_rate_low": low,
        "win_rate_high": high,
    }


REPORTS = (
    Report(
        id="R12",
        title="Opportunities, and what unknown answers cost",
        question="Which open opportunities are worth the effort, and were those with more unknown won less often?",
        make=_deals,
        columns=_DEALS,
        rulesets=("qualification.opportunity",),
        facts=("answers_unknown",),
        subject="opportunity",
        tables=("accounts", "opportunities"),
        limits=(WIDTH,),
        note="Win rates are of opportunities closed by that day; few of them leave a wide interval.",
    ),
)
