"""Lower the decision before: one more frame, with the columns that a frame of decisions has (SEMANTICS 19, 21, 22)."""

from __future__ import annotations

import attrs

from clientcore.decision import column
from clientcore.expr import Node
from clientcore.relational.program import Builder, Frame, Lookup, Source
from clientcore.relational.scalar import Scalar, arithmetic, null, to_number
from clientcore.relational.sorts import sort_of

#: Frame of what each subject starts from; a decision of the same day has handed on its own start already.
PREVIOUS = "previous"
AS_OF = Scalar("as_of", "integer")
_TAILS = {"value": "", "low": "_low", "high": "_high", "band": "_band", "coverage": "_coverage"}


@attrs.define
class History:
    """Columns of the decision before.

    Args:
        builder: Takes them.
        key: The column that names the subject.
        there: Whether there is such a frame; without it everything of it is missing.
    """

    builder: Builder
    key: str
    there: bool
    _sources: dict[str, Source] = attrs.field(factory=dict)

    def column(self, name: str, kind: str) -> Scalar:
        """Return a column of the decision before; null for a subject without one."""
        sort = {"number": "number", "day": "integer", "boolean": "boolean"}.get(kind, "text")
        if not self.there:
            return null(sort)  # type: ignore[arg-type] # the values of the mapping are sorts
        self._sources.setdefault(self.key, Source(PREVIOUS, self.key, self.key, "text"))
        # short, since a database may cut the names of a frame of decisions
        held = self._sources.setdefault(name, Source(PREVIOUS, f"h@{len(self._sources)}", name, kind))
        lookup = Lookup(self.builder.main, "", PREVIOUS, held.name, ("id", self.key), sort)  # type: ignore[arg-type]
        return self.builder.look_up(lookup)

    def value(self, node: Node) -> Scalar:
        """Return what a node `previous` reads."""
        what, ruleset, name, part = node.value
        tail = _TAILS[part] if what == "score" else ""
        sort_of(node.kind, f"`previous.{ruleset}.{name}`")
        return self.column(f"{column(f'{ruleset}.{name}')}{tail}", node.kind.name)

    @property
    def day(self) -> Scalar:
        """The day of the decision before; null without one."""
        return self.column("as_of", "day")

    @property
    def days(self) -> Scalar:
        """Days since then, as a number."""
        return to_number(arithmetic("isub", AS_OF, self.day))

    def frames(self) -> dict[str, Frame]:
        """Return the frame, if anything of it is read."""
        if not self._sources:
            return {}
        return {PREVIOUS: Frame(name=PREVIOUS, table=PREVIOUS, sources=tuple(self._sources.values()))}
