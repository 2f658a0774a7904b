"""The numbers that a fact may have: the next one, where something turns, and the nearest that does what is wanted."""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import ceil, floor, inf, nextafter
from typing import Any

import attrs

#: A number that enters is no larger than this, and no smaller unless it is 0.
_LARGEST, _LEAST = 1e18, 1e-18
#: Whole numbers that a double tells apart.
_COUNTED = 2.0**53


@attrs.frozen
class Numbers:
    """Numbers of a range, all doubles or the whole ones only.

    Args:
        low: The least.
        high: The greatest.
        whole: Whether only whole numbers are among them.
        usual: Which one is told where each of them does what is wanted.
    """

    low: float
    high: float
    whole: bool = False
    usual: float = 0.0

    @classmethod
    def of(cls, low: float, high: float, *, whole: bool) -> Numbers:
        """Return the numbers of a range, as far as numbers may enter."""
        most = _COUNTED if whole else _LARGEST
        low, high = max(low, -most), min(high, most)
        return cls(float(ceil(low)), float(floor(high)), whole) if whole else cls(low, high)

    def above(self, value: float) -> float:
        """Return the next number above."""
        if self.whole:
            return floor(value) + 1.0
        found = nextafter(value, inf)
        return found if abs(found) >= _LEAST else 0.0 if found < 0.0 else _LEAST if value >= 0.0 else 0.0

    def below(self, value: float) -> float:
        """Return the next number below.

        Example:
            >>> Numbers(0, 9, whole=True).below(2.5), Numbers(0, 9, whole=True).below(2.0), Numbers(-1, 1).below(0.0)
            (2.0, 1.0, -1e-18)
        """
        return -self.above(-value) + 0.0

    def has(self, value: float) -> bool:
        """Return whether a number is one of these."""
        return self.low <= value <= self.high and (not self.whole or value.is_integer())

    def nearest(
        self, now: float | None, turns: set[float], does: Callable[[float], bool], write: Callable[[float], str]
    ) -> tuple[float, str] | None:
        """Return (the nearest number that does what is wanted, which numbers around it do), None where none does.

        Args:
            now: The number as it is; None where it is missing: then the lowest that does it is the nearest.
            turns: Between two of these neighbours, every number does the same.
            does: Whether a number does what is wanted.
            write: How a number is written.

        Example:
            >>> Numbers.of(0.0, 9.0, whole=True).nearest(3.0, {1.5}, lambda x: x < 1.5, str)
            (1.0, 'at most 1.0')
        """
        around = {near for turn in turns for near in (self.below(turn), turn, self.above(turn))}
        points = sorted(one for one in {self.low, self.high, *around} if self.has(one))
        runs: list[list[float]] = []
        before = False
        for one in points:
            doing = does(one)
            if doing and before:
                runs[-1].append(one)
            elif doing:
                runs.append([one])
            before = doing
        if not runs:
            return None
        if now is None:
            return self._nearest_end(runs[0]), " or ".join(self._told(run, turns, write) for run in runs)
        run = min(runs, key=lambda one: one[0] - now if one[0] > now else now - one[-1])
        return (run[0] if run[0] > now else run[-1]), self._told(run, turns, write)

    def _nearest_end(self, run: list[float]) -> float:
        """Return the end of a run that is a turn and no end of the range; of all numbers the usual one."""
        if run[0] == self.low and run[-1] == self.high:
            return min(max(self.usual, self.low), self.high)
        return run[-1] if run[0] == self.low and run[-1] != self.high else run[0]

    def _told(self, run: list[float], turns: set[float], write: Callable[[float], str]) -> str:
        first, last = run[0], run[-1]
        if first == last:
            return write(first)
        parts = []
        if first != self.low:
            open_ = not self.whole and first not in turns
            parts.append(f"above {write(self.below(first))}" if open_ else f"at least {write(first)}")
        if last != self.high:
            open_ = not self.whole and last not in turns
            parts.append(f"below {write(self.above(last))}" if open_ else f"at most {write(last)}")
        return " and ".join(parts) or "any value"


def edges(numbers: Numbers, moved: Callable[[float], Any], value: float | None) -> set[float] | None:
    """Return where something that moves with a number one way passes a value; None where it is not there throughout.

    Args:
        numbers: The numbers.
        moved: Number → what moves with it.
        value: What it is compared with; None where nothing but its being there matters.
    """
    ends = [moved(numbers.low), moved(numbers.high)]
    if any(end is None or end != end for end in ends):
        return None
    found: set[float] = set()
    if value is not None:
        found |= _turn(numbers, lambda x: bool(moved(x) >= value))
        found |= _turn(numbers, lambda x: bool(moved(x) > value))
    return found


def _turn(numbers: Numbers, holds: Callable[[float], bool]) -> set[float]:
    """Return where a condition of one turn turns: of the two neighbours the one that is shorter to write."""
    first = holds(numbers.low)
    if first is holds(numbers.high):
        return set()
    low, high = _place(numbers.low, numbers), _place(numbers.high, numbers)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(_number_at(middle, numbers)) is first:
            low = middle
        else:
            high = middle
    pair = [_number_at(low, numbers), _number_at(high, numbers)]
    return {min(pair, key=lambda one: (len(repr(one)), abs(one)))}


def _place(value: float, numbers: Numbers) -> int:
    """Return the place of a number in the order of them all."""
    if numbers.whole:
        return int(value)
    (bits,) = struct.unpack("<q", struct.pack("<d", value + 0.0))
    return int(bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF))


def _number_at(place: int, numbers: Numbers) -> float:
    """Return the number at a place.

    Example:
        >>> _number_at(_place(-2.5, Numbers(-9, 9)), Numbers(-9, 9))
        -2.5
    """
    if numbers.whole:
        return float(place)
    size: float = struct.unpack("<d", struct.pack("<q", abs(place)))[0]
    return 0.0 if size < _LEAST else -size if place < 0 else size
