"""One evaluation: every fact, rule, score, table and state worked out on demand, nothing ordered beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from clientcore.decision import Decision
from clientcore.entities import ENTITIES, Fact
from clientcore.expr import Level
from clientcore.ruleset import Formula, Ruleset, Scorecard, StateMachine, Term
from reference.deciding import OutcomeValue, StateValue, decided, moved
from reference.scoring import Held, ScoreValue, TermValue, banded, sampled, scored
from reference.values import NA, OPEN, Label, Row, both, entered, missing, negated
from reference.walk import Walker, dotted_path, leaves

PARTS = ("low", "high", "band", "coverage")


class Reference:
    """The answer for one account at one day, worked out slowly.

    Args:
        rulesets: Loaded rulesets, sound ones.
        account: The account as a mapping, with sound values.
        as_of: The day.
        facts: Facts handed in, with sound values.
        previous: The decision of an earlier day.
    """

    def __init__(
        self,
        rulesets: Sequence[Ruleset],
        account: Mapping[str, Any],
        as_of: date,
        facts: Mapping[str, Any] | None = None,
        previous: Decision | None = None,
    ) -> None:
        self.rulesets = {ruleset.id: ruleset for ruleset in rulesets}
        self.account = account
        self.as_of = as_of
        self.handed = dict(facts or {})
        self.before = previous
        self._memo: dict[Any, Any] = {}

    # names

    @cached_property
    def levels(self) -> dict[str, Level]:
        return {name: level for ruleset in self.rulesets.values() for name, level in ruleset.levels.items()}

    def bare(self, name: str) -> Any:
        return self._once(("name", name), lambda: self._bare(name))

    def _bare(self, name: str) -> Any:
        entity = ENTITIES["accounts"]
        if name in entity.fields:
            return self._cell(entity.fields[name], self.account.get(name))
        if name in entity.tables:
            return self._table(name)
        declared = [(r, r.inputs.get(name) or r.facts.get(name)) for r in self.rulesets.values()]
        ruleset, spec = next((r, spec) for r, spec in declared if spec is not None)
        given = self.handed.get(name)
        fact = given if isinstance(given, Fact) else Fact(given)
        if not fact.applicable:
            return NA
        kind_of_level = self.levels.get(spec.level) if spec.level else None
        if fact.value is not None:
            return self._entering(fact.value, kind_of_level)
        if name in ruleset.inputs:
            return None
        applies = ruleset.facts[name].applies_when
        if applies is not None:
            holds = self.formula(ruleset.id, applies)
            if holds is not True:
                return NA if holds is False else OPEN
        value = self.formula(ruleset.id, ruleset.facts[name].value)
        return Label(kind_of_level, value) if kind_of_level and isinstance(value, str) else value

    def _entering(self, value: Any, level: Level | None = None) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return entered(float(value))
        if isinstance(value, list | tuple):
            return tuple(self._entering(one) for one in value)
        return Label(level, value) if level else value

    def _cell(self, field: Any, value: Any) -> Any:
        if value is None:
            return None
        value = self._entering(value)
        if field.role == "happened":
            day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
            return value if day <= self.as_of else None
        return value

    def _table(self, name: str) -> Any:
        rows = self.account.get(name)
        if rows is None:
            return None
        fields = ENTITIES[name].fields
        return tuple(
            Row({key: self._cell(fields[key], value) for key, value in row.items()}) for row in rows if self._seen(row)
        )

    def _seen(self, row: Mapping[str, Any]) -> bool:
        known = row.get("recorded_at") or row.get("occurred_on")
        if known is None:
            return True
        return (known.astimezone(UTC).date() if isinstance(known, datetime) else known) <= self.as_of

    def param(self, ruleset: str, name: str) -> Any:
        value = self.rulesets[ruleset].params[name].value
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    def dotted(self, path: str) -> Any:
        ruleset, name, part = self._split(path)
        found = self.rulesets[ruleset]
        if name in found.scores:
            score = self.score(ruleset, name)
            if score.state == "not_applicable":
                return NA
            value = score.value if not part else getattr(score, part)
            return OPEN if value is None and score.open else value
        if name in found.tables:
            return self.outcome(ruleset, name).value
        state = self.state(ruleset, name)
        return state.value if len(state.possible) == 1 else None

    def _split(self, path: str) -> tuple[str, str, str]:
        steps = path.split(".")
        for at in range(len(steps) - 1, 0, -1):
            ruleset = ".".join(steps[:at])
            if ruleset in self.rulesets:
                return ruleset, steps[at], ".".join(steps[at + 1 :])
        raise KeyError(path)

    def previous(self, path: str) -> Any:
        if self.before is None:
            return None
        ruleset, name, part = self._split(path)
        key = f"{ruleset}.{name}"
        if name in self.rulesets[ruleset].scores:
            return getattr(self.before.scores[key], part or "value")
        if name in self.rulesets[ruleset].tables:
            return self.before.outcomes[key].value
        return self.before.states[key].value

    def truth(self, rule: str) -> Any:
        ruleset, _, name = rule.partition("/")
        return self._once(("rule", rule), lambda: self._truth(ruleset, name))

    def _truth(self, ruleset: str, name: str) -> Any:
        return both([self.applies(ruleset), self.formula(ruleset, self.rulesets[ruleset].rules[name].when)])

    # steps

    def formula(self, ruleset: str, formula: Formula) -> Any:
        value = Walker(self, ruleset).value(formula.tree)
        if not missing(value):
            return value
        # labelled not applicable: unknown, and everything missing that it reads is not applicable
        lost = [one for path in leaves(formula.tree) if missing(one := self._leaf(path))]
        if lost and all(one is NA for one in lost):
            return NA
        return OPEN if any(one is not None for one in lost) else None

    def _leaf(self, path: str) -> Any:
        return self.dotted(path) if "." in path else self.bare(path)

    def applies(self, ruleset: str) -> Any:
        found = self.rulesets[ruleset].applies_when
        return True if found is None else self.formula(ruleset, found)

    def score(self, ruleset: str, name: str) -> ScoreValue:
        card = self.rulesets[ruleset].scores[name]
        found: ScoreValue = self._once(("score", ruleset, name), lambda: self._score(ruleset, card))
        return found

    def _score(self, ruleset: str, card: Scorecard) -> ScoreValue:
        own = True if card.applies_when is None else self.formula(ruleset, card.applies_when)
        terms = [one for term in card.terms if (one := self._term(ruleset, term)) is not None]
        limits = []
        for kind in ("cap", "veto", "gate"):
            for limit in (limit for limit in card.limits if limit.kind == kind):
                truth = self.formula(ruleset, limit.condition)
                binds = negated(truth) if kind == "gate" else truth
                limits.append((None if missing(binds) else binds, self.formula(ruleset, limit.at)))
        least = self.param(ruleset, "min_coverage") if "min_coverage" in self.rulesets[ruleset].params else 0.0
        applies = both([self.applies(ruleset), own])
        score = scored(card, terms, limits, applies, least)
        if card.sampling is not None:
            ends = (card.sampling.low, card.sampling.high, card.sampling.n)
            sampled(score, card.range, *(self.formula(ruleset, end) for end in ends))
        if card.bands:
            edges = [
                (band.id, None if band.below is None else self.formula(ruleset, band.below)) for band in card.bands
            ]
            hold = card.hysteresis
            margin = self.formula(ruleset, hold.margin) if hold and hold.margin else 0.0
            dwell = self.formula(ruleset, hold.dwell_days) if hold and hold.dwell_days else 0.0
            held = self._held(f"{ruleset}.{card.id}", hold is not None)
            banded(score, edges, held, margin, dwell, self.as_of, surely=not score.open)
        return score

    def _term(self, ruleset: str, term: Term) -> TermValue | None:
        applies = True if term.applies_when is None else self.formula(ruleset, term.applies_when)
        weight = 1.0 if term.weight is None else self.formula(ruleset, term.weight)
        if applies is False:
            return None
        low, high = term.range
        sure = not missing(applies)
        path = dotted_path(term.value.tree)
        if "." in path and not path.startswith(("params.", "previous.", "account.")):
            other, name, part = self._split(path)
            if name in self.rulesets[other].scores and not part:
                score = self.score(other, name)
                if score.state == "not_applicable":
                    return None
                ends = [min(max(end, low), high) for end in (score.low, score.high) if end is not None]
                sure = sure and not score.open
                return TermValue(ends[0], ends[1], weight, sure, score.value is not None, score.coverage)
        value = self.formula(ruleset, term.value)
        if value is NA:
            return None
        if missing(value):
            return TermValue(low, high, weight, sure and value is None, False, 0.0)
        value = min(max(value, low), high)
        return TermValue(value, value, weight, sure, True, 1.0)

    def _held(self, key: str, hysteresis: bool) -> Held:
        last = self.before.scores.get(key) if self.before else None
        if last is None or self.before is None:
            return Held()
        days = float((self.as_of - self.before.as_of).days)
        return Held(last.last_band, last.since, last.pending if hysteresis else None, days)

    def outcome(self, ruleset: str, name: str) -> OutcomeValue:
        table = self.rulesets[ruleset].tables[name]

        def work() -> OutcomeValue:
            truths = [both(self.formula(ruleset, cell) for cell in row.when if cell is not None) for row in table.rows]
            return decided(table, truths)

        found: OutcomeValue = self._once(("table", ruleset, name), work)
        return found

    def state(self, ruleset: str, name: str) -> StateValue:
        machine = self.rulesets[ruleset].states[name]
        found: StateValue = self._once(("state", ruleset, name), lambda: self._state(ruleset, machine))
        return found

    def _state(self, ruleset: str, machine: StateMachine) -> StateValue:
        last = self.before.states.get(f"{ruleset}.{machine.id}") if self.before else None
        held = None if last is None else (last.value, last.since)
        dwell = self.formula(ruleset, machine.min_dwell_days) if machine.min_dwell_days else 0.0

        def truth(at: int, since: date | None) -> Any:
            step = machine.transitions[at]
            allowed = self._allowed(f"{ruleset}.{machine.id}", step.target, since) if step.needs_decision else True
            return both([self.formula(ruleset, step.when), allowed])

        return moved(machine, held, truth, dwell, self.as_of)

    def _allowed(self, machine: str, target: str, since: date | None) -> Any:
        records = self.bare("decision_records")
        if missing(records):
            return None
        days = [
            row.values.get("decided_on")
            for row in records
            if row.values.get("machine") == machine and row.values.get("target") == target
        ]
        return any(day is not None and (since is None or day > since) for day in days)

    # the answer

    def fired(self) -> list[str]:
        return sorted(rule for rule in self._rules() if self.truth(rule) is True or self._matches(rule))

    def unknown(self) -> list[str]:
        return sorted(rule for rule in self._rules() if missing(self.truth(rule)))

    def _rules(self) -> list[str]:
        return [f"{ruleset.id}/{rule}" for ruleset in self.rulesets.values() for rule in ruleset.rules]

    def _matches(self, rule: str) -> bool:
        ruleset, _, name = rule.partition("/")
        return missing(self.truth(rule)) and self.rulesets[ruleset].rules[name].on_unknown == "match"

    def _once(self, key: Any, work: Callable[[], Any]) -> Any:
        if key not in self._memo:
            self._memo[key] = work()
        return self._memo[key]
