"""What a decision started from, as short JSON text: days as numbers, pairs as lists."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from clientcore.decision import Base


def base_text(base: Base) -> str:
    """Return what a decision started from as JSON text."""
    if base.as_of is None:
        return ""
    bands = {name: [band, _number(since), pending] for name, (band, since, pending) in base.bands.items()}
    states = {name: [state, _number(since)] for name, (state, since) in base.states.items()}
    told = [base.as_of.toordinal(), bands, states, dict(base.values)]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def base_from_text(text: str) -> Base:
    """Return what `base_text` wrote."""
    if not text:
        return Base()
    day, bands, states, values = json.loads(text)
    return Base(
        as_of=date.fromordinal(day),
        bands={name: (band, _day(since), _pair(pending)) for name, (band, since, pending) in bands.items()},
        states={name: (state, _day(since)) for name, (state, since) in states.items()},
        values={name: _tupled(value) for name, value in values.items()},
    )


def _number(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _day(number: int | None) -> date | None:
    return None if number is None else date.fromordinal(number)


def _pair(pending: Any) -> tuple[str, float] | None:
    return None if pending is None else (pending[0], pending[1])


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value
