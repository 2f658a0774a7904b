"""The decision before, in the form that the generated function reads (SEMANTICS 19, 21, 22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from clientcore.decision import Base, Decision
from clientcore.errors import FactError
from clientcore.intake.values import describe


@attrs.frozen
class History:
    """What a decision starts from.

    Args:
        bands: Score id → (last known band, since as day ordinal, pending).
        states: Machine id → (state, since as day ordinal).
        days: Days from the decision before to this one.
    """

    bands: Mapping[str, tuple[str | None, int | None, tuple[str, float] | None]]
    states: Mapping[str, tuple[str | None, int | None]]
    days: float


#: What a decision without one before it starts from.
NO_BASE = Base()


def base_of(previous: Decision | Base | None, as_of: date, whose: tuple[str, str] = ("", "")) -> Base:
    """Return what a decision at `as_of` starts from; a decision of the same day hands on its own base.

    Args:
        previous: The decision before, or what it comes to.
        as_of: The day.
        whose: Kind and id of the subject that is decided; an empty id is not held against the decision before.

    Raises:
        FactError: The decision before is none, of a later day, or about another subject (CC403).
    """
    if previous is None:
        return NO_BASE
    if isinstance(previous, Base):
        return previous
    if not isinstance(previous, Decision):
        raise FactError(f"CC403 `previous` is {describe(previous)}; give the decision before")
    if previous.as_of > as_of:
        raise FactError(f"CC403 `previous` is of {previous.as_of}, later than {as_of}; give the decision before")
    before = (previous.subject, previous.subject_id)
    if all((*whose, *before)) and before != whose:
        told = f"CC403 `previous` is about {before[0]} `{before[1]}`, and this is {whose[0]} `{whose[1]}`"
        raise FactError(f"{told}; give the decision before about the same subject")
    if previous.as_of == as_of:
        return previous.base
    return Base(
        as_of=previous.as_of,
        bands={
            name: (score.last_band, score.since, score.pending)
            for name, score in previous.scores.items()
            if score.last_band is not None or score.pending is not None
        },
        states={name: (state.value, state.since) for name, state in previous.states.items()},
        values=dict(_values(previous)),
    )


def history_of(base: Base, as_of: date) -> History | None:
    """Return the history for the generated function; None without a decision before."""
    if base.as_of is None:
        return None
    return History(
        bands={name: (band, _ordinal(since), pending) for name, (band, since, pending) in base.bands.items()},
        states={name: (state, _ordinal(since)) for name, (state, since) in base.states.items()},
        days=float((as_of - base.as_of).days),
    )


def previous_values(base: Base, wanted: tuple[tuple[str, str, str, str], ...]) -> dict[tuple[str, ...], Any] | None:
    """Return what `previous.…` reads, by the value of its node; None without a decision before."""
    if base.as_of is None:
        return None
    found: dict[tuple[str, ...], Any] = {}
    for key in wanted:
        value = base.values.get(_text(key))
        if value is not None:
            found[key] = value
    return found


def _values(decision: Decision) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, score in decision.scores.items():
        parts = {"value": score.value, "low": score.low, "high": score.high}
        parts |= {"band": score.band, "coverage": score.coverage}  # type: ignore[dict-item]
        found += [(f"{name}.score.{part}", value) for part, value in parts.items() if value is not None]
    found += [(f"{name}.outcome.", outcome.value) for name, outcome in decision.outcomes.items()]
    found += [(f"{name}.state.", state.value) for name, state in decision.states.items()]
    return [(name, value) for name, value in found if value is not None]


def _text(key: tuple[str, str, str, str]) -> str:
    what, ruleset, name, part = key
    return f"{ruleset}.{name}.{what}.{part}"


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
