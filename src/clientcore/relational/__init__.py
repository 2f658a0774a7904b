"""Plan → Program: the one lowering that every column engine prints (Polars frames, SQL dialects)."""

from clientcore.relational.choosing import make_choice
from clientcore.relational.entry import APPLICABLE, OBSERVED
from clientcore.relational.history import PREVIOUS
from clientcore.relational.inlining import inlined
from clientcore.relational.make import make_program
from clientcore.relational.phases import Phase, Phases, Place, phases_of
from clientcore.relational.program import (
    AGGREGATES,
    CHILDREN,
    LIST_END,
    Aggregate,
    Builder,
    Definition,
    Frame,
    Lookup,
    Made,
    Program,
    Source,
    columns_of,
    staged,
)
from clientcore.relational.scalar import SCALARS, Scalar, Sort
from clientcore.relational.shown import shown_program
from clientcore.relational.specialise import specialised

__all__ = [
    "AGGREGATES",
    "APPLICABLE",
    "CHILDREN",
    "LIST_END",
    "OBSERVED",
    "PREVIOUS",
    "SCALARS",
    "Aggregate",
    "Builder",
    "Definition",
    "Frame",
    "Lookup",
    "Made",
    "Phase",
    "Phases",
    "Place",
    "Program",
    "Scalar",
    "Sort",
    "Source",
    "columns_of",
    "inlined",
    "make_choice",
    "make_program",
    "phases_of",
    "shown_program",
    "specialised",
    "staged",
]
