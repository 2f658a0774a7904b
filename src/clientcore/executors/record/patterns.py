"""Translate a checked pattern to Python's `re`: explicit classes, no newline for `.`, `$` at the very end."""

from __future__ import annotations

import re

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t\\n\\f\\r"}


def python_pattern(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern; the checker has refused what is outside the subset.

    Example:
        >>> bool(python_pattern("^a.c$").search("abc"))
        True
    """
    out: list[str] = []
    at, in_class = 0, False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            name = pattern[at + 1]
            inside = _CLASSES.get(name.lower())
            if inside is None:
                out.append("\\" + name)
            elif in_class:
                out.append(inside)
            else:
                out.append(f"[{'^' if name.isupper() else ''}{inside}]")
            at += 2
            continue
        if char in "[]":
            in_class = char == "["
        if not in_class and char in ".^$":
            char = {".": "[^\\n]", "^": "\\A", "$": "\\Z"}[char]
        out.append(char)
        at += 1
    return re.compile("".join(out))
