"""What stands beside a handed-in fact in the table of facts: where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from clientcore.book.columns import convert_as
from clientcore.book.notes import Notes
from clientcore.entities import SOURCES

#: Ending of a column → the kind of what stands there.
MARKS = {
    "__source": "text",
    "__n": "number",
    "__observed_at": "day",
    "__applicable": "boolean",
    "__assessed_by_role": "text",
}
_OBSERVED = "__observed_at"
#: Ending → which of the values there are none, for all that they are of the kind, and what would be right.
_STRANGE: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "__source": lambda values: ~values.is_in(["", *SOURCES]).fill_null(value=True),
    "__n": lambda values: ((values < 0) | (values != values.floor())).fill_null(value=False),
}
_WANT = {"__source": f"one of: {', '.join(sorted(SOURCES))}", "__n": "a whole number, 0 or more"}


def checked(table: str, file: str, rows: pl.Series, frame: pl.DataFrame, notes: Notes) -> pl.DataFrame:
    """Return a table of facts without cells beside them that are none of their kind.

    Of a fact whose day can't be read nobody knows whether it is seen yet, so that it is missing, as it is for one
    account.

    Args:
        table: Name of the table.
        file: Its file.
        rows: Numbers of its rows.
        frame: The table as the file has it.
        notes: Takes what is set aside.
    """
    made: dict[str, pl.Series] = {}
    for column in frame.get_columns():
        fact, mark, _ = column.name.rpartition(next((mark for mark in MARKS if column.name.endswith(mark)), "\0"))
        if not mark or fact not in frame.columns:
            continue
        done = convert_as(MARKS[mark], column, "UTC")
        strange = _STRANGE[mark](done.values) if mark in _STRANGE else None
        bad = pl.any_horizontal(*(one for one in (done.bad, done.outside, strange) if one is not None), pl.lit(False))
        lost = pl.select(bad).to_series()
        if not lost.any():
            continue
        unseen = "; nobody knows whether the fact is seen yet, so it is missing" if mark == _OBSERVED else ""
        message = f"not {_WANT.get(mark, done.want)}{unseen}"
        notes.reject(table, file, rows.filter(lost), column.name, column.filter(lost), "CC602", message)
        for name in (column.name, fact) if unseen else (column.name,):
            kept = pl.when(~lost).then(made.get(name, frame[name]))
            made[name] = pl.select(kept.alias(name)).to_series()
    return frame.with_columns(made.values())
