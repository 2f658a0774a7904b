"""Facts that are arithmetic over facts of related records."""

from __future__ import annotations

import polars as pl
from large_book import DAY

from by_hand.words import c, share

#: Constants of the rulesets: usual chance to keep a contract, and its published ends; discount.
_KEPT, _KEPT_LOW, _KEPT_HIGH, _DISCOUNT = 0.9, 0.8, 0.95, 0.1


def _smaller(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(one < other).then(one).when(one >= other).then(other)


def _less(one: str, other: str) -> pl.Expr:
    """Return a difference of counts, which may be below 0."""
    return c(one).cast(pl.Int64) - c(other).cast(pl.Int64)


def _told(value: pl.Expr, people: str) -> pl.Expr:
    """Return a figure about people, missing where it would tell of one of them."""
    return pl.when(c(people) >= 5).then(value)


def _full_at(count: str, full: float) -> pl.Expr:
    """Return a count as a share of what counts in full."""
    return pl.min_horizontal(c(count) / full, pl.when(c(count).is_not_null()).then(1.0))


def _fifth(name: str, ends: tuple[float, ...], *, low_is_best: bool = False) -> pl.Expr:
    """Return 5 to 1 by the first of four ends that a figure reaches."""
    reached = [c(name) <= end if low_is_best else c(name) >= end for end in ends]
    return 1.0 + pl.sum_horizontal(flag.cast(pl.Float64) for flag in reached) + c(name) * 0


def _worth(kept_of: pl.Expr) -> pl.Expr:
    worth = pl.when(c("contracts_today") != 0).then(c("contracts_today")) * c("order_margin")
    return worth * kept_of / (1 + _DISCOUNT - kept_of)


def first_figures() -> dict[str, pl.Expr]:
    """Return the figures that other figures read."""
    renewed = _smaller(c("contracts_renewing"), c("contracts_renewed"))
    kept = _smaller(_smaller(c("contracts_staying") + renewed, c("contracts_year_ago")), c("contracts_today"))
    promises = c("promises_kept") + c("promises_broken")
    talk, order = c("latest_talk_days"), c("latest_order_days")
    return {
        "contracts_kept": kept,
        "promises_due": promises,
        "business_understanding": pl.when(c("areas_known") / 6 <= 0.8)
        .then(c("areas_known") / 6)
        .otherwise(pl.max_horizontal(c("areas_confirmed") / 6, pl.when(c("areas_known").is_not_null()).then(0.8))),
        "understanding_confirmed_share": share("areas_confirmed", "areas_known"),
        "reliability": pl.when(promises > 0).then((c("promises_kept") + 1) / (promises + 2)),
        "revenue_trend": share(c("revenue_12m") - c("revenue_before"), "revenue_before"),
        "residual_noted": c("residual_account_sales") + c("residual_contract_bid") + c("residual_elsewhere"),
        "latest_record_days": pl.min_horizontal(talk, order),
        "peripheral_open": c("peripheral_issues") - c("peripheral_acknowledged"),
        "nps": 100 * _told(_less("nps_promoters", "nps_detractors") / c("nps_answers"), "nps_answers"),
        "contract_clv": _worth(pl.lit(_KEPT)),
    }


def last_figures() -> dict[str, pl.Expr]:
    """Return the others."""
    return {**_of_dealings(), **_of_business(), **_of_trust(), **_of_answers()}


def _of_dealings() -> dict[str, pl.Expr]:
    fresh = ((180 - c("latest_record_days")) / (180 - 30)).clip(0.0, 1.0)
    silent = ((180 - c("last_two_way_days")) / 180).clip(lower_bound=0.0)
    fall = pl.when(c("talks_usual") <= c("talks_lately")).then(0.0)
    good = c("good_days_share")
    return {
        "asymmetry": (1.0 + (c("directive_share") - c("advice_share"))) / 2.0,
        "push": c("challenges_12m") / (c("challenges_12m") + 2.0),
        "breadth": _full_at("threads_90d", 3.0),
        "recency": silent,
        "freshness": fresh,
        "talks_fall": fall.otherwise((c("talks_usual") - c("talks_lately")) / c("talks_usual")),
        "mood_swing": 4.0 * good * (1.0 - good),
        "days_since_probe": (pl.lit(DAY) - c("last_probe_on")).dt.total_days(),
        "focus_share": 1.0 - c("peripheral_share"),
        "peripheral_ack_rate": share("peripheral_acknowledged", "peripheral_issues"),
        "escalation_strain": _full_at("escalated_open", 3.0),
        "case_directness": pl.when(c("handoffs_per_case") <= 1).then(1.0).otherwise(1.0 / c("handoffs_per_case")),
        "told_first_share": share("bad_news_told_first", "bad_news_12m"),
        "intent_gap": c("intent_shown_supplier") - c("intent_shown_client"),
        "effort_share": pl.when(c("effort_noted") >= 160).then(1.0).otherwise(_full_at("effort_hours", 160.0)),
        "board_meetings_12m": pl.when(
            (c("board_talks_noted") >= 1) | (c("board_talks_perhaps") == c("board_talks_noted"))
        ).then("board_talks_noted"),
        "horizons_brought": _full_at("horizon_introductions_12m", 4.0),
        "competitor_presence": _full_at("competitors_known", 3.0),
    }


def _of_business() -> dict[str, pl.Expr]:
    trend, spend, yearly = c("revenue_trend"), c("category_spend"), c("yearly_value")
    kept_low, kept_high = pl.lit(_KEPT_LOW), pl.lit(_KEPT_HIGH)
    loss = c("order_margin") < 0
    lock = pl.when(c("contracts_running") == 0).then(1.0)
    rivals = pl.when((c("competitors_known") == 0) | (c("switching_least") >= yearly)).then(0.0)
    return {
        "win_rate": share("won_24m", c("won_24m") + c("lost_24m")),
        "plan_tightness": share(c("open_opportunities") - c("unforecast_opportunities"), "open_opportunities"),
        "rfp_influence_rate": share("rfps_influenced_24m", "rfps_24m"),
        "revenue_fall": (-trend / 0.5).clip(0.0, 1.0),
        "trade_place": ((1.0 + trend) / 2.0).clip(0.0, 1.0),
        "supplied_12m": yearly,
        "whitespace_share": share(spend - yearly, spend).clip(lower_bound=0.0),
        "revenue_kept": share("contracts_kept", "contracts_year_ago"),
        "revenue_net": share("contracts_today", "contracts_year_ago"),
        "contract_clv_low": _worth(pl.when(loss).then(kept_high).otherwise(kept_low)),
        "contract_clv_high": _worth(pl.when(loss).then(kept_low).otherwise(kept_high)),
        "clv": c("contract_clv"),
        "recency_fifth": _fifth("days_since_order", (30, 60, 120, 240), low_is_best=True),
        "frequency_fifth": _fifth("orders_window", (12, 8, 4, 2)),
        "money_fifth": _fifth("orders_money", (50_000, 20_000, 8_000, 2_000)),
        "contract_openness": lock.otherwise(((365 - c("locked_days")) / 365).clip(lower_bound=0.0)),
        "switching_openness": rivals.otherwise((yearly - c("switching_least")) / yearly),
        "overdue_share": share(c("overdue_60") + c("overdue_90"), yearly),
        "residual_share": pl.when(c("risks_unrated") == 0).then(share("residual_noted", yearly)),
        "days_in_order": 1.0 - share("order_faults", "ordered_pairs"),
    }


def _of_trust() -> dict[str, pl.Expr]:
    return {
        "visibility_mean": (c("promise_visibility") * c("promises_watched") + 1) / (c("promises_watched") + 2),
        "transparency_mean": (c("changes_effective") * (1.0 - c("surprise_rate")) + 1) / (c("changes_effective") + 2),
        "promises_slip": share("promises_broken", "promises_due"),
        "gap_promises": pl.when(c("promises_due") >= 3).then(c("reliability") - c("reliability_stated")),
        "gap_satisfaction": pl.when(c("needs_decided_12m") >= 3).then(c("stated_satisfaction") - c("return_rate")),
        "gap_ways": c("ways_seen_by_us") - c("ways_seen_by_client"),
        "contract_fulfilment": share("duties_kept", "duties_due"),
        "induction_compliance": share("people_inducted_first", "people_at_work"),
    }


def _of_answers() -> dict[str, pl.Expr]:
    def adjusted(count: str, answers: str) -> pl.Expr:
        return _told((c(count) + 3 / 4) / (c(answers) + 3), answers)

    promoters, detractors = adjusted("nps_promoters", "nps_answers"), adjusted("nps_detractors", "nps_answers")
    earlier = [adjusted(f"nps_{who}_before", "nps_answers_before") for who in ("promoters", "detractors")]
    silent = _less("nps_promoters", "nps_detractors") - c("nps_silent")
    silent /= c("nps_answers") + c("nps_silent")
    return {
        "csat": _told(c("csat_satisfied") / c("csat_answers"), "csat_answers"),
        "ces": _told(c("ces_easy") / c("ces_answers"), "ces_answers"),
        "nps_spread": promoters + detractors - (promoters - detractors) * (promoters - detractors),
        "nps_spread_before": earlier[0] + earlier[1] - (earlier[0] - earlier[1]) * (earlier[0] - earlier[1]),
        "nps_centre": 100 * (promoters - detractors),
        "nps_if_silent_are_detractors": 100 * _told(silent, "nps_answers"),
    }
