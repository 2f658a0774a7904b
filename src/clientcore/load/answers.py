"""The form of how a fact is learnt by asking: anchored levels, evidence, expiry; and what has to fit the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clientcore.anchors import Anchor, Answer
from clientcore.entities import CHILDREN, SUBJECTS
from clientcore.errors import did_you_mean
from clientcore.load.form import number
from clientcore.load.part import derive, numbered
from clientcore.load.text import Source
from clientcore.load.values import PLAIN

_WORDS = {float: "a number", bool: "`true` or `false`", str: "a text"}
_KINDS = {"number": float, "boolean": bool, "text": str, "level": str}

ANSWER = derive(
    Answer,
    "answer",
    anchors=numbered(derive(Anchor, "anchor", value=PLAIN)),
    expires_days=number(1, whole=True),
)


def settle_answer(found: dict[str, Any], path: str, source: Source) -> bool:
    """Check that the anchors of an input or a fact are values that it can have, each once but for truth values."""
    answer: Answer | None = found.get("answer")
    if answer is None:
        return True
    problems = list(_wrong(found, answer))
    for at, code, message, advice in problems:
        source.report(code, message, source.places[f"{path}/answer{at}"], advice)
    return not problems


def _wrong(found: dict[str, Any], answer: Answer) -> Iterator[tuple[str, str, str, str]]:
    """Yield (place below the answer, code, what is wrong, what would be right)."""
    name, kind = found["id"], found.get("kind", "")
    if kind and kind not in _KINDS and answer.anchors:
        yield "", "CC106", f"`{name}` is of kind {kind} and has anchors", "take them out"
        return
    wanted = _KINDS.get(kind) or (type(answer.anchors[0].value) if answer.anchors else str)
    if len(answer.anchors) == 1:
        yield "/anchors", "CC107", f"`{name}` has one anchor only", "give two or more, from the lowest level up"
    # an answer that goes into a field has the values of that field, not those of the fact that reads it
    limits = None if answer.field else found.get("range")
    seen: set[Any] = set()
    for at, anchor in enumerate(answer.anchors):
        place = f"/anchors/{at}"
        if type(anchor.value) is not wanted:
            yield place, "CC106", f"level {at} of `{name}` is not {_WORDS[wanted]}", f"it takes {_WORDS[wanted]}"
        elif limits and isinstance(anchor.value, float) and not limits[0] <= anchor.value <= limits[1]:
            text = f"level {at} of `{name}` is {anchor.value:g}, outside its range"
            yield place, "CC107", text, f"from {limits[0]:g} to {limits[1]:g}"
        elif anchor.value in seen and wanted is not bool:
            yield place, "CC111", f"level {at} of `{name}` has the value of another level", "give each its own"
        seen.add(anchor.value)


def settle_fields(found: dict[str, Any], source: Source) -> bool:
    """Check that answers go where they are read: below an account nothing is handed in, so only into a field."""
    problems = list(_lost(found))
    for place, code, message, advice in problems:
        source.report(code, message, source.places[place], advice)
    return not problems


def _lost(found: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (place, code, what is wrong, what would be right)."""
    subject = found["subject"]
    fields = SUBJECTS[subject].fields
    for section in ("inputs", "facts"):
        for name, fact in found.get(section, {}).items():
            path = f"{section}/{name}"
            reads = f"declare `{name}` under `facts`, with a `value` that reads the field and `answer: {{field: ...}}`"
            if fact.answer is None:
                if section == "inputs" and fact.ask and subject in CHILDREN:
                    text = f"`{name}` is asked for, and nothing can be handed in about the {subject}"
                    yield f"{path}/ask", "CC105", text, reads
                continue
            field = fact.answer.field
            if field and field not in fields:
                text = f"`{field}` of `{name}` is no field of {subject}"
                yield f"{path}/answer", "CC107", text, did_you_mean(field, fields)
            elif field and section == "inputs":
                text = f"an answer in `{field}` does not reach the input `{name}`, which takes what is handed in"
                yield f"{path}/answer", "CC107", text, reads
            if not field and subject in CHILDREN:
                text = f"key `field` is missing in the answer of `{name}`"
                help_ = f"an answer about the {subject} goes into a field of its record"
                yield f"{path}/answer", "CC105", text, reads if section == "inputs" else help_
