"""Calls of scoring models, isolated, and the test for what is only not applicable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

from clientcore.errors import Problem
from clientcore.executors.record.arithmetic import nano
from clientcore.intake.values import UnfitError, number, plain
from clientcore.outside import RAISED, let_end, says


def only_na(na: Mapping[str, bool], leaves: Sequence[tuple[str, bool]]) -> bool | None:
    """Return whether a missing value is so only because of what is not applicable; None where that may turn out.

    It may where one thing that is missing does not apply, or may not, and another could still be answered.

    Args:
        na: Id → whether it surely does not apply, or only may turn out not to.
        leaves: (id, known) of everything that the expression reads.
    """
    missing = [na.get(name) for name, known in leaves if not known]
    return True if missing and all(missing) else None if any(sure is not None for sure in missing) else False


def call_model(
    model: Any, facts: dict[str, Any], span: tuple[float, float], faults: list[Problem]
) -> tuple[float, float, float, float]:
    """Return (low, high, known, coverage) of a model's score; a model that raises is unknown, with the error as reason.

    Args:
        model: A scoring model with `score(facts)`, which gives a number, None for unknown, or (low, high).
        facts: Values of the facts it needs; None where missing.
        span: Range of the score.
        faults: Problems are added here.
    """
    given = {name: None if fact != fact else fact for name, fact in facts.items()}
    known = sum(fact is not None for fact in given.values())
    coverage = known / len(given) if given else 1.0
    try:
        answer = model.score(given)
        low, high = answer if isinstance(answer, tuple) else (answer, answer)
        if low is None or high is None:
            return span[0], span[1], nan, coverage
        low, high = number(plain(low)), number(plain(high))
        found = "" if low <= high else f"{low!r} to {high!r}, which is no interval"
    except UnfitError as error:
        found = f"{error.found}, which is not {error.want}"
    except RAISED as error:  # a plugin may raise anything; its score becomes unknown, nothing else changes
        let_end(error)
        message = f"model `{model.id}` raised {says(error)}"
        faults.append(Problem("CC504", message, help="its score is unknown"))
        return span[0], span[1], nan, 0.0
    if found:
        message = f"model `{model.id}` gave {found}"
        faults.append(Problem("CC504", message, help="give a finite number, or (low, high); its score is unknown"))
        return span[0], span[1], nan, coverage
    low, high = nano(low, *span), nano(high, *span)
    return low, high, low if low == high else nan, coverage
