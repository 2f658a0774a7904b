"""What a report is made of: a frame of decisions, the tables of its book as they stood that day, and a few sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from clientcore.decision import column
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.groups import SMALLEST, hidden_groups

if TYPE_CHECKING:
    from clientcore.book import Book

#: Names of groups.
ALL, HIDDEN, UNKNOWN = "(all)", "(groups under five)", "(unknown)"


def facts_ruleset(subject: str) -> str:
    """Return the id of the ruleset of the facts that reports read; see `clientcore.report.measures`."""
    return "report.facts" if subject == "account" else f"report.{subject}_facts"


@attrs.frozen(kw_only=True)
class Sources:
    """What a report reads.

    Args:
        frame: Decisions of one day, as `evaluate_book` gives them.
        as_of: Their day.
        book: The book that they are about; None where the report needs none.
        previous: Decisions of an earlier day.
        account: The one account that the report is about.
        scores: Ids of scores that the report is about.
        horizon_days: Days that the report looks ahead.
        limits: Numbers that the report draws lines with, by name.
        limits_by: Account → those that hold for it instead, by a profile of its own; each has all of them.
        titles: Column of the frame → what people call the rule, score, table or state.
    """

    frame: pl.DataFrame
    as_of: date
    book: Book | None = None
    previous: pl.DataFrame | None = None
    account: str | None = None
    scores: tuple[str, ...] = ()
    horizon_days: int = 365
    titles: Mapping[str, str] = attrs.field(factory=dict)
    limits: Mapping[str, float] = attrs.field(factory=dict)
    limits_by: Mapping[str, Mapping[str, float]] = attrs.field(factory=dict)

    def limits_for(self, accounts: Iterable[str | None]) -> Mapping[str, float]:
        """Return the limits of a figure of some accounts: theirs, where they are the same, else those of all."""
        held = [self.limits_by.get(account, self.limits) if account else self.limits for account in set(accounts)]
        values = {name: {one[name] for one in held} for name in self.limits}
        return {name: min(values[name]) if len(values[name]) == 1 else value for name, value in self.limits.items()}

    def called(self, name: str) -> str:
        """Return what people call the rule, score, table or state of a column: its title, else its own words."""
        own = name.rpartition("__")[2] if "__" in name else name
        # a cell that holds several is joined by semicolons
        return (self.titles.get(name) or own.replace("_", " ")).replace(";", ",")

    def fact(self, name: str) -> pl.Series:
        """Return a fact of every row; null where it is unknown."""
        below = next((one for one in SUBJECTS if one != "account" and f"{one}_id" in self.frame.columns), "account")
        return self.frame[column(f"{facts_ruleset(below)}.{name}")]

    def cells(self, name: str) -> pl.Series:
        """Return an output of every row: the outcome of a table, a state, a rule, the exact value of a score."""
        return self.frame[column(name)]

    def bounds(self, score: str) -> tuple[list[float | None], list[float | None]]:
        """Return the least and the greatest value of a score, for every row; null where it does not apply."""
        head = column(score)
        return self.frame[f"{head}_low"].to_list(), self.frame[f"{head}_high"].to_list()

    def table(self, name: str) -> pl.DataFrame:
        """Return a table of the book as it stood that day: later records are unseen, what happened later is not yet.

        Every column of the entity is there.
        """
        entity = ENTITIES[name]
        found = None if self.book is None else self.book.tables.get(name)
        kinds: Mapping[str, Any] = {
            "number": pl.Float64,
            "boolean": pl.Boolean,
            "day": pl.Date,
            "instant": pl.Datetime("us", "UTC"),
        }
        schema = {field: kinds.get(one.kind.name, pl.String) for field, one in entity.fields.items()}
        if found is None:
            return pl.DataFrame(schema=schema)
        missing = [
            pl.lit(None, dtype=kind).alias(field) for field, kind in schema.items() if field not in found.columns
        ]
        whole = found.with_columns(missing)
        known = pl.coalesce(pl.col("recorded_at").dt.date(), pl.col("occurred_on"))
        day = pl.lit(self.as_of)
        whole = whole.filter(known.is_null() | (known <= day))
        happened = [
            pl.when(pl.col(field) <= day).then(pl.col(field)).alias(field)
            for field, one in entity.fields.items()
            if one.role == "happened" and one.kind.name == "day" and field != "occurred_on"
        ]
        return whole.with_columns(happened)

    def has(self, name: str, field: str = "id") -> bool:
        """Return whether the book has a table at all, and a field in it; what it lacks is unknown, not none."""
        return self.book is not None and name in self.book.tables and field in self.book.tables[name].columns

    def money(self, table: pl.DataFrame, amount: str) -> pl.DataFrame:
        """Return a table with an amount in the currency of its account; null where there is no rate."""
        accounts = self.table("accounts").select(pl.col("id").alias("account_id"), pl.col("currency").alias("@own"))
        same = pl.col("currency").is_null() | (pl.col("currency") == pl.col("@own"))
        rated = pl.when(same).then(pl.col(amount)).otherwise(pl.col(amount) * pl.col("fx_rate"))
        return table.join(accounts, on="account_id", how="left", maintain_order="left").with_columns(
            rated.alias(amount)
        )

    def until(self) -> date:
        """Return the last day of the horizon, or the last day that there is."""
        return self.as_of + timedelta(days=min(self.horizon_days, (date.max - self.as_of).days))

    def people(self, noted: str, counts: Sequence[float | None]) -> list[set[Hashable]]:
        """Return the people of ours on the account of every row, by name; whoever serves two accounts is one person.

        Args:
            noted: Field of `team_members` that is noted of those who are meant.
            counts: How many there are by the rules; of those with none, or an unknown one, nobody is meant.
        """
        active = pl.col("is_active").fill_null(value=True)
        members = self.table("team_members").filter(pl.col(noted).is_not_null() & active)
        found: dict[str, set[Hashable]] = {}
        for account, name in zip(members["account_id"], members["name"].fill_null(members["id"]), strict=True):
            found.setdefault(account, set()).add(name)
        ids = self.frame["account_id"].to_list()
        # a count that was handed in may be of one person, whatever it says
        return [found.get(id_, {("", id_)}) if count else set() for id_, count in zip(ids, counts, strict=True)]

    def segments(self) -> list[str]:
        """Return the segment of the account of every row; a text for those without one."""
        accounts = self.table("accounts").select(pl.col("id").alias("account_id"), "segment")
        joined = self.frame.select("account_id").join(accounts, on="account_id", how="left", maintain_order="left")
        return [UNKNOWN if one is None else str(one) for one in joined["segment"]]


def total(values: Iterable[float | None]) -> float | None:
    """Return the exact sum of what is known, the same in any order; None where nothing is.

    Example:
        >>> total([0.1, None, 0.2, 0.3]), total([None])
        (0.6, None)
    """
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def unknown(values: Iterable[Any]) -> int:
    """Return how many are unknown."""
    return sum(value is None for value in values)


def share(part: float | None, whole: float | None) -> float | None:
    """Return a part of a whole; None where there is no whole."""
    return part / whole if part is not None and whole else None


def chosen(values: Sequence[Any], rows: Sequence[int]) -> list[Any]:
    """Return the values of some rows."""
    return [values[row] for row in rows]


def rows_by(keys: Sequence[Any]) -> dict[Any, list[int]]:
    """Return key → its rows, the keys in order of their text."""
    found: dict[Any, list[int]] = {}
    for row, key in enumerate(keys):
        found.setdefault(key, []).append(row)
    return dict(sorted(found.items(), key=lambda pair: str(pair[0])))


def shown_groups(
    groups: Sequence[str], people: Sequence[AbstractSet[Hashable]] | None = None
) -> Iterator[tuple[str, list[int]]]:
    """Yield each group that may be shown with its rows, then those that may not as one, then all together.

    Those without a group are a group like any other, `(unknown)`: few of them are hidden too.

    Args:
        groups: Group of each row.
        people: People that the figures of each row tell of, where these are others than its accounts. A group of one
            to four is hidden like one of few accounts.
    """
    rows = rows_by(groups)
    sizes = {group: len(own) for group, own in rows.items()}
    told = None if people is None else {group: everybody(chosen(people, own)) for group, own in rows.items()}
    hidden = hidden_groups(sizes, also=told)
    yield from ((group, own) for group, own in rows.items() if group not in hidden)
    together = sorted(row for group in hidden for row in rows[group])
    few = told is not None and too_few(len(everybody(told[group] for group in hidden)))
    if len(together) >= SMALLEST and not few:
        yield HIDDEN, together
    yield ALL, list(range(len(groups)))


def everybody(people: Iterable[AbstractSet[Hashable]]) -> set[Hashable]:
    """Return all people of several rows or groups, each once."""
    return set().union(*people)


def too_few(people: float | None) -> bool:
    """Return whether a figure about so many people would tell of one of them."""
    return people is not None and 0 < people < SMALLEST


def table_of(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pl.DataFrame:
    """Return rows as a frame with these columns; their kinds are told by their meanings' first word.

    Args:
        rows: Column → value.
        columns: Column → `kind: meaning`, with kind one of text, count, number, day, yes.
    """
    kinds = {"text": pl.String, "count": pl.Int64, "number": pl.Float64, "day": pl.Date, "yes": pl.Boolean}
    schema: dict[str, Any] = {name: kinds[said.partition(":")[0]] for name, said in columns.items()}
    data = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(data, schema=schema, strict=False)


Make = Callable[[Sources], pl.DataFrame]
