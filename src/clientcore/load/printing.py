"""Printing: a ruleset as canonical YAML that loads to an equal ruleset. Comments are not kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from clientcore.load.form import Unquoted
from clientcore.load.ruleset_format import RULESET
from clientcore.ruleset import Ruleset

_INDENT = "  "
_WIDTH = 100
#: Texts that need no quotes: in brackets, and alone on a line.
_PLAIN_INSIDE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_PLAIN = re.compile(r"[A-Za-z_](?:[ -~]*[!-~])?")
_WORDS = frozenset({"true", "false", "null"})
#: What double quotes need as an escape: everything that is not printable or that a reader could take for a line break.
_ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def print_ruleset(ruleset: Ruleset) -> str:
    """Return a ruleset as YAML in one canonical form: keys in the order of the model, defaults left out.

    Args:
        ruleset: The ruleset, as loaded or as built in Python.

    Returns:
        Text that `read_ruleset` reads to an equal ruleset; file, hash and places differ.

    Example:
        >>> from clientcore.ruleset import Ruleset
        >>> print(print_ruleset(Ruleset(id="a.b", version="1.0.0", title="A and B", subject="account")), end="")
        format: clientcore/1
        language: cel-profile/1
        ruleset: a.b
        version: '1.0.0'
        title: A and B
        subject: account
    """
    return "".join(f"{line}\n" for line in _mapping(RULESET.write(ruleset), ""))


def _mapping(mapping: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _entry(f"{indent}{_scalar(key)}:", value, indent)


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a value behind its head: on the same line where that is short, else below it."""
    if not isinstance(value, dict | list):
        yield f"{head} {_scalar(value)}"
        return
    short = _inside(value)
    if len(head) + len(short) < _WIDTH and not _deep(value):
        yield f"{head} {short}"
        return
    yield head
    if isinstance(value, dict):
        yield from _mapping(value, indent + _INDENT)
        return
    for item in value:
        if isinstance(item, dict) and (_deep(item) or len(indent) + len(_inside(item)) >= _WIDTH):
            lines = list(_mapping(item, f"{indent}{_INDENT * 2}"))
            lines[0] = f"{indent}{_INDENT}- {lines[0].lstrip()}"
            yield from lines
        else:
            yield from _entry(f"{indent}{_INDENT}-", item, indent + _INDENT)


def _deep(value: Any) -> bool:
    """Return whether a value holds mappings of mappings or lists of mappings: those stand on lines of their own."""
    inside = value.values() if isinstance(value, dict) else value
    return any(isinstance(one, dict) or (isinstance(one, list) and _deep(one)) for one in inside) and bool(value)


def _inside(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key, _PLAIN_INSIDE)}: {_inside(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inside(one) for one in value) + "]"
    return _scalar(value, _PLAIN_INSIDE)


def _scalar(value: Any, plain: re.Pattern[str] = _PLAIN) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int | Unquoted):
        return str(value)
    return _text(value, plain)


def _text(text: str, plain: re.Pattern[str]) -> str:
    """Return a text plain, in single quotes, or with escapes in double quotes: the first that is safe."""
    if plain.fullmatch(text) and text not in _WORDS and ": " not in text and " #" not in text and text[-1] != ":":
        return text
    simple = _ESCAPED.search(text.replace("\\", "").replace('"', "")) is None
    if simple and ("'" not in text or "\\" in text or '"' in text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    letter = match[0]
    return _ESCAPES.get(letter) or (f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}")
