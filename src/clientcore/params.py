"""Values of params per profile, in the order in which a plan reads them; nothing of it is compiled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs

from clientcore.arguments import require_text
from clientcore.check import Checked, check_expression
from clientcore.check.scope import Place
from clientcore.errors import ClientcoreError, Problem, did_you_mean
from clientcore.executors.record import Call, RecordExecutor
from clientcore.expr import Node
from clientcore.intake import Need, take
from clientcore.load import load_profile, merge_profile
from clientcore.plan import Plan, make_plan
from clientcore.recent import Recent
from clientcore.ruleset import Profile, Ruleset

Key = tuple[str, str]
#: Of how many plans, and of each for how many profiles, the values are kept at least.
_MOST_PLANS, _MOST_PROFILES = 32, 1024


@attrs.frozen(eq=False)
class Params:
    """Params of every profile.

    Args:
        defaults: (ruleset, param) → value in internal form.
        profiles: Profile → what it overrides; grows by those of plugins when they are first named.
        matches: (profile, condition), in the order given.
        executor: Evaluates the conditions; None without any.
        brought: Profile → file, of those that plugins bring.
        rulesets: Every ruleset that a profile may set params of.
    """

    defaults: Mapping[Key, Any]
    profiles: dict[str, Mapping[Key, Any]]
    matches: tuple[tuple[str, Node], ...] = ()
    executor: RecordExecutor | None = None
    brought: Mapping[str, Path] = attrs.field(factory=dict)
    rulesets: tuple[Ruleset, ...] = ()
    # by the number of a plan, with the plan itself: the number would be another plan's once it is gone
    _made: Recent[int, tuple[Plan, Recent[str | None, tuple[Any, ...]]]] = attrs.field(
        factory=lambda: Recent(_MOST_PLANS), init=False
    )

    @classmethod
    def of(cls, checked: Checked, given: Sequence[str | Path | Profile], problems: list[Problem]) -> Params:
        """Load and merge profiles; what is wrong with them is added to `problems`."""
        defaults = {key: internal(param.value) for key, param in checked.scope.params.items()}
        profiles: dict[str, Mapping[Key, Any]] = {}
        matches: list[tuple[str, Node]] = []
        for item in given:
            profile, wrong = (item, ()) if isinstance(item, Profile) else load_profile(item)
            problems += wrong
            if profile is None:
                continue
            values, wrong = merge_profile(profile, checked.rulesets)
            problems += wrong
            if profile.id in profiles:
                problems.append(Problem("CC111", f"profile `{profile.id}` is given twice", help="give each once"))
            profiles[profile.id] = {key: internal(value) for key, value in values.items()}
            if profile.match is not None:
                node, wrong = check_expression(profile.match, Place(scope=checked.scope), "boolean")
                problems += wrong
                if node is not None:
                    matches.append((profile.id, node))
        executor = None
        if matches and not any(problem.severity == "error" for problem in problems):
            plan = make_plan(checked, "account", only=(), extra=[node for _, node in matches])
            executor = RecordExecutor(plan, 0.0, {})
        return cls(defaults, profiles, tuple(matches), executor, checked.catalog.profiles, checked.rulesets)

    @property
    def has_matches(self) -> bool:
        """Whether a profile may hold without being named."""
        return self.executor is not None

    @property
    def by_match(self) -> tuple[Any, ...]:
        """(profile, condition, params) of those that may hold without being named; empty if there are none."""
        return tuple((name, node, tuple(self.profiles[name].items())) for name, node in self.matches)

    def require(self, profile: str | None, problems: list[Problem] | None = None) -> None:
        """Check that a profile is there; one that a plugin brings is read when it is first named.

        Raises:
            FactError: It is no name (CC403).
            ClientcoreError: It is not (CC113), or its file is wrong, and no list of problems was given to add this to.
        """
        if profile is None:
            return
        require_text("profile", profile, "give the name of a profile")
        if profile in self.profiles:
            return
        found: list[Problem] = []
        if profile in self.brought:
            values = self._read(profile, found)
            if not found:
                self.profiles[profile] = values
        else:
            known = sorted({*self.profiles, *self.brought})
            found.append(Problem("CC113", f"unknown profile `{profile}`", help=did_you_mean(profile, known)))
        if found and problems is None:
            raise ClientcoreError(problems=found)
        if problems is not None:
            problems += found

    def _read(self, name: str, problems: list[Problem]) -> Mapping[Key, Any]:
        profile, wrong = load_profile(self.brought[name])
        problems += wrong
        if profile is None:
            return {}
        if profile.id != name:
            message = f"file `{self.brought[name].name}` holds profile `{profile.id}`"
            problems.append(Problem("CC113", message, help="name the file after it"))
        here = {ruleset.id for ruleset in self.rulesets}  # the plugin of another ruleset may have been left out
        params = {ruleset: values for ruleset, values in profile.params.items() if ruleset in here}
        values, wrong = merge_profile(attrs.evolve(profile, params=params, reasons={}), self.rulesets)
        problems += wrong
        return {key: internal(value) for key, value in values.items()}

    def digest(self, profile: str) -> str:
        """Return the SHA-256 of what a profile sets, whatever its file looks like; it has to be there."""
        told = sorted([*key, value] for key, value in self.profiles.get(profile, {}).items())
        return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def values(self, plan: Plan, profile: str | None) -> tuple[Any, ...]:
        """Return the values of a plan's params, in its order.

        Raises:
            ClientcoreError: There is no such profile (CC113), or its file is wrong.
        """
        _, kept = self._made.get(id(plan)) or self._made.keep(id(plan), (plan, Recent(_MOST_PROFILES)))
        made = kept.get(profile)
        if made is None:
            self.require(profile)  # what a plugin's profile sets is not known before
            over = {} if profile is None else self.profiles[profile]
            made = kept.keep(profile, tuple(over.get(param, self.defaults[param]) for param in plan.params))
        return made

    def matching(self, account: Any, as_of: date) -> str | None:
        """Return the first profile whose condition is true of the account; None if there is none."""
        if self.executor is None:
            return None
        plan = self.executor.plan
        taken = take(account, Need(plan.fields, plan.tables), as_of)
        found = self.executor.values(Call(taken=taken, params=self.values(plan, None), as_of=as_of))
        return next((name for (name, _), truth in zip(self.matches, found, strict=True) if truth is True), None)


def internal(value: Any) -> Any:
    """Return a param's value in internal form: whole numbers as doubles, 0 in place of -0."""
    if isinstance(value, tuple):
        return tuple(internal(item) for item in value)
    return float(value) + 0.0 if isinstance(value, int | float) and not isinstance(value, bool) else value
