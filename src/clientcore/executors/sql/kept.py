"""Statements that were written once: the same one serves every day, with the day put in."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from threading import Lock

import attrs

from clientcore.executors.sql.dialects import Dialect
from clientcore.executors.sql.given import EPOCH
from clientcore.executors.sql.scalars import some_day
from clientcore.executors.sql.words import constant

#: A statement of everything that is bundled has some megabytes.
_MOST = 8


@attrs.define(eq=False)
class Statements:
    """The statements of one engine, the one that was asked for last at the end.

    What a statement depends on is its key; threads that ask for a new one at once each write it.
    """

    _texts: dict[Hashable, str] = attrs.field(factory=dict)
    _lock: Lock = attrs.field(factory=Lock)

    def of(self, key: Hashable, write: Callable[[], str], dialect: Dialect, as_of: date) -> str:
        """Return a statement for a day.

        Args:
            key: All that it depends on but the day.
            write: Writes it for some day.
            dialect: The database.
            as_of: The day.
        """
        with self._lock:
            text = self._texts.pop(key, None)
        if text is None:
            text = write()
        with self._lock:
            self._texts[key] = text
            while len(self._texts) > _MOST:
                del self._texts[next(iter(self._texts))]
        day = constant((as_of - EPOCH).days, "integer")
        return text.replace(some_day().sql(dialect=dialect.name), day.sql(dialect=dialect.name))
