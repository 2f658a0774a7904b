"""Reports over small books: nothing tells of few people or answers, and what can't be added is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

import clientcore as cc
from clientcore.parse import parse
from clientcore.report import REPORTS, limits_by_account, measures, run_report
from clientcore.report.sources import ALL
from clientcore.ruleset import Formula, Profile
from clientcore_spectrum.portfolio import Expectation

AS_OF = date(2026, 6, 30)


def book_of(folder: Path, **tables: list[dict[str, Any]]) -> cc.Book:
    for name, rows in tables.items():
        pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / f"{name}.csv")
    return cc.read_book(folder)


def said(count: int, account: str, value: int) -> list[dict[str, Any]]:
    """Return answers of so many people to how likely they are to recommend us, one for each account."""
    return [
        {"id": f"{account}{n}", "account_id": f"{account}{n}", "kind": "nps", "value": value}
        | {"responded_on": "2026-05-01", "contact_id": f"p{account}{n}"}
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((6, 1, 6), {"a": None, "b": None, "c": 100.0, ALL: 1100 / 13}),
        ((6, 1, 0), {"a": None, "b": None, "c": None, ALL: 500 / 7}),
        ((6, 5, 6), {"a": 100.0, "b": -100.0, "c": 100.0, ALL: 700 / 17}),
        ((2, 1, 0), {"a": None, "b": None, "c": None, ALL: None}),
    ],
)
def test_few_answers_can_not_be_worked_out_from_the_others(
    tmp_path: Path, counts: tuple[int, ...], shown: dict[str, float | None]
) -> None:
    accounts = [{"id": f"{segment}{n}", "segment": segment} for segment in "abc" for n in range(6)]
    answers = [
        one for count, name in zip(counts, "abc", strict=True) for one in said(count, name, 1 if name == "b" else 10)
    ]
    book = book_of(tmp_path, accounts=accounts, survey_responses=answers)
    frame = run_report(cc.Engine([measures(["R14"])]), book, "R14", as_of=AS_OF)
    assert dict(frame.select("segment", "nps").rows()) == pytest.approx(shown)
    assert frame.filter(pl.col("nps").is_null())["nps_low"].null_count() == sum(one is None for one in shown.values())


def test_limits_are_params_of_rulesets_and_follow_the_profile(tmp_path: Path) -> None:
    profile = Profile("strict", {"trust.partner": {"keep_floor": 0.95, "window_days": 90}})
    for one in (found for report in REPORTS.values() for found in report.limits):
        assert (one.value is None) == bool(one.param)
        assert one.value is None or one.range[0] <= one.value <= one.range[1]
    params = {ruleset.id: ruleset.params for ruleset in cc.Engine().rulesets}
    for one in (found for report in REPORTS.values() for found in report.limits if found.param):
        theirs = params[one.param.rpartition(".")[0]][one.param.rpartition(".")[2]]
        assert (theirs.range, theirs.unit) == (one.range, one.unit)
    promises: list[dict[str, Any]] = [
        {"id": "open", "account_id": "a", "due_on": "2026-07-10", "keep_probability": 0.9},
        {"id": "late", "account_id": "a", "due_on": "2026-02-01"},
    ]
    book = book_of(tmp_path, accounts=[{"id": "a"}], commitments=promises)
    for engine, limits, counts in (
        (cc.Engine(), {}, (1, 0, 1)),
        (cc.Engine(profiles=[profile], profile="strict"), {}, (1, 1, 0)),
        (cc.Engine(), {"ahead_days": 5, "keep_floor": 0.95}, (0, 1, 1)),
    ):
        frame = run_report(engine, book, "R8", as_of=AS_OF, limits=limits).filter(pl.col("team") == ALL)
        assert frame.select("due", "at_risk", "broken").rows() == [counts]


def test_limits_follow_the_profile_that_holds_for_each_account(tmp_path: Path) -> None:
    """By its segment here; a row of several takes the rulesets' own values, and what is asked for holds for all."""
    match = Formula("segment == 'a'", parse("segment == 'a'"))
    params = {"trust.partner": {"keep_floor": 0.95}, "voice.answers": {"z": 1.0}}
    profile = Profile("strict", params, match=match)
    promises = [
        {"id": f"open {account}", "account_id": account, "due_on": "2026-07-10", "keep_probability": 0.9}
        for account in ("a0", "b0")
    ]
    accounts = [{"id": f"{segment}{n}", "segment": segment} for segment in "ab" for n in range(6)]
    answers = [one for name in "ab" for one in said(6, name, 10)]
    book = book_of(tmp_path, accounts=accounts, survey_responses=answers, commitments=promises)
    plain, varied = (cc.Engine([measures(["R14"])], profiles=some) for some in ([], [profile]))

    def at_risk(engine: cc.Engine, **more: Any) -> int:
        frame = run_report(engine, book, "R8", as_of=AS_OF, **more)
        found: int = frame.filter(pl.col("team") == ALL)["at_risk"].item()
        return found

    assert (at_risk(plain), at_risk(varied)) == (0, 1)
    assert at_risk(varied, limits={"keep_floor": 0.95}) == 2
    assert at_risk(varied, limits={"keep_floor": 0.5}) == 0
    lows = [
        dict(run_report(engine, book, "R14", as_of=AS_OF, limits=limits).select("segment", "nps_low").rows())
        for engine, limits in ((plain, {}), (varied, {}), (varied, {"z": 1.0}))
    ]
    assert lows[1]["a"] > lows[0]["a"]
    assert (lows[1]["b"], lows[1][ALL]) == (lows[0]["b"], lows[0][ALL])
    assert lows[2]["a"] == lows[1]["a"] == lows[2]["b"]
    assert limits_by_account(plain, "R8", book, AS_OF) == limits_by_account(varied, "R1", book, AS_OF) == {}
    assert sorted(limits_by_account(varied, "R14", book, AS_OF)) == [f"a{n}" for n in range(6)]


