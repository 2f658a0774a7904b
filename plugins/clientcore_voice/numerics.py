"""numpy and scipy, imported when something is fitted and not before; and the search for the best parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from clientcore.errors import FactError, Problem, missing_extra

#: Bounds of the logarithm of a parameter, in the scale in which the greatest time or amount is 1.
_EDGE = 14.0
#: Starts of the search, as logarithms; the first is moderate in all, the others lie around it.
_STARTS = ((0.0, 0.0, 0.0, 0.0), (-1.5, -2.0, -0.5, 1.0), (1.0, -1.0, 1.0, -1.0))
#: Further out than this a parameter runs away.
_FAR = 11.0
#: Greatest slope per client that still is the top.
_FLAT = 1e-7
#: Steps of polishing at the most, and how far apart slopes are taken for it.
_STEPS = 30
_NUDGE = 1e-5

Likelihood = Callable[[Any], tuple[float, Any]]


def numerics() -> tuple[Any, Any]:
    """Return numpy and `scipy.special`.

    Raises:
        MissingExtraError: numpy or scipy is not installed (CC402).
    """
    try:
        import numpy as np
        from scipy import special
    except ImportError as error:
        raise missing_extra("scipy", "stats", "fitting lifetime value") from error
    return np, special


@attrs.frozen
class Top:
    """The parameters under which the data are likeliest, and the logarithm of that likelihood."""

    values: tuple[float, ...]
    log_likelihood: float


def climb(likelihood: Likelihood, names: Mapping[str, tuple[str, str]], clients: int) -> Top:
    """Return the parameters, all above 0, under which the data are likeliest.

    Args:
        likelihood: Logarithms of the parameters → log-likelihood and its slope in each of them.
        names: Each parameter → what it says of the clients when it runs to 0, and when it runs to infinity.
        clients: How many clients the data are of.

    Raises:
        FactError: The likelihood has no top within reach (CC617); the text says which parameter runs away.
    """
    np, _ = numerics()
    from scipy import optimize

    def descent(logs: Any) -> tuple[float, Any]:
        value, slope = likelihood(logs)
        return -value / clients, -np.asarray(slope) / clients

    found = [
        optimize.minimize(
            descent,
            np.array(start[: len(names)]),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_EDGE, _EDGE)] * len(names),
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9},
        )
        for start in _STARTS
    ]
    best = min(found, key=lambda one: float(one.fun) if math.isfinite(one.fun) else math.inf)
    logs = _polished(np, descent, best.x)
    away = [
        f"`{name}` runs to {'0' if at < 0 else 'infinity'}, as if {says[int(at > 0)]}"
        for (name, says), at in zip(names.items(), logs, strict=True)
        if abs(at) > _FAR
    ]
    value, slope = descent(logs)
    steepest = float(np.max(np.abs(slope)))
    if away or not steepest <= _FLAT:
        said = ", ".join(away) or f"the search ends on a slope of {steepest:.2g}"
        help_text = "take more clients or a longer time; the fifths of `voice.value` need no fit"
        raise FactError(
            problems=[Problem("CC617", f"no best parameters for {clients} clients: {said}", help=help_text)]
        )
    return Top(tuple(float(np.exp(at)) for at in logs), -value * clients)


def _polished(np: Any, descent: Callable[[Any], tuple[float, Any]], logs: Any) -> Any:
    """Return the point after Newton's steps on the slope, each taken only where it makes the slope flatter."""
    value, slope = descent(logs)
    for _ in range(_STEPS):
        curves = np.array(
            [(descent(logs + _NUDGE * e)[1] - descent(logs - _NUDGE * e)[1]) / (2 * _NUDGE) for e in np.eye(len(logs))]
        )
        if not np.all(np.isfinite(curves)):
            break
        step = np.linalg.lstsq(curves, slope, rcond=None)[0]
        after = logs - step
        next_value, next_slope = descent(after) if np.max(np.abs(after)) <= _EDGE else (math.inf, slope)
        if not (next_value <= value + 1e-12 and np.max(np.abs(next_slope)) < np.max(np.abs(slope))):
            break
        logs, value, slope = after, next_value, next_slope
    return logs
