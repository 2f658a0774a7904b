"""Decision: the same value from every executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import attrs

from clientcore.decision.change import Changes
from clientcore.decision.explanation import Explains, Explanation, Question, TraceStep
from clientcore.decision.parts import (
    Adjustment,
    Base,
    Contribution,
    Finding,
    Outcome,
    RecommendedAction,
    Score,
    Signal,
    State,
    fixed,
)
from clientcore.decision.record import from_json, to_dict, to_json
from clientcore.decision.told import headline, summary
from clientcore.errors import ClientcoreError, Problem


@attrs.frozen(kw_only=True, slots=False)
class Decision:
    """The answer for one subject at one day. Keys are full ids: scores `ruleset.score`, rules `ruleset/rule`.

    Args:
        subject: account, opportunity, workstream or organisation.
        subject_id: Its id.
        account_id: The account it belongs to; its own id for an account.
        as_of: The day; nothing learnt later was seen.
        rulesets: Ruleset id → (version, content hash).
        plugins: Plugin → version.
        scores: Score id → Score.
        outcomes: Table id → Outcome.
        states: Machine id → State.
        findings: By severity, then rule id.
        actions: By precedence, severity, id; at most one per group.
        fired: Rules that hold (and those with `on_unknown: match` that are unknown), by id.
        unknown: Rules whose condition is unknown, by id.
        suppressed: Rule → rules that suppress it.
        problems: What was wrong with the data or a plugin; evaluation never raises for these.
        base: What it started from.
        signals: What event patterns raise, by id (`ruleset.signal`); cleared ones are not among them.
        profile: The profile whose params held; None for those of the rulesets themselves.
    """

    subject: str
    subject_id: str
    account_id: str
    as_of: date
    rulesets: Mapping[str, tuple[str, str]] = attrs.field(converter=fixed)
    plugins: Mapping[str, str] = attrs.field(converter=fixed)
    scores: Mapping[str, Score] = attrs.field(converter=fixed)
    outcomes: Mapping[str, Outcome] = attrs.field(converter=fixed)
    states: Mapping[str, State] = attrs.field(converter=fixed)
    findings: tuple[Finding, ...]
    actions: tuple[RecommendedAction, ...]
    fired: tuple[str, ...]
    unknown: tuple[str, ...]
    suppressed: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)
    problems: tuple[Problem, ...] = ()
    base: Base = attrs.field(factory=Base)
    signals: tuple[Signal, ...] = attrs.field(default=(), metadata={"silent": True})
    profile: str | None = attrs.field(default=None, metadata={"silent": True})
    _explain: Callable[[Decision], Explains] | None = attrs.field(default=None, eq=False, repr=False, alias="explain")

    @classmethod
    def of(cls, parts: dict[str, Any]) -> Decision:
        """Return the decision of all its parts, as an executor has them: none is checked, none has a default.

        The constructor of a frozen class sets field by field, which would take longer than all else that makes a
        decision; here they come in one piece.

        Args:
            parts: Every field by name, `_explain` included.
        """
        decision = cls.__new__(cls)
        object.__setattr__(decision, "__dict__", parts)
        return decision

    def __str__(self) -> str:
        return summary(self)

    def __repr__(self) -> str:
        return f"<Decision {headline(self)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as plain data of format clientcore-decision/1 (days as ISO text)."""
        return to_dict(self)

    def to_json(self) -> str:
        """Return the decision as JSON text: keys sorted, one form for each kind, the same bytes on every machine."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Decision:
        """Read a decision back; it explains nothing, as it has nothing to compute from.

        Args:
            text: What `to_json` gave, of this version of the format or an earlier one.

        Raises:
            ClientcoreError: The text is no such decision (CC403).
        """
        return cls(**from_json(cls, text))

    def __getstate__(self) -> dict[str, Any]:
        # what explains holds generated code; a pickled decision is its data
        state = {name: getattr(self, name) for name in _FIELDS} | {"_explain": None}
        return {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in state.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, fixed(value) if isinstance(value, dict) else value)

    @property
    def trace(self) -> tuple[TraceStep, ...]:
        """Every step in order, with what it read and gave; computed when first asked for.

        Raises:
            ClientcoreError: The decision was read back from data and has nothing to compute from (CC403).
        """
        return self._explainer().trace()

    def why(self, name: str) -> Explanation:
        """Say why a rule, score, outcome, state or fact came out as it did.

        Args:
            name: A full id, or a short form that is not ambiguous.

        Returns:
            The explanation; `str()` of it is text for people.

        Raises:
            ClientcoreError: The name is unknown or ambiguous, or the decision was read back from data (CC403).
        """
        return self._explainer().why(name)

    def why_not(self, name: str) -> Explanation:
        """Say what stands in the way of a rule, a higher band, another outcome or the next state.

        Args:
            name: A full id, or a short form that is not ambiguous.

        Returns:
            The explanation: what is false first, then what is unknown.

        Raises:
            ClientcoreError: As for `why`.
        """
        return self._explainer().why_not(name)

    def what_would_change(self, name: str) -> Changes:
        """Return every single fact that, with another value, would make a rule hold; or end it, where it holds.

        Args:
            name: Full id of a rule, or a short form that is not ambiguous.

        Returns:
            The changes, each with the nearest value that does it; `str()` of them is text for people. Each was
            verified by deciding the rule again. What could not be followed exactly is named in `untried`.

        Raises:
            ClientcoreError: As for `why`, and where the name is of something else than a rule (CC403).
        """
        return self._explainer().what_would_change(name)

    def contributions(self, name: str) -> tuple[Contribution, ...]:
        """Return what each term brings to a score, in file order.

        Args:
            name: Id of a score, or an unambiguous short form.

        Raises:
            ClientcoreError: As for `why`.
        """
        return self._explainer().contributions(name)

    def adjustments(self, name: str) -> tuple[Adjustment, ...]:
        """Return the rounding, caps, vetoes and gates of a score as before → after.

        Args:
            name: Id of a score, or an unambiguous short form.

        Raises:
            ClientcoreError: As for `why`.
        """
        return self._explainer().adjustments(name)

    def questions(self, most: int | None = None) -> tuple[Question, ...]:
        """Return what to ask next, the question that settles most first.

        Args:
            most: How many at the most; None for all.

        Raises:
            ClientcoreError: As for `why`; or `most` is no whole number, 0 or more (CC403).
        """
        return self._explainer().questions(most)

    def render(self, audience: str = "internal") -> str:
        """Return the decision as text for an audience.

        Args:
            audience: `internal`, `account_team`, `executive` or `client`. For a client it holds no score, label,
                rule id or name of a mode, only texts that were written for clients.

        Raises:
            ClientcoreError: As for `why`.
        """
        return self._explainer().render(audience)

    def _explainer(self) -> Explains:
        if self._explain is None:
            raise ClientcoreError("CC403 this decision was read back from data; evaluate again to explain it")
        explainer = self._explain(self)
        # it has run the traced plan, or will; the next question is answered by the same one
        object.__setattr__(self, "_explain", lambda _: explainer)
        return explainer


_FIELDS = tuple(field.name for field in attrs.fields(Decision) if field.name != "_explain")
