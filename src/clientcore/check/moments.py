"""The literals of days and instants."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from clientcore.expr import DAY, INSTANT, Kind

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


def day_literal(text: str) -> tuple[date | None, Kind]:
    """Return the day that a text such as `2026-01-31` names, None if it names none.

    Example:
        >>> day_literal("2026-02-30")[0] is None
        True
    """
    try:
        return (date.fromisoformat(text) if _DAY.fullmatch(text) else None), DAY
    except ValueError:
        return None, DAY


def instant_literal(text: str) -> tuple[datetime | None, Kind]:
    """Return the instant, in UTC, that a text such as `2026-01-31T09:30:00Z` names, None if it names none."""
    if not _INSTANT.fullmatch(text):
        return None, INSTANT
    whole, _, fraction = text[:-1].partition(".")
    try:
        return datetime.fromisoformat(f"{whole}.{fraction or '0':0<6}").replace(tzinfo=UTC), INSTANT
    except ValueError:
        return None, INSTANT
