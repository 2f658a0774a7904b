"""What a report is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from clientcore.report.sources import Make

if TYPE_CHECKING:
    import polars as pl

    from clientcore.report.sources import Sources


@attrs.frozen(kw_only=True)
class Limit:
    """A number that a report draws a line with.

    Args:
        id: Its name in `limits` and in `--set`.
        doc: What it is for, with what it goes back to.
        unit: Its unit.
        range: Least and greatest value.
        value: Its default; None where it is a param of a ruleset.
        param: The param that it is, as `voice.answers.z`; it holds as the engine has it, with its profile.
    """

    id: str
    doc: str
    unit: str
    range: tuple[float, float]
    value: float | None = None
    param: str = ""


#: Width of intervals of shares that no ruleset computes.
WIDTH = Limit(
    id="z",
    doc="width of the intervals in standard errors; 1.96 for 95 % (adjusted Wald)",
    unit="deviations",
    range=(1.0, 3.5),
    value=1.96,
)


@attrs.frozen(kw_only=True)
class Report:
    """One report over a book.

    Args:
        id: R1 to R21.
        title: Its name for people.
        question: What it answers.
        make: Sources → its table.
        columns: Column → `kind: meaning`, in order.
        rulesets: Rulesets whose decisions it needs.
        facts: Facts that the decisions don't carry and that are asked of the engine beside them.
        subject: Whose decisions it reads.
        tables: Tables of the book that it reads.
        needs: Options that it can't do without: `account` or `previous`.
        takes: Options that it may be given.
        score: The score that it is about where none is named.
        limits: Numbers that it draws lines with, which can be set.
        note: What a reader has to know.
    """

    id: str
    title: str
    question: str
    make: Make
    columns: Mapping[str, str]
    rulesets: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    subject: Literal["account", "opportunity", "organisation"] = "account"
    tables: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    score: str = ""
    limits: tuple[Limit, ...] = ()
    note: str = ""

    def __call__(self, sources: Sources) -> pl.DataFrame:
        """Return its table."""
        return self.make(sources)
