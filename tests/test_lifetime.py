"""Lifetime value fitted from orders: invariants, what is refused, and what works without numpy."""

from __future__ import annotations

import functools
import math
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.errors import FactError
from clientcore_voice.amounts import GammaGamma, expected_amounts, fit_gamma_gamma
from clientcore_voice.histories import History, histories_of
from clientcore_voice.lifetime import Outlook, lifetime_facts, lifetime_values
from clientcore_voice.purchases import (
    BetaGeometric,
    alive_chances,
    expected_purchases,
    fit_bgnbd,
    log_likelihood,
)

pytest.importorskip("scipy", reason="lifetime value is fitted with numpy and scipy: pip install 'clientcore[stats]'")
few = settings(max_examples=40, deadline=None)
BUYING = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
PAYING = GammaGamma(p=6.25, q=3.74, gamma=15.44)


@functools.cache
def fitted_small() -> BetaGeometric:
    return fit_bgnbd(SMALL)


@few
@given(st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=4))
def test_the_top_is_the_top(steps: list[float]) -> None:
    model = fitted_small()
    names = ("r", "alpha", "a", "b")
    near = {name: getattr(model, name) * math.exp(step) for name, step in zip(names, steps, strict=True)}
    assert log_likelihood(attrs.evolve(model, **near), SMALL) <= model.log_likelihood + 1e-9


#: Twelve invented clients for whom both models have a top.
SMALL = [
    History(account_id=f"c{number}", frequency=x, recency=t, age=39.0, mean_amount=amount)
    for number, (x, t, amount) in enumerate(
        [
            (2, 8.2, 23.0), (1, 3.1, 54.0), (8, 38.8, 38.0), (1, 22.3, 6.0), (1, 6.7, 16.0), (8, 22.7, 14.0),
            (13, 37.3, 36.0), (7, 35.4, 6.0), (6, 21.5, 14.0), (1, 19.2, 9.0), (2, 9.8, 33.0), (0, 0.0, None),
        ]
    )
]  # fmt: skip


@pytest.mark.parametrize("power", [-3, 1, 6])
def test_another_unit_of_time_or_money_scales_the_fit(power: int) -> None:
    times = 2.0**power
    turned = [
        attrs.evolve(
            one,
            recency=one.recency * times,
            age=one.age * times,
            mean_amount=None if one.mean_amount is None else one.mean_amount * times,
        )
        for one in SMALL
    ]
    buying, other = fit_bgnbd(SMALL), fit_bgnbd(turned)
    assert (other.r, other.alpha, other.a, other.b) == (buying.r, buying.alpha * times, buying.a, buying.b)
    paying, paid = fit_gamma_gamma(SMALL), fit_gamma_gamma(turned)
    assert (paid.p, paid.q, paid.gamma) == (paying.p, paying.q, paying.gamma * times)
    assert alive_chances(other, turned) == alive_chances(buying, SMALL)


def test_order_of_clients_changes_nothing() -> None:
    there, back = fit_bgnbd(SMALL), fit_bgnbd(SMALL[::-1])
    assert [round(getattr(there, name), 6) for name in ("r", "alpha", "a", "b")] == [
        round(getattr(back, name), 6) for name in ("r", "alpha", "a", "b")
    ]


POSITIVE = st.floats(0.05, 20.0)
MODELS = st.builds(BetaGeometric, r=POSITIVE, alpha=POSITIVE, a=POSITIVE, b=POSITIVE)


@st.composite
def clients(draw: st.DrawFn) -> History:
    age = draw(st.floats(1.0, 200.0))
    often = draw(st.integers(0, 300))
    recency = draw(st.floats(0.01, 1.0)) * age if often else 0.0
    amount = draw(st.floats(0.01, 1e6)) if often and draw(st.booleans()) else None
    return History(account_id="c", frequency=often, recency=recency, age=age, mean_amount=amount)


@few
@given(MODELS, clients(), st.floats(0.0, 500.0))
def test_chances_are_chances_and_orders_grow_with_time(model: BetaGeometric, one: History, time: float) -> None:
    (alive,) = alive_chances(model, [one])
    assert 0 <= alive <= 1
    some, more = (expected_purchases(model, [one], ahead)[0] for ahead in (time, 2 * time + 1))
    assert 0 <= some <= more * (1 + 1e-7) + 1e-7
    assert expected_purchases(model, [one], 0.0) == [0.0]


