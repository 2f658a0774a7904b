"""Text of a decision for an audience; a client never reads a score, a label, a rule id or the name of a mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientcore.check import hidden_words
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
    """Return only texts that were written for clients, and none of those that hold a name or label of ours (CC311)."""
    hidden = hidden_words(explainer.checked.rulesets)
    texts = []
    for action in explainer.decision.actions:
        if action.audience != "client":
            continue
        for ruleset in explainer.executor.plan.rulesets:
            known = ruleset.actions.get(action.id)
            if known is not None and known.client_text and not hidden.search(known.client_text):
                texts.append(known.client_text)
    return "\n".join(dict.fromkeys(texts))
