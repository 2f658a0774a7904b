"""Write a score: a plain chain of adds where every term is plain, else a call of the general aggregate."""

from __future__ import annotations

import attrs

from clientcore.executors.record.emitter import Emitter, is_known
from clientcore.expr import Node
from clientcore.plan import LimitPlan, ScoreStep, TermPlan


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


def write_score(em: Emitter, step: ScoreStep) -> ScoreNames:
    """Write one score step and note its parts as leaves; return the names of its raw parts."""
    name = em.name("s")
    names = ScoreNames(*(f"{name}_{part}" for part in ("lo", "hi", "kn", "cv", "ok", "bp", "hs")))
    applies = _applies(em, step)
    em.line(f"{names.applies} = {applies}")
    if step.model is not None:
        _write_model(em, step, names)
    else:
        _write_aggregate(em, step, names)
    for limit in step.limits:
        _write_limit(em, limit, names)
    _min_coverage(em, step, names)
    _write_bands(em, step, names)
    _note(em, step, names, name)
    return names


def _applies(em: Emitter, step: ScoreStep) -> str:
    conditions = [em.leaves[step.ruleset_applies]] if step.ruleset_applies is not None else []
    if step.applies is not None:
        conditions.append(em.value(step.applies))
    if not conditions:
        return "True"
    if len(conditions) == 1:
        return conditions[0]
    one, two = conditions
    return f"True if {one} and {two} else False if {one} is False or {two} is False else None"


def _plain(term: TermPlan) -> bool:
    constant = term.weight is None or term.weight.op in {"literal", "param"}
    return term.applies is None and term.passes is None and constant


