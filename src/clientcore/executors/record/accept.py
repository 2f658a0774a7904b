"""Accept handed-in facts: kinds, ranges, provenance, look-ahead (SEMANTICS 6, 14, 25)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from math import nan
from typing import Any

import attrs

from clientcore.entities import BARE_SOURCE, SOURCES, Fact
from clientcore.errors import Problem, did_you_mean
from clientcore.intake import values
from clientcore.plan import Handed, Plan

#: Unknown names that are told one by one, each with a near one.
_FEW = 5


class Acceptance:
    """Takes the facts of one evaluation; what it refuses is missing, with a problem.

    Args:
        plan: The plan, which says what is accepted.
        facts: Name → bare value or Fact.
        as_of: Day of the decision.
        person: Person-level facts that the caller opted in to.
    """

    __slots__ = ("_as_of", "_person", "_specs", "handed", "na", "problems")

    def __init__(self, plan: Plan, facts: Mapping[str, Any], as_of: date, person: frozenset[str]) -> None:
        self._specs: Mapping[str, Handed] = plan.handed
        self._as_of = as_of
        self._person = person
        self.na: dict[str, bool] = {}
        self.problems: list[Problem] = []
        self.handed: dict[str, Any] | None = None
        if facts:
            self._names(plan, facts)

    def _names(self, plan: Plan, facts: Mapping[str, Any]) -> None:
        # one comparison of sets is all that a call with known inputs costs
        if not plan.known_facts.issuperset(facts):
            self.problems += unknown_facts(sorted(map(str, facts.keys() - plan.known_facts)), plan.known_facts)
        for name in sorted(facts.keys() & plan.derived_facts) if plan.derived_facts else ():
            if facts[name] is None:
                continue
            value = self.take(name, facts[name])
            if (value is not None and value == value) or name in self.na:
                self.handed = self.handed or {}
                self.handed[name] = value

    def take(self, name: str, raw: Any) -> Any:
        """Return a handed-in value in internal form; missing where it is refused."""
        spec = self._specs[name]
        missing = nan if spec.kind.name in {"number", "day", "instant"} else None
        fact = raw if isinstance(raw, Fact) else Fact(raw)
        if raw is fact and not _plain(fact):
            fact, wrong_marks = settled(spec.id, fact)
            self.problems += wrong_marks
        if isinstance(fact.value, Fact):
            # of two sources and two days neither is the one that holds
            message = f"fact `{name}` is a `Fact` whose value is another `Fact`"
            self.problems.append(Problem("CC602", message, help="hand in one, with the value itself"))
            return missing
        if not self._allowed(spec, fact):
            return missing
        if not fact.applicable:
            self.na[name] = True
            return missing
        if values.absent(fact.value):
            return missing
        value, wrong = accepted(fact.value, spec)
        if wrong:
            self.problems.append(wrong)
            return missing
        return value

    def _allowed(self, spec: Handed, fact: Fact) -> bool:
        if spec.person and spec.id not in self._person:
            message = f"fact `{spec.id}` is about persons and is left out"
            self.problems.append(Problem("CC604", message, help="name it in `person_facts` to opt in"))
            return False
        if fact.observed_at is not None and not self._seen(spec, fact.observed_at):
            return False
        if spec.requires_source and fact.source not in spec.requires_source:
            message = f"fact `{spec.id}` has source `{fact.source}` and is ignored"
            self.problems.append(Problem("CC604", message, help=f"it takes {' or '.join(spec.requires_source)} only"))
            return False
        return True

    def _seen(self, spec: Handed, observed_at: Any) -> bool:
        try:
            seen = values.absent(observed_at) or values.day(values.plain(observed_at)) <= self._as_of.toordinal()
        except Exception as error:  # noqa: BLE001 (as in `accepted`)
            unfit = _unfit(error, observed_at, "a day")
            message = f"`observed_at` of fact `{spec.id}` is {unfit.found}, so nobody knows whether it is seen yet"
            self.problems.append(Problem(unfit.code, message, help=f"write {unfit.want}"))
            return False
        if not seen:
            message = f"fact `{spec.id}` was observed after {self._as_of}"
            self.problems.append(Problem("CC612", message, help="it is unseen on that day"))
        return seen


def settled(name: str, fact: Fact) -> tuple[Fact, list[Problem]]:
    """Return a handed-in fact without the marks that are none, and the problems of these (SEMANTICS 25).

    Args:
        name: The fact.
        fact: What was handed in for it; its value and its day are looked at elsewhere.
    """
    kept, wrong = {}, []
    for mark, default in _MARKS.items():
        given = getattr(fact, mark)
        try:
            kept[mark] = default if values.absent(given) else _MARK[mark](values.plain(given))
        except Exception as error:  # noqa: BLE001 (as in `accepted`)
            unfit = _unfit(error, given, "")
            help_ = f"write {unfit.want}" if unfit.want else did_you_mean(given, SOURCES, len(SOURCES))
            wrong.append(Problem("CC602", f"`{mark}` of fact `{name}` is {unfit.found}; it is left out", help=help_))
            kept[mark] = default
    return attrs.evolve(fact, **kept), wrong


def _plain(fact: Fact) -> bool:
    """Return whether all that stands beside a value is surely as it should be: it is in nearly every call."""
    return (
        type(fact.source) is str
        and fact.source in SOURCES
        and (fact.n is None or (type(fact.n) is int and fact.n >= 0))
        and (fact.assessed_by_role is None or type(fact.assessed_by_role) is str)
        and type(fact.applicable) is bool
    )


def unknown_facts(names: Sequence[str], known: Collection[str]) -> list[Problem]:
    """Return the problems of names that no ruleset knows: one by one while they are few, else in one line."""
    if len(names) <= _FEW:
        return [Problem("CC601", f"unknown fact `{name}` handed in", help=did_you_mean(name, known)) for name in names]
    few = ", ".join(f"`{name}`" for name in names[:_FEW])
    message = f"{len(names)} unknown facts handed in: {few}, ... and {len(names) - _FEW} more"
    return [Problem("CC601", message, help="none of the rulesets here reads them")]


def accepted(raw: Any, spec: Handed) -> tuple[Any, Problem | None]:
    """Return (internal value, problem) of a value for a fact of that kind and range."""
    kind = spec.kind
    try:
        if kind.name == "list" and isinstance(raw, list | tuple) and kind.of is not None:
            return tuple(_CONVERT[kind.of.name](values.plain(item)) for item in raw), None
        convert = _CONVERT.get(kind.name)
        if convert is None:
            raise values.UnfitError(values.describe(raw), str(kind))
        value = convert(values.plain(raw))
    except Exception as error:  # noqa: BLE001 (a value of any class may raise anything when it is looked at)
        unfit = _unfit(error, raw, str(kind))
        message = f"fact `{spec.id}` is {unfit.found}"
        return None, Problem(unfit.code, message, help=f"it takes {unfit.want}")
    if kind.name == "level" and kind.level is not None and value not in kind.level.labels:
        message = f"fact `{spec.id}` is `{value}`, which is no label of {kind}"
        return None, Problem("CC602", message, help=did_you_mean(value, kind.level.labels))
    if spec.range is not None and kind.name == "number" and not spec.range[0] <= value <= spec.range[1]:
        message = f"fact `{spec.id}` is {value:g}, outside {spec.range[0]:g} to {spec.range[1]:g}"
        return None, Problem("CC603", message, help="it counts as missing")
    return value, None


def _unfit(error: Exception, raw: Any, want: str) -> values.UnfitError:
    return error if isinstance(error, values.UnfitError) else values.UnfitError(values.describe(raw), want)


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "number": values.number,
    "text": values.text,
    "level": values.text,
    "boolean": values.boolean,
    "day": values.day,
    "instant": values.instant,
}


def _source(given: Any) -> str:
    if not isinstance(given, str) or given not in SOURCES:
        raise values.UnfitError(values.describe(given), "")
    return given


def _count(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or given < 0 or given != given // 1:
        raise values.UnfitError(values.describe(given), "a whole number, 0 or more")
    return int(given)


#: What stands beside the value of a fact → what counts where it is absent or none.
_MARKS: Mapping[str, Any] = {"source": BARE_SOURCE, "n": None, "assessed_by_role": None, "applicable": True}
_MARK: Mapping[str, Callable[[Any], Any]] = {
    "source": _source,
    "n": _count,
    "assessed_by_role": values.text,
    "applicable": values.boolean,
}
