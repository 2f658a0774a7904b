"""Bundled plugin: trust by what was delivered, and whether the client names us a partner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.catalog import Function
from clientcore.hooks import hookimpl, ruleset_folder
from clientcore_trust.equation import TrustEquation

if TYPE_CHECKING:
    from clientcore.catalog import ScoringModel

__all__ = ["clientcore_register_functions", "clientcore_register_models", "clientcore_register_rulesets"]

FUNCTIONS = (
    Function(
        id="promise_followed",
        params=("c", "days"),
        body="c.client_visible && (was_kept(c) || within_days(c.status_updated_on, days))",
        doc="whether the client can follow a promise: it sees it, and what it sees is fresh while the promise is open",
    ),
    Function(
        id="promise_watched",
        params=("c", "made", "days"),
        body=(
            "within_days(c.made_on, made) && !was_declined(c) && has(c.client_visible)"
            " && (has(c.plan_completeness) || !promise_followed(c, days))"
        ),
        doc="whether of a promise made in the last days it is noted that the client can follow it, and how complete "
        "the plan is where it can",
    ),
    # Quantiles of a Beta distribution by its first three moments (Cornish and Fisher 1938), which takes a root and no
    # more: within 0.033 of the exact ones for the uniform prior and 95 %.
    Function(
        id="beta_variance",
        params=("mean", "size"),
        body="mean * (1.0 - mean) / (size + 1.0)",
        doc="variance of a Beta distribution of that mean and size, the sum of its two parameters",
    ),
    Function(
        id="beta_skew",
        params=("well", "badly", "z"),
        body="(z * z - 1.0) * (badly - well) / (3.0 * (well + badly) * (well + badly + 2.0))",
        doc="how far both ends of the interval of a Beta distribution move, since it leans to one side",
    ),
    Function(
        id="beta_low",
        params=("mean", "skew", "margin", "seen"),
        body=(
            "mean + skew - margin < 0.0 ? 0.0"
            " : (mean + skew - margin < mean ? (mean + skew - margin < seen ? mean + skew - margin : seen)"
            " : (mean < seen ? mean : seen))"
        ),
        doc="lower end of the interval of a Beta distribution, at most its mean and what was seen",
    ),
    Function(
        id="beta_high",
        params=("mean", "skew", "margin", "seen"),
        body=(
            "mean + skew + margin > 1.0 ? 1.0"
            " : (mean + skew + margin > mean ? (mean + skew + margin > seen ? mean + skew + margin : seen)"
            " : (mean > seen ? mean : seen))"
        ),
        doc="upper end of the same, at least its mean and what was seen",
    ),
)


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_models(register: Callable[[ScoringModel], None]) -> None:
    """Register the trust equation."""
    register(TrustEquation())


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and functions of the spectrum."""
    register(ruleset_folder("clientcore_trust"))
