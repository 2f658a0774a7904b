"""BG/NBD: how often clients order, and whether they still do, where no contract says so.

While a client is there it orders at a rate of its own, and after each order it leaves with a chance of its own.
Rates are Gamma distributed over clients, chances Beta distributed.

Source:
    Fader, Hardie, Lee 2005, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model,
    Marketing Science 24(2), equations 6 (likelihood) and 10 (orders to expect).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from clientcore.errors import FactError, Problem
from clientcore_voice.histories import History, checked
from clientcore_voice.numerics import climb, numerics

#: Parameter → what it says where it runs to 0, and where it runs to infinity.
_RUNS = {
    "r": ("hardly anybody ordered again", "all order at one rate"),
    "alpha": ("rates had no bound", "all order at one rate"),
    "a": ("nobody ever left", "all leave with one chance"),
    "b": ("all left at once", "nobody ever left, or all leave with one chance"),
}
#: Points of the mean over chances to leave: how far they reach, how densely they lie, and the least logarithm.
_REACH = 4.6
_STEP = 1.0 / 64.0
_LEAST = -300.0
#: How many clients are looked at together.
_TOGETHER = 32


@attrs.frozen(kw_only=True)
class BetaGeometric:
    """A fitted BG/NBD model.

    Args:
        r: Shape of the Gamma distribution of rates, above 0.
        alpha: Its rate, above 0, in the unit of time of the histories; r / alpha orders per unit are usual.
        a: First parameter of the Beta distribution of the chance to leave after an order, above 0.
        b: Second parameter, above 0; a / (a + b) is the usual chance.
        log_likelihood: Natural logarithm of the likelihood of the histories, without the constant of their counts.
        clients: How many clients it was fitted to.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = math.nan
    clients: int = 0


def fit_bgnbd(histories: Sequence[History]) -> BetaGeometric:
    """Return the BG/NBD model under which the histories are likeliest.

    Args:
        histories: One per client, all times in one unit; clients without a repeat order belong to them.

    Returns:
        The model, in the unit of time of the histories.

    Raises:
        FactError: A history can't be (CC602, CC603, CC606), or there are no best parameters for them, as where nobody
            ordered again (CC617).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> bought = [(2, 8.2), (1, 3.1), (8, 38.8), (1, 22.3), (1, 6.7), (8, 22.7), (13, 37.3), (7, 35.4), (6, 21.5)]
        >>> bought += [(1, 19.2), (2, 9.8), (0, 0.0)]
        >>> seen = [History(account_id=f"c{n}", frequency=x, recency=t, age=39.0) for n, (x, t) in enumerate(bought)]
        >>> model = fit_bgnbd(seen)
        >>> [round(value, 3) for value in (model.r, model.alpha, model.a, model.b)]
        [2.058, 12.093, 0.353, 0.892]
        >>> model.log_likelihood > log_likelihood(attrs.evolve(model, r=2 * model.r), seen)
        True

    Source:
        Fader, Hardie, Lee 2005, equation 6.
    """
    np, special = numerics()
    histories = checked(histories)
    if not any(one.frequency for one in histories):
        text = f"no best parameters for {len(histories)} clients: none of them ordered again"
        raise FactError(problems=[Problem("CC617", text, help="take a longer time")])
    scale = max(one.age for one in histories)
    x, t, age = _columns(np, histories, scale)
    top = climb(lambda logs: _likelihood(np, special, logs, x, t, age), _RUNS, len(histories))
    r, alpha, a, b = top.values
    return BetaGeometric(
        r=r,
        alpha=alpha * scale,
        a=a,
        b=b,
        log_likelihood=top.log_likelihood - float(x.sum()) * math.log(scale),
        clients=len(histories),
    )


def log_likelihood(model: BetaGeometric, histories: Sequence[History]) -> float:
    """Return the natural logarithm of the likelihood of histories under a model.

    Args:
        model: The model.
        histories: In the model's unit of time.

    Raises:
        FactError: A history can't be (CC602, CC603, CC606).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> model = BetaGeometric(r=1.0, alpha=1.0, a=1.0, b=1.0)
        >>> round(log_likelihood(model, [History(account_id="c", frequency=0, recency=0.0, age=1.0)]), 9)
        -0.693147181

    Source:
        Fader, Hardie, Lee 2005, equation 6.
    """
    np, special = numerics()
    x, t, age = _columns(np, checked(histories), 1.0)
    logs = np.log(np.array([model.r, model.alpha, model.a, model.b]))
    return _likelihood(np, special, logs, x, t, age)[0]


def _columns(np: Any, histories: Sequence[History], scale: float) -> tuple[Any, Any, Any]:
    x = np.array([float(one.frequency) for one in histories])
    t = np.array([one.recency for one in histories]) / scale
    age = np.array([one.age for one in histories]) / scale
    return x, t, age


