"""Text of a decision for an audience; a client never reads a score, a label, a rule id or the name of a mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clientcore.decision import Score, outcome_line, shown
from clientcore.errors import ClientcoreError, did_you_mean

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

AUDIENCES = ("internal", "account_team", "executive", "client")


def render(explainer: Explainer, audience: str) -> str:
    """Return the text for an audience.

    Raises:
        ClientcoreError: The audience is unknown (CC403).
    """
    if audience not in AUDIENCES:
        raise ClientcoreError(f"CC403 unknown audience `{audience}`; {did_you_mean(audience, AUDIENCES)}")
    if audience == "client":
        return _for_client(explainer)
    decision = explainer.decision
    lines = [f"{decision.subject} {decision.subject_id} on {decision.as_of}"]
    lines += [f"  {name}: {shown(state.value)}" for name, state in decision.states.items()]
    lines += [f"  {name}: {outcome_line(outcome)}" for name, outcome in decision.outcomes.items()]
    lines += [f"  {name}: {score_line(score)}" for name, score in decision.scores.items()]
    if audience != "executive":
        lines += [f"  finding {finding.severity}: {finding.rule}" for finding in decision.findings]
    lines += [
        f"  recommended: {action.title}"
        for action in decision.actions
        if audience == "internal" or action.audience in {audience, "account_team", "client"}
    ]
    lines += [f"  problem: {problem}" for problem in decision.problems if audience == "internal"]
    return "\n".join(lines)


def score_line(score: Score) -> str:
    """Return a score as people see it: band, whole number, coverage."""
    if score.state == "not_applicable":
        return "not applicable"
    number = f"{score.value:.0f}" if score.value is not None else f"{score.low:.0f} to {score.high:.0f}"
    band = score.band or " or ".join(score.bands_possible)
    return f"{number}{f' ({band})' if band else ''}, {score.coverage:.0%} known"


def _for_client(explainer: Explainer) -> str:
    """Return only texts that were written for clients, and none of those that hold a word of ours."""
    hidden = hidden_words(explainer)
    texts = []
    for action in explainer.decision.actions:
        if action.audience != "client":
            continue
        for ruleset in explainer.executor.plan.rulesets:
            known = ruleset.actions.get(action.id)
            if known is not None and known.client_text and not hidden.search(known.client_text):
                texts.append(known.client_text)
    return "\n".join(dict.fromkeys(texts))


def hidden_words(explainer: Explainer) -> re.Pattern[str]:
    """Return the pattern of what a client must not read: labels of levels and states, ids, forbidden words."""
    words: set[str] = set()
    for ruleset in explainer.executor.plan.rulesets:
        ids = (ruleset.id, *ruleset.rules, *ruleset.scores, *ruleset.tables, *ruleset.states)
        # an id of one plain word (`mode`) is no label; one of several words can't stand in a text by chance
        words.update(name for name in ids if "_" in name or "." in name)
        for level in ruleset.levels.values():
            words.update(level.labels)
        for machine in ruleset.states.values():
            words.update(label for label in machine.labels if len(label) > 3)
        forbidden = ruleset.params.get("forbidden_labels")
        if forbidden is not None and isinstance(forbidden.value, tuple):
            words.update(str(word) for word in forbidden.value)
    spelled = sorted({form for word in words for form in (word, word.replace("_", " "))}, key=len, reverse=True)
    choices = "|".join(re.escape(word) for word in spelled)
    return re.compile(rf"\b(?:{choices})", re.IGNORECASE) if spelled else _NONE


_NONE = re.compile(r"(?!)")
