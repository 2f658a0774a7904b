"""The matrix of risks as a view: cells of probability and loss, coloured by what may be lost and by nothing else.

Pure functions of plain sequences. No score and no rule reads a cell, since a matrix hides more than it shows: what
counts is probability times loss, which the register sums. The colours keep *weak consistency*: no risk in a red cell
has a smaller expected loss than one in a green cell. Colours by the product of the numbers of row and column do not.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import attrs

from clientcore.errors import FactError

Colour = Literal["green", "amber", "red"]

#: Edges between the rows: five levels of probability (ours; no standard fixes any).
PROBABILITIES: tuple[float, ...] = (0.05, 0.2, 0.5, 0.8)


@attrs.frozen(kw_only=True)
class Cell:
    """One cell of the matrix.

    Args:
        row: Level of probability, from 0.
        column: Level of loss, from 0.
        risks: How many rated risks lie in it.
        expected_loss: Sum of probability times loss over them, in the caller's money.
        colour: green, amber or red, by what a risk in this cell may cost at the least and at the most.
    """

    row: int
    column: int
    risks: int
    expected_loss: float
    colour: Colour


@attrs.frozen(kw_only=True)
class RiskMatrix:
    """A register seen as a matrix.

    Args:
        cells: Every cell, row by row from the least probability, column by column from the least loss.
        unrated: How many risks have no probability or no loss; they are in no cell.
        expected_loss: Sum of probability times loss over all rated risks, whatever their cell.
    """

    cells: tuple[Cell, ...]
    unrated: int
    expected_loss: float


def risk_matrix(
    risks: Sequence[tuple[float | None, float | None]],
    *,
    losses: Sequence[float],
    green_to: float,
    red_from: float,
    probabilities: Sequence[float] = PROBABILITIES,
) -> RiskMatrix:
    """Return a register as a matrix.

    Args:
        risks: (probability from 0 to 1, loss of at least 0) of each risk; None where it is not rated.
        losses: Edges between the levels of loss, rising, in one currency; four make five columns.
        green_to: Expected loss up to which a cell may be green.
        red_from: Expected loss, at least `green_to`, from which a cell may be red.
        probabilities: Edges between the levels of probability, rising, between 0 and 1.

    Returns:
        The matrix. A level reaches from its edge up to, and without, the next.

    Raises:
        FactError: Edges do not rise, `red_from` lies under `green_to`, or a probability or loss is out of range.

    Example:
        >>> risks = [(0.9, 50_000.0), (0.1, 400.0), (None, 10.0)]
        >>> seen = risk_matrix(risks, losses=[1e3, 1e4], green_to=1e3, red_from=8e3)
        >>> [(cell.row, cell.column, cell.colour) for cell in seen.cells if cell.risks], seen.unrated
        ([(1, 0, 'green'), (4, 2, 'red')], 1)
        >>> seen.expected_loss
        45040.0
    """
    _check(risks, losses, green_to, red_from, probabilities)
    rated = [(probability, loss) for probability, loss in risks if probability is not None and loss is not None]
    inside: dict[tuple[int, int], list[float]] = {}
    for probability, loss in rated:
        place = bisect_right(probabilities, probability), bisect_right(losses, loss)
        inside.setdefault(place, []).append(probability * loss)
    rows, columns = _levels(probabilities, 1.0), _levels(losses, math.inf)
    cells = [
        Cell(
            row=row,
            column=column,
            risks=len(inside.get((row, column), ())),
            expected_loss=math.fsum(inside.get((row, column), ())),
            colour=_colour(least * cheap, most * dear, green_to, red_from),
        )
        for row, (least, most) in enumerate(rows)
        for column, (cheap, dear) in enumerate(columns)
    ]
    total = math.fsum(probability * loss for probability, loss in rated)
    return RiskMatrix(cells=tuple(cells), unrated=len(risks) - len(rated), expected_loss=total)


def _levels(edges: Sequence[float], top: float) -> list[tuple[float, float]]:
    return list(pairwise((0.0, *edges, top)))


def _colour(least: float, most: float, green_to: float, red_from: float) -> Colour:
    """Return the colour of a cell: green if all that may lie in it is small, red if all of it is large."""
    if least >= red_from:
        return "red"
    return "green" if most <= green_to else "amber"


def _check(
    risks: Sequence[tuple[float | None, float | None]],
    losses: Sequence[float],
    green_to: float,
    red_from: float,
    probabilities: Sequence[float],
) -> None:
    if not _rise((0.0, *probabilities, 1.0)) or not _rise((0.0, *losses, math.inf)):
        raise FactError("CC403 edges of a matrix have to rise: probabilities between 0 and 1, losses above 0")
    if not 0.0 <= green_to <= red_from:
        raise FactError(
            f"CC403 green reaches to {green_to:g} and red begins at {red_from:g}; "
            "red has to begin where green ends, or above"
        )
    for probability, loss in risks:
        if probability is not None and not 0.0 <= probability <= 1.0:
            raise FactError(f"CC403 probability {probability:g} is out of range; from 0 to 1")
        if loss is not None and not 0.0 <= loss < math.inf:
            raise FactError(f"CC403 loss {loss:g} is out of range; a finite amount of at least 0")


def _rise(edges: Sequence[float]) -> bool:
    return all(low < high for low, high in pairwise(edges))
