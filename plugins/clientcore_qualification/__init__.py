"""Bundled plugin: which opportunities are worth the effort, by what is evidenced and by the history with the client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl, ruleset_folder

__all__ = ["clientcore_register_rulesets"]


@hookimpl
def clientcore_register_rulesets(register: Callable[[Path], None]) -> None:
    """Register every ruleset of this plugin; they read facts and functions of spectrum and trust."""
    register(ruleset_folder("clientcore_qualification"))
