"""Scores: terms, limits, bands, and where their sampling error comes from."""

from __future__ import annotations

from typing import Literal

import attrs

from clientcore.ruleset.formula import Aggregate, Basis, Formula


@attrs.frozen(kw_only=True)
class Term:
    """One part of a score; a missing term has exactly `range`."""

    id: str
    value: Formula
    range: tuple[float, float]
    weight: Formula | None = None
    monotone: Literal["up", "down"] | None = None
    applies_when: Formula | None = None
    doc: str = ""
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class Limit:
    """A cap (`when` true: at most `at`), a veto (likewise), or a gate (`requires` not true: at most `at`)."""

    kind: Literal["cap", "veto", "gate"]
    condition: Formula
    at: Formula
    because: str = ""


@attrs.frozen(kw_only=True)
class Band:
    """A named interval of a score, from the edge of the band before it up to `below` (None: the last)."""

    id: str
    below: Formula | None = None
    title: str = ""


@attrs.frozen(kw_only=True)
class Hysteresis:
    """How a band or machine holds on: a margin in points, and days that a new band must last."""

    margin: Formula | None = None
    dwell_days: Formula | None = None


@attrs.frozen(kw_only=True)
class Sampling:
    """Where the sampling error of a score comes from: its ends, in the unit of the score, and how many were observed.

    Args:
        low: Lower end of the interval that so few observations leave open.
        high: Upper end.
        n: How many observations stand behind it.
    """

    low: Formula
    high: Formula
    n: Formula


@attrs.frozen(kw_only=True)
class Scorecard:
    """A score: terms, how they are put together, limits, bands."""

    id: str
    aggregate: Aggregate
    range: tuple[float, float]
    terms: tuple[Term, ...] = ()
    model: str = ""
    limits: tuple[Limit, ...] = ()
    bands: tuple[Band, ...] = ()
    hysteresis: Hysteresis | None = None
    sampling: Sampling | None = None
    applies_when: Formula | None = None
    unit: str = "points"
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"
