"""Checked patterns as Python's `re` takes them."""

from __future__ import annotations

import re

from clientcore.expr.patterns import explicit_pattern


def python_pattern(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern; the checker has refused what is outside the subset.

    Example:
        >>> bool(python_pattern("^a.c$").search("abc"))
        True
    """
    return re.compile(explicit_pattern(pattern, end=r"\Z"))
