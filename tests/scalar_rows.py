"""Rows that hold what each operation of SCALARS means: operation, operands, what it gives (values by hand)."""

from __future__ import annotations

from typing import Any

import attrs

from clientcore.relational import Scalar, Sort
from clientcore.relational.scalar import col, lit, null

N: Any = None
INF, NAN = float("inf"), float("nan")


@attrs.frozen
class Null:
    """A null of a sort."""

    sort: Sort


NUMBER, INTEGER, BOOLEAN, TEXT = Null("number"), Null("integer"), Null("boolean"), Null("text")


@attrs.frozen
class ScalarRow:
    """One operation on operands, and what it gives.

    Args:
        op: The operation.
        args: Operands: a float is a number, an int an integer; `Null` is a missing one.
        want: What comes out; None is null.
        sort: What the operation gives.
        value: What `SCALARS` says for the operation.
    """

    op: str
    args: tuple[Any, ...]
    want: Any
    sort: Sort = "number"
    value: Any = None

    def scalar(self, names: tuple[str, ...] | None = None) -> Scalar:
        """Return the operation on constants, or on columns of these names."""
        if names is None:
            args = tuple(null(arg.sort) if isinstance(arg, Null) else lit(arg) for arg in self.args)
        else:
            args = tuple(col(name, sort_of(arg)) for name, arg in zip(names, self.args, strict=True))
        return Scalar(self.op, self.sort, args, self.value)

    def __str__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})"


def sort_of(value: Any) -> Sort:
    """Return what a value is."""
    if isinstance(value, Null):
        return value.sort
    sorts: dict[type, Sort] = {bool: "boolean", int: "integer", float: "number", str: "text"}
    return sorts[type(value)]


def _rows(op: str, sort: Sort, *rows: tuple[Any, ...], value: Any = None) -> list[ScalarRow]:
    return [ScalarRow(op, row[:-1], row[-1], sort, value) for row in rows]


