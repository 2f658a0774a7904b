"""One answer, and one row that was set aside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs

from clientcore.decision import values_shown


@attrs.frozen(kw_only=True)
class Given:
    """One answer.

    Args:
        account_id: The account; empty for an organisation.
        subject: account, opportunity, workstream or organisation.
        subject_id: Id of the subject.
        fact: The fact.
        field: Field of the subject's record that takes the value; empty where it is handed in as the fact.
        value: The value, of the fact's kind.
        level: The level that was chosen; None where the value was written.
        source: One of `SOURCES`.
        answered_on: When it was answered.
        answered_by: Role of who answered.
        evidence: What was given as evidence.
        expires_days: Days after which it counts as missing; None for never.
        applicable: False where the question does not apply; there is no value then.
        file: Where it stands.
        line: Its line there.
    """

    account_id: str
    subject: str
    subject_id: str
    fact: str
    field: str = ""
    value: Any
    level: int | None = None
    source: str
    answered_on: date
    answered_by: str
    evidence: str = ""
    expires_days: int | None = None
    applicable: bool = True
    file: str = ""
    line: int = 0

    def expired(self, as_of: date) -> bool:
        """Return whether it is too old on a day."""
        return self.expires_days is not None and as_of - self.answered_on > timedelta(days=self.expires_days)

    def __str__(self) -> str:
        level = "" if self.level is None else f", level {self.level}"
        shown = values_shown({self.fact: self.value})[0].partition(" = ")[2] if self.applicable else "does not apply"
        return f"{shown}{level} ({self.answered_by}, {self.source}, {self.answered_on})"


@attrs.frozen(kw_only=True)
class Reject:
    """A row that was set aside, and why.

    Args:
        file: Its file.
        line: Its line there, as an editor numbers it; in JSON the one on which the question begins.
        column: What is wrong in it.
        value: What stands there.
        code: A key of `clientcore.errors.CODES`.
        message: What is wrong, and what would be right.
    """

    file: str
    line: int
    column: str
    value: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}, column {self.column}: {self.code} {self.message}"
