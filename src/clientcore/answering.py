"""What answers the rules of one subject: our own executors, made when they are first asked for, or durable-rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import attrs

from clientcore.arguments import refused, require_text
from clientcore.check import Checked
from clientcore.decision import Decision
from clientcore.errors import FactError, did_you_mean
from clientcore.executors.record import Ask, Call, RecordExecutor
from clientcore.explain import Explainer
from clientcore.intake import Need
from clientcore.matching import Matcher
from clientcore.plan import make_plan
from clientcore.recent import Recent
from clientcore.ruleset import SUBJECTS

#: What decides one subject.
Executor = Literal["record", "durable"]
#: (what decides a subject, what computes of its account what it reads, what both need of the data).
Runs = tuple[RecordExecutor, RecordExecutor | None, Need]
#: How many executors an engine keeps at least, each of them the plan of a subject, an `only` and a matcher.
_MOST = 32


@attrs.frozen(eq=False)
class Executors:
    """The record executors of an engine; those that nobody asked for in a while are forgotten, and made again.

    Args:
        checked: The checked rulesets, without errors.
        doubt: How much more confident another action must be than a mentoring one, 0 to 1.
        plugins: Plugin → version.
        person: Facts about persons that count.
        varying: (profile, condition, params) of the profiles that may hold without being named.
    """

    checked: Checked
    doubt: float
    plugins: Mapping[str, str]
    person: frozenset[str]
    varying: tuple[Any, ...] = ()
    _kept: Recent[tuple[Any, ...], Runs] = attrs.field(factory=lambda: Recent(_MOST), init=False)

    def __len__(self) -> int:
        return len(self._kept)

    def of(
        self, subject: str, only: tuple[str, ...] | None, executor: str = "record", matcher: Matcher | None = None
    ) -> Runs:
        """Return the executors of a kind of subject.

        Args:
            subject: account, opportunity, workstream or organisation.
            only: Ids or patterns to compute; None for all.
            executor: What the rules are asked of.
            matcher: What answers event patterns.

        Raises:
            FactError: There is no such subject or executor (CC403).
            ClientcoreError: `only` names nothing that there is (CC403).
            MissingExtraError: durable-rules is not installed.
        """
        key = (executor, subject, only, matcher)
        try:
            found = self._kept.get(key)
        except TypeError:  # what has no hash is no name; a matcher may have none
            return self._made(subject, only, ask_of(executor), matcher)
        # of two threads that make it, the second takes what the first one made
        return found or self._kept.keep(key, self._made(subject, only, ask_of(executor), matcher))

    def _made(self, subject: str, only: Sequence[str] | None, ask: Ask | None, matcher: Matcher | None) -> Runs:
        require_text("subject", subject, f"give one of: {', '.join(SUBJECTS)}")
        require_matcher(matcher)
        if subject not in SUBJECTS:
            raise FactError(f"CC403 unknown subject `{subject}`; {did_you_mean(subject, SUBJECTS)}")
        plan = make_plan(self.checked, subject, only=only)
        models = {f"model {name}": version for name, version in plan.models.items()}
        versions = MappingProxyType({**self.plugins, **models})  # every decision has this very one
        parent: RecordExecutor | None = None
        if subject in {"opportunity", "workstream"}:
            above = make_plan(self.checked, "account", only=(), extra=plan.parent, columns=plan.columns)
            parent = RecordExecutor(above, self.doubt, versions)
            plan = make_plan(self.checked, subject, only=only, columns=above.columns)
        runs = RecordExecutor(plan, self.doubt, versions, partial(self._explainer, parent), ask, matcher)
        return runs, parent, Need(plan.fields, plan.tables, self.person)

    def _explainer(
        self, parent: RecordExecutor | None, executor: RecordExecutor, call: Call, decision: Decision
    ) -> Explainer:
        return Explainer(executor.in_python, call, self.checked, decision, self.varying, parent)


def require_matcher(matcher: Any) -> None:
    """Refuse what answers no event patterns; nothing at all is the matcher in Python.

    Raises:
        FactError: It is no matcher (CC403).
    """
    if matcher is not None and not callable(getattr(matcher, "answer", None)):
        raise refused("matcher", matcher, "hand in a matcher")


def ask_of(executor: str) -> Ask | None:
    """Return what the rules are asked of; None for our own executor.

    Raises:
        FactError: There is no such executor (CC403).
        MissingExtraError: durable-rules is not installed.
    """
    require_text("executor", executor, "give `record` or `durable`")
    if executor == "record":
        return None
    if executor != "durable":
        raise FactError(f"CC403 no executor `{executor}`; {did_you_mean(executor, ('record', 'durable'))}")
    from clientcore.executors.durable import Asks

    return Asks()
