"""Rows of values as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

_DTYPES: Mapping[type, pl.DataType] = {
    bool: pl.Boolean(),
    int: pl.Float64(),
    float: pl.Float64(),
    date: pl.Date(),
    datetime: pl.Datetime("us", "UTC"),
}


def parquet(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as a Parquet file.

    Args:
        columns: Names of the columns, in their order; each takes the kind of its first value, text where it has none.
        rows: Every row with all the columns; missing is None.

    Example:
        >>> parquet(("id", "open"), [{"id": "a", "open": True}])[:4]
        b'PAR1'
    """
    kinds = {name: _kind(row[name] for row in rows) for name in columns}
    frame = pl.DataFrame({name: pl.Series(name, [row[name] for row in rows], kinds[name]) for name in columns})
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def _kind(values: Any) -> pl.DataType:
    first = next((value for value in values if value is not None), "")
    return _DTYPES.get(type(first), pl.String())