def _write_aggregate(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    plain = step.score.aggregate in {"sum", "weighted_mean"} and all(_plain(term) for term in step.terms)
    hull = _hull_leaf(step)
    if plain and hull is None:
        # values first: what the branch writes must not hide values that later steps use
        for term in step.terms:
            if em.traced or not _two_valued(term):
                em.value(term.node)
            else:
                em.truth(term.node.args[0])
        with em.indented("if not na:"):
            _chain(em, step, names)
        with em.indented("else:"), em.rooted():
            _general(em, step, names)
    elif hull is None:
        _general(em, step, names)
    else:
        _over_possible(em, step, names, hull)


def _chain(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    low, high, known, weight = names.low, names.high, names.known, f"{names.coverage}w"
    em.line(f"{low} = {high} = {known} = {weight} = 0.0")
    mean = step.score.aggregate == "weighted_mean"
    total: str | float = 0.0
    for term in step.terms:
        total = _add_term(em, term, (low, high, known, weight), total)
    whole = f"{total!r}" if isinstance(total, float) else total
    em.line(f"{names.coverage} = {weight} / {whole}" + ("" if isinstance(total, float) else f" if {whole} else 0.0"))
    if isinstance(total, float) and total == 0.0:
        em.blocks[-1].lines[-1] = f"{names.coverage} = 0.0"
    first, last = step.score.range
    span = f"{first!r}, {last!r}"
    if mean:
        em.line(f"{known} = {known} / {weight} if {weight} else NAN")
        for name, edge in ((low, first), (high, last)):
            if isinstance(total, str):
                em.line(f"{name} = {name} / {whole} if {whole} else {edge!r}")
            else:
                em.line(f"{name} = {name} / {whole}" if total else f"{name} = {edge!r}")
    with em.indented(f"if {low} == {high}:"):
        em.line(f"{known} = {low} = {high} = nano({low}, {span})")
    with em.indented("else:"):
        em.line(f"{low} = nano({low}, {span})")
        em.line(f"{high} = nano({high}, {span})")
        em.line(f"{known} = nano({known}, {span}){'' if mean else f' if {weight} else NAN'}")


def _add_term(em: Emitter, term: TermPlan, sums: tuple[str, str, str, str], total: str | float) -> str | float:
    if term.weight is None or term.weight.op == "literal":
        size = 1.0 if term.weight is None else float(term.weight.value)
        w: str | float = size
    else:
        w = em.value(term.weight)
    if _two_valued(term):
        _two_branches(em, term, sums, w)
    else:
        _one_value(em, term, sums, w)
    if isinstance(w, float) and isinstance(total, float):
        return total + w
    name = f"{sums[3]}_all"
    em.line(f"{name} = {total if isinstance(total, str) else repr(total)} + {w}")
    return name


def _adds(em: Emitter, sums: tuple[str, ...], x: str | float, w: str | float) -> None:
    if x != 0.0:
        for name in sums[:3]:
            em.line(f"{name} += {x!r}" if isinstance(x, float) else f"{name} += {x}")
    if w != 0.0:
        em.line(f"{sums[3]} += {w!r}" if isinstance(w, float) else f"{sums[3]} += {w}")
    if x == 0.0 and w == 0.0:
        em.line("pass")


def _times(w: str | float, x: float) -> str | float:
    return w * x if isinstance(w, float) else f"{w} * {x!r}"


def _missing_adds(em: Emitter, term: TermPlan, sums: tuple[str, ...], w: str | float) -> None:
    for name, edge in zip(sums[:2], term.range, strict=True):
        x = _times(w, edge)
        if x != 0.0:
            em.line(f"{name} += {x if isinstance(x, str) else repr(x)}")
    if not em.blocks[-1].lines:
        em.line("pass")


def _two_valued(term: TermPlan) -> bool:
    """Return whether a term is `condition ? number : number`, within its range."""
    node = term.node
    if node.op != "if" or any(arg.op != "literal" or not isinstance(arg.value, float) for arg in node.args[1:]):
        return False
    return all(term.range[0] <= arg.value <= term.range[1] for arg in node.args[1:])


def _two_branches(em: Emitter, term: TermPlan, sums: tuple[str, ...], w: str | float) -> None:
    yes, no = em.truth(term.node.args[0])
    for test, arm in ((f"if {yes}:", term.node.args[1]), (f"elif {no}:", term.node.args[2])):
        with em.indented(test):
            _adds(em, sums, _times(w, arm.value), w)
    with em.indented("else:"):
        _missing_adds(em, term, sums, w)


def _one_value(em: Emitter, term: TermPlan, sums: tuple[str, ...], w: str | float) -> None:
    atom = em.value(term.node)
    first, last = term.range
    with em.indented(f"if {atom} == {atom}:"):
        x = em.name("x")
        em.line(f"{x} = {atom} if {first!r} <= {atom} <= {last!r} else {first!r} if {atom} < {first!r} else {last!r}")
        if w != 1.0:
            em.line(f"{x} = {w if isinstance(w, str) else repr(w)} * {x}")
        _adds(em, sums, x, w)
    with em.indented("else:"):
        _missing_adds(em, term, sums, w)


def _general(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    parts = [_part(em, term) for term in step.terms]
    result = em.name("g")
    span = em.constant(step.score.range)
    em.line(f"{result} = aggregate({step.score.aggregate!r}, ({', '.join(parts)},), {span})")
    em.line(f"{names.low}, {names.high}, {names.known}, {names.coverage}, {result} = {result}")
    with em.indented(f"if not {result}:"):
        em.line(f"{names.applies} = False")


def _part(em: Emitter, term: TermPlan) -> str:
    atom = em.value(term.node)
    weight = "1.0" if term.weight is None else em.value(term.weight)
    applies = "True" if term.applies is None else em.value(term.applies)
    lost = lost_to_na(em, term.node, atom)
    if lost:
        applies = f"False if {lost} else {applies}"
    passed = "None"
    if term.passes is not None:
        parts = (em.leaves[(*term.passes, part)] for part in ("low", "high", "coverage"))
        passed = f"({', '.join(parts)})"
    return f"part({atom}, {em.constant(term.range)}, {weight}, {applies}, {passed})"


def lost_to_na(em: Emitter, node: Node, atom: str) -> str:
    """Return the test that a value is missing only because of what is not applicable; empty if it can't be."""
    leaves = dict.fromkeys(leaf for leaf in node.walk() if leaf.op in {"fact", "field", "score", "outcome", "state"})
    flags = []
    for leaf in leaves:
        key = leaf.value if isinstance(leaf.value, str) else ".".join(leaf.value[:2])
        flags.append(f"({em.constant(key)}, {is_known(leaf.kind, em.value(leaf))})")
    if not flags:
        return ""
    missing = f"{atom} != {atom}" if node.kind.name in {"number", "day", "instant"} else f"{atom} is None"
    return f"(na and {missing} and only_na(na, ({', '.join(flags)},)))"


def _hull_leaf(step: ScoreStep) -> Node | None:
    for term in step.terms:
        if term.weight is not None:
            for leaf in term.weight.walk():
                if leaf.op in {"state", "outcome"}:
                    return leaf
    return None


def _over_possible(em: Emitter, step: ScoreStep, names: ScoreNames, leaf: Node) -> None:
    """Write the aggregate once per possible value of the state or outcome that weights read, and take the hull."""
    for term in step.terms:
        em.value(term.node)
        if term.applies is not None:
            em.value(term.applies)
    key = ("state" if leaf.op == "state" else "table", *leaf.value)
    read_key = ("state", *leaf.value) if leaf.op == "state" else ("table_outcome", *leaf.value)
    possible, before = em.leaves[(*key, "possible")], em.leaves[read_key]
    runs, label = em.name("h"), em.name("h")
    em.line(f"{runs} = []")
    with em.indented(f"for {label} in {possible}:"):
        em.leaves[read_key] = label
        hidden = [dict(block.values) for block in em.blocks], [dict(block.truths) for block in em.blocks]
        for block in em.blocks:
            block.values = {n: v for n, v in block.values.items() if leaf not in n.walk()}
            block.truths = {n: v for n, v in block.truths.items() if leaf not in n.walk()}
        with em.rooted():
            _general(em, step, names)
        for block, values, truths in zip(em.blocks, *hidden, strict=True):
            block.values, block.truths = values, truths
        em.leaves[read_key] = before
        em.line(f"{runs}.append(({names.low}, {names.high}, {names.known}, {names.coverage}))")
    joined = f"hull({runs}, {em.constant(step.score.range)})"
    em.line(f"{names.low}, {names.high}, {names.known}, {names.coverage} = {joined}")


def _write_model(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    facts = ", ".join(f"{em.constant(name)}: {em.leaves[('fact', name)]}" for name in step.model.needs)
    call = f"call_model({em.constant(step.model, 'M')}, {{{facts}}}, {em.constant(step.score.range)}, faults)"
    em.line(f"{names.low}, {names.high}, {names.known}, {names.coverage} = {call}")


def _write_limit(em: Emitter, limit: LimitPlan, names: ScoreNames) -> None:
    yes, no = em.truth(limit.condition)
    if limit.kind == "gate":
        yes, no = no, yes
    at = em.value(limit.at)
    with em.indented(f"if {yes}:"):
        for name in (names.low, names.high, names.known):
            em.line(f"if {name} > {at}: {name} = {at}")
    em.line(f"elif not {no} and {names.low} > {at}: {names.low} = {at}")


def _min_coverage(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    if step.min_coverage is not None:
        em.line(f"if {names.coverage} < {em.value(step.min_coverage)}: {names.known} = NAN")


def _write_bands(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    if not step.score.bands:
        em.line(f"{names.bands} = ()")
        em.line(f"{names.since} = None")
        return
    labels = tuple(band.id for band in step.score.bands)
    slices = em.constant(tuple(tuple(labels[i : j + 1] for j in range(len(labels))) for i in range(len(labels))))
    edges = ", ".join(em.value(edge) for edge in step.edges)
    score_id = em.constant(f"{step.key[1]}.{step.key[2]}")
    held = em.name("e")
    margin = em.value(step.margin) if step.margin is not None else "0.0"
    dwell = em.value(step.dwell_days) if step.dwell_days is not None else "0.0"
    em.line(f"{held} = ({edges}{',' if edges else ''})")
    with em.indented(f"if {names.applies} is False:"):
        em.line(f"{names.bands} = ()")
        em.line(f"{names.since} = None")
    with em.indented("elif history is None:"):
        at = f"bisect({held}, {names.low})"
        em.line(f"{names.bands} = {slices}[{at}][bisect({held}, {names.high})]")
        em.line(f"{names.since} = None")
    with em.indented("else:"):
        past = f"history.bands.get({score_id}), history.days, as_of"
        call = f"settle_band({em.constant(labels)}, {held}, ({names.low}, {names.high}), ({margin}, {dwell}), {past})"
        em.line(f"{names.since} = {call}")
        em.line(f"{names.bands} = {names.since}[0]")


def _note(em: Emitter, step: ScoreStep, names: ScoreNames, name: str) -> None:
    key = step.key
    with em.indented(f"if {names.applies} is False:"):
        em.line(f"{names.low} = {names.high} = {names.known} = NAN")
        em.line(f"{names.coverage} = 0.0")
        em.line(f"na.add({em.constant('.'.join(key[1:]))})")
    em.line(f"{name} = {names.low} if {names.low} == {names.high} and {names.applies} else NAN")
    band = em.name("s")
    em.line(f"{band} = {names.bands}[0] if len({names.bands}) == 1 and {names.applies} else None")
    parts = {"value": name, "low": names.low, "high": names.high, "coverage": names.coverage, "band": band}
    for part, held in parts.items():
        em.leaves[(*key, part)] = held
