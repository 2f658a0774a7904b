"""What was made lately, by what it was made for; what nobody asked for in a while is forgotten."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps at least the last `most` things that were asked for, and at most twice as many.

    It holds two dicts. When the newer one is full it becomes the older one, and what the older one held is forgotten,
    unless it was asked for meanwhile. So to find something takes one look-up and no lock, in any number of threads.

    Args:
        most: How many are kept at least, 1 or more.

    Example:
        >>> squares = Recent[int, int](2)
        >>> for number in range(6):
        ...     _ = squares.keep(number, number * number)
        >>> squares.get(5), squares.get(0), len(squares) <= 4
        (25, None, True)
    """

    __slots__ = ("_most", "_new", "_old")

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._new.keys() | self._old.keys())

    def get(self, key: K) -> V | None:
        """Return what was kept; None where there is nothing, or nothing any more."""
        found = self._new.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self._put(key, found)
        return found

    def keep(self, key: K, value: V) -> V:
        """Keep a value, and return it; where another thread was first, what that one kept."""
        found = self.get(key)
        return self._put(key, value) if found is None else found

    def _put(self, key: K, value: V) -> V:
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        return self._new.setdefault(key, value)