@few
@given(MODELS, clients())
def test_the_later_the_last_order_the_likelier_is_the_next(model: BetaGeometric, one: History) -> None:
    if one.frequency:
        earlier = attrs.evolve(one, recency=one.recency / 2)
        assert alive_chances(model, [earlier])[0] <= alive_chances(model, [one])[0]


@few
@given(MODELS, clients(), st.floats(0.1, 300.0))
def test_orders_to_expect_are_those_of_the_paper(model: BetaGeometric, one: History, time: float) -> None:
    """Held against the hypergeometric function of equation 10 as a plain series, which here converges fast."""
    z = time / (model.alpha + one.age + time)
    first, second = model.a + model.b - 1 - model.r, model.a - 1
    count = model.a + model.b + one.frequency - 1
    if abs(second) < 0.01 or count < 0.1 or z > 0.98:
        return  # where the formula as written cancels out, or takes very many terms
    terms, term = [1.0], 1.0
    for n in range(4000):
        term *= (first + n) * (second + n) / ((count + n) * (n + 1)) * z
        terms.append(term)
    paper = count / second * (1 - (1 - z) ** second * math.fsum(terms)) * alive_chances(model, [one])[0]
    (found,) = expected_purchases(model, [one], time)
    assert abs(found - paper) <= 1e-6 * max(1.0, paper)


@few
@given(st.builds(GammaGamma, p=POSITIVE, q=st.floats(1.05, 20.0), gamma=st.floats(0.1, 1e5)), clients())
def test_the_amount_to_expect_lies_between_the_own_mean_and_that_of_all(model: GammaGamma, one: History) -> None:
    (amount,) = expected_amounts(model, [one])
    assert amount is not None
    everybody = model.p * model.gamma / (model.q - 1)
    own = one.mean_amount or everybody
    assert min(own, everybody) * (1 - 1e-9) <= amount <= max(own, everybody) * (1 + 1e-9)


@few
@given(MODELS, clients(), st.floats(0.0, 1.0))
def test_an_interval_holds_its_value_and_goes_with_the_margin(
    model: BetaGeometric, one: History, margin: float
) -> None:
    (worth,) = lifetime_values(model, PAYING, [one], Outlook(margin=margin))
    (whole,) = lifetime_values(model, PAYING, [one])
    assert worth.value is not None
    assert worth.low is not None
    assert worth.high is not None
    assert 0 <= worth.low <= worth.value <= worth.high
    assert worth.value <= (whole.value or 0.0)


def test_lifetime_value_goes_against_the_discount_and_with_the_years() -> None:
    values = [
        sum(one.value or 0.0 for one in lifetime_values(BUYING, PAYING, SMALL, outlook))
        for outlook in (Outlook(discount=0.3), Outlook(), Outlook(discount=0.01), Outlook(years=6.0, discount=0.01))
    ]
    assert values == sorted(values)


def test_lifetime_value_is_the_sum_of_what_comes_week_by_week() -> None:
    (worth,) = lifetime_values(BUYING, PAYING, SMALL[2:3], Outlook(years=2.0, unit_days=7.0, discount=0.1, margin=0.2))
    (amount,) = expected_amounts(PAYING, SMALL[2:3])
    weeks = 2.0 * 365.25 / 7.0
    ends = [weeks * step / 100 for step in range(101)]
    orders = [expected_purchases(BUYING, SMALL[2:3], end)[0] for end in ends]
    summed = math.fsum(
        0.2 * (amount or 0.0) * (after - before) * 1.1 ** (-(step + 0.5) * 2.0 / 100)
        for step, (before, after) in enumerate(pairwise(orders))
    )
    assert worth.value is not None
    assert round(worth.value, 3) == round(summed, 3)


def test_no_clients_have_no_values() -> None:
    assert lifetime_values(BUYING, PAYING, []) == []
    assert lifetime_facts(BUYING, PAYING, []) == []


def test_a_mean_that_does_not_exist_is_none() -> None:
    heavy = GammaGamma(p=1.0, q=0.8, gamma=10.0)
    once = History(account_id="c", frequency=0, recency=0.0, age=10.0)
    assert expected_amounts(heavy, [once]) == [None]
    assert lifetime_values(BUYING, heavy, [once])[0].value is None


