"""Lower scores: terms, aggregate, limits; sums are chains of adds in the order of the terms (SEMANTICS 15 to 18)."""

from __future__ import annotations

from collections.abc import Sequence

from clientcore.decision import column
from clientcore.expr import Node
from clientcore.plan import LimitPlan, ScoreStep, TermPlan
from clientcore.relational.aggregates import Interval, aggregate, nano
from clientcore.relational.applicable import lost
from clientcore.relational.bands import write_bands
from clientcore.relational.expressions import Expressions
from clientcore.relational.history import History
from clientcore.relational.lists import is_true
from clientcore.relational.parts import Part
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    both,
    case,
    choice,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
)

NUMBER = null("number")


def write_score(ex: Expressions, history: History, step: ScoreStep) -> None:
    """Write one score: its parts become leaves under `("score", ruleset, score, part)`, and columns of the frame."""
    if step.model is not None:
        raise ex.refused_whole(" can't run on frames: its model is a Python function")
    keep = ex.builder.keep
    own = [ex.builder.leaves[step.ruleset_applies]] if step.ruleset_applies is not None else []
    if step.applies is not None:
        own.append(ex.value(step.applies))
    made = _aggregated(ex, step)
    applies = keep(both(*own, made.applicable), "s")
    low, high, value = made.low, made.high, made.known
    for limit in step.limits:
        low, high, value = _limited(ex, limit, low, high, value)
    if step.min_coverage is not None:
        enough = compare("ge", made.coverage, ex.value(step.min_coverage))
        value = keep(case(enough, value, NUMBER), "s")
    there = TRUE if applies == TRUE else either(applies, is_null(applies))
    low, high, value, share = (
        part if there == TRUE else keep(case(there, part, NUMBER), "s") for part in (low, high, value, made.coverage)
    )
    sure = is_true(applies)
    exact = keep(case(both(sure, compare("eq", low, high)), low, NUMBER), "s")
    _note(ex, step, {"value": exact, "low": low, "high": high, "coverage": share}, applies)
    _show(ex, step, (exact, value, low, high, share))
    if step.sampling:
        _show_sampling(ex, step, exact)
    write_bands(ex, history, step, low, high, applies)


def _note(ex: Expressions, step: ScoreStep, parts: dict[str, Scalar], applies: Scalar) -> None:
    for part, held in parts.items():
        ex.builder.leaves[(*step.key, part)] = held
    if applies != TRUE:
        fails = is_true(opposite(applies))
        ex.builder.mark(".".join(step.key[1:]), fails, either(fails, is_null(applies)))


def _show(ex: Expressions, step: ScoreStep, parts: Sequence[Scalar]) -> None:
    head = column(".".join(step.key[1:]))
    for tail, part in zip(("", "_known", "_low", "_high"), parts[:4], strict=True):
        ex.builder.output(f"{head}{tail}", Scalar("plain_zero", "number", (part,)), "number")
    ex.builder.output(f"{head}_coverage", Scalar("coalesce", "number", (parts[4], lit(0.0))), "number")


def _show_sampling(ex: Expressions, step: ScoreStep, value: Scalar) -> None:
    """Show the sampling error: all of it, rounded and clamped as the score, or nothing."""
    head, span = column(".".join(step.key[1:])), step.score.range
    low, high, n = (ex.kept(node, ex.main) for node in step.sampling)
    whole = ex.builder.keep(both(known(value), compare("le", low, high), compare("ge", n, lit(1.0))), "s")
    for tail, part in (("_ci_low", nano(ex, low, span)), ("_ci_high", nano(ex, high, span)), ("_n", n)):
        shown = Scalar("plain_zero", "number", (case(whole, part, NUMBER),))
        ex.builder.output(f"{head}{tail}", shown, "number")


def _aggregated(ex: Expressions, step: ScoreStep) -> Interval:
    leaf = _weighing(step)
    if leaf is None:
        return aggregate(ex, step.score.aggregate, [_part(ex, term, None) for term in step.terms], step.score.range)
    return _over_possible(ex, step, leaf)


def _weighing(step: ScoreStep) -> Node | None:
    """Return the one state or outcome that the weights read."""
    for term in step.terms:
        for leaf in term.weight.walk() if term.weight is not None else ():
            if leaf.op in {"state", "outcome"}:
                return leaf
    return None


