"""Seeded draws whose stream is the same on every machine and Python version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")
_STREAMS = 1 << 32


class Chance:
    """Draws from `random.Random.random` alone.

    Python promises that stream for a whole-number seed; its other methods may change from version to version. Only
    `+ - * /` and rounding are applied, never `exp`, `log` or a power, so no mathematics library shows through.

    Args:
        seed: The seed of the book, 0 or more.
        stream: The number of this stream within the book, 0 to 2^32 - 1; streams are independent.

    Example:
        >>> Chance(7, 0).whole(1, 6) == Chance(7, 0).whole(1, 6)
        True
    """

    def __init__(self, seed: int, stream: int = 0) -> None:
        self._random = Random(seed * _STREAMS + stream).random  # noqa: S311 (a simulation, not a secret)

    def unit(self) -> float:
        """Return a number from 0 to below 1, each equally likely."""
        return self._random()

    def happens(self, probability: float) -> bool:
        """Return true with this probability (0 to 1)."""
        return self._random() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included; low where high is below it."""
        return low + int(self._random() * (max(high, low) - low + 1))

    def count(self, mean: float) -> int:
        """Return a count of 0 or more around a mean: the sum of a few draws, spread by about half the mean."""
        return int(mean * (self._random() + self._random()) + self._random())

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each equally likely."""
        return choices[int(self._random() * len(choices))]

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """Return one of the choices by weight; the weights need not add up to 1."""
        mark = self._random() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            mark -= weight
            if mark < 0:
                return choice
        return choices[-1][0]

    def around(self, centre: float, width: float) -> float:
        """Return a share from 0 to 1 in a bell around a centre, at most `width` away from it, to 4 decimals."""
        bell = self._random() + self._random() + self._random() - 1.5
        return round(min(1.0, max(0.0, centre + bell / 1.5 * width)), 4)

    def skewed(self, least: float, tail: float) -> float:
        """Return an amount of `least` or more with a fat tail; the greatest is least / (1 - tail)."""
        return round(least / (1.0 - tail * self._random()), 2)

    def day(self, first: date, last: date) -> date:
        """Return a day from first to last, both included; first where last is before it."""
        return first + timedelta(days=self.whole(0, (last - first).days))
