"""What follows for every bundled score from the directions, ranges and aggregators that its ruleset declares."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc
from clientcore.catalog import FactSpec
from clientcore.decision import Base
from clientcore.expr import Expr, Name
from clientcore.expr.tree import children
from clientcore.plan.steps import Handed
from clientcore.ruleset import DerivedFact, Scorecard
from invariants import AS_OF, properties, scorecards

PERSON = [name for name, fact in cc.Engine().checked.scope.facts.items() if getattr(fact.declared, "person", False)]
ENGINE = cc.Engine(person_facts=PERSON)
FACTS = ENGINE.checked.scope.facts
SWITCH = "spectrum.switch.mentoring_switch"
ON = Base(
    as_of=date(2026, 3, 31), states={SWITCH: ("on", date(2026, 3, 1))}, values={f"{SWITCH}.state.": "on"}
)  # held by its dwell
#: Scores of harm whose terms read no fact by itself; of the others it shows in the directions of term and fact.
LESS_IS_BETTER = {"spectrum.people.leaving_risk", "risk.warning.exposure", "organisation.focus.share_loss_risk"}
#: Neither better nor worse by one fact: how wide an interval is and where it ends, since a surer answer draws its ends
#: together; and money that more business at a loss brings down.
NEITHER = re.compile(
    r"voice\.(answers\..*_(margin|margin_before|least|most)|value\.lifetime_value.*)|trust\.partner\..*_(least|most|margin)"
)
seeds = st.integers(0, 2**32 - 1)


@attrs.frozen(repr=False)
class Bundled:
    """A bundled score that can be computed for an account or the supplier, and the facts that it reads."""

    id: str
    subject: str
    card: Scorecard
    facts: tuple[Handed, ...]

    def __repr__(self) -> str:
        return self.id

    def decide(self, facts: dict[str, Any], *, on: bool = False) -> cc.Decision:
        """Decide from handed-in facts alone, all stated by the client; `on` with the switch on."""
        handed = {name: cc.Fact(value=value, source="client_stated") for name, value in facts.items()}
        return ENGINE.evaluate(
            {"id": "a"}, as_of=AS_OF, subject=self.subject, only=[self.id], facts=handed, previous=ON if on else None
        )

    def drawn(self, chance: random.Random, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return values for these facts, by default for most of them."""
        kept = [fact for fact in self.facts if (chance.random() < 0.85 if names is None else fact.id in set(names))]
        return {fact.id: value_of(fact, chance) for fact in kept}


def value_of(fact: Handed, chance: random.Random) -> Any:
    """Return a value in the declared range of a fact, often at its edge or in its middle."""
    if fact.kind.name == "boolean":
        return chance.random() < 0.5
    low, high = fact.range or (0.0, 50.0)
    declared = FACTS[fact.id].declared
    if isinstance(declared, DerivedFact | FactSpec) and declared.unit == "count":
        return float(chance.randint(math.ceil(max(low, 0.0)), math.floor(min(high, 8.0))))
    low, high = max(low, -500.0), min(high, 500.0)
    return chance.choice([low, high, (low + high) / 2, chance.uniform(low, high), chance.uniform(low, high)])


def names_in(tree: Expr) -> set[str]:
    """Return the bare names that an expression reads."""
    found = {tree.name} if isinstance(tree, Name) else set()
    return found.union(*map(names_in, children(tree)))


def _bundled() -> list[Bundled]:
    found = []
    for ruleset in ENGINE.rulesets:
        for name, card in scorecards(ENGINE, ruleset.id):
            if name.rpartition(".")[0] == ruleset.id and ruleset.subject in {"account", "organisation"}:
                plan = ENGINE.plan(ruleset.subject, only=[name])
                facts = [one for one in plan.handed.values() if one.kind.name in {"number", "boolean"}]
                found.append(Bundled(name, ruleset.subject, card, tuple(sorted(facts, key=lambda one: one.id))))
    return found


