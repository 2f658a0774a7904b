"""The ledger of one account: writes rows, and leaves out what the account's people do not write down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from clientcore.simulate.chance import Chance
from clientcore.simulate.latent import Truth
from clientcore.simulate.layout import COLUMNS

T = TypeVar("T")
Row = dict[str, Any]

#: What accounts differ in writing down. Habits are of an account, not of a record: teams keep a field or they don't.
HABITS = ("nature", "talk", "topic", "amount", "people", "promise", "service", "tender")
_SELDOM = 0.5


class Ledger:
    """Writes the rows of one account into the tables of the book.

    Args:
        truth: What is true of the account.
        chance: Its own stream of draws.
        as_of: The last day on which anything has happened.
        tables: The tables of the whole book, which grow.
    """

    def __init__(self, truth: Truth, chance: Chance, as_of: date, tables: Mapping[str, list[Row]]) -> None:
        self.truth = truth
        self.chance = chance
        self.as_of = as_of
        self.tables = tables
        self._counts: dict[str, int] = {}
        self.starts = {table: len(rows) for table, rows in tables.items()}
        kept = 0.45 + 0.65 * truth.record_keeping
        self._habits = {habit: chance.happens(kept) for habit in HABITS}

    def write(self, table: str, **values: Any) -> str:
        """Append one row with a new id, which is returned; columns that are not given are missing."""
        number = self._counts.get(table, 0) + 1
        self._counts[table] = number
        row: Row = dict.fromkeys(COLUMNS[table])
        if "id" in row:
            values.setdefault("id", f"{self.truth.account_id}-{_MARKS.get(table, '')}{number}")
        if "account_id" in row:
            values["account_id"] = self.truth.account_id
        unknown = values.keys() - row.keys()
        assert not unknown, f"columns {sorted(unknown)} are not in the layout of {table}"
        row.update(values)
        self.tables[table].append(row)
        return str(row.get("id", ""))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of this account so far."""
        return self.tables[table][self.starts[table] :]

    def noted(self, habit: str, value: T) -> T | None:
        """Return the value if the account writes such things down, else mostly nothing."""
        return value if self._habits[habit] or self.chance.happens(_SELDOM) else None

    def ago(self, least: int, most: int) -> date:
        """Return a day that lies so many days back, never before the relationship began."""
        day = self.as_of - timedelta(days=self.chance.whole(least, most))
        return max(day, self.truth.since)

    def after(self, day: date, least: int, most: int) -> date:
        """Return a day so many days after another one; it may lie ahead."""
        return day + timedelta(days=self.chance.whole(least, most))

    def past(self, day: date | None) -> date | None:
        """Return a day that has come, else nothing."""
        return day if day is not None and day <= self.as_of else None

    def answers(self) -> bool:
        """Return whether somebody who is asked for an opinion gives one: busy accounts do more."""
        return self.chance.happens(0.08 + 0.9 * self.truth.activity + 0.1 * self.truth.trust)

    def answer(self, steps: int, day: date, usual: float = 0.36) -> float:
        """Return an opinion of somebody at the client on a day, in steps from 0.

        It follows trust; a few are always against us, and many where things went wrong, but not before.

        Args:
            steps: Steps of the scale.
            day: Day of the answer.
            usual: Where opinions lie without any trust, 0 to 1; on a fine scale people are kinder.
        """
        trust = self.truth.trust
        against = 0.03
        if self.truth.trouble and day > self.as_of - timedelta(days=300):
            against += 0.7
        critic = self.chance.happens(against)
        opinion = self.chance.around(0.22, 0.3) if critic else self.chance.around(usual + 0.8 * trust, 0.24)
        return float(int(steps * opinion + 0.5))

    def at(self, day: date, hour: int) -> datetime:
        """Return an instant on a day, in UTC."""
        return datetime.combine(day, time(hour), tzinfo=UTC)


#: Mark of each table in the ids of its rows.
_MARKS = {
    "organisations": "org", "contacts": "p", "account_contact_roles": "r", "team_members": "t", "inductions": "d",
    "offerings": "f", "opportunities": "o", "orders": "b", "contracts": "k", "obligations": "u", "assets": "a",
    "competitors": "v",
    "interactions": "i", "commitments": "c", "cases": "s", "issues": "m", "survey_responses": "q",
    "intent_evidence": "e", "mutual_goals": "g", "culture_statements": "y", "insights": "n", "learnings": "l",
    "horizons": "h", "risks": "x", "reviews": "w",
    "role_models": "rm", "goal_metrics": "gm", "workstreams": "z", "decision_records": "j",
}  # fmt: skip
