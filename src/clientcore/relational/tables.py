"""Lower decision tables: hit policies over rows that are true, false or unknown (SEMANTICS 20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clientcore.decision import column
from clientcore.plan import TableStep
from clientcore.relational.aggregates import chained
from clientcore.relational.expressions import Expressions
from clientcore.relational.lists import is_true
from clientcore.relational.program import LIST_END
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    both,
    case,
    compare,
    either,
    how_many,
    is_null,
    lit,
    null,
    opposite,
    to_number,
)
from clientcore.relational.sorts import constant, sort_of

_MANY, _CONFLICT = -1, -2  # in place of the index of an outcome
NUMBER = null("number")


def write_table(ex: Expressions, step: TableStep) -> None:
    """Write one table: its outcome is the leaf `("table_outcome", ruleset, table)` and a column of the frame."""
    full, keep = ".".join(step.key[1:]), ex.builder.keep
    truths = [TRUE if row is None else ex.kept(row, ex.main) for row in step.rows]
    outcomes = [_plain(row.then) for row in step.table.rows]
    applies = TRUE if step.applies is None else ex.builder.leaves[step.applies]
    if step.kind.name == "list":
        held = _listed(truths, outcomes, step.table.default)
        ex.builder.possible["table", *step.key[1:]] = []
    elif step.table.hit_policy == "collect":
        held = _collected(ex, step, truths, outcomes)
        ex.builder.possible["table", *step.key[1:]] = []
    else:
        kinds = list(dict.fromkeys([*outcomes, step.table.default]))
        held = _chosen(ex, step, truths, [kinds.index(outcome) for outcome in outcomes], kinds)
    if applies != TRUE:
        held = case(is_true(applies), held, null(held.sort))
        fails = is_true(opposite(applies))
        ex.builder.mark(full, fails, either(fails, is_null(applies)))
    held = keep(held, "o")
    if step.kind.name != "list":
        ex.builder.leaves["table_outcome", *step.key[1:]] = held
    ex.builder.output(column(full), held, step.kind.name if step.kind.name in {"number", "boolean", "list"} else "text")


def _listed(truths: Sequence[Scalar], outcomes: Sequence[Any], default: Any) -> Scalar:
    """Return the outcomes of the true rows as one text; null while a row is unknown that could change it."""
    parts = tuple(
        case(truth, lit(f"{outcome}{LIST_END}"), lit("")) for truth, outcome in zip(truths, outcomes, strict=True)
    )
    joined = parts[0] if len(parts) == 1 else Scalar("join_text", "text", parts)
    otherwise = null("text") if default is None else lit("".join(f"{one}{LIST_END}" for one in default))
    open_, some = either(*(is_null(truth) for truth in truths)), either(*(is_true(truth) for truth in truths))
    if default is None or len(default) != 1:
        return case(open_, null("text"), some, joined, otherwise)
    same = [is_null(truth) for truth, one in zip(truths, outcomes, strict=True) if one == default[0]]
    lone = both(compare("eq", _count(truths, is_null), lit(1)), opposite(some), either(*same))
    return case(lone, otherwise, open_, null("text"), some, joined, otherwise)


def _plain(then: Any) -> Any:
    return float(then) if isinstance(then, int) and not isinstance(then, bool) else then


def _chosen(
    ex: Expressions, step: TableStep, truths: Sequence[Scalar], places: Sequence[int], kinds: Sequence[Any]
) -> Scalar:
    keep = ex.builder.keep
    sort = sort_of(step.kind, f"table `{step.key[2]}`")
    default = kinds.index(step.table.default)
    first = step.table.hit_policy == "first"
    index = keep((_first if first else _unique)(ex, truths, places, default), "o")
    may_be = _first_possible(truths, places, default) if first else _unique_possible(ex, truths, places, default)
    applies = TRUE if step.applies is None else opposite(is_true(opposite(ex.builder.leaves[step.applies])))
    ex.builder.possible["table", *step.key[1:]] = [
        (constant(kind, sort), both(applies, may_be.get(at, FALSE))) for at, kind in enumerate(kinds)
    ]
    if not first:
        conflict = keep(compare("eq", index, lit(_CONFLICT)), "o")
        ex.builder.troubles["CC609", ".".join(step.key[1:])] = conflict
    parts: list[Scalar] = []
    for at, kind in enumerate(kinds):
        if kind is not None:
            parts += [compare("eq", index, lit(at)), constant(kind, sort)]
    return case(*parts, null(sort))


def _first(ex: Expressions, truths: Sequence[Scalar], places: Sequence[int], default: int) -> Scalar:
    """Walk the rows from the last: an unknown one keeps the outcome only where it is the same as its own."""
    index: Scalar = lit(default)
    for truth, at in zip(reversed(truths), reversed(places), strict=True):
        own = lit(at)
        below = ex.builder.keep(index, "o")
        index = case(truth, own, opposite(truth), below, compare("eq", below, own), own, lit(_MANY))
    return index


def _first_possible(truths: Sequence[Scalar], places: Sequence[int], default: int) -> dict[int, Scalar]:
    reached, found = TRUE, dict[int, Scalar]()
    for truth, at in zip(truths, places, strict=True):
        may_be = both(reached, opposite(is_true(opposite(truth))))
        found[at] = either(found.get(at, FALSE), may_be)
        reached = both(reached, opposite(is_true(truth)))
    found[default] = either(found.get(default, FALSE), reached)
    return found


def _unique(ex: Expressions, truths: Sequence[Scalar], places: Sequence[int], default: int) -> Scalar:
    keep = ex.builder.keep
    many, open_ = keep(_count(truths, is_true), "o"), keep(_count(truths, is_null), "o")
    true_one = keep(_which(truths, places, is_true), "o")
    open_one = keep(_which(truths, places, is_null), "o")
    none_open, one_true, none_true = (
        compare("eq", open_, lit(0)),
        compare("eq", many, lit(1)),
        compare("eq", many, lit(0)),
    )
    same = both(none_true, compare("eq", open_, lit(1)), compare("eq", open_one, lit(default)))
    return case(
        compare("gt", many, lit(1)), lit(_CONFLICT),
        both(none_open, one_true), true_one,
        none_open, lit(default),
        same, lit(default),
        lit(_MANY),
    )  # fmt: skip


def _unique_possible(
    ex: Expressions, truths: Sequence[Scalar], places: Sequence[int], default: int
) -> dict[int, Scalar]:
    many = ex.builder.keep(_count(truths, is_true), "o")
    none_true, at_most_one = compare("eq", many, lit(0)), compare("le", many, lit(1))
    found = {default: none_true}
    for truth, at in zip(truths, places, strict=True):
        own = either(both(is_true(truth), at_most_one), both(is_null(truth), none_true))
        found[at] = either(found.get(at, FALSE), own)
    return found


def _count(truths: Sequence[Scalar], test: Any) -> Scalar:
    return how_many([test(truth) for truth in truths])


def _which(truths: Sequence[Scalar], places: Sequence[int], test: Any) -> Scalar:
    parts = [part for truth, at in zip(truths, places, strict=True) for part in (test(truth), lit(at))]
    return case(*parts, lit(_MANY))


def _collected(ex: Expressions, step: TableStep, truths: Sequence[Scalar], outcomes: Sequence[Any]) -> Scalar:
    how, keep = step.table.collect, ex.builder.keep
    default = step.table.default
    if how not in {"count", "sum"}:
        return _extreme(ex, truths, outcomes, str(how), default)
    fallback = lit(0.0 if default is None else float(default))
    some = keep(either(*(is_true(truth) for truth in truths)), "o")
    open_ = keep(either(*(is_null(truth) for truth in truths)), "o")
    ends = _counts(truths) if how == "count" else _sums(ex, truths, outcomes)
    # without a true row either an open one is, or there is the default
    low = keep(case(some, ends[0], Scalar("least", "number", (ends[1], fallback))), "o")
    high = keep(case(some, ends[2], Scalar("greatest", "number", (ends[3], fallback))), "o")
    same = compare("eq", low, high)
    return case(both(opposite(some), opposite(open_)), fallback, same, low, NUMBER)


_Ends = tuple[Scalar, Scalar, Scalar, Scalar]


def _counts(truths: Sequence[Scalar]) -> _Ends:
    """Return (least, least if no row is surely true, most, most if no row is surely true)."""
    least, most = (
        to_number(_count(truths, is_true)),
        to_number(_count(truths, lambda t: either(is_true(t), is_null(t)))),
    )
    return least, lit(1.0), most, most


def _sums(ex: Expressions, truths: Sequence[Scalar], outcomes: Sequence[float]) -> _Ends:
    """Return the same of the sum; if no row is surely true, at least one of the open ones is."""
    low, high = (
        chained(ex, (_adds(truth, x + 0.0, pick(0.0, x)) for truth, x in zip(truths, outcomes, strict=True)))
        for pick in (min, max)
    )
    open_ = [case(is_null(truth), lit(x), NUMBER) for truth, x in zip(truths, outcomes, strict=True)]
    least, most = (Scalar(pick, "number", tuple(open_)) if len(open_) > 1 else open_[0] for pick in _PICKS)
    low_alone = case(compare("lt", least, lit(0.0)), low, least)
    high_alone = case(compare("gt", most, lit(0.0)), high, most)
    return low, low_alone, high, high_alone


_PICKS = ("least", "greatest")


def _adds(truth: Scalar, outcome: float, perhaps: float) -> Scalar:
    return case(truth, lit(outcome), opposite(truth), lit(0.0), lit(perhaps))


def _extreme(ex: Expressions, truths: Sequence[Scalar], outcomes: Sequence[float], how: str, default: Any) -> Scalar:
    """Return the least or greatest outcome of the true rows, where no unknown row could change it."""
    keep = ex.builder.keep
    pick = "least" if how == "min" else "greatest"

    def over(test: Any) -> Scalar:
        parts = tuple(case(test(truth), lit(x), NUMBER) for truth, x in zip(truths, outcomes, strict=True))
        return keep(Scalar(pick, "number", parts) if len(parts) > 1 else parts[0], "o")

    sure = over(is_true)
    # with an unknown row the outcome may be that of any of them beside the sure one, so all of them must agree
    settled = []
    for truth, x in zip(truths, outcomes, strict=True):
        own = Scalar(pick, "number", (sure, lit(x)))
        settled.append(either(opposite(is_null(truth)), compare("eq", own, sure)))
    none_open = both(*(opposite(is_null(truth)) for truth in truths))
    falls_back = lit(float(default)) if isinstance(default, float | int) else NUMBER
    alone = [
        either(opposite(is_null(truth)), compare("eq", lit(x), falls_back))
        for truth, x in zip(truths, outcomes, strict=True)
    ]
    there = opposite(is_null(sure))
    return case(both(there, *settled), sure, there, NUMBER, none_open, falls_back, both(*alone), falls_back, NUMBER)
