"""clientcore: an embeddable rules engine for B2B client relationships."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

__all__ = [
    "Account",
    "Book",
    "BookError",
    "ClientcoreError",
    "Decision",
    "Engine",
    "Event",
    "Fact",
    "FactError",
    "FactSpec",
    "Function",
    "MissingExtraError",
    "PluginError",
    "Problem",
    "RulesetError",
    "SessionError",
    "UnsupportedError",
    "hookimpl",
    "read_answers",
    "read_book",
]

if TYPE_CHECKING:
    from clientcore.answers import read_answers
    from clientcore.book import Book, read_book
    from clientcore.catalog import FactSpec, Function
    from clientcore.decision import Decision
    from clientcore.engine import Engine
    from clientcore.entities import Account, Fact
    from clientcore.errors import (
        BookError,
        ClientcoreError,
        FactError,
        MissingExtraError,
        PluginError,
        Problem,
        RulesetError,
        SessionError,
        UnsupportedError,
    )
    from clientcore.hooks import hookimpl
    from clientcore.session import Event

# a library writes nowhere until its program says where
logging.getLogger(__name__).addHandler(logging.NullHandler())

_WHERE = {
    "Account": "entities",
    "Book": "book",
    "Decision": "decision",
    "Engine": "engine",
    "Event": "session",
    "Fact": "entities",
    "FactSpec": "catalog",
    "Function": "catalog",
    "hookimpl": "hooks",
    "read_answers": "answers",
    "read_book": "book",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that importing clientcore stays cheap."""
    import importlib

    if name == "__version__":
        from importlib.metadata import version

        return version("clientcore")
    if name not in __all__:
        message = f"module 'clientcore' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"clientcore.{_WHERE.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
