"""Facts of promises, duties, issues, cases and decisions of the supplier."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
from large_book import DAY

from by_hand.words import (
    HALF_YEAR,
    QUARTER,
    TWO_YEARS,
    YEAR,
    ago,
    c,
    counted,
    false,
    greatest,
    marked_share,
    no,
    records,
    share,
    there,
    total,
    within,
)


def promises(book: Path) -> pl.LazyFrame:
    """Return the promises of a book, and what was asked for, with what each is."""
    days = ("made_on", "kept_on", "declined_on", "renegotiated_on", "status_updated_on", "asked_on")
    moved = (c("renegotiated_on") < c("due_on")).fill_null(value=False)
    rows = records(book, "commitments", *days).with_columns(
        due_now=pl.when(moved).then("new_due_on").otherwise("due_on"),
        adrift=within("due_on", YEAR)
        & (c("due_on") < DAY)
        & no("declined_on")
        & no("kept_on")
        & no("new_due_on")
        & moved,
    )
    return rows.with_columns(
        due=within("due_now", YEAR) & no("declined_on") & (no("asked_on") | there("made_on")),
        made=within("made_on", YEAR), stands=no("declined_on"), given=no("asked_on") | there("made_on"),
        kept=(c("kept_on") <= c("due_now")).fill_null(value=False), past=c("due_now") < DAY,
    )  # fmt: skip


def commitments(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what one pass over the promises of each account gives."""
    shown = there("kept_on") | within("status_updated_on", 30)
    followed = (c("client_visible") & shown).fill_null(value=False)
    plan = pl.when(followed).then("plan_completeness").otherwise(0.0)
    seen = c("made") & c("stands") & there("client_visible") & (there("plan_completeness") | ~followed)
    due = c("due") & (c("kept") | c("past"))
    open_ = c("stands") & c("given") & no("kept_on")
    missed = c("given") & within("due_now", 30) & c("stands") & c("past") & ~c("kept")
    return rows.group_by("account_id").agg(
        promises_followed=pl.any_horizontal(
            there("kept_on"), there("renegotiated_on"), there("status_updated_on")  # no excuses are drawn
        ).sum(),
        promise_rows=pl.len(), phases=(c("is_first_phase") & there("made_on") & c("stands") & no("kept_on")).sum(),
        phases_noted=there("is_first_phase").sum(), promises_adrift=c("adrift").sum(),
        commitments_due_12m=due.sum(), promises_kept=(due & c("kept")).sum(), promises_broken=(due & ~c("kept")).sum(),
        promises_missed_lately=missed.sum(), promise_missed_on=pl.when(missed).then("due_now").max(),
        promise_visibility=pl.when(seen).then(plan).mean(), promises_watched=seen.sum(),
        promises_doubtful=(open_ & (c("keep_probability") < 0.8) & false(c("past"))).sum(),
        promises_unjudged=(open_ & (c("due_now") >= DAY) & no("keep_probability")).sum(),
        first_phase_lasts=(c("is_first_phase") & there("made_on") & c("stands") & no("kept_on")).any(),
        tracked=(c("made") & c("has_quota")).sum(), tracked_noted=(c("made") & there("has_quota")).sum(),
        promises_of_year=c("made").sum(),
        commitment_pairs=there("made_on", "kept_on").sum(), commitment_faults=(c("kept_on") < c("made_on")).sum(),
    ).with_columns(
        counted("promises_kept", "promises_followed", "commitments_due_12m"),
        counted("promises_broken", "promises_followed", "commitments_due_12m"),
        counted("promises_missed_lately", "promises_followed", "promises_missed_lately"),
    ).with_columns(
        delivered_trust=pl.when(c("commitments_due_12m") >= 3).then(c("promises_kept") / c("commitments_due_12m")),
        tracking_share=marked_share("tracked", "tracked_noted", "promises_of_year"),
        first_phases_open=counted("phases", "phases_noted", "promise_rows"),
    ).with_columns(
        tracking_share_least=share("tracked", "promises_of_year"),
    ).drop("tracked", "tracked_noted", "promises_of_year", "phases", "phases_noted")  # fmt: skip


