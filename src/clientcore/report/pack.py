"""R20: the agenda of an account's review as a frame, pre-filled with what the decisions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from clientcore.decision import column
from clientcore.errors import FactError, did_you_mean
from clientcore.report.registry import Report
from clientcore.report.sources import Sources, table_of, unknown
from clientcore.review import AGENDA, Topic
from clientcore.review.records import lines

_PACK = {
    "item": "count: place on the agenda",
    "topic": "text: what to talk about",
    "stands": "text: scores, outcomes and states, intervals where something is unknown",
    "found": "text: rules that hold",
    "records": "text: what the records of the book say",
    "unknown": "count: rules that are unknown",
    "ask": "text: what to ask where nothing is known",
    "whom": "text: whom to ask it",
}
_RULESETS = tuple(
    sorted(
        {name.rpartition(".")[0] for topic in AGENDA for name in topic.figures}
        | {name.partition("/")[0] for topic in AGENDA for name in topic.findings}
    )
)


def _pack(sources: Sources) -> pl.DataFrame:
    mine = sources.frame.filter(pl.col("account_id") == sources.account)
    if mine.is_empty():
        near = did_you_mean(str(sources.account), sources.frame["account_id"].to_list())
        raise FactError(f"CC403 no account `{sources.account}` among the decisions; {near}")
    row = mine.row(0, named=True)
    account = None if sources.book is None else sources.book.account(str(sources.account))
    told = {topic.id: () if account is None else lines(topic.id, account, sources.as_of) for topic in AGENDA}
    return table_of((_item(number, topic, row, told[topic.id]) for number, topic in enumerate(AGENDA, start=1)), _PACK)


def _item(number: int, topic: Topic, row: Mapping[str, Any], records: tuple[str, ...]) -> dict[str, Any]:
    truths = {name: row[name] for rule in topic.findings for name in _rules(row, rule)}
    stands = "; ".join(_stands(row, topic))
    found = "; ".join(name.replace("__", "/") for name, truth in truths.items() if truth)
    said = {"item": number, "topic": topic.title, "stands": stands, "found": found, "records": "; ".join(records)}
    known = bool(stands or found or records)
    asked = {"ask": "" if known else topic.ask, "whom": "" if known else topic.whom}
    return {**said, "unknown": unknown(truths.values()), **asked}


def _rules(row: Mapping[str, Any], named: str) -> list[str]:
    """Return the columns of one rule, or of every rule of a ruleset."""
    if "/" in named:
        return [column(named)] if column(named) in row else []
    return [name for name in row if name.startswith(f"{column(named)}__")]


def _stands(row: Mapping[str, Any], topic: Topic) -> Iterator[str]:
    """Yield each score as a value or an interval, and each outcome and state, as far as anything is known."""
    for figure in topic.figures:
        head = column(figure)
        short = figure.rpartition(".")[2]
        if f"{head}_low" in row:
            low, high, value = row[f"{head}_low"], row[f"{head}_high"], row[head]
            if low is not None and high is not None and row[f"{head}_coverage"]:
                yield f"{short} {low:,.2f}" if value is not None else f"{short} {low:,.2f} to {high:,.2f}"
        elif row.get(head) is not None:
            value = row[head]
            yield f"{short} {', '.join(value) or 'none' if isinstance(value, list) else value}"


REPORTS = (
    Report(
        id="R20",
        title="Agenda of an account's review",
        question="What is there to talk about with, or about, one account?",
        make=_pack,
        columns=_PACK,
        rulesets=_RULESETS,
        needs=("account",),
        note="The same twenty items as [the review](review.md), as a frame. For inside use: it shows names of rules.",
    ),
)
