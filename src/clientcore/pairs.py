"""Records of JSON of which no key stands twice: a reader would keep the last value and lose the other in silence."""

from __future__ import annotations

from typing import Any


class RepeatedKeyError(ValueError):
    """A record of JSON has a key twice; the message names it."""


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the record of some keys and values, for `object_pairs_hook` of `json`.

    Args:
        pairs: The keys and values, in the order of the text.

    Raises:
        RepeatedKeyError: A key stands there twice.

    Example:
        >>> each_once([("id", "a"), ("id", "b")])
        Traceback (most recent call last):
        clientcore.pairs.RepeatedKeyError: key `id` is given twice
    """
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        shown = "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in twice[:40])
        raise RepeatedKeyError(f"key `{shown}` is given twice")
    return record
