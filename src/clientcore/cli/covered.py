"""Which rules are true, false and unknown in some case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clientcore.decision import Decision
    from clientcore.engine import Engine

_WAYS = ("true", "false", "unknown")


class Covered:
    """Counts, over decisions, the ways in which each rule came out.

    Args:
        engine: Knows the rules.
        files: Ruleset files whose rules are counted.
    """

    def __init__(self, engine: Engine, files: Iterable[Path]) -> None:
        wanted = {path.resolve() for path in files}
        self._rules: dict[str, list[str]] = {"account": []}
        for ruleset in engine.rulesets:
            if Path(ruleset.file).resolve() in wanted:
                self._rules.setdefault(ruleset.subject, []).extend(f"{ruleset.id}/{rule}" for rule in ruleset.rules)
        self._seen = {way: set[str]() for way in _WAYS}

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        rules = set(self._rules.get(decision.subject, ()))
        unknown = rules.intersection(decision.unknown)
        true = rules.intersection(decision.fired) - unknown
        for way, found in zip(_WAYS, (true, rules - true - unknown, unknown), strict=True):
            self._seen[way] |= found

    @property
    def complete(self) -> bool:
        """Whether every rule came out in every way."""
        return not any(map(self._missing, self._all()))

    def lines(self) -> Iterator[str]:
        """Yield one line for each rule that lacks a way, then how many lack none."""
        rules = self._all()
        whole = 0
        for rule in rules:
            missing = self._missing(rule)
            whole += not missing
            if missing:
                yield f"{rule}: in no case {' or '.join(missing)}"
        yield f"{len(rules)} rules: {whole} of them true, false and unknown in some case"

    def _all(self) -> list[str]:
        return sorted(rule for rules in self._rules.values() for rule in rules)

    def _missing(self, rule: str) -> list[str]:
        return [way for way in _WAYS if rule not in self._seen[way]]
