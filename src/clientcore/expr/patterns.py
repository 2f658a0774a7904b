r"""Patterns in which nothing is left that engines understand differently: explicit classes, no newline for `.`."""

from __future__ import annotations

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t\\n\\f\\r"}


def explicit_pattern(pattern: str, end: str) -> str:
    r"""Return a pattern as an engine understands it; the checker has refused what is outside the subset.

    Args:
        pattern: As written in the ruleset.
        end: How the engine writes the very end of the text.

    Example:
        >>> explicit_pattern("^a.$", r"\z")
        '\\Aa[^\\n]\\z'
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
            char = {".": "[^\\n]", "^": "\\A", "$": end}[char]
        out.append(char)
        at += 1
    return "".join(out)