SCORES = _bundled()
TREES = {name: fact.declared.value.tree for name, fact in FACTS.items() if isinstance(fact.declared, DerivedFact)}
#: Facts that are known of an account without any record, such as that no change of people is noted.
NOTED = {
    step.id
    for subject in ("account", "organisation")
    for step in ENGINE.evaluate({"id": "a"}, as_of=AS_OF, subject=subject).trace
    if step.kind == "fact" and step.output is not None
}
#: Facts that no other fact or score makes known, so that one left out is not worked out from the rest.
READ = {*FACTS, *(ruleset.id.partition(".")[0] for ruleset in ENGINE.rulesets)}
ROOTS = {name for name in FACTS if name not in TREES or not names_in(TREES[name]) & READ}


each_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.id)


def shape_of(decision: cc.Decision) -> Any:
    """Return which terms apply with which weights, and where the states are."""
    terms = {
        name: tuple((part.state == "not_applicable", part.weight) for part in decision.contributions(name))
        for name in decision.scores
    }
    return terms, {name: state.value for name, state in decision.states.items()}


def less_is_better(score: Bundled) -> bool:
    """Whether a score is one of harm: its terms rise with facts of which less is better."""
    read = [(term, FACTS.get(term.value.tree.name)) for term in score.card.terms if isinstance(term.value.tree, Name)]
    declared = [(term.monotone, fact.declared.monotone) for term, fact in read if fact is not None]
    pairs = {one == other for one, other in declared if one and other}
    assert len(pairs) < 2, "its terms pull against each other"
    return score.id in LESS_IS_BETTER or pairs == {False}


@each_score
@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_more_of_a_fact_moves_no_score_against_its_direction(score: Bundled, seed: int) -> None:
    """Holds: P2.

    A fact says by `monotone` whether more of it is better, a score is better the higher it is. A score with a part of
    undeclared direction claims nothing. Where another part begins or ceases to apply, or a state moves, the two
    decisions are about different things.
    """
    chance = random.Random(seed)
    directed = [fact for fact in score.facts if FACTS[fact.id].declared.monotone]
    undeclared = any(term.monotone is None for term in score.card.terms)
    if not directed or undeclared or NEITHER.fullmatch(score.id):
        return
    moved, facts, on = chance.choice(directed), score.drawn(chance), chance.random() < 0.3
    low, high = sorted([value_of(moved, chance), value_of(moved, chance)])
    worse, better = (low, high) if FACTS[moved.id].declared.monotone == "up" else (high, low)
    before, after = (score.decide({**facts, moved.id: value}, on=on) for value in (worse, better))
    one, two = before.scores[score.id].value, after.scores[score.id].value
    if one is None or two is None or shape_of(before) != shape_of(after):
        return
    assert (two <= one + 1e-9) if less_is_better(score) else (one <= two + 1e-9), (moved.id, worse, better)


@each_score
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_a_score_lies_in_its_range_and_its_interval(score: Bundled, seed: int) -> None:
    """Holds: P1."""
    chance = random.Random(seed)
    found = score.decide(score.drawn(chance), on=chance.random() < 0.3).scores[score.id]
    low, high = score.card.range
    if found.low is None or found.high is None:
        assert found.value is None
        return
    assert low <= found.low <= found.high <= high
    assert found.value is None or found.value == found.low == found.high


#: Scores of what is known rather than of the client, as docs/invariants.md says.
OF_WHAT_IS_KNOWN = properties()["P12"].but
each_score_of_the_client = pytest.mark.parametrize(
    "score", [one for one in SCORES if one.id not in OF_WHAT_IS_KNOWN], ids=lambda score: score.id
)


def ceased(before: cc.Decision, after: cc.Decision) -> bool:
    """Whether a part whose value was known does not apply any more, so that a score is about something else."""
    return any(
        one.state == "known" and two.state == "not_applicable"
        for name in before.scores
        for one, two in zip(before.contributions(name), after.contributions(name), strict=True)
    )


@each_score_of_the_client
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_what_turns_out_lies_within_what_was_possible(score: Bundled, seed: int) -> None:
    """Holds: P12."""
    chance = random.Random(seed)
    whole = score.drawn(chance, [fact.id for fact in score.facts if fact.id in ROOTS])
    part = {name: value for name, value in whole.items() if name in NOTED or chance.random() < 0.6}
    less, more = score.decide(part), score.decide(whole)
    before, after = less.scores[score.id], more.scores[score.id]
    if None in {before.low, before.high, after.low, after.high} or ceased(less, more):
        return
    assert before.low <= after.low <= after.high <= before.high  # type: ignore[operator]
    assert set(after.bands_possible) <= set(before.bands_possible)


