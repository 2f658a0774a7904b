"""Facts of opportunities and orders."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
from large_book import DAY

from by_hand.words import (
    NOTING,
    TWO_YEARS,
    YEAR,
    age,
    ago,
    c,
    counted,
    false,
    marked_share,
    no,
    perhaps,
    records,
    share,
    there,
    total,
    within,
)

EXPANSION = ["upgrade", "cross_sell"]
#: Counts, which are 0 where there are no records.
ZERO = (
    "needs_decided_12m", "opportunities_open", "opportunities_overdue", "order_days",
    "orders_window",
)  # fmt: skip
#: Counts and sums that are 0 only there, and may be missing where there are some.
MAYBE_DEALS = (
    "pipeline_value", "won_24m", "lost_24m", "extensions_won_24m", "open_opportunities", "unforecast_opportunities",
    "rfps_24m", "rfps_influenced_24m", "upsells_won_24m", "suggestions_linked_12m", "proposals_12m",
)  # fmt: skip
MAYBE_ORDERS = ("revenue_12m", "revenue_before", "orders_money")


def _sure(flag: pl.Expr) -> pl.Expr:
    """Return how often a flag is true, missing where it is unknown for some record."""
    return pl.when(flag.null_count() == 0).then(flag.sum())


def _days(flag: pl.Expr, name: str) -> pl.Expr:
    """Return on how many days the records lie that a flag is true for."""
    return pl.when(flag).then(name).drop_nulls().n_unique()


def opportunities(book: Path) -> pl.LazyFrame:
    """Return what one pass over the opportunities of each account gives."""
    rows = records(
        book, "opportunities", "opened_on", "closed_on", "accepted_on", "rfp_published_on", "supplier_input_on",
        "why_asked_on", "first_probe_on", "proposed_on",
    ).with_columns(
        opened=within("opened_on", YEAR), proposed=within("proposed_on", YEAR),
        tender=within("rfp_published_on", TWO_YEARS), decided=within("closed_on", TWO_YEARS),
        late=(c("closed_on") > ago(TWO_YEARS)).fill_null(value=False),
        open=(~c("is_closed")).fill_null(no("closed_on")), grows=c("kind").is_in(EXPANSION),
        wider=(c("is_expansion").fill_null(value=False)) | c("kind").is_in(EXPANSION),
        over=c("is_won").fill_null(value=False) | there("closed_on") | c("is_closed").fill_null(value=False),
        hours=there("pitch_hours", "discovery_hours"), linked=c("is_suggestion") & there("objective_id", "offering_id"),
        came_on=c("opened_on").fill_null(c("closed_on")),
    )  # fmt: skip
    sums = rows.group_by("account_id").agg(**_deals(), **_tenders(), **_pairs())
    return sums.with_columns(needs_decided_12m=c("needs_won") + c("needs_lost")).select(*_shown())


def _deals() -> dict[str, pl.Expr]:
    won, open_ = c("is_won"), c("open")
    return {
        "rows": pl.len(),
        "opportunities_open": open_.sum(),
        "pipeline_value": total(open_, c("amount")),
        "opportunities_overdue": (open_ & (c("close_on") < DAY)).sum(),
        "won_24m": _sure(c("late") & won),
        "lost_24m": _sure(c("late") & ~won),
        "extensions_won_24m": _sure(c("late") & won & c("is_expansion").fill_null(c("grows"))),
        "needs_won": _days(within("closed_on", YEAR) & won, "came_on"),
        "needs_lost": _days(within("closed_on", YEAR) & ~won, "came_on"),
        "open_opportunities": (~c("over")).sum(),
        "unforecast_opportunities": (~c("over") & ~there("close_on", "amount")).sum(),
        "upsells": (c("decided") & won & c("wider")).sum(),
        "upsells_noted": (
            within("closed_on", TWO_YEARS + NOTING) & won & (there("is_expansion") | there("kind"))
        ).sum(),
        "won": (perhaps("closed_on", TWO_YEARS) & won).sum(),
        "yielded": (c("proposed") & won & c("wider")).sum(),
        "pitch": pl.when(c("opened") & c("hours")).then("pitch_hours").sum(),
        "hours": pl.when(c("opened") & c("hours")).then(c("pitch_hours") + c("discovery_hours")).sum(),
    }


def _tenders() -> dict[str, pl.Expr]:
    tender, opened, proposed = c("tender"), c("opened"), c("proposed")
    early = (c("supplier_input_on") < c("rfp_published_on")) & c("input_accepted")
    return {
        "tenders": _days(tender, "rfp_published_on"),
        "undated": (c("formal_tender") & no("rfp_published_on") & perhaps("closed_on", TWO_YEARS)).any(),
        "tenders_noted": (
            perhaps("closed_on", TWO_YEARS + NOTING) & (there("rfp_published_on") | there("formal_tender"))
        ).sum(),
        "tender_rows": perhaps("closed_on", TWO_YEARS).sum(),
        "influenced": _days(tender & early, "rfp_published_on"),
        "influence_noted": (
            tender
            & (
                (there("input_accepted") & (~c("input_accepted") | there("supplier_input_on")))
                | (c("supplier_input_on") >= c("rfp_published_on")).fill_null(value=False)
            )
        ).sum(),
        "opened": opened.sum(),
        "pushed": (opened & (c("origin") == "supplier_push")).sum(),
        "origins": (opened & there("origin")).sum(),
        "suggested": _days(opened & c("linked"), "opened_on"),
        "suggestions_noted": (within("opened_on", YEAR + NOTING) & there("is_suggestion")).sum(),
        "suggestion_rows": perhaps("opened_on", YEAR).sum(),
        "answered": _days(
            opened & c("linked") & (there("accepted_on") | c("over") | (c("opened_on") <= ago(90))), "opened_on"
        ),
        "proposals_answered": (proposed & (c("over") | (c("proposed_on") <= ago(90)))).sum(),
        "why_noted": (within("proposed_on", YEAR + NOTING) & (there("why_asked_on") | there("need_reason"))).sum(),
        "accepted": _days(
            opened & c("linked") & (there("accepted_on") | c("is_won").fill_null(value=False)), "opened_on"
        ),
        "definite": (opened & there("proposed_on")).sum(),
        "proposals": proposed.sum(),
        "proposals_noted": within("proposed_on", YEAR + NOTING).sum(),
        "proposal_rows": perhaps("closed_on", YEAR).sum(),
        "asked": (proposed & (c("why_asked_on") <= c("proposed_on")) & there("need_reason")).sum(),
        "last_proposal_on": c("proposed_on").max(),
        "last_order_unproposed_on": pl.when(c("is_won") & no("proposed_on")).then("closed_on").max(),
    }


def _pairs() -> dict[str, pl.Expr]:
    return {
        "opportunity_pairs": there("opened_on", "closed_on").sum(),
        "opportunity_faults": (c("closed_on") < c("opened_on")).sum(),
        "opportunity_amounts": there("amount").sum(),
    }


def _shown() -> list[pl.Expr | str]:
    return [
        "account_id", "opportunities_open", "pipeline_value", "opportunities_overdue", "won_24m", "lost_24m",
        "extensions_won_24m", "needs_decided_12m", "open_opportunities", "unforecast_opportunities",
        "last_proposal_on", "opportunity_pairs", "opportunity_faults", "opportunity_amounts",
        c("rows").alias("opportunity_rows"),
        share("needs_won", "needs_decided_12m").alias("return_rate"),
        pl.when(~c("undated")).then(counted("tenders", "tenders_noted", "tender_rows")).alias("rfps_24m"),
        pl.when((counted("tenders", "tenders_noted", "tender_rows") == 0) | (c("influence_noted") > 0))
        .then("influenced")
        .alias("rfps_influenced_24m"),
        share("pushed", "origins").alias("push_ratio"), c("origins").alias("origins_noted_12m"),
        counted("upsells", "upsells_noted", "won").alias("upsells_won_24m"),
        counted("suggested", "suggestions_noted", "suggestion_rows").alias("suggestions_linked_12m"),
        share("accepted", "answered").alias("suggestion_acceptance"),
        counted("proposals", "proposals_noted", "proposal_rows").alias("proposals_12m"),
        share("yielded", "proposals_answered").alias("consultative_yield"),
        share(counted("asked", "why_noted", "proposals"), "proposals").alias("proposals_asked_share"),
        share("pitch", "hours").alias("pitch_share"),
        share("definite", "opened").alias("definiteness"),
        "last_order_unproposed_on",
        pl.max_horizontal("last_proposal_on", "last_order_unproposed_on").fill_null(date(1, 1, 1))
        .alias("last_definite_on"),
    ]  # fmt: skip


def last_proposals(book: Path) -> pl.LazyFrame:
    """Return what the last proposal of each account says; of one day the one that was written down last."""
    said = {
        "latest_proposal_reuse": "proposal_reuse", "learnings_cited": "learnings_cited", "last_proposal_id": "id",
        "noted_probes": "probes", "noted_probe_on": "first_probe_on",
    }  # fmt: skip
    rows = records(book, "opportunities", "proposed_on", "first_probe_on").filter(there("proposed_on"))
    columns = dict.fromkeys(("account_id", "proposed_on", "recorded_at", "id", *said.values()))
    return (
        rows.select(*columns)
        .sort("proposed_on", "recorded_at", "id", nulls_last=False)
        .group_by("account_id")
        .agg(c("proposed_on").last(), *(c(column).last().alias(name) for name, column in said.items()))
    )


def lessons(book: Path, proposals: pl.LazyFrame) -> pl.LazyFrame:
    """Return on how many things learnt the last proposal builds, as it says itself or else as they say."""
    last, opportunity = c("last_proposal_id"), c("opportunity_id")
    shows = (c("occurred_on") > c("proposed_on") - timedelta(days=YEAR + NOTING)) & opportunity.is_not_null()
    learnt = records(book, "learnings", "occurred_on").join(proposals, on="account_id", how="inner")
    told = learnt.group_by("account_id").agg(
        cited=(opportunity == last).sum(), cited_noted=shows.sum(), cited_rows=pl.len()
    )
    both = proposals.join(told, on="account_id", how="left")
    named = pl.when(no("cited_rows")).then(0).otherwise(counted("cited", "cited_noted", "cited_rows"))
    return both.select("account_id", latest_proposal_learnings=c("learnings_cited").fill_null(named))


def orders(book: Path) -> pl.LazyFrame:
    """Return what one pass over the orders of each account gives."""
    rows = records(book, "orders", "ordered_on", "shipped_on").with_columns(
        stands=false(c("status") == "cancelled"), year=within("ordered_on", YEAR)
    )
    day, lately = c("ordered_on"), c("year") & c("stands")
    before = (day <= ago(YEAR)) & (day > ago(2 * YEAR)) & c("stands")
    both = lately & there("margin", "amount")
    standing = pl.when("stands").then(day)
    return rows.group_by("account_id").agg(
        revenue_12m=total(lately, c("amount")), revenue_before=total(before, c("amount")),
        margin=total(lately, c("margin")),
        beyond=(c("year") & c("is_beyond_prescription")).sum(),
        beyond_noted=(c("year") & there("is_beyond_prescription")).sum(), of_year=c("year").sum(),
        last=standing.max(), first=standing.min(), order_days=standing.drop_nulls().n_unique(),
        orders_window=pl.when(lately).then(day).drop_nulls().n_unique(),
        margin_both=pl.when(both).then("margin").sum(), amount_both=pl.when(both).then("amount").sum(),
        latest=day.max(), order_rows=pl.len(), order_amounts=there("amount").sum(),
        sale_pairs=there("ordered_on", "shipped_on").sum(), sale_faults=(c("shipped_on") < day).sum(),
    ).select(
        "account_id", "revenue_12m", "revenue_before", "order_days", "orders_window", "order_rows", "order_amounts",
        "sale_pairs", "sale_faults", c("revenue_12m").alias("orders_money"),
        share("margin", "revenue_12m").alias("contribution_margin"),
        marked_share("beyond", "beyond_noted", "of_year").alias("beyond_prescription_rate"),
        share("margin_both", "amount_both").alias("order_margin"),
        age(c("last")).alias("days_since_order"), age(c("latest")).alias("latest_order_days"),
        share(age(c("last")), share((c("last") - c("first")).dt.total_days(), c("order_days") - 1))
        .alias("silence_in_gaps"),
    )  # fmt: skip
