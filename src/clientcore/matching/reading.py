"""The values of one evaluation → what a matcher is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

from clientcore.matching.shape import Row, Search, Shape

_DAY = 86_400_000_000
_EPOCH = 719_163  # ordinal of 1970-01-01


class Reader:
    """Reads the records of a pattern's events.

    Args:
        shape: The pattern.
        columns: Related table → its columns, in the order of the records' values.
    """

    __slots__ = ("_places", "shape")

    def __init__(self, shape: Shape, columns: Mapping[str, Sequence[str]]) -> None:
        self.shape = shape
        self._places = tuple(
            _places(shape, at, columns[event.table]) if event.table else None for at, event in enumerate(shape.events)
        )

    def search(self, arguments: Sequence[Any], as_of: int) -> Search:
        """Return the question about one account on one day.

        Args:
            arguments: Values of the node's operands, in internal form: numbers, conditions, lists of records.
            as_of: Ordinal of the day.
        """
        numbers: dict[int, int] = {}
        rows = tuple(self._rows(at, arguments, numbers) for at in range(len(self.shape.events)))
        plain = tuple(float(one) if isinstance(one, float | int) else nan for one in arguments)
        return Search(self.shape, as_of, plain, rows)

    def _rows(self, at: int, arguments: Sequence[Any], numbers: dict[int, int]) -> tuple[Row, ...] | None:
        event, places = self.shape.events[at], self._places[at]
        sure, perhaps = arguments[event.at : event.at + 2]
        if places is None:
            if sure is False:
                return ()
            return (Row(float(perhaps), "", -1 - at, sure is True, (), ()),)
        if sure is None or perhaps is None:
            return None
        id_, day, key, values = places
        found = []
        for records, known in ((sure, True), (perhaps, False)):
            for record in records:
                when = record[day]
                if event.instant and when == when:
                    when = when // _DAY + _EPOCH
                found.append(
                    Row(
                        float(when),
                        record[id_] or "",
                        numbers.setdefault(id(record), len(numbers)),
                        known,
                        tuple(_known(record[place]) for place in key),
                        tuple(_known(record[place]) for place in values),
                    )
                )
        return tuple(found)


def _places(shape: Shape, at: int, columns: Sequence[str]) -> tuple[int, int, tuple[int, ...], tuple[int, ...]]:
    event = shape.events[at]
    place = {name: index for index, name in enumerate(columns)}
    key = tuple(place[name] for name in event.same)
    return place["id"], place[event.day], key, tuple(place[name] for name in shape.fields(at))


def _known(value: Any) -> Any:
    return None if value != value else value
