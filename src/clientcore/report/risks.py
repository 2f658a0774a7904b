"""R11, R16, R17: expected losses, views that contradict each other, and what the data lets anybody know."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from clientcore.decision import column
from clientcore.report.registry import Report
from clientcore.report.sources import ALL, Sources, chosen, share, table_of, total, unknown

_LOSSES = {
    "level": "text: level at which the risk is run, or all",
    "accounts": "count: accounts with open entries that are rated, or with any register",
    "expected_loss": "number: expected loss that remains after the responses, as far as entries are rated",
    "before_responses": "number: expected loss before any response, on all levels",
    "open": "count: open entries",
    "unrated": "count: open entries without a probability or a loss; the losses above are without them",
    "accounts_unrated": "count: accounts with such entries, whose loss is only a least one",
    "accounts_without_register": "count: accounts for which nothing was ever written down",
    "accounts_unknown": "count: accounts for which it is unknown whether anything was",
    "overdue": "count: open entries past the day of their response",
}
_LEVELS = {
    "account and sales": "residual_account_sales",
    "contract and bid": "residual_contract_bid",
    "not noted": "residual_elsewhere",
}


def _losses(sources: Sources) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for level, fact in _LEVELS.items():
        values = sources.fact(fact).to_list()
        rows.append({"level": level, "accounts": sum(bool(one) for one in values), "expected_loss": total(values)})
    entries = sources.fact("register_entries").to_list()
    unrated = sources.fact("risks_unrated").to_list()
    rows.append(
        {
            "level": ALL,
            "accounts": sum(bool(one) for one in entries),
            "expected_loss": total(sources.fact("residual_noted")),
            "before_responses": total(sources.fact("loss_noted")),
            "open": total(sources.fact("risks_open")),
            "unrated": total(unrated),
            "accounts_unrated": sum(bool(one) for one in unrated),
            "accounts_without_register": sum(one == 0 for one in entries),
            "accounts_unknown": unknown(entries),
            "overdue": total(sources.fact("risks_overdue")),
        }
    )
    return table_of(rows, _LOSSES)


_CONTRADICTIONS = {
    "account_id": "text: the account",
    "contradictions": "count: pairs of views that contradict each other",
    "what": "text: which, by the names of the rules",
    "widest_low": "number: greatest distance of two views, as far as it is known",
    "compared": "count: pairs that could be compared at all",
}


def _contradictions(sources: Sources) -> pl.DataFrame:
    head = column("risk.disagreement/")
    rules = sorted(name for name in sources.frame.columns if name.startswith(head))
    widest, _ = sources.bounds("risk.disagreement.widest")
    compared = sources.cells("risk.disagreement.compared").to_list()
    rows = []
    for at, row in enumerate(sources.frame.select("account_id", *rules).iter_rows(named=True)):
        held = [name.removeprefix(head) for name in rules if row[name]]
        if held:
            said = {"contradictions": len(held), "what": "; ".join(held)}
            known = {"widest_low": widest[at], "compared": compared[at]}
            rows.append({"account_id": row["account_id"], **said, **known})
    return table_of(rows, _CONTRADICTIONS)


_KNOWN = {
    "kind": "text: score, ruleset, table or band",
    "id": "text: which one",
    "rows": "count: accounts; for a table its rows that were read",
    "known": "count: accounts for which it is exact; for a ruleset answers known; for a table rows without a reject",
    "unknown": "count: the others; for a table cells and rows that were set aside",
    "unknown_share": "number: the unknown as a share of all",
    "coverage": "number: mean share of what the score reads that is known",
    "newest_days": "number: days since the newest record of a table",
}


def _known(sources: Sources) -> pl.DataFrame:
    rows = [*_scores(sources), *_rulesets(sources), *_bands(sources), *_tables(sources)]
    return table_of(rows, _KNOWN)


def _row(kind: str, id_: str, known: int, unknown_: int, **more: Any) -> dict[str, Any]:
    whole = known + unknown_
    row = {"kind": kind, "id": id_, "rows": whole, "known": known, "unknown": unknown_}
    return {**row, "unknown_share": share(unknown_, whole), **more}


def _scores(sources: Sources) -> list[dict[str, Any]]:
    found = []
    for name in sources.frame.columns:
        head = name.removesuffix("_coverage")
        if head == name or f"{head}_low" not in sources.frame.columns:
            continue
        values = sources.frame[head].to_list()
        lows = sources.frame[f"{head}_low"].to_list()
        asked = [row for row, low in enumerate(lows) if low is not None or values[row] is not None]
        covered = chosen(sources.frame[name].to_list(), asked)
        exact = sum(values[row] is not None for row in asked)
        mean = share(total(covered), len(covered) - unknown(covered))
        found.append(_row("score", head, exact, len(asked) - exact, coverage=mean))
    return found


def _rulesets(sources: Sources) -> list[dict[str, Any]]:
    counts: dict[str, list[int]] = {}
    for name in sources.frame.columns:
        stem, mark, _ = name.partition("__")
        if mark and stem and sources.frame.schema[name] == pl.Boolean:
            missing = sources.frame[name].null_count()
            pair = counts.setdefault(stem, [0, 0])
            pair[0] += sources.frame.height - missing
            pair[1] += missing
    return [_row("ruleset", name, known, missing) for name, (known, missing) in sorted(counts.items())]


def _bands(sources: Sources) -> list[dict[str, Any]]:
    bands = sources.frame["risk_data_quality_band"]
    height, names = len(bands), sorted(set(bands.drop_nulls()))
    found = [_row("band", f"quality {name}", int((bands == name).sum()), 0) for name in names]
    return [*found, _row("band", "quality unknown", 0, bands.null_count())] if height else found


def _tables(sources: Sources) -> list[dict[str, Any]]:
    if sources.book is None:
        return []
    found = []
    for name, frame in sorted(sources.book.tables.items()):
        rejects = sources.book.rejects.filter(pl.col("table") == name)
        bad = rejects.select("file", "row").unique().height
        days = [frame[day].drop_nulls().cast(pl.Date) for day in ("recorded_at", "occurred_on") if day in frame.columns]
        seen = [day.filter(day <= sources.as_of).max() for day in days]
        ages = [(sources.as_of - one).days for one in seen if isinstance(one, date)]
        newest = min(ages, default=None)
        found.append(_row("table", name, max(frame.height - bad, 0), bad, newest_days=newest))
    return found


REPORTS = (
    Report(
        id="R11",
        title="Risk register",
        question="What loss is to be expected over the book, on which level, and how much of it is not rated?",
        make=_losses,
        columns=_LOSSES,
        rulesets=("risk.register",),
        facts=(
            *_LEVELS.values(),
            "residual_noted",
            "loss_noted",
            "risks_open",
            "risks_unrated",
            "risks_overdue",
            "register_entries",
        ),
        note="Losses are added, never cells of a matrix.",
    ),
    Report(
        id="R16",
        title="Views that contradict each other",
        question="Where do scores, words and deeds say different things?",
        make=_contradictions,
        columns=_CONTRADICTIONS,
        rulesets=("risk.disagreement",),
        note="A contradiction is a reason to look, not an error: both views are mostly right about something.",
    ),
    Report(
        id="R17",
        title="What the data lets us know",
        question="Which scores and rules are unknown, for how many, which tables hold bad rows, and how old are they?",
        make=_known,
        columns=_KNOWN,
        rulesets=("risk.data",),
        note="It looks at every score and rule that the frame holds; `--all` on the command line evaluates everything.",
    ),
)
