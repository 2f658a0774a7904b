"""Our syntax tree as cel-go prints its own: macros written out, the kind of every node behind it."""

from __future__ import annotations

import re
from decimal import Decimal

from clientcore.expr import Call, Expr, ListOf, Literal, Macro, MapOf, Name, Select, Struct

_CONSTANTS = {
    "int": "Int64",
    "uint": "Uint64",
    "double": "Double",
    "text": "String",
    "bytes": "Bytes",
    "boolean": "Bool",
    "null": "Null",
}
_SIGNS = {
    '"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
}  # fmt: skip
_RESULT = Name(name="@result")
_OUTSIDE = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|\s+')


def squeezed(printed: str) -> str:
    """Return cel-go's print without line breaks, indents and comments."""
    return _OUTSIDE.sub(lambda match: match[1] or "", printed)


def debug(expr: Expr) -> str:
    """Return the print of a tree, squeezed."""
    match expr:
        case Literal(value=value, kind=kind):
            return f"{_constant(value, kind)}^#*expr.Constant_{_CONSTANTS[kind]}Value#"
        case Name(name=name):
            return f"{name}^#*expr.Expr_IdentExpr#"
        case Select(operand=operand, field=field, test=test):
            return f"{debug(operand)}.{field}{'~test-only~' if test else ''}^#*expr.Expr_SelectExpr#"
        case Call(function=function, args=args, target=target):
            receiver = f"{debug(target)}." if target is not None else ""
            return f"{receiver}{function}({','.join(map(debug, args))})^#*expr.Expr_CallExpr#"
        case ListOf(items=items):
            return f"[{','.join(map(debug, items))}]^#*expr.Expr_ListExpr#"
        case MapOf(entries=entries):
            pairs = (f"{debug(key)}:{debug(value)}^#*expr.Expr_CreateStruct_Entry#" for key, value in entries)
            return f"{{{','.join(pairs)}}}^#*expr.Expr_StructExpr#"
        case Struct(name=name, fields=fields):
            pairs = (f"{field}:{debug(value)}^#*expr.Expr_CreateStruct_Entry#" for field, value in fields)
            return f"{name}{{{','.join(pairs)}}}^#*expr.Expr_StructExpr#"
        case Macro(range=source, var=var):
            loop = ",".join(map(debug, _loop(expr)))
            return f"__comprehension__({var},{debug(source)},@result,{loop})^#*expr.Expr_ComprehensionExpr#"
    raise AssertionError(expr)


def _loop(macro: Macro) -> tuple[Expr, Expr, Expr, Expr]:
    """Return what a macro stands for: start, condition to go on, step and result of a loop."""
    true, empty = Literal(value=True, kind="boolean"), ListOf(items=())
    zero, one = (Literal(value=value, kind="int") for value in (0, 1))
    *conditions, body = macro.args
    match macro.name:
        case "all":
            return true, _call("@not_strictly_false", _RESULT), _call("_&&_", _RESULT, body), _RESULT
        case "exists":
            start = Literal(value=False, kind="boolean")
            going = _call("@not_strictly_false", _call("!_", _RESULT))
            return start, going, _call("_||_", _RESULT, body), _RESULT
        case "exists_one":
            return zero, true, _call("_?_:_", body, _call("_+_", _RESULT, one), _RESULT), _call("_==_", _RESULT, one)
        case "filter":
            conditions, body = [body], Name(name=macro.var)
    step: Expr = _call("_+_", _RESULT, ListOf(items=(body,)))
    for condition in conditions:
        step = _call("_?_:_", condition, step, _RESULT)
    return empty, true, step, _RESULT


def _call(function: str, *args: Expr) -> Call:
    return Call(function=function, args=args)


def _constant(value: object, kind: str) -> str:
    if isinstance(value, bytes):
        return f"b{_quoted(value.decode('utf-8', 'surrogateescape'))}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _double(value)
    if value is None:
        return "null"
    return f"{value}u" if kind == "uint" else str(value).lower()


def _quoted(text: str) -> str:
    return f'"{"".join(map(_visible, text))}"'


def _visible(char: str) -> str:
    point = ord(char)
    if char in _SIGNS:
        return _SIGNS[char]
    if 0xDC80 <= point <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{point - 0xDC00:02x}"
    if char.isprintable():
        return char
    if point < 0x80:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _double(value: float) -> str:
    """Return a double as Go prints it: the shortest digits, with an exponent below 1e-4 and from 1e6 on."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    place = len(digits) + int(exponent) - 1
    text = "".join(map(str, digits))
    minus = "-" * sign
    if value == 0:
        return f"{minus}0"
    if -4 <= place < 6:
        return f"{minus}{Decimal((0, digits, exponent)):f}"
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{minus}{mantissa}e{'-' if place < 0 else '+'}{abs(place):02d}"
