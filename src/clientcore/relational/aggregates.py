"""Lower aggregates over terms that may be missing, unsure or not applicable (SEMANTICS 15 to 17a)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from clientcore.plan import CHOICES
from clientcore.relational.expressions import Expressions, quotient
from clientcore.relational.geometric import geometric_end, geometric_mean, product_of
from clientcore.relational.parts import ONE, ZERO, Part, times, where
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    how_many,
    is_null,
    known,
    lit,
    null,
    opposite,
    points,
    to_number,
)

_ROOM = 1e-9  # for rounding, where the terms that count are not sure
_CHAIN = 12  # sums are kept as a column after so many terms
NUMBER = null("number")


@attrs.frozen
class Interval:
    """An aggregate before limits; `known` is null where no term is known.

    `applicable` is false where no term is left, null where each that is left may still leave.
    """

    low: Scalar
    high: Scalar
    known: Scalar
    coverage: Scalar
    applicable: Scalar


def aggregate(ex: Expressions, how: str, parts: Sequence[Part], span: tuple[float, float]) -> Interval:
    """Return the interval of a score before limits.

    Args:
        ex: Keeps the columns.
        how: weighted_mean, sum, min, max, product or geometric_mean.
        parts: Terms in file order.
        span: Range of the score.
    """
    keep = ex.builder.keep
    sure = [part.sure for part in parts]
    exact = [both(s, part.exact) for s, part in zip(sure, parts, strict=True)]
    if how == "sum" and (whole := _whole_points(parts)) is not None:
        return _of_points(ex, parts, whole, exact, span)
    low, high = (
        _product_ends(ex, parts)
        if how == "product"
        else (_end(ex, how, parts, sure, span, "low"), _end(ex, how, parts, sure, span, "high"))
    )
    value = keep(_fold(ex, how, parts, exact, "known"), "k")
    if how in {"sum", "product"}:
        many = keep(how_many(exact), "k")
        value = case(compare("gt", many, lit(0)), value, NUMBER)
    any_sure, any_left = either(*sure), either(*(part.left for part in parts))
    applicable = TRUE if any_sure == TRUE else case(any_sure, TRUE, any_left, null("boolean"), FALSE)
    return Interval(
        keep(nano(ex, low, span), "s"),
        keep(nano(ex, high, span), "s"),
        keep(nano(ex, value, span), "s"),
        keep(_coverage(ex, parts, sure), "s"),
        keep(applicable, "s"),
    )


def _whole_points(parts: Sequence[Part]) -> list[tuple[Scalar, list[int]]] | None:
    """Return (condition, points if true, if false, least and most if missing) where all are whole, few and applicable.

    Whole sums are exact in every order, and what is under 2^53 nano-points is its own rounding.
    """
    found = []
    for part in parts:
        if part.truth is None or part.weight.op != "lit" or part.applies != TRUE:
            return None
        condition, *cases = part.truth
        found.append((condition, [part.weight.value * x for x in (*cases, *part.range)]))
    if not all(float(x).is_integer() for _, some in found for x in some):
        return None
    most = sum(max(abs(x) for x in some) for _, some in found)
    return [(condition, [int(x) for x in some]) for condition, some in found] if most < 2**53 / 1e9 else None


def _of_points(
    ex: Expressions,
    parts: Sequence[Part],
    whole: list[tuple[Scalar, list[int]]],
    exact: Sequence[Scalar],
    span: tuple[float, float],
) -> Interval:
    """Return the interval of a sum of whole points: what is known, and what the missing ones may bring."""
    keep = ex.builder.keep
    known_points = [(condition, yes) for condition, (yes, _, _, _) in whole]
    known_points += [(opposite(condition), no) for condition, (_, no, _, _) in whole]
    value = keep(points(known_points), "k")
    least, most = (keep(points([(is_null(condition), some[at]) for condition, some in whole]), "k") for at in (2, 3))
    low, high = arithmetic("iadd", value, least), arithmetic("iadd", value, most)
    some = compare("gt", keep(how_many(exact), "k"), lit(0))

    def shown(x: Scalar) -> Scalar:
        return Scalar("clamp", "number", (to_number(x),), (float(span[0]), float(span[1])))

    return Interval(
        keep(shown(low), "s"),
        keep(shown(high), "s"),
        keep(case(some, shown(value), NUMBER), "s"),
        keep(_coverage(ex, parts, [TRUE] * len(parts)), "s"),
        TRUE,
    )


def nano(ex: Expressions, x: Scalar, span: tuple[float, float]) -> Scalar:
    """Return a number rounded half-even to 1e-9 and clamped to a range."""
    rounded = quotient(ex, arithmetic("round_even", arithmetic("mul", x, lit(1e9))), lit(1e9))
    return Scalar("clamp", "number", (rounded,), (float(span[0]), float(span[1])))


def _coverage(ex: Expressions, parts: Sequence[Part], sure: Sequence[Scalar]) -> Scalar:
    if all(
        part.weight == ONE and part.value is not None and counts == TRUE
        for part, counts in zip(parts, sure, strict=True)
    ):
        many = ex.builder.keep(how_many([part.exact for part in parts]), "k")
        return quotient(ex, to_number(many), lit(float(len(parts))))
    weights = [
        part.weight if part.weight.op == "lit" else Scalar("coalesce", "number", (part.weight, ONE)) for part in parts
    ]
    total = ex.builder.keep(chained(ex, (where(one.left, w) for one, w in zip(parts, weights, strict=True))), "k")
    covered = chained(
        ex,
        (
            where(counts, times(weight, part.coverage))
            for part, counts, weight in zip(parts, sure, weights, strict=True)
        ),
    )
    if all(part.op != "col" for part in total.walk()) and total.op == "lit" and total.value == 0.0:
        return ZERO
    return Scalar("coalesce", "number", (quotient(ex, covered, total), ZERO))


def chained(ex: Expressions, parts: Iterable[Scalar]) -> Scalar:
    """Return the sum of doubles from the first to the last; a long chain is several columns, so that none is deep."""
    total = ZERO
    for at, part in enumerate(parts):
        kept = total if at % _CHAIN else ex.builder.keep(total, "k")
        total = part if kept == ZERO else arithmetic("add", kept, part)
    return total


def _end(
    ex: Expressions, how: str, parts: Sequence[Part], sure: Sequence[Scalar], span: tuple[float, float], end: str
) -> Scalar:
    """Return one end of the interval over the sure terms, widened by the unsure ones (17a)."""
    at = 0 if end == "low" else 1
    unsure = [(part, part.unsure) for part in parts if part.unsure != FALSE]
    if how == "geometric_mean" and unsure and len(parts) <= CHOICES:
        return Scalar("coalesce", "number", (geometric_end(ex, parts, end), lit(float(span[at]))))
    folded = ex.builder.keep(_fold(ex, how, parts, sure, end), "k")
    if how == "sum":
        return _sum_end(ex, folded, unsure, span[at], end)
    whole = lit(float(span[at]))
    if not unsure:
        # no sum of weights, no mean: anything is possible
        return Scalar("coalesce", "number", (folded, whole)) if how == "weighted_mean" else folded
    pick = "least" if end == "low" else "greatest"
    ends = [case(open_, getattr(part, end), NUMBER) for part, open_ in unsure]
    if how == ("min" if end == "low" else "max"):  # one more term can only lower a minimum
        return Scalar(pick, "number", (folded, *ends))
    edge = Scalar(pick, "number", tuple(ends)) if len(ends) > 1 else ends[0]
    if how in {"min", "max"}:
        return Scalar("coalesce", "number", (folded, edge))
    room = lit(_ROOM if end == "high" else -_ROOM)
    most = Scalar(pick, "number", (folded, edge))
    if how == "weighted_mean":
        moved = _moved(ex, parts, sure, unsure, (end, folded))
        most = Scalar("greatest" if end == "low" else "least", "number", (most, moved))
    beside = arithmetic("add", most, room)
    some = either(*(open_ for _, open_ in unsure))
    several = compare("gt", chained(ex, (where(open_, ONE) for _, open_ in unsure)), ONE)
    rounded = either(known(folded), *([several] if len(unsure) > 1 else []))  # a mean of several is
    return case(both(some, rounded), beside, some, edge, Scalar("coalesce", "number", (folded, whole)))


def _moved(
    ex: Expressions,
    parts: Sequence[Part],
    sure: Sequence[Scalar],
    unsure: Sequence[tuple[Part, Scalar]],
    of: tuple[str, Scalar],
) -> Scalar:
    """Return how far unsure terms may move a mean: each no further than it would alone; null if nothing bounds it."""
    end, mean = of
    below = ex.builder.keep(_weights(ex, parts, sure), "k")
    moved = [mean]
    for part, open_ in unsure:
        away = arithmetic("sub", getattr(part, end), mean)
        past = compare("lt" if end == "low" else "gt", away, ZERO)
        alone = quotient(ex, times(part.weight, away), arithmetic("add", below, part.weight))
        moved.append(case(both(open_, past), alone, ZERO))
    return chained(ex, moved)


def _weights(ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar]) -> Scalar:
    return chained(ex, (where(one, part.weight) for part, one in zip(parts, counts, strict=True)))


def _sum_end(ex: Expressions, folded: Scalar, unsure: Sequence[tuple[Part, Scalar]], edge: float, end: str) -> Scalar:
    more, unknown = [folded], []
    for part, open_ in unsure:
        x = times(part.weight, getattr(part, end))
        past = compare("gt" if end == "low" else "lt", x, ZERO)
        more.append(case(both(open_, past), ZERO, open_, x, ZERO))
        if part.weight.op not in {"lit", "param"}:
            unknown.append(both(open_, is_null(part.weight)))
    made = chained(ex, more)
    return case(either(*unknown), lit(float(edge)), made) if unknown else made


def _fold(ex: Expressions, how: str, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
    """Return an aggregate of one end of the terms that count; null (0 for a sum, 1 for a product) where none does."""
    return _FOLDS[how](ex, parts, counts, end)


def _sum(ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
    added = []
    for part, one in zip(parts, counts, strict=True):
        plain = one == TRUE or (end == "known" and part.truth is not None and one == part.exact)
        x = part.end(end, part.weight)
        added.append(x if plain else where(one, x))
    return chained(ex, added)


def _weighted_mean(ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
    return quotient(ex, _sum(ex, parts, counts, end), ex.builder.keep(_weights(ex, parts, counts), "k"))


def _extreme(pick: str) -> Callable[[Expressions, Sequence[Part], Sequence[Scalar], str], Scalar]:
    def fold(_ex: Expressions, parts: Sequence[Part], counts: Sequence[Scalar], end: str) -> Scalar:
        ends = tuple(where(one, part.end(end, ONE), NUMBER) for part, one in zip(parts, counts, strict=True))
        return Scalar(pick, "number", ends) if len(ends) > 1 else ends[0]

    return fold


def _product_ends(ex: Expressions, parts: Sequence[Part]) -> tuple[Scalar, Scalar]:
    low = high = ONE
    for part in parts:
        if part.sure != FALSE:
            low, high = _factor(ex, part.sure, (low, high), (part.low, part.high))
    for part in parts:
        if part.unsure != FALSE:
            least = Scalar("least", "number", (ONE, part.low))
            most = Scalar("greatest", "number", (ONE, part.high))
            low, high = _factor(ex, part.unsure, (low, high), (least, most))
    return low, high


def _factor(
    ex: Expressions, counts: Scalar, ends: tuple[Scalar, Scalar], by: tuple[Scalar, Scalar]
) -> tuple[Scalar, Scalar]:
    corners = tuple(ex.builder.keep(arithmetic("mul", a, b), "k") for a in ends for b in by)
    low = Scalar("guard", "number", (ex.builder.keep(Scalar("least", "number", corners), "k"),))
    high = Scalar("guard", "number", (ex.builder.keep(Scalar("greatest", "number", corners), "k"),))
    return ex.builder.keep(where(counts, low, ends[0]), "k"), ex.builder.keep(where(counts, high, ends[1]), "k")


_FOLDS: dict[str, Callable[[Expressions, Sequence[Part], Sequence[Scalar], str], Scalar]] = {
    "weighted_mean": _weighted_mean,
    "sum": _sum,
    "min": _extreme("least"),
    "max": _extreme("greatest"),
    "product": product_of,
    "geometric_mean": geometric_mean,
}
