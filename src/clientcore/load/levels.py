"""The form of levels: a chain of labels, labels that branch off it, and labels without order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from clientcore.errors import did_you_mean
from clientcore.expr import Level
from clientcore.load.form import REFUSED, Form
from clientcore.load.part import by_id, derive
from clientcore.load.text import Entries, Source, Value


@attrs.frozen(kw_only=True)
class _Branch:
    """A label of a level that compares only with the labels named here."""

    id: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Order:
    """Labels with their order: a chain from low to high, branches, and labels that compare with none."""

    id: str
    order: tuple[str, ...] = ()
    branches: Mapping[str, _Branch] = attrs.field(factory=dict)
    unordered: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        branches = {label: (branch.above, branch.below) for label, branch in self.branches.items()}
        return Level.of(self.id, self.order, branches, self.unordered)

    @classmethod
    def of(cls, level: Level) -> _Order:
        """Return how a level is written: the longest chain at the front, then branches, then labels without order."""
        chain = 0
        while chain < len(level.labels) and level.lower(level.labels[chain]) >= set(level.labels[:chain]):
            chain += 1
        loose = len(level.labels)
        while loose and not (level.lower(level.labels[loose - 1]) or level.higher(level.labels[loose - 1])):
            loose -= 1
        chain = min(chain, loose)
        branches = {
            label: _Branch(
                id=label, above=_in_order(level, level.lower(label)), below=_in_order(level, level.higher(label))
            )
            for label in level.labels[chain:loose]
        }
        return cls(id=level.name, order=level.labels[:chain], branches=branches, unordered=level.labels[loose:])


def _in_order(level: Level, labels: frozenset[str]) -> tuple[str, ...]:
    return tuple(label for label in level.labels if label in labels)


def _settle(found: dict[str, Any], value: Entries, path: str, source: Source) -> bool:
    order = _Order(**found)
    labels = (*order.order, *order.branches, *order.unordered)
    sound = True
    if not labels:
        source.add("CC105", f"level `{order.id}` has no labels", value, "write them under `order`, from low to high")
        return False
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        source.add("CC111", f"label `{label}` is given twice in level `{order.id}`", value, "take one out")
        sound = False
    for branch in order.branches.values():
        for side in ("above", "below"):
            for at, label in enumerate(getattr(branch, side)):
                if label not in labels:
                    where = source.places[f"{path}/branches/{branch.id}/{side}/{at}"]
                    message = f"`{label}` is not a label of level `{order.id}`"
                    source.report("CC206", message, where, did_you_mean(label, labels))
                    sound = False
    if sound and any(low == high for low, high in order.level.below):
        source.add("CC301", f"a label of level `{order.id}` is above itself", value, "take one `above` or `below` out")
        return False
    return sound


_LEVELS = by_id(derive(_Order, "level", _settle, id=(), branches=by_id(derive(_Branch, "branch", id=()), labels=True)))


def _read(value: Value, name: str, path: str, source: Source) -> Any:
    orders = _LEVELS.read(value, name, path, source)
    return REFUSED if orders is REFUSED else {id_: order.level for id_, order in orders.items()}


LEVELS = Form(_read, _LEVELS.schema, lambda made: _LEVELS.write({id_: _Order.of(level) for id_, level in made.items()}))
