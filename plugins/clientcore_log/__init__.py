"""Bundled plugin: one log line for each decision, with ids and counts and nothing about the client."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from clientcore.hooks import hookimpl

if TYPE_CHECKING:
    from clientcore.decision import Decision

__all__ = ["clientcore_after_decision"]

_log = logging.getLogger("clientcore.decisions")


@hookimpl
def clientcore_after_decision(decision: Decision) -> None:
    """Log the subject's id, the day and the counts to the logger `clientcore.decisions`, at level info."""
    _log.info(
        "%s %s as of %s: %d fired, %d unknown, %d findings, %d actions, %d problems",
        decision.subject,
        decision.subject_id,
        decision.as_of.isoformat(),
        len(decision.fired),
        len(decision.unknown),
        len(decision.findings),
        len(decision.actions),
        len(decision.problems),
    )
