"""A large book: a simulated one repeated with ids of its own, written as Parquet chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from clientcore.entities import ENTITIES
from clientcore.simulate import simulate_book, write_book

DAY = date(2026, 6, 30)
SEED = 7
#: Accounts that are drawn; all others are these under other names.
DRAWN = 5_000


def large_book(folder: Path, accounts: int, rows: int | None = None, drawn: int = DRAWN) -> int:
    """Write a book and return how many rows stand in its related tables.

    Args:
        folder: A new folder.
        accounts: How many accounts it has, a multiple of `drawn`.
        rows: About how many related rows to keep, by number, evenly over all tables; None for all.
        drawn: How many accounts are simulated.
    """
    simulated = folder.with_name(f"drawn-{drawn}")
    if not simulated.is_dir():
        write_book(simulate_book(drawn, SEED, DAY), simulated, "parquet")
    folder.mkdir()
    copies = accounts // drawn
    tables = {path.stem: pl.read_parquet(path) for path in sorted(simulated.glob("*.parquet"))}
    total = sum(frame.height for name, frame in tables.items() if name not in {"accounts", "facts"}) * copies
    share = 1.0 if rows is None else min(1.0, rows / total)
    many = 0
    tables = _thinned(tables, share)
    for name, frame in tables.items():
        kept = frame.sort("account_id", maintain_order=True) if "account_id" in frame.columns else frame
        writer = None
        for part in _repeated(name, kept, copies):
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writer.write_table(table)
            many += 0 if name in {"accounts", "facts"} else part.height
        if writer is not None:
            writer.close()
    return many


def _thinned(tables: dict[str, pl.DataFrame], share: float) -> dict[str, pl.DataFrame]:
    """Return a share of the rows of each related table; a reference to a row that is gone is gone too."""
    whole = {"accounts", "facts", "organisations"}
    kept = {name: frame if name in whole else frame.sample(fraction=share, seed=SEED) for name, frame in tables.items()}
    for name, frame in kept.items():
        fields = ENTITIES[name].fields if name in ENTITIES else {}
        refers = {column: fields[column].refers for column in frame.columns if column in fields}
        there = {column: kept[target]["id"] for column, target in refers.items() if target in kept}
        kept[name] = frame.with_columns(
            pl.when(pl.col(column).is_in(ids.implode())).then(pl.col(column)) for column, ids in there.items()
        )
    return kept


def _repeated(name: str, frame: pl.DataFrame, copies: int) -> Iterator[pl.DataFrame]:
    if name == "organisations":
        yield frame
        return
    fields = ENTITIES[name].fields if name in ENTITIES else {}
    refer = [c for c in frame.columns if c in {"id", "account_id"} or (c in fields and fields[c].refers)]
    own = [c for c in refer if c not in fields or fields[c].refers != "organisations"]
    for copy in range(copies):
        yield frame.with_columns((pl.col(column) + f"-{copy:04d}").alias(column) for column in own)