def test_what_is_believable_is_said_once() -> None:
    found = {one.id: one.value for one in REPORTS["R1"].limits}
    assert found == attrs.asdict(Expectation())


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        # three answers of one account could be worked out from the score of all and those of the other accounts
        ({"a": (6, 3), "b": (6,), "c": (6,)}, {"a": None, "b": 100.0, "c": 100.0, ALL: None}),
        # and one of them, which is a segment of its own, from the score of all and those of the other segments
        ({"a": (6, 3, 2), "b": (6,), "c": (1,)}, {"a": None, "b": 100.0, "c": None, ALL: 100.0}),
        ({"a": (6, 3), "b": (6, 4), "c": (6,)}, {"a": None, "b": None, "c": 100.0, ALL: 100.0}),
        ({"a": (6, 3, 2), "b": (6,), "c": (6,)}, {"a": 100.0, "b": 100.0, "c": 100.0, ALL: 100.0}),
    ],
)
def test_few_answers_of_an_account_can_not_be_worked_out_from_the_scores_of_accounts(
    tmp_path: Path, counts: dict[str, tuple[int, ...]], shown: dict[str, float | None]
) -> None:
    accounts = [{"id": f"{segment}{n}", "segment": segment} for segment in "abc" for n in range(6)]
    answers = [
        {"id": f"{segment}{n}{at}", "account_id": f"{segment}{n}", "kind": "nps", "value": 10}
        | {"responded_on": "2026-05-01", "contact_id": f"p{segment}{n}{at}"}
        for segment, each in counts.items()
        for n, count in enumerate(each)
        for at in range(count)
    ]
    book = book_of(tmp_path, accounts=accounts, survey_responses=answers)
    frame = run_report(cc.Engine([measures(["R14"])]), book, "R14", as_of=AS_OF)
    assert dict(frame.select("segment", "nps").rows()) == shown