def _likelihood(np: Any, special: Any, logs: Any, x: Any, t: Any, age: Any) -> tuple[float, Any]:
    """Return the log-likelihood and its slope in the logarithms of r, alpha, a and b."""
    r, alpha, a, b = np.exp(logs)
    there, psi = x > 0, special.digamma
    rest = np.where(there, b + x - 1.0, 1.0)
    stays = -(r + x) * np.log(alpha + age)
    left = np.where(there, np.log(a) - np.log(rest) - (r + x) * np.log(alpha + t), -np.inf)
    either = np.logaddexp(stays, left)
    value = (
        special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        + special.gammaln(a + b) + special.gammaln(b + x) - special.gammaln(b) - special.gammaln(a + b + x) + either
    ).sum()  # fmt: skip
    gone = np.exp(left - either)
    here = 1.0 - gone
    slope = np.array(
        [
            (psi(r + x) - psi(r) + np.log(alpha) - here * np.log(alpha + age) - gone * np.log(alpha + t)).sum(),
            (r / alpha - (r + x) * (here / (alpha + age) + gone / (alpha + t))).sum(),
            (psi(a + b) - psi(a + b + x) + gone / a).sum(),
            (psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - gone / rest).sum(),
        ]
    )
    return float(value), slope * np.exp(logs)


def alive_chances(model: BetaGeometric, histories: Sequence[History]) -> list[float]:
    """Return for each client the chance that it still orders, at the end of what is observed.

    The model lets a client leave after an order only, so a client without a repeat order has a chance of 1. That says
    nothing of the client; `lifetime_facts` leaves such a chance out.

    Args:
        model: The model.
        histories: In the model's unit of time.

    Returns:
        Chances from 0 to 1, in the order of the histories.

    Raises:
        FactError: A history can't be (CC602, CC603, CC606).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> model = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> bought = History(account_id="c", frequency=2, recency=30.43, age=38.86)
        >>> [round(chance, 4) for chance in alive_chances(model, [bought])]
        [0.7266]

    Source:
        Fader, Hardie, Lee 2005, from equation 10; what the denominator there comes to.
    """
    np, special = numerics()
    return [float(chance) for chance in _alive(np, special, model, *_columns(np, checked(histories), 1.0))]


def _alive(np: Any, special: Any, model: BetaGeometric, x: Any, t: Any, age: Any) -> Any:
    there = x > 0
    odds = np.log(model.a) - np.log(np.where(there, model.b + x - 1.0, 1.0))
    odds = odds + (model.r + x) * np.log((model.alpha + age) / (model.alpha + t))
    return np.where(there, special.expit(-odds), 1.0)


def expected_purchases(model: BetaGeometric, histories: Sequence[History], time: float) -> list[float]:
    """Return for each client how many orders to expect in the time to come.

    Args:
        model: The model.
        histories: In the model's unit of time.
        time: How far ahead, in the same unit, 0 or more.

    Returns:
        Orders to expect, 0 or more, in the order of the histories.

    Raises:
        FactError: A history or the time can't be (CC602, CC603, CC606).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> model = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> bought = History(account_id="c", frequency=2, recency=30.43, age=38.86)
        >>> [round(orders, 3) for orders in expected_purchases(model, [bought], 39.0)]
        [1.226]

    Source:
        Fader, Hardie, Lee 2005, equation 10, computed as the mean that it is.
    """
    np, special = numerics()
    if not (math.isfinite(time) and time >= 0):
        raise FactError(problems=[Problem("CC603", f"time {time} is not 0 or more")])
    columns = _columns(np, checked(histories), 1.0)
    return [float(orders) for orders in expected(np, special, model, *columns, np.array([time]))[:, 0]]


def expected(np: Any, special: Any, model: BetaGeometric, x: Any, t: Any, age: Any, times: Any) -> Any:
    """Return orders to expect of columns of histories: a row for each client, a column for each time ahead."""
    found = np.empty((len(x), len(times)))
    for start in range(0, len(x), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        found[some] = _if_there(np, special, model, x[some], age[some], times)
    return found * _alive(np, special, model, x, t, age)[:, None]


def _if_there(np: Any, special: Any, model: BetaGeometric, x: Any, age: Any, times: Any) -> Any:
    """Return orders to expect of clients that still order: a mean over rates, and over chances to leave.

    The mean over rates is a power; that over chances is a sum over points that lie evenly where the Beta distribution
    has its weight (trapezoids over the logit of the chance, stretched by sinh). The hypergeometric function of the
    paper's formula comes to the same, but scipy 1.17 gives infinity for it where a client ordered some hundred times.
    """
    last = (model.b + x)[:, None]
    middle = special.digamma(model.a) - special.digamma(last)
    spread = np.sqrt(special.polygamma(1, model.a) + special.polygamma(1, last))
    points = np.arange(-_REACH, _REACH + _STEP / 2, _STEP)
    logit = middle + spread * np.sinh(points)
    leave, stay = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
    weights = model.a * leave + last * stay + np.log(np.cosh(points))
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    chance = np.exp(np.maximum(leave, _LEAST))[:, :, None]
    ahead = (np.asarray(times) / (model.alpha + age)[:, None])[:, None, :]
    orders = -np.expm1(-(model.r + x)[:, None, None] * np.log1p(chance * ahead)) / chance
    return (weights[:, :, None] * orders).sum(axis=1)
