"""The parts of a decision: scores, outcomes, states, findings, actions, and what it started from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import attrs


def fixed(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a mapping that nobody who holds the decision can write into."""
    return MappingProxyType(given) if isinstance(given, dict) else given


@attrs.frozen(kw_only=True)
class Contribution:
    """What one term brings to a score.

    For `sum` and `weighted_mean`: `points` is weight·value, and the points, divided and rounded, add up to the raw
    score. For the others `points` is the value of the factor; `decides` marks the deciding term of min and max,
    where none that is missing may decide instead.
    """

    term: str
    value: float | None
    low: float
    high: float
    weight: float | None
    points: float | None
    state: Literal["known", "missing", "not_applicable"]
    decides: bool = False


@attrs.frozen(kw_only=True)
class Adjustment:
    """A cap, veto or gate (or the rounding) as before → after."""

    kind: Literal["cap", "veto", "gate", "rounding"]
    at: float
    holds: bool | None
    before: float | None
    after: float | None
    because: str = ""


@attrs.frozen(kw_only=True)
class Score:
    """A score as an interval that holds its value for every completion of the missing facts.

    Args:
        value: The score where it is exact (low == high after limits), else None.
        known_value: Over what is known only; may lie outside [low, high]; None where nothing is known.
        low: Least possible value, after limits.
        high: Greatest possible value, after limits.
        ci_low: Least that so few observations leave open of an exact value, where the score declares its `sampling`;
            another thing than low and high, which are about what is missing.
        ci_high: The greatest of the same.
        n: How many observations stand behind it; the three are there together or not at all.
        band: The band, where it is known.
        bands_possible: Every band that [low, high] touches.
        coverage: Share of the weight that is known, 0 to 1.
        state: `known`, `partial` (an interval), or `not_applicable`.
        since: Day since which the band has held.
        pending: (band, days) that another band has lasted, where hysteresis counts.
        last_band: The last known band.
    """

    value: float | None
    known_value: float | None
    low: float | None
    high: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n: float | None = None
    band: str | None = None
    bands_possible: tuple[str, ...] = ()
    coverage: float = 0.0
    state: Literal["known", "partial", "not_applicable"] = "partial"
    since: date | None = None
    pending: tuple[str, float] | None = None
    last_band: str | None = None


@attrs.frozen(kw_only=True)
class Outcome:
    """What a table says: the value where it is known, else what is possible (`CONFLICT` and None included)."""

    value: Any
    possible: tuple[Any, ...] = ()
    rows: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    conflict: bool = False


@attrs.frozen(kw_only=True)
class State:
    """Where a state machine stands."""

    value: str | None
    possible: tuple[str, ...] = ()
    since: date | None = None
    cycle: bool = False


@attrs.frozen(kw_only=True)
class Finding:
    """What a fired rule reports (`review`: its condition is unknown and it asks to look)."""

    rule: str
    severity: str
    precedence: str
    actions: tuple[str, ...] = ()
    review: bool = False


@attrs.frozen(kw_only=True)
class Signal:
    """A signal that event patterns raise and none clears; `sure` is False where one of them is unknown."""

    id: str
    patterns: tuple[str, ...]
    sure: bool = True


@attrs.frozen(kw_only=True)
class RecommendedAction:
    """A recommended action, after suppression and one per group; never an order."""

    id: str
    title: str
    rules: tuple[str, ...]
    severity: str
    precedence: str
    confidence: float = 1.0
    group: str = ""
    owner_role: str = ""
    due_days: int | None = None
    audience: str = "internal"


@attrs.frozen(kw_only=True)
class Base:
    """What a decision started from, so that the same day repeated starts there again.

    Args:
        as_of: Day of the decision before; None without one.
        bands: Score id → (last known band, since, pending).
        states: Machine id → (state, since).
        values: What rulesets read through `previous.`, by its text, for example `trust.reliability.score.value`.
    """

    as_of: date | None = None
    bands: Mapping[str, tuple[str | None, date | None, tuple[str, float] | None]] = attrs.field(
        factory=dict, converter=fixed
    )
    states: Mapping[str, tuple[str | None, date | None]] = attrs.field(factory=dict, converter=fixed)
    values: Mapping[str, Any] = attrs.field(factory=dict, converter=fixed)

    def __reduce__(self) -> tuple[Any, ...]:
        # what fixes a mapping can't be pickled
        return _base, (self.as_of, dict(self.bands), dict(self.states), dict(self.values))


def _base(as_of: date | None, bands: dict[str, Any], states: dict[str, Any], values: dict[str, Any]) -> Base:
    return Base(as_of=as_of, bands=bands, states=states, values=values)
