"""The command line: `clientcore COMMAND` and `python -m clientcore COMMAND`."""

from __future__ import annotations

from clientcore.cli.main import main

__all__ = ["main"]
