"""The facts that are learnt by asking, out of what rulesets and plugins declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import attrs

from clientcore.anchors import Answer
from clientcore.check import Checked
from clientcore.decision import Decision
from clientcore.entities import CHILDREN, SUBJECTS, Record
from clientcore.plan import Plan
from clientcore.ruleset import Input

#: Kinds of facts that a cell of a form can hold.
KINDS = ("number", "text", "boolean", "level", "day")
_YEAR = 365


class Knows(Protocol):
    """What knows the facts and decides: an Engine."""

    @property
    def checked(self) -> Checked:
        """The checked rulesets."""

    @property
    def person_facts(self) -> frozenset[str]:
        """Person-level facts that are opted in to."""

    @property
    def plan(self) -> Callable[..., Plan]:
        """The plan of a kind of subject."""

    @property
    def evaluate(self) -> Callable[..., Decision]:
        """Decides one account or organisation."""

    @property
    def evaluate_subjects(self) -> Callable[..., tuple[Decision, ...]]:
        """Decides the children of one account."""


@attrs.frozen(kw_only=True)
class Askable:
    """A fact that is learnt by asking.

    Args:
        fact: Its name.
        kind: number, text, boolean, day, instant or level.
        range: Closed range of a number.
        labels: What it may be, for a level.
        ask: The question.
        whom: Whom to ask.
        sources: Sources that qualify; empty for all.
        person: Whether it is about persons.
        answer: Levels, evidence, expiry, field.
        subjects: Kinds of subject that it is about.
    """

    fact: str
    kind: str
    range: tuple[float, float] | None
    labels: tuple[str, ...]
    ask: str
    whom: str
    sources: tuple[str, ...]
    person: bool
    answer: Answer
    subjects: frozenset[str]

    @property
    def takes(self) -> str:
        """What a value may be, in words."""
        if self.kind == "number" and self.range is not None and not (self.answer.field and self.answer.anchors):
            return f"a number from {self.range[0]:g} to {self.range[1]:g}"
        if self.kind == "level":
            return f"one of: {', '.join(self.labels)}"
        words = {"number": "a number", "text": "a text", "boolean": "true or false", "day": "a day, as 2026-06-30"}
        return words.get(self.kind, f"of kind {self.kind}")


def askable(engine: Knows) -> Mapping[str, Askable]:
    """Return every fact that is learnt by asking, by name: inputs with a question, and what says how it is answered.

    Person-level facts are among them only where the engine opted in to them.
    """
    found = {one.fact: one for one in _fields()}
    return found | {one.fact: one for one in _all(engine) if not one.person or one.fact in engine.person_facts}


def asked_on_form(engine: Knows, subject: str) -> frozenset[str]:
    """Return the facts that a form about a kind of subject may ask for.

    Args:
        engine: The engine.
        subject: account, opportunity, workstream or organisation.
    """
    return frozenset(name for name, one in askable(engine).items() if subject in one.subjects)


def _fields() -> Iterator[Askable]:
    """Yield the fields of our own organisation: what stands in them is in no system either, so people are asked."""
    own = SUBJECTS["organisation"]
    for name, field in own.fields.items():
        plain = field.role == "plain" and not field.refers and field.kind.name in {"number", "boolean"}
        if plain and name not in Record.__annotations__:
            yield Askable(
                fact=name,
                kind=field.kind.name,
                range=(0.0, 1.0) if field.unit == "ratio" and name != "past_growth" else None,
                labels=(),
                ask=f"{'Is it so' if field.kind.name == 'boolean' else 'How much'}: {field.doc}?",
                whom="management",
                sources=(),
                person=False,
                answer=Answer(field=name, evidence="where it stands or shows", expires_days=_YEAR),
                subjects=frozenset({"organisation"}),
            )


def _all(engine: Knows) -> Iterator[Askable]:
    for name, meaning in engine.checked.scope.facts.items():
        declared: Any = meaning.declared
        answer: Answer | None = getattr(declared, "answer", None)
        handed = bool(declared.ask) and (isinstance(declared, Input) or not meaning.derived)
        kind = meaning.kind
        if (answer is None and not handed) or kind is None or kind.name not in KINDS:
            continue
        # below an account nothing is handed in, so that an answer needs a field of the record to go into
        subjects = meaning.subjects if answer is not None and answer.field else meaning.subjects - CHILDREN
        if not subjects:
            continue
        words = (declared.doc or name.replace("_", " ")).rstrip(".?! ")
        yield Askable(
            fact=name,
            kind=kind.name,
            range=declared.range,
            labels=kind.level.labels if kind.level is not None else (),
            ask=declared.ask or f"{words}?",
            whom=declared.whom,
            sources=tuple(declared.requires_source),
            person=getattr(declared, "person", False),
            answer=answer or Answer(),
            subjects=subjects,
        )
