"""The expression tree, its kinds, and the OPS table."""

from clientcore.expr.kinds import (
    BOOLEAN,
    DAY,
    INSTANT,
    NULL,
    NUMBER,
    TEXT,
    Kind,
    Level,
    level_kind,
    list_of,
    record_of,
)
from clientcore.expr.ops import OPS, Op
from clientcore.expr.tree import MACROS, Call, Expr, ListOf, Literal, Macro, MapOf, Name, Node, Select, Struct, children

__all__ = [
    "BOOLEAN",
    "DAY",
    "INSTANT",
    "MACROS",
    "NULL",
    "NUMBER",
    "OPS",
    "TEXT",
    "Call",
    "Expr",
    "Kind",
    "Level",
    "ListOf",
    "Literal",
    "Macro",
    "MapOf",
    "Name",
    "Node",
    "Op",
    "Select",
    "Struct",
    "children",
    "level_kind",
    "list_of",
    "record_of",
]
