"""Bundled plugin: trust by what was delivered, and whether the client names us a partner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.hooks import hookimpl, ruleset_folder
from clientcore_trust.equation import TrustEquation

if TYPE_CHECKING:
    from clientcore.catalog import ScoringModel

__all__ = ["clientcore_register_models", "clientcore_register_rulesets"]


@hookimpl
def clientcore_register_models(register: Callable[[ScoringModel], None]) -> None:
    """Register the trust equation."""
    register(TrustEquation())


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and functions of the spectrum."""
    register(ruleset_folder("clientcore_trust"))
