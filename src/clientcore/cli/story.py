"""One decision told to people: what is found, what to do, what nobody knows and whom to ask, then where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.cli.gates import CLAIM, Gate, gate_lines, gates
from clientcore.cli.words import in_options
from clientcore.decision import outcome_line
from clientcore.errors import counted
from clientcore.explain.scores import score_line
from clientcore.ruleset import SEVERITIES

if TYPE_CHECKING:
    from clientcore.decision import Changes, Decision, Explanation, Finding, Outcome, Question, RecommendedAction
    from clientcore.engine import Engine
    from clientcore.errors import Problem
    from clientcore.plan import Plan
    from clientcore.ruleset import Pattern, Rule

_MOST_QUESTIONS = 8
_MOST_UNKNOWN = 5
#: So many scores are all told; of more, those with bands, since the others are what bands are made of.
_FEW_SCORES = 12


@attrs.frozen
class _Told:
    """A decision, and what its parts are called.

    Args:
        engine: What made the decision.
        decision: The decision.
        rules: Full id → rule or event pattern.
        parts: Full id → the declaration of each score, table and state.
    """

    engine: Engine
    decision: Decision
    rules: Mapping[str, Rule | Pattern]
    parts: Mapping[str, Any]

    @classmethod
    def of(cls, engine: Engine, decision: Decision) -> _Told:
        """Return a decision with the names of its parts."""
        rules = {f"{ruleset.id}/{rule.id}": rule for ruleset in engine.rulesets for rule in ruleset.firing.values()}
        parts = {
            f"{ruleset.id}.{name}": part
            for ruleset in engine.rulesets
            for some in (ruleset.scores, ruleset.tables, ruleset.states)
            for name, part in some.items()
        }
        return cls(engine, decision, rules, parts)

    def rule(self, name: str) -> str:
        """Return what a rule is called."""
        rule = self.rules.get(name)
        return ("" if rule is None else rule.heading) or _words(name)

    def part(self, name: str) -> str:
        """Return what a score, table or state is called."""
        return getattr(self.parts.get(name), "title", "") or _words(name)


def as_text(engine: Engine, decision: Decision, plan: Plan, *, details: bool = False) -> str:
    """Return the whole explanation as text.

    Args:
        engine: What made the decision.
        decision: The decision.
        plan: The plan that it was made by.
        details: Whether every score is told, and of each gate every condition with what it read.
    """
    told = _Told.of(engine, decision)
    questions = decision.questions()
    profile = f", profile {decision.profile}" if decision.profile else ""
    lines = [f"{decision.subject} {decision.subject_id}, as of {decision.as_of}{profile}"]
    lines += _section("found", [_found(told, item) for item in decision.findings])
    lines += _section("to do", [_action(action) for action in decision.actions])
    lines += _section("not known", _unknown(told))
    form, records, missing = _sorted(engine, decision, questions)
    lines += _section("ask next", _questions(told, form, "; clientcore questions writes them all as a form"))
    lines += _section("ask, and note the answer in the records", _questions(told, records))
    lines += _section("missing in the records", _questions(told, missing))
    lines += _section("where it stands", _standing(told, details=details))
    lines += _scores(told, details=details)
    lines += _section("problems", [in_options(str(problem)) for problem in decision.problems])
    lines += _basis(engine, plan)
    if not details:
        lines += ["", "every condition and score: --details; one of them: --why NAME, --why-not NAME"]
    return "\n".join(lines)


def _words(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].replace("_", " ").capitalize()


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []


def _found(told: _Told, item: Finding) -> str:
    because = told.decision.why(item.rule).summary.partition(": ")[2]
    because = "it is not known whether this holds" if item.review else because
    return f"{item.severity:<8}  {told.rule(item.rule)}{f': {because}' if because else ''}  ({item.rule})"


def _action(action: RecommendedAction) -> str:
    due = "" if action.due_days is None else f"within {counted(action.due_days, 'day')}"
    who = action.owner_role.replace("_", " ")
    said = ", ".join(part for part in (due, who) if part)
    return f"{action.title} ({said})" if said else action.title


def _unknown(told: _Told) -> list[str]:
    """Return which findings may hold, the gravest first, and how much of the rest is not settled."""
    decision = told.decision
    grave = []
    for name in decision.unknown:
        rule = told.rules.get(name)
        if rule is not None and rule.finding is not None:
            grave.append((SEVERITIES.index(rule.finding.severity), name, rule.finding.severity))
    grave.sort()
    rows = [f"{severity:<8}  {told.rule(name)}?  ({name})" for _, name, severity in grave[:_MOST_UNKNOWN]]
    rows += [f"and {counted(len(grave) - _MOST_UNKNOWN, 'more finding')}"] if len(grave) > _MOST_UNKNOWN else []
    partial = sum(score.state == "partial" for score in decision.scores.values())
    if partial:
        which = "is an interval" if partial == 1 else "are intervals"
        rows.append(f"{partial} of {counted(len(decision.scores), 'score')} {which}, since something is missing")
    return rows


def _questions(told: _Told, items: list[Question], where: str = "") -> list[str]:
    """Return what is to be asked or looked up, what settles most first."""
    rows = [_question(told, item) for item in items[:_MOST_QUESTIONS]]
    return rows + ([f"and {len(items) - len(rows)} more{where}"] if len(items) > len(rows) else [])


def _sorted(
    engine: Engine, decision: Decision, questions: Sequence[Question]
) -> tuple[list[Question], list[Question], list[Question]]:
    """Return what a form of this subject asks, what else people are asked, and what nobody is asked.

    The answer to the second goes into the records that a fact is derived from, or into the form of the account above.
    Nobody is asked for what a formula or a rule reads of the records: it is missing there, or is no question at all.
    """
    from clientcore.answers import asked_on_form

    takes = asked_on_form(engine, decision.subject)
    asked = [item for item in questions if item.fact not in takes and _is_asked(engine, item)]
    form = [item for item in questions if item.fact in takes]
    return form, asked, [item for item in questions if item not in form and item not in asked]


def _is_asked(engine: Engine, item: Question) -> bool:
    """Return whether a question has words of its own, or somebody to be put to."""
    return bool(item.whom or _declared(engine, item, "ask"))


def _declared(engine: Engine, item: Question, name: str) -> str:
    fact = engine.checked.scope.facts.get(item.fact.removeprefix("account."))
    return getattr(getattr(fact, "declared", None), name, "") or ""


def _question(told: _Told, item: Question) -> str:
    first = item.settles[0]
    named = told.rule(first) if first in told.rules else told.part(first)
    more = "" if len(item.settles) == 1 else f" and {len(item.settles) - 1} more"
    asked = f"{item.ask} ({item.whom or 'account team'}; "
    words = CLAIM.sub("", _declared(told.engine, item, "doc")) or item.fact.replace("_", " ")
    said = asked if _is_asked(told.engine, item) else f"{words} ("
    return f"{said}settles: {named}{more})"


def _standing(told: _Told, *, details: bool) -> list[str]:
    decision = told.decision
    rows: list[str] = []
    seen: set[str] = set()
    for name, outcome in decision.outcomes.items():
        rows.append(f"{told.part(name)}: {_outcome(outcome)}  ({name})")
        for gate in gates(told.engine, decision, name):
            rows += gate_lines(told.engine, decision, gate, again=gate.id in seen, details=details)
            seen.add(gate.id)
    for name, state in decision.states.items():
        standing = state.value or " or ".join(state.possible) or "unknown"
        rows.append(f"{told.part(name)}: {standing}  ({name})")
    return rows


def _outcome(outcome: Outcome) -> str:
    return f"not settled: {outcome_line(outcome)}" if outcome.possible else outcome_line(outcome)


def _scores(told: _Told, *, details: bool) -> list[str]:
    scores = told.decision.scores
    shown = [name for name in scores if details or len(scores) <= _FEW_SCORES or told.parts[name].bands]
    rows = [f"{told.part(name)}: {score_line(scores[name], told.parts[name])}  ({name})" for name in shown]
    left = len(scores) - len(shown)
    return _section("scores", rows + ([f"and {left} more that these and the rules are made of"] if left else []))


def _basis(engine: Engine, plan: Plan) -> list[str]:
    """Say once what it means that a threshold is our own choice, and how many are."""
    ours = sum(engine.checked.scope.params[key].basis == "ours" for key in plan.params)
    if not ours:
        return []
    told = f"{ours} of the {counted(len(plan.params), 'threshold')} read here"
    which = "is our own choice: no source sets it" if ours == 1 else "are our own choice: no source sets them"
    return ["", f"{told} {which}. Set yours in a profile (--profile)."]


def as_dict(engine: Engine, decision: Decision) -> dict[str, Any]:
    """Return the explanation as plain data of format clientcore-explanation/1."""
    from clientcore.answers import asked_on_form

    takes = asked_on_form(engine, decision.subject)
    return {
        "format": "clientcore-explanation/1",
        "decision": decision.to_dict(),
        "gates": {
            table: [_gate(gate) for gate in found]
            for table in decision.outcomes
            if (found := gates(engine, decision, table))
        },
        "questions": [{**attrs.asdict(item), "on_form": item.fact in takes} for item in decision.questions()],
        "problems": [_problem(problem) for problem in decision.problems],
    }


def asked_as_dict(
    decision: Decision, why: Sequence[Explanation], why_not: Sequence[Explanation], changes: Sequence[Changes]
) -> dict[str, Any]:
    """Return the answers to `--why`, `--why-not` and `--what-would-change` as data of format clientcore-why/1.

    Args:
        decision: What was asked.
        why: Why something is so, in the order asked.
        why_not: What stands in the way.
        changes: What would change rules.
    """
    return {
        "format": "clientcore-why/1",
        "subject": decision.subject,
        "subject_id": decision.subject_id,
        "as_of": decision.as_of.isoformat(),
        "why": [one.to_dict() for one in why],
        "why_not": [one.to_dict() for one in why_not],
        "what_would_change": [one.to_dict() for one in changes],
    }


def _gate(gate: Gate) -> dict[str, Any]:
    told = gate.explanation.to_dict()
    return {
        "id": gate.id,
        "title": gate.title,
        "truth": gate.truth,
        **{key: told[key] for key in ("summary", "reasons")},
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "help": problem.help, "severity": problem.severity}
