"""Bundled plugin: what a plain CRM can say about an account on the first day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_rulesets"]


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register the ruleset that needs accounts, contacts, roles, opportunities, interactions and cases only."""
    register(ruleset_folder("clientcore_starter"))
