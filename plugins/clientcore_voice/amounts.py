"""Gamma-Gamma: how much an order of a client is worth on the whole, where few were seen.

Values of one client's orders are Gamma distributed around its own mean, and the means over clients as the inverse of a
Gamma. The model holds where how much a client orders has nothing to do with how often; `correlation` says how far.

Source:
    Fader, Hardie 2013, The Gamma-Gamma Model of Monetary Value, note 025 of brucehardie.com.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import attrs

from clientcore.errors import FactError, Problem
from clientcore_voice.histories import History, checked
from clientcore_voice.numerics import climb, numerics

#: Parameter → what it says where it runs to 0, and where it runs to infinity.
_RUNS = {
    "p": ("orders of one client had no usual value", "all orders of a client were worth the same"),
    "q": ("clients had no usual value", "all clients order the same value"),
    "gamma": ("clients had no usual value", "all clients order the same value"),
}


@attrs.frozen(kw_only=True)
class GammaGamma:
    """A fitted Gamma-Gamma model.

    Args:
        p: Shape of the value of an order, above 0.
        q: Shape over clients, above 0; the mean over clients exists where it is above 1.
        gamma: Scale over clients, above 0, in the unit of money of the histories.
        log_likelihood: Natural logarithm of the likelihood of the mean amounts.
        clients: How many clients with a repeat order it was fitted to.
        correlation: Pearson correlation of frequency and mean amount of these clients, -1 to 1; the further it lies
            from 0, the less the model holds. None where all frequencies or amounts are alike.
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float = math.nan
    clients: int = 0
    correlation: float | None = None


def fit_gamma_gamma(histories: Sequence[History], *, correlation_most: float = 0.3) -> GammaGamma:
    """Return the Gamma-Gamma model under which the mean amounts are likeliest.

    It warns (`UserWarning`) where frequency and mean amount hang together, since the model takes it that they don't.

    Args:
        histories: One per client; those without a repeat order or a mean amount are passed over.
        correlation_most: Correlation, in either direction, that is taken without a warning, 0 to 1.

    Returns:
        The model, in the unit of money of the histories.

    Raises:
        FactError: A history can't be (CC602, CC603, CC606), or there are no best parameters for them (CC617).
        MissingExtraError: numpy or scipy is not installed (CC402).

    Example:
        >>> bought = [(2, 23), (1, 54), (8, 38), (1, 6), (1, 16), (8, 14), (13, 36), (7, 6), (6, 14), (1, 9), (2, 33)]
        >>> seen = [
        ...     History(account_id=f"c{n}", frequency=x, recency=9.0, age=39.0, mean_amount=float(m))
        ...     for n, (x, m) in enumerate(bought)
        ... ]
        >>> model = fit_gamma_gamma(seen)
        >>> [round(value, 2) for value in (model.p, model.q, model.gamma, model.correlation)]
        [6.11, 2.54, 6.32, 0.12]

    Source:
        Fader, Hardie 2013, the density of a mean of x orders.
    """
    np, special = numerics()
    seen = [one for one in checked(histories) if one.frequency and one.mean_amount is not None]
    if len(seen) < 3:
        text = f"no best parameters for {len(seen)} clients with a repeat order and an amount"
        raise FactError(problems=[Problem("CC617", text, help="three are the least, and hundreds are better")])
    amounts = np.array([float(one.mean_amount or 0.0) for one in seen])
    x, scale = np.array([float(one.frequency) for one in seen]), float(amounts.max())
    means = amounts / scale
    top = climb(lambda logs: _likelihood(np, special, logs, x, means), _RUNS, len(seen))
    p, q, gamma = top.values
    correlation = None if x.std() == 0 or means.std() == 0 else float(np.corrcoef(x, means)[0, 1])
    if correlation is not None and abs(correlation) > correlation_most:
        text = f"frequency and mean amount correlate at {correlation:.2f}; Gamma-Gamma takes it that they don't"
        warnings.warn(text, stacklevel=2)
    return GammaGamma(
        p=p,
        q=q,
        gamma=gamma * scale,
        log_likelihood=top.log_likelihood - len(seen) * math.log(scale),
        clients=len(seen),
        correlation=correlation,
    )


def _likelihood(np: Any, special: Any, logs: Any, x: Any, means: Any) -> tuple[float, Any]:
    """Return the log-likelihood and its slope in the logarithms of p, q and gamma."""
    p, q, gamma = np.exp(logs)
    psi, total = special.digamma, np.log(gamma + means * x)
    value = (
        special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * np.log(gamma)
        + (p * x - 1.0) * np.log(means) + p * x * np.log(x) - (p * x + q) * total
    ).sum()  # fmt: skip
    slope = np.array(
        [
            (x * (psi(p * x + q) - psi(p * x) + np.log(means) + np.log(x) - total)).sum(),
            (psi(p * x + q) - psi(q) + np.log(gamma) - total).sum(),
            (q / gamma - (p * x + q) / (gamma + means * x)).sum(),
        ]
    )
    return float(value), slope * np.exp(logs)


def expected_amounts(model: GammaGamma, histories: Sequence[History]) -> list[float | None]:
    """Return for each client the mean value of an order to expect: its own mean, drawn to that of all.

    Args:
        model: The model.
        histories: In the model's unit of money.

    Returns:
        Amounts, in the order of the histories; None where there is no mean to expect, as for a client without a repeat
        order under a model whose q is not above 1.

    Raises:
        FactError: A history can't be (CC602, CC603, CC606).

    Example:
        >>> model = GammaGamma(p=6.25, q=3.74, gamma=15.44)
        >>> once = History(account_id="c", frequency=0, recency=0.0, age=38.86)
        >>> often = History(account_id="d", frequency=7, recency=29.43, age=38.86, mean_amount=73.74)
        >>> [round(amount, 2) for amount in expected_amounts(model, [once, often])]
        [35.22, 71.47]

    Source:
        Fader, Hardie 2013, the conditional expectation.
    """
    found: list[float | None] = []
    for one in checked(histories):
        known = one.frequency if one.mean_amount is not None else 0
        divisor = model.p * known + model.q - 1.0
        total = model.p * (model.gamma + known * (one.mean_amount or 0.0))
        found.append(total / divisor if divisor > 0 else None)
    return found
