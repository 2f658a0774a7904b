"""The children of an account in a session, its opportunities and workstreams, which are decided with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from clientcore.decision import Base, Decision
from clientcore.errors import ClientcoreError
from clientcore.executors.record import NO_BASE, Call, RecordExecutor, base_of
from clientcore.intake import Need, take
from clientcore.intake.children import CHILDREN, children_of
from clientcore.session.signal import Standing, banded_of, changes, standing_of
from clientcore.session.started import base_from_text, base_text

#: A child: its kind and its id.
Key = tuple[str, str]


@attrs.define
class Children:
    """The children of one account in working memory.

    Args:
        bases: What the decisions of the day started from.
        standings: What signals have told.
        decided: The decisions of the day, with what they were made from.
        made_of: Day, profile and facts handed in of these decisions.
    """

    bases: dict[Key, Base] = attrs.field(factory=dict)
    standings: dict[Key, Standing] = attrs.field(factory=dict)
    decided: dict[Key, tuple[Any, Decision]] = attrs.field(factory=dict)
    made_of: tuple[Any, ...] = ()

    def turned(self, day: date) -> dict[Key, Base]:
        """Return what the decisions of a new day start from."""
        return {key: base_of(decision, day) for key, (_, decision) in self.decided.items()}

    def again(self, banded: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
        """Bring what signals have told up to date, and yield what changed."""
        before = self.standings
        self.standings = {
            key: standing_of(decision, banded[key[0]], before.get(key)) for key, (_, decision) in self.decided.items()
        }
        for key in sorted(before.keys() | self.standings.keys()):
            for what in changes(before.get(key) or Standing(), self.standings.get(key) or Standing()):
                yield what | {"subject": key[0], "subject_id": key[1]}


@attrs.frozen(eq=False, slots=False)
class Kind:
    """How the children of one kind are decided.

    Args:
        engine: The engine.
        subject: `opportunity` or `workstream`.
        only: Ids or patterns to compute; None for all.
    """

    engine: Any
    subject: str
    only: tuple[str, ...] | None

    @cached_property
    def executors(self) -> tuple[RecordExecutor, RecordExecutor]:
        """The executor of the children, and the one of what they read of the account."""
        runs, parent = self.engine.executors(self.subject, self.only)
        assert parent is not None
        return runs, parent

    @cached_property
    def banded(self) -> tuple[str, ...]:
        """Scores that have bands."""
        return banded_of(self.executors[0].plan)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The related tables that they read, of their own and of the account; `""` stands for the account's fields."""
        runs, parent = self.executors
        return frozenset(("", CHILDREN[self.subject], *runs.plan.tables, *parent.plan.tables))

    def decide(
        self,
        account: Mapping[str, Any],
        of: Call,
        bases: Mapping[Key, Base],
        before: Mapping[Key, tuple[Any, Decision]],
        params_of: Callable[[RecordExecutor], tuple[Any, ...]],
    ) -> dict[Key, tuple[Any, Decision]]:
        """Return the decisions on the children of an account, as `evaluate_subjects` makes them.

        What reads the same on the same day as before is not decided again.

        Args:
            account: The account with its related tables nested in it.
            of: How the account itself was decided.
            bases: What the decisions of the day start from.
            before: Decisions that were made before.
            params_of: Gives the params of an executor.
        """
        (runs, parent), as_of, person = self.executors, of.as_of, of.person
        taken = take(account, Need(parent.plan.fields, parent.plan.tables, person), as_of)
        above = Call(taken, params_of(parent), as_of, of.facts, person=person, profile=of.profile)
        seen = parent.values(above)
        need, params = Need(runs.plan.fields, runs.plan.tables, person), params_of(runs)
        made: dict[Key, tuple[Any, Decision]] = {}
        for child in children_of(account, self.subject, runs.plan.tables, as_of):
            own = take(child, need, as_of, self.subject)
            key = (self.subject, own.id)
            base = bases.get(key, NO_BASE)
            given = (own, above, params, base)
            old = before.get(key)
            if old is not None and old[0] == given:
                made[key] = old
            else:
                call = Call(own, params, as_of, base=base, parent=seen, person=person, profile=of.profile, above=above)
                made[key] = (given, self.engine.decide(runs, call))
        return made


def split(engine: Any, only: Sequence[str] | None, kinds: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
    """Return subject → which of some ids or patterns name something of it; None for all, without an entry for nothing.

    Args:
        engine: The engine.
        only: The ids or patterns; None for all.
        kinds: The kinds of children that rulesets decide.

    Raises:
        ClientcoreError: One names nothing that there is (CC403).
    """
    if only is None:
        return dict.fromkeys(("account", *kinds))
    if not kinds:
        return {"account": tuple(only)}
    named = {subject: tuple(one for one in only if _names(engine, subject, one)) for subject in ("account", *kinds)}
    strange = tuple(one for one in only if all(one not in own for own in named.values()))
    if strange:
        engine.executors("account", strange)  # says what is near
    return {subject: own for subject, own in named.items() if own or subject == "account"}


def _names(engine: Any, subject: str, only: str) -> bool:
    try:
        engine.executors(subject, (only,))
    except ClientcoreError:
        return False
    return True


def joined(own: str, children: Mapping[Key, str]) -> str:
    """Return the text of an account with those of its children; without children it is that of the account alone."""
    if not children:
        return own
    told = {"own": own, "children": [[*key, text] for key, text in children.items()]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def parted(text: str) -> tuple[str, dict[Key, str]]:
    """Return what `joined` joined."""
    if not text.startswith("{"):
        return text, {}
    told = json.loads(text)
    return told["own"], {(subject, id_): text for subject, id_, text in told["children"]}


def bases_text(own: Base, children: Mapping[Key, Base]) -> str:
    """Return what the decisions on an account and its children start from, as JSON text."""
    return joined(base_text(own), {key: base_text(base) for key, base in children.items()})


def bases_from_text(text: str) -> tuple[Base, dict[Key, Base]]:
    """Return what `bases_text` wrote."""
    own, children = parted(text)
    return base_from_text(own), {key: base_from_text(base) for key, base in children.items()}


def standings_text(own: Standing, children: Mapping[Key, Standing]) -> str:
    """Return what signals have told of an account and its children, as JSON text."""
    return joined(own.to_text(), {key: standing.to_text() for key, standing in children.items()})


def standings_from_text(text: str) -> tuple[Standing, dict[Key, Standing]]:
    """Return what `standings_text` wrote."""
    own, children = parted(text)
    return Standing.from_text(own), {key: Standing.from_text(standing) for key, standing in children.items()}
