"""Plan → Program: the one lowering that every column engine prints (Polars frames, SQL dialects)."""

from clientcore.relational.program import (
    AGGREGATES,
    Aggregate,
    Builder,
    Definition,
    Frame,
    Lookup,
    Program,
    Source,
    columns_of,
    reads,
    staged,
)
from clientcore.relational.scalar import SCALARS, Scalar, Sort

__all__ = [
    "AGGREGATES",
    "SCALARS",
    "Aggregate",
    "Builder",
    "Definition",
    "Frame",
    "Lookup",
    "Program",
    "Scalar",
    "Sort",
    "Source",
    "columns_of",
    "reads",
    "staged",
]
