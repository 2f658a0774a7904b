"""The form of how a fact is learnt by asking: anchored levels, evidence, expiry; and what has to fit the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clientcore.anchors import Anchor, Answer
from clientcore.entities import SUBJECTS
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
    """Check that answers go where the subject can take them: below an account, into a field of the record."""
    subject = found["subject"]
    fields = SUBJECTS[subject].fields
    sound = True
    for section in ("inputs", "facts"):
        for name, fact in found.get(section, {}).items():
            if fact.answer is None:
                continue
            place = source.places[f"{section}/{name}/answer"]
            field = fact.answer.field
            if field and field not in fields:
                text = f"`{field}` of `{name}` is no field of {subject}"
                source.report("CC107", text, place, did_you_mean(field, fields))
                sound = False
            if not field and subject != "account":
                text = f"key `field` is missing in the answer of `{name}`"
                source.report("CC105", text, place, f"an answer about a {subject} goes into a field of its record")
                sound = False
    return sound
