"""The kinds of values that expressions have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs


@attrs.frozen(cache_hash=True)
class Level:
    """Labels with a declared order, total or partial.

    Args:
        name: Id of the level, for example `engagement_mode`.
        labels: Every label, in file order.
        below: All pairs (lower, higher), transitively closed; labels without a pair are incomparable.

    Example:
        >>> mode = Level.of("mode", ["servicing", "consultative", "mentoring"])
        >>> sorted(mode.at_least("consultative"))
        ['consultative', 'mentoring']
    """

    name: str
    labels: tuple[str, ...]
    below: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(
        cls,
        name: str,
        order: Sequence[str] = (),
        branches: Mapping[str, tuple[Sequence[str], Sequence[str]]] | None = None,
        unordered: Sequence[str] = (),
    ) -> Level:
        """Build a level from a chain of labels, lowest first, and labels that branch off.

        Args:
            name: Id of the level.
            order: The chain, lowest first.
            branches: Label → (labels it is above, labels it is below); nothing else compares with it.
            unordered: Labels that compare with none.

        Returns:
            The level with its transitively closed order.
        """
        pairs = {(low, high) for at, low in enumerate(order) for high in order[at + 1 :]}
        for label, (above, below) in (branches or {}).items():
            pairs |= {(low, label) for low in above} | {(label, high) for high in below}
        grown = True
        while grown:
            more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
            grown = bool(more)
            pairs |= more
        return cls(name, (*order, *(branches or {}), *unordered), frozenset(pairs))

    def lower(self, label: str) -> frozenset[str]:
        """Return the labels strictly below `label`."""
        return frozenset(low for low, high in self.below if high == label)

    def higher(self, label: str) -> frozenset[str]:
        """Return the labels strictly above `label`."""
        return frozenset(high for low, high in self.below if low == label)

    def at_least(self, label: str) -> frozenset[str]:
        """Return `label` and the labels above it."""
        return self.higher(label) | {label}

    def at_most(self, label: str) -> frozenset[str]:
        """Return `label` and the labels below it."""
        return self.lower(label) | {label}


@attrs.frozen(cache_hash=True)
class Kind:
    """The kind of a value.

    Args:
        name: `number`, `text`, `boolean`, `day`, `instant`, `level`, `list`, `record` or `null` (the literal).
        of: Kind of the elements of a list.
        table: Related table of a record, for example `commitments`; `account` for the parent of a child subject.
        level: The level, for kind `level`.
    """

    name: str
    of: Kind | None = None
    table: str = ""
    level: Level | None = None

    def __str__(self) -> str:
        if self.of is not None:
            return f"list of {self.of}"
        if self.name == "level" and self.level is not None:
            return f"level `{self.level.name}`"
        if self.name == "record":
            return f"record of `{self.table}`"
        return self.name


NUMBER = Kind("number")
TEXT = Kind("text")
BOOLEAN = Kind("boolean")
DAY = Kind("day")
INSTANT = Kind("instant")
NULL = Kind("null")


def level_kind(level: Level) -> Kind:
    """Return the kind of one label of `level`."""
    return Kind("level", level=level)


def list_of(kind: Kind) -> Kind:
    """Return the kind of a list of `kind`."""
    return Kind("list", of=kind)


def record_of(table: str) -> Kind:
    """Return the kind of one record of a related table."""
    return Kind("record", table=table)
