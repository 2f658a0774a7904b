"""Lower bands: where a score lies, and how it holds on to the band before (SEMANTICS 19)."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.decision import column
from clientcore.plan import ScoreStep
from clientcore.relational.expressions import Expressions
from clientcore.relational.history import AS_OF, History
from clientcore.relational.lists import is_true
from clientcore.relational.scalar import (
    TRUE,
    Scalar,
    arithmetic,
    both,
    case,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
)

TEXT, NUMBER, INTEGER = null("text"), null("number"), null("integer")


def write_bands(ex: Expressions, history: History, step: ScoreStep, low: Scalar, high: Scalar, applies: Scalar) -> None:
    """Write the band of a score as its leaf `band`, and the columns that the next decision starts from."""
    leaf = (*step.key, "band")
    if not step.score.bands:
        ex.builder.leaves[leaf] = TEXT
        return
    keep = ex.builder.keep
    head = column(".".join(step.key[1:]))
    labels = [band.id for band in step.score.bands]
    edges = [ex.kept(edge, ex.main) for edge in step.edges]
    first, last = keep(_place(edges, low), "b"), keep(_place(edges, high), "b")
    sure = is_true(applies)
    raw = keep(case(both(sure, compare("eq", first, last)), first, INTEGER), "b")
    made = _Held(raw, raw, case(known(raw), AS_OF, INTEGER), INTEGER, NUMBER)
    if history.there:
        made = _with_history(ex, history, step, labels, edges, (low, high), raw, sure, applies)
    band = keep(_label(made.band, labels), "b")
    ex.builder.leaves[leaf] = band
    ex.builder.output(f"{head}_band", band, "text")
    ex.builder.output(f"{head}_since", made.since, "day")
    ex.builder.output(f"{head}_pending_band", _label(made.pending, labels), "text")
    ex.builder.output(f"{head}_pending_days", case(known(made.pending), made.days, NUMBER), "number")
    ex.builder.output(f"{head}_last", _label(made.last, labels), "text")


@attrs.frozen
class _Held:
    """What a band comes to: indices of bands, the day since, what is pending and for how many days."""

    band: Scalar
    last: Scalar
    since: Scalar
    pending: Scalar
    days: Scalar


def _place(edges: Sequence[Scalar], x: Scalar) -> Scalar:
    """Return the index of the band in which a score lies."""
    parts: list[Scalar] = []
    for at, edge in enumerate(edges):
        parts += [compare("lt", x, edge), lit(at)]
    inside = case(*parts, lit(len(edges))) if parts else lit(0)
    return case(known(x), inside, INTEGER)


def _label(index: Scalar, labels: Sequence[str]) -> Scalar:
    parts: list[Scalar] = []
    for at, label in enumerate(labels):
        parts += [compare("eq", index, lit(at)), lit(label)]
    return case(*parts, TEXT)


def _index(label: Scalar, labels: Sequence[str]) -> Scalar:
    parts: list[Scalar] = []
    for at, one in enumerate(labels):
        parts += [compare("eq", label, lit(one)), lit(at)]
    return case(*parts, INTEGER)


def _with_history(
    ex: Expressions,
    history: History,
    step: ScoreStep,
    labels: Sequence[str],
    edges: Sequence[Scalar],
    interval: tuple[Scalar, Scalar],
    raw: Scalar,
    sure: Scalar,
    applies: Scalar,
) -> _Held:
    keep = ex.builder.keep
    head = column(".".join(step.key[1:]))
    carried = history.column(f"{head}_last", "text")
    kept = keep(_index(carried, labels), "b")
    since = history.column(f"{head}_since", "day")
    waiting = history.column(f"{head}_pending_band", "text")
    before = _Held(
        kept, kept, since, keep(_index(waiting, labels), "b"), history.column(f"{head}_pending_days", "number")
    )
    margin = lit(0.0) if step.margin is None else ex.kept(step.margin, ex.main)
    dwell = lit(0.0) if step.dwell_days is None else ex.kept(step.dwell_days, ex.main)
    settled = _settled(ex, history, edges, interval, before, (margin, dwell))
    fresh = _Held(raw, raw, case(known(raw), AS_OF, INTEGER), INTEGER, NUMBER)
    # nothing of the band before changes while it is open whether the score applies
    there = either(sure, is_null(applies))
    held = is_true(known(kept))
    return _Held(
        keep(case(both(sure, held), settled.band, sure, fresh.band, INTEGER), "b"),
        keep(case(opposite(there), INTEGER, opposite(sure), kept, held, settled.last, fresh.last), "b"),
        keep(case(opposite(there), INTEGER, opposite(sure), since, held, settled.since, fresh.since), "b"),
        keep(case(opposite(there), INTEGER, opposite(sure), before.pending, held, settled.pending, INTEGER), "b"),
        keep(case(opposite(there), NUMBER, opposite(sure), before.days, held, settled.days, NUMBER), "b"),
    )


def _settled(
    ex: Expressions,
    history: History,
    edges: Sequence[Scalar],
    interval: tuple[Scalar, Scalar],
    before: _Held,
    hold: tuple[Scalar, Scalar],
) -> _Held:
    """Settle every point at which the outcome may change; they stand for the whole interval."""
    keep = ex.builder.keep
    low, high = interval
    kept = before.band
    bottom = keep(_edge(edges, kept, -1, "sub", hold[0]), "b")
    top = keep(_edge(edges, kept, 0, "add", hold[0]), "b")
    points = [(low, TRUE)]
    points += [(edge, _within(edge, low, high)) for edge in (*edges, bottom, top)]
    fates = []
    for x, counts in points:
        band = keep(_place(edges, x), "b")
        near = both(either(is_null(bottom), compare("ge", x, bottom)), either(is_null(top), compare("lt", x, top)))
        stays = is_true(either(compare("eq", band, kept), near))
        again = is_true(compare("eq", before.pending, band))
        days = keep(case(again, arithmetic("add", before.days, history.days), lit(0.0)), "b")
        moves = is_true(compare("ge", days, hold[1]))
        goes = keep(case(stays, kept, moves, band, kept), "b")
        waits = keep(case(stays, lit(-1), moves, lit(-1), band), "b")
        fates.append((counts, goes, waits, keep(case(compare("ge", waits, lit(0)), days, lit(0.0)), "b")))
    _, band, waits, days = fates[0]
    one_band = both(*(either(opposite(counts), compare("eq", goes, band)) for counts, goes, _, _ in fates[1:]))
    one_wait = both(
        *(
            either(opposite(counts), both(compare("eq", wait, waits), compare("eq", lasts, days)))
            for counts, _, wait, lasts in fates[1:]
        )
    )
    one_band, one_wait = keep(one_band, "b"), keep(both(one_band, one_wait), "b")
    last = keep(case(one_band, band, kept), "b")
    waiting = case(compare("ge", waits, lit(0)), waits, INTEGER)
    return _Held(
        case(one_band, band, INTEGER),
        last,
        case(compare("eq", last, kept), before.since, AS_OF),
        case(one_wait, waiting, before.pending),
        case(one_wait, days, before.days),
    )


def _edge(edges: Sequence[Scalar], kept: Scalar, away: int, op: str, margin: Scalar) -> Scalar:
    """Return the lower or upper edge of the kept band with the margin; null where it has none."""
    parts: list[Scalar] = []
    for at, edge in enumerate(edges):
        parts += [compare("eq", kept, lit(at - away)), arithmetic(op, edge, margin)]
    return case(*parts, NUMBER) if parts else NUMBER


def _within(x: Scalar, low: Scalar, high: Scalar) -> Scalar:
    return is_true(both(compare("lt", low, x), compare("le", x, high)))
