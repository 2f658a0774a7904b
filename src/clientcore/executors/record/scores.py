"""Write a score: a plain chain of adds where every term is plain, else a call of the general aggregate."""

from __future__ import annotations

from collections import Counter

from clientcore.executors.record.chains import ScoreNames, two_valued, write_chain
from clientcore.executors.record.emitter import Emitter, is_known
from clientcore.expr import Node
from clientcore.plan import Key, LimitPlan, Plan, RuleStep, ScoreStep, TermPlan, nodes_of
from clientcore.plan import reads as key_reads

#: Leaves that may be missing because they are not applicable.
LABELLED = frozenset({"fact", "field", "score", "outcome", "state"})
#: Leaves that may be missing, and never for that reason: whether a question arises at the account is not passed down.
_PLAIN = frozenset({"table", "parent"})


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


def write_sampling(em: Emitter, step: ScoreStep) -> str:
    """Write the sampling error of a score that declares one, once the score is written; return its text, or nothing."""
    if not step.sampling:
        return ""
    low, high, n = (em.value(node) for node in step.sampling)
    held = em.name("i")
    em.line(f"{held} = sampled({em.leaves[(*step.key, 'value')]}, {low}, {high}, {n}, {em.constant(step.score.range)})")
    return held


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


def _chained(step: ScoreStep) -> bool:
    """Return whether a score is a chain of adds: each term applies for sure, with a weight that is always known."""
    return step.score.aggregate in {"sum", "weighted_mean"} and all(_plain(term) for term in step.terms)


def counted_once(plan: Plan) -> dict[Key, RuleStep]:
    """Return the rules that nothing reads but one term of a chained score: their branches hold its additions."""
    rules = {step.key: step for step in plan.steps if isinstance(step, RuleStep)}
    found: dict[Key, RuleStep] = {}
    for step in plan.steps:
        if isinstance(step, ScoreStep) and _chained(step) and not _may_lose(step):
            counted = [term.node.args[0] for term in step.terms if two_valued(term)]
            found |= {("rule", *node.value): rules["rule", *node.value] for node in counted if node.op == "fired"}
    reads = Counter(key for step in plan.steps for node in nodes_of(step) for key in key_reads(node))
    return {key: step for key, step in found.items() if reads[key] == 1}


def _may_lose(step: ScoreStep) -> bool:
    """Return whether a term may be missing because of what is not applicable."""
    return any(leaf.op in LABELLED for term in step.terms for leaf in term.node.own())


def _write_aggregate(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    hull = _hull_leaf(step)
    if hull is not None:
        _over_possible(em, step, names, hull)
    elif not _chained(step):
        _general(em, step, names)
    elif not _may_lose(step):
        write_chain(em, step, names)
    else:
        # values first: what a branch writes must not hide values that later steps use
        for term in step.terms:
            if em.traced or not two_valued(term):
                em.value(term.node)
            else:
                em.truth(term.node.args[0])
        with em.indented("if not na:"):
            write_chain(em, step, names)
        with em.indented("else:"), em.rooted():
            _general(em, step, names)


def _general(em: Emitter, step: ScoreStep, names: ScoreNames) -> None:
    parts = [_part(em, term) for term in step.terms]
    result = em.name("g")
    span = em.constant(step.score.range)
    em.line(f"{result} = aggregate({step.score.aggregate!r}, ({', '.join(parts)},), {span})")
    em.line(f"{names.low}, {names.high}, {names.known}, {names.coverage}, {result} = {result}")
    with em.indented(f"if {result} is not True and {names.applies} is not False:"):
        em.line(f"{names.applies} = {result}")


def _part(em: Emitter, term: TermPlan) -> str:
    atom = em.value(term.node)
    weight = "1.0" if term.weight is None else em.value(term.weight)
    applies = "True" if term.applies is None else em.value(term.applies)
    lost = lost_to_na(em, term.node, atom)
    if lost:
        gone = em.name("n")
        em.line(f"{gone} = {lost[1]} if {lost[0]} else False")
        applies = f"{applies} if {gone} is False else False if {gone} or ({applies}) is False else None"
    passed = "None"
    if term.passes is not None:
        parts = (em.leaves[(*term.passes, part)] for part in ("low", "high", "coverage"))
        passed = f"({', '.join(parts)})"
    return f"part({atom}, {em.constant(term.range)}, {weight}, {applies}, {passed})"


def lost_to_na(em: Emitter, node: Node, atom: str) -> tuple[str, str] | None:
    """Return the texts of the test whether a value may be lost at all, and of `only_na`; None if it never can be."""
    leaves = dict.fromkeys(leaf for leaf in node.own() if leaf.op in LABELLED or leaf.op in _PLAIN)
    if all(leaf.op in _PLAIN for leaf in leaves):
        return None
    flags = []
    for leaf in leaves:
        key = "" if leaf.op == "parent" else leaf.value if isinstance(leaf.value, str) else ".".join(leaf.value[:2])
        flags.append(f"({em.constant(key)}, {is_known(leaf.kind, em.value(leaf))})")
    missing = f"{atom} != {atom}" if node.kind.name in {"number", "day", "instant"} else f"{atom} is None"
    return f"na and {missing}", f"only_na(na, ({', '.join(flags)},))"


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
        reads: dict[Node, bool] = {}
        for block in em.blocks:
            block.values = {n: v for n, v in block.values.items() if not _reads(n, leaf, reads)}
            block.truths = {n: v for n, v in block.truths.items() if not _reads(n, leaf, reads)}
        with em.rooted():
            _general(em, step, names)
        for block, values, truths in zip(em.blocks, *hidden, strict=True):
            block.values, block.truths = values, truths
        em.leaves[read_key] = before
        em.line(f"{runs}.append(({names.low}, {names.high}, {names.known}, {names.coverage}))")
    joined = f"hull({runs}, {em.constant(step.score.range)})"
    em.line(f"{names.low}, {names.high}, {names.known}, {names.coverage} = {joined}")


def _reads(node: Node, leaf: Node, known: dict[Node, bool]) -> bool:
    """Return whether a tree holds a leaf; `known` says it of the trees that were looked at before."""
    if not node.args:
        return node == leaf
    found = known.get(node)
    if found is None:
        found = known[node] = any(_reads(arg, leaf, known) for arg in node.args)
    return found


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
        # while it is open whether the score applies, nothing of the band before changes
        carried = f"({names.bands}, *(history.bands.get({score_id}) or (None, None, None)))"
        em.line(f"if {names.applies} is None: {names.since} = {carried}")


def _note(em: Emitter, step: ScoreStep, names: ScoreNames, name: str) -> None:
    key = step.key
    label = em.constant(".".join(key[1:]))
    with em.indented(f"if {names.applies} is False:"):
        em.line(f"{names.low} = {names.high} = {names.known} = {names.coverage} = NAN")
        em.line(f"na[{label}] = True")
    em.line(f"if {names.applies} is None: na[{label}] = False")
    em.line(f"{name} = {names.low} if {names.low} == {names.high} and {names.applies} else NAN")
    band = em.name("s")
    em.line(f"{band} = {names.bands}[0] if len({names.bands}) == 1 and {names.applies} else None")
    parts = {"value": name, "low": names.low, "high": names.high, "coverage": names.coverage, "band": band}
    for part, held in parts.items():
        em.leaves[(*key, part)] = held
