"""Facts of the people on both sides and of the ties between them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from large_book import DAY

from by_hand.surveys import nameless, with_surveys
from by_hand.words import (
    YEAR,
    active,
    c,
    counted,
    false,
    kinds,
    marked_share,
    no,
    records,
    share,
    sure,
    there,
    total,
    within,
)

SPONSORS = ["executive_sponsor", "economic_buyer"]
DECIDING = ["decision_maker", "economic_buyer", "executive_sponsor"]
WANTED = [*DECIDING, "influencer", "business_user"]
CHOOSING = ["decision_maker", "prescriber", "economic_buyer"]
INFLUENCERS = [
    "influencer", "decision_maker", "economic_buyer", "executive_sponsor", "evaluator", "technical_buyer", "prescriber",
]  # fmt: skip
BOARD = ["board", "executive", "c_level"]


def touched(talks: pl.LazyFrame) -> pl.LazyFrame:
    """Return for each person at a client what conversations there were with it lately."""
    return talks.filter(c("year") & there("contact_id")).group_by("account_id", "contact_id").agg(
        both=(c("year") & c("both")).sum(), may=c("may").sum(), heard=c("quarter").any(),
        lively=(c("quarter") & c("both")).any(), replied=(c("quarter") & c("both")).any(),
        perhaps=(c("quarter") & no("both")).any(),
    )  # fmt: skip


def threads(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return with how many people at each account there were conversations lately, from `touched`."""
    reply = c("replied") | c("perhaps")
    return people.group_by("account_id").agg(
        threads_90d=c("lively").sum(), heard_any=c("heard").any(), replied_any=reply.any()
    )


def edges(talks: pl.LazyFrame) -> pl.LazyFrame:
    """Return the pairs of people who talked with one another lately."""
    talked = c("quarter") & c("both") & there("contact_id", "team_member_id")
    return talks.filter(talked).select("account_id", "contact_id", "team_member_id").unique()


