"""R5 and R18: bands, what moved since the last run, and how well a score foretold what happened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from clientcore.decision import column
from clientcore.errors import FactError
from clientcore.report.registry import WIDTH, Report
from clientcore.report.sources import ALL, UNKNOWN, Sources, chosen, rows_by, share, table_of, total, unknown
from clientcore.report.voice import adjusted_share

_TIES, _HEALTH = "starter.account.ties", "health.composite.health"
_MOST = 3

_MOVES = {
    "score": "text: the score",
    "before": "text: band before; empty without an earlier run, `(new)` for accounts that were not in it",
    "band": "text: band today, or all",
    "accounts": "count: how many accounts",
    "share": "number: their share of all accounts",
    "revenue": "number: their revenue in twelve months, as far as it is known",
    "revenue_unknown": "count: accounts whose revenue is unknown",
    "moved": "text: scores of the same ruleset that surely rose or fell, and for how many of those that moved",
    "began_to_hold": "text: rules that hold today and did not before, and for how many of those that moved",
    "ceased_to_hold": "text: rules that held before and do not today",
}


def _moves(sources: Sources) -> pl.DataFrame:
    score = _one(sources)
    bands = _bands(sources.frame, score)
    revenues = sources.fact("revenue_12m").to_list()
    ids = sources.frame["account_id"].to_list()
    earlier = sources.previous
    where = {} if earlier is None else {id_: row for row, id_ in enumerate(earlier["account_id"])}
    old = [] if earlier is None else _bands(earlier, score)
    before = ["" if earlier is None else old[where[id_]] if id_ in where else "(new)" for id_ in ids]
    rows = []
    for (was, band), own in rows_by(list(zip(before, bands, strict=True))).items():
        moved = [] if earlier is None or was in {band, "(new)"} else own
        rows.append(
            {"before": was, "band": band, **_held(sources, moved, [where[ids[row]] for row in moved])}
            | _money(own, revenues)
        )
    rows.append({"before": ALL, "band": ALL, **_money(range(len(ids)), revenues)})
    return table_of([{"score": score, **row} for row in rows], _MOVES)


def _money(rows: Sequence[int], revenues: Sequence[float | None]) -> dict[str, Any]:
    own = chosen(revenues, rows)
    counts = {"accounts": len(rows), "share": share(len(rows), len(revenues))}
    return {**counts, "revenue": total(own), "revenue_unknown": unknown(own)}


def _bands(frame: pl.DataFrame, score: str) -> list[str]:
    return [UNKNOWN if one is None else one for one in frame[f"{column(score)}_band"]]


def _held(sources: Sources, rows: Sequence[int], old: Sequence[int]) -> dict[str, str]:
    """Return which rules came to hold, and ceased to, for accounts that moved; the most frequent first."""
    if not rows or sources.previous is None:
        return {}
    began: Counter[str] = Counter()
    ceased: Counter[str] = Counter()
    for name in sources.frame.columns:
        if "__" not in name or name not in sources.previous.columns or sources.frame.schema[name] != pl.Boolean:
            continue
        now, then = chosen(sources.frame[name].to_list(), rows), chosen(sources.previous[name].to_list(), old)
        # what was unknown and is so no longer has not come to hold: nobody knows whether it held
        began[name] = sum(a is True and b is False for a, b in zip(now, then, strict=True))
        ceased[name] = sum(a is False and b is True for a, b in zip(now, then, strict=True))
    return {
        "moved": _parts(sources, rows, old),
        "began_to_hold": _said(_named(sources, began)),
        "ceased_to_hold": _said(_named(sources, ceased)),
    }


def _parts(sources: Sources, rows: Sequence[int], old: Sequence[int]) -> str:
    """Return which scores of the same ruleset surely rose or fell: the intervals do not overlap."""
    assert sources.previous is not None
    head = f"{column(_one(sources).rpartition('.')[0])}_"
    counts: Counter[str] = Counter()
    for name in sources.frame.columns:
        low, high = name, f"{name.removesuffix('_low')}_high"
        if not name.startswith(head) or not name.endswith("_low") or name not in sources.previous.columns:
            continue
        part = name.removesuffix("_low").removeprefix(head)
        if part == _one(sources).rpartition(".")[2]:
            continue
        called = sources.called(f"{head}{part}")
        now = zip(*(chosen(sources.frame[one].to_list(), rows) for one in (low, high)), strict=True)
        then = zip(*(chosen(sources.previous[one].to_list(), old) for one in (low, high)), strict=True)
        for (least, most), (before, until) in zip(now, then, strict=True):
            if None not in {least, most, before, until}:
                counts[f"{called} rose"] += least > until
                counts[f"{called} fell"] += most < before
    return _said(counts)


def _named(sources: Sources, counts: Counter[str]) -> Counter[str]:
    """Return the counts of rules under what people call them; of two with one title the greater."""
    named: Counter[str] = Counter()
    for name, count in counts.items():
        named[sources.called(name)] = max(named[sources.called(name)], count)
    return named


def _said(counts: Counter[str]) -> str:
    found = sorted(((-count, name) for name, count in counts.items() if count))[:_MOST]
    return "; ".join(f"{name} ({-count})" for count, name in found)


def _one(sources: Sources) -> str:
    score = sources.scores[0]
    if f"{column(score)}_band" not in sources.frame.columns:
        raise FactError(f"CC403 score `{score}` has no bands in the frame; name one that has")
    return score


_TEST = {
    "score": "text: the score",
    "band": "text: band that day, or all",
    "accounts": "count: clients of that day",
    "unknown": "count: accounts for which it is unknown whether they were, in the row of all",
    "lost": "count: those lost within the horizon",
    "lost_share": "number: their share",
    "lost_low": "number: least share that so few leave open (adjusted Wald)",
    "lost_high": "number: greatest of the same",
    "lift": "number: share of the band over that of all",
    "auc_low": "number: least chance that a lost client had the lower score than a kept one, 0.5 for no use",
    "auc_high": "number: greatest, whatever is unknown",
    "brier": "number: mean squared error of each band's share as a forecast, of the same clients; 0 is best",
    "brier_base": "number: the same for the share of all clients as the forecast for each",
}


def _test(sources: Sources) -> pl.DataFrame:
    if not sources.has("accounts", "former_since"):
        raise FactError("CC403 report R18 needs `former_since` of accounts, the day on which a client was lost")
    _require_passed(sources)
    z = sources.limits["z"]
    lost = _lost(sources)
    rows: list[dict[str, Any]] = []
    for score in sources.scores:
        known = [row for row, one in enumerate(lost) if one is not None]
        fates = [bool(lost[row]) for row in known]
        base = share(sum(fates), len(fates))
        lows, highs = (chosen(bound, known) for bound in sources.bounds(score))
        has_bands = f"{column(score)}_band" in sources.frame.columns
        bands = chosen(_bands(sources.frame, score), known) if has_bands else [ALL] * len(known)
        error: list[float] = []
        for band, own in rows_by(bands).items():
            row = {"score": score, "band": band, **_fate(chosen(fates, own), base, z)}
            error += [(row["lost_share"] - fate) ** 2 for fate in chosen(fates, own)]
            rows += [row] if has_bands else []
        auc = _auc(lows, highs, fates)
        never = unknown(sources.table("accounts")["client_since"].to_list())
        whole = {
            "score": score,
            "band": ALL,
            "unknown": never,
            **_fate(fates, base, z),
            "auc_low": auc[0],
            "auc_high": auc[1],
        }
        flat = total((base - fate) ** 2 for fate in fates) if base is not None else None
        rows.append({**whole, "brier": share(total(error), len(fates)), "brier_base": share(flat, len(fates))})
    return table_of(rows, _TEST)


def _require_passed(sources: Sources) -> None:
    """Refuse a horizon that ends after all that the book knows: who is lost until then is not known."""
    book = sources.book
    assert book is not None
    days = [
        frame[name].dt.date().max()
        for frame in book.tables.values()
        for name in ("recorded_at", "occurred_on")
        if name in frame.columns and str(frame.schema[name]).startswith("Date")
    ]
    last = max((one for one in days if isinstance(one, date)), default=None)
    until = sources.until()
    if last is not None and until > last:
        raise FactError(
            f"CC403 report R18 asks who was lost until {until}, and nothing in the book is later than {last}; "
            "choose an earlier day or a shorter horizon"
        )


def _fate(fates: Sequence[bool], base: float | None, z: float) -> dict[str, Any]:
    rate = share(sum(fates), len(fates))
    low, high = adjusted_share(sum(fates), len(fates), z)
    bounds = {"lost_share": rate, "lost_low": low, "lost_high": high}
    return {"accounts": len(fates), "lost": sum(fates), **bounds, "lift": share(rate, base)}


def _lost(sources: Sources) -> list[bool | None]:
    """Return whether each client of that day was lost within the horizon; None for those who were no clients."""
    book = sources.book
    assert book is not None
    until = sources.until()
    accounts = book.tables["accounts"]
    missing = [
        pl.lit(None, dtype=pl.Date).alias(one)
        for one in ("client_since", "former_since")
        if one not in accounts.columns
    ]
    days = accounts.with_columns(missing).select(pl.col("id").alias("account_id"), "client_since", "former_since")
    joined = sources.frame.select("account_id").join(days, on="account_id", how="left", maintain_order="left")
    found: list[bool | None] = []
    for since, former in zip(joined["client_since"], joined["former_since"], strict=True):
        client = since is not None and since <= sources.as_of and (former is None or former > sources.as_of)
        found.append((former is not None and former <= until) if client else None)
    return found


def _auc(
    lows: Sequence[float | None], highs: Sequence[float | None], fates: Sequence[bool]
) -> tuple[float | None, float | None]:
    """Return the bounds of the chance that a lost client scored lower than a kept one, ties counted half."""
    known = [
        (low, high, fate)
        for low, high, fate in zip(lows, highs, fates, strict=True)
        if low is not None and high is not None
    ]
    worst = _ranked([high for _, high, fate in known if fate], [low for low, _, fate in known if not fate])
    best = _ranked([low for low, _, fate in known if fate], [high for _, high, fate in known if not fate])
    return worst, best


def _ranked(lost: Sequence[float], kept: Sequence[float]) -> float | None:
    """Return the share of pairs in which the lost one lies lower."""
    if not lost or not kept:
        return None
    ordered = sorted(kept)
    below = sum(2 * (len(ordered) - bisect_right(ordered, one)) + _equal(ordered, one) for one in lost)
    return below / (2 * len(lost) * len(ordered))


def _equal(ordered: Sequence[float], value: float) -> int:
    return bisect_right(ordered, value) - bisect_left(ordered, value)


REPORTS = (
    Report(
        id="R5",
        title="Bands, and what moved",
        question="How many accounts and how much revenue are in which band, and what changed for those that moved?",
        make=_moves,
        columns=_MOVES,
        facts=("revenue_12m",),
        takes=("previous", "scores"),
        score=_HEALTH,
        note="About `health.composite.health`, which is computed only where it is asked for, or any score with bands. "
        "A score whose interval overlaps its earlier one has not surely moved.",
    ),
    Report(
        id="R18",
        title="Back-test",
        question="Did the bands of a day foretell which clients were lost, and does another score do better?",
        make=_test,
        columns=_TEST,
        tables=("accounts",),
        takes=("scores", "horizon_days"),
        score=_TIES,
        limits=(WIDTH,),
        note="Choose a day far enough back that the horizon has passed: decisions see nothing of what came later, this "
        "report alone does. Several scores stand one after the other. A share is of the past, no chance of a client.",
    ),
)
