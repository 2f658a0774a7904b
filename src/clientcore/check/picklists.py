"""Texts that a field is compared with and that its picklist does not have: a slip that no data would show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientcore.check.checked import Checked
from clientcore.entities import ENTITIES, SUBJECTS, Field
from clientcore.errors import Problem, did_you_mean
from clientcore.expr import Node


def strangers(checked: Checked) -> Iterator[Problem]:
    """Find words that the picklist of their field lacks; of one that may have others, its own in other letters."""
    for ruleset, slot, node in checked.slots():
        for part in node.walk():
            for field, literal in _compared(part, ruleset.subject):
                word = str(literal.value)
                near = re.sub(r"[\W_]+", "_", word.strip().lower())
                if word not in field.words and (near in field.words or not field.other_words):
                    text = f"`{word}` is no word of `{field.name}`; only data that strays from its list has it"
                    help_ = did_you_mean(near, field.words)
                    yield Problem("CC618", text, slot.formula.at(literal.start), help_, "warning")


def _compared(node: Node, subject: str) -> Iterator[tuple[Field, Node]]:
    """Yield each text that a node compares with a picklist, with the field that has it."""
    if node.op not in {"eq", "ne", "in"}:
        return
    left, right = node.args
    if left.op == "literal":
        left, right = right, left
    field = _field(left, subject)
    for one in right.args if right.op == "list" else (right,):
        if field is not None and field.words and one.op == "literal" and isinstance(one.value, str):
            yield field, one


def _field(node: Node, subject: str) -> Field | None:
    match node.op:
        case "field":
            return SUBJECTS[subject].fields.get(node.value)
        case "parent":
            return _field(node.args[0], "account")
        case "column":
            entity = ENTITIES.get(node.args[0].kind.table)
            return None if entity is None else entity.fields.get(node.value)
    return None
