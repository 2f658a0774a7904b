"""The values of literals."""

from __future__ import annotations

import re
from typing import Any

from clientcore.parse.problems import ParseError
from clientcore.parse.tokens import Token

_PREFIX = re.compile(r"[bBrR]*")
_ESCAPE = re.compile(
    r"\\([\s\S])((?<=[xX])[0-9a-fA-F]{2}|(?<=u)[0-9a-fA-F]{4}|(?<=U)[0-9a-fA-F]{8}|(?<=[0-3])[0-7]{2})?"
)
_PLAIN = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip
_INT_LIMIT = 2**63
_MOST_DIGITS = 400  # Python refuses to read more than some thousand, and no number that fits has so many


def number(token: Token, sign: str = "") -> tuple[Any, str]:
    """Return value and kind (`int`, `uint` or `double`) of a number.

    Args:
        token: The number.
        sign: `-` where one stands before it; a `uint` takes none.

    Returns:
        An int or a finite float, and its kind.

    Raises:
        ParseError: CC209 where CEL has no such number: ints have 64 bits, doubles are finite.
    """
    text = token.text
    if text[-1] in "uU" and len(text) < _MOST_DIGITS:
        value = int(text[:-1], 0 if "x" in text else 10)
        if value < 2 * _INT_LIMIT:
            return value, "uint"
    elif "x" in text or (text.isdigit() and len(text) < _MOST_DIGITS):
        whole = int(sign + text, 16 if "x" in text else 10)
        if -_INT_LIMIT <= whole < _INT_LIMIT:
            return whole, "int"
    elif not text.isdigit():
        double = float(sign + text)
        if abs(double) != float("inf"):
            return double, "double"
    raise ParseError("CC209", f"number `{sign}{text[:40]}` is too large", "", token.start, token.end)


def content(token: Token) -> tuple[Any, str]:
    """Return value and kind (`text` or `bytes`) of what stands in quotes.

    Args:
        token: The literal with its prefix and quotes.

    Returns:
        A str or bytes, escapes replaced, and its kind.

    Raises:
        ParseError: CC209 for an escape that CEL does not have, or a code point that is none.
    """
    prefix = _PREFIX.match(token.text)
    start = prefix.end() if prefix else 0
    marks = token.text[:start].lower()
    width = 3 if token.text[start : start + 3] in {'"""', "'''"} else 1
    inside = token.text[start + width : len(token.text) - width]
    if width > 1:
        inside = inside.replace("\r\n", "\n").replace("\r", "\n")
    is_bytes = "b" in marks
    if "r" in marks or "\\" not in inside:
        return (inside.encode(), "bytes") if is_bytes else (inside, "text")
    return _unescaped(inside, token.start + start + width, is_bytes)


def _unescaped(inside: str, offset: int, is_bytes: bool) -> tuple[Any, str]:
    parts: list[str] = []
    octets = bytearray()
    behind = 0
    for match in _ESCAPE.finditer(inside):
        before = inside[behind : match.start()]
        behind = match.end()
        letter, digits = match.groups()
        if letter in _PLAIN:
            point = ord(_PLAIN[letter])
        elif digits is None or (is_bytes and letter in "uU"):
            at = offset + match.start()
            raise ParseError("CC209", f"`{match[0]}` is not an escape", "write `\\\\` for a backslash", at, at + 2)
        else:
            point = int(letter + digits, 8) if letter.isdigit() else int(digits, 16)
        if is_bytes:
            octets += before.encode() + bytes([point])
        elif 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:
            at = offset + match.start()
            raise ParseError("CC209", f"`{match[0]}` is no character", "", at, at + len(match[0]))
        else:
            parts += before, chr(point)
    rest = inside[behind:]
    return (bytes(octets + rest.encode()), "bytes") if is_bytes else ("".join([*parts, rest]), "text")
