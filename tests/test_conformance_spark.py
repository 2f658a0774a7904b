"""Every row of tests/conformance on Spark frames, between other accounts in several groups; a topic is few jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import clientcore as cc
from clientcore.errors import UnsupportedError
from conformance_runner import Row, build, read_rows
from conformance_runner.books import NotCarriedError, book_of, frame_differences

pytest.importorskip("pyspark", reason="pyspark is not installed: `make all` runs the tests on Spark")
ROWS = [row for row in read_rows() if not row.error and not row.raises]
#: Rows whose steps are one job of Spark, and the groups into which each row's accounts fall.
AT_ONCE, GROUPS = 20, 2
#: Row → what differs, or why it is not run.
Found = dict[str, list[str] | str]


@pytest.fixture(scope="module")
def session() -> Any:
    from databases import spark_session

    return spark_session()


@pytest.fixture(scope="module")
def told() -> Found:
    """What the rows say whose topics were run."""
    return {}


def run(session: Any, rows: Sequence[Row], folder: Path) -> Found:
    """Return what rows say: the first steps of all of them, then the second ones, from the frames of the first."""
    found: Found = {row.id: [] for row in rows}
    engines = {}
    for at, row in enumerate(rows):
        (folder / str(at)).mkdir()
        engines[row.id] = build(row, folder / str(at))
    previous: dict[str, pl.DataFrame] = {}
    for at in range(max(len(row.steps) for row in rows)):
        asked = []
        for row in (row for row in rows if len(row.steps) > at and not isinstance(found[row.id], str)):
            try:
                asked.append((row, decided(session, engines[row.id], row, at, previous.get(row.id))))
            except (NotCarriedError, UnsupportedError) as error:
                found[row.id] = str(error)
        previous = dict(collected(asked))
        for row, _ in asked:
            told = frame_differences(row.steps[at].expect, previous[row.id], row.subject)
            found[row.id] = [*found[row.id], *(f"step {at + 1}: {difference}" for difference in told)]
    return found


def decided(session: Any, engine: cc.Engine, row: Row, at: int, previous: pl.DataFrame | None) -> Any:
    book = book_of(row.steps[at], engine.fact_kinds, batch=True)
    tables = {}
    for name, frame in book.tables.items():
        if name != "organisations":
            tables[name] = session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return engine.evaluate_spark(
        tables,
        as_of=row.steps[at].as_of,
        previous=previous,
        groups=GROUPS,
        subject=row.subject,
        profile=row.profile["profile"] if row.profile else None,
        lists=True,
    )


def collected(asked: Sequence[tuple[Row, Any]]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Run the frames of many rows as few jobs: each part of a frame becomes one cell."""
    from pyspark.sql import functions as sf

    def box(batches: Iterator[Any]) -> Iterator[Any]:
        """Run in a worker, which knows no module of the tests."""
        import io

        import polars as pl
        import pyarrow as pa

        for batch in batches:
            buffer = io.BytesIO()
            pl.DataFrame(pl.from_arrow(batch)).write_ipc(buffer)
            yield pa.RecordBatch.from_pydict({"cell": pa.array([buffer.getvalue()], pa.binary())})

    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        boxed = [
            frame.mapInArrow(box, "cell binary").select(sf.lit(row.id).alias("row"), "cell") for row, frame in some
        ]
        parts: dict[str, list[pl.DataFrame]] = {row.id: [] for row, _ in some}
        for line in reduce(lambda one, other: one.unionAll(other), boxed).collect():
            parts[line["row"]].append(pl.read_ipc(bytes(line["cell"])))
        for row, frame in some:  # where there are no subjects no part comes back
            empty = pl.DataFrame(pl.from_arrow(frame.limit(0).toArrow())) if not parts[row.id] else None
            yield row.id, pl.concat(parts[row.id]) if empty is None else empty


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(session: Any, told: Found, row: Row, tmp_path: Path) -> None:
    if row.id not in told:
        told |= run(session, [one for one in ROWS if topic(one) == topic(row)], tmp_path)
    said = told[row.id]
    if isinstance(said, str):
        pytest.skip(said)
    assert said == [], row.note


def topic(row: Row) -> str:
    return row.id.partition(":")[0]
