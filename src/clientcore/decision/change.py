"""What would change a rule: the single facts that would, and those of which nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import attrs


def as_data(value: Any) -> dict[str, Any]:
    """Return plain data of what explains a decision, with every field in it.

    Example:
        >>> as_data(Change(fact="due_on", title="", now=date(2026, 6, 30), wanted=None, text=""))["now"]
        '2026-06-30'
    """
    return attrs.asdict(value, value_serializer=lambda _of, _field, one: _plain(one))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    simple = isinstance(value, bool | int | float | str | list | tuple | dict | None) or attrs.has(type(value))
    return value if simple else str(value)


@attrs.frozen(kw_only=True)
class Change:
    """One fact which alone, with another value, changes whether a rule holds.

    Args:
        fact: Its name: an input, a derived fact that may be handed in, or a field of the subject.
        title: What it is, in words.
        now: Its value, missing as None.
        wanted: The nearest value that does it; the rule was decided again with it.
        text: The change in one line; where more values than one do it, it says which.
        handed: Whether it is tried by handing it in as a fact, else in the subject's record.
        source: The source to hand it in with, of a fact that takes certain ones only; else empty.
    """

    fact: str
    title: str
    now: Any
    wanted: Any
    text: str
    handed: bool = False
    source: str = ""

    def __str__(self) -> str:
        return self.text


@attrs.frozen(kw_only=True)
class Changes:
    """What would make a rule hold, or would end it; it is read as a sequence of its changes.

    Args:
        id: Full id of the rule.
        truth: Whether it holds now; None for unknown.
        changes: What does it alone, the fewest steps away from the rule first, then by name.
        untried: Facts that the rule turns on and that could not be followed exactly: nothing is said of them.
        how: Which arguments hand in those that are no fields, of a child, whose facts stand in no book; else empty.
    """

    id: str
    truth: bool | None
    changes: tuple[Change, ...] = ()
    untried: tuple[str, ...] = ()
    how: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: texts, numbers, booleans, None, lists and dicts; days as texts."""
        return as_data(self)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __str__(self) -> str:
        verb = {True: "holds", False: "does not hold", None: "is unknown"}[self.truth]
        does = "end it" if self.truth else "make it hold"
        if self.changes:
            each = "this alone would" if len(self.changes) == 1 else "each of these alone would"
            lines = [f"{self.id} {verb}; {each} {does}:", *(f"  {change}" for change in self.changes)]
        else:
            lines = [
                f"{self.id} {verb}",
                f"  no single fact {'of those that were tried ' * bool(self.untried)}changes it",
            ]
        if self.how:
            lines.append(f"  what is no field of the record is tried by handing it in: {self.how}")
        if self.untried:
            lines.append(f"  not tried: {', '.join(self.untried)}")
        return "\n".join(lines)