def workers(account: str, count: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"{account}{n}", "account_id": account, "first_worked_on": "2026-01-10", "is_active": True} | more
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("at_work", "shown"),
    [
        ({"a": 6, "b": 2, "c": 5}, {"c": 5, "(groups under five)": 8, ALL: 13}),
        ({"a": 5, "b": 6, "c": 0}, {"a": 5, "b": 6, "c": 0, ALL: 11}),
        ({"a": 4, "b": 0, "c": 0}, {ALL: None}),
        # they all have one name
        ({"a": 9, "b": 6, "c": 0, "named": "one"}, {ALL: None}),
    ],
)
def test_inductions_are_of_five_people_or_more(
    tmp_path: Path, at_work: dict[str, Any], shown: dict[str, int | None]
) -> None:
    name = at_work.pop("named", None)
    accounts = [{"id": f"{segment}{n}", "segment": segment} for segment in "abc" for n in range(6)]
    members = [one for segment, count in at_work.items() for one in workers(f"{segment}0", count, name=name)]
    idle = [one for row in accounts for one in workers(row["id"], 1, first_worked_on=None, is_active=False)]
    people = [*members, *[one | {"id": f"x{one['id']}"} for one in idle]]
    inducted = [
        {"id": f"i{one['id']}", "account_id": one["account_id"], "team_member_id": one["id"]}
        | {"completed_on": "2026-01-05", "expires_on": "2027-01-05"}
        | dict.fromkeys(("security", "protocols", "culture", "dos_and_donts"), True)
        for one in members
    ]
    book = book_of(tmp_path, accounts=accounts, team_members=people, inductions=inducted)
    frame = run_report(cc.Engine([measures(["R10"])]), book, "R10", as_of=AS_OF)
    assert dict(frame.select("segment", "people_at_work").rows()) == shown
    for name in ("inducted_first", "compliance", "accounts_with_gaps", "lapsed"):
        assert frame.filter(pl.col("people_at_work").is_null())[name].null_count() == sum(
            one is None for one in shown.values()
        )


@pytest.mark.parametrize(
    ("teams", "shown"),
    [
        # much for what both sides want, and little
        ({"over": 6, "under": 1}, {"over": None, "under": None, ALL: 601.0}),
        ({"over": 6, "under": 5}, {"over": 600.0, "under": 5.0, ALL: 605.0}),
        ({"over": 3, "under": 1}, {"over": None, "under": None, ALL: None}),
    ],
)
def test_hours_are_of_five_people_or_more(
    tmp_path: Path, teams: dict[str, int], shown: dict[str, float | None]
) -> None:
    hours = {"over": 100.0, "under": 1.0}
    members = [one for name, count in teams.items() for one in workers(name, count, hours_per_month=hours[name])]
    told = [
        {"account_id": name, "intent_shown_client": wanted, "intent_shown_supplier": wanted}
        for name, wanted in (("over", 0.1), ("under", 0.9))
    ]
    book = book_of(tmp_path, accounts=[{"id": name} for name in teams], team_members=members, facts=told)
    frame = run_report(cc.Engine([measures(["R21"])]), book, "R21", as_of=AS_OF)
    assert dict(frame.select("effort", "hours").rows()) == shown


@pytest.mark.parametrize(
    ("people", "owners", "teams"),
    [
        # one known person without a team takes the smallest team along
        ({"t": 6, "": 1}, ["t0", "0"], {"(groups under five)": 7, ALL: 7}),
        ({"t": 6, "": 5}, ["t0", "0"], {"t": 6, "(no team)": 5, ALL: 11}),
        # somebody who is not listed is one person, however many ids
        ({"t": 6}, ["t0", "x", "y", "z", "u", "v"], {"(groups under five)": 7, ALL: 7}),
        ({"t": 6}, ["t0", None], {"t": 6, "(no owner)": None, ALL: 6}),
    ],
)
def test_nobody_without_a_team_has_a_row_of_their_own(
    tmp_path: Path, people: dict[str, int], owners: list[str | None], teams: dict[str, int | None]
) -> None:
    members = [
        {"id": f"{team}{n}", "account_id": "a", "name": f"{team}{n}", "team": team or None}
        for team, count in people.items()
        for n in range(count)
    ]
    promises = [
        {"id": f"c{n}", "account_id": "a", "owner_id": owner, "due_on": "2026-05-01"} for n, owner in enumerate(owners)
    ]
    book = book_of(tmp_path, accounts=[{"id": "a"}], team_members=members, commitments=promises)
    frame = run_report(cc.Engine([measures(["R8"])]), book, "R8", as_of=AS_OF)
    assert dict(frame.select("team", "people").rows()) == teams
    assert frame.filter(pl.col("team") == ALL)["broken"].item() == len(owners)


