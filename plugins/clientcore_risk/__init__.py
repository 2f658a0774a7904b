"""Bundled plugin: the register of risks, early warnings, contradictions between sources, quality of the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.catalog import Function
from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_functions", "clientcore_register_rulesets"]

FUNCTIONS = (
    Function(
        id="differ",
        params=("score", "low", "high", "other", "most"),
        body=(
            "other < low - most || other > high + most"
            " || ((other > low + most || other < high - most) && abs(score - other) > most)"
        ),
        doc="whether a score lies more than so far from a number; known as soon as its whole interval says the same",
    ),
    Function(
        id="may_run",
        params=("k",),
        body=(
            "!(has(k.status) && k.status in ['draft', 'expired', 'terminated']) && !has(k.terminated_on)"
            " && !(has(k.ends_on) && k.ends_on < as_of && !(has(k.auto_renew) && k.auto_renew))"
        ),
        doc="whether a contract may still run: no draft, not over, and not past its end unless it renews itself",
    ),
)


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and scores of the other bundled plugins."""
    register(ruleset_folder("clientcore_risk"))
