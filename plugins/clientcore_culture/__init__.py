"""Bundled plugin: ways of working on both sides, inductions, obligations, critical success factors, components."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_rulesets"]


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and functions of spectrum, service and relationship."""
    register(ruleset_folder("clientcore_culture"))