def _over_possible(ex: Expressions, step: ScoreStep, leaf: Node) -> Interval:
    """Aggregate once per possible value of the state or outcome that the weights read, and take the hull."""
    key = ("state" if leaf.op == "state" else "table", *leaf.value)
    read = ("state" if leaf.op == "state" else "table_outcome", *leaf.value)
    before, runs = ex.builder.leaves[read], []
    for label, may_be in ex.builder.possible[key]:
        ex.builder.leaves[read] = label
        hidden, ex.shared = ex.shared, frozenset()
        run = aggregate(ex, step.score.aggregate, [_part(ex, term, leaf) for term in step.terms], step.score.range)
        ex.shared = hidden
        runs.append((ex.builder.keep(may_be, "h"), run))
    ex.builder.leaves[read] = before
    keep = ex.builder.keep
    low = _least([case(may_be, run.low, NUMBER) for may_be, run in runs], "least")
    high = _least([case(may_be, run.high, NUMBER) for may_be, run in runs], "greatest")
    share = _least([case(may_be, run.coverage, NUMBER) for may_be, run in runs], "least")
    values = [case(may_be, run.known, NUMBER) for may_be, run in runs]
    one = both(
        compare("eq", _least(values, "least"), _least(values, "greatest")),
        *(either(opposite(may_be), known(run.known)) for may_be, run in runs),
    )
    first, last = step.score.range
    return Interval(
        keep(Scalar("coalesce", "number", (low, lit(float(first)))), "h"),
        keep(Scalar("coalesce", "number", (high, lit(float(last)))), "h"),
        keep(case(one, _least(values, "least"), NUMBER), "h"),
        keep(Scalar("coalesce", "number", (share, lit(0.0))), "h"),
        runs[0][1].applicable,
    )


def _least(parts: Sequence[Scalar], op: str) -> Scalar:
    return parts[0] if len(parts) == 1 else Scalar(op, "number", tuple(parts))


def _part(ex: Expressions, term: TermPlan, leaf: Node | None) -> Part:
    """Return one term: clamped to its range, or the whole range where it is missing."""
    keep = ex.builder.keep
    first, last = (float(edge) for edge in term.range)
    two = _two_constants(ex, term, first, last)
    if two is not None:
        weight = lit(1.0) if term.weight is None else _weight(ex, term.weight, leaf)
        low, high = (choice(two[0], lit(two[1]), lit(two[2]), lit(missing)) for missing in (first, last))
        share = case(is_null(two[0]), lit(0.0), lit(1.0))
        return Part(low, high, share, weight, TRUE, (first, last), low, two)
    value = ex.kept(term.node, ex.main)
    applies = TRUE if term.applies is None else ex.kept(term.applies, ex.main)
    surely, perhaps = lost(ex, term.node, value)
    if surely != FALSE:
        applies = keep(both(opposite(surely), case(perhaps, null("boolean"), TRUE), applies), "a")
    weight = lit(1.0) if term.weight is None else _weight(ex, term.weight, leaf)
    inside = keep(_clamped(value, first, last), "a")
    low = high = inside
    share = case(known(value), lit(1.0), lit(0.0))
    if term.passes is not None:
        low, high, passed = (ex.builder.leaves[(*term.passes, part)] for part in ("low", "high", "coverage"))
        share = case(known(low), passed, share)
        low = Scalar("coalesce", "number", (_clamped(low, first, last), inside))
        high = Scalar("coalesce", "number", (_clamped(high, first, last), inside))
    return Part(
        keep(Scalar("coalesce", "number", (low, lit(first))), "a"),
        keep(Scalar("coalesce", "number", (high, lit(last))), "a"),
        keep(share, "a"),
        weight,
        applies,
        (first, last),
        inside if term.passes is None else None,
    )


def _two_constants(ex: Expressions, term: TermPlan, first: float, last: float) -> tuple[Scalar, float, float] | None:
    """Return (condition, value if true, value if false) of a plain term that is one of two constants in its range."""
    node = term.node
    if term.applies is not None or term.passes is not None or node.op != "if":
        return None
    condition, yes, no = node.args
    constants = [part.value for part in (yes, no) if part.op == "literal" and isinstance(part.value, float)]
    if len(set(constants)) != 2 or not all(first <= x <= last for x in constants):
        return None
    truth = ex.kept(condition, ex.main)
    if lost(ex, node, truth)[0] != FALSE:
        return None
    return truth, constants[0], constants[1]


def _weight(ex: Expressions, node: Node, leaf: Node | None) -> Scalar:
    # under a guess of the state the same tree has another value, so nothing kept before may stand for it
    return ex.builder.keep(ex.value(node), "w") if leaf is None or leaf not in node.walk() else ex.value(node)


def _clamped(x: Scalar, first: float, last: float) -> Scalar:
    return Scalar("clamp", "number", (x,), (first, last))


def _limited(
    ex: Expressions, limit: LimitPlan, low: Scalar, high: Scalar, value: Scalar
) -> tuple[Scalar, Scalar, Scalar]:
    keep = ex.builder.keep
    holds = ex.kept(limit.condition, ex.main)
    if limit.kind == "gate":
        holds = opposite(holds)
    at = ex.kept(limit.at, ex.main)
    perhaps = either(is_true(holds), is_null(holds))
    return (
        keep(case(both(perhaps, compare("gt", low, at)), at, low), "l"),
        keep(case(both(holds, compare("gt", high, at)), at, high), "l"),
        keep(case(both(holds, compare("gt", value, at)), at, value), "l"),
    )
