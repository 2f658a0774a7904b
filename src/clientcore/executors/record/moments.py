"""Days and instants in internal form: day ordinals and whole microseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(micros: int) -> datetime:
    """Return the UTC time of whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def day(ordinal: float) -> date:
    """Return the day of an ordinal."""
    return date.fromordinal(int(ordinal))
