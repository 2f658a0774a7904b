"""Lower conditions to durable-rules' JSON, twice: *is true* and *is false*; neither of the two means unknown.

Only what durable-rules was measured to do right is asked of it: comparisons of one property with a constant or another
property, equality, presence, and the logic between them. What a comparison stands on (arithmetic, days, lists, texts)
is a property of the message, computed by the record executor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import attrs

from clientcore.expr import BOOLEAN, Level, Node

#: A condition in JSON; `{}` is always true, None never.
Condition = Mapping[str, Any] | None
Pair = tuple[Condition, Condition]
#: The engine's lengths have 16 bits; a longer text is known by its digest, behind a character that no text has.
LONGEST = 65_000
_SIGNS = {"eq": "$eq", "ne": "$neq", "lt": "$lt", "le": "$lte", "gt": "$gt", "ge": "$gte"}
_OPPOSITE = {"$eq": "$neq", "$neq": "$eq", "$lt": "$gte", "$gte": "$lt", "$gt": "$lte", "$lte": "$gt"}
_MIRRORED = {"$eq": "$eq", "$neq": "$neq", "$lt": "$gt", "$gt": "$lt", "$lte": "$gte", "$gte": "$lte"}
_NUMBERS = frozenset({"number", "day"})
_TEXTS = frozenset({"text", "level"})


@attrs.define
class Lowering:
    """Lowers the conditions of some rules that are asked together, and notes what has to be sent.

    Args:
        fields: Value → name of its property, in the order of first use.
    """

    fields: dict[Node, str] = attrs.field(factory=dict)

    def field(self, node: Node) -> str:
        """Return the property that carries a value."""
        return self.fields.setdefault(node, f"f{len(self.fields)}")

    def pair(self, node: Node) -> Pair:
        """Return when a condition is true and when it is false."""
        return OPS.get(node.op, by_record)(self, node)


Writer = Callable[[Lowering, Node], Pair]


def by_record(low: Lowering, node: Node) -> Pair:
    """Send the truth itself."""
    name = low.field(node)
    return {name: True}, {name: False}


def every(parts: Sequence[Condition]) -> Condition:
    """Return when all of some conditions hold."""
    if None in parts:
        return None
    flat = [one for part in parts if part for one in (part.get("$and", (part,)))]
    return {} if not flat else flat[0] if len(flat) == 1 else {"$and": flat}


def some(parts: Sequence[Condition]) -> Condition:
    """Return when at least one of some conditions holds."""
    flat = [one for part in parts if part is not None for one in (part.get("$or", (part,)))]
    if {} in flat:
        return {}
    return None if not flat else flat[0] if len(flat) == 1 else {"$or": flat}


def _literal(_low: Lowering, node: Node) -> Pair:
    return ({}, None) if node.value is True else (None, {}) if node.value is False else (None, None)


def _and(low: Lowering, node: Node) -> Pair:
    yes, no = zip(*map(low.pair, node.args), strict=True)
    return every(yes), some(no)


def _or(low: Lowering, node: Node) -> Pair:
    yes, no = zip(*map(low.pair, node.args), strict=True)
    return some(yes), every(no)


def _not(low: Lowering, node: Node) -> Pair:
    yes, no = low.pair(node.args[0])
    return no, yes


def _if(low: Lowering, node: Node) -> Pair:
    (yes, no), first, second = map(low.pair, node.args)
    true, false = (
        some([every([yes, one]), every([no, other]), every([one, other])])
        for one, other in zip(first, second, strict=True)
    )
    return true, false


def _has(low: Lowering, node: Node) -> Pair:
    arg = node.args[0]
    if arg.kind.name not in _NUMBERS | _TEXTS or arg.op == "literal":
        return by_record(low, node)
    name = low.field(arg)
    return {"$ex": {name: 1}}, {"$nex": {name: 1}}


def _compare(low: Lowering, node: Node) -> Pair:
    left, right = node.args
    kind = left.kind.name
    if any(arg.op == "literal" and arg.value is None for arg in node.args):
        return None, None
    if kind == "boolean":
        return _same_truth(low, node)
    if kind == "level" and node.op not in {"eq", "ne"}:
        return _level_order(low, node)
    if kind in _NUMBERS or (kind in _TEXTS and node.op in {"eq", "ne"}):
        sign = _SIGNS[node.op]
        if left.op == "literal":
            left, right, sign = right, left, _MIRRORED[sign]
        if left.op != "literal":
            return _tests(low, left, right, sign), _tests(low, left, right, _OPPOSITE[sign])
    return by_record(low, node)


def _tests(low: Lowering, left: Node, right: Node, sign: str) -> Condition:
    # a property that is missing on the right would leave the result of the comparison before it
    name = low.field(left)
    known = [{"$ex": {name: 1}}]
    operand: Any
    if right.op == "literal":
        operand = plain(right.value)
    else:
        other = low.field(right)
        operand = {"$m": other}
        known.append({"$ex": {other: 1}})
    return every([*known, {name: operand} if sign == "$eq" else {sign: {name: operand}}])


def _same_truth(low: Lowering, node: Node) -> Pair:
    (yes, no), (yes2, no2) = map(low.pair, node.args)
    same = some([every([yes, yes2]), every([no, no2])])
    other = some([every([yes, no2]), every([no, yes2])])
    return (same, other) if node.op == "eq" else (other, same)


def _level_order(low: Lowering, node: Node) -> Pair:
    left, right = node.args
    level = left.kind.level
    if right.op != "literal" or left.op == "literal" or level is None:
        return by_record(low, node)
    side: Callable[[str], frozenset[str]] = {
        "lt": level.lower, "le": level.at_most, "gt": level.higher, "ge": level.at_least,
    }[node.op]  # fmt: skip
    return _among(low, left, level, side(right.value))


def _among(low: Lowering, item: Node, level: Level, labels: frozenset[str]) -> Pair:
    yes = [_tests(low, item, Node("literal", item.kind, (), label), "$eq") for label in level.labels if label in labels]
    no = [_tests(low, item, Node("literal", item.kind, (), label), "$neq") for label in labels]
    return some(yes), every([{"$ex": {low.field(item): 1}}, *no])


def _in(low: Lowering, node: Node) -> Pair:
    item, source = node.args
    if source.op != "list":
        return by_record(low, node)
    if not source.args:
        return None, {}
    yes, no = zip(*(_compare(low, Node("eq", BOOLEAN, (item, part))) for part in source.args), strict=True)
    return some(yes), every(no)


#: Operators that the engine answers; of all others the record executor sends the result.
OPS: Mapping[str, Writer] = MappingProxyType(
    {
        "literal": _literal,
        "and": _and,
        "or": _or,
        "not": _not,
        "if": _if,
        "has": _has,
        **dict.fromkeys(_SIGNS, _compare),
        "in": _in,
    }
)


def plain(value: Any) -> float | str | bool:
    """Return a constant as the engine takes it: a day as a number, a long text as its digest."""
    if isinstance(value, date):
        return float(value.toordinal())
    if isinstance(value, str):
        return value if len(json.dumps(value)) <= LONGEST else _digest(value)
    return value if isinstance(value, bool) else float(value) + 0.0


def _digest(text: str) -> str:
    return "\0" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sent(value: Any) -> str | None:
    """Return a value as JSON, None where it is missing."""
    return None if value is None or value != value else written(plain(value))


def written(value: Any) -> str:
    """Return constants and conditions as JSON; numbers have a dot and no exponent, which the engine would refuse."""
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(name)}:{written(one)}' for name, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    if not isinstance(value, float):
        return json.dumps(value)
    text = repr(value)
    if "e" not in text:
        return text
    text = format(Decimal(text), "f")
    return text if "." in text else f"{text}.0"
