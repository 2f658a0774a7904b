"""Simplify scalars: compute constants once, and drop operands that can't change the value.

Every rule holds for the meanings of `SCALARS`, whatever an engine makes of them; -0 may become 0, which no value shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import attrs

from clientcore.plan import HUGE, TINY
from clientcore.relational.scalar import FALSE, TRUE, Scalar, both, case, either, lit, null, opposite

_WIDE = 2**62  # beyond it, engines have to say what becomes of an integer
#: Operations that are never null.
_SURE = frozenset({"is_null", "is_true", "points", "present", "param_size"})
#: Operations that are null only where an operand is.
_STRICT = {
    *("not", "eq", "ne", "lt", "le", "gt", "ge", "in_set"),
    *("add", "sub", "mul", "neg", "abs", "floor", "ceil", "round_even", "sqrt", "clamp", "plain_zero"),
    *("iadd", "isub", "imul", "ifloordiv", "imod", "bit_or", "bit_and", "to_number", "to_integer"),
}
#: Operations that are null where an operand is, and elsewhere too.
_NULLED = _STRICT | {"div", "guard", "finite", "ifmod"}


@attrs.frozen
class Known:
    """What is known of the columns that scalars read.

    Args:
        sure: Whether a column is never null.
        plain: Whether a column is never -0.
    """

    sure: Callable[[str], bool]
    plain: Callable[[str], bool]


Rule: TypeAlias = Callable[[Scalar, Known], Scalar]


def is_sure(scalar: Scalar, known: Known) -> bool:
    """Return whether a scalar is known never to be null."""
    if scalar.op == "lit":
        return scalar.value is not None
    if scalar.op == "col":
        return known.sure(scalar.value)
    if scalar.op in {"coalesce", "greatest", "least"}:
        return any(is_sure(arg, known) for arg in scalar.args)
    if scalar.op == "case":
        return all(is_sure(arg, known) for arg in (*scalar.args[1::2], scalar.args[-1]))
    return scalar.op in _SURE or (scalar.op in _STRICT | {"and", "or"} and all(is_sure(x, known) for x in scalar.args))


def is_plain(scalar: Scalar, known: Known) -> bool:
    """Return whether a scalar is known never to be -0."""
    match scalar.op:
        case "plain_zero" | "to_number" | "guard" | "abs":
            return True
        case "lit":
            return not isinstance(scalar.value, float) or math.copysign(1.0, scalar.value) > 0 or scalar.value != 0
        case "col":
            return known.plain(scalar.value)
        case "case":
            return all(is_plain(arg, known) for arg in (*scalar.args[1::2], scalar.args[-1]))
        case "coalesce" | "least" | "greatest" | "add" | "sub" | "floor" | "sqrt":  # 0 less 0 is 0, and so is x less x
            return all(is_plain(arg, known) for arg in scalar.args)
    return False


def simplify(scalar: Scalar, known: Known) -> Scalar:
    """Return a scalar of the same value, of operands that are simplified already.

    Args:
        scalar: The scalar.
        known: What is known of the columns.
    """
    if not scalar.args:
        return scalar
    if scalar.op in _NULLED and any(arg.op == "lit" and arg.value is None for arg in scalar.args):
        return null(scalar.sort)
    if scalar.op in _COMPUTED and all(arg.op == "lit" for arg in scalar.args):
        found = _computed(scalar)
        if found is not None:
            return found
    rule = _RULES.get(scalar.op)
    return scalar if rule is None else rule(scalar, known)


def _computed(scalar: Scalar) -> Scalar | None:
    """Return a constant; None where engines have to find it."""
    made = _COMPUTED[scalar.op](scalar, [arg.value for arg in scalar.args])
    if made is None:
        return null(scalar.sort)
    if isinstance(made, float):
        return lit(made + 0.0) if math.isfinite(made) else None
    return lit(made) if not isinstance(made, int) or abs(made) < _WIDE else None


def _guarded(x: float) -> float | None:
    return None if abs(x) > HUGE else x if abs(x) >= TINY else 0.0


def _plain(compute: Callable[..., Any]) -> Callable[[Scalar, list[Any]], Any]:
    return lambda _scalar, values: compute(*values)


_COMPUTED: Mapping[str, Callable[[Scalar, list[Any]], Any]] = {
    "not": _plain(lambda x: not x),
    "is_null": _plain(lambda x: x is None),
    "is_true": _plain(lambda x: x is True),
    "eq": _plain(lambda x, y: x == y),
    "ne": _plain(lambda x, y: x != y),
    "lt": _plain(lambda x, y: x < y),
    "le": _plain(lambda x, y: x <= y),
    "gt": _plain(lambda x, y: x > y),
    "ge": _plain(lambda x, y: x >= y),
    "in_set": lambda scalar, values: values[0] in scalar.value,
    "add": _plain(lambda x, y: x + y),
    "sub": _plain(lambda x, y: x - y),
    "mul": _plain(lambda x, y: x * y),
    "div": _plain(lambda x, y: x / y if y else None),
    "neg": _plain(lambda x: -x),
    "floor": _plain(lambda x: float(math.floor(x))),
    "ceil": _plain(lambda x: float(math.ceil(x))),
    "round_even": _plain(lambda x: float(round(x))),
    "sqrt": _plain(math.sqrt),
    "abs": _plain(abs),
    "clamp": lambda scalar, values: float(min(max(values[0], scalar.value[0]), scalar.value[1])),
    "plain_zero": _plain(lambda x: x),
    "guard": _plain(_guarded),
    "least": lambda _, values: min((x for x in values if x is not None), default=None),
    "greatest": lambda _, values: max((x for x in values if x is not None), default=None),
    "iadd": _plain(lambda x, y: x + y),
    "isub": _plain(lambda x, y: x - y),
    "imul": _plain(lambda x, y: x * y),
    "to_number": _plain(float),
}


def _and(scalar: Scalar, _known: Known) -> Scalar:
    return both(*_flat(scalar))


def _or(scalar: Scalar, _known: Known) -> Scalar:
    return either(*_flat(scalar))


def _flat(scalar: Scalar) -> dict[Scalar, None]:
    """Return the operands, those of the same operation within it too, each once; within those there are no more."""
    found: dict[Scalar, None] = {}
    for arg in scalar.args:
        found |= dict.fromkeys(arg.args if arg.op == scalar.op else (arg,))
    return found


def _is_null(scalar: Scalar, known: Known) -> Scalar:
    (part,) = scalar.args
    if is_sure(part, known):
        return FALSE
    # one operand that may be null, and whether the result is says no more than whether that is
    doubtful = [arg for arg in part.args if not is_sure(arg, known)] if part.op in _STRICT else []
    return simplify(attrs.evolve(scalar, args=tuple(doubtful)), known) if len(doubtful) == 1 else scalar


def _is_true(scalar: Scalar, known: Known) -> Scalar:
    return scalar.args[0] if is_sure(scalar.args[0], known) else scalar


def _case(scalar: Scalar, known: Known) -> Scalar:
    *pairs, otherwise = scalar.args
    left: list[Scalar] = []
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        before = opposite(condition)
        if condition == TRUE or (before in left[::2] and is_sure(before, known)):
            otherwise = value
            break
        if condition.op != "lit" and condition not in left[::2]:  # a constant one is false or null here
            left += [condition, value]
    while left and left[-1] == otherwise:
        left = left[:-2]
    made = case(*left, otherwise)
    if made.op == "case" and len(made.args) == 3 and made.sort == "boolean":
        condition, yes, no = made.args
        truth = simplify(Scalar("is_true", "boolean", (condition,)), known)
        if (yes, no) == (TRUE, FALSE):
            return truth
        if (yes, no) == (FALSE, TRUE):
            return opposite(truth)
    return made


def _coalesce(scalar: Scalar, known: Known) -> Scalar:
    found: dict[Scalar, None] = {}
    for arg in _flat(scalar):
        if arg.op != "lit" or arg.value is not None:
            found[arg] = None
            if is_sure(arg, known):
                break
    return _few(scalar, found)


def _extreme(scalar: Scalar, _known: Known) -> Scalar:
    return _few(scalar, dict.fromkeys(arg for arg in _flat(scalar) if arg.op != "lit" or arg.value is not None))


def _few(scalar: Scalar, args: Iterable[Scalar]) -> Scalar:
    left = tuple(args)
    return null(scalar.sort) if not left else left[0] if len(left) == 1 else attrs.evolve(scalar, args=left)


def _add(scalar: Scalar, known: Known) -> Scalar:
    for x, y in (scalar.args, scalar.args[::-1]):
        if y.op == "lit" and y.value == 0.0 and is_plain(x, known):  # -0 and 0 are 0
            return x
    return scalar


def _without(neutral: float, *, left: bool) -> Rule:
    """Return a rule that leaves out the operand that changes nothing."""

    def rule(scalar: Scalar, _known: Known) -> Scalar:
        x, y = scalar.args
        if y.op == "lit" and y.value == neutral:
            return x
        return y if left and x.op == "lit" and x.value == neutral else scalar

    return rule


def _told(*, same: bool) -> Rule:
    """Return a rule for the comparison of a condition with a constant one."""

    def rule(scalar: Scalar, _known: Known) -> Scalar:
        for x, y in (scalar.args, scalar.args[::-1]):
            if y in {TRUE, FALSE}:
                return x if (y == TRUE) is same else opposite(x)
        return scalar

    return rule


def _plain_zero(scalar: Scalar, known: Known) -> Scalar:
    return scalar.args[0] if is_plain(scalar.args[0], known) else scalar


def _guard(scalar: Scalar, _known: Known) -> Scalar:
    return scalar.args[0] if scalar.args[0].op in {"guard", "to_number"} else scalar


_RULES: Mapping[str, Rule] = {
    "and": _and,
    "or": _or,
    "not": lambda scalar, _: opposite(scalar.args[0]),
    "is_null": _is_null,
    "is_true": _is_true,
    "case": _case,
    "coalesce": _coalesce,
    "least": _extreme,
    "greatest": _extreme,
    "add": _add,
    "eq": _told(same=True),
    "ne": _told(same=False),
    "sub": _without(0.0, left=False),
    "mul": _without(1.0, left=True),
    "div": _without(1.0, left=False),
    "iadd": _without(0, left=True),
    "isub": _without(0, left=False),
    "imul": _without(1, left=True),
    "plain_zero": _plain_zero,
    "guard": _guard,
}
