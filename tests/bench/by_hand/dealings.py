"""Facts of conversations."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl

from by_hand.words import (
    HALF_YEAR,
    NOTING,
    QUARTER,
    TWO_YEARS,
    YEAR,
    age,
    ago,
    c,
    counted,
    marked_share,
    no,
    perhaps,
    records,
    share,
    there,
    two_way,
    within,
)

ADVICE = ["advisory", "joint"]
#: Counts, which are 0 where there are no conversations.
ZERO = (
    "moods_rated", "talks_said_back_noted", "talk_ratios_noted", "talks_lately",
    "talks_usual", "natures_known_12m", "talks_perhaps", "talks_perhaps_12m",
)  # fmt: skip
#: Counts that are 0 only there, and may be missing where there are some.
MAYBE = (
    "remarks_on_competitors", "skills_passed_on", "probes_90d", "challenges_12m", "together_12m", "together_share",
    "introductions_24m", "advocacy_24m", "two_way_90d",
)  # fmt: skip


#: What stands beside the last proposal, and is no fact itself.
SIDE_BY_SIDE = (
    "first", "dated", "before", "before_noted", "before_rows", "stale", "stale_noted", "stale_rows",
)  # fmt: skip


def talks(book: Path) -> pl.LazyFrame:
    """Return the conversations of a book, with the windows that they lie in."""
    return records(book, "interactions", "occurred_on").with_columns(
        year=within("occurred_on", YEAR),
        quarter=within("occurred_on", QUARTER),
        both=two_way(),
        may=two_way() | (c("two_way").is_null() & c("kind").is_null()),
    )


def talk_facts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what one pass over the conversations of each account gives."""
    year, quarter, day = c("year"), c("quarter"), c("occurred_on")
    habit, lately = within("occurred_on", YEAR + NOTING), within("occurred_on", QUARTER + NOTING)
    talk = there("questions", "open_questions") & year
    advice = year & c("nature").is_in(ADVICE)
    return rows.group_by("account_id").agg(
        talks=pl.len(), talks_90d=perhaps("occurred_on", QUARTER).sum(), talks_12m=perhaps("occurred_on", YEAR).sum(),
        talks_lately=quarter.sum(), talks_of_year=year.sum(),
        moods_rated=(year & there("sentiment")).sum(), bright=(year & (c("sentiment") >= 0)).sum(),
        together=(year & c("kind").is_in(["workshop", "visit"])).sum(), kinds_noted=(habit & there("kind")).sum(),
        talks_24m=perhaps("occurred_on", TWO_YEARS).sum(),
        kinds_noted_longer=(within("occurred_on", TWO_YEARS + NOTING) & there("kind")).sum(),
        talk_ratios_noted=(year & there("talk_ratio")).sum(),
        skills=(year & c("is_skill_transfer") & c("confirmed_by_client")).sum(),
        skills_noted=(habit & there("is_skill_transfer")).sum(),
        remarks=(year & c("negative_mention")).sum(), remarks_noted=(habit & there("negative_mention")).sum(),
        mean_talk_ratio=pl.when(year).then(c("talk_ratio")).mean(),
        talks_said_back_noted=(year & there("playback_confirmed")).sum(),
        said_back=(year & c("playback_confirmed")).sum(),
        introduced=(within("occurred_on", TWO_YEARS) & (c("kind") == "referral")).sum(),
        spoken_for=(within("occurred_on", TWO_YEARS) & c("kind").is_in(["reference", "recognition"])).sum(),
        latest_talk=day.max(), latest_two_way=pl.when("both").then(day).max(),
        earlier=(year & (day <= ago(QUARTER))).sum(),
        mean_response_hours=pl.when(year).then(c("response_hours")).mean(),
        answered=(year & there("response_hours")).sum(), in_a_day=(year & (c("response_hours") <= 24)).sum(),
        lessons=(year & c("is_education")).sum(), lessons_noted=(year & there("is_education")).sum(),
        probes=(quarter & c("is_probe")).sum(), probes_noted=(lately & there("is_probe")).sum(),
        last_probe_on=pl.when("is_probe").then(day).max(),
        open_questions=pl.when(talk).then("open_questions").sum(), questions=pl.when(talk).then("questions").sum(),
        sought=(advice & c("initiated_by").is_in(["client", "joint"])).sum(),
        sought_noted=(advice & there("initiated_by")).sum(),
        taken=(advice & c("confirmed_by_client")).sum(), taken_noted=(advice & there("confirmed_by_client")).sum(),
        peripheral=(year & c("topic_scope").is_in(["supplier_peripheral", "client_peripheral"])).sum(),
        scoped=(year & there("topic_scope")).sum(),
        natures_known_12m=(year & there("nature")).sum(), directive=(year & (c("nature") == "directive")).sum(),
        advice=advice.sum(),
        challenges=(year & c("is_challenge")).sum(), challenges_noted=(habit & there("is_challenge")).sum(),
        two_way_90d=pl.when((quarter & c("both")).any() | ~(perhaps("occurred_on", QUARTER) & c("may")).any())
        .then((quarter & c("both")).sum()),
        nameless_both=(quarter & c("contact_id").is_null() & c("both")).any(),
        nameless_90d=(quarter & c("contact_id").is_null()).any(),
        nameless_reply=(quarter & c("contact_id").is_null() & c("both").fill_null(value=True)).any(),
        talks_perhaps=(quarter & c("may")).sum(), talks_perhaps_12m=(year & c("may")).sum(),
    ).select(*_shown())  # fmt: skip


