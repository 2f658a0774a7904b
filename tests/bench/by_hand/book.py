"""All facts of a book: each table passed once, joined onto the accounts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from by_hand import contracts, dealings, figures, knowledge, people, promises, selling, surveys
from by_hand.words import c, share

#: Counts, sums and shares that are 0 where there are no records.
_ZERO = (
    *dealings.ZERO, *selling.ZERO, *surveys.ZERO,
    "commitments_due_12m", "promises_followed", "promises_doubtful", "promises_unjudged",
    "promises_watched", "promises_adrift",
    "duties_due", "duties_kept", "duties_missed", "critical_missed",
    "bad_news_12m", "bad_news_told_first", "bad_news_waiting", "client_found_first",
    "changes_effective", "changes_told",
    "client_changes_12m", "corrections_noted",
    "mistakes_open", "mistakes_slow", "peripheral_acknowledged", "escalated_open", "ways_refused",
    "register_entries", "risks_open", "risks_unrated", "risks_unanswered", "risks_overdue", "risks_unowned",
    "risks_worse", "loss_noted", "residual_account_sales", "residual_contract_bid", "residual_elsewhere",
    "insights_12m", "insights_sourced", "orphan_insights", "goals_measured", "goals_credited", "goals_spoken_of",
    "levers_agreed", "levers_confirmed", "origins_noted_12m",
    "horizon_introductions_12m", "horizon_coverage", "components_fresh", "new_things", "competitors_known",
    "contacts_active", "board_talks_noted", "talks_elsewhere", "tie_pairs_noted", "tie_peers", "tie_peer_functions",
    "threads_90d", "tie_supplier_width", "tie_client_width", "deciders_known", "role_coverage", "sponsors_held",
    "sponsors_left", "consumers_recorded", "team_active", "hours_noted", "hours_not_noted", "effort_noted",
    "specialists_named", "contracts_running", "again_by_name", "silent_by_name",
    "guarantees_noted", "gain_terms_noted", "direct_mentors",
)  # fmt: skip
#: The same for what may be missing though there are records: a column that every account with records has → names.
_MAYBE = {
    "talks": dealings.MAYBE,
    "contacts_active": ("asked_again",),
    "opportunity_rows": selling.MAYBE_DEALS,
    "order_rows": selling.MAYBE_ORDERS,
    "promise_rows": ("first_phases_open", "promises_kept", "promises_broken", "promises_missed_lately"),
    "mistakes_open": ("mistake_severity",),
    "issue_rows": ("peripheral_issues", "changes_surprising"),
    "workstream_rows": ("workstreams_in_first_phase",),
    "register_entries": ("accepted_worst", "accepted_noted"),
    "learning_rows": ("learnings_waiting",),
    "insight_rows": ("areas", "areas_told", "ecosystem_coverage"),
    "competitors_known": ("competitor_wallet", "competitor_threat"),
    "model_rows": ("role_models_known",),
    "statement_rows": ("culture_profile_share", "culture_voices", "own_ratings_apart", "their_ratings_apart"),
    "team_rows": ("focal_people", "people_at_work", *people.INDUCTED, "free_hours_a_month"),
    "contract_rows": contracts.MAYBE,
}


def write_facts(book: Path, target: Path) -> None:
    """Write a row of facts for each account of a book."""
    facts(book).sink_parquet(target)


def facts(book: Path) -> pl.LazyFrame:
    """Return a row of facts for each account of a book.

    Each table is gathered in the streaming engine, all at once, and joined onto the ids alone: a join of what is
    gathered onto all columns so far copies these again and again, and takes more than twice the processor time.
    """
    accounts = pl.scan_parquet(book / "accounts.parquet").select(account_id="id", **{name: name for name in _ACCOUNT})
    first, *parts = pl.collect_all([accounts, *_parts(book)], engine="streaming")
    ids = first.select("account_id")
    joined = [ids.join(part, on="account_id", how="left", maintain_order="left").drop("account_id") for part in parts]
    frame = pl.concat([first, *joined], how="horizontal").lazy()
    zero = [c(name).fill_null(0) for name in _ZERO]
    zero += [
        pl.when(c(there).is_null()).then(0).otherwise(c(name)).alias(name)
        for there, names in _MAYBE.items()
        for name in names
    ]
    across = {**dealings.probe_facts(), **people.role_facts(), **people.tie_facts()}
    frame = frame.with_columns(*zero, **across, last_definite_on=c("last_definite_on").fill_null(date(1, 1, 1)))
    frame = frame.with_columns(**_across_tables()).with_columns(**figures.first_figures())
    return frame.with_columns(**figures.last_figures()).drop(_INNER)


_ACCOUNT = ("category_spend", "overdue_60", "overdue_90")


def _parts(book: Path) -> list[pl.LazyFrame]:
    talks, asked, team = dealings.talks(book), surveys.surveys(book), people.members(book)
    inductions, given = people.induction_rows(book), promises.promises(book)
    met, pairs = people.touched(talks), people.edges(talks)
    deals, proposals = selling.opportunities(book), selling.last_proposals(book)
    return [
        dealings.talk_facts(talks), dealings.topics(talks), dealings.probes(talks, deals),
        deals, selling.lessons(book, proposals),
        proposals.drop("proposed_on", "last_proposal_id", "learnings_cited"), selling.orders(book),
        people.threads(met), people.widths(pairs), people.contacts(book, met, pairs, asked, team),
        people.roles(book, met, asked), people.consumers(book),
        people.team_facts(team, pairs, inductions), people.induction_facts(inductions),
        surveys.survey_facts(asked), surveys.satisfied(asked), surveys.answers(asked),
        surveys.nameless(asked).drop("answers_unnamed"), surveys.picked(asked, team),
        promises.commitments(given), promises.asked(given), promises.obligations(book),
        promises.issues(book), promises.cases(book), promises.workstreams(book), promises.decisions(book),
        promises.risks(book),
        knowledge.insights(book), knowledge.learnings(book), knowledge.intents(book), knowledge.goals(book),
        knowledge.metrics(book),
        knowledge.horizons(book), knowledge.reviews(book), knowledge.assets(book), knowledge.competitors(book),
        knowledge.models(book), knowledge.culture(book), knowledge.views_apart(book),
        contracts.contracts(book),
    ]  # fmt: skip


def _across_tables() -> dict[str, pl.Expr]:
    """Return the facts that need several tables side by side."""
    pairs, faults = (
        pl.sum_horizontal(c(f"{table}_{what}").fill_null(0) for table in _TABLES) for what in ("pairs", "faults")
    )
    amounts, rows = (
        c(f"opportunity_{what}").fill_null(0) + c(f"order_{what}").fill_null(0) for what in ("amounts", "rows")
    )
    return {
        "ordered_pairs": pairs,
        "order_faults": pl.when(pairs > 0).then(faults),
        "amounts_share": share(amounts, rows),
        "yearly_value": pl.when(c("revenue_12m") > 0).then("revenue_12m").otherwise("contract_value"),
        "culture_comply": pl.when(c("ways_refused") == 0).then("culture_comply"),
        "picked_by_owner_share": share(c("picked").fill_null(0), c("inviters")),
        "step_decided": c("step_decided").fill_null(value=False),
        "step_put_off": c("step_put_off").fill_null(value=False),
        "step_taken_lately": c("step_taken_lately").fill_null(value=False),
        "reel_answered": c("reel_answered").fill_null(value=False),
        "areas_known": c("areas") + (c("lever_noted").fill_null(value=False) | (c("levers_agreed") > 0)),
        "areas_confirmed": c("areas_told") + (c("lever_told").fill_null(value=False) | (c("levers_confirmed") > 0)),
        "first_phase_lasts": c("first_phase_lasts").fill_null(value=False)
        | (c("workstreams_in_first_phase") > 0).fill_null(value=False),
        "threads_known_90d": pl.when(~c("nameless_both").fill_null(value=False)).then("threads_90d"),
        "board_talks_perhaps": c("talks_perhaps_12m") - c("talks_elsewhere"),
        "tie_edges": pl.when((c("tie_pairs_noted") > 0) | (c("talks_perhaps") == 0)).then("tie_pairs_noted"),
        "diamond_answered": c("diamond_answered").fill_null(value=False),
    }


_TABLES = ("sale", "commitment", "opportunity", "contract", "issue", "case")
_SHOWN = {"mistakes_open", "register_entries", "competitors_known", "contacts_active"}
#: Columns that are no facts themselves.
_INNER = (
    *_ACCOUNT, *(there for there in _MAYBE if there not in _SHOWN),
    *(f"{table}_{what}" for table in _TABLES for what in ("pairs", "faults")),
    "areas", "areas_told", "lever_noted", "lever_told", "nameless_reply", "primary_silent", "influence_silent",
    "nameless_90d", "nameless_both", *dealings.SIDE_BY_SIDE, "opportunity_amounts", "order_amounts", "heard_any",
    "replied_any", "unheard", "heard_share", "heard_sponsors", "alone_sponsors", "primary", "primary_unsure",
    "primary_alone", "influence", "influence_unsure", "influence_alone", "supplier_hub", "heard_reach_share",
    "unheard_reaching", "inviters", "picked",
    "contract_value", "talks_perhaps_12m", "talks_elsewhere",
)  # fmt: skip
