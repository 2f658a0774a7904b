"""Syntax tree to text: the one spelling of an expression."""

from __future__ import annotations

import re

from clientcore.expr import Call, Expr, ListOf, Literal, Macro, MapOf, Name, Select, Struct
from clientcore.parse.grammar import BINARY

_POWERS: dict[str, tuple[int, str]] = {function: (power, sign) for sign, (power, function) in BINARY.items()}
_TERNARY, _OR, _AND, _LEFT, _SIGN, _MEMBER = 0, 1, 2, 3, 6, 7
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER_STARTS = frozenset("-0123456789")
_NO_FIELD = frozenset({"true", "false", "null", "in"})
_ESCAPES = {"\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def unparse(expr: Expr) -> str:
    """Return the text of a syntax tree, with the fewest parentheses.

    Args:
        expr: What `parse` returned, or a tree built alike.

    Returns:
        Text with `parse(unparse(expr)) == expr`.

    Example:
        >>> from clientcore.parse import parse
        >>> unparse(parse("( a+1 )*2>3 &&(b)"))
        '(a + 1) * 2 > 3 && b'
    """
    return _text(expr)[1]


def _text(expr: Expr) -> tuple[int, str]:
    """Return how tightly an expression binds, and its text."""
    match expr:
        case Literal(value=value, kind=kind):
            return _MEMBER, _literal(value, kind)
        case Name(name=name):
            return _MEMBER, name
        case Select(operand=operand, field=field, test=test):
            path = f"{_within(operand, _MEMBER)}.{_field(field)}"
            return _MEMBER, f"has({path})" if test else path
        case Macro(name=name, range=source, var=var, args=args):
            return _MEMBER, f"{_within(source, _MEMBER)}.{name}({', '.join([var, *map(unparse, args)])})"
        case ListOf(items=items):
            return _MEMBER, f"[{', '.join(map(unparse, items))}]"
        case MapOf(entries=entries):
            inside = ", ".join(f"{unparse(key)}: {unparse(value)}" for key, value in entries)
            return _MEMBER, f"{{{inside}}}"
        case Struct(name=name, fields=fields):
            inside = ", ".join(f"{_field(field)}: {unparse(value)}" for field, value in fields)
            return _MEMBER, f"{name}{{{inside}}}"
        case Call():
            return _call(expr)
    raise AssertionError(expr)


def _call(expr: Call) -> tuple[int, str]:
    function, args, target = expr.function, expr.args, expr.target
    if target is not None:
        return _MEMBER, f"{_within(target, _MEMBER)}.{function}({', '.join(map(unparse, args))})"
    if function in _POWERS:
        return _binary(expr)
    match function, args:
        case "_?_:_", (condition, one, other):
            return _TERNARY, f"{_within(condition, _OR)} ? {_within(one, _OR)} : {unparse(other)}"
        case "!_" | "-_", (operand,):
            text = _within(operand, _MEMBER)
            if function == "-_" and text[0] in _NUMBER_STARTS:  # else the sign would become the number's own
                text = f"({text})"
            return _SIGN, f"{function[0]}{text}"
        case "_[_]", (operand, place):
            return _MEMBER, f"{_within(operand, _MEMBER)}[{unparse(place)}]"
    return _MEMBER, f"{function}({', '.join(map(unparse, args))})"


def _binary(expr: Call) -> tuple[int, str]:
    power, sign = _POWERS[expr.function]
    if power >= _LEFT:
        left, right = expr.args
        return power, f"{_within(left, power)} {sign} {_within(right, power + 1)}"
    parts = _parts(expr, expr.function)
    if not _is_folded(expr, expr.function, len(parts)):
        parts = list(expr.args)
    return power, f" {sign} ".join(_within(part, power + 1) for part in parts)


def _parts(expr: Expr, function: str) -> list[Expr]:
    """Return what stands between the signs if the whole chain is written without parentheses."""
    if isinstance(expr, Call) and expr.function == function:
        return [part for arg in expr.args for part in _parts(arg, function)]
    return [expr]


def _is_folded(expr: Expr, function: str, count: int) -> bool:
    """Return whether a chain of so many parts, read anew, folds into this very tree."""
    if count == 1:
        return not (isinstance(expr, Call) and expr.function == function)
    if not (isinstance(expr, Call) and expr.function == function):
        return False
    half = (count + 1) // 2
    return _is_folded(expr.args[0], function, half) and _is_folded(expr.args[1], function, count - half)


def _within(expr: Expr, power: int) -> str:
    found, text = _text(expr)
    return text if found >= power else f"({text})"


def _field(name: str) -> str:
    return name if _FIELD.fullmatch(name) and name not in _NO_FIELD else f"`{name}`"


def _literal(value: object, kind: str) -> str:
    if kind == "text":
        return _quoted(str(value))
    if kind == "bytes" and isinstance(value, bytes):
        return f"b'{''.join(map(_octet, value))}'"
    if kind == "uint":
        return f"{value}u"
    if kind == "boolean":
        return "true" if value else "false"
    return "null" if value is None else repr(value)


def _quoted(text: str) -> str:
    """Return text in quotes: single ones, or double ones where only single ones are inside."""
    quote = '"' if "'" in text and '"' not in text else "'"
    return quote + "".join(f"\\{quote}" if char == quote else _visible(char) for char in text) + quote


def _octet(byte: int) -> str:
    char = chr(byte)
    return char if " " <= char <= "~" and char not in "'\\" else f"\\x{byte:02x}"


def _visible(char: str) -> str:
    if char.isprintable() and char != "\\":
        return char
    return _ESCAPES.get(char) or (f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}")
