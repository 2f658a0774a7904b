"""Where each part of a scalar's text stands in the file: plain, quoted and block scalars, folded lines, escapes."""

from __future__ import annotations

import re

from clientcore.load.text import Scalar, Source

Places = tuple[tuple[int, int, int], ...]

#: Tokens of plain and quoted text: a fold (line breaks with the blanks around them), an escape, or one character.
_FOLD = r"[ \t]*\n[ \t\n]*"
_TOKENS = {
    "": re.compile(rf"(?P<fold>{_FOLD})|(?s:.)"),
    "'": re.compile(rf"(?P<fold>{_FOLD})|''|(?s:.)"),
    '"': re.compile(
        rf"\\(?P<join>\n[ \t]*)|\\x..|\\u....|\\U........|\\(?s:.)|(?P<fold>{_FOLD})|(?s:.)",
    ),
}
_WORD = re.compile(r"\S+")


def text_places(scalar: Scalar, source: Source) -> Places:
    """Return segments (offset in the scalar's text, line, column), ascending; the first has offset 0.

    Example:
        >>> source = Source("when: 'it''s'", "a.yaml")
        >>> text_places(Scalar("it's", "'", 1, 7, 6, 13), source)
        ((0, 1, 8), (3, 1, 12))
    """
    raw = source.text[scalar.start : scalar.end]
    if scalar.style in ("|", ">"):
        return _block(scalar, source)
    inset = 1 if scalar.style else 0
    if raw[inset : len(raw) - inset] == scalar.text:
        return ((0, scalar.line, scalar.col + inset),)
    return _flow(scalar, source, inset)


def _flow(scalar: Scalar, source: Source, inset: int) -> Places:
    """Walk plain or quoted text token by token, as YAML folds and unescapes it."""
    segments: list[tuple[int, int, int]] = []
    offset, drift = 0, None
    for token in _TOKENS[scalar.style].finditer(source.text, scalar.start + inset, scalar.end - inset):
        if token.lastgroup == "join":
            continue
        if token.lastgroup == "fold":
            # one line break becomes a blank; of n, the first is dropped
            offset += max(1, token[0].count("\n") - 1)
            continue
        if token.start() - offset != drift:
            drift = token.start() - offset
            segments.append((offset, *_line_and_column(source.text, token.start(), scalar)))
        offset += 1
    return _from_zero(segments, scalar)


def _block(scalar: Scalar, source: Source) -> Places:
    """Find the words of a block scalar one after the other; only blanks and line breaks differ between them."""
    segments: list[tuple[int, int, int]] = []
    at = source.text.find("\n", scalar.start)
    for word in _WORD.finditer(scalar.text):
        at = source.text.find(word[0], at)
        line, column = _line_and_column(source.text, at, scalar)
        if not segments or (line, column - word.start()) != (segments[-1][1], segments[-1][2] - segments[-1][0]):
            segments.append((word.start(), line, column))
        at += len(word[0])
    return _from_zero(segments, scalar)


def _from_zero(segments: list[tuple[int, int, int]], scalar: Scalar) -> Places:
    if not segments:
        return ((0, scalar.line, scalar.col),)
    offset, line, column = segments[0]
    if offset:
        segments.insert(0, (0, line, max(1, column - offset)))
    return tuple(segments)


def _line_and_column(text: str, at: int, scalar: Scalar) -> tuple[int, int]:
    return scalar.line + text.count("\n", scalar.start, at), at - text.rfind("\n", 0, at)
