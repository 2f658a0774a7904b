"""Raw results → Decision: scores, outcomes, states, findings, actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from clientcore.decision import Finding, Outcome, RecommendedAction, Score, Signal, State
from clientcore.errors import Problem
from clientcore.executors.record.tables import CONFLICT
from clientcore.plan import Plan, RuleStep, TableStep
from clientcore.ruleset import PRECEDENCES, SEVERITIES, Action, Pattern, Rule

_MOST_ADVICE = 4096


@attrs.frozen
class Effects:
    """What the rules of a plan do when they fire; made once per plan.

    Args:
        rules: Rule id → (rule, precedence), for rules that have an effect of any sort.
        actions: Every action, by id.
        rows: Table id → ids of its rows.
        first: Tables of hit policy `first`, where one row decides.
        signals: Signal id → (patterns that raise it, patterns that clear it).
        doubt: How much more confident another action must be than a mentoring one of its group, 0 to 1.
    """

    rules: Mapping[str, tuple[Rule | Pattern, str]]
    actions: Mapping[str, Action]
    rows: Mapping[str, tuple[str, ...]]
    first: frozenset[str]
    signals: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    doubt: float
    # what was made once is the same again: a rule's finding, and what rules that hold together recommend
    findings: dict[tuple[str, bool], Finding | None] = attrs.field(factory=dict, init=False, eq=False, repr=False)
    advice: dict[tuple[str, ...], tuple[RecommendedAction, ...]] = attrs.field(
        factory=dict, init=False, eq=False, repr=False
    )

    @classmethod
    def of(cls, plan: Plan, doubt: float) -> Effects:
        """Gather the effects of a plan."""
        precedence = {ruleset.id: ruleset.precedence for ruleset in plan.rulesets}
        rules: dict[str, tuple[Rule | Pattern, str]] = {}
        rows: dict[str, tuple[str, ...]] = {}
        first: set[str] = set()
        for step in plan.steps:
            if isinstance(step, RuleStep):
                rule = step.rule
                if rule.finding is not None or rule.suppresses or rule.on_unknown != "no_match":
                    rules[f"{step.key[1]}/{rule.id}"] = (rule, precedence[step.key[1]])
            elif isinstance(step, TableStep):
                name = ".".join(step.key[1:])
                rows[name] = tuple(row.id for row in step.table.rows)
                if step.table.hit_policy == "first":
                    first.add(name)
        return cls(rules, plan.actions, rows, frozenset(first), _signals(plan), doubt)


def _signals(plan: Plan) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    found: dict[str, tuple[list[str], list[str]]] = {}
    for step in plan.steps:
        if isinstance(step, RuleStep) and isinstance(step.rule, Pattern):
            for at, signal in enumerate((step.rule.raises, step.rule.clears)):
                if signal:
                    found.setdefault(f"{step.key[1]}.{signal}", ([], []))[at].append("/".join(step.key[1:]))
    return {name: (tuple(sorted(found[name][0])), tuple(sorted(found[name][1]))) for name in sorted(found)}


def signals_of(effects: Effects, fired: Iterable[str], unknown: Iterable[str]) -> tuple[Signal, ...]:
    """Return the signals that patterns raise and none clears, from the raw truth of the patterns."""
    holds, open_ = set(fired), set(unknown)
    found = []
    for name, (raisers, clearers) in effects.signals.items():
        by = tuple(one for one in raisers if one in holds) or tuple(one for one in raisers if one in open_)
        if by and holds.isdisjoint(clearers):
            found.append(Signal(id=name, patterns=by, sure=by[0] in holds and open_.isdisjoint(clearers)))
    return tuple(found)


def score_of(raw: tuple[Any, ...], as_of: date) -> Score:
    """Return the score of (applies, low, high, known, coverage, bands, held), and perhaps its sampling error."""
    applies, low, high, known, coverage, bands, held, *error = raw
    if applies is False:
        return Score(value=None, known_value=None, low=None, high=None, state="not_applicable")
    exact = low == high and applies is True
    band = bands[0] if len(bands) == 1 and applies is True else None
    since: date | None = as_of if band is not None else None
    pending: tuple[str, float] | None = None
    last = band
    if held is not None:
        _, last, ordinal, pending = held
        since = ordinal if isinstance(ordinal, date) or ordinal is None else date.fromordinal(ordinal)
    least, most, n = error[0] if error and error[0] else (None, None, None)
    return Score(
        value=low + 0.0 if exact else None,
        known_value=known + 0.0 if known == known else None,
        low=low + 0.0,
        high=high + 0.0,
        ci_low=least,
        ci_high=most,
        n=n,
        band=band,
        bands_possible=bands,
        coverage=coverage,
        state="known" if exact else "partial",
        since=since,
        pending=pending,
        last_band=last,
    )


class Scores(Mapping[str, Score]):
    """Scores by id, each made when it is first looked at, as most callers look at few of many.

    It equals, prints and pickles like a dict of the same scores.

    Args:
        names: Id of each score → its place in the raw results.
        raw: The raw results.
        as_of: Day of the decision.
    """

    __slots__ = ("_as_of", "_made", "_names", "_raw")

    def __init__(self, names: Mapping[str, int], raw: tuple[tuple[Any, ...], ...], as_of: date) -> None:
        self._names = names
        self._raw = raw
        self._as_of = as_of
        self._made: dict[str, Score] = {}

    def __getitem__(self, name: str) -> Score:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = score_of(self._raw[self._names[name]], self._as_of)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, Score]], tuple[dict[str, Score]]]:
        return dict, (dict(self),)


def outcome_of(raw: tuple[Any, ...], effects: Effects, name: str) -> Outcome:
    """Return the outcome of (value, possible, truths of the rows, interval); `first` names the deciding row only."""
    value, possible, truths, interval = raw
    true = tuple(row for row, truth in zip(effects.rows[name], truths, strict=True) if truth)
    if name in effects.first:
        true = () if possible and len(possible) > 1 else true[:1]
    low, high = interval or (None, None)
    conflict = possible == (CONFLICT,)
    return Outcome(
        value=value,
        possible=possible if len(possible) > 1 else (),
        rows=true,
        low=low,
        high=high,
        conflict=conflict,
    )


def state_of(raw: tuple[Any, ...]) -> State:
    """Return the state of (value, possible, since, cycle, truths)."""
    value, possible, since, cycle, _ = raw
    day = None if since is None else date.fromordinal(since)
    return State(value=value, possible=possible if len(possible) > 1 else (), since=day, cycle=cycle)


def findings_of(
    effects: Effects, fired: list[str], unknown: list[str], problems: list[Problem]
) -> tuple[list[str], tuple[Finding, ...], dict[str, tuple[str, ...]]]:
    """Return (fired with those matched on unknown, findings, suppressed rule → rules that suppress it)."""
    rules = effects.rules
    if not rules:
        return fired, (), {}
    holds = [*fired]
    reviews: list[str] = []
    concerned = [name for name in holds if name in rules]
    for name in [name for name in unknown if name in rules]:
        policy = rules[name][0].on_unknown
        if policy == "match":
            holds.append(name)
            concerned.append(name)
        elif policy == "review":
            reviews.append(name)
        elif policy == "error":
            problems.append(Problem("CC611", f"rule `{name}` is unknown and must be known", help="see its questions"))
    if not concerned and not reviews:
        return holds, (), {}
    holds.sort()
    suppressed: dict[str, list[str]] = {}
    for name in sorted(concerned):
        ruleset = name.partition("/")[0]
        for target in rules[name][0].suppresses:
            suppressed.setdefault(target if "/" in target else f"{ruleset}/{target}", []).append(name)
    found = [_finding(effects, name, False) for name in concerned if name not in suppressed]
    found += [_finding(effects, name, True) for name in reviews if name not in suppressed]
    findings = [finding for finding in found if finding is not None]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.rule))
    held = {*holds, *reviews}
    return holds, tuple(findings), {name: tuple(by) for name, by in sorted(suppressed.items()) if name in held}


def _finding(effects: Effects, name: str, review: bool) -> Finding | None:
    key = (name, review)
    if key not in effects.findings:
        effects.findings[key] = _found(effects, name, review)
    return effects.findings[key]


def _found(effects: Effects, name: str, review: bool) -> Finding | None:
    rule, precedence = effects.rules[name]
    if rule.finding is None and not review:
        return None
    effect = rule.finding
    return Finding(
        rule=name,
        severity=effect.severity if effect is not None else "info",
        precedence=precedence,
        actions=effect.actions if effect is not None and not review else (),
        review=review,
    )


def actions_of(effects: Effects, findings: Iterable[Finding]) -> tuple[RecommendedAction, ...]:
    """Return the recommended actions: without repeats, at most one per group, by precedence, severity, id."""
    asked = [finding for finding in findings if finding.actions]
    key = tuple([finding.rule for finding in asked])
    known = effects.advice.get(key)
    if known is None:
        if len(effects.advice) >= _MOST_ADVICE:
            effects.advice.clear()
        known = effects.advice[key] = _advice(effects, asked)
    return known


def _advice(effects: Effects, findings: Iterable[Finding]) -> tuple[RecommendedAction, ...]:
    asking: dict[str, list[Finding]] = {}
    for finding in findings:
        for action_id in finding.actions:
            asking.setdefault(action_id, []).append(finding)
    groups: dict[str, list[RecommendedAction]] = {}
    for action_id, asked_by in asking.items():
        each = _recommended(effects, action_id, asked_by)
        groups.setdefault(each.group or f"\0{each.id}", []).append(each)
    chosen = [_best(group, effects.doubt) for group in groups.values()]
    return tuple(sorted(chosen, key=_place))


def _recommended(effects: Effects, action_id: str, findings: Sequence[Finding]) -> RecommendedAction:
    action = effects.actions[action_id]
    return RecommendedAction(
        id=action.id,
        title=action.title,
        rules=tuple(sorted({finding.rule for finding in findings})),
        severity=min((finding.severity for finding in findings), key=SEVERITIES.index),
        precedence=min((finding.precedence for finding in findings), key=PRECEDENCES.index),
        confidence=max(effects.rules[finding.rule][0].confidence for finding in findings),
        group=action.group,
        owner_role=action.owner_role,
        due_days=action.due_days,
        audience=action.audience,
    )


def _place(action: RecommendedAction) -> tuple[int, int, str]:
    return (PRECEDENCES.index(action.precedence), SEVERITIES.index(action.severity), action.id)


def _best(group: list[RecommendedAction], doubt: float) -> RecommendedAction:
    """Return the action of a group that stands: contract, safety, then mentoring against other where in doubt."""
    ordered = sorted(group, key=lambda action: (_class(action), -action.confidence, *_place(action)))
    first = ordered[0]
    if first.precedence not in {"mentoring", "other"}:
        return first
    mentoring = next((action for action in ordered if action.precedence == "mentoring"), None)
    if mentoring is not None and mentoring.confidence >= first.confidence - doubt:
        return mentoring
    return first


def _class(action: RecommendedAction) -> int:
    """Return the rank of a precedence; mentoring and other share one, where confidence and doubt decide."""
    return min(PRECEDENCES.index(action.precedence), 2)