def test_a_promise_kept_before_its_day_is_not_one_of_the_days_behind(tmp_path: Path) -> None:
    said = {"account_id": "a", "owner_id": "t0"}
    promises = [
        {**said, "id": "early", "due_on": "2026-08-01", "kept_on": "2026-06-01"},
        {**said, "id": "today", "due_on": "2026-06-30", "kept_on": "2026-06-30"},
        {**said, "id": "then", "due_on": "2026-05-01", "kept_on": "2026-04-01"},
    ]
    book = book_of(tmp_path, accounts=[{"id": "a"}], commitments=promises)
    frame = run_report(cc.Engine([measures(["R8"])]), book, "R8", as_of=AS_OF)
    assert frame.filter(pl.col("team") == ALL).select("due", "broken", "kept").row(0) == (0, 0, 2)


def test_values_of_accounts_of_several_currencies_are_not_added(tmp_path: Path) -> None:
    contracts = [
        {"id": account, "account_id": account, "renewal_on": on, "annual_value": 100.0, "notice_days": 1_000_000}
        for account, on in (("a", "2026-08-01"), ("b", "2026-08-01"), ("c", "2026-09-01"))
    ]
    accounts = [{"id": "a", "currency": "EUR"}, {"id": "b", "currency": "JPY"}, {"id": "c", "currency": "EUR"}]
    book = book_of(tmp_path, accounts=accounts, contracts=contracts)
    frame = run_report(cc.Engine([measures(["R7"])]), book, "R7", as_of=AS_OF)
    assert dict(frame.select("month", "annual_value").rows()) == {"2026-08": None, "2026-09": 100.0, ALL: None}
    assert frame["notice_passed"].to_list() == [2, 1, 3]


def test_accounts_of_few_promises_share_their_ranks(tmp_path: Path) -> None:
    """All is known of each, and two kept promises against one are no reason to place one above another."""

    def promises(account: str, kept: int, broken: int) -> list[dict[str, Any]]:
        said = {"account_id": account, "made_on": "2026-01-01", "due_on": "2026-05-01", "client_visible": True}
        return [
            said
            | {"id": f"{account}{n}", "plan_completeness": 1.0 if n < kept else 0.0}
            | {"kept_on": "2026-05-01" if n < kept else None, "status_updated_on": "2026-06-20"}
            for n in range(kept + broken)
        ]

    counts = {"few_kept": (2, 0), "few_broken": (1, 1), "many_kept": (30, 0), "many_broken": (6, 54)}
    book = book_of(
        tmp_path,
        accounts=[{"id": name} for name in counts],
        commitments=[one for name, (kept, broken) in counts.items() for one in promises(name, kept, broken)],
        issues=[{"id": "i", "account_id": "few_kept", "kind": "complaint"}],
    )
    frame = run_report(cc.Engine([measures(["R4"])]), book, "R4", as_of=AS_OF)
    ranks = {one["account_id"]: (one["rank_best"], one["rank_worst"]) for one in frame.to_dicts()}
    assert ranks == {"many_kept": (1, 3), "few_kept": (1, 3), "few_broken": (1, 4), "many_broken": (3, 4)}
    assert frame["account_id"].to_list() == ["few_broken", "few_kept", "many_kept", "many_broken"]
    assert frame["sure"].to_list() == [False] * 4
    bounds = {one["account_id"]: (one["low"], one["high"]) for one in frame.to_dicts()}
    assert bounds["many_broken"][1] < bounds["few_kept"][0]
    assert bounds["few_broken"][1] > bounds["many_kept"][0]
