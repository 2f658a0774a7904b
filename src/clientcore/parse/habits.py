"""What people write by habit, and what the language wants instead."""

from __future__ import annotations

from clientcore.parse.problems import ParseError
from clientcore.parse.tokens import Token

_OPERATORS = {
    "and": "write `&&`",
    "or": "write `||`",
    "xor": "write `!=` between two conditions",
    "like": "write `x.contains('…')`, `x.startsWith('…')` or `x.matches('…')`",
    "between": "write `x >= low && x <= high`",
    "mod": "write `%`",
    "then": "write `condition ? one : other`",
    "if": "write `condition ? one : other`",
    "elif": "write `condition ? one : condition ? other : last`",
    "else": "write `condition ? one : other`",
    "contains": "write `x.contains('…')`",
    "matches": "write `x.matches('…')`",
}
_SENTENCES = ("elif", "else", "if", "then")
_UNITS = ("day", "week", "month", "year", "hour")
_SHOWN = 40
_VALUE_KINDS = frozenset({"name", "constant", "number", "text", "escaped", ")", "]", "}"})


def unexpected(tokens: list[Token], at: int, wanted: str) -> ParseError:
    """Return the problem of a token that does not fit.

    Args:
        tokens: All tokens of the text.
        at: Index of the token that does not fit.
        wanted: What the grammar wants there, as a phrase for the user.

    Returns:
        A CC202 that names the right operator where a habit explains the token, else what is wanted.
    """
    token = tokens[at]
    before = tokens[at - 1] if at else None
    word = token.text.lower()
    found = f"`{token.text[:_SHOWN]}`" if token.kind != "end" else "the end"
    after_value = before is not None and before.kind in _VALUE_KINDS
    if after_value and before and word == "is":
        return _is_null(tokens, at)
    if after_value and word == "not" and tokens[at + 1].kind == "in":
        return _wrong(token, tokens[at + 1], "`not in`", "write `!(x in list)`")
    if token.kind == "end" and not before:
        return ParseError("CC202", "empty expression", "write a condition or a value", token.start, token.end)
    if before and before.kind == "name" and before.text.lower() == "not":
        return denial(before)
    if before and before.kind == "name" and before.text.lower() in _SENTENCES:
        return _wrong(before, before, f"`{before.text}`", _OPERATORS[before.text.lower()])
    if word in _OPERATORS and (after_value or word in _SENTENCES):
        return _wrong(token, token, found, _OPERATORS[word])
    if before and before.end == token.start:
        pair = _pair(before, token)
        if pair:
            return pair
    if token.kind == "..":
        return _wrong(token, token, found, "write `x >= low && x <= high`; ranges are for table cells")
    if token.kind == "reserved":
        return ParseError("CC202", f"{found} is a reserved word", "choose another name", token.start, token.end)
    return ParseError(
        "CC202", f"{found} where {wanted} should stand", _repair(tokens, at, after_value), token.start, token.end
    )


def denial(token: Token) -> ParseError:
    """Return the problem of `not` in the place of `!`."""
    return _wrong(token, token, f"`{token.text}`", "write `!`")


def optional(token: Token) -> ParseError:
    """Return the problem of CEL's optional syntax, which the language leaves out."""
    fix = "write `has(x) ? x : other`; what is missing is unknown, not an error"
    return ParseError("CC202", f"optional syntax `{token.text}` is not supported", fix, token.start, token.end)


def _wrong(first: Token, last: Token, found: str, fix: str) -> ParseError:
    return ParseError("CC202", f"{found} is not an operator", fix, first.start, last.end)


def _repair(tokens: list[Token], at: int, after_value: bool) -> str:
    token = tokens[at]
    if token.text.lower().rstrip("s") in _UNITS and at and tokens[at - 1].kind == "number":
        return "write the number alone; a day minus a day is a number of days"
    if token.kind == "," and _in_brackets(tokens, at):
        return "write a list in square brackets: `x in ['a', 'b']`"
    if token.kind == "text" and after_value:
        return "join texts with an operator; a quote inside a text is written `\\'`"
    if token.kind in {")", "]", "}"} and not after_value:
        return f"finish what stands before `{token.text}`"
    return ""


def _in_brackets(tokens: list[Token], at: int) -> bool:
    """Return whether a comma stands in round brackets behind `in`."""
    opened = next((one for one in range(at - 1, 0, -1) if tokens[one].kind == "("), 0)
    return bool(opened) and tokens[opened - 1].kind == "in"


def _pair(before: Token, token: Token) -> ParseError | None:
    """Return the problem of two tokens that were meant as one: `<>`, `1_000`, `5k`, `a ?? b`, `x++`."""
    if before.kind == "<" and token.kind == ">":
        return _wrong(before, token, "`<>`", "write `!=`")
    if before.kind == "?" and token.kind in {"?", ":"}:
        return _wrong(before, token, f"`?{token.text}`", "write `has(x) ? x : other`")
    if before.kind == token.kind and token.kind in {"+", "*"}:
        return _wrong(before, token, f"`{token.text * 2}`", f"write one `{token.text}`")
    if before.kind == "number" and token.kind == "name":
        plain = (before.text + token.text).replace("_", "")
        fix = f"write `{plain}`" if plain.isdigit() else "write digits, and at most one decimal point"
        written = (before.text + token.text)[:_SHOWN]
        return ParseError("CC209", f"`{written}` is not a number", fix, before.start, token.end)
    return None


def _is_null(tokens: list[Token], at: int) -> ParseError:
    words = [token.text.lower() for token in tokens[at : at + 3]]
    count, right = 1, "=="
    if words[1:2] == ["not"]:
        count, right = 2, "!="
    if words[count : count + 1] in (["null"], ["none"], ["missing"]):
        return _wrong(tokens[at], tokens[at + count], f"`{' '.join(words[: count + 1])}`", f"write `{right} null`")
    return _wrong(tokens[at], tokens[at + count - 1], f"`{' '.join(words[:count])}`", f"write `{right}`")
