"""The answer: Decision, Score, Finding and their parts; the same value from every executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

import attrs

from clientcore.errors import Problem


@attrs.frozen(kw_only=True)
class Contribution:
    """What one term brings to a score.

    For `sum` and `weighted_mean`: `points` is weight·value, and the points, divided and rounded, add up to the raw
    score. For the others `points` is the value of the factor; `decides` marks the deciding term of min and max.
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
        ci_low: Sampling error, where a model gives one; another thing than low and high.
        ci_high: Likewise.
        n: Sample size behind it, where a model gives one.
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
    n: int | None = None
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
    suppressed_by: tuple[str, ...] = ()


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
    """What a decision started from, so that the same day repeated starts there again."""

    as_of: date | None = None
    bands: Mapping[str, tuple[str | None, date | None, tuple[str, float] | None]] = attrs.field(factory=dict)
    states: Mapping[str, tuple[str | None, date | None]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Decision:
    """The answer for one subject at one day. Keys are full ids: scores `ruleset.score`, rules `ruleset/rule`.

    Args:
        subject: account, opportunity, workstream or organisation.
        subject_id: Its id.
        account_id: The account it belongs to; its own id for an account.
        as_of: The day; nothing learnt later was seen.
        rulesets: Ruleset id → (version, content hash).
        plugins: Plugin → version.
        scores: Score id → Score.
        outcomes: Table id → Outcome.
        states: Machine id → State.
        findings: By severity, then rule id.
        actions: By precedence, severity, id; at most one per group.
        fired: Rules that hold (and those with `on_unknown: match` that are unknown), by id.
        unknown: Rules whose condition is unknown, by id.
        suppressed: Rule → rules that suppress it.
        problems: What was wrong with the data or a plugin; evaluation never raises for these.
        base: What it started from.
    """

    subject: str
    subject_id: str
    account_id: str
    as_of: date
    rulesets: Mapping[str, tuple[str, str]]
    plugins: Mapping[str, str]
    scores: Mapping[str, Score]
    outcomes: Mapping[str, Outcome]
    states: Mapping[str, State]
    findings: tuple[Finding, ...]
    actions: tuple[RecommendedAction, ...]
    fired: tuple[str, ...]
    unknown: tuple[str, ...]
    suppressed: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...] = ()
    base: Base = attrs.field(factory=Base)
    _explain: Callable[[], Any] | None = attrs.field(default=None, eq=False, repr=False, alias="explain")
