"""Bundled plugin: mapping files for the tables of other systems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientcore.hooks import hookimpl

__all__ = ["clientcore_register_mappings"]


@hookimpl
def clientcore_register_mappings(register: Callable[[Path], None]) -> None:
    """Register every file of the folder `mappings` of this package."""
    for file in sorted((Path(__file__).parent / "mappings").glob("*.yaml")):
        register(file)
