"""References to rules, actions and models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clientcore.check.checked import Checked
from clientcore.check.resolving import near
from clientcore.errors import Problem, did_you_mean
from clientcore.ruleset import Pattern, Rule, Ruleset, Scorecard


def rules(checked: Checked) -> Iterator[Problem]:
    """Find rules that suppress what is no rule, or recommend what is no action."""
    actions = {action for ruleset in checked.rulesets for action in ruleset.actions}
    for ruleset in checked.rulesets:
        for rule in ruleset.firing.values():
            path = f"rules/{rule.id}" if isinstance(rule, Rule) else f"patterns/{rule.id}"
            yield from _suppressed(checked, ruleset, rule, path)
            for action in rule.finding.actions if rule.finding is not None else ():
                if action not in actions:
                    where = ruleset.where(f"{path}/finding/actions")
                    help_text = did_you_mean(action, actions) or "declare it under `actions`"
                    yield Problem("CC304", f"rule `{rule.id}` recommends unknown action `{action}`", where, help_text)


def full_rule(ruleset: str, name: str) -> tuple[str, str]:
    """Return (ruleset, rule) of a rule that may be named without its ruleset.

    Example:
        >>> full_rule("trust", "late"), full_rule("trust", "starter/late")
        (('trust', 'late'), ('starter', 'late'))
    """
    owner, _, rule = name.rpartition("/")
    return owner or ruleset, rule


def _suppressed(checked: Checked, ruleset: Ruleset, rule: Rule | Pattern, path: str) -> Iterator[Problem]:
    where = ruleset.where(f"{path}/suppresses")
    for name in rule.suppresses:
        key = full_rule(ruleset.id, name)
        if key not in checked.scope.rules:
            known = [one if owner == ruleset.id else f"{owner}/{one}" for owner, one in checked.scope.rules]
            yield Problem(
                "CC304", f"rule `{rule.id}` suppresses unknown rule `{name}`", where, did_you_mean(name, known)
            )
        elif key == (ruleset.id, rule.id):
            yield Problem("CC304", f"rule `{rule.id}` suppresses itself", where, "take it out")
        elif checked.scope.rulesets[key[0]] != ruleset.subject:
            text = f"rule `{rule.id}` suppresses `{name}`, a rule for {checked.scope.rulesets[key[0]]}"
            yield Problem("CC304", text, where, f"this one is for {ruleset.subject}")


def models(checked: Checked) -> Iterator[Problem]:
    """Find scores whose model is not registered, reads unknown facts or returns what the score can't hold."""
    for ruleset in checked.rulesets:
        for score in ruleset.scores.values():
            if score.aggregate != "model":
                continue
            model = checked.catalog.models.get(score.model)
            if model is None:
                where = ruleset.where(f"scores/{score.id}/model")
                help_text = did_you_mean(score.model, checked.catalog.models) or "no plugin registers a model"
                yield Problem("CC304", f"unknown model `{score.model}`", where, help_text)
            else:
                yield from _fits(checked, ruleset, score, model)


def _fits(checked: Checked, ruleset: Ruleset, score: Scorecard, model: Any) -> Iterator[Problem]:
    where = ruleset.where(f"scores/{score.id}/model")
    facts = [fact.id for fact in checked.scope.facts.values() if ruleset.subject in fact.subjects]
    for name in model.needs:
        if name not in facts:
            text = f"model `{score.model}` needs fact `{name}`, which nothing declares for {ruleset.subject}"
            yield Problem("CC304", text, where, near(name, facts, "declare it as an input"))
    _, low, high = model.returns
    if not score.range[0] <= low <= high <= score.range[1]:
        text = f"model `{score.model}` returns {low:g} to {high:g}, and score `{score.id}` holds {_span(score.range)}"
        yield Problem("CC310", text, where, f"write `range: [{low:g}, {high:g}]`")


def _span(pair: tuple[float, float]) -> str:
    return f"{pair[0]:g} to {pair[1]:g}"
