"""Facts of what clients were asked and answered."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from large_book import DAY

from by_hand.words import YEAR, ago, c, false, no, records, share, there, within

ZERO = (
    "invitations_12m", "survey_invited", "nps_silent", "ces_answers", "ces_easy", "csat_answers", "csat_satisfied",
    "nps_answers", "nps_promoters", "nps_detractors", "nps_answers_before", "nps_promoters_before",
    "nps_detractors_before", "answers_unnamed_before", "invitations_unnamed",
)  # fmt: skip


def surveys(book: Path) -> pl.LazyFrame:
    """Return the invitations of a book, with the windows that they lie in."""
    return records(book, "survey_responses", "invited_on", "responded_on").with_columns(
        invited=within("invited_on", YEAR), answered=within("responded_on", YEAR), client=false(c("kind") == "employee")
    )


def survey_facts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what one pass over the invitations of each account gives."""
    stated = (c("value") - c("scale_low")) / (c("scale_high") - c("scale_low"))
    asked = c("invited") & c("client")
    kinds = {"fairness_stated": "fairness", "reliability_stated": "reliability", "value_stated": "value_for_money"}
    return rows.group_by("account_id").agg(
        *(
            pl.when(c("answered") & (c("kind") == kind)).then(stated).mean().alias(name)
            for name, kind in kinds.items()
        ),
        invitations_12m=c("invited").sum(), unanswered=(c("invited") & no("responded_on")).sum(),
        survey_invited=asked.sum(), responded=(asked & there("responded_on")).sum(),
        nps_silent=(c("invited") & no("responded_on") & (c("kind") == "nps")).sum(),
        inviters=(asked & there("invited_by_id")).sum(),
    ).with_columns(
        unanswered_share=share("unanswered", "invitations_12m"), response_rate=share("responded", "survey_invited")
    ).drop("unanswered", "responded")  # fmt: skip


def nameless(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many answers and open invitations of each account say not whose they are."""
    own = rows.filter(no("contact_id") & c("client"))
    return own.group_by("account_id").agg(
        answers_unnamed_before=_before().sum(), answers_unnamed=c("answered").sum(),
        invitations_unnamed=(c("invited") & false(c("answered"))).sum(),
    )  # fmt: skip


def satisfied(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return how satisfied the clients say that they are: of each person the last answer."""
    given = rows.filter(c("answered") & (c("kind") == "csat") & there("value", "scale_low", "scale_high"))
    stated = (c("value") - c("scale_low")) / (c("scale_high") - c("scale_low"))
    last = given.group_by("account_id", person=c("contact_id").fill_null(c("id"))).agg(
        stated.sort_by("responded_on", "recorded_at", "id", nulls_last=False).last().alias("stated")
    )
    return last.group_by("account_id").agg(stated_satisfaction=c("stated").mean())


def picked(rows: pl.LazyFrame, team: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many invitations of each account came from who is in charge of it; the book names no owner."""
    focal = team.filter("is_focal").select("account_id", "id").unique()
    asked = rows.filter(c("invited") & c("client") & there("invited_by_id")).select("account_id", "invited_by_id")
    found = asked.join(focal, left_on=["account_id", "invited_by_id"], right_on=["account_id", "id"], how="semi")
    return found.group_by("account_id").agg(picked=pl.len())


def answers(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return how clients answered: of each person the last answer in each of two years."""
    good = c("kind").is_in(["csat", "ces"]) | ((c("kind") == "nps") & (c("scale_high").fill_null(10) == 10))
    own = good & there("value") & (c("source").fill_null("client_stated") == "client_stated")
    given = rows.filter(own & (c("responded_on") > ago(2 * YEAR)) & (c("responded_on") <= DAY)).select(
        "account_id", "kind", "answered", "responded_on", "recorded_at", "id", "value", "scale_high",
        person=c("contact_id").fill_null(c("id")),
    )  # fmt: skip
    order = ("responded_on", "recorded_at", "id")
    last = given.group_by("account_id", "kind", "answered", "person").agg(
        c("value", "scale_high").sort_by(*order, nulls_last=False).last()
    )
    value, high, now = c("value"), c("scale_high"), c("answered")
    nps, before = now & (c("kind") == "nps"), ~now & (c("kind") == "nps")
    csat, ces = (now & (c("kind") == kind) & there("scale_high") for kind in ("csat", "ces"))
    return last.group_by("account_id").agg(
        nps_answers=nps.sum(), nps_promoters=(nps & (value >= 9)).sum(), nps_detractors=(nps & (value <= 6)).sum(),
        nps_answers_before=before.sum(), nps_promoters_before=(before & (value >= 9)).sum(),
        nps_detractors_before=(before & (value <= 6)).sum(),
        csat_answers=csat.sum(), csat_satisfied=(csat & (value >= high - 1)).sum(),
        ces_answers=ces.sum(), ces_easy=(ces & (value >= high - 2)).sum(),
    )  # fmt: skip


def with_surveys(rows: pl.LazyFrame, asked: pl.LazyFrame) -> pl.LazyFrame:
    """Add to people at clients whether each was asked and has answered, for certain and perhaps.

    Args:
        rows: Records with `account_id` and `contact_id`.
        asked: From `surveys`; what says not whom it went to, or came from, may be of everybody.
    """
    named = _asked(asked.filter(there("contact_id")), "account_id", "contact_id")
    nameless = _asked(asked.filter(no("contact_id")), "account_id").rename(
        {name: f"nameless_{name}" for name in _ASKED}
    )
    rows = rows.join(named, on=["account_id", "contact_id"], how="left").join(nameless, on="account_id", how="left")
    sure = rows.with_columns(c(name, f"nameless_{name}").fill_null(value=False) for name in _ASKED)
    return sure.with_columns((c(name) | c(f"nameless_{name}")).alias(f"perhaps_{name}") for name in _ASKED)


_ASKED = ("asked", "before", "answers")


def _asked(rows: pl.LazyFrame, *by: str) -> pl.LazyFrame:
    return (
        rows.filter("client")
        .group_by(*by)
        .agg(asked=c("invited").any(), before=_before().any(), answers=c("answered").any())
    )


def _before() -> pl.Expr:
    return (c("responded_on") > ago(2 * YEAR)) & (c("responded_on") <= ago(YEAR))
