"""When a scalar is null, true or false, as far as that is told by which of the columns that it reads are null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from clientcore.relational.scalar import Scalar

Columns = frozenset[str]
_NONE: Columns = frozenset()
#: Operations that are never null.
_SURE = frozenset({"points", "present", "param_size"})
#: Operations that are null only where an operand is.
STRICT = {
    *("not", "eq", "ne", "lt", "le", "gt", "ge", "in_set"),
    *("add", "sub", "mul", "neg", "abs", "floor", "ceil", "round_even", "sqrt", "clamp", "plain_zero"),
    *("iadd", "isub", "imul", "ifloordiv", "imod", "bit_or", "bit_and", "to_number", "to_integer"),
}
_TEXT = {"starts_with", "ends_with", "contains", "matches", "length", "lower_ascii", "join_text", "integer_text"}
#: Operations that are null where an operand is, and may be so elsewhere too.
NULLED = STRICT | _TEXT | {"div", "guard", "finite", "ifmod"}


@attrs.frozen
class Missing:
    """What follows from a column that is null.

    Args:
        causes: The scalar is null only where one of these columns is; None where it may be so for other reasons.
        null: Where one of these columns is null, the scalar is too.
        false: Where one of these is null, it is false.
        true: Where one of these is null, it is true.
        untrue: Where one of these is null, it is null or false.
        unfalse: Where one of these is null, it is null or true.
    """

    causes: Columns | None = None
    null: Columns = _NONE
    false: Columns = _NONE
    true: Columns = _NONE
    untrue: Columns = _NONE
    unfalse: Columns = _NONE

    def of_column(self, name: str) -> Missing:
        """Return the same for a column that holds the scalar: it is null where it is, if nothing else tells where."""
        if self.causes is not None:
            return self
        itself = frozenset({name})
        return Missing(itself, self.null | itself, self.false, self.true, self.untrue | itself, self.unfalse | itself)

    @property
    def never(self) -> bool:
        """Whether the scalar is never null."""
        return self.causes is not None and not self.causes


NEVER = Missing(causes=_NONE)


def of_column(name: str) -> Missing:
    """Return what follows for a column itself."""
    itself = frozenset({name})
    return Missing(causes=itself, null=itself, untrue=itself, unfalse=itself)


def missing(scalar: Scalar, of: Callable[[Scalar], Missing]) -> Missing:
    """Return what follows for a scalar that is no column from columns that are null.

    Args:
        scalar: The scalar.
        of: What follows for its operands.
    """
    if scalar.op == "lit":
        return Missing() if scalar.value is None else NEVER
    args = [of(arg) for arg in scalar.args]
    match scalar.op:
        case "and":
            return _every(args)
        case "or":
            return _opposite(_every(map(_opposite, args)))
        case "not":
            return _opposite(args[0])
        case "is_null":
            return Missing(causes=_NONE, true=args[0].null, unfalse=args[0].null)
        case "is_true":
            (x,) = args
            return Missing(causes=_NONE, false=x.untrue, true=x.true, untrue=x.untrue, unfalse=x.true)
        case "case":
            return _chosen(args)
        case "coalesce" | "least" | "greatest":
            return Missing(_fewest(one.causes for one in args), _shared(args, "null"))
    if scalar.op in _SURE:
        return NEVER
    if scalar.op not in NULLED:
        return Missing()
    null = _NONE.union(*(one.null for one in args))
    causes = _any(one.causes for one in args) if scalar.op in STRICT else None
    return Missing(causes=causes, null=null, untrue=null, unfalse=null)


def _every(parts: Iterable[Missing]) -> Missing:
    """Return what follows for a condition that is true where all parts are, and false where one of them is."""
    args = list(parts)
    false, untrue = (_NONE.union(*(getattr(one, name) for one in args)) for name in ("false", "untrue"))
    true, unfalse = _shared(args, "true"), _shared(args, "unfalse")
    causes = _any(one.causes for one in args)
    return Missing(None if causes is None else causes - false, untrue & unfalse, false, true, untrue, unfalse)


def _opposite(one: Missing) -> Missing:
    return attrs.evolve(one, false=one.true, true=one.false, untrue=one.unfalse, unfalse=one.untrue)


def _chosen(args: Sequence[Missing]) -> Missing:
    """Return what follows for the value behind the first condition that is true."""
    *pairs, otherwise = args
    passed: Columns = _NONE  # where one of these is null, a condition before is true
    causes: list[Columns | None] = []
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        causes.append(None if value.causes is None else value.causes - condition.untrue - passed)
        passed |= condition.true
    causes.append(None if otherwise.causes is None else otherwise.causes - passed)
    values = [*pairs[1::2], otherwise]
    return Missing(_any(causes), *(_shared(values, name) for name in ("null", "false", "true", "untrue", "unfalse")))


def _shared(args: Sequence[Missing], name: str) -> Columns:
    first, *others = (getattr(one, name) for one in args)
    found: Columns = first.intersection(*others)
    return found


def _any(causes: Iterable[Columns | None]) -> Columns | None:
    found: Columns = _NONE
    for one in causes:
        if one is None:
            return None
        found |= one
    return found


def _fewest(causes: Iterable[Columns | None]) -> Columns | None:
    known = [one for one in causes if one is not None]
    return min(known, key=lambda one: (len(one), sorted(one))) if known else None
