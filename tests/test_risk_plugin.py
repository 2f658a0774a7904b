"""Risk: the register, the matrix that is only a view, early warnings, contradictions, quality of the data."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore_risk.matrix import risk_matrix
from invariants import AS_OF, sourced

ENGINE = cc.Engine()
RISK = ["risk.*"]
shares = st.floats(0, 1)
losses = st.floats(0, 1e6)
rated = st.tuples(st.floats(0, 1, allow_subnormal=False), st.floats(0, 1e6, allow_subnormal=False))


def decide(account: dict[str, Any], facts: dict[str, Any] | None = None) -> cc.Decision:
    return ENGINE.evaluate({"id": "a", **account}, facts=facts or {}, as_of=AS_OF, only=RISK)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Return one open entry of a register, with what is noted of it."""
    noted = {
        "probability": shares,
        "impact": losses,
        "residual_probability": shares,
        "residual_impact": losses,
        "response": st.sampled_from(["avoid", "reduce", "share", "accept"]),
        "tier": st.sampled_from(["account_sales", "contract_bid"]),
        "owner_id": st.just("t1"),
        "due_on": st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    }
    return draw(st.fixed_dictionaries({}, optional=noted))


registers = st.lists(entries(), max_size=5).map(lambda rows: [{"id": f"r{n}", **row} for n, row in enumerate(rows)])


@given(registers)
def test_expected_loss_is_probability_times_loss(risks: list[dict[str, Any]]) -> None:
    score = decide({"risks": risks}).scores["risk.register.expected_loss"]
    whole = all("probability" in one and "impact" in one for one in risks)
    noted = sum(round(one["probability"] * one["impact"], 6) for one in risks if {"probability", "impact"} <= set(one))
    assert score.low == pytest.approx(noted, abs=1e-4)
    assert (score.value is not None) == whole


@given(registers, st.integers(0, 4), rated)
def test_rating_a_risk_stays_within_what_was_open(
    risks: list[dict[str, Any]], at: int, rating: tuple[float, float]
) -> None:
    if at >= len(risks) or {"probability", "impact"} <= set(risks[at]):
        return
    more = [one | {"probability": rating[0], "impact": rating[1]} if n == at else one for n, one in enumerate(risks)]
    before, after = (decide({"risks": one}).scores for one in (risks, more))
    for name in ("risk.register.expected_loss", "risk.register.residual_loss"):
        assert before[name].low <= after[name].low
        assert after[name].high <= before[name].high


@given(registers)
def test_a_response_that_is_not_chosen_takes_nothing_away(risks: list[dict[str, Any]]) -> None:
    plain = [{key: one[key] for key in one if key != "response"} for one in risks]
    scores = decide({"risks": plain}).scores
    assert scores["risk.register.residual_loss"].low == pytest.approx(
        scores["risk.register.expected_loss"].low, abs=1e-4
    )


@given(registers, st.permutations(range(5)))
def test_the_order_of_the_register_changes_nothing(risks: list[dict[str, Any]], order: list[int]) -> None:
    turned = [risks[at] for at in order if at < len(risks)]
    assert decide({"risks": risks}).to_json() == decide({"risks": turned}).to_json()


@st.composite
def edges(draw: st.DrawFn, top: float) -> list[float]:
    """Return edges that rise, above nothing and below the top."""
    found = draw(st.lists(st.integers(1, 999), min_size=1, max_size=6, unique=True))
    return [top * one / 1000 for one in sorted(found)]


@given(st.lists(rated, max_size=30), edges(1.0), edges(1e6), st.tuples(losses, losses))
def test_no_red_risk_is_smaller_than_a_green_one(
    risks: list[tuple[float, float]], rows: list[float], columns: list[float], bounds: tuple[float, float]
) -> None:
    low, high = sorted(bounds)
    by_colour: dict[str, list[float]] = {"green": [], "red": [], "amber": []}
    for risk in risks:
        seen = risk_matrix([risk], losses=columns, green_to=low, red_from=high, probabilities=rows)
        (cell,) = [cell for cell in seen.cells if cell.risks]
        by_colour[cell.colour].append(risk[0] * risk[1])
    assert max(by_colour["green"], default=0.0) <= min(by_colour["red"], default=high)
    whole = risk_matrix(risks, losses=columns, green_to=low, red_from=high, probabilities=rows)
    assert sum(cell.risks for cell in whole.cells) == len(risks)


