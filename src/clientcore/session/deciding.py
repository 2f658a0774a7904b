"""Deciding one account of a session: from its memory and the decision before to what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Protocol

import attrs

from clientcore.decision import Base, Decision
from clientcore.executors.record import NO_BASE, Call, Kept, Parts, RecordExecutor, base_of
from clientcore.intake import Need
from clientcore.intake.again import Reader
from clientcore.matching import Matcher
from clientcore.plan import Plan, ScoreStep
from clientcore.session.memory import Memory
from clientcore.session.signal import Standing, changes, standing_of
from clientcore.session.started import base_from_text, base_text


class Decides(Protocol):
    """What a session needs of an engine."""

    def executors(
        self, subject: str, only: Sequence[str] | None = None, matcher: Matcher | None = None
    ) -> tuple[RecordExecutor, RecordExecutor | None]:
        """Return the record executor of a kind of subject."""
        ...

    def decide(self, executor: RecordExecutor, call: Call) -> Decision:
        """Return the decision of one call."""
        ...

    def profile_of(self, named: str | None, account: Any, as_of: date) -> str | None:
        """Return the profile that holds."""
        ...

    @property
    def profiles_vary(self) -> tuple[Any, ...]:
        """The profiles that may hold for some accounts without being named, with their conditions and params."""
        ...

    @property
    def person_facts(self) -> frozenset[str]:
        """Person-level facts that are opted in to."""
        ...

    @property
    def plugins(self) -> tuple[tuple[str, str], ...]:
        """(name, version) of every plugin."""
        ...

    def params_of(self, plan: Plan, profile: str | None) -> Mapping[tuple[str, str], Any]:
        """Return the values of a plan's params under a profile."""
        ...


@attrs.define
class Live:
    """One account in working memory.

    Args:
        memory: What is known of it.
        day: Day on which it was last decided, as an ordinal.
        base: What that decision started from.
        standing: What signals have told.
        since: Events after the last one whose memory the journal holds.
        decision: The decision of that day; None until somebody needs it.
        texts: Base and standing as JSON text, as the journal has them.
        kept: The day that the journal has.
        next: What the next day's decision starts from, as the journal has it; None where it has it not.
        reader: Reads the memory for the executor; what did not change is read once.
        computed: Facts that stand on what did not change, which are computed once.
        weight: Records that it has, as they were counted last.
    """

    memory: Memory
    day: int
    base: Base
    standing: Standing
    since: int = 0
    decision: Decision | None = None
    texts: tuple[str, str] = ("", "")
    kept: int = 0
    next: str | None = None
    reader: Reader | None = None
    computed: Kept = attrs.field(factory=Kept)
    weight: int = 0


@attrs.frozen(eq=False, slots=False)
class Deciding:
    """How the accounts of a session are decided.

    Args:
        engine: The engine.
        only: Ids or patterns to compute; None for all.
        profile: Profile whose params hold; None for the engine's choice.
        matcher: What answers event patterns; None for the matcher in Python.
    """

    engine: Decides
    only: tuple[str, ...] | None = None
    profile: str | None = None
    matcher: Matcher | None = None
    banded: tuple[str, ...] = attrs.field(init=False)

    @banded.default
    def _banded(self) -> tuple[str, ...]:
        steps = self._runs.plan.steps
        scores = [step for step in steps if isinstance(step, ScoreStep) and step.score.bands]
        return tuple(".".join(step.key[1:]) for step in scores)

    @property
    def fingerprint(self) -> str:
        """What two sessions have in common that make the same decisions."""
        plan = self._runs.plan
        params = sorted(self.engine.params_of(plan, self.profile).items())
        told = [[ruleset.sha256 for ruleset in plan.rulesets], self.engine.plugins, self.only, self.profile, params]
        vary = () if self.profile is not None else self.engine.profiles_vary
        return hashlib.sha256(repr([*told, sorted(self.engine.person_facts), vary]).encode()).hexdigest()

    def opened(self, memory: Memory, day: int) -> Live:
        """Return an account as it stands before its first event: what is known of it raises no signal."""
        live = Live(memory, day, NO_BASE, Standing())
        live.decision = self._decided(live)
        live.standing = standing_of(live.decision, self.banded, None)
        return live

    def decision(self, live: Live) -> Decision:
        """Return the decision on an account as it stands."""
        if live.decision is None:
            live.decision = self._decided(live)
        return live.decision

    def turn(self, live: Live, day: int) -> None:
        """Let a new day begin for an account: what it is decided from is the decision of the day before."""
        if day > live.day:
            if live.decision is None and live.next is not None:
                live.base = base_from_text(live.next)
            else:
                live.base = base_of(self.decision(live), date.fromordinal(day))
            live.day = day

    def again(self, live: Live) -> list[dict[str, Any]]:
        """Decide an account anew and return what changed, as `changes` tells it."""
        live.decision = self._decided(live)
        before, live.standing = live.standing, standing_of(live.decision, self.banded, live.standing)
        return list(changes(before, live.standing))

    def ahead(self, live: Live) -> str | None:
        """Return what the next day's decision starts from, as JSON text; None where the journal has it, or nobody."""
        if live.next is not None or live.decision is None or live.decision.as_of == date.max:
            return None
        return base_text(base_of(live.decision, date.fromordinal(live.day + 1)))

    def written(self, live: Live) -> tuple[str, str]:
        """Return base and standing as JSON text."""
        live.texts = (base_text(live.base), live.standing.to_text())
        return live.texts

    def _decided(self, live: Live) -> Decision:
        memory, as_of = live.memory, date.fromordinal(live.day)
        if live.reader is None:
            live.reader = Reader(self._need)
        taken = live.reader.take({"id": memory.id, **memory.fields.values}, memory.rows, as_of, memory.changed)
        memory.changed.clear()
        account = memory.account() if self.engine.profiles_vary else None
        params = self._params(self.engine.profile_of(self.profile, account, as_of))
        person = self.engine.person_facts
        call = Call(taken, params, as_of, memory.handed(), live.base, person=person)
        return self.engine.decide(self._parts.rest, self._parts.filled(call, live.computed))

    def _params(self, profile: str | None) -> tuple[Any, ...]:
        found = self._known_params.get(profile)
        if found is None:
            found = self._known_params[profile] = tuple(self.engine.params_of(self._runs.plan, profile).values())
        return found

    @cached_property
    def _known_params(self) -> dict[str | None, tuple[Any, ...]]:
        return {}

    @cached_property
    def _runs(self) -> RecordExecutor:
        return self.engine.executors("account", self.only, self.matcher)[0]

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self._runs)

    @cached_property
    def _need(self) -> Need:
        return Need(self._runs.plan.fields, self._runs.plan.tables, self.engine.person_facts)
