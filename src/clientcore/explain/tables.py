"""Why a table gives its outcome: the rows that decide, and the unknown ones that still might."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clientcore.decision import Explanation, Outcome, Reason, outcome_line, shown
from clientcore.explain.reasons import blocking
from clientcore.expr import Node
from clientcore.plan import TableStep
from clientcore.ruleset import Formula, TableRow

if TYPE_CHECKING:
    from clientcore.explain.explainer import Explainer


def table_story(explainer: Explainer, name: str, step: TableStep, *, against: bool) -> Explanation:
    """Return which rows decide a table, or what stands in the way of its other rows."""
    applies = explainer.applies(step)
    if applies is not None and applies.truth is False:
        return Explanation(id=name, kind="table", summary=f"{name} is not applicable", reasons=(applies,))
    reasons = [applies] if applies is not None and applies.truth is None else []
    reasons += _in_the_way(explainer, step) if against else _deciding(explainer, step)
    summary = _summary(name, step, explainer.decision.outcomes[name])
    return Explanation(id=name, kind="table", summary=summary, reasons=tuple(reasons))


def _summary(name: str, step: TableStep, outcome: Outcome) -> str:
    if outcome.conflict:
        return f"{name} is unknown: rows {' and '.join(outcome.rows)} hold together"
    line = outcome_line(outcome)
    if outcome.possible:
        return f"{name} is not settled: {line}"
    if outcome.rows or outcome.low is not None:
        return f"{name} is {line}"
    if outcome.value is not None:
        return f"{name} is {line}, since no row holds"
    collected = step.table.collect is not None
    return f"{name} is unknown" if collected and step.table.default is not None else f"{name} is unknown: no row holds"


def _rows(step: TableStep) -> Iterator[tuple[TableRow, Node | None]]:
    yield from zip(step.table.rows, step.rows, strict=True)


def _deciding(explainer: Explainer, step: TableStep) -> Iterator[Reason]:
    """Yield the rows that hold or may hold, up to the one that decides."""
    for row, node in _rows(step):
        truth = True if node is None else explainer.seen.value(node)
        if truth is False:
            continue
        told = explainer.because(step, row.because) if truth else ""
        cells = tuple(_cells(explainer, step, row, node))
        yield Reason(text=f"row {row.id} → {shown(row.then)}{told}", truth=truth, parts=cells)
        if truth and step.table.hit_policy == "first":
            return


def _in_the_way(explainer: Explainer, step: TableStep) -> Iterator[Reason]:
    """Yield the rows that do not hold, each with what stands in its way."""
    for row, node in _rows(step):
        truth = True if node is None else explainer.seen.value(node)
        if truth is not True:
            whole = Reason(text=row.id, truth=truth, parts=tuple(_cells(explainer, step, row, node)), joined="all")
            yield Reason(text=f"row {row.id} → {shown(row.then)}", truth=truth, parts=blocking(whole))


def _cells(explainer: Explainer, step: TableStep, row: TableRow, node: Node | None) -> Iterator[Reason]:
    tests = [(column.value.text, cell) for column, cell in zip(step.table.inputs, row.when, strict=True) if cell]
    for (column, cell), part in zip(tests, _conditions(node, len(tests)), strict=True):
        yield Reason(
            text=_cell_text(column, cell), truth=explainer.seen.value(part), values=explainer.seen.inputs(part)
        )


def _conditions(node: Node | None, count: int) -> list[Node]:
    """Return the conditions of the cells that a row joins, from left to right."""
    cells: list[Node] = []
    while node is not None and count > 1:
        cells.append(node.args[1])
        node, count = node.args[0], count - 1
    return [] if node is None else [node, *reversed(cells)]


def _cell_text(column: str, cell: Formula) -> str:
    column, text = " ".join(column.split()), cell.text.strip()
    return f"{column} {text}" if text[0] in "<>!" else f"{column} is {text}"
