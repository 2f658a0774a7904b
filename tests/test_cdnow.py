"""The estimates of BG/NBD and Gamma-Gamma that were published for the CDNOW sample."""

from __future__ import annotations

import csv
import importlib.util
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from clientcore_voice.amounts import fit_gamma_gamma
from clientcore_voice.histories import History, histories_of
from clientcore_voice.purchases import BetaGeometric, expected_purchases, fit_bgnbd, log_likelihood

pytest.importorskip("scipy", reason="lifetime value is fitted with numpy and scipy: pip install 'clientcore[stats]'")


def cdnow(name: str) -> Path:
    """Return a file of the CDNOW sample, which the package `lifetimes` carries; it is not imported."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the CDNOW sample comes with the package lifetimes: pip install lifetimes")
    return Path(found.origin).parent / "datasets" / name


@pytest.fixture(scope="module")
def orders() -> list[dict[str, Any]]:
    rows = []
    for line in cdnow("CDNOW_sample.txt").read_text(encoding="ascii").splitlines():
        _, client, day, _, amount = line.split()
        rows.append(
            {
                "account_id": client,
                "ordered_on": date(int(day[:4]), int(day[4:6]), int(day[6:])),
                "amount": float(amount),
            }
        )
    return rows


@pytest.fixture(scope="module")
def histories(orders: list[dict[str, Any]]) -> list[History]:
    return histories_of(orders, date(1997, 9, 30))


def test_histories_are_those_that_were_published(orders: list[dict[str, Any]], histories: list[History]) -> None:
    assert (len(orders), len(histories)) == (6919, 2357)
    with cdnow("cdnow_customers_summary.csv").open(encoding="ascii") as file:
        published = [(int(row["frequency"]), float(row["recency"]), float(row["T"])) for row in csv.DictReader(file)]
    assert [(one.frequency, round(one.recency, 2), round(one.age, 2)) for one in histories] == published


def test_bgnbd_gives_the_published_estimates(histories: list[History]) -> None:
    model = fit_bgnbd(histories)
    assert [round(value, 3) for value in (model.r, model.alpha, model.a, model.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood, 1) == -9582.4
    assert round(log_likelihood(model, histories), 6) == round(model.log_likelihood, 6)


def test_gamma_gamma_gives_the_published_estimates(histories: list[History]) -> None:
    model = fit_gamma_gamma(histories)
    assert [round(value, 2) for value in (model.p, model.q, model.gamma)] == [6.25, 3.74, 15.44]
    assert (model.clients, round(model.correlation or 0.0, 2)) == (946, 0.11)


def test_a_client_of_the_paper() -> None:
    published = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
    bought = History(account_id="0001", frequency=2, recency=30.43, age=38.86)
    assert [round(orders, 3) for orders in expected_purchases(published, [bought], 39.0)] == [1.226]


def test_no_likelier_parameters_lie_around(histories: list[History]) -> None:
    some = histories[::8]
    model = fit_bgnbd(some)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.9, 0.999, 1.001, 1.1):
            near = attrs.evolve(model, **{name: getattr(model, name) * factor})
            assert log_likelihood(near, some) < model.log_likelihood
