"""Bundled plugin: the supplier itself, whether client focus pays, what was done for it, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.catalog import Function
from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_functions", "clientcore_register_rulesets"]

FUNCTIONS = (
    Function(
        id="held_for",
        params=("since", "days"),
        body="as_of - since >= days ? 1.0 : (as_of - since) / days",
        doc="how far something has held since a day, as a share of so many days",
    ),
)


@hookimpl
def clientcore_register_functions(register: Callable[[Function], None]) -> None:
    """Register the functions that the rulesets of this plugin call."""
    for function in FUNCTIONS:
        register(function)


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read functions and positions of the spectrum."""
    register(ruleset_folder("clientcore_organisation"))
