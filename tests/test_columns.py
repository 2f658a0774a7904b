"""Columns that are taken as they are: those of which every cell is canonical, said cell by cell."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.book.columns import TYPES, canonical, convert, convert_as
from clientcore.entities import ENTITIES, Field

CELLS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["", "a", "a\0b", "\0", "long enough to lie apart"]),
    "number": st.sampled_from([0.0, -0.0, 1e-18, -1e-19, 1e18, -1.1e18, 1.0, 7.0, 11.0, -1.0])
    | st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    "boolean": st.booleans(),
    "day": st.sampled_from([date.min, date.max, date(1969, 12, 31), date(2026, 1, 31)]),
    "instant": st.sampled_from(["0001-01-01T00:00Z", "9999-12-31T23:59:59.999999Z", "1970-01-01", "2026-01-31 23:00"]),
}
FIELDS = {f"{name}.{field.name}": field for name, entity in ENTITIES.items() for field in entity.fields.values()}


def one_of_each() -> list[Any]:
    """Return a field of every kind, and of every range that there is."""
    different = {(f.kind.name, f.range, bool(f.refers), f.name in {"id", "source_id"}): f for f in FIELDS.values()}
    return [pytest.param(field, id=field.name) for field in different.values()]


def as_written(field: Field, values: list[Any]) -> pl.Series:
    kind = field.kind.name
    if kind == "instant":
        return convert_as(kind, pl.Series(field.name, values, dtype=pl.String), "UTC").values
    return pl.Series(field.name, values, dtype=TYPES[kind])


@pytest.mark.parametrize("field", one_of_each())
@given(data=st.data())
def test_a_column_is_taken_where_nothing_in_it_is_changed(field: Field, data: st.DataObject) -> None:
    cells = CELLS[field.kind.name] if field.kind.name in CELLS else CELLS["text"]
    raw = as_written(field, data.draw(st.lists(st.none() | cells, max_size=4)))
    taken = canonical(raw.to_frame(), {field.name: field})
    assert (field.name in taken) == all(stays(field, cell) for cell in raw if cell is not None)
    if taken:
        assert [str(cell) for cell in convert(raw, field, "UTC").values] == [str(cell) for cell in raw]


def stays(field: Field, cell: Any) -> bool:
    """Return whether a cell is canonical, said cell by cell."""
    match field.kind.name:
        case "number":
            plain = 1e-18 <= abs(cell) <= 1e18 or str(cell) == "0.0"
            return plain and (field.range is None or field.range[0] <= cell <= field.range[1])
        case "boolean" | "day" | "instant":
            return True
    is_id = bool(field.refers) or field.name in {"id", "source_id"}
    return "\0" not in cell and not (is_id and cell == "")


@pytest.mark.parametrize(
    ("kind", "far"), [("day", 2932897), ("day", -719163), ("instant", 2932897), ("instant", -719163)]
)
def test_a_day_outside_the_years_that_may_enter_is_not_taken(kind: str, far: int) -> None:
    field = next(field for field in FIELDS.values() if field.kind.name == kind)
    near = far + (1 if far < 0 else -1)
    for days, taken in ((near, {field.name}), (far, set())):
        unit = 1 if kind == "day" else 86_400_000_000
        raw = pl.Series(field.name, [days * unit], dtype=pl.Int64).cast(pl.Int32 if kind == "day" else pl.Int64)
        raw = raw.cast(TYPES[kind])
        assert canonical(raw.to_frame(), {field.name: field}) == taken
        assert convert(raw, field, "UTC").values.null_count() == (0 if taken else 1)


def test_columns_of_another_type_are_left_to_be_converted() -> None:
    account = ENTITIES["accounts"]
    number = next(field for field in account.fields.values() if field.kind.name == "number")
    frame = pl.DataFrame({number.name: [1, 2], "id": pl.Series(["a", "b"], dtype=pl.Categorical)})
    assert canonical(frame, account.fields) == frozenset()
