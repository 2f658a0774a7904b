"""Scores, outcomes and states as lines of a review: titles instead of ids, and one unit for each measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from clientcore.decision import interval_shown, sampling_shown
from clientcore.expr import Level
from clientcore.ruleset import DecisionTable, Scorecard, StateMachine

if TYPE_CHECKING:
    from clientcore.decision import Decision, Outcome, Score
    from clientcore.engine import Engine

#: A range that reaches this far is none that a figure could be held against.
_OPEN = 1_000_000.0


@attrs.frozen(kw_only=True)
class Named:
    """A score, table or state that a figure is of.

    Args:
        part: Its declaration.
        levels: The levels of its ruleset.
        currency: Currency of the account; empty where none is noted.
    """

    part: Scorecard | DecisionTable | StateMachine
    levels: Mapping[str, Level]
    currency: str = ""


def named(engine: Engine, currency: str) -> dict[str, Named]:
    """Return full id → what is needed to tell each score, table and state.

    Args:
        engine: The engine.
        currency: Currency of the account; empty where none is noted.
    """
    return {
        f"{ruleset.id}.{name}": Named(part=part, levels=ruleset.levels, currency=currency)
        for ruleset in engine.rulesets
        for parts in (ruleset.scores, ruleset.tables, ruleset.states)
        for name, part in parts.items()
    }


def figures(names: tuple[str, ...], decision: Decision, parts: Mapping[str, Named]) -> Iterator[str]:
    """Yield a line for each figure of which anything is known.

    Args:
        names: Full ids of scores, tables and states.
        decision: The decision.
        parts: As `named` returns them.
    """
    for name in names:
        if (score := decision.scores.get(name)) is not None:
            told = _score(score, parts[name])
        elif (outcome := decision.outcomes.get(name)) is not None:
            told = _outcome(outcome, parts[name].part)
        elif (state := decision.states.get(name)) is not None:
            told = _words(state.value) if state.value else " or ".join(_words(one) for one in state.possible)
        else:
            continue
        if told:
            yield f"{parts[name].part.title}: {told}"


def _score(score: Score, named: Named) -> str:
    """Return a score with its unit; empty where nothing is known, and how much is known where not all is."""
    if score.low is None or score.high is None or score.coverage == 0.0:
        return ""
    card = named.part
    assert isinstance(card, Scorecard)
    write = _writer(card, named)
    if score.value is not None or write(score.low) == write(score.high):
        told = write(score.low)
    else:
        told = interval_shown(score.low, score.high, write)
    titles = {band.id: band.title or _words(band.id) for band in card.bands}
    bands = [score.band] if score.band is not None else score.bands_possible
    band = f" ({' or '.join(titles[one] for one in bands)})" if bands else ""
    known = "" if score.value is not None else f", {score.coverage:.0%} of it known"
    sampling = sampling_shown(score.ci_low, score.ci_high, score.n, write)
    return f"{told}{band}{sampling}{known}"


def _writer(card: Scorecard, named: Named) -> Callable[[float], str]:
    """Return how a value of a score is written, always in the same unit."""
    low, high = card.range
    if card.unit == "ratio" or (low >= 0.0 and high <= 1.0):
        return lambda x: f"{x:.0%}"
    if card.unit == "money":
        return lambda x: f"{x + 0.0:,.0f} {named.currency}".rstrip()
    if card.unit == "rank" and len(named.levels) == 1:
        labels = next(iter(named.levels.values())).labels
        return lambda x: _words(labels[int(x)]) if x.is_integer() and 0 <= x < len(labels) else f"rank {x:.1f}"
    if low < 0.0:
        return lambda x: f"{x:+,.0f}"
    if high < _OPEN:
        return lambda x: f"{x + 0.0:,.0f} of {high:,.0f}"
    return lambda x: f"{x + 0.0:,.0f}"


def _outcome(outcome: Outcome, table: DecisionTable | Scorecard | StateMachine) -> str:
    """Return the outcome of a table in words: of a list, what stands behind each part."""
    assert isinstance(table, DecisionTable)
    meanings = {str(row.then): row.because for row in table.rows if row.because and "{" not in row.because}
    if any(isinstance(one, tuple) for one in outcome.possible):
        sure, longest = (one or () for one in outcome.possible)
        perhaps = [_meaning(one, meanings) for one in longest if one not in sure]
        parts = ["; ".join(_meaning(one, meanings) for one in sure), f"perhaps {'; perhaps '.join(perhaps)}"]
        return "; ".join(part for part in parts if part)
    if isinstance(outcome.value, tuple):
        return "; ".join(_meaning(one, meanings) for one in outcome.value) or "none"
    if outcome.possible:
        return " or ".join("none" if one is None else _words(one) for one in outcome.possible)
    if outcome.value is None:
        return ""
    because = meanings.get(str(outcome.value))
    return f"{_words(outcome.value)}, since {because}" if because else _words(outcome.value)


def _meaning(value: object, meanings: Mapping[str, str]) -> str:
    return meanings.get(str(value)) or _words(value)


def _words(value: object) -> str:
    return str(value).replace("_", " ")
