"""Types of the columns of a database: which kinds of values each can hold."""

from __future__ import annotations

import re

#: How the names of the types begin that hold numbers with fractions.
FRACTIONS = ("decimal", "numeric", "double", "float", "real")
#: Kind → how the names of the types begin that it has.
FAMILIES: dict[str, tuple[str, ...]] = {
    "number": (
        "decimal", "numeric", "double", "float", "real", "tinyint", "smallint", "integer", "int", "bigint", "hugeint",
        "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "bignum",
    ),
    "boolean": ("bool",),
    "text": ("varchar", "text", "string", "character", "char", "enum"),
    "level": ("varchar", "text", "string", "character", "char", "enum"),
    "day": ("date", "timestamp"),
    "instant": ("timestamp", "date"),
}  # fmt: skip
_NO_TEXT = ("bool", "date", "timestamp", "double", "float", "real")


def is_of(kind: str, type_: str) -> bool:
    """Return whether a type is one that a kind has."""
    return type_.startswith(FAMILIES[kind]) and not type_.startswith("interval")


def has_fractions(type_: str) -> bool:
    """Return whether a type holds numbers that need not be whole."""
    return type_.startswith(FRACTIONS) and not re.fullmatch(r"(decimal|numeric)\(\d+, ?0\)", type_)


def holds_text(type_: str) -> bool:
    """Return whether what stands in a type is read as text: text and whole numbers, as a book reads them.

    A `numeric` without its digits, as PostgreSQL names it, is read as it is written there.

    Example:
        >>> [holds_text(one) for one in ("text", "bigint", "numeric", "decimal(10,2)", "double")]
        [True, True, True, False, False]
    """
    return not type_.startswith(_NO_TEXT) and not re.fullmatch(r"(decimal|numeric)\(\d+, ?[1-9]\d*\)", type_)