def _shown() -> list[pl.Expr | str]:
    return [
        "account_id", "talks", "nameless_90d", "nameless_reply", "nameless_both", "moods_rated", "mean_talk_ratio",
        "talks_said_back_noted", "talk_ratios_noted", "talks_lately", "mean_response_hours",
        "last_probe_on", "natures_known_12m", "two_way_90d", "talks_perhaps", "talks_perhaps_12m",
        share("bright", "moods_rated").alias("good_days_share"),
        counted("together", "kinds_noted", "talks_12m").alias("together_12m"),
        (counted("together", "kinds_noted", "talks_12m") / 6).clip(upper_bound=1.0).alias("together_share"),
        counted("introduced", "kinds_noted_longer", "talks_24m").alias("introductions_24m"),
        counted("spoken_for", "kinds_noted_longer", "talks_24m").alias("advocacy_24m"),
        counted("remarks", "remarks_noted", "talks_12m").alias("remarks_on_competitors"),
        counted("skills", "skills_noted", "talks_12m").alias("skills_passed_on"),
        marked_share("said_back", "talks_said_back_noted", "talks_of_year").alias("said_back_share"),
        age(c("latest_talk")).alias("latest_talk_days"),
        age(c("latest_two_way")).alias("last_two_way_days"),
        (c("earlier") * QUARTER / (YEAR - QUARTER)).alias("talks_usual"),
        share("in_a_day", "answered").alias("trust_time"),
        marked_share("lessons", "lessons_noted", "talks_of_year").alias("education_intensity"),
        counted("probes", "probes_noted", "talks_90d").alias("probes_90d"),
        share("open_questions", "questions").alias("open_question_ratio"),
        share("sought", "sought_noted").alias("advice_sought_share"),
        marked_share("taken", "taken_noted", "advice").alias("advice_taken_share"),
        share("peripheral", "scoped").alias("peripheral_share"),
        share("directive", "natures_known_12m").alias("directive_share"),
        share("advice", "natures_known_12m").alias("advice_share"),
        counted("challenges", "challenges_noted", "talks_12m").alias("challenges_12m"),
    ]  # fmt: skip


def topics(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return how far the conversations of each account are about one topic: the mean share of a talk's topic."""
    many = rows.filter(c("year") & there("topic")).group_by("account_id", "topic").agg(n=pl.len().cast(pl.Int64))
    return many.group_by("account_id").agg(
        topic_concentration=(c("n") * c("n")).sum() / c("n").sum() / c("n").sum()
    )  # fmt: skip


def probes(rows: pl.LazyFrame, proposals: pl.LazyFrame) -> pl.LazyFrame:
    """Return what open conversations tell against the last proposal, which stands in `proposals`."""
    day, last, definite = c("occurred_on"), c("last_proposal_on"), c("last_definite_on")
    before, shows = ((day <= last) & (day > last - timedelta(days=days)) for days in (HALF_YEAR, HALF_YEAR + NOTING))
    stale = (day > ago(HALF_YEAR)) & (day <= ago(45)) & (definite.is_null() | (day > definite))
    probe, noted, undated = c("is_probe"), there("is_probe"), day.is_null()
    both = rows.select("account_id", "occurred_on", "is_probe").join(
        proposals.select("account_id", "last_proposal_on", "last_definite_on"), on="account_id", how="left"
    )
    return both.group_by("account_id").agg(
        first=pl.when(before & probe).then(day).min(), dated=day.is_not_null().any(),
        before=(before & probe).sum(), before_noted=(shows & noted).sum(), before_rows=(before | undated).sum(),
        stale=(stale & probe).sum(), stale_noted=(within("occurred_on", HALF_YEAR + NOTING) & noted).sum(),
        stale_rows=(stale | undated).sum(),
    )  # fmt: skip


def probe_facts() -> dict[str, pl.Expr]:
    """Return the facts that need conversations and proposals side by side, one row for each account."""
    # Without a proposal it is unknown which conversations came before it; without conversations there are none.
    told = c("last_proposal_on").is_not_null() | ~c("dated").fill_null(value=False)
    before = pl.when(told).then(counted("before", "before_noted", "before_rows").fill_null(_none("before_rows")))
    stale = counted("stale", "stale_noted", "stale_rows").fill_null(_none("stale_rows"))
    first = c("noted_probe_on").fill_null(c("first"))
    return {
        "probes_before_proposal": c("noted_probes").fill_null(before),
        "probing_days": (c("last_proposal_on") - first).dt.total_days(),
        "stale_probes": stale,
    }


def _none(rows: str) -> pl.Expr:
    """Return 0 for an account of which there is no row at all."""
    return pl.when(no(rows)).then(0)
