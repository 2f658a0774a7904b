"""Facts of what is known of a client, agreed with it and brought to it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from by_hand.words import (
    NOTING,
    QUARTER,
    TWO_YEARS,
    YEAR,
    active,
    age,
    c,
    counted,
    false,
    greatest,
    if_all,
    kinds,
    no,
    perhaps,
    records,
    share,
    there,
    total,
    within,
)

AREAS = ["business_model", "value_chain", "goals", "kpis", "constraints"]
FORCES = ["customers", "suppliers", "rivals", "entrants", "substitutes", "regulators"]
SCOPES = ["client", "industry", "economy", "ecology"]
#: Distance of two ratings that still counts as one.
NO_FURTHER = 0.34
DIMENSIONS = ["pace", "hierarchy", "directness", "risk"]


def learnings(book: Path) -> pl.LazyFrame:
    """Return how many things learnt wait to be used."""
    new, habit = within("occurred_on", YEAR), within("occurred_on", YEAR + NOTING)
    sums = records(book, "learnings", "occurred_on", "applied_on").group_by("account_id").agg(
        learning_rows=perhaps("occurred_on", YEAR).sum(), waiting=(new & no("applied_on") & no("opportunity_id")).sum(),
        used=(habit & (there("applied_on") | there("opportunity_id"))).sum(),
    )  # fmt: skip
    waiting = counted("waiting", "used", "learning_rows").alias("learnings_waiting")
    return sums.select("account_id", "learning_rows", waiting)


def insights(book: Path) -> pl.LazyFrame:
    """Return what one pass over the insights of each account gives; the book notes no opportunity of one."""
    rows = records(book, "insights", "confirmed_on").with_columns(
        confirmed=within("confirmed_on", YEAR).fill_null(value=False),
        new=within("occurred_on", YEAR).fill_null(value=False),
        researched=(c("research") != "none").fill_null(value=False),
    )
    whole = (c("completeness") >= 0.5).fill_null(value=True)
    fresh, new = c("confirmed") | c("new"), c("new")
    habit = within("confirmed_on", YEAR + NOTING).fill_null(value=False)
    habit |= within("occurred_on", YEAR + NOTING).fill_null(value=False)
    lever = (c("area") == "lever").fill_null(value=False) & there("goal_id") & whole
    said = ["client_stated", "client_behaviour"]
    return rows.group_by("account_id").agg(
        fresh_rows=(fresh | no("occurred_on")).sum(), insight_rows=pl.len(),
        insights_12m=new.sum(), insights_sourced=there("source").sum(),
        said=c("source").is_in(said).sum(),
        linked=(new & c("researched") & there("offering_id")).sum(),
        orphan_insights=(new & ~c("researched") & no("offering_id") & no("goal_id")).sum(),
        catalogued=(new & there("offering_id")).sum(),
        areas=kinds(fresh & whole, "area", AREAS), areas_noted=(habit & there("area")).sum(),
        areas_told=kinds(c("confirmed") & whole, "area", AREAS),
        lever_noted=(fresh & lever).any(), lever_told=(c("confirmed") & lever).any(),
        forces=kinds(fresh, "force", FORCES), forces_noted=(habit & (there("force") | there("area"))).sum(),
        last=pl.when(there("area")).then("confirmed_on").max(),
    ).select(
        "account_id", "insight_rows", "insights_12m", "insights_sourced", "orphan_insights",
        share("said", "insights_sourced").alias("client_word_share"),
        share("linked", "insights_12m").alias("insight_link_rate"),
        share("catalogued", "insights_12m").alias("catalogue_link_share"),
        counted("areas", "areas_noted", "fresh_rows"), counted("areas_told", "areas_noted", "fresh_rows"),
        "lever_noted", "lever_told",
        (counted("forces", "forces_noted", "fresh_rows") / len(FORCES)).alias("ecosystem_coverage"),
        age(c("last")).alias("priority_lag_days"),
    )  # fmt: skip


def intents(book: Path) -> pl.LazyFrame:
    """Return what one pass over the evidence of intent of each account gives."""
    rows = records(book, "intent_evidence").filter(within("occurred_on", YEAR))
    return rows.group_by("account_id").agg(
        pl.when(c("side") == side).then("strength").mean().alias(f"intent_shown_{side}")
        for side in ("client", "supplier")
    )


def goals(book: Path) -> pl.LazyFrame:
    """Return what one pass over the goals shared with each account gives."""
    rows = records(book, "mutual_goals", "achieved_on", "agreed_on", "confirmed_on")
    told = there("lever") & within("confirmed_on", YEAR).fill_null(value=False)
    agreed = there("lever") & within("agreed_on", YEAR).fill_null(value=False)
    both, credited = there("baseline", "result"), within("achieved_on", YEAR) & there("credited_to")
    spoken = there("kind") & (no("achieved_on") | within("achieved_on", YEAR))
    joint = spoken & c("kind").is_in(["joint", "sustainable"]) & there("client_owner_id", "supplier_owner_id")
    return rows.group_by("account_id").agg(
        goals_measured=both.sum(), raised=(c("result") > c("baseline")).sum(),
        goals_credited=credited.sum(), given=(credited & c("credited_to").is_in(["client", "joint"])).sum(),
        goals_spoken_of=spoken.sum(), joint=joint.sum(),
        levers_agreed=(agreed | told).sum(), levers_confirmed=told.sum(),
    ).select(
        "account_id", "goals_measured", "goals_credited", "goals_spoken_of", "levers_agreed", "levers_confirmed",
        share("raised", "goals_measured").alias("goals_raised_share"),
        share("given", "goals_credited").alias("credit_given_share"),
        share("joint", "goals_spoken_of").alias("goal_mutuality"),
    )  # fmt: skip


def metrics(book: Path) -> pl.LazyFrame:
    """Return what one pass over our own goals on each account gives."""
    reached, focus = c("actual") >= c("target"), c("focus")
    return records(book, "goal_metrics").group_by("account_id").agg(
        own_goals_reached_share=share(reached.sum(), there("target", "actual").sum()),
        own_goals_better_share=share((c("actual") > c("baseline")).sum(), there("baseline", "actual").sum()),
        sales_goal_share=share((focus == "sales").sum(), there("focus").sum()),
    )  # fmt: skip


def horizons(book: Path) -> pl.LazyFrame:
    """Return what one pass over the horizons opened to each account gives."""
    new = within("introduced_on", YEAR)
    return records(book, "horizons", "introduced_on", "acknowledged_on").group_by("account_id").agg(
        horizon_introductions_12m=new.sum(), horizon_coverage=kinds(new, "scope", SCOPES) / len(SCOPES),
        horizon_uptake=share((new & there("acknowledged_on")).sum(), new.sum()),
    )  # fmt: skip


def reviews(book: Path) -> pl.LazyFrame:
    """Return what one pass over the reviews of each account gives."""
    planned, artefact = within("planned_on", YEAR), within("held_on", YEAR) & (c("kind") == "artefact")
    return records(book, "reviews", "held_on").group_by("account_id").agg(
        components_fresh=pl.when(artefact).then("component").drop_nulls().n_unique(),
        reviews_held_share=share((planned & there("held_on")).sum(), planned.sum()),
    )  # fmt: skip


def assets(book: Path) -> pl.LazyFrame:
    """Return what one pass over the assets of each account gives."""
    rival, retired = c("is_competitor_product"), c("status") == "retired"
    new = c("is_innovation") & false(rival) & false(retired)
    return records(book, "assets", "last_used_on").group_by("account_id").agg(
        new_things=new.sum(), new_things_used_share=share((new & within("last_used_on", QUARTER)).sum(), new.sum()),
        competitor_asset_share=share((rival & false(retired)).sum(), (rival.is_not_null() & false(retired)).sum()),
    )  # fmt: skip


def competitors(book: Path) -> pl.LazyFrame:
    """Return what one pass over the competitors at each account gives."""
    here = active()
    return records(book, "competitors").group_by("account_id").agg(
        competitors_known=here.sum(), competitor_wallet=total(here, c("wallet_share")),
        competitor_threat=pl.when(here.sum() < 1).then(0.0).otherwise(greatest(here, c("threat"))),
        switching_least=pl.when(here).then("switching_cost").min(),
    )  # fmt: skip


def models(book: Path) -> pl.LazyFrame:
    """Return what one pass over the people who stand for the ways of each account gives."""
    here = active() & c("in_favour").fill_null(value=True)
    seen = pl.when(here).then(c("reassessed_on").fill_null(c("named_on")))
    people = pl.when(here).then("contact_id").drop_nulls().n_unique()
    return records(book, "role_models", "named_on", "reassessed_on").group_by("account_id").agg(
        model_rows=pl.len(), role_models_known=if_all(here, c("contact_id"), people), role_model_age=age(seen.min())
    )  # fmt: skip


def culture(book: Path) -> pl.LazyFrame:
    """Return what one pass over the statements on ways of working of each account gives."""
    rows = records(book, "culture_statements")
    theirs, ours = c("side") == "client", c("side") == "supplier"
    whole = theirs & no("unit") & there("value")
    stated = theirs & there("value", "stated_by")
    by = {who: theirs & (c("stated_by") == who) for who in ("supplier", "client")}
    return rows.group_by("account_id").agg(
        statement_rows=pl.len(),
        culture_profile_share=pl.when(_known(no("unit") & there("value") & c("dimension").is_in(DIMENSIONS)))
        .then(kinds(whole, "dimension", DIMENSIONS) / len(DIMENSIONS)),
        culture_voices=pl.when(_known(there("value", "stated_by")))
        .then(pl.when(stated).then("stated_by").drop_nulls().n_unique()),
        culture_understand=_agreed(theirs, "understand"), culture_accept=_agreed(theirs, "accept"),
        culture_comply=_agreed(theirs, "comply"),
        client_understands_us=_agreed(ours, "understand"), client_accepts_us=_agreed(ours, "accept"),
        own_ratings_apart=_apart(theirs, "understand", "accept", "comply"),
        their_ratings_apart=_apart(ours, "understand", "accept"),
        ways_seen_by_us=pl.when(by["supplier"] & _LATELY).then("comply").mean(),
        ways_seen_by_client=pl.when(by["client"] & _LATELY).then("comply").mean(),
    )  # fmt: skip


def _known(others: pl.Expr) -> pl.Expr:
    """Return whether a side is noted wherever it decides what counts."""
    return ~(no("side") & others).any()


_LATELY = perhaps("occurred_on", TWO_YEARS)


def _agreed(side: pl.Expr, name: str) -> pl.Expr:
    rated = pl.when(side & _LATELY).then(name)
    close = rated.max() - rated.min() <= NO_FURTHER
    return pl.when(_known(there(name) & _LATELY) & close).then(rated.min())


def _apart(side: pl.Expr, *names: str) -> pl.Expr:
    """Return how far the ratings of one side lie apart at most."""
    rated = [pl.when(side & _LATELY).then(name) for name in names]
    apart = pl.max_horizontal((one.max() - one.min()).fill_null(0.0) for one in rated)
    return pl.when(_known(pl.any_horizontal(there(name) for name in names) & _LATELY)).then(apart)


def views_apart(book: Path) -> pl.LazyFrame:
    """Return how far statements on ways of working lie from their mean on the same dimension, as told and by unit.

    One that does not say of whom, or on what, may count: then the mean is unknown.
    """
    theirs, whole, some = c("side") == "client", no("unit"), there("dimension")
    rows = records(book, "culture_statements").filter(there("value") & theirs.fill_null(value=True))
    told, unit = pl.when(theirs & whole).then("value"), pl.when(theirs & there("unit")).then("value")
    by_dimension = rows.group_by("account_id", "dimension").agg(
        mean=told.mean(), low=told.min(), high=told.max(), unit_low=unit.min(), unit_high=unit.max(),
        whole=whole.any(), unsure=(whole & no("side")).any(), unsure_unit=(~whole & no("side")).any(),
    )  # fmt: skip
    views = pl.when(some).then(pl.max_horizontal(c("high") - c("mean"), c("mean") - c("low")))
    units = pl.max_horizontal((c("unit_high") - c("mean")).abs(), (c("unit_low") - c("mean")).abs())
    stray, alone = (c("whole") & ~some).any(), some & there("unit_low") & (no("mean") | c("unsure"))
    return by_dimension.group_by("account_id").agg(
        culture_views_apart=pl.when(~stray & ~(some & c("unsure")).any()).then(views.max()),
        culture_units_apart=pl.when(~stray & ~(alone | (some & c("unsure_unit"))).any()).then(
            pl.when(some).then(units).max()
        ),
    )