def test_what_is_hidden_in_invented_clients_is_found_again() -> None:
    """1,500 clients drawn from the model itself: the parameters come back, and so does the order of the clients."""
    pl = pytest.importorskip("polars")
    chance = Random(11)
    seen, truth = [], []
    for number in range(1500):
        rate, leaving = chance.gammavariate(0.8, 1 / 6.0), chance.betavariate(0.9, 3.0)
        age, last, often, there = chance.uniform(30.0, 60.0), 0.0, 0, True
        while there and (then := last + chance.expovariate(rate)) <= age:
            last, often, there = then, often + 1, chance.random() >= leaving
        seen.append(History(account_id=f"c{number}", frequency=often, recency=last, age=age))
        truth.append(-math.expm1(-rate * leaving * 52.0) / leaving if there else 0.0)
    model = fit_bgnbd(seen)
    assert 0.65 < model.r < 0.95
    assert 4.5 < model.alpha < 7.5
    assert 0.6 < model.a < 1.4
    assert 0.18 < model.a / (model.a + model.b) < 0.28  # the usual chance to leave is 0.23
    ahead = expected_purchases(model, seen, 52.0)
    frame = pl.DataFrame({"truth": truth, "ahead": ahead})
    assert frame.select(pl.corr("truth", "ahead", method="spearman")).item() > 0.5
    assert 0.9 < sum(ahead) / sum(truth) < 1.1


def refused(histories: Sequence[History]) -> list[str]:
    with pytest.raises(FactError) as error:
        fit_bgnbd(histories)
    return [str(problem) for problem in error.value.problems]


def test_histories_that_can_not_be_are_named_all_at_once() -> None:
    right = History(account_id="a", frequency=1, recency=2.0, age=4.0)
    wrong = [
        attrs.evolve(right, account_id="b", recency=5.0),
        attrs.evolve(right, account_id="c", frequency=-1),
        attrs.evolve(right, account_id="d", frequency=0),
        attrs.evolve(right, account_id="e", age=math.nan),
        attrs.evolve(right, account_id="f", mean_amount=0.0),
        right,
    ]
    assert refused([right, *wrong]) == [
        "CC603 history 2 (`b`): recency 5 does not lie between 0 and the age 4",
        "CC603 history 3 (`c`): frequency -1 is no count of orders; a whole number, 0 or more",
        "CC603 history 3 (`c`): frequency -1 and recency 2 do not fit; both are 0, or neither",
        "CC603 history 4 (`d`): frequency 0 and recency 2 do not fit; both are 0, or neither",
        "CC602 history 5 (`e`): `age` is `nan`; a number",
        "CC603 history 6 (`f`): mean amount 0.0 is not above 0; leave it out where it is not known",
        "CC606 history 7 (`a`): history 1 is of the same client",
    ]


def test_what_has_no_top_is_said_so() -> None:
    once = [History(account_id=f"c{number}", frequency=0, recency=0.0, age=9.0) for number in range(40)]
    assert refused(once) == ["CC617 no best parameters for 40 clients: none of them ordered again; take a longer time"]
    alike = [History(account_id=f"c{number}", frequency=5, recency=9.0, age=10.0) for number in range(40)]
    (text,) = refused(alike)
    assert "`a` runs to 0, as if nobody ever left" in text or "`b` runs to infinity, as if nobody ever left" in text
    with pytest.raises(FactError, match="CC617 no best parameters for 0 clients"):
        fit_gamma_gamma(once)


def test_amounts_that_hang_together_with_frequency_are_warned_of() -> None:
    amounts = [5.0, 9.0, 30.0, 8.0, 4.0, 33.0, 60.0, 24.0, 31.0, 7.0, 12.0, None]
    turned = [attrs.evolve(one, mean_amount=amount) for one, amount in zip(SMALL, amounts, strict=True)]
    with pytest.warns(UserWarning, match=r"frequency and mean amount correlate at 0\.97; Gamma-Gamma takes it"):
        model = fit_gamma_gamma(turned)
    assert fit_gamma_gamma(turned, correlation_most=1.0) == model


def test_orders_that_can_not_be_are_named_all_at_once() -> None:
    rows = [
        {"account_id": "a", "ordered_on": date(2026, 1, 1), "amount": 5.0},
        {"account_id": "", "ordered_on": date(2026, 1, 1)},
        {"account_id": "a", "ordered_on": "2026-01-01"},
        {"account_id": "a", "ordered_on": date(2026, 1, 1), "amount": math.inf},
    ]
    with pytest.raises(FactError) as error:
        histories_of(rows, date(2026, 6, 30))
    assert [str(problem) for problem in error.value.problems] == [
        "CC602 order 2: `account_id` is ``; a text that names the client",
        "CC602 order 3: `ordered_on` is `2026-01-01`; a day",
        "CC602 order 4: `amount` is `inf`; a number, or nothing",
    ]


