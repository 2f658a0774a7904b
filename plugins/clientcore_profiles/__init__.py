"""Bundled plugin: profiles for three kinds of business, which hold only where they are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl

__all__ = ["clientcore_register_profiles"]


@hookimpl
def clientcore_register_profiles(register: Callable[[Path], None]) -> None:
    """Register every file of the folder `profiles` of this package."""
    register(Path(__file__).parent / "profiles")
