"""Decision tables: outcomes of one kind, intervals and rows that can hold, rows of `unique` that are not both true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from clientcore.check.checked import Checked
from clientcore.check.folding import OPEN, fold
from clientcore.check.meanings import outcomes_of
from clientcore.check.regions import Region, region
from clientcore.errors import Problem, counted, did_you_mean
from clientcore.expr import Node
from clientcore.ruleset import DecisionTable, Input, Ruleset, TableRow


def outcomes(checked: Checked) -> Iterator[Problem]:
    """Find outcomes that are no labels, are of several kinds, or are not what the hit policy gives."""
    for ruleset in checked.rulesets:
        for table in ruleset.tables.values():
            path = f"tables/{table.id}"
            if table.level and table.level not in checked.scope.levels:
                help_text = did_you_mean(table.level, checked.scope.levels) or "declare it under `levels`"
                text = f"unknown level `{table.level}` of table `{table.id}`"
                yield Problem("CC201", text, ruleset.where(f"{path}/level"), help_text)
            elif table.level:
                yield from _labels(checked, ruleset, table)
            elif checked.scope.outcomes[ruleset.id, table.id] is None:
                text = f"outcomes of table `{table.id}` are of several kinds"
                yield Problem(
                    "CC309", text, ruleset.where(path), "write only texts, only numbers or only `true` and `false`"
                )
            if table.collect in {"sum", "min", "max"}:
                yield from _collected(ruleset, table)
            yield from _default(ruleset, table)


def _labels(checked: Checked, ruleset: Ruleset, table: DecisionTable) -> Iterator[Problem]:
    level = checked.scope.levels[table.level]
    path = f"tables/{table.id}"
    places = [f"{path}/rows/{row.id}/then" for row in table.rows]
    for value, place in zip(outcomes_of(table), [*places, f"{path}/default"], strict=False):
        if value not in level.labels:
            text = f"`{value}` is not a label of level `{level.name}`"
            yield Problem("CC206", text, ruleset.where(place), did_you_mean(str(value), level.labels))


def _collected(ruleset: Ruleset, table: DecisionTable) -> Iterator[Problem]:
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in outcomes_of(table)):
        text = f"table `{table.id}` collects {table.collect} of outcomes that are no numbers"
        where = ruleset.where(f"tables/{table.id}/hit_policy")
        yield Problem("CC309", text, where, "write numbers, or `collect(list)` or `collect(count)`")


def _default(ruleset: Ruleset, table: DecisionTable) -> Iterator[Problem]:
    listed, wanted = isinstance(table.default, tuple), table.collect == "list"
    counted = table.collect == "count" and type(table.default) not in {int, float}
    if table.default is not None and (listed != wanted or counted):
        kind = "a list, for example `[]`" if wanted else "a number" if table.collect else "an outcome as rows have"
        text = f"the default of table `{table.id}` is {'a' if listed else 'no'} list"
        text = text if listed != wanted else f"the default of table `{table.id}` is no number"
        yield Problem("CC309", text, ruleset.where(f"tables/{table.id}/default"), f"write {kind}")


def rows(checked: Checked) -> Iterator[Problem]:
    """Find rows with too few cells, rows that a row above hides, and rows of `unique` that are both true."""
    for ruleset in checked.rulesets:
        for table in ruleset.tables.values():
            for row in table.rows:
                if len(row.when) != len(table.inputs):
                    inputs = f"table `{table.id}` has {counted(len(table.inputs), 'input')}"
                    text = f"row `{row.id}` has {counted(len(row.when), 'cell')}, and {inputs}"
                    where = ruleset.where(f"tables/{table.id}/rows/{row.id}")
                    yield Problem("CC309", text, where, "write one cell for each input; `-` for any")
            if table.hit_policy == "first":
                yield from _hidden(ruleset, table)
            elif table.hit_policy == "unique":
                yield from _overlaps(checked, ruleset, table)


def intervals(checked: Checked) -> Iterator[Problem]:
    """Find intervals in cells that hold no value, by their literals and default params."""
    for _ruleset, slot, node in checked.slots():
        for part in _tests(node) if slot.path.startswith("tables/") and "/rows/" in slot.path else ():
            ends = _ends(checked, part)
            if ends and not _between(part, *ends):
                text = f"`{slot.formula.text[part.start : part.end]}` holds no value: its ends are {_shown(ends)}"
                yield Problem("CC306", text, slot.formula.at(part.start), _mended(part, *ends), "warning")


def _tests(cell: Node) -> Iterator[Node]:
    if cell.op != "or":
        yield cell
        return
    for arg in cell.args:
        yield from _tests(arg)


def _ends(checked: Checked, node: Node) -> tuple[Any, ...]:
    """Return the ends of an interval; empty where a tree is none, or its ends are not certain."""
    if node.op != "and" or [arg.op[0] for arg in node.args] != ["g", "l"]:
        return ()
    low, high = node.args
    ends = tuple(fold(arg.args[1], checked.scope.params) for arg in (low, high))
    return ends if low.args[0] == high.args[0] and OPEN not in ends and None not in ends else ()


def _between(node: Node, low: Any, high: Any) -> bool:
    above, below = (arg.op for arg in node.args)
    level = node.args[0].args[0].kind.level
    if level is not None:
        least = level.at_least(low) if above == "ge" else level.higher(low)
        return bool(least & (level.at_most(high) if below == "le" else level.lower(high)))
    return bool(low < high) or (low == high and (above, below) == ("ge", "le"))


def _mended(node: Node, low: Any, high: Any) -> str:
    level = node.args[0].args[0].kind.level
    if level is not None and high in level.higher(low):
        return "close it with `[` or `]` where an end belongs to it"
    return "write the value alone" if low == high else "write the lesser end first"


def _shown(ends: tuple[Any, ...]) -> str:
    return " and ".join(f"{one:g}" if isinstance(one, float) else f"`{one}`" for one in ends)


def _hidden(ruleset: Ruleset, table: DecisionTable) -> Iterator[Problem]:
    above: dict[tuple[Any, ...], str] = {}
    for row in table.rows:
        catch_all = next((name for when, name in above.items() if not any(when)), above.get(row.when))
        if catch_all is not None:
            text = f"row `{row.id}` of table `{table.id}` never decides: row `{catch_all}` stands before it"
            where = ruleset.where(f"tables/{table.id}/rows/{row.id}")
            yield Problem("CC309", text, where, "move it up or take it out", "warning")
        above.setdefault(row.when, row.id)


def _overlaps(checked: Checked, ruleset: Ruleset, table: DecisionTable) -> Iterator[Problem]:
    """Find two rows that are surely true together for some subject: every cell of both allows one value."""
    inputs = [checked.nodes.get((ruleset.id, f"tables/{table.id}/inputs/{at}")) for at in range(len(table.inputs))]
    if not _free(checked, inputs):
        return
    regions = {row.id: _regions(checked, ruleset, table, row) for row in table.rows}
    for one, other in combinations(table.rows, 2):
        meets = [_meet(a, b) for a, b in zip(regions[one.id], regions[other.id], strict=False)]
        if all(meet is not None for meet in meets):
            shown = [
                f"`{column.value.text}` = {meet}" for column, meet in zip(table.inputs, meets, strict=False) if meet
            ]
            text = f"rows `{one.id}` and `{other.id}` of table `{table.id}` are both true"
            text = f"{text} for {' and '.join(shown)}" if shown else text
            where = ruleset.where(f"tables/{table.id}/rows/{other.id}")
            yield Problem("CC309", text, where, "narrow one of them, or choose `first`")


def _free(checked: Checked, inputs: Sequence[Node | None]) -> bool:
    """Return whether the inputs are different facts and fields that no formula ties to each other."""
    leaves = [node for node in inputs if node is not None and node.op in {"field", "fact"}]
    derived = [node for node in leaves if node.op == "fact" and checked.scope.facts[node.value].derived]
    return len(set(leaves)) == len(inputs) and len(derived) <= 1


def _regions(checked: Checked, ruleset: Ruleset, table: DecisionTable, row: TableRow) -> list[Region | None]:
    """Return what each cell allows; None where that is not certain, an open region for `-`."""
    found: list[Region | None] = []
    for at, cell in enumerate(row.when):
        column = checked.nodes[ruleset.id, f"tables/{table.id}/inputs/{at}"]
        node = checked.nodes.get((ruleset.id, f"tables/{table.id}/rows/{row.id}/{at}"))
        whole = Region.whole(column.kind, _range(checked, column))
        if cell is None:
            found.append(whole)
        else:
            found.append(region(node, column, whole, checked.scope.params) if node is not None else None)
    return found


def _range(checked: Checked, column: Node) -> tuple[float, float] | None:
    declared = checked.scope.facts[column.value].declared if column.op == "fact" else None
    return declared.range if isinstance(declared, Input) else None


def _meet(one: Region | None, other: Region | None) -> str | None:
    """Return a value that both regions hold, as text (empty: any value will do); None if none is certain."""
    if one is None or other is None:
        return None
    if one.is_whole and other.is_whole:
        return ""
    return one.meet(other).witness()
