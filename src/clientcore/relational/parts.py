"""Terms as they enter an aggregate."""

from __future__ import annotations

import attrs

from clientcore.relational.lists import is_true
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    choice,
    compare,
    either,
    is_null,
    known,
    lit,
    opposite,
)

ZERO, ONE = lit(0.0), lit(1.0)


@attrs.frozen
class Part:
    """A term as it enters an aggregate.

    Args:
        low: Least value, within the term's range; never null.
        high: Greatest value; never null.
        coverage: 1 known, 0 missing, or that of the score passed on.
        weight: At least 0; null where it is unknown.
        applies: True, false (left out) or null (unsure).
        range: The term's range.
        value: The value within the range, null where it is missing; None for a score passed on, which is an interval.
        truth: For one of two constants, the condition that chooses, and both of them; `value` is that choice then.
    """

    low: Scalar
    high: Scalar
    coverage: Scalar
    weight: Scalar
    applies: Scalar
    range: tuple[float, float]
    value: Scalar | None = None
    truth: tuple[Scalar, float, float] | None = None

    def end(self, end: str, weight: Scalar) -> Scalar:
        """Return weight times low, high, or what is known (0 where nothing is)."""
        first, last = self.range
        missing = {"low": first, "high": last, "known": 0.0}[end]
        if self.truth is not None and weight.op == "lit":
            condition, yes, no = self.truth
            by = weight.value
            return choice(condition, lit(by * yes + 0.0), lit(by * no + 0.0), lit(by * missing + 0.0))
        return times(weight, {"low": self.low, "high": self.high, "known": self.low}[end])

    @property
    def exact(self) -> Scalar:
        """Whether it is known; never null."""
        if self.truth is not None:
            return known(self.truth[0])
        return compare("eq", self.low, self.high) if self.value is None else known(self.value)

    @property
    def sure(self) -> Scalar:
        """Whether it counts for sure; never null."""
        weighed = TRUE if self.weight.op in {"lit", "param"} else known(self.weight)
        return both(is_true(self.applies), weighed)

    @property
    def left(self) -> Scalar:
        """Whether it may count; never null."""
        return TRUE if self.applies == TRUE else either(is_true(self.applies), is_null(self.applies))

    @property
    def unsure(self) -> Scalar:
        """Whether it may count, but not for sure; never null."""
        return FALSE if self.sure == TRUE else both(self.left, opposite(self.sure))


def times(weight: Scalar, x: Scalar) -> Scalar:
    """Return a product; a weight of one is left out."""
    return x if weight == ONE else arithmetic("mul", weight, x)


def where(condition: Scalar, x: Scalar, otherwise: Scalar = ZERO) -> Scalar:
    """Return x where a condition is true, else 0 or what is told."""
    return x if condition == TRUE else case(condition, x, otherwise)