def test_a_score_of_what_is_known_moves_with_what_is_known() -> None:
    """The reason why these are left out of P12 is true of each of them."""
    for score in (one for one in SCORES if one.id in OF_WHAT_IS_KNOWN):
        assert any(_moves_on(score, random.Random(seed)) for seed in range(400)), score.id


def _moves_on(score: Bundled, chance: random.Random) -> bool:
    """Whether a score whose facts are drawn comes to lie above all that was possible while less was known."""
    whole = score.drawn(chance, [fact.id for fact in score.facts if fact.id in ROOTS])
    part = {name: value for name, value in whole.items() if chance.random() < 0.3}
    before, after = score.decide(part).scores[score.id], score.decide(whole).scores[score.id]
    return before.high is not None and after.low is not None and after.low > before.high


@each_score
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_parts_and_limits_make_the_score(score: Bundled, seed: int) -> None:
    """Holds: P4, P5, P14.

    A sum and a weighted mean are what their parts add up to; a minimum is its least part, a geometric mean never more
    than the arithmetic one; a limit that holds is never passed.
    """
    chance = random.Random(seed)
    decision = score.decide(score.drawn(chance), on=chance.random() < 0.3)
    found, parts = decision.scores[score.id], decision.contributions(score.id)
    known = [(part.value, part.weight) for part in parts if part.value is not None and part.weight is not None]
    if found.value is None or len(known) < sum(part.state != "not_applicable" for part in parts):
        return  # something is missing, or the weight of a part is not known
    for change in decision.adjustments(score.id):
        if change.kind != "rounding" and change.holds is True:
            assert found.value <= change.at + 1e-9
    least, total, weights = min(value for value, _ in known), sum(v * w for v, w in known), sum(w for _, w in known)
    free = not any(change.holds for change in decision.adjustments(score.id) if change.kind != "rounding")
    match score.card.aggregate:
        case "weighted_mean" if free:
            assert found.value == pytest.approx(total / weights, abs=1e-9)
        case "sum" if free:
            low, high = score.card.range
            assert found.value == pytest.approx(min(max(total, low), high), abs=1e-9)
        case "min":
            assert found.value <= least + 1e-9
        case "geometric_mean":
            assert found.value <= sum(value for value, _ in known) / len(known) + 1e-9
        case _:
            pass


@pytest.mark.parametrize("score", [one for one in SCORES if one.card.bands], ids=lambda score: score.id)
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_a_band_begins_at_its_edge_and_settles(score: Bundled, seed: int) -> None:
    """Holds: P13."""
    chance = random.Random(seed)
    facts = score.drawn(chance, [fact.id for fact in score.facts])
    ruleset = next(one for one in ENGINE.rulesets if score.id.startswith(f"{one.id}."))
    found = score.decide(facts).scores[score.id]
    if found.value is None:
        return
    edges = [
        (band.id, math.inf if band.below is None else edge_of(ruleset, band.below.text)) for band in score.card.bands
    ]
    assert found.band == next(name for name, edge in edges if found.value < edge)
    handed = {name: cc.Fact(value=value, source="client_stated") for name, value in facts.items()}
    previous, bands = None, []
    for step in range(5):
        day = AS_OF + timedelta(days=40 * step)
        # facts that stay: each was observed on the day it is handed in
        previous = ENGINE.evaluate(
            {"id": "a"}, as_of=day, subject=score.subject, only=[score.id], facts=handed, previous=previous
        )
        bands.append(previous.scores[score.id].band)
    assert set(bands) == {found.band}


def edge_of(ruleset: Any, text: str) -> float:
    """Return the number that an edge of a band stands for."""
    return float(ruleset.params[text.removeprefix("params.")].value if text.startswith("params.") else text)


def test_the_exceptions_are_scores_that_there_are() -> None:
    assert {score.id for score in SCORES} >= LESS_IS_BETTER | set(OF_WHAT_IS_KNOWN)
    assert any(NEITHER.fullmatch(score.id) for score in SCORES)
