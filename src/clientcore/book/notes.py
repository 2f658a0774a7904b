"""What went wrong while a book was read: rows and cells set aside, and problems of whole files."""

from __future__ import annotations

from pathlib import Path

import attrs
import polars as pl

from clientcore.book.columns import CALENDAR, beyond
from clientcore.errors import Problem, Where

#: Columns of the rejects table. `row` is the line of a CSV or JSONL file as an editor numbers it, the head being line
#: 1; of what has no lines (Parquet, a database, the query of a mapping) it is the row, counted from 1.
REJECTS_SCHEMA = {
    "table": pl.String(),
    "file": pl.String(),
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "code": pl.String(),
    "message": pl.String(),
}
_LONGEST = 200


@attrs.define(eq=False)
class Notes:
    """Everything found wrong so far."""

    _rejects: list[pl.DataFrame] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)

    def reject(
        self, table: str, file: str, rows: pl.Series, column: str, values: pl.Series | None, code: str, message: str
    ) -> None:
        """Set cells or rows aside.

        Args:
            table: The table.
            file: The file, without its folder.
            rows: Numbers of the rows, of a file that has lines the lines.
            column: The column that is at fault; empty where the row is.
            values: What stands there, for each of the rows.
            code: A key of `clientcore.errors.CODES`.
            message: What is wrong and what would be right.
        """
        if rows.is_empty():
            return
        shown = pl.Series([None] * len(rows), dtype=pl.String) if values is None else shown_values(values)
        frame = pl.DataFrame({"row": rows.cast(pl.Int64), "value": shown}).with_columns(
            table=pl.lit(table),
            file=pl.lit(file),
            column=pl.lit(column),
            code=pl.lit(code),
            message=pl.lit(message),
        )
        self._rejects.append(frame.select(*REJECTS_SCHEMA))

    def warn(self, code: str, message: str, file: str, help_: str = "") -> None:
        """Add a problem that stops nothing."""
        self.problems.append(Problem(code, message, Where(file), help_, "warning"))

    def rejects(self) -> pl.DataFrame:
        """Return all that was set aside, in order of file, row and column."""
        if not self._rejects:
            return pl.DataFrame(schema=REJECTS_SCHEMA)
        return pl.concat(self._rejects).sort("file", "table", "row", "column", maintain_order=True)


def shown_values(values: pl.Series) -> pl.Series:
    """Return values as short texts; lists and records are only named."""
    if values.dtype.is_nested() or values.dtype in (pl.Binary(), pl.Object()):
        return pl.Series(["a list, a record or bytes"] * len(values), dtype=pl.String)
    if (far := beyond(values, CALENDAR)) is not None:
        return values.set(far, None).cast(pl.String).set(far, "a day beyond the calendar")
    try:
        return values.cast(pl.String, strict=False).str.slice(0, _LONGEST)
    except pl.exceptions.PolarsError:  # a type that another library brings, as geometries in Parquet
        return pl.Series([f"a value of type {values.dtype}"[:_LONGEST]] * len(values), dtype=pl.String)


def row_numbers(count: int) -> pl.Series:
    """Return the numbers of `count` rows, counted from 1."""
    return pl.Series(range(1, count + 1), dtype=pl.Int64)


def file_name(path: Path | str) -> str:
    """Return how a file is named in problems and rejects."""
    return Path(path).name
