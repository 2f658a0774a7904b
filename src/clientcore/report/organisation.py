"""R15: six elements of the supplier's own organisation, and how far its metrics can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from clientcore.groups import SMALLEST
from clientcore.report.registry import Report
from clientcore.report.sources import Sources, chosen, rows_by, share, table_of, total

_ELEMENTS = ("communication", "metrics", "incentives", "strategy", "org_chart")
_RADAR = {
    "organisation_id": "text: the organisation",
    "kind": "text: element, or metric",
    "name": "text: which one",
    "low": "number: least value, 0 to 1; for a metric the mean share of what it covers that its owner can influence",
    "high": "number: greatest of the same",
    "known": "yes: whether it is exact",
    "next": "yes: whether the change should go on with it",
    "metrics": "count: metrics of that name",
    "answers": "count: answers behind them",
}


def _radar(sources: Sources) -> pl.DataFrame:
    ids = sources.frame["organisation_id"].to_list()
    following = sources.cells("organisation.change.next_element").to_list()
    rows: list[dict[str, Any]] = []
    scores = {name: f"organisation.elements.{name}" for name in _ELEMENTS} | {"culture": "organisation.change.culture"}
    bounds = {name: sources.bounds(score) for name, score in scores.items()}
    for at, id_ in enumerate(ids):
        for name, (lows, highs) in bounds.items():
            row = {"organisation_id": id_, "kind": "element", "name": name, "low": lows[at], "high": highs[at]}
            step = None if following[at] is None else following[at] == name
            rows.append({**row, "known": lows[at] is not None and lows[at] == highs[at], "next": step})
    return table_of([*rows, *_metrics(sources, ids)], _RADAR)


def _metrics(sources: Sources, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield each metric by its name; one by which fewer than five people are measured would be about persons."""
    table = sources.table("goal_metrics").filter(pl.col("organisation_id").is_in(ids))
    records = table.sort("organisation_id", "id").to_dicts()
    for (id_, name), own in rows_by([(one["organisation_id"], one["name"] or "") for one in records]).items():
        mine = chosen(records, own)
        if 0 < len({one["owner_id"] for one in mine} - {None}) < SMALLEST:
            continue
        reach = [share(one["shared_size"], one["scope_size"]) for one in mine]
        lows, highs = [one or 0.0 for one in reach], [1.0 if one is None else one for one in reach]
        row = {"organisation_id": id_, "kind": "metric", "name": name, "metrics": len(mine)}
        bounds = {"low": share(total(lows), len(mine)), "high": share(total(highs), len(mine))}
        yield {**row, **bounds, "known": None not in reach, "answers": total(one["responses"] for one in mine)}


REPORTS = (
    Report(
        id="R15",
        title="Six elements of our own organisation",
        question="How far is the change to client focus, what comes next, and can the owners of metrics reach them?",
        make=_radar,
        columns=_RADAR,
        rulesets=("organisation.elements", "organisation.change"),
        subject="organisation",
        tables=("goal_metrics",),
        note="A metric by which one to four people are measured is left out.",
    ),
)