def asked(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what each account asked for that is neither promised nor declined, where it is noted what is asked."""
    alike = rows.filter(c("due") & c("past") & there("kind")).group_by("account_id", "kind").agg(
        alike=pl.len(), alike_kept=c("kept").sum()
    )  # fmt: skip
    open_ = within("asked_on", YEAR) & no("made_on") & c("stands") & no("kept_on")
    seldom = ((c("alike") >= 3) & (c("alike_kept") < 0.8 * c("alike"))).fill_null(value=False)
    doubtful = (c("keep_probability") < 0.8).fill_null(value=False) | seldom
    left = (c("due_on") - pl.lit(DAY)).dt.total_days()
    # What is summed counts to six decimals.
    hours = (c("effort_hours") * 30 / pl.when(left < 1).then(1).otherwise(left)).round(6)
    return rows.filter(there("asked_on")).join(alike, on=["account_id", "kind"], how="left").group_by("account_id").agg(
        promises_asked=open_.sum(), asked_unjudged=(open_ & no("keep_probability")).sum(),
        asked_doubtful=(open_ & doubtful).sum(), asked_hours_a_month=total(open_, hours),
    )  # fmt: skip


def obligations(book: Path) -> pl.LazyFrame:
    """Return what one pass over the duties of each account gives."""
    rows = records(book, "obligations", "met_on", "breached_on", "waived_on").with_columns(
        due=within("due_on", YEAR) & no("waived_on") & false(c("party") == "client"),
        met=there("met_on") & no("breached_on"), critical=c("is_critical").fill_null(value=False),
        last=c("due_on") + pl.duration(days=5),
    )  # fmt: skip
    decided = c("due") & (there("met_on") | there("breached_on") | (c("last") < DAY))
    kept, weight = c("met") & (c("met_on") <= c("last")), pl.when("critical").then(5).otherwise(1)
    missed = decided & ~kept.fill_null(value=False)
    return rows.group_by("account_id").agg(
        duties_due=pl.when(decided).then(weight).sum(), duties_kept=pl.when(decided & kept).then(weight).sum(),
        duties_missed=missed.sum(), critical_missed=(missed & c("critical")).sum(),
        trust_risk_free=share((decided & kept).sum(), decided.sum()),
    )  # fmt: skip


def issues(book: Path) -> pl.LazyFrame:
    """Return what one pass over the issues of each account gives."""
    days = ("known_on", "told_on", "client_discovered_on", "acknowledged_on", "resolved_on")
    rows = records(book, "issues", *days).with_columns(
        known=within("known_on", YEAR), change=within("effective_on", YEAR) & (c("kind") == "change"),
        own=false(c("initiated_by") == "client"),
        peripheral=(c("kind") == "peripheral").fill_null(value=False)
        | c("scope").is_in(["supplier_peripheral", "client_peripheral"]).fill_null(value=False),
        bad=c("kind") == "bad_news", idea=c("kind") == "idea",
        mistake=within("known_on", YEAR) & (c("kind") == "mistake"),
        late=((c("resolved_on") - c("known_on")).dt.total_days() - 7).cast(pl.Float64),
    )  # fmt: skip
    open_, slow = c("mistake") & no("resolved_on"), c("mistake") & (c("late") > 0)
    felt = (open_ | slow).fill_null(value=False)
    stays = pl.when(there("resolved_on")).then(c("severity") * c("late") / (c("late") + 30)).otherwise(c("severity"))
    untold = there("known_on") & no("told_on") & no("client_discovered_on") & no("resolved_on")
    bad, change = c("known") & c("bad"), c("change")
    told = there("told_on") & (pl.business_day_count(c("known_on"), c("told_on")) <= 1)
    young = there("known_on") & (pl.business_day_count(c("known_on"), DAY) <= 1)
    in_time = c("told_on") <= c("effective_on") - timedelta(days=5)
    corrected = (c("known") | within("effective_on", YEAR)) & there("correction_disclosed")
    return rows.group_by("account_id").agg(
        issue_rows=pl.len(), bad_news_12m=(bad & ~(untold & young)).sum(),
        bad_news_told_first=(bad & told & false(c("client_discovered_on") <= c("told_on"))).sum(),
        bad_news_waiting=(c("bad") & untold & (pl.business_day_count(c("known_on"), DAY) > 1)).sum(),
        client_found_first=(
            bad & there("client_discovered_on") & false(c("told_on") < c("client_discovered_on"))
        ).sum(),
        changes_effective=(change & c("own")).sum(), corrections_noted=corrected.sum(),
        shown=(corrected & c("correction_disclosed")).sum(),
        client_changes_12m=(c("known") & (c("kind") == "change") & (c("initiated_by") == "client")).sum(),
        late_changes=(change & c("own") & false(in_time)).sum(),
        changes_told=((c("kind") == "change") & there("told_on")).sum(),
        intended=(change & c("intent_preserved")).sum(), intents=(change & there("intent_preserved")).sum(),
        every_change=change.sum(),
        ours=(change & (c("initiated_by") == "supplier")).sum(), initiated=(change & there("initiated_by")).sum(),
        mistakes_open=open_.sum(), mistakes_slow=slow.sum(), worst=greatest(felt, stays),
        peripheral=c("peripheral").sum(), peripheral_noted=(there("kind") | there("scope")).sum(),
        peripheral_acknowledged=(c("peripheral") & (there("acknowledged_on") | there("resolved_on"))).sum(),
        heard=(c("idea") & there("acknowledged_on")).sum(), ideas=c("idea").sum(),
        issue_pairs=there("known_on", "told_on").sum(), issue_faults=(c("told_on") < c("known_on")).sum(),
    ).select(
        "account_id", "issue_rows", "bad_news_12m", "bad_news_told_first", "bad_news_waiting", "client_found_first",
        "changes_effective",
        "client_changes_12m", "mistakes_open", "peripheral_acknowledged", "issue_pairs", "issue_faults",
        "changes_told", counted("late_changes", "changes_told", "changes_effective").alias("changes_surprising"),
        "corrections_noted", share("shown", "corrections_noted").alias("corrections_shown_share"),
        "mistakes_slow",
        pl.when(c("mistakes_open") + c("mistakes_slow") == 0).then(0.0).otherwise(c("worst")).alias("mistake_severity"),
        counted("peripheral", "peripheral_noted", "issue_rows").alias("peripheral_issues"),
        share(counted("late_changes", "changes_told", "changes_effective"), "changes_effective").alias("surprise_rate"),
        marked_share("intended", "intents", "every_change").alias("intention_kept_share"),
        share("ours", "initiated").alias("own_change_share"),
        share("heard", "ideas").alias("ideas_heard_rate"),
    )  # fmt: skip


def cases(book: Path) -> pl.LazyFrame:
    """Return what one pass over the cases of each account gives."""
    rows, end = records(book, "cases"), pl.lit(DAY + timedelta(days=1)).cast(pl.Datetime("us", "UTC"))
    rows = rows.with_columns(pl.when(c(name) < end).then(c(name)) for name in ("opened_at", "closed_at"))
    open_ = (~c("is_closed")).fill_null(no("closed_at"))
    opened, closed = (c(name).dt.date() > ago(TWO_YEARS) for name in ("opened_at", "closed_at"))
    lately = opened.fill_null(value=False) | closed.fill_null(value=False)
    over = c("is_resolved") | there("closed_at") | c("is_closed").fill_null(value=False)
    ripe = lately & (over | ~(c("opened_at").dt.date() > ago(14)).fill_null(value=False))
    return rows.group_by("account_id").agg(
        settled=(lately & c("is_resolved")).sum(), settled_noted=(ripe & there("is_resolved")).sum(),
        ripe=ripe.sum(),
        case_courtesy=(pl.when(lately).then(c("courtesy")).mean() - 1) / 4,
        handoffs_per_case=pl.when(lately).then(c("handoffs")).mean(),
        escalated_open=(open_ & c("is_escalated")).sum(),
        case_pairs=there("opened_at", "closed_at").sum(), case_faults=(c("closed_at") < c("opened_at")).sum(),
    ).with_columns(cases_settled_share=marked_share("settled", "settled_noted", "ripe")).drop(
        "settled", "settled_noted", "ripe"
    )  # fmt: skip


def workstreams(book: Path) -> pl.LazyFrame:
    """Return what one pass over the workstreams of each account gives; the book notes no end of one."""
    rows = records(book, "workstreams", "started_on", "initial_phase_delivered_on")
    delivered = "initial_phase_delivered_on"
    further = c(delivered).min() <= c("started_on")
    return rows.group_by("account_id").agg(
        workstream_rows=pl.len(), first=(there("started_on") & no(delivered) & false(further)).sum(),
        noted=there(delivered).sum(), first_delivered_on=c(delivered).min(),
    ).select(
        "account_id", "workstream_rows", "first_delivered_on",
        counted("first", "noted", "workstream_rows").alias("workstreams_in_first_phase"),
    )  # fmt: skip


def decisions(book: Path) -> pl.LazyFrame:
    """Return what one pass over the recorded decisions about each account gives."""
    rows = records(book, "decision_records", "decided_on")
    refused = (c("kind") == "refusal") & c("reason").is_in(["legal", "safety", "ethical"])
    switch = (c("machine") == "spectrum.switch.mentoring_switch").fill_null(value=False) & there("target")
    against = switch & (c("target") != "on").fill_null(value=False) & within("decided_on", HALF_YEAR)
    stage = (c("machine") == "relationship.stage.stage").fill_null(value=False)
    quarter, half = within("decided_on", QUARTER), within("decided_on", HALF_YEAR)
    reel = pl.when(c("target").is_in(["cotton_reel", "diamond"])).then(quarter).otherwise(half)
    diamond = pl.when(c("target") == "diamond").then(quarter).otherwise(half)
    return rows.group_by("account_id").agg(
        ways_refused=(refused & within("decided_on", TWO_YEARS)).sum(),
        step_decided=(switch & (c("target") == "on") & there("decided_on")).any(),
        step_put_off=against.any(),
        step_taken_lately=(switch & (c("target") == "on") & within("decided_on", HALF_YEAR)).any(),
        reel_answered=(stage & there("target") & reel).any(),
        diamond_answered=(stage & there("target") & diamond).any(),
    )


def risks(book: Path) -> pl.LazyFrame:
    """Return what one pass over the risks of each account gives; the book notes no impact that is left."""
    rows = records(book, "risks", "closed_on").with_columns(
        open=no("closed_on"), rated=there("probability", "impact"), loss=c("probability") * c("impact"),
        accepted=no("closed_on") & (c("response") == "accept").fill_null(value=False),
        left=pl.when(c("response") != "accept").then("residual_probability").fill_null(c("probability")) * c("impact"),
    )  # fmt: skip
    rated, tier = c("open") & c("rated"), c("tier")
    answered = c("response").is_in(["avoid", "reduce", "share", "accept"])
    elsewhere = false(tier.is_in(["account_sales", "contract_bid"]))
    return rows.group_by("account_id").agg(
        register_entries=pl.len(), risks_open=c("open").sum(), risks_unrated=(c("open") & ~c("rated")).sum(),
        risks_unanswered=(c("open") & false(answered)).sum(), risks_overdue=(c("open") & (c("due_on") < DAY)).sum(),
        risks_unowned=(c("open") & no("owner_id")).sum(),
        risks_worse=(rated & (c("residual_probability") > c("probability"))).sum(),
        loss_noted=pl.when(rated).then("loss").sum(),
        residual_account_sales=pl.when(rated & (tier == "account_sales")).then("left").sum(),
        residual_contract_bid=pl.when(rated & (tier == "contract_bid")).then("left").sum(),
        residual_elsewhere=pl.when(rated & elsewhere).then("left").sum(),
        accepted=c("accepted").sum(), accepted_rated=(c("accepted") & c("rated")).sum(),
        worst=pl.when("accepted").then("loss").max(),
    ).with_columns(
        accepted_worst=pl.when(c("accepted") == 0).then(0.0).when(c("accepted") == c("accepted_rated")).then("worst"),
        accepted_noted=pl.when(c("accepted") == 0).then(0.0).otherwise("worst"),
    ).drop("accepted", "accepted_rated", "worst")  # fmt: skip
