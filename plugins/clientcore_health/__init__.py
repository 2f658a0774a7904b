"""Bundled plugin: the whole account at one look, where somebody asks for it: one figure, scorecard, SWOT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_rulesets"]


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read scores and rules of the other bundled plugins."""
    register(ruleset_folder("clientcore_health"))
