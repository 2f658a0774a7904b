"""A fact that the caller hands in, with where it comes from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import attrs

from clientcore.entities.fields import BARE_SOURCE


@attrs.frozen
class Fact:
    """A fact handed in by the caller; a bare value means `Fact(value)`.

    What does not fit is a problem of the decision (CC602), as it is of a value, and counts as not given.

    Args:
        value: The value, of the kind that the fact is declared with; None is the same as not handed in.
        source: One of `SOURCES`.
        observed_at: When it was observed; the day of the decision where absent.
        n: How many observations stand behind it: a whole number, 0 or more.
        assessed_by_role: Role of the person who judged it.
        applicable: False where the question does not apply to this subject; the value is then not read.

    Example:
        >>> Fact(30.0, source="client_stated", n=5).source
        'client_stated'
    """

    value: Any
    source: str = BARE_SOURCE
    observed_at: date | datetime | None = None
    n: int | None = None
    assessed_by_role: str | None = None
    applicable: bool = True
