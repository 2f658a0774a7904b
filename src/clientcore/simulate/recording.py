"""When each row was written: on the day on which all that it tells was known, so a back-test sees no future."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

#: Table → the days of a row, the latest of which is the day of writing. A row that tells how a matter ended (a deal
#: won, a case solved, an answer given) was written when it ended; where only a day is added later, such as the one on
#: which a promise was kept, the row was written at first, and the later day is unseen until it has come.
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "contacts": ("joined_on",),
    "account_contact_roles": ("started_on",),
    "team_members": ("assigned_on",),
    "inductions": ("completed_on",),
    "opportunities": (
        "opened_on", "why_asked_on", "rfp_published_on", "supplier_input_on", "proposed_on", "accepted_on", "closed_on",
        "dropped_on",
    ),
    "orders": ("ordered_on",),
    "contracts": ("starts_on",),
    "assets": ("installed_on",),
    "competitors": ("seen_on",),
    "commitments": ("asked_on", "made_on", "declined_on"),
    "cases": ("opened_at", "closed_at"),
    "survey_responses": ("invited_on", "responded_on"),
    "mutual_goals": ("agreed_on", "confirmed_on", "achieved_on"),
    "horizons": ("introduced_on",),
    "reviews": ("held_on",),
    "role_models": ("named_on", "reassessed_on"),
    "goal_metrics": ("measured_on",),
    "workstreams": ("started_on",),
    "decision_records": ("decided_on",),
    "initiatives": ("started_on", "declared_complete_on"),
    "interactions": ("occurred_on",),
    "obligations": (),
    "offerings": (),
    "risks": (),
}  # fmt: skip


def note_recorded(tables: Mapping[str, list[dict[str, Any]]], starts: Mapping[str, int]) -> None:
    """Set the instant of writing of each row that has none yet, in the evening of its day.

    Args:
        tables: The tables of the whole book.
        starts: Table → number of its first row that is looked at.
    """
    for table, days in WRITTEN.items():
        for row in tables[table][starts[table] :]:
            known = [_day(row[name]) for name in days if row.get(name) is not None]
            if row["recorded_at"] is None and known:
                row["recorded_at"] = evening(max(known))


def evening(day: date) -> datetime:
    """Return the instant of a day at which what happened on it is written down."""
    return datetime.combine(day, time(19), tzinfo=UTC)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
