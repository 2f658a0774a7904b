"""The form of decision tables: rows of cells, each a unary test on the input of its column."""

from __future__ import annotations

from typing import Any

import attrs

from clientcore.errors import counted
from clientcore.load.form import REFUSED, Form, choice, id_schema, list_of, read_id, refuse
from clientcore.load.part import EXPRESSION, ID, Entry, derive, listed, read_formula, write_formula
from clientcore.load.text import Entries, Items, Scalar, Source, Value
from clientcore.load.values import DEFAULT_OUTCOME, PLAIN
from clientcore.parse import parse_cell
from clientcore.ruleset import DecisionTable, Formula, TableInput, TableRow

_COLLECTS = ("list", "sum", "min", "max", "count")
_POLICIES = ("first", "unique", *(f"collect({how})" for how in _COLLECTS))


@attrs.frozen(kw_only=True)
class _Row:
    """A row as the file has it: its cells are read once the inputs are known."""

    id: str
    when: tuple[Any, ...]
    then: tuple[str, Any]
    because: str = ""


_INPUTS = list_of(EXPRESSION, least=1, distinct=False, wanted="a list of expressions")


def _read_cells(value: Value, name: str, _path: str, source: Source) -> Any:
    if not isinstance(value, Items):
        return refuse(value, name, "a list of cells", source, "one for each input; `-` for any")
    sound = True
    for item in value.items:
        if not isinstance(item, Scalar) or item.style == "*" or (not item.style and item.text in {"", "~"}):
            sound = refuse(item, name, "a list of cells", source, "write `-` for any, `null` for missing") is None
    return tuple(value.items) if sound else REFUSED


def _read_then(value: Value, name: str, path: str, source: Source) -> Any:
    if not isinstance(value, Entries):
        return refuse(value, name, "a mapping", source, "from the name of the output to its value")
    if len(value.entries) != 1:
        source.add("CC309", f"`{name}` has {len(value.entries)} outputs", value, "a table has exactly one")
        return REFUSED
    ((output, (key, body)),) = value.entries.items()
    said = PLAIN.read(body, output, path, source)
    return REFUSED if said is REFUSED or read_id(key, source) is REFUSED else (output, said)


_CELLS = Form(
    _read_cells,
    lambda _: {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
    lambda cells: ["-" if cell is None else write_formula(cell) for cell in cells],
)
_THEN = Form(
    _read_then,
    lambda defs: {
        "type": "object",
        "propertyNames": id_schema(defs),
        "additionalProperties": PLAIN.schema(defs),
        "minProperties": 1,
        "maxProperties": 1,
    },
    lambda then: {then[0]: then[1]},
)


def _settle(found: dict[str, Any], _value: Entries, path: str, source: Source) -> bool:
    """Read the cells of all rows on the inputs of their columns; check that every row has the same output."""
    inputs, rows = found["inputs"], found["rows"]
    policy, _, collect = found["hit_policy"].partition("(")
    output = rows[0].then[0]
    sound = True
    made: list[TableRow] = []
    for row in rows:
        place = source.places[f"{path}/rows/{row.id}"]
        if len(row.when) != len(inputs):
            width = f"table `{found['id']}` has {counted(len(inputs), 'input')}"
            message = f"row `{row.id}` has {counted(len(row.when), 'cell')}, and {width}"
            source.report("CC309", message, place, "write one cell for each input; `-` for any")
            sound = False
        if row.then[0] != output:
            message = f"row `{row.id}` sets `{row.then[0]}`, and the first row sets `{output}`"
            source.report(
                "CC309", message, source.places[f"{path}/rows/{row.id}/then"], "a table has exactly one output"
            )
            sound = False
        cells = [_cell(cell, formula, source) for cell, formula in zip(row.when, inputs, strict=False)]
        sound = sound and REFUSED not in cells
        made.append(TableRow(id=row.id, when=tuple(cells), then=row.then[1], because=row.because))
    found["inputs"] = tuple(TableInput(value=formula) for formula in inputs)
    found |= {"rows": tuple(made), "output": output, "hit_policy": policy, "collect": collect.rstrip(")") or None}
    return sound


def _cell(cell: Scalar, column: Formula, source: Source) -> Any:
    return read_formula(cell, source, lambda text: parse_cell(text, column.tree))


def _rows(table: DecisionTable) -> list[_Row]:
    return [_Row(id=row.id, when=row.when, then=(table.output, row.then), because=row.because) for row in table.rows]


_ROW = derive(_Row, "row", id=ID, when=_CELLS, then=_THEN)
TABLE = derive(
    DecisionTable,
    "table",
    _settle,
    id=(),
    hit_policy=(
        Entry(
            "hit_policy",
            "hit_policy",
            choice(_POLICIES),
            required=True,
            get=lambda table: f"collect({table.collect})" if table.collect else table.hit_policy,
        ),
    ),
    inputs=(Entry("inputs", "inputs", _INPUTS, required=True, get=lambda table: [one.value for one in table.inputs]),),
    rows=(Entry("rows", "rows", listed(_ROW, least=1), required=True, get=_rows),),
    output=(),
    collect=(),
    default=DEFAULT_OUTCOME,
)
