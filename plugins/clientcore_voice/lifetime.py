"""Lifetime value of clients without a contract, from both models, with an interval; and as facts for the rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from clientcore.errors import FactError, Problem
from clientcore_voice.amounts import GammaGamma, expected_amounts
from clientcore_voice.histories import History, checked
from clientcore_voice.numerics import numerics
from clientcore_voice.purchases import BetaGeometric, alive_chances, expected, expected_purchases

_YEAR = 365.25
#: Points in time at which orders to expect are looked at, for the discount; orders grow so smoothly that few do.
_NODES = 16
#: Points of the lattice by which the interval of one client is found, and how many clients are looked at together.
_POINTS = 1024
_TOGETHER = 128
#: Root of x^5 = x + 1; powers of its inverse spread points evenly over four dimensions.
_STEP = 1.1673039782614187


@attrs.frozen(kw_only=True)
class Outlook:
    """What is counted as lifetime value, and how.

    Args:
        years: How far ahead orders count, above 0.
        discount: Yearly rate by which later money counts less, day by day, above 0 and at most 10.
        margin: Share of the value of an order that is left, -1 to 1.
        unit_days: Days in one unit of time of the histories, above 0; 7 for weeks.
        level: Share of what may come of a client that lies in its interval, above 0 and below 1.
    """

    years: float = 3.0
    discount: float = 0.1
    margin: float = 1.0
    unit_days: float = 7.0
    level: float = 0.95


@attrs.frozen(kw_only=True)
class LifetimeValue:
    """The value to expect of one client, in the unit of money of the histories.

    Args:
        account_id: The client.
        value: Discounted margin to expect; None where no amount can be expected of it.
        low: Lower end of the interval; None likewise.
        high: Upper end, likewise.
    """

    account_id: str
    value: float | None
    low: float | None
    high: float | None


def lifetime_values(
    purchases: BetaGeometric, amounts: GammaGamma, histories: Sequence[History], outlook: Outlook | None = None
) -> list[LifetimeValue]:
    """Return the lifetime value of each client, with an interval.

    The interval is of what would be expected if the client's own rate of orders, chance to leave and mean amount were
    known, given what it did. It leaves out how single orders fall, and how well the parameters are known. It is taken
    from a fixed lattice of points, so the same input gives the same answer.

    Args:
        purchases: Model of how often clients order.
        amounts: Model of how much they order.
        histories: In the units of both models.
        outlook: What is counted, and how; None for three years at 10 %, without costs.

    Returns:
        One value per client, in the order of the histories; the interval always holds it.

    Raises:
        FactError: A history or a number of the outlook can't be (CC602, CC603, CC606).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> buying = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> paying = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> often = History(account_id="d", frequency=7, recency=29.43, age=38.86, mean_amount=73.74)
        >>> (one,) = lifetime_values(buying, paying, [often], Outlook(margin=0.2))
        >>> one.low < one.value < one.high
        True

    Source:
        Fader, Hardie, Lee 2005, equation 10; Fader, Hardie 2013, the conditional expectation. The interval is ours.
    """
    np, special = numerics()
    outlook = _checked(outlook or Outlook())
    ahead = outlook.years * _YEAR / outlook.unit_days
    rate = math.log1p(outlook.discount) * outlook.unit_days / _YEAR
    nodes, shares = special.roots_legendre(_NODES)
    times = np.append((nodes + 1.0) * ahead / 2.0, ahead)
    worth = np.append(rate * shares * ahead / 2.0, 1.0) * np.exp(-rate * times) * outlook.margin
    means = expected_amounts(amounts, histories)
    x, t, age = (np.array([float(getattr(one, name)) for one in histories]) for name in ("frequency", "recency", "age"))
    values = expected(np, special, purchases, x, t, age, times) @ worth
    spans = _spans(np, special, purchases, amounts, histories, outlook, (rate, ahead))
    return [
        _value(one.account_id, float(value), mean, *span)
        for one, value, mean, span in zip(histories, values, means, spans, strict=True)
    ]


def _value(account: str, orders: float, mean: float | None, low: float, high: float) -> LifetimeValue:
    if mean is None:
        return LifetimeValue(account_id=account, value=None, low=None, high=None)
    value = orders * mean
    return LifetimeValue(account_id=account, value=value, low=min(low, value), high=max(high, value))


def _spans(
    np: Any,
    special: Any,
    purchases: BetaGeometric,
    amounts: GammaGamma,
    histories: Sequence[History],
    outlook: Outlook,
    time: tuple[float, float],
) -> list[tuple[float, float]]:
    """Return for each client both ends of what its orders may be worth, over the points of the lattice.

    Of a client that still orders, rate and chance to leave are independent, Gamma and Beta, given what it did. Their
    quantiles hang on the count of orders alone, so clients with the same count are looked at together.
    """
    here, rates, leaving, paying = _lattice(np)
    alike: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(histories):
        alike.setdefault((one.frequency, one.frequency if one.mean_amount is not None else 0), []).append(place)
    found = [(0.0, 0.0)] * len(histories)
    cut = (1.0 - outlook.level) / 2.0
    alive = alive_chances(purchases, histories)
    for (count, known), places in alike.items():
        shape = special.gammaincinv(purchases.r + count, rates)
        leave = special.betaincinv(purchases.a, purchases.b + count, leaving)
        divisor = special.gammaincinv(amounts.p * known + amounts.q, paying)
        for start in range(0, len(places), _TOGETHER):
            some = places[start : start + _TOGETHER]
            ages, paid, chances = (
                np.array([[value] for value in column])
                for column in (
                    [histories[place].age for place in some],
                    [histories[place].mean_amount or 0.0 for place in some],
                    [alive[place] for place in some],
                )
            )
            orders = shape / (purchases.alpha + ages)
            fading = orders * leave + time[0]
            mean = amounts.p * (amounts.gamma + known * paid) / divisor
            drawn = (here < chances) * mean * orders * -np.expm1(-fading * time[1]) / fading * outlook.margin
            ends = np.quantile(drawn, (cut, 1.0 - cut), axis=1)
            for place, low, high in zip(some, *ends, strict=True):
                found[place] = (float(low), float(high))
    return found


def _lattice(np: Any) -> Any:
    steps = np.array([_STEP ** -(dimension + 1) for dimension in range(4)])
    return (0.5 + steps[:, None] * np.arange(1, _POINTS + 1)) % 1.0


def _checked(outlook: Outlook) -> Outlook:
    wrong = [
        Problem("CC603", f"`{name}` of the outlook is {value}; {right}")
        for name, value, holds, right in (
            ("years", outlook.years, 0 < outlook.years <= 100, "a number above 0, at most 100"),
            ("discount", outlook.discount, 0 < outlook.discount <= 10, "a number above 0, at most 10"),
            ("margin", outlook.margin, -1 <= outlook.margin <= 1, "a share from -1 to 1"),
            ("unit_days", outlook.unit_days, 0 < outlook.unit_days < math.inf, "a number above 0"),
            ("level", outlook.level, 0 < outlook.level < 1, "a share above 0 and below 1"),
        )
        if not holds
    ]
    if wrong:
        raise FactError(problems=wrong)
    return outlook


def lifetime_facts(
    purchases: BetaGeometric, amounts: GammaGamma, histories: Sequence[History], outlook: Outlook | None = None
) -> list[dict[str, Any]]:
    """Return what the ruleset `voice.value` takes as handed-in facts, a row for each client.

    Args:
        purchases: Model of how often clients order.
        amounts: Model of how much they order.
        histories: In the units of both models.
        outlook: What is counted, and how; `expected_purchases` are those of its years.

    Returns:
        Rows with `account_id`, `clv_fitted`, `clv_fitted_low`, `clv_fitted_high`, `expected_purchases` and `p_alive`: a
        table `facts` of a book. `p_alive` is None without a repeat order, of which the model can't tell anything.

    Raises:
        FactError: A history or a number of the outlook can't be (CC602, CC603, CC606).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> buying = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> paying = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> once = History(account_id="acme", frequency=0, recency=0.0, age=38.86)
        >>> (row,) = lifetime_facts(buying, paying, [once])
        >>> sorted(row), row["p_alive"]
        (['account_id', 'clv_fitted', 'clv_fitted_high', 'clv_fitted_low', 'expected_purchases', 'p_alive'], None)
    """
    outlook = _checked(outlook or Outlook())
    checked(histories)
    ahead = outlook.years * _YEAR / outlook.unit_days
    return [
        {
            "account_id": one.account_id,
            "clv_fitted": worth.value,
            "clv_fitted_low": worth.low,
            "clv_fitted_high": worth.high,
            "expected_purchases": orders,
            "p_alive": alive if one.frequency else None,
        }
        for one, worth, orders, alive in zip(
            histories,
            lifetime_values(purchases, amounts, histories, outlook),
            expected_purchases(purchases, histories, ahead),
            alive_chances(purchases, histories),
            strict=True,
        )
    ]
