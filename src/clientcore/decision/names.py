"""Names of columns in frames of decisions."""

from __future__ import annotations


def column(name: str) -> str:
    """Return the name of a column: dots become `_`, the slash of a rule `__`.

    Example:
        >>> column("trust.reliability/overcommitted")
        'trust_reliability__overcommitted'
    """
    return name.replace("/", "__").replace(".", "_")
