"""Bundled plugin: trouble that several events tell together, and on request what did not come and what came again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_rulesets"]


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read functions of the spectrum."""
    register(ruleset_folder("clientcore_signals"))
