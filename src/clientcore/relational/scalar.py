"""Scalars: what one cell of a row is computed from, in the few operations that every column engine has.

Missing is null. A day is the whole number of days since 1970-01-01, an instant the whole microseconds since then, both
of kind `integer`, so that days are compared, added and subtracted as numbers on every engine; a level is its label.
Every meaning that engines settle differently (guards, Kleene over lists, half-even, hysteresis …) is written out in
these operations by this package, once; an engine only prints them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import attrs

#: `integer` is a 64-bit whole number; `number` a finite double.
Sort = Literal["number", "integer", "boolean", "text"]


@attrs.frozen(cache_hash=True)
class Scalar:
    """One operation of `SCALARS` on other scalars of the same row.

    Args:
        op: A key of `SCALARS` or `UNROLLED`.
        sort: What it gives.
        args: What it is computed from.
        value: What they say for the operation; None where they say nothing.
    """

    op: str
    sort: Sort
    args: tuple[Scalar, ...] = ()
    value: Any = None

    def walk(self) -> Iterator[Scalar]:
        """Yield this scalar and everything below it."""
        stack = [self]
        while stack:
            one = stack.pop()
            yield one
            stack.extend(one.args)


#: Operation → what it means. Where nothing is said of null, an operation with a null operand gives null.
SCALARS: dict[str, str] = {
    # leaves
    "col": "a column of the frame; value: its name",
    "lit": "a constant; value: float, int, bool, str or None (a null of that sort)",
    "param": "a param, a literal or a column as the engine wants; value: (ruleset, param)",
    "as_of": "the day of the decision, an integer",
    "present": "whether the book has a related table at all, never null; value: the table",
    # logic
    "and": "Kleene, any number of operands",
    "or": "Kleene, any number of operands",
    "not": "Kleene",
    "is_null": "whether the operand is null; never null",
    "is_true": "false where the operand is null",
    "case": "(condition, value, condition, value, …, otherwise): the value of the first condition that is true; "
    "null counts as not true",
    "points": "the sum of the points of the operands that are true, an integer, never null; any number of operands; "
    "value: a tuple of whole points, one for each, together under 2^31",
    "coalesce": "the first operand that is not null",
    # comparison: numbers, integers, booleans (eq, ne), text by code point
    "eq": "equal",
    "ne": "not equal",
    "lt": "less",
    "le": "less or equal",
    "gt": "greater",
    "ge": "greater or equal",
    "in_set": "whether the operand is one of the constants; value: a tuple of them, not empty, none of them null",
    "param_size": "how many elements a list param has, a number; value: (ruleset, param)",
    "in_param": "whether the operand is in a list param, false where that is empty; value: (ruleset, param)",
    # doubles; results may be -0, which equals 0 and is shown as 0 where a value leaves the program
    "add": "sum of two",
    "sub": "difference",
    "mul": "product of two",
    "div": "quotient; null where the divisor is 0; never computed by the reciprocal of a constant",
    "neg": "negative",
    "abs": "magnitude",
    "floor": "the next whole double below",
    "ceil": "the next whole double above",
    "round_even": "the nearest whole double, half to even",
    "sqrt": "square root, correctly rounded; the operand is never below 0",
    "clamp": "the operand, at least the first and at most the second of two constants; value: both",
    "plain_zero": "the operand, 0 in place of -0",
    "guard": "null where the magnitude is over 1e150, 0 where it is under 1e-150",
    "finite": "null where the operand is NaN or infinite, for what enters",
    "least": "the least of the operands that are not null; null if all are",
    "greatest": "the greatest of the operands that are not null; null if all are",
    # integers
    "iadd": "sum of two",
    "isub": "difference",
    "imul": "product of two",
    "ifloordiv": "quotient rounded down, by a constant that is not 0; value: the constant",
    "imod": "what that leaves, from 0 up to the constant, not included; value: the constant",
    "ifmod": "remainder of two with the sign of the first; null where the second is 0",
    "bit_or": "bits in either",
    "bit_and": "bits in both",
    "to_number": "the integer as a double, correctly rounded",
    "to_integer": "the whole double as an integer; its magnitude is at most 2^62",
    # text
    "starts_with": "whether the first begins with the second",
    "ends_with": "whether the first ends with the second",
    "contains": "whether the first holds the second",
    "matches": "whether a part matches the pattern; value: the pattern as written in the ruleset",
    "length": "number of characters (code points), an integer",
    "lower_ascii": "A to Z become a to z",
    "join_text": "the operands one after the other",
    "integer_text": "an integer as decimal text",
}

#: Operation that no engine sees → what it means; it is gone once params are written in (`specialised`).
UNROLLED: dict[str, str] = {
    "each": "whether the operand holds for all, exactly one or some of the elements of a list param, or for how many; "
    "value: (all, exists_one, exists or size, the item that stands for the element, (ruleset, param))",
    "item": "an element, inside `each` only; value: a name of its own",
}


def col(name: str, sort: Sort) -> Scalar:
    """Return a column of the frame."""
    return Scalar("col", sort, (), name)


def lit(value: float | bool | str) -> Scalar:
    """Return a constant; an `int` is an integer, a `float` a number."""
    sorts: dict[type, Sort] = {bool: "boolean", int: "integer", float: "number", str: "text"}
    return Scalar("lit", sorts[type(value)], (), value)


def null(sort: Sort) -> Scalar:
    """Return the missing value of a sort."""
    return Scalar("lit", sort, (), None)


def case(*parts: Scalar) -> Scalar:
    """Return `case`: conditions and values in turn, then what holds otherwise; conditions that are never true go."""
    left: list[Scalar] = []
    for condition, value in zip(parts[:-1:2], parts[1::2], strict=True):
        if condition != FALSE:
            left += [condition, value]
    return Scalar("case", parts[-1].sort, (*left, parts[-1])) if left else parts[-1]


def choice(condition: Scalar, yes: Scalar, no: Scalar, otherwise: Scalar) -> Scalar:
    """Return one of three values of a sort: where a condition is true, false, null; in one step where two agree."""
    if no == otherwise:
        return case(condition, yes, no)
    if yes == otherwise:
        return case(opposite(condition), no, yes)
    return case(condition, yes, opposite(condition), no, otherwise)


def both(*parts: Scalar) -> Scalar:
    """Return the Kleene conjunction, without operands that are constant true; a false one decides it."""
    if FALSE in parts:
        return FALSE
    left = tuple(part for part in parts if part != TRUE)
    return TRUE if not left else left[0] if len(left) == 1 else Scalar("and", "boolean", left)


def either(*parts: Scalar) -> Scalar:
    """Return the Kleene disjunction, without operands that are constant false; a true one decides it."""
    if TRUE in parts:
        return TRUE
    left = tuple(part for part in parts if part != FALSE)
    return FALSE if not left else left[0] if len(left) == 1 else Scalar("or", "boolean", left)


def opposite(part: Scalar) -> Scalar:
    """Return the Kleene negation."""
    return part.args[0] if part.op == "not" else Scalar("not", "boolean", (part,))


def how_many(parts: Sequence[Scalar]) -> Scalar:
    """Return how many of some conditions are true, an integer."""
    return points([(part, 1) for part in parts])


def points(parts: Sequence[tuple[Scalar, int]]) -> Scalar:
    """Return the sum of the points whose condition is true, an integer; what has no points is left out."""
    counted = [(condition, many) for condition, many in parts if many and condition != FALSE]
    conditions = tuple(condition for condition, _ in counted)
    return Scalar("points", "integer", conditions, tuple(many for _, many in counted)) if counted else lit(0)


def is_null(part: Scalar) -> Scalar:
    """Return whether a scalar is null; a literal is answered at once."""
    return lit(part.value is None) if part.op == "lit" else Scalar("is_null", "boolean", (part,))


def known(part: Scalar) -> Scalar:
    """Return whether a scalar is there."""
    return lit(part.value is not None) if part.op == "lit" else opposite(is_null(part))


def compare(op: str, left: Scalar, right: Scalar) -> Scalar:
    """Return one of eq, ne, lt, le, gt, ge; the equality of two constants is answered at once."""
    if op == "eq" and left.op == right.op == "lit" and None not in {left.value, right.value}:
        return lit(left.value == right.value)
    return Scalar(op, "boolean", (left, right))


def arithmetic(op: str, *args: Scalar) -> Scalar:
    """Return an operation on doubles, or on integers where its name begins with `i`."""
    return Scalar(op, "integer" if op.startswith("i") else "number", args)


def to_number(whole: Scalar) -> Scalar:
    """Return an integer as a double."""
    return Scalar("to_number", "number", (whole,))


TRUE, FALSE = lit(True), lit(False)