_LOGIC = [
    *_rows(
        "and",
        "boolean",
        (True, True, True),
        (True, BOOLEAN, N),
        (False, BOOLEAN, False),
        (BOOLEAN, BOOLEAN, N),
        (True, True, False, False),
        (BOOLEAN, True, False, False),
    ),
    *_rows(
        "or", "boolean", (False, False, False), (False, BOOLEAN, N), (True, BOOLEAN, True), (BOOLEAN, False, True, True)
    ),
    *_rows("not", "boolean", (True, False), (False, True), (BOOLEAN, N)),
    *_rows("is_null", "boolean", (1.0, False), (NUMBER, True), (TEXT, True), ("", False)),
    *_rows("is_true", "boolean", (True, True), (False, False), (BOOLEAN, False)),
    *_rows(
        "case",
        "number",
        (True, 1.0, 2.0, 1.0),
        (False, 1.0, 2.0, 2.0),
        (BOOLEAN, 1.0, 2.0, 2.0),
        (False, 1.0, True, 2.0, 3.0, 2.0),
        (BOOLEAN, 1.0, BOOLEAN, 2.0, NUMBER, N),
    ),
    *_rows("coalesce", "number", (NUMBER, 2.0, 2.0), (1.0, 2.0, 1.0), (NUMBER, NUMBER, N)),
    *_rows("coalesce", "text", (TEXT, "é", "é")),
]
_COMPARED = [
    *_rows(
        "eq",
        "boolean",
        (1.0, 1.0, True),
        (0.1 + 0.2, 0.3, False),
        (1.0, NUMBER, N),
        ("a", "a", True),
        ("a", "A", False),
        ("e\u0301", "é", False),
        (True, False, False),
        (5, 5, True),
        ("a", "a ", False),
    ),
    *_rows("ne", "boolean", (1.0, 2.0, True), (NUMBER, 2.0, N), ("a", "b", True), (True, True, False)),
    *_rows(
        "lt",
        "boolean",
        (1.0, 2.0, True),
        (2.0, 2.0, False),
        ("Z", "a", True),
        ("a", "Z", False),
        ("é", "z", False),
        ("a", "ab", True),
        ("", "a", True),
        ("\uffff", "\U0001f600", True),
        ("a-b", "ab", True),
        (NUMBER, 1.0, N),
        (-5, 3, True),
    ),
    *_rows("le", "boolean", (2.0, 2.0, True), ("b", "a", False), ("_", "a", True), (7, 7, True)),
    *_rows(
        "gt", "boolean", (2.0, 1.0, True), (2.0, 2.0, False), ("a", "Z", True), ("z", "é", False), (1e150, -1e150, True)
    ),
    *_rows("ge", "boolean", (2.0, 2.0, True), ("a", "B", True), (TEXT, "a", N)),
    *_rows("in_set", "boolean", (1.0, True), (0.3, False), (NUMBER, N), value=(1.0, 0.1 + 0.2)),
    *_rows("in_set", "boolean", ("a", True), ("A", False), (TEXT, N), value=("a", 'it\'s \\d "x" é')),
    *_rows("in_set", "boolean", ('it\'s \\d "x" é', True), value=('it\'s \\d "x" é',)),
    *_rows("in_set", "boolean", (3, True), (4, False), value=(3,)),
    *_rows("in_param", "boolean", ("a", True), ("b", False), (TEXT, N), value=("t.r", "labels")),
    *_rows("in_param", "boolean", ("a", False), (TEXT, False), value=("t.r", "none")),
]
_NUMBERS = [
    *_rows("add", "number", (0.1, 0.2, 0.1 + 0.2), (1e16, 1.0, 1e16), (1.0, NUMBER, N), (-1.0, 1.0, 0.0)),
    *_rows("sub", "number", (0.3, 0.1, 0.3 - 0.1), (1.0, 1.0, 0.0), (NUMBER, 1.0, N)),
    *_rows(
        "mul",
        "number",
        (0.1, 3.0, 0.1 * 3),
        (-1.0, 0.0, 0.0),
        (1e150, 1e150, 1e150 * 1e150),
        (1e-150, -1e-150, 1e-150 * -1e-150),
    ),
    *_rows(
        "div",
        "number",
        (4.35, 100.0, 4.35 / 100),
        (1.0, 3.0, 1 / 3),
        (1.0, 0.0, N),
        (0.0, -5.0, 0.0),
        (0.0, 0.0, N),
        (7.0, 12.0, 7 / 12),
        (NUMBER, 2.0, N),
        (-7.0, 365.0, -7 / 365),
    ),
    *_rows("neg", "number", (1.5, -1.5), (0.0, 0.0), (NUMBER, N)),
    *_rows("abs", "number", (-1.5, 1.5), (0.0, 0.0)),
    *_rows("floor", "number", (1.5, 1.0), (-1.5, -2.0), (0.5, 0.0), (1e17, 1e17), (-1e19, -1e19)),
    *_rows("ceil", "number", (1.5, 2.0), (-1.5, -1.0), (-0.5, 0.0), (1e19, 1e19), (2.5, 3.0)),
    *_rows(
        "round_even",
        "number",
        (0.5, 0.0),
        (1.5, 2.0),
        (2.5, 2.0),
        (-0.5, 0.0),
        (-1.5, -2.0),
        (-2.5, -2.0),
        (0.49999999999999994, 0.0),
        (4503599627370497.5, 4503599627370498.0),
        (1e17, 1e17),
        (NUMBER, N),
    ),
    *_rows(
        "points", "integer", (True, BOOLEAN, False, True, 9), (False, BOOLEAN, True, BOOLEAN, -2), value=(5, 1, -2, 4)
    ),
    *_rows("points", "integer", (True, True, -40_007), value=(-40_000, -7)),
    *_rows("points", "integer", (BOOLEAN, 0), (True, 1), value=(1,)),
    *_rows("clamp", "number", (0.5, 1.0), (1.5, 1.5), (2.5, 2.0), (1.0, 1.0), (NUMBER, N), value=(1.0, 2.0)),
    *_rows("plain_zero", "number", (-0.0, 0.0), (0.0, 0.0), (-2.5, -2.5), (NUMBER, N)),
    *_rows("param_size", "number", (2.0,), value=("t.r", "labels")),
    *_rows("param_size", "number", (0.0,), value=("t.r", "none")),
    *_rows("sqrt", "number", (2.0, 2.0**0.5), (0.0, 0.0), (NUMBER, N), (1e300, 1e150)),
    *_rows(
        "guard",
        "number",
        (1e151, N),
        (-1e151, N),
        (1e150, 1e150),
        (1e-151, 0.0),
        (-1e-151, 0.0),
        (2.5, 2.5),
        (NUMBER, N),
        (0.0, 0.0),
    ),
    *_rows("finite", "number", (NAN, N), (INF, N), (-INF, N), (2.5, 2.5), (-0.0, 0.0), (NUMBER, N)),
    *_rows("least", "number", (1.0, 2.0, 1.0), (NUMBER, 2.0, 2.0), (NUMBER, NUMBER, N), (3.0, 2.0, 1.0, 1.0)),
    *_rows("least", "text", ("a", "Z", "Z")),
    *_rows("greatest", "number", (1.0, 2.0, 2.0), (1.0, NUMBER, 1.0), (NUMBER, NUMBER, N), (3.0, NUMBER, 4.0, 4.0)),
    *_rows("greatest", "integer", (1, 2, 2), (INTEGER, INTEGER, N)),
]
_INTEGERS = [
    *_rows("iadd", "integer", (2**53, 1, 2**53 + 1), (INTEGER, 1, N)),
    *_rows("isub", "integer", (1, 5, -4)),
    *_rows("imul", "integer", (3_000_000_000, 3, 9_000_000_000), (-3, 4, -12)),
    *_rows("ifloordiv", "integer", (7, 3), (-7, -4), (-8, -4), (0, 0), (INTEGER, N), value=2),
    *_rows("ifloordiv", "integer", (20_000, 2857), (-1, -1), (2**53 + 1, 1286742750677284), value=7),
    *_rows("imod", "integer", (7, 0), (-1, 6), (-7, 0), (9, 2), (INTEGER, N), value=7),
    *_rows("ifmod", "integer", (7, 2, 1), (-7, 2, -1), (7, -2, 1), (7, 0, N), (INTEGER, 2, N)),
    *_rows("bit_or", "integer", (5, 2, 7), (5, 4, 5), (INTEGER, 1, N)),
    *_rows("bit_and", "integer", (5, 4, 4), (5, 2, 0)),
    *_rows(
        "to_number", "number", (2**53 + 1, float(2**53 + 1)), (-3, -3.0), (123456789012345679, 1.2345678901234568e17)
    ),
    *_rows("to_integer", "integer", (3.0, 3), (-3.0, -3), (2.0**60, 2**60), (NUMBER, N)),
]
_TEXTS = [
    *_rows(
        "starts_with",
        "boolean",
        ("abc", "ab", True),
        ("abc", "b", False),
        ("a", "", True),
        (TEXT, "a", N),
        ("a%", "a_", False),
    ),
    *_rows(
        "ends_with",
        "boolean",
        ("abc", "bc", True),
        ("abc", "b", False),
        ("a", "", True),
        ("a", "aa", False),
        ("é", "é", True),
    ),
    *_rows(
        "contains",
        "boolean",
        ("abc", "b", True),
        ("abc", "x", False),
        ("", "", True),
        ("a.c", ".", True),
        ("abc", "%", False),
    ),
    *_rows(
        "matches",
        "boolean",
        ("abc", True),
        ("a\nc", False),
        ("xabc", False),
        ("abc\n", False),
        (TEXT, N),
        value="^a.c$",
    ),
    *_rows("matches", "boolean", ("٣", False), ("a 3", True), ("\u00a0", False), value=r"\d"),
    *_rows("matches", "boolean", ("é", False), ("_", True), ("-", False), value=r"^\w+$"),
    *_rows("matches", "boolean", ("\u00a0", False), (" ", True), ("\v", False), ("\t", True), value=r"^\s$"),
    *_rows("matches", "boolean", ("ab-1", True), ("ab-x", False), value=r"^(?:ab|cd)-[\d.]{1,3}$"),
    *_rows("matches", "boolean", ("a.b", True), ("axb", False), value=r"a\.b"),
    *_rows("length", "integer", ("", 0), ("aé😀", 3), ("e\u0301", 2), (TEXT, N)),
    *_rows("lower_ascii", "text", ("ABCXYZ", "abcxyz"), ("ÉÀẞ", "ÉÀẞ"), (TEXT, N)),
    *_rows("join_text", "text", ("a", "b", "ab"), ("a", TEXT, N), ("a", "", "é", "aé")),
    *_rows("integer_text", "text", (12, "12"), (-5, "-5"), (INTEGER, N)),
]
SCALAR_ROWS: tuple[ScalarRow, ...] = (*_LOGIC, *_COMPARED, *_NUMBERS, *_INTEGERS, *_TEXTS)
#: Params that the rows read.
PARAMS: dict[tuple[str, str], Any] = {("t.r", "labels"): ("a", "c"), ("t.r", "none"): (), ("t.r", "floor"): 0.8}
