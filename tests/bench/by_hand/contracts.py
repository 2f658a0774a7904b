"""Facts of contracts: which run now and ran a year ago, what was renewed, what may end.

The book notes no day of signature, so a contract begins on its first day. Conditions keep Kleene's logic, as
those of Polars do: a fold is missing where one of them is unknown.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
from large_book import DAY

from by_hand.words import YEAR, ago, c, counted, false, marked_share, no, records, share, there

#: Sums that are 0 where there are no contracts, and may be missing where there are some.
MAYBE = (
    "contracts_twice_before", "contracts_twice_today", "contracts_year_ago", "contracts_today", "contracts_renewed",
    "contracts_renewing", "contracts_staying", "contract_days_between", "contract_value", "renewals_near",
    "notices_near",
)  # fmt: skip
RENEWAL = timedelta(days=30)
began, ended_on = c("starts_on"), c("ended_on")


def contracts(book: Path) -> pl.LazyFrame:
    """Return what the contracts of each account give."""
    rows = records(book, "contracts", "terminated_on").with_columns(
        ended_on=c("terminated_on").fill_null(c("ends_on")), stands=false(c("status") == "draft"),
        renews=c("auto_renew").fill_null(value=False), former=c("previous_annual_value").fill_null(c("annual_value")),
    ).with_columns(
        may_run=c("stands") & no("terminated_on") & (false(c("ends_on") < DAY) | c("renews"))
    ).with_columns(runs=c("may_run") & false(c("starts_on") > DAY))  # fmt: skip
    for name, day in _DAYS.items():
        rows = rows.with_columns(_in_force(day).alias(f"in_force_{name}"))
        rows = rows.with_columns(**_neighbours(name, day))
        rows = rows.with_columns(
            (c(f"in_force_{name}") | _run_out(name, day)).alias(f"counts_{name}"), **_replaced(name)
        )
        rows = rows.with_columns(_first_replaced(name).over("account_id").alias(f"contract_replaced_{name}"))
    return _gathered(rows.with_columns(**_moves()))


_DAYS = {"before": ago(YEAR), "today": pl.lit(DAY)}


def _in_force(day: pl.Expr) -> pl.Expr:
    lasts = no("terminated_on") | (c("terminated_on") > day)
    return c("stands") & (began <= day) & lasts & (no("ends_on") | (c("ends_on") >= day) | c("renews"))


def _all(flag: pl.Expr, value: pl.Expr, fold: pl.Expr) -> pl.Expr:
    """Return a fold over what a flag is true for, missing where the flag or a value is unknown."""
    return pl.when(~(flag.is_null() | (flag & value.is_null())).any()).then(fold)


def _least(flag: pl.Expr, value: pl.Expr) -> pl.Expr:
    return _all(flag, value, pl.when(flag).then(value).min())


def _most(flag: pl.Expr, value: pl.Expr) -> pl.Expr:
    return _all(flag, value, pl.when(flag).then(value).max())


def _sum(flag: pl.Expr, value: pl.Expr) -> pl.Expr:
    return _all(flag, value, pl.when(flag).then(value).sum())


def _neighbours(name: str, day: pl.Expr) -> dict[str, pl.Expr]:
    """Return when the last contract before a day and the first one after it began."""
    later = c("stands") & there("starts_on") & (began > day)
    return {
        f"contract_begun_{name}": _most(c(f"in_force_{name}"), began).over("account_id"),
        f"contract_next_{name}": _least(later, began).over("account_id"),
    }


def _run_out(name: str, day: pl.Expr) -> pl.Expr:
    begun, following = c(f"contract_begun_{name}"), c(f"contract_next_{name}")
    ended = there("ended_on") & (ended_on <= day) & (ended_on >= day - RENEWAL)
    followed = (following - RENEWAL <= ended_on).fill_null(value=False) | no("terminated_on")
    since = (begun >= ended_on - RENEWAL) & begun.is_not_null()
    return c("stands") & ~c(f"in_force_{name}") & there("starts_on") & (began <= day) & ended & ~since & followed


def _replaced(name: str) -> dict[str, pl.Expr]:
    begun, ends = c(f"contract_begun_{name}"), there("terminated_on") | (there("ends_on") & ~c("renews"))
    return {f"replaced_{name}": ends & (began < begun) & (ended_on <= begun + RENEWAL)}


def _first_replaced(name: str) -> pl.Expr:
    return _least(c(f"in_force_{name}") & c(f"replaced_{name}"), ended_on)


def _moves() -> dict[str, pl.Expr]:
    """Return which contracts came, went, and did both, and over which days of each account they did."""
    before, today, day, year = c("counts_before"), c("counts_today"), pl.lit(DAY), ago(YEAR)
    new, gone = today & ~before, before & ~today
    passed = (
        c("stands") & ~c("in_force_before") & ~c("in_force_today") & there("starts_on", "ended_on")
        & (began > year) & (ended_on < day) & (ended_on >= began) & ~_run_out("today", day)
    )  # fmt: skip
    days = (ended_on - began).dt.total_days() + 1
    return {
        "new": new, "gone": gone,
        "new_contract_first": _least(new, began).over("account_id"),
        "new_contract_last": _most(new, began).over("account_id"),
        "ended_contract_first": _least(gone, ended_on).over("account_id"),
        "ended_contract_last": _most(gone, ended_on).over("account_id"),
        "contract_days_between": _sum(passed, days).over("account_id"),
    }  # fmt: skip


_WINDOWED = (
    "contract_begun_before", "contract_begun_today", "contract_next_before", "contract_next_today",
    "contract_replaced_before", "contract_replaced_today", "new_contract_first", "new_contract_last",
    "ended_contract_first", "ended_contract_last", "contract_days_between",
)  # fmt: skip


def _twice(name: str, value: pl.Expr) -> pl.Expr:
    force, replaced, first = c(f"in_force_{name}"), c(f"replaced_{name}"), c(f"contract_replaced_{name}")
    old = _sum(force & replaced, value)
    new = _sum(force & ~replaced & (began >= first - RENEWAL), value)
    smaller = pl.when(old < new).then(old).when(old >= new).then(new)
    return pl.when(first.first().is_null()).then(0.0).otherwise(smaller)


def _renewals() -> dict[str, pl.Expr]:
    between = pl.duration(days=c("contract_days_between"))
    ended, begun = c("ended_contract_first"), c("new_contract_first")
    renewed = c("gone") & (ended_on >= begun - RENEWAL - between) & (ended_on <= c("new_contract_last") + RENEWAL)
    renewing = c("new") & (began >= ended - RENEWAL) & (began <= c("ended_contract_last") + RENEWAL + between)
    kept = pl.min_horizontal(c("previous_annual_value"), c("annual_value"))
    kept = pl.when(no("annual_value") & there("previous_annual_value")).then(None).otherwise(kept)
    return {
        "contracts_renewed": pl.when(begun.first().is_null()).then(0.0).otherwise(_sum(renewed, c("former"))),
        "contracts_renewing": pl.when(ended.first().is_null()).then(0.0).otherwise(_sum(renewing, c("annual_value"))),
        "contracts_staying": _all(
            c("counts_before"), pl.when("counts_today").then(kept).otherwise(0.0),
            pl.when(c("counts_before") & c("counts_today")).then(kept).sum(),
        ),
    }  # fmt: skip


def _gathered(rows: pl.LazyFrame) -> pl.LazyFrame:
    runs, value = c("runs"), c("annual_value")
    terms, gains = (runs & there(name) for name in ("has_guarantee", "is_gain_share"))
    soon, notice = pl.lit(DAY + timedelta(days=90)), c("renewal_on") - pl.duration(days=c("notice_days").cast(pl.Int64))
    near = pl.when(there("renewal_on")).then(c("renewal_on")).otherwise(c("ends_on")).is_between(DAY, soon)
    may_run = c("may_run")
    dated = there("renewal_on") | (c("ends_on") >= DAY).fill_null(value=False)
    noticed = notice.is_between(DAY, DAY + timedelta(days=30))
    return rows.group_by("account_id").agg(
        *(c(name).first() for name in _WINDOWED), **_renewals(),
        contracts_twice_before=_twice("before", c("former")), contracts_twice_today=_twice("today", value),
        year_ago=_sum(c("counts_before"), c("former")), today=_sum(c("counts_today"), value),
        contracts_running=runs.sum(), contract_value=_sum(runs, value),
        locked_days=_most(runs, (c("ends_on") - pl.lit(DAY)).dt.total_days().clip(lower_bound=0)),
        guarantees_noted=terms.sum(), guarantees=(terms & c("has_guarantee")).sum(),
        gain_terms_noted=gains.sum(), gains=(gains & c("is_gain_share")).sum(),
        near=(may_run & near).sum(), ends_noted=(may_run & dated).sum(),
        noticed=(may_run & noticed).sum(),
        notices_noted=(may_run & there("renewal_on", "notice_days")).sum(),
        may_run=may_run.sum(),
        contract_rows=pl.len(), contract_pairs=there("starts_on", "ends_on").sum(),
        contract_faults=(c("ends_on") < c("starts_on")).sum(),
    ).with_columns(
        contracts_year_ago=c("year_ago") - c("contracts_twice_before"),
        contracts_today=c("today") - c("contracts_twice_today"),
        guaranteed_share=marked_share("guarantees", "guarantees_noted", "contracts_running"),
        gains_shared_share=share("gains", "gain_terms_noted"),
        renewals_near=counted("near", "ends_noted", "may_run"),
        notices_near=counted("noticed", "notices_noted", "may_run"),
    ).drop(
        "year_ago", "today", "guarantees", "gains", "near", "ends_noted", "noticed", "notices_noted",
        "may_run",
    )  # fmt: skip