def test_what_is_later_or_cancelled_does_not_count() -> None:
    rows = [
        {"account_id": "a", "ordered_on": date(2026, 1, 1), "amount": 5.0},
        {"account_id": "a", "ordered_on": date(2026, 1, 8), "amount": 5.0},
        {"account_id": "a", "ordered_on": date(2026, 1, 8), "amount": 6.0},
        {"account_id": "a", "ordered_on": date(2026, 1, 15), "status": "cancelled"},
        {"account_id": "a", "ordered_on": date(2026, 2, 5), "amount": 5.0},
        {"account_id": "a"},
        {"account_id": "b", "ordered_on": date(2026, 1, 29)},
        {"account_id": "d", "ordered_on": date(2026, 1, 1), "amount": 5.0},
        {"account_id": "d", "ordered_on": date(2026, 1, 8)},
    ]
    assert histories_of(rows, date(2026, 1, 29)) == [
        History(account_id="a", frequency=1, recency=1.0, age=4.0, mean_amount=11.0),
        History(account_id="d", frequency=1, recency=1.0, age=4.0),
    ]


def test_an_outlook_that_can_not_be_is_refused() -> None:
    with pytest.raises(FactError) as error:
        lifetime_values(BUYING, PAYING, SMALL, Outlook(years=0, margin=2, level=1))
    assert [problem.code for problem in error.value.problems] == ["CC603"] * 3


def test_rules_read_what_was_fitted(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    day = date(2026, 6, 30)
    (tmp_path / "accounts.csv").write_text("id\na\nb\n", encoding="utf-8")
    (tmp_path / "contracts.csv").write_text("id,account_id,annual_value\n", encoding="utf-8")
    seen = [
        History(account_id="a", frequency=9, recency=20.0, age=60.0, mean_amount=50.0),
        History(account_id="b", frequency=9, recency=59.0, age=60.0, mean_amount=50.0),
    ]
    rows = lifetime_facts(BUYING, PAYING, seen, Outlook(margin=0.2))
    pl.DataFrame(rows).write_csv(tmp_path / "facts.csv")
    frame = cc.Engine().evaluate_book(cc.read_book(tmp_path), as_of=day, only=["voice.value"])
    assert frame["voice_value__likely_gone"].to_list() == [True, False]
    assert frame["voice_value_way"].to_list() == ["fitted", "fitted"]
    assert frame["voice_value_lifetime_value"].to_list() == [round(row["clv_fitted"], 9) for row in rows]
    alone = cc.Engine().evaluate({"id": "a"}, facts={k: v for k, v in rows[0].items() if k != "account_id"}, as_of=day)
    assert "voice.value/likely_gone" in alone.fired


WITHOUT = """
import sys
from datetime import date
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numpy", "scipy"):
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Absent())
import clientcore as cc
from clientcore_voice.comparing import ladder
from clientcore_voice.fifths import rfm_profile
from clientcore_voice.histories import histories_of
from clientcore_voice.purchases import fit_bgnbd
day = date(2026, 6, 30)
rows = [{"account_id": f"c{n}", "ordered_on": date(2026, 6, n + 1), "amount": 10.0 * n} for n in range(9)]
profile = rfm_profile(rows, day)
decision = cc.Engine(profiles=[profile], profile="rfm").evaluate(
    {"id": "c8", "orders": [{"id": "o", "ordered_on": "2026-06-09", "amount": 80.0}]}, as_of=day
)
assert decision.outcomes["voice.value.way"].value == "rfm"
assert decision.scores["voice.value.rfm"].value == 5.0, decision.scores["voice.value.rfm"]
assert ladder(["a"], [1.0], [2.0]).rungs == (("a",),)
try:
    fit_bgnbd(histories_of(rows, day))
except cc.MissingExtraError as error:
    print(error)
"""


def test_everything_else_works_without_numpy_and_scipy() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (
        "CC402 fitting lifetime value needs scipy: pip install 'clientcore[stats]'\n",
        "",
    )
