"""R20: the agenda of an account's review as a frame, pre-filled with what the decisions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from clientcore.decision import column, sampling_shown
from clientcore.errors import FactError, did_you_mean
from clientcore.report.registry import Report
from clientcore.report.sources import Sources, table_of, unknown
from clientcore.review import AGENDA, Topic
from clientcore.review.records import lines

_PACK = {
    "item": "count: place on the agenda",
    "topic": "text: what to talk about",
    "stands": "text: scores, outcomes and states, intervals where something is unknown",
    "found": "text: what was found, in words",
    "records": "text: what the records of the book say",
    "unknown": "count: rules that are unknown",
    "ask": "text: what to ask where nothing is known",
    "whom": "text: whom to ask it",
    "rules": "text: ids of the rules behind what was found, for whoever writes rules",
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
    items = (_item(number, topic, row, sources, told[topic.id]) for number, topic in enumerate(AGENDA, start=1))
    return table_of(items, _PACK)


def _item(
    number: int, topic: Topic, row: Mapping[str, Any], sources: Sources, records: tuple[str, ...]
) -> dict[str, Any]:
    truths = {rule: name for named in topic.findings for rule, name in _rules(row, named)}
    holding = [rule for rule, name in truths.items() if row[name]]
    stands = "; ".join(_stands(row, topic, sources))
    found = "; ".join(dict.fromkeys(sources.called(truths[rule]) for rule in holding))
    said = {"item": number, "topic": topic.title, "stands": stands, "found": found, "records": "; ".join(records)}
    known = bool(stands or found or records)
    asked = {"ask": "" if known else topic.ask, "whom": "" if known else topic.whom}
    return {**said, "unknown": unknown(row[name] for name in truths.values()), **asked, "rules": "; ".join(holding)}


def _rules(row: Mapping[str, Any], named: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the column of one rule, or of every rule of a ruleset."""
    if "/" in named:
        yield from [(named, column(named))] if column(named) in row else []
        return
    head = f"{column(named)}__"
    yield from ((f"{named}/{name.removeprefix(head)}", name) for name in row if name.startswith(head))


def _stands(row: Mapping[str, Any], topic: Topic, sources: Sources) -> Iterator[str]:
    """Yield each score as a value or an interval, and each outcome and state, as far as anything is known."""
    for figure in topic.figures:
        head = column(figure)
        called = sources.titles.get(head) or figure.rpartition(".")[2].replace("_", " ")
        if f"{head}_low" in row:
            low, high, value = row[f"{head}_low"], row[f"{head}_high"], row[head]
            if low is not None and high is not None and row[f"{head}_coverage"]:
                told = f"{low:,.2f}" if value is not None else f"{low:,.2f} to {high:,.2f}"
                least, most, n = (row.get(f"{head}{end}") for end in ("_ci_low", "_ci_high", "_n"))
                yield f"{called}: {told}{sampling_shown(least, most, n, lambda x: f'{x:,.2f}')}"
        elif row.get(head) is not None:
            value = row[head]
            told = ", ".join(value) or "none" if isinstance(value, list) else str(value)
            yield f"{called}: {told.replace('_', ' ')}"


REPORTS = (
    Report(
        id="R20",
        title="Agenda of an account's review",
        question="What is there to talk about with, or about, one account?",
        make=_pack,
        columns=_PACK,
        rulesets=_RULESETS,
        needs=("account",),
        note="The same twenty items as [the review](review.md), as a frame. For inside use: `rules` shows names of "
        "rules.",
    ),
)
