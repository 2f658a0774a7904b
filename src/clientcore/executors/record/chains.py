"""Write a score that is a chain of adds: each term applies for sure, with a weight that is always known."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.executors.record.emitter import Emitter, Truth
from clientcore.expr import BOOLEAN, Node
from clientcore.plan import RuleStep, ScoreStep, TermPlan

#: Whole sums up to this size are exact in any order, and rounding them to nine places changes nothing.
_WHOLE = 9e6


@attrs.frozen
class ScoreNames:
    """Names that hold the parts of a score in the generated function."""

    low: str
    high: str
    known: str
    coverage: str
    applies: str
    bands: str
    since: str


@attrs.frozen
class Sums:
    """Names of the running sums of a chain; `weight` counts what is known, or in `unit` what is unknown.

    Where every missing term adds nothing to the low (or high) sum, that sum is the known one as well. Where all that is
    added is `whole`, no order of the additions rounds: then a known term is added once, and `low` and `high` hold only
    what the missing ones add until the end.
    """

    low: str
    high: str
    known: str
    weight: str
    unit: bool
    whole: bool

    @classmethod
    def of(cls, step: ScoreStep, names: ScoreNames) -> Sums:
        """Choose the fewest sums that a score needs."""
        unit = all(term.weight is None for term in step.terms)
        known, whole = names.known, unit and _whole(step)
        if whole:
            pass
        elif all(term.range[0] == 0.0 for term in step.terms):
            known = names.low
        elif all(term.range[1] == 0.0 for term in step.terms):
            known = names.high
        return cls(names.low, names.high, known, f"{names.coverage}w", unit, whole)

    def adds(self, x: str | float, w: str | float) -> list[str]:
        """Return the lines that add a known term."""
        lines = []
        if x != 0.0:
            sums = (self.known,) if self.whole else dict.fromkeys((self.low, self.high, self.known))
            lines += [f"{name} += {x}" for name in sums]
        if not self.unit and w != 0.0:
            lines.append(f"{self.weight} += {w}")
        return lines

    def misses(self, span: tuple[float, float], w: str | float) -> list[str]:
        """Return the lines that add a missing term."""
        ends = zip((self.low, self.high), span, strict=True)
        lines = [f"{name} += {x}" for name, edge in ends if (x := _times(w, edge)) != 0.0]
        return [*lines, f"{self.weight} += 1.0"] if self.unit else lines


def write_chain(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    """Write the sums of a score, what is known of it and its coverage, before limits."""
    sums = Sums.of(step, names)
    em.line(f"{names.low} = {names.high} = {names.known} = {sums.weight} = 0.0")
    total: str | float = 0.0
    for term in step.terms:
        total = _add_term(em, term, sums, total)
    if sums.whole:
        em.line(f"{names.low} += {names.known}")
        em.line(f"{names.high} += {names.known}")
    if sums.known != names.known:
        em.line(f"{names.known} = {sums.known}")
    if sums.unit:
        em.line(f"{sums.weight} = {float(len(step.terms))!r} - {sums.weight}")
    share = f"{sums.weight} / {total}"
    if isinstance(total, str):
        share += f" if {total} else 0.0"
    em.line(f"{names.coverage} = {share if total else 0.0}")
    if step.score.aggregate == "weighted_mean":
        _divide(em, step, names, sums.weight, total)
    elif sums.whole and _within(step):
        em.line(f"if {names.low} == {names.high}: {names.known} = {names.low}")
        em.line(f"elif not {sums.weight}: {names.known} = NAN")
        return
    span = f"{step.score.range[0]!r}, {step.score.range[1]!r}"
    with em.indented(f"if {names.low} == {names.high}:"):
        em.line(f"{names.known} = {names.low} = {names.high} = nano({names.low}, {span})")
    with em.indented("else:"):
        for name in (names.low, names.high):
            em.line(f"{name} = nano({name}, {span})")
        em.line(f"{names.known} = nano({names.known}, {span}) if {sums.weight} else NAN")


def _within(step: ScoreStep) -> bool:
    """Return whether the ends of the terms add up to nothing outside the range, so that it need not be clamped to."""
    least, most = step.score.range
    return least <= sum(term.range[0] for term in step.terms) and sum(term.range[1] for term in step.terms) <= most


def _divide(em: Emitter, step: ScoreStep, names: ScoreNames, weight: str, total: str | float) -> None:
    em.line(f"{names.known} = {names.known} / {weight} if {weight} else NAN")
    for name, edge in zip((names.low, names.high), step.score.range, strict=True):
        if isinstance(total, str):
            em.line(f"{name} = {name} / {total} if {total} else {edge!r}")
        else:
            em.line(f"{name} = {name} / {total!r}" if total else f"{name} = {edge!r}")


def _add_term(em: Emitter, term: TermPlan, sums: Sums, total: str | float) -> str | float:
    if term.weight is None or term.weight.op == "literal":
        w: str | float = 1.0 if term.weight is None else float(term.weight.value)
    else:
        w = em.value(term.weight)
    if two_valued(term):
        _two_branches(em, term, sums, w)
    else:
        _one_value(em, term, sums, w)
    if isinstance(w, float) and isinstance(total, float):
        return total + w
    name = f"{sums.weight}_all"
    em.line(f"{name} = {total} + {w}")
    return name


def _times(w: str | float, x: float) -> str | float:
    return w * x if isinstance(w, float) else f"{w} * {x!r}"


def two_valued(term: TermPlan) -> bool:
    """Return whether a term is `condition ? number : number`, two different ones within its range."""
    node = term.node
    if node.op != "if" or any(arg.op != "literal" or not isinstance(arg.value, float) for arg in node.args[1:]):
        return False
    _, yes, no = node.args  # of equal ones it is known which it is, whatever the condition
    return yes.value != no.value and all(term.range[0] <= arm.value <= term.range[1] for arm in (yes, no))


def _whole(step: ScoreStep) -> bool:
    """Return whether all terms have two values, and they and what bounds them are whole numbers that stay small."""
    if not all(two_valued(term) for term in step.terms):
        return False
    numbers = [x for term in step.terms for x in (*term.range, *(arm.value for arm in term.node.args[1:]))]
    return all(x.is_integer() for x in numbers) and sum(map(abs, numbers)) <= _WHOLE


def _two_branches(em: Emitter, term: TermPlan, sums: Sums, w: str | float) -> None:
    condition, *arms = term.node.args
    yes, no = (sums.adds(_times(w, arm.value), w) for arm in arms)
    lines = (yes, no, sums.misses(term.range, w))
    rule = em.waiting.get(("rule", *condition.value)) if condition.op == "fired" else None
    if rule is not None:
        write_rule(em, rule, lines)
    else:
        _branches(em, em.truth(condition), lines)


def write_rule(em: Emitter, step: RuleStep, lines: Sequence[Sequence[str]]) -> None:
    """Write a rule: a branch each for true, false and unknown, with further lines for each."""
    em.rules.append("/".join(step.key[1:]))
    label = em.constant(em.rules[-1])
    true, false, unknown = lines
    truth = em.truth(step.node)
    if em.traced:
        em.leaves[step.key] = em.layout[Node("fired", BOOLEAN, (), step.key[1:])] = truth[0]
    _branches(em, truth, ([f"fire({label})", *true], false, [f"wonder({label})", *unknown]))


def _branches(em: Emitter, truth: Truth, lines: Sequence[Sequence[str]]) -> None:
    yes, no = truth
    true, false, unknown = lines
    with em.indented(f"if {yes}:"):
        em.blocks[-1].lines += true
    if not false and no == f"{yes} is False":
        with em.indented(f"elif {yes} is None:"):
            em.blocks[-1].lines += unknown
    elif false:
        with em.indented(f"elif {no}:"):
            em.blocks[-1].lines += false
        with em.indented("else:"):
            em.blocks[-1].lines += unknown
    else:
        with em.indented(f"elif not {no}:"):
            em.blocks[-1].lines += unknown


def _one_value(em: Emitter, term: TermPlan, sums: Sums, w: str | float) -> None:
    atom = em.value(term.node)
    first, last = term.range
    with em.indented(f"if {atom} == {atom}:"):
        x = em.name("x")
        em.line(f"{x} = {atom} if {first!r} <= {atom} <= {last!r} else {first!r} if {atom} < {first!r} else {last!r}")
        if w != 1.0:
            em.line(f"{x} = {w} * {x}")
        em.blocks[-1].lines += sums.adds(x, w)
    with em.indented("else:"):
        em.blocks[-1].lines += sums.misses(term.range, w)