def widths(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many people of each side take part in the ties of each account."""
    return pairs.group_by("account_id").agg(
        tie_supplier_width=c("team_member_id").n_unique(), tie_client_width=c("contact_id").n_unique()
    )


def contacts(
    book: Path, people: pl.LazyFrame, pairs: pl.LazyFrame, asked: pl.LazyFrame, team: pl.LazyFrame
) -> pl.LazyFrame:
    """Return what the contacts of each account give; the book does not note whom they know.

    Args:
        book: The folder of the book.
        people: From `touched`.
        pairs: From `edges`.
        asked: From `surveys`.
        team: The team members.
    """
    ties = pairs.group_by("account_id", "contact_id").agg(ties=pl.len())
    ours = team.filter(active() & there("business_function")).rename({"id": "team_member_id"})
    peers = pairs.join(
        ours.select("account_id", "team_member_id", "business_function"), on=["account_id", "team_member_id"]
    ).select("account_id", "contact_id", "business_function", peer=pl.lit(value=True))
    rows = records(book, "contacts", "left_on").with_columns(here=active() & no("left_on")).rename({"id": "contact_id"})
    for one in (people, ties):
        rows = rows.join(one, on=["account_id", "contact_id"], how="left")
    rows = with_surveys(rows, asked).join(nameless(asked), on="account_id", how="left")
    rows = rows.join(peers.unique(), on=["account_id", "contact_id", "business_function"], how="left")
    here, reach, peer = c("here"), c("influence"), c("peer")
    again, perhaps = here & c("before") & c("asked"), here & c("perhaps_before") & c("perhaps_asked")
    silent, perhaps_silent = again & ~c("perhaps_answers"), perhaps & ~c("answers")
    told, open_ = c("answers_unnamed_before").fill_null(0), c("invitations_unnamed").fill_null(0)
    other = here & ~again & ((told > 0) | c("before")) & ((open_ > 0) | c("asked"))
    least, most = (
        c("again_by_name") + pl.min_horizontal("unnamed", others) for others in ("others_heard", "others_silent")
    )
    return rows.group_by("account_id").agg(
        contacts_active=here.sum(), described=there("seniority", "business_function").sum(), people=pl.len(),
        unheard=(here & false(c("heard"))).sum(), heard_reach=pl.when(here & c("heard")).then(reach).sum(),
        unheard_reaching=(here & reach.is_not_null() & false(c("heard"))).sum(), reach=pl.when(here).then(reach).sum(),
        board_talks_noted=pl.when(c("seniority").is_in(BOARD)).then("both").sum(),
        talks_elsewhere=pl.when(~c("seniority").is_in(BOARD)).then("may").sum(),
        tie_pairs_noted=c("ties").sum(), client_hub=c("ties").fill_null(0).max(), tie_peers=peer.sum(),
        tie_peer_functions=pl.when(peer).then("business_function").drop_nulls().n_unique(),
        asked_ones=sure(here & c("asked"), here & c("perhaps_asked")), asked_again=sure(again, perhaps),
        silent=sure(silent, perhaps_silent), again_by_name=again.sum(), silent_by_name=(again & ~c("answers")).sum(),
        unnamed=(told + open_).max(), answers_unnamed=c("answers_unnamed").max().fill_null(0).cast(pl.Int64),
        others_heard=(other & c("answers")).sum(), others_silent=(other & ~c("answers")).sum(),
    ).with_columns(fallen_silent_share=share("silent", "asked_again")).select(
        "account_id", "contacts_active", "unheard", "board_talks_noted", "talks_elsewhere", "tie_pairs_noted",
        "tie_peers", "tie_peer_functions", "asked_again",
        share("described", "people").alias("contacts_described"),
        share(c("contacts_active") - c("unheard"), "contacts_active").alias("heard_share"),
        "unheard_reaching", share("heard_reach", "reach").alias("heard_reach_share"),
        share("client_hub", "tie_pairs_noted").alias("tie_client_hub"),
        share("asked_ones", "contacts_active").alias("people_asked_share"),
        "fallen_silent_share", "again_by_name", "silent_by_name",
        pl.coalesce(
            "fallen_silent_share",
            share((c("silent_by_name").cast(pl.Int64) - c("answers_unnamed")).clip(lower_bound=0), least),
        ).alias("fallen_silent_least"),
        pl.coalesce(
            "fallen_silent_share", 1.0 - share(c("again_by_name") - c("silent_by_name"), most)
        ).alias("fallen_silent_most"),
    )  # fmt: skip


def roles(book: Path, people: pl.LazyFrame, asked: pl.LazyFrame) -> pl.LazyFrame:
    """Return what the roles of people at each account give.

    Args:
        book: The folder of the book.
        people: From `touched`.
        asked: From `surveys`.
    """
    gone = records(book, "contacts", "left_on").select(
        "account_id", contact_id=c("id"), gone=~(active() & no("left_on"))
    )
    rows = records(book, "account_contact_roles", "ended_on").with_columns(lasts=active() & no("ended_on"))
    for one in (gone, people):
        rows = rows.join(one, on=["account_id", "contact_id"], how="left")
    nameless = asked.filter(no("contact_id") & c("client") & c("answered"))
    nameless = nameless.group_by("account_id").agg(nameless=pl.len().cast(pl.Int64))
    rows = with_surveys(rows, asked).join(nameless, on="account_id", how="left")
    role, lasts = c("role"), c("lasts")
    sponsor, left = role.is_in(SPONSORS), c("gone").fill_null(value=False)
    deciding = role.is_in(DECIDING) & lasts & there("contact_id")
    point = c("is_primary").fill_null(value=False) | (role == "point_of_contact").fill_null(value=False)
    point, influencer = point & lasts & ~left, role.is_in(INFLUENCERS) & lasts & ~left
    replied = pl.when(c("replied")).then(1.0).when(c("perhaps")).then(None).otherwise(0.0)
    strength = c("strength").fill_null(replied)
    unsure = no("strength") & c("perhaps") & false(c("replied"))
    alone, silent = no("strength") & no("contact_id"), no("strength") & false(c("replied"))
    return rows.group_by("account_id").agg(
        deciders_known=(role.is_in(DECIDING) & lasts).sum(), role_coverage=kinds(lasts, "role", WANTED) / len(WANTED),
        sponsors_held=(sponsor & lasts & ~left).sum(), sponsors_left=(sponsor & (~lasts | left)).sum(),
        heard_sponsors=(sponsor & lasts & c("heard")).sum(), alone_sponsors=(sponsor & lasts & no("contact_id")).sum(),
        primary=pl.when(point).then(strength).mean(),
        primary_unsure=(point & unsure).any(), primary_alone=(point & alone).any(),
        primary_silent=(point & silent).any(), influence_silent=(influencer & silent).any(),
        influence=pl.when(influencer).then(strength).mean(),
        influence_unsure=(influencer & unsure).any(), influence_alone=(influencer & alone).any(),
        deciders_heard_share=share(sure(deciding & c("answers"), deciding & c("perhaps_answers")), deciding.sum()),
        deciders_heard_least=share((deciding & c("answers")).sum(), deciding.sum()),
        deciders_heard_most=1.0 - share(
            (pl.when(deciding & ~c("answers")).then("contact_id").drop_nulls().n_unique().cast(pl.Int64)
            - c("nameless").max().fill_null(0)).clip(lower_bound=0), deciding.sum()
        ),
    ).with_columns(
        pl.coalesce("deciders_heard_share", end).alias(end) for end in ("deciders_heard_least", "deciders_heard_most")
    )  # fmt: skip


def consumers(book: Path) -> pl.LazyFrame:
    """Return how many of those who use what we deliver have no say in buying it."""
    who, decides = c("contact_id"), c("decides")
    held = active() & no("ended_on")
    people = records(book, "account_contact_roles", "ended_on").group_by("account_id", "contact_id").agg(
        uses=((c("role") == "consumer") & held).sum(), decides=(c("role").is_in(CHOOSING) & held).any(),
        deciding=(c("role").is_in(CHOOSING) & held).sum(),
    )  # fmt: skip
    apart = c("uses") * (~decides | who.is_null())
    # Whether somebody decides who has a role without a contact is unknown, and so is a decider without one.
    unknown = (who.is_null() & decides).any() & (apart.sum() > 0)
    unknown |= (who.is_null() & (c("uses") > 0)).any() & decides.any()
    named = ((c("uses") > 0) & who.is_not_null() & ~decides).sum().cast(pl.Int64)
    nobody = pl.when(who.is_null()).then("deciding").sum().cast(pl.Int64)
    return people.group_by("account_id").agg(
        consumers_recorded=c("uses").sum(),
        consumers_not_deciding=pl.when(~unknown).then(share(apart.sum(), c("uses").sum())),
        consumers_not_deciding_least=share((named - nobody).clip(lower_bound=0), c("uses").sum()),
        consumers_not_deciding_most=share(apart.sum(), c("uses").sum()),
    ).with_columns(
        pl.coalesce("consumers_not_deciding", end).alias(end)
        for end in ("consumers_not_deciding_least", "consumers_not_deciding_most")
    )  # fmt: skip


def role_facts() -> dict[str, pl.Expr]:
    """Return the facts that need roles and conversations side by side, one row for each account."""
    replied, nameless = (c(name).fill_null(value=False) for name in ("replied_any", "nameless_reply"))
    facts = {
        name: pl.when(~c(f"{mean}_unsure") & ~(c(f"{mean}_alone") & replied) & ~(c(f"{mean}_silent") & nameless)).then(
            c(mean)
        )
        for name, mean in (("primary_strength", "primary"), ("influencer_strength", "influence"))
    }
    unknown = (c("alone_sponsors") > 0) & c("heard_any").fill_null(value=False)
    facts["sponsors_heard"] = pl.when(~unknown.fill_null(value=False)).then(c("heard_sponsors").fill_null(0))
    silent = (c("unheard") > 0) & c("nameless_90d").fill_null(value=False)
    facts["people_heard_share"], facts["people_heard_least"] = pl.when(~silent).then("heard_share"), c("heard_share")
    silent = (c("unheard_reaching") > 0) & c("nameless_90d").fill_null(value=False)
    facts["reach_heard_share"] = pl.when(~silent).then("heard_reach_share")
    facts["reach_heard_least"] = c("heard_reach_share")
    return facts


def members(book: Path) -> pl.LazyFrame:
    """Return the team members of a book."""
    return records(book, "team_members", "first_worked_on").with_columns(here=active())


#: How many were inducted, and how many inductions have lapsed, with the least and the most that they can be.
INDUCTED = tuple(f"people_{what}" for one in ("inducted", "lapsed") for what in (f"{one}_least", f"{one}_most"))
INDUCTED += ("people_inducted_first", "people_inducted_perhaps", "people_lapsed")


def team_facts(team: pl.LazyFrame, pairs: pl.LazyFrame, inducted: pl.LazyFrame) -> pl.LazyFrame:
    """Return what the team of each account gives.

    Args:
        team: From `members`.
        pairs: From `edges`.
        inducted: From `induction_rows`.
    """
    ties = pairs.group_by("account_id", "team_member_id").agg(ties=pl.len())
    rows = team.rename({"id": "team_member_id"})
    for one in (ties, inductions(inducted)):
        rows = rows.join(one, on=["account_id", "team_member_id"], how="left")
    rows = rows.join(inductions_of_nobody(inducted), on="account_id", how="left")
    here, hours, most = c("here"), c("hours_per_month"), c("capacity_hours_per_month")
    both, works = c("here") & there("hours_per_month", "capacity_hours_per_month"), c("here") & there("first_worked_on")
    linked, mentor = here & there("team") & c("has_contribution_link"), here & c("is_mentor")
    noted = here & there("team", "has_contribution_link")
    first = (c("whole_on") <= c("first_worked_on")).fill_null(value=False)
    perhaps = (c("nameless_whole_on") <= c("first_worked_on")).fill_null(value=False)
    lapsed = (c("completed") & ~c("valid")).fill_null(value=False)
    return rows.group_by("account_id").agg(
        team_rows=pl.len(), team_active=here.sum(), hours_noted=(here & there("hours_per_month")).sum(),
        hours_not_noted=(here & no("hours_per_month")).sum(),
        effort_noted=pl.when(here).then(hours).sum(), hours=pl.when(both).then(hours).sum(),
        capacity=pl.when(both).then(most).sum(), free_hours_a_month=total(here, most - hours),
        direct_mentors=mentor.sum(), mentors_noted=(here & there("is_mentor")).sum(),
        top=pl.when(here).then("authority").max(), low=pl.when(mentor).then("authority").min(),
        linked=pl.when(linked).then("team").drop_nulls().n_unique(),
        teams=pl.when(noted).then("team").drop_nulls().n_unique(),
        every_team=pl.when(here).then("team").drop_nulls().n_unique(),
        specialists_named=(here & there("specialism")).sum(),
        certified=(here & there("specialism") & c("is_certified")).sum(),
        certified_noted=(here & there("specialism", "is_certified")).sum(),
        focal=(here & c("is_focal")).sum(), focal_noted=there("is_focal").sum(), working=works.sum(),
        inducted_first=(works & first).sum(), first_unsure=(works & ~first & perhaps).any(),
        lapsed=(works & lapsed).sum(), lapsed_unsure=(works & lapsed & c("nameless_valid")).any()
        | (works & false(c("completed")) & c("nameless_lapsed")).any(), supplier_hub=c("ties").fill_null(0).max(),
        first_perhaps=(works & ~first & perhaps).sum(), never=(works & false(c("completed"))).sum(),
        **{f"many_{name}": c(f"many_{name}").max().fill_null(0) for name in ("whole", "valid", "lapsed")},
    ).select(
        "account_id", "team_rows", "team_active", "hours_noted", "hours_not_noted", "effort_noted", "specialists_named",
        "supplier_hub",
        pl.when(~c("first_unsure")).then("inducted_first").alias("people_inducted_first"),
        pl.when(~c("lapsed_unsure")).then("lapsed").alias("people_lapsed"), "free_hours_a_month",
        c("inducted_first").alias("people_inducted_least"), c("inducted_first").alias("people_inducted_perhaps"),
        (c("inducted_first") + pl.min_horizontal("many_whole", "first_perhaps")).alias("people_inducted_most"),
        (c("lapsed") - c("many_valid").cast(pl.Int64)).clip(lower_bound=0).alias("people_lapsed_least"),
        (c("lapsed") + pl.min_horizontal("many_lapsed", "never")).alias("people_lapsed_most"),
        pl.when((c("hours_noted") >= 1) & (c("hours_not_noted") == 0)).then("effort_noted").alias("effort_hours"),
        (1.0 - share("hours", "capacity")).alias("capacity_share"),
        "direct_mentors",
        marked_share("direct_mentors", "mentors_noted", "team_active").alias("direct_mentor_share"),
        (c("top") - c("low")).alias("mentor_authority_gap"),
        marked_share("linked", "teams", "every_team").alias("contribution_coverage"),
        marked_share("certified", "certified_noted", "specialists_named").alias("trust_specialists"),
        counted("focal", "focal_noted", "team_rows").alias("focal_people"),
        counted("working", "working", "team_active").alias("people_at_work"),
    )  # fmt: skip


ITEMS = (
    "history", "relationships", "culture", "protocols", "dress_code", "security", "org_charts", "contacts",
    "difficult_people", "dos_and_donts",
)  # fmt: skip


def induction_rows(book: Path) -> pl.LazyFrame:
    """Return the inductions of a book, with what each is worth today."""
    least = pl.all_horizontal(
        c(name).fill_null(value=False) for name in ("security", "protocols", "culture", "dos_and_donts")
    )
    done = there("completed_on")
    valid = done & (c("expires_on") > DAY).fill_null(within("completed_on", YEAR))
    return records(book, "inductions", "completed_on").with_columns(done=done, valid=valid, whole=done & least)


def inductions(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return for each team member which inductions it had."""
    return rows.filter(c("done") & there("team_member_id")).group_by("account_id", "team_member_id").agg(
        completed=c("done").any(), valid=c("valid").any(), whole=c("whole").any(),
        whole_on=pl.when("whole").then("completed_on").min(),
    )  # fmt: skip


def inductions_of_nobody(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what the inductions of each account could have been worth that say not whose they were."""
    return rows.filter(c("done") & no("team_member_id")).group_by("account_id").agg(
        nameless_whole_on=pl.when("whole").then("completed_on").min(),
        nameless_valid=c("valid").any(), nameless_lapsed=(~c("valid")).any(),
        many_whole=c("whole").sum(), many_valid=c("valid").sum(), many_lapsed=(~c("valid")).sum(),
    )  # fmt: skip


def induction_facts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return what the inductions of each account give, whoever had them."""
    items = pl.sum_horizontal(c(name).fill_null(value=False).cast(pl.Int64) for name in ITEMS) / len(ITEMS)
    return rows.filter("done").group_by("account_id").agg(induction_wholeness=items.mean())


def tie_facts() -> dict[str, pl.Expr]:
    """Return the facts that need both sides of the ties side by side, one row for each account."""
    return {"tie_supplier_hub": share("supplier_hub", c("tie_pairs_noted").fill_null(0))}
