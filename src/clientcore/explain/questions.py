"""What to ask next: the missing facts behind what is unknown, the one that settles most first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.check import Checked
from clientcore.decision import Decision, Question
from clientcore.entities import SUBJECTS
from clientcore.executors.record import asked
from clientcore.explain.seen import STEP_OF, Seen, named
from clientcore.explain.states import days_left, human_decision
from clientcore.expr import BOOLEAN, NUMBER, OPS, Node, list_of, record_of
from clientcore.matching import in_window
from clientcore.plan import FactStep, Key, RuleStep, ScoreStep, StateStep, Step, TableStep

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer


#: What an amount in another currency lacks.
_RATE = Node("field", NUMBER, (), "fx_rate")
#: What is missing as long as one of its parts is.
_STRICT = frozenset(name for name, op in OPS.items() if op.missing == "propagates")
#: Where it stands what a human decided.
_DECISIONS = Node("table", list_of(record_of("decision_records")), (), "decision_records")


def questions(explainer: Explainer) -> tuple[Question, ...]:
    """Return one question per missing fact, field or table that something unknown turns on.

    A derived fact that has a question of its own is asked for itself; otherwise what it reads is. Where nothing that
    it reads is missing, as for a mean of no answers, nobody is asked.

    Args:
        explainer: The explainer of the decision that is to be settled.
    """
    plan, checked = explainer.executor.plan, explainer.checked
    search = _Search.of(explainer)
    settles: dict[Node, list[str]] = {}
    for step in plan.steps:
        if not isinstance(step, FactStep):
            name = ("/" if isinstance(step, RuleStep) else ".").join(step.key[1:])
            for leaf in search.behind(step):
                settles.setdefault(leaf, []).append(name)
    found = [_question(leaf, checked, plan.subject, tuple(sorted(ids))) for leaf, ids in settles.items()]
    return tuple(sorted(found, key=lambda question: (-len(question.settles), question.fact)))


@attrs.frozen(slots=False, eq=False)
class _Search:
    """Finds the missing leaves behind a step; what is settled has none."""

    explainer: Explainer
    steps: Mapping[Key, Step]
    known: dict[Key, dict[Node, None]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, explainer: Explainer) -> _Search:
        """Return the search through one decision."""
        return cls(explainer, {step.key: step for step in explainer.executor.plan.steps})

    @cached_property
    def above(self) -> _Search | None:
        """The search through what a child read of its account; None where there is no account."""
        above = self.explainer.above
        return None if above is None else _Search.of(above)

    @property
    def seen(self) -> Seen:
        """Values of the run."""
        return self.explainer.seen

    def behind(self, step: Step) -> dict[Node, None]:
        """Return the missing facts, fields and tables that a step turns on."""
        if step.key not in self.known:
            found: dict[Node, None] = {}
            for node in _turns_on(self.explainer, step):
                found |= self.missing(node)
            self.known[step.key] = found
        return self.known[step.key]

    def missing(self, node: Node) -> dict[Node, None]:
        """Return what could be asked so that a tree becomes known: only below what is unknown itself.

        Nothing, where a part that it can't do without stays unknown whatever is answered.
        """
        if self.seen.value(node) is not None:
            return {}
        if node.op in STEP_OF:
            return self._leaf(node)
        if node.op in {"field", "table"}:
            return {self._behind_amount(node): None}
        if node.op == "parent":
            return self._of_account(node)
        if node.op == "events":
            return self._of_events(node)
        args = node.args
        if node.op == "if" and self.seen.value(args[0]) is not None:
            args = (args[1] if self.seen.value(args[0]) else args[2],)
        parts = [self.missing(arg) for arg in args]
        if node.op in _STRICT and self._stays_missing(node, parts):
            return {}
        return {leaf: None for part in parts for leaf in part}

    def _stays_missing(self, node: Node, parts: Sequence[Mapping[Node, None]]) -> bool:
        """Return whether no answer can make something known: a part stays missing, or what it is divided by is 0."""
        if node.op in {"div", "mod"} and self.seen.value(node.args[1]) == 0.0:
            return True
        values = self.seen.values  # what is looked at record by record has none here
        pairs = zip(node.args, parts, strict=True)
        return any(not part and arg in values and values[arg] is None for arg, part in pairs)

    def _behind_amount(self, node: Node) -> Node:
        """Return what is missing of a field: of an amount in another currency it is the rate."""
        field = SUBJECTS[self.explainer.decision.subject].fields.get(node.value) if node.op == "field" else None
        unrated = field is not None and field.unit == "money" and self.explainer.call.taken.rate is None
        return _RATE if unrated else node

    def _of_account(self, node: Node) -> dict[Node, None]:
        """Return what is missing of the account of a child, as questions about the account."""
        inner = node.args[0]
        if self.above is None:
            return {node: None} if inner.op in {"field", "table"} or self._may_be_asked(inner) else {}
        return {Node("parent", leaf.kind, (leaf,)): None for leaf in self.above.missing(inner)}

    def _of_events(self, node: Node) -> dict[Node, None]:
        """Return what a pattern lacks, with what the conditions of records lack that may be its events."""
        search, _ = self.seen.values[asked(node)]
        found = {leaf: None for arg in node.args for leaf in self.missing(arg)}
        for at, event in enumerate(search.shape.events):
            rows = in_window(search, at, sure=False) if event.comes and search.rows[at] is not None else search.rows[at]
            if event.table and any(not row.sure for row in rows or ()):
                _table, unknown = node.args[event.at + 1].args
                found |= self.missing(unknown)
        return found

    def _may_be_asked(self, node: Node) -> bool:
        """Return whether an answer would be taken of a fact: about a person only where the caller opted in to it."""
        opted = node.value in self.explainer.call.person
        return node.op == "fact" and (
            opted or not getattr(_declared(self.explainer.checked, node.value), "person", False)
        )

    def _leaf(self, node: Node) -> dict[Node, None]:
        key = (STEP_OF[node.op], *([node.value] if node.op == "fact" else node.value[:2]))
        step = self.steps.get(key)
        if node.op != "fired" and ".".join(key[1:]) in self.seen.na:
            return {}
        if node.op != "fact":
            return self.behind(step) if step is not None else {}
        if step is None or getattr(_declared(self.explainer.checked, node.value), "ask", None):
            return {node: None} if self._may_be_asked(node) else {}
        # a formula that lacks nothing, as a mean of no answers, has nothing that somebody could be asked
        return self.behind(step)


def _turns_on(explainer: Explainer, step: Step) -> Iterator[Node]:
    """Yield the trees of a step that are worth knowing; none where it is settled."""
    seen, decision = explainer.seen, explainer.decision
    match step:
        case FactStep():
            yield from (node for node in (step.applies, step.node) if node is not None)
        case RuleStep():
            yield step.node
        case ScoreStep():
            yield from _of_score(seen, decision, step)
        case TableStep():
            yield from _of_table(seen, decision, step)
        case StateStep():
            yield from _of_state(explainer, step)


def _applies(key: Key | None) -> Iterator[Node]:
    if key is not None:
        yield Node("fact", BOOLEAN, (), key[1])


def _of_score(seen: Seen, decision: Decision, step: ScoreStep) -> Iterator[Node]:
    score = decision.scores[".".join(step.key[1:])]
    if score.state != "partial" or score.low is None or score.high is None:
        return
    yield from _applies(step.ruleset_applies)
    if step.applies is not None:
        yield step.applies
    open_ = score.low < score.high  # else it is only open whether it applies, which a beaten term decides too
    for term in step.terms:
        beaten = open_ and (
            (step.score.aggregate == "min" and term.range[0] >= score.high)
            or (step.score.aggregate == "max" and term.range[1] <= score.low)
        )
        off = term.applies is not None and seen.value(term.applies) is False
        weightless = term.weight is not None and seen.value(term.weight) == 0.0
        if not (beaten or off or weightless):
            yield from (node for node in (term.applies, term.weight, term.node) if node is not None)
    yield from (limit.condition for limit in step.limits if seen.value(limit.at) < score.high)
    if step.model is not None:
        yield from (node for node in seen.values if node.op == "fact" and node.value in step.model.needs)


def _of_table(seen: Seen, decision: Decision, step: TableStep) -> Iterator[Node]:
    outcome = decision.outcomes[".".join(step.key[1:])]
    applies = [seen.value(node) for node in _applies(step.applies)]
    if outcome.value is not None or outcome.conflict or applies == [False]:
        return
    yield from _applies(step.applies)
    for row in step.rows:
        truth = True if row is None else seen.value(row)
        if row is not None and truth is None:
            yield row
        if truth and step.table.hit_policy == "first":
            return


def _of_state(explainer: Explainer, step: StateStep) -> Iterator[Node]:
    seen, name = explainer.seen, ".".join(step.key[1:])
    state = explainer.decision.states[name]
    yield from (node for node in _applies(step.applies) if seen.value(node) is None)
    if len(state.possible) < 2:
        return
    waits = days_left(explainer, name, step) > 0.0
    for transition, condition in zip(step.machine.transitions, step.conditions, strict=True):
        if transition.source != state.value or (waits and not transition.at_once):
            continue
        found, human = seen.value(condition), human_decision(explainer, name, step, transition)
        if found is False or human is False:
            continue
        if found and human:
            return
        if found is None:
            yield condition
        if human is None:
            yield _DECISIONS


def _declared(checked: Checked, name: str) -> Any:
    fact = checked.scope.facts.get(name)
    return None if fact is None else fact.declared


def _question(leaf: Node, checked: Checked, subject: str, settles: tuple[str, ...]) -> Question:
    if leaf.op == "parent":
        above = _question(leaf.args[0], checked, "account", settles)
        return attrs.evolve(above, fact=named(leaf))
    name = leaf.value
    words = name.replace("_", " ")
    declared = _declared(checked, name) if leaf.op == "fact" else None
    if leaf.op == "table":
        ask = f"Which {words} are there?"
    elif leaf == _RATE:
        ask = f"At what rate are the {subject}'s amounts turned into the account's currency?"
    elif declared is None:
        ask = _of_field(subject, name, words)
    else:
        ask = getattr(declared, "ask", "") or f"{(declared.doc or words).rstrip('.?! ')}?"
    return Question(fact=name, ask=ask, whom=getattr(declared, "whom", "") or "", settles=settles)


def _of_field(subject: str, name: str, words: str) -> str:
    field = SUBJECTS[subject].fields.get(name)
    if field is not None and field.kind.name == "boolean":
        return f"Is this so of the {subject}: {field.doc}?"
    if field is not None and field.kind.name in {"day", "instant"}:  # `former_since` is no name of a thing
        return f"What is the {field.doc}?"
    return f"What is the {subject}'s {words}?"