def test_colours_by_numbers_of_row_and_column_would_break_it() -> None:
    """Keep the property above honest: the usual colouring has red risks that are smaller than green ones."""
    rows, columns = [0.05, 0.2, 0.5, 0.8], [1e3, 1e4, 1e5, 1e6]
    usual: dict[str, list[float]] = {"low": [], "high": []}
    for probability, loss in product((0.81, 0.06, 0.21), (1.1e3, 9e5, 1.1e4)):
        level = (1 + sum(probability >= e for e in rows)) * (1 + sum(loss >= e for e in columns))
        usual["low" if level <= 9 else "high"].append(probability * loss)
    assert max(usual["low"]) > min(usual["high"])


@pytest.mark.parametrize(
    ("risks", "options", "said"),
    [
        ([(0.5, 1.0)], {"losses": [2.0, 1.0]}, "CC403 edges of a matrix have to rise"),
        ([(0.5, 1.0)], {"red_from": 0.5}, "CC403 green reaches to 1 and red begins at 0.5"),
        ([(1.5, 1.0)], {}, "CC403 probability 1.5 is out of range; from 0 to 1"),
        ([(0.5, -1.0)], {}, "CC403 loss -1 is out of range"),
    ],
)
def test_what_no_matrix_can_be_made_of_is_told(
    risks: list[tuple[float, float]], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(cc.FactError) as caught:
        risk_matrix(risks, **({"losses": [10.0], "green_to": 1.0, "red_from": 2.0} | options))
    assert str(caught.value).startswith(said)


@given(shares, shares, shares, shares, st.sampled_from(["threat", "wallet_share"]))
@settings(max_examples=50)
def test_more_of_a_competitor_never_lowers_the_exposure(
    first: float, second: float, other: float, installed: float, field: str
) -> None:
    low, high = sorted((first, second))
    found = []
    for value in (low, high):
        competitor = {"id": "v1", "threat": other, "wallet_share": other, "switching_cost": 10} | {field: value}
        account = {
            "competitors": [competitor],
            "contracts": [],
            "orders": [{"id": "b", "ordered_on": AS_OF, "amount": 100}],
        }
        found.append(decide(account, {"competitor_asset_share": installed}).scores["risk.warning.exposure"].value)
    assert found[0] <= found[1] + 1e-9


@given(shares, shares)
@settings(max_examples=30)
def test_exposure_to_competitors_reads_nothing_about_education(first: float, second: float) -> None:
    account = {"competitors": [{"id": "v1", "threat": 0.5, "wallet_share": 0.5}], "contracts": []}
    one, two = (
        decide(account, {"education_intensity": share}).scores["risk.warning.exposure"] for share in (first, second)
    )
    assert one == two


@given(shares, shares, shares, shares)
@settings(max_examples=50)
def test_changing_sides_keeps_the_size_of_a_gap(ours: float, theirs: float, stated: float, returned: float) -> None:
    def gaps(us: float, client: float, says: float, does: float) -> tuple[float, ...]:
        said = [{"id": f"s{side}", "side": "client", "stated_by": side, "comply": value} for side, value in
                (("supplier", us), ("client", client))]  # fmt: skip
        facts = {"needs_decided_12m": 5, "return_rate": does} | sourced({"stated_satisfaction": says}, "client_stated")
        score = decide({"culture_statements": said}, facts).scores["risk.disagreement.widest"]
        return (score.value,)

    assert gaps(ours, theirs, stated, returned) == pytest.approx(gaps(theirs, ours, returned, stated), abs=1e-6)


@given(st.integers(0, 12), st.booleans())
def test_bad_news_is_due_on_the_next_working_day(days: int, told: bool) -> None:
    known = AS_OF - timedelta(days=days)  # a Tuesday less so many days
    issue = {"id": "m", "kind": "bad_news", "known_on": known} | ({"told_on": AS_OF} if told else {})
    working = sum((known + timedelta(days=n)).weekday() < 5 for n in range(days))
    fired = "risk.warning/bad_news_waits" in decide({"issues": [issue]}).fired
    assert fired == (working > 1 and not told)


def test_what_is_known_more_never_lowers_the_share_of_known_facts() -> None:
    names = ["threads_90d", "deciders_known", "last_two_way_days", "revenue_12m", "contribution_margin", "risks_open"]
    seen = []
    for count in range(len(names) + 1):
        decision = decide({}, dict.fromkeys(names[:count], 0.0))
        seen.append(decision.scores["risk.data.quality"].low)
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
