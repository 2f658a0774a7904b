"""The facts that are learnt by asking, out of what rulesets and plugins declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import attrs

from clientcore.anchors import Answer
from clientcore.answers.organisation import own_questions
from clientcore.check import Checked
from clientcore.decision import Decision
from clientcore.entities import CHILDREN, SUBJECTS
from clientcore.entities.fields import LARGEST
from clientcore.plan import Plan
from clientcore.ruleset import Input

#: Kinds of facts that a cell of a form can hold.
KINDS = ("number", "text", "boolean", "level", "day")
#: Units that say nothing which the question does not.
_PLAIN_UNITS = {"", "ratio", "count"}


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
        unit: Unit of a number.
        levels_only: Whether a value is one of those that the levels stand for.
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
    unit: str = ""
    levels_only: bool = False

    @property
    def takes(self) -> str:
        """What a value may be, in words."""
        if self.kind == "number":
            return self._number()
        if self.kind == "level":
            return f"one of: {', '.join(self.labels)}"
        words = {"text": "a text", "boolean": "true or false", "day": "a day, as 2026-06-30"}
        return words.get(self.kind, f"of kind {self.kind}")

    def _number(self) -> str:
        """Return unit and limits of a number."""
        if self.levels_only:
            return f"one of: {', '.join(f'{anchor.value:g}' for anchor in self.answer.anchors)}"
        noun = "a number" if self.unit in _PLAIN_UNITS else f"a number of {self.unit}"
        if self.unit == "money":
            noun = "an amount of money"
        if self.range is None:
            return f"{noun}, above or below 0"
        low, high = self.range
        return f"{noun}, {low:g} or more" if high >= LARGEST else f"{noun} from {low:g} to {high:g}"


def askable(engine: Knows) -> Mapping[tuple[str, str], Askable]:
    """Return every fact that is learnt by asking: inputs with a question, and what says how it is answered.

    A fact of one name may be another one of another kind of subject, as the appetite for risk of an account and of the
    whole organisation. Person-level facts are among them only where the engine opted in to them.

    Returns:
        (kind of subject, fact) → what is asked.
    """
    open_to = (one for one in _all(engine) if not one.person or one.fact in engine.person_facts)
    return {(subject, one.fact): one for one in (*_fields(), *open_to) for subject in one.subjects}


def asked_on_form(engine: Knows, subject: str) -> frozenset[str]:
    """Return the facts that a form about a kind of subject may ask for.

    Args:
        engine: The engine.
        subject: account, opportunity, workstream or organisation.
    """
    return frozenset(name for of, name in askable(engine) if of == subject)


def _fields() -> Iterator[Askable]:
    """Yield the fields of our own organisation: what stands in them is in no system either, so people are asked."""
    fields = SUBJECTS["organisation"].fields
    for name, own in own_questions():
        yield Askable(
            fact=name,
            kind=fields[name].kind.name,
            range=(0.0, LARGEST) if fields[name].unit == "money" else fields[name].range,
            labels=(),
            ask=own.ask,
            whom=own.whom,
            sources=(),
            person=False,
            answer=own.answer,
            subjects=frozenset({"organisation"}),
            unit=fields[name].unit,
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
            unit=declared.unit,
            levels_only=bool(answer is not None and answer.field and answer.anchors),
        )
