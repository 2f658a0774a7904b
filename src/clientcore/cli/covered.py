"""Which rules are true, false and unknown in some case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.errors import counted
from clientcore.expr import Call, Expr, ListOf, Literal, Name, Select
from clientcore.ruleset import Rule

if TYPE_CHECKING:
    from clientcore.decision import Decision
    from clientcore.engine import Engine
    from clientcore.ruleset import DerivedFact

_WAYS = ("true", "false", "unknown")
#: Operators that are known once their operands are.
_TOTAL = {
    "_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "-_", "_?_:_", "@in",
}  # fmt: skip
#: Methods of a text that are known once it and their operands are; `matches` is not: a text may be too long for it.
_TOTAL_OF_TEXT = {"contains", "startsWith", "endsWith", "lowerAscii"}
#: Parts of a score that are known wherever the score applies.
_ENDS = {"low", "high", "coverage"}


class Covered:
    """Counts, over decisions, the ways in which each rule came out.

    Args:
        engine: Knows the rules.
        files: Ruleset files whose rules are counted.
    """

    def __init__(self, engine: Engine, files: Iterable[Path]) -> None:
        wanted = {path.resolve() for path in files}
        self._rules: dict[str, list[str]] = {}
        self._seen = {way: set[str]() for way in _WAYS}
        facts = {name: fact for ruleset in engine.rulesets for name, fact in ruleset.facts.items()}
        for ruleset in engine.rulesets:
            if Path(ruleset.file).resolve() in wanted:
                for name, rule in ruleset.firing.items():
                    self._rules.setdefault(ruleset.subject, []).append(f"{ruleset.id}/{name}")
                    # a table that is missing makes each pattern unknown
                    if isinstance(rule, Rule) and _always_known(rule.when.tree, facts):
                        self._seen["unknown"].add(f"{ruleset.id}/{name}")

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
        """Yield one line for each rule that lacks a way, then how many lack none.

        A rule that looks only at what is there or not is never unknown, and need not be.
        """
        rules = self._all()
        whole = 0
        for rule in rules:
            missing = self._missing(rule)
            whole += not missing
            if missing:
                yield f"{rule}: in no case {' or '.join(missing)}"
        yield f"{counted(len(rules), 'rule')}: {whole} of them true, false and, where they can be, unknown in some case"

    def _all(self) -> list[str]:
        return sorted(rule for rules in self._rules.values() for rule in rules)

    def _missing(self, rule: str) -> list[str]:
        return [way for way in _WAYS if rule not in self._seen[way]]


def _always_known(node: Expr, facts: Mapping[str, DerivedFact], there: frozenset[Expr] = frozenset()) -> bool:
    """Return whether a condition has an answer whatever is missing; `there` is what was looked at with `has` before."""
    match node:
        case Literal():
            return node.value is not None
        case Name():
            fact = facts.get(node.name)
            settled = fact is not None and fact.applies_when is None and not fact.requires_source
            known = settled and fact is not None and _always_known(fact.value.tree, facts)
            return known or node.name == "as_of" or node in there
        case Select():
            of_params = isinstance(node.operand, Name) and node.operand.name == "params"
            return node.test or of_params or node.field in _ENDS or node in there
        case ListOf():
            return all(_always_known(item, facts, there) for item in node.items)
        case Call(function="has"):
            return True
        case Call(function="_&&_" | "_?_:_" as function, args=(first, second, *rest)):
            seen = there | _looked_at(first)
            parts = [(first, there), (second, seen), *((each, there) for each in rest)]
            return all(_always_known(part, facts, given) for part, given in parts)
        case Call(function="_/_", args=(first, Literal(value=float() as divisor))):
            return divisor != 0.0 and _always_known(first, facts, there)
        case Call(function=function, target=None) if function in _TOTAL:
            return all(_always_known(one, facts, there) for one in node.args)
        case Call(function=function, target=Expr() as target) if function in _TOTAL_OF_TEXT:
            return all(_always_known(one, facts, there) for one in (target, *node.args))
        case _:
            return False


def _looked_at(node: Expr) -> frozenset[Expr]:
    match node:
        case Call(function="has", args=(name,)):
            return frozenset([name])
        case Call(function="_&&_", args=(first, second)):
            return _looked_at(first) | _looked_at(second)
        case Select(test=True):
            return frozenset([Select(operand=node.operand, field=node.field)])
        case _:
            return frozenset()
