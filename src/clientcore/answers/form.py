"""A questionnaire as a value, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import attrs

from clientcore.anchors import Anchor

FORMAT = "clientcore-form/1"
#: What names a question, and what is filled in.
NAMED = ("account_id", "subject", "subject_id", "fact")
FILLED = ("level", "value", "source", "answered_on", "answered_by", "evidence", "applies")
_LEAST_LEVELS = 4


@attrs.frozen(kw_only=True)
class Item:
    """One question of a questionnaire.

    Args:
        account_id: The account; empty on a blank form.
        subject: account, opportunity, workstream or organisation.
        subject_id: Id of the subject; for an account that of the account.
        fact: The fact that is asked for.
        question: In plain words.
        whom: Role of whom to ask.
        takes: What a value may be, in words.
        anchors: The levels, counted from 0, with what they mean and an example.
        evidence: What is asked for as evidence.
        expires_days: Days after which an answer counts as missing; None for never.
        sources: Sources that qualify; empty for all.
        settles: Ids of the unknown rules, scores, tables and states that turn on it.
    """

    account_id: str = ""
    subject: str
    subject_id: str = ""
    fact: str
    question: str
    whom: str
    takes: str
    anchors: tuple[Anchor, ...] = ()
    evidence: str = ""
    expires_days: int | None = None
    sources: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Questionnaire:
    """Questions for people, those whose answer would settle most first.

    Args:
        as_of: Day of the decision that they are for.
        items: The questions.
    """

    as_of: date
    items: tuple[Item, ...]

    def to_csv(self) -> str:
        """Return the form as CSV: one row for each question, with empty cells for the answer.

        A second person answers in a copy of the row, or in a file of their own.
        """
        levels = max((len(item.anchors) for item in self.items), default=0)
        columns = [f"level_{at}" for at in range(max(levels, _LEAST_LEVELS))]
        head = (*NAMED, "question", "whom", "settles", *columns, "evidence_asked", "expires_days", "sources", "takes")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow((*head, *FILLED))
        for item in self.items:
            shown = [f"{anchor.means}; for example: {anchor.example}" for anchor in item.anchors]
            writer.writerow(
                (
                    *(getattr(item, name) for name in NAMED),
                    item.question,
                    item.whom,
                    len(item.settles),
                    *(shown + [""] * (len(columns) - len(shown))),
                    item.evidence,
                    "" if item.expires_days is None else item.expires_days,
                    " or ".join(item.sources),
                    item.takes,
                    *[""] * len(FILLED),
                )
            )
        return text.getvalue()

    def to_json(self) -> str:
        """Return the form as JSON; each question has a list `answers`, one record for each person who answers."""
        questions = [_question(item) for item in self.items]
        whole = {"format": FORMAT, "as_of": self.as_of.isoformat(), "questions": questions}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _question(item: Item) -> dict[str, Any]:
    levels = [{"level": at, **attrs.asdict(anchor)} for at, anchor in enumerate(item.anchors)]
    return {
        **{name: getattr(item, name) for name in (*NAMED, "question", "whom", "takes")},
        "levels": levels,
        "evidence_asked": item.evidence,
        "expires_days": item.expires_days,
        "sources": list(item.sources),
        "settles": list(item.settles),
        "answers": [dict.fromkeys(FILLED, "")],
    }
