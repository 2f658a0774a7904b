"""What would change a rule: single facts with another value, each verified by deciding the rule again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property, partial
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.decision import Change, Changes, shown
from clientcore.entities import SUBJECTS, Fact, Field
from clientcore.errors import ClientcoreError
from clientcore.executors.record import Call, RecordExecutor
from clientcore.executors.record.accept import Acceptance
from clientcore.explain.numbers import Numbers, edges
from clientcore.explain.reach import FIXED, OPAQUE, Reach, internal
from clientcore.explain.seen import STEP_OF, Seen, named
from clientcore.expr import BOOLEAN, Node
from clientcore.plan import FactStep, Key, Plan, RuleStep, ScoreStep, Step, deciding_nodes, make_plan

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

#: Kinds of facts that are tried.
_KINDS = frozenset({"number", "day", "boolean", "level", "text"})
_NAMES = frozenset({"id", "account_id"})
#: What says in which unit amounts are: another value of it reads them all anew.
_UNITS = frozenset({"currency", "fx_rate"})
#: What gives whole numbers, what gives whole numbers of whole numbers, and which of them are never below 0.
_WHOLE = frozenset({"size", "count_distinct", "day_diff", "business_days", "floor", "ceil"})
_OF_WHOLE = frozenset({"add", "mul", "sub", "neg", "abs", "min", "max", "list"})
_COUNTS = frozenset({"size", "count_distinct"})
_OF_COUNTS = frozenset({"add", "mul", "min", "max", "list"})
_PERSONS = "facts about persons that are not opted in to"
_CENTURY = 36525.0


def what_would_change(explainer: Explainer, name: str) -> Changes:
    """Return every single fact that would make a rule hold, or would end it where it holds.

    Args:
        explainer: The explainer of the decision.
        name: Full id of a rule, or a short form.

    Raises:
        ClientcoreError: There is no such rule (CC403).
    """
    full = explainer.full_name(name)
    if not isinstance(explainer.steps.get(full), RuleStep):
        raise ClientcoreError(f"CC403 `{full}` is no rule; what would change is told of rules, ask `why_not` of it")
    search = _Search.of(explainer, full)
    ordered, untried = [], []
    for depth, leaf in search.candidates():
        try:
            found = search.change(leaf)
        except _OpaqueError:
            untried.append(named(leaf))
            continue
        if found is not None:
            ordered.append((depth, found.fact, found))
    untried += search.above()
    changes = tuple(found for _, _, found in sorted(ordered, key=lambda each: each[:2]))
    child = explainer.parent is not None and any(change.handed for change in changes)
    return Changes(
        id=full,
        truth=search.truth,
        changes=changes,
        untried=(*sorted(set(untried)), *search.persons()),
        how="`facts` of evaluate, `facts_of` of evaluate_subjects" if child else "",
    )


class _OpaqueError(Exception):
    """A fact reaches the rule in a way that is not followed."""


@attrs.frozen(slots=False, eq=False)
class _Search:
    """Decides one rule again and again, by a plan of that rule alone.

    Args:
        explainer: The explainer of the decision.
        rule: Full id.
        executor: Decides the rule.
        call: What the decision read, as that executor reads it.
    """

    explainer: Explainer
    rule: str
    executor: RecordExecutor
    call: Call

    @classmethod
    def of(cls, explainer: Explainer, rule: str) -> _Search:
        """Return the search for one rule."""
        whole, call = explainer.executor.plan, explainer.call
        plan = make_plan(explainer.checked, whole.subject, only=(rule,), columns=whole.columns)
        fields = dict(zip(whole.fields, call.taken.values, strict=True))
        params = dict(zip(whole.params, call.params, strict=True))
        above = dict(zip(whole.parent, call.parent, strict=True))
        taken = call.taken._replace(values=tuple(fields[one] for one in plan.fields))
        own = call._replace(
            taken=taken,
            params=tuple(params[one] for one in plan.params),
            parent=tuple(above[one] for one in plan.parent),
        )
        return cls(explainer, rule, attrs.evolve(explainer.executor, plan=plan, explain=None, ask=None), own)

    @property
    def plan(self) -> Plan:
        """The plan of the rule."""
        return self.executor.plan

    @cached_property
    def steps(self) -> dict[Key, Step]:
        """Its steps."""
        return {step.key: step for step in self.plan.steps}

    @cached_property
    def seen(self) -> Seen:
        """What the run with everything as it is saw."""
        return Seen.of(self.executor.run(self.call, self.executor.compiled.traced)[0], self._traced.layout)

    @cached_property
    def truth(self) -> bool | None:
        """Whether the rule holds as everything is."""
        return self._decided(self.call)

    @cached_property
    def handed(self) -> frozenset[str]:
        """Derived facts that were handed in."""
        accept = Acceptance(self.plan, self.call.facts, self.call.as_of, self.call.person)
        return frozenset(accept.handed or ())

    @property
    def _condition(self) -> Node:
        step = self.steps["rule", *self.rule.split("/")]
        assert isinstance(step, RuleStep)
        return step.node

    @property
    def _traced(self) -> Any:
        return self.executor.compiled.traced

    @cached_property
    def _levels(self) -> dict[Node, int]:
        """Facts, fields and what is read of the account → how many steps the nearest reader is away from the rule."""
        found: dict[Node, int] = {}
        ready: list[Step] = [self.steps["rule", *self.rule.split("/")]]
        seen, depth = {ready[0].key}, 0
        while ready:
            following: list[Step] = []
            for leaf in (node for step in ready for root in self._read(step) for node in root.own()):
                if leaf.op in {"field", "fact", "parent"}:
                    found.setdefault(leaf, depth)
                step = self._behind(leaf)
                if step is not None and step.key not in seen:
                    seen.add(step.key)
                    following.append(step)
            ready, depth = following, depth + 1
        return found

    def _behind(self, leaf: Node) -> Step | None:
        if leaf.op not in STEP_OF or (leaf.op == "fact" and leaf.value in self.handed):
            return None
        return self.steps.get((STEP_OF[leaf.op], *([leaf.value] if leaf.op == "fact" else leaf.value[:2])))

    def _read(self, step: Step) -> Iterator[Node]:
        """Yield every tree that a step reads, whether its ruleset applies and what a model needs included."""
        yield from deciding_nodes(step)
        gate = getattr(step, "ruleset_applies", None) or getattr(step, "applies", None)
        if isinstance(gate, tuple):
            yield Node("fact", BOOLEAN, (), gate[1])
        needs = step.model.needs if isinstance(step, ScoreStep) and step.model is not None else ()
        yield from (Node("fact", self.plan.handed[need].kind, (), need) for need in needs if need in self.plan.handed)

    def candidates(self) -> Iterator[tuple[int, Node]]:
        """Yield the facts and fields that somebody can act on or answer."""
        for leaf, depth in self._levels.items():
            own = leaf.op == "field" and leaf.value not in _NAMES
            if (own or (leaf.op == "fact" and leaf.value in self.plan.handed)) and not self._personal(leaf):
                yield depth, leaf

    def above(self) -> list[str]:
        """Return what is decided elsewhere: what is read of the account of a child, and which profile holds."""
        of = "" if self.plan.subject == "account" else "account."
        return [
            *(named(leaf) for leaf in self._levels if leaf.op == "parent"),
            *(f"{of}{field}" for field in self._choosing),
        ]

    @cached_property
    def _choosing(self) -> frozenset[str]:
        """Fields of the account that choose the profile, where the rule reads a param that one of them sets."""
        if not self._matches:
            return frozenset()
        return frozenset(make_plan(self.explainer.checked, "account", only=(), extra=self._matches).fields) - _NAMES

    @cached_property
    def _matches(self) -> tuple[Node, ...]:
        """Conditions of the profiles that may hold and set a param that the rule reads."""
        varying = self.explainer.varying
        named = self.call.profile is not None and self.call.profile not in {name for name, _, _ in varying}
        if named or self.plan.subject == "organisation":
            return ()
        if not any(key in self.plan.params for _, _, values in varying for key, _ in values):
            return ()
        return tuple(condition for _, condition, _ in varying)

    @cached_property
    def _above(self) -> Plan:
        """What the account has to be read for: what a child reads of it, and which profile holds."""
        return make_plan(self.explainer.checked, "account", only=(), extra=(*self.plan.parent, *self._matches))

    def _entangled(self, field: Field) -> bool:
        """Return whether another value of a field changes more than the field.

        Another currency or rate reads every amount anew, and an amount that was converted is written as another number.
        What chooses the profile changes params; what the account reads of a child changes what the child reads above.
        """
        if field.name in _UNITS or (field.unit == "money" and self.call.taken.rate != 1.0):
            return True
        if self.plan.subject == "account":
            return field.name in self._choosing
        return field.name in self._above.tables.get(SUBJECTS[self.plan.subject].table, ())

    def persons(self) -> tuple[str, ...]:
        """Say that there are facts about persons that were left out; they are not named."""
        return (_PERSONS,) if any(self._personal(leaf) for leaf in self._levels) else ()

    def _personal(self, leaf: Node) -> bool:
        field = self._field(leaf)
        if field is not None:
            return field.personal and f"{SUBJECTS[self.plan.subject].table}.{leaf.value}" not in self.call.person
        spec = self.plan.handed.get(leaf.value) if leaf.op == "fact" else None
        return spec is not None and spec.person and spec.id not in self.call.person

    def change(self, leaf: Node) -> Change | None:
        """Return the change of one fact; None where no value of it does it.

        Raises:
            _OpaqueError: It is not followed exactly.
        """
        kind = leaf.kind
        field = self._field(leaf)
        if field is not None and self._entangled(field):
            raise _OpaqueError
        if kind.name == "boolean":
            return self._one_of(leaf, (False, True))
        if kind.name == "level":
            assert kind.level is not None
            return self._one_of(leaf, kind.level.labels)
        reach = Reach(leaf, self.steps, self.seen, self.handed)
        shape = reach.of(self._condition)
        if shape is FIXED:
            return None
        if shape is OPAQUE or kind.name not in _KINDS:
            raise _OpaqueError
        if kind.name == "text":
            return self._text(leaf, [value for _, value in reach.atoms if value is not None])
        return self._number(leaf, reach)

    def _one_of(self, leaf: Node, values: tuple[Any, ...]) -> Change | None:
        now = self.seen.value(leaf)
        doing = [value for value in values if value != now and self.does(leaf, value)]
        return self._told(leaf, doing[0], " or ".join(map(_written, doing))) if doing else None

    def _text(self, leaf: Node, values: list[str]) -> Change | None:
        field = self._field(leaf)
        words = field.words if field is not None else ()
        if field is not None and words and not field.other_words:
            return self._one_of(leaf, words)
        named = sorted(set(values))
        another = "another"
        while another in named or another == self.seen.value(leaf):
            another += "_"
        doing = [value for value in named if self.does(leaf, value)]
        if not self.does(leaf, another):
            return self._told(leaf, doing[0], " or ".join(map(_written, doing))) if doing else None
        but = " or ".join(_written(value) for value in named if value not in doing)
        one = next((word for word in (*doing, *words) if self.does(leaf, word)), another)
        return self._told(leaf, one, f"anything but {but}" if but else "any text")

    def _number(self, leaf: Node, reach: Reach) -> Change | None:
        numbers = self._numbers(leaf)
        points: set[float] = set()
        for moving, value in reach.atoms:
            if moving == leaf:
                points |= set() if value is None else {value}
                continue
            if moving not in self._traced.layout:
                raise _OpaqueError
            found = edges(numbers, partial(self._moved, leaf, self._traced.layout.index(moving)), value)
            if found is None:
                raise _OpaqueError
            points |= found
        told = numbers.nearest(
            internal(self.seen.value(leaf)),
            points,
            lambda x: self.does(leaf, x),
            _day if leaf.kind.name == "day" else _number,
        )
        return None if told is None else self._told(leaf, told[0], told[1])

    def _numbers(self, leaf: Node) -> Numbers:
        """Return which numbers a fact may have: its range, and whether only whole ones."""
        field = self._field(leaf)
        if leaf.kind.name == "day":
            today = float(self.call.as_of.toordinal())
            happened = field is not None and field.role == "happened"
            now = internal(self.seen.value(leaf)) or today
            last = today if happened else max(today + _CENTURY, now)
            return Numbers(max(min(today - _CENTURY, now), 1.0), last, whole=True, usual=today)
        spec = field or self.plan.handed[leaf.value]
        low, high = spec.range or (-inf, inf)
        counts = self._made_of(leaf, _COUNTS, _OF_COUNTS)
        unit = getattr(self._declared(leaf), "unit", "")
        whole = unit == "count" or (field is not None and field.whole) or self._made_of(leaf, _WHOLE, _OF_WHOLE)
        return Numbers.of(max(low, 0.0) if counts else low, high, whole=whole)

    def _field(self, leaf: Node) -> Field | None:
        return SUBJECTS[self.plan.subject].fields[leaf.value] if leaf.op == "field" else None

    def _declared(self, leaf: Node) -> Any:
        fact = self.explainer.checked.scope.facts.get(leaf.value) if leaf.op == "fact" else None
        return None if fact is None else fact.declared

    def _made_of(self, node: Node, ops: frozenset[str], joined: frozenset[str]) -> bool:
        """Return whether a number can only come out as these operators give it."""
        if node.op == "fact":
            step = self.steps.get(("fact", node.value))
            return isinstance(step, FactStep) and self._made_of(step.node, ops, joined)
        if node.op == "literal":
            return isinstance(node.value, float) and node.value.is_integer() and node.value >= 0.0
        if node.op == "if":
            return all(self._made_of(arg, ops, joined) for arg in node.args[1:])
        return node.op in ops or (node.op in joined and all(self._made_of(arg, ops, joined) for arg in node.args))

    def does(self, leaf: Node, value: Any) -> bool:
        """Return whether the rule changes as wanted with that value, in internal form."""
        return self._decided(self._with(leaf, value)) is (not self.truth)

    def _decided(self, call: Call) -> bool | None:
        raw, _ = self.executor.run(call, self.executor.compiled.plain)
        return True if self.rule in raw[0] else None if self.rule in raw[1] else False

    def _moved(self, leaf: Node, at: int, value: float) -> Any:
        return self.executor.run(self._with(leaf, value), self._traced)[0][7][at]

    def _with(self, leaf: Node, value: Any) -> Call:
        if leaf.op == "field":
            values = list(self.call.taken.values)
            values[self.plan.fields.index(leaf.value)] = value
            return self.call._replace(taken=self.call.taken._replace(values=tuple(values)))
        given: Any = date.fromordinal(int(value)) if leaf.kind.name == "day" else value
        source = self._source(leaf)
        given = Fact(given, source=source) if source else given
        return self.call._replace(facts={**self.call.facts, leaf.value: given})

    def _source(self, leaf: Node) -> str:
        """Return the first source of those that a fact takes only; empty where it takes any."""
        sources = self.plan.handed[leaf.value].requires_source if leaf.op == "fact" else ()
        return sources[0] if sources else ""

    def _told(self, leaf: Node, value: Any, text: str) -> Change:
        now, name, source = self.seen.value(leaf), named(leaf), self._source(leaf)
        told = "unknown" if now is None else _written(now)
        return Change(
            fact=name,
            title=getattr(self._declared(leaf), "doc", "") or name.replace("_", " "),
            now=now,
            wanted=date.fromordinal(int(value)) if leaf.kind.name == "day" else value,
            text=f"{name}: {told} → {text}" + (f", with source {source}" if source else ""),
            handed=leaf.op == "fact",
            source=source,
        )


def _written(value: Any) -> str:
    """Return a value in full: a number with every digit, a text in quotes."""
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return shown(value)
    return _number(value) if isinstance(value, float) else repr(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,}"


def _day(value: float) -> str:
    return date.fromordinal(int(value)).isoformat()
