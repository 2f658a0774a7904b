"""Text to tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from clientcore.parse.problems import ParseError

#: The longest text that is read, in characters; far above what 10,000 nodes need.
LONGEST = 200_000

_PATTERN = re.compile(
    r"""
    [\ \t\n\r\f]*+(?:
      (?P<text>
        [bB]?(?: [rR](?: \"{3}[\s\S]*?\"{3} | '{3}[\s\S]*?'{3} | "(?!"")[^"\r\n]*" | '(?!'')[^'\r\n]*' )
               | \"{3}(?:[^\\]|\\[\s\S])*?\"{3}
               | '{3}(?:[^\\]|\\[\s\S])*?'{3}
               | "(?!"")(?:[^"\\\r\n]|\\[^\r\n])*"
               | '(?!'')(?:[^'\\\r\n]|\\[^\r\n])*' ))
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<number> 0x[0-9a-fA-F]+[uU]? | [0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)? | [0-9]+[eE][+-]?[0-9]+ | [0-9]+[uU]?
                | \.[0-9]+(?:[eE][+-]?[0-9]+)? )
    | (?P<skipped> //[^\n]* | \Z )
    | (?P<sign> && | \|\| | [=!<>]= | \.\. | [-+*/%<>!?:.,()\[\]{}] )
    | (?P<escaped> `[A-Za-z0-9_.\-/\ ]+` )
    | (?P<other> [\s\S] )
    )""",
    re.VERBOSE,
)

_SURROGATE = re.compile(r"[\ud800-\udfff]")

#: Words that can't be names: CEL reserves them.
RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "namespace",
    "package", "return", "var", "void", "while",
})  # fmt: skip
_WORDS = dict.fromkeys(RESERVED, "reserved") | {"true": "constant", "false": "constant", "null": "constant", "in": "in"}

_INSTEAD = {
    "&": "write `&&`",
    "|": "write `||`",
    "≠": "write `!=`",
    "≤": "write `<=`",
    "≥": "write `>=`",
    "−": "write `-`",
    "–": "write `-`",
    "—": "write `-`",
    "×": "write `*`",
    "÷": "write `/`",
    "#": "a comment starts with `//`",
    "^": "write a product such as `x * x`; powers are left out",
    "~": "write `!` for not, `matches` for a pattern",
    ";": "an expression is one condition or one value",
    "$": "write the name alone",
    "@": "write the name alone",
    "`": "between backticks stand letters, digits, `_`, `.`, `-`, `/` and blanks",
    **dict.fromkeys("“”„‟‘’‚‛«»‹›", "write straight quotes: `'…'`"),
}


class Token(NamedTuple):
    """One token.

    Args:
        kind: `name`, `reserved`, `constant`, `number`, `text`, `escaped`, `end`, or the sign itself (`&&`, `in`, …).
        text: As written.
        start: Offset of its first character.
        end: Offset behind its last one.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of an expression, `end` last.

    Args:
        text: At most `LONGEST` characters.

    Returns:
        At least one token; blanks and comments are left out.

    Raises:
        ParseError: CC208 for a text that is too long, CC209 for a text literal that does not end, CC202 for a
            character that the language does not have.
    """
    if len(text) > LONGEST:
        raise ParseError("CC208", f"expression of {len(text):,} characters", f"at most {LONGEST:,} are read")
    surrogate = None if text.isascii() else _SURROGATE.search(text)
    if surrogate:
        raise _foreign(text, surrogate.start())
    tokens: list[Token] = []
    append = tokens.append
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup or "other"
        start, end = match.span(kind)
        found = match[kind]
        if kind == "word":
            append(Token(_WORDS.get(found, "name"), found, start, end))
        elif kind == "sign":
            append(Token(found, found, start, end))
        elif kind == "other":
            raise _foreign(text, start)
        elif kind != "skipped":
            append(Token(kind, found, start, end))
    append(Token("end", "", len(text), len(text)))
    return tokens


def _foreign(text: str, at: int) -> ParseError:
    """Return the problem of a character that begins no token."""
    found = text[at]
    if found in "\"'":
        fix = f"close it with `{found}`; a quote inside is written `\\{found}`"
        end = min(text.find("\n", at) % (len(text) + 1), len(text))
        return ParseError("CC209", f"text that starts with `{text[at:end][:20]}` has no end", fix, at, end)
    if found == "=":
        return _equals(text, at)
    if found in _INSTEAD:
        shown = "backtick" if found == "`" else f"`{found}`"
        return ParseError("CC202", f"{shown} is not part of the language", _INSTEAD[found], at, at + 1)
    if found.isalpha():
        fix = "names are made of the letters a to z, digits and `_`; text stands in quotes"
        return ParseError("CC202", f"`{found}` is not part of the language", fix, at, at + 1)
    shown = f"`{found}`" if found.isprintable() else "character"
    fix = "write a plain blank" if found.isspace() else "leave it out, or put it in quotes"
    return ParseError("CC202", f"{shown} (U+{ord(found):04X}) is not part of the language", fix, at, at + 1)


def _equals(text: str, at: int) -> ParseError:
    """Return the problem of a single `=`, and of what habit puts around it."""
    if text[at - 1 : at] == "=" and at > 1:  # the third sign of === or !==
        written, right, at = text[at - 2 : at + 1], text[at - 2 : at], at - 2
    else:
        written = text[at : at + 2] if text[at + 1 : at + 2] in {"<", ">"} else "="
        right = {"=": "==", "=<": "<=", "=>": ">="}[written]
    return ParseError("CC202", f"`{written}` is not an operator", f"write `{right}`", at, at + len(written))
