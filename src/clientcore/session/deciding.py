"""Deciding one account of a session: from its memory and the decision before to what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Protocol

import attrs

from clientcore.arguments import listed, require_text
from clientcore.decision import Base, Decision
from clientcore.errors import FactError, did_you_mean
from clientcore.executors.record import NO_BASE, Call, Kept, Parts, RecordExecutor, base_of
from clientcore.intake import Need
from clientcore.intake.again import Reader
from clientcore.intake.children import CHILDREN
from clientcore.matching import Matcher
from clientcore.plan import Plan
from clientcore.ruleset import Ruleset
from clientcore.session.children import (
    Children,
    Kind,
    bases_from_text,
    bases_text,
    split,
    standings_text,
)
from clientcore.session.memory import Memory
from clientcore.session.signal import Standing, banded_of, changes, standing_of


class Decides(Protocol):
    """What a session needs of an engine."""

    def executors(
        self, subject: str, only: Sequence[str] | None = None, matcher: Matcher | None = None
    ) -> tuple[RecordExecutor, RecordExecutor | None]:
        """Return the record executor of a kind of subject."""
        ...

    @property
    def fact_kinds(self) -> Mapping[str, str]:
        """Fact → name of its kind."""
        ...

    def decide(self, executor: RecordExecutor, call: Call) -> Decision:
        """Return the decision of one call."""
        ...

    def profile_of(self, named: str | None, account: Any, as_of: date) -> str | None:
        """Return the profile that holds."""
        ...

    @property
    def rulesets(self) -> tuple[Ruleset, ...]:
        """Every ruleset."""
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
        texts: Bases and standings as JSON text, as the journal has them.
        kept: The day that the journal has.
        next: What the next day's decision starts from, as the journal has it; None where it has it not.
        reader: Reads the memory for the executor; what did not change is read once.
        computed: Facts that stand on what did not change, which are computed once.
        children: Its opportunities and workstreams.
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
    children: Children = attrs.field(factory=Children)
    weight: int = 0


@attrs.frozen(eq=False, slots=False)
class Deciding:
    """How the accounts of a session are decided.

    Args:
        engine: The engine.
        only: Ids or patterns to compute; None for all.
        profile: Profile whose params hold; None for the engine's choice.
        matcher: What answers event patterns; None for the matcher in Python.
        subjects: Kinds of children to decide too, `opportunity` and `workstream`; None for all that rulesets decide.
    """

    engine: Decides
    only: tuple[str, ...] | None = None
    profile: str | None = None
    matcher: Matcher | None = None
    subjects: tuple[str, ...] | None = None
    banded: tuple[str, ...] = attrs.field(init=False)
    kinds: tuple[Kind, ...] = attrs.field(init=False)

    @kinds.default
    def _kinds(self) -> tuple[Kind, ...]:
        return tuple(Kind(self.engine, one, self._only[one]) for one in CHILDREN if one in self._only)

    @banded.default
    def _banded(self) -> tuple[str, ...]:
        return banded_of(self._runs.plan)

    @property
    def fingerprint(self) -> str:
        """What two sessions have in common that make the same decisions."""
        plan = self._runs.plan
        params = sorted(self.engine.params_of(plan, self.profile).items())
        told = [[ruleset.sha256 for ruleset in plan.rulesets], self.engine.plugins, self.only, self.profile, params]
        for kind in self.kinds:
            below = kind.executors[0].plan
            params = sorted(self.engine.params_of(below, self.profile).items())
            told += [kind.subject, [ruleset.sha256 for ruleset in below.rulesets], params]
        vary = () if self.profile is not None else self.engine.profiles_vary
        return hashlib.sha256(repr([*told, sorted(self.engine.person_facts), vary]).encode()).hexdigest()

    def opened(self, memory: Memory, day: int) -> Live:
        """Return an account as it stands before its first event: what is known of it raises no signal."""
        live = Live(memory, day, NO_BASE, Standing())
        live.standing = standing_of(self.decision(live), self.banded, None)
        list(live.children.again(self._banded_below))
        return live

    def decision(self, live: Live) -> Decision:
        """Return the decision on an account as it stands, and bring those on its children up to date."""
        return self._decided(live) if live.decision is None else live.decision

    def turn(self, live: Live, day: int) -> None:
        """Let a new day begin for an account: what it is decided from is the decision of the day before."""
        if day > live.day:
            if live.decision is None and live.next is not None:
                live.base, live.children.bases = bases_from_text(live.next)
            else:
                on = date.fromordinal(day)
                live.base, live.children.bases = base_of(self.decision(live), on), live.children.turned(on)
            live.day = day

    def again(self, live: Live) -> list[dict[str, Any]]:
        """Decide an account and its children anew and return what changed, as `changes` tells it."""
        decision = self._decided(live)
        before, live.standing = live.standing, standing_of(decision, self.banded, live.standing)
        found = list(changes(before, live.standing))
        if self.kinds or live.children.standings:
            found += live.children.again(self._banded_below)
        return found

    def ahead(self, live: Live) -> str | None:
        """Return what the next day's decisions start from, as JSON text; None where the journal has it, or nobody."""
        if live.next is not None or live.decision is None or live.decision.as_of == date.max:
            return None
        on = date.fromordinal(live.day + 1)
        return bases_text(base_of(live.decision, on), live.children.turned(on))

    def written(self, live: Live) -> tuple[str, str]:
        """Return bases and standings as JSON text."""
        below = live.children
        live.texts = (bases_text(live.base, below.bases), standings_text(live.standing, below.standings))
        return live.texts

    def _decided(self, live: Live) -> Decision:
        memory, as_of = live.memory, date.fromordinal(live.day)
        if live.reader is None:
            live.reader = Reader(self._need)
        changed = frozenset(memory.changed)
        taken = live.reader.take({"id": memory.id, **memory.fields.values}, memory.rows, as_of, changed)
        memory.changed.clear()
        account = memory.account() if self.engine.profiles_vary else None
        profile, facts = self.engine.profile_of(self.profile, account, as_of), memory.handed()
        person = self.engine.person_facts
        call = Call(taken, self._params(self._runs, profile), as_of, facts, live.base, person=person, profile=profile)
        live.decision = self.engine.decide(self._parts.rest, self._parts.filled(call, live.computed))
        if self.kinds:
            self._decide_children(live, call, profile, changed)
        return live.decision

    def _decide_children(self, live: Live, call: Call, profile: str | None, changed: frozenset[str]) -> None:
        memory, children = live.memory, live.children
        made_of, before = (call.as_of, profile, repr(call.facts)), children.decided
        same, children.decided, children.made_of = children.made_of == made_of, {}, made_of
        for kind in self.kinds:
            if not memory.tables.get(CHILDREN[kind.subject]):
                continue
            if same and changed.isdisjoint(kind.reads):
                children.decided |= {key: made for key, made in before.items() if key[0] == kind.subject}
            else:
                children.decided |= kind.decide(
                    memory.account(), call, children.bases, before, lambda runs: self._params(runs, profile)
                )

    def _params(self, runs: RecordExecutor, profile: str | None) -> tuple[Any, ...]:
        known = self._known_params.setdefault(profile, {})
        found = known.get(id(runs))
        if found is None:
            found = known[id(runs)] = tuple(self.engine.params_of(runs.plan, profile).values())
        return found

    @cached_property
    def _known_params(self) -> dict[str | None, dict[int, tuple[Any, ...]]]:
        return {}

    @cached_property
    def _banded_below(self) -> dict[str, tuple[str, ...]]:
        return {kind.subject: kind.banded for kind in self.kinds}

    @cached_property
    def _only(self) -> dict[str, tuple[str, ...] | None]:
        there = {ruleset.subject for ruleset in self.engine.rulesets}
        wanted = CHILDREN if self.subjects is None else self.subjects
        return split(self.engine, self.only, [one for one in CHILDREN if one in there and one in wanted])

    @cached_property
    def _runs(self) -> RecordExecutor:
        return self.engine.executors("account", self._only["account"], self.matcher)[0]

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self._runs)

    @cached_property
    def _need(self) -> Need:
        return Need(self._runs.plan.fields, self._runs.plan.tables, self.engine.person_facts)


def named_children(subjects: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of kinds of children; None for all.

    Raises:
        FactError: It is no list of such names (CC403).
    """
    found = None if subjects is None else listed("subjects", subjects)
    for one in found or ():
        if one not in CHILDREN:
            raise FactError(f"CC403 `{one}` in `subjects` is no child of an account; {did_you_mean(one, CHILDREN)}")
    return found


def matcher_of(name: str) -> Matcher | None:
    """Return a matcher by name; None for the one in Python.

    Raises:
        FactError: There is none of that name (CC403).
        MissingExtraError: It is `durable`, and durable-rules is not installed (CC402).
    """
    require_text("matcher", name, "give `python` or `durable`")
    if name == "python":
        return None  # as the engine does by itself: a matcher of its own would have a plan compiled for it
    if name != "durable":
        raise FactError(f"CC403 no matcher `{name}`; {did_you_mean(name, ('python', 'durable'))}")
    from clientcore.executors.durable import DurableMatcher

    return DurableMatcher()
