"""On which lines of a CSV file its rows stand, as an editor numbers them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

#: Files of lines; rows of all others are only counted.
_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")
_BLOCK = 1 << 20


def place_of(file: str, number: int) -> str:
    """Return how a row is told: by its line where the file has lines, else by its number.

    Example:
        >>> place_of("accounts.csv", 7), place_of("crm.db", 7)
        ('line 7', 'row 7')
    """
    return f"{'line' if file.lower().endswith(_ENDINGS) else 'row'} {number}"


def lines_of(path: Path, delimiter: str, height: int, faults: Sequence[int]) -> tuple[pl.Series, list[int]]:
    """Return the lines of the rows that could be read, and of those that could not.

    Args:
        path: A CSV file with a head.
        delimiter: What separates its cells.
        height: How many rows could be read.
        faults: Which of its records, in order, could not be read: the head is 1, blank ones count.
    """
    lines = sum(block.count(b"\n") for block in _blocks(path)) + (0 if _ends(path) else 1)
    starts: list[int] = []
    if lines != 1 + height + len(faults):  # a cell of several lines, or a blank line
        starts = list(_starts(path, delimiter))
    if starts and len(starts) >= max(faults, default=0):
        gone = set(faults)
        read = [line for at, line in enumerate(starts, start=1) if line > 0 and at not in gone][1:]
        if len(read) == height:
            return pl.Series(read, dtype=pl.Int64), [abs(starts[at - 1]) for at in faults]
    gone = set(faults)
    found = [line for line in range(2, 2 + height + len(gone)) if line not in gone]
    return pl.Series(found[:height], dtype=pl.Int64), list(faults)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def _starts(path: Path, delimiter: str) -> Iterator[int]:
    """Yield the first line of each record, negative for a blank one; none where the file can't be gone through."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        before = 0
        try:
            for cells in rows:
                yield before + 1 if cells else -before - 1
                before = rows.line_num
        except csv.Error:  # a cell that is longer than `csv` takes
            return
