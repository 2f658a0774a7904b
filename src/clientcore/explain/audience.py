"""Text of a decision for an audience; a client never reads a score, a label, a rule id or the name of a mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientcore.arguments import require_text
from clientcore.check import hidden_words
from clientcore.decision import outcome_line, shown
from clientcore.errors import ClientcoreError, did_you_mean
from clientcore.explain.scores import score_line
from clientcore.plan import ScoreStep

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer

AUDIENCES = ("internal", "account_team", "executive", "client")


def render(explainer: Explainer, audience: str) -> str:
    """Return the text for an audience.

    Raises:
        ClientcoreError: The audience is unknown (CC403).
    """
    require_text("audience", audience, f"give one of: {', '.join(AUDIENCES)}")
    if audience not in AUDIENCES:
        raise ClientcoreError(f"CC403 unknown audience `{audience}`; {did_you_mean(audience, AUDIENCES)}")
    if audience == "client":
        return _for_client(explainer)
    decision = explainer.decision
    lines = [f"{decision.subject} {decision.subject_id} on {decision.as_of}"]
    lines += [f"  {name}: {shown(state.value)}" for name, state in decision.states.items()]
    lines += [f"  {name}: {outcome_line(outcome)}" for name, outcome in decision.outcomes.items()]
    cards = {full: step.score for full, step in explainer.steps.items() if isinstance(step, ScoreStep)}
    lines += [f"  {name}: {score_line(score, cards[name])}" for name, score in decision.scores.items()]
    if audience != "executive":
        lines += [f"  finding {finding.severity}: {finding.rule}" for finding in decision.findings]
    lines += [
        f"  recommended: {action.title}"
        for action in decision.actions
        if audience == "internal" or action.audience in {audience, "account_team", "client"}
    ]
    lines += [f"  problem: {problem}" for problem in decision.problems if audience == "internal"]
    return "\n".join(lines)


def _for_client(explainer: Explainer) -> str:
    """Return only texts that were written for clients, and none of those that hold a name or label of ours (CC311)."""
    hidden = hidden_words(explainer.checked.rulesets)
    texts = []
    for action in explainer.decision.actions:
        if action.audience != "client":
            continue
        known = explainer.executor.plan.actions.get(action.id)
        if known is not None and known.client_text and not hidden.search(known.client_text):
            texts.append(known.client_text)
    return "\n".join(dict.fromkeys(texts))
