"""Rules in groups: conditions chunked into rulesets of durable-rules, asked with one message for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import attrs

from clientcore.errors import UnsupportedError
from clientcore.executors.durable.lowering import Condition, Lowering, sent
from clientcore.executors.durable.native import NativeRuleset, library
from clientcore.expr import Node
from clientcore.plan import RuleStep

#: What one ruleset of durable-rules may hold; it fails beyond 64 alternatives, 15 groups in a rule, 252 properties.
ALTERNATIVES, GROUPS, TESTS, PROPERTIES = 60, 15, 400, 200


class Asks:
    """Answers rules in place of the generated function.

    Raises:
        MissingExtraError: durable-rules is not installed.
    """

    def __init__(self) -> None:
        library()

    def __call__(self, steps: Sequence[RuleStep]) -> tuple[tuple[Node, ...], Group]:
        """Return the values that rules stand on, and what gives their truths for these values.

        Raises:
            UnsupportedError: A condition is larger than durable-rules can do (CC401).
        """
        low = Lowering()
        pairs = [low.pair(step.node) for step in steps]
        rules: dict[str, Condition] = {}
        for at, pair in enumerate(pairs):
            rules |= {f"{way}{at}": condition for way, condition in zip("yn", pair, strict=True)}
        for name, condition in rules.items():
            _require_small(steps[int(name[1:])], condition)
        return tuple(low.fields), Group(tuple(_chunks(rules)), len(steps), tuple(low.fields.values()))


def require_small(step: RuleStep) -> None:
    """Refuse a rule that durable-rules can't hold, without asking for the library.

    Raises:
        UnsupportedError: It is larger (CC401).
    """
    for condition in Lowering().pair(step.node):
        _require_small(step, condition)


def _require_small(step: RuleStep, condition: Condition) -> None:
    for what, found, most in (
        ("alternatives", _alternatives(condition), ALTERNATIVES),
        ("groups of `&&` and `||`", _groups(condition) + 1, GROUPS),
        ("comparisons", _tests(condition), TESTS),
        ("values", len(_names(condition)), PROPERTIES),
    ):
        if found > most:
            raise UnsupportedError(
                f"CC401 rule `{'/'.join(step.key[1:])}` can't run on durable-rules: {found} {what} when it is true or "
                f"when it is false, at most {most}; make parts of it facts, or use executor='record'"
            )


def _chunks(rules: dict[str, Condition]) -> Iterator[dict[str, Any]]:
    """Yield the rules in rulesets that stay within the limits; what is never true is in none."""
    chunk: dict[str, Any] = {}
    used = [0, 0]
    names: frozenset[str] = frozenset()
    for name, condition in rules.items():
        if condition is None:
            continue
        size = [_alternatives(condition), _tests(condition)]
        more = names | _names(condition)
        full = used[0] + size[0] > ALTERNATIVES or used[1] + size[1] > TESTS or len(more) > PROPERTIES
        if chunk and full:
            yield chunk
            chunk, used, more = {}, [0, 0], _names(condition)
        chunk[name] = condition
        used, names = [a + b for a, b in zip(used, size, strict=True)], more
    if chunk:
        yield chunk


def _split(condition: Condition) -> tuple[str, Sequence[Condition]]:
    for group in ("$and", "$or"):
        if condition and group in condition:
            return group, condition[group]
    return "", ()


def _alternatives(condition: Condition) -> int:
    group, parts = _split(condition)
    if not group:
        return 1
    counts = [_alternatives(part) for part in parts]
    if group == "$or":
        return sum(counts)
    product = 1
    for count in counts:
        product *= count
    return product


def _groups(condition: Condition) -> int:
    group, parts = _split(condition)
    return (group != "") + sum(map(_groups, parts))


def _tests(condition: Condition) -> int:
    group, parts = _split(condition)
    return sum(map(_tests, parts)) if group else 1


def _names(condition: Condition) -> frozenset[str]:
    group, parts = _split(condition)
    if group:
        return frozenset().union(*map(_names, parts))
    names = set()
    for key, value in (condition or {}).items():
        inner = value if key.startswith("$") else {key: value}
        for name, operand in inner.items():
            names.add(name)
            if isinstance(operand, dict):
                names.add(operand["$m"])
    return frozenset(names)


@attrs.frozen(slots=False, eq=False)
class Group:
    """Some rules, ready to be asked.

    Args:
        chunks: Rulesets: rule → condition. `y3` is *rule 3 is true*, `n3` *is false*.
        size: How many rules there are.
        fields: Names of the properties, in the order of the values of a call.
    """

    chunks: tuple[dict[str, Any], ...]
    size: int
    fields: tuple[str, ...]
    _lock: Any = attrs.field(factory=Lock, init=False, repr=False)

    @cached_property
    def _natives(self) -> list[tuple[NativeRuleset, tuple[tuple[int, str], ...]]]:
        made = []
        for chunk in self.chunks:
            wanted = frozenset().union(*map(_names, chunk.values()))
            places = tuple((at, f'"{name}":') for at, name in enumerate(self.fields) if name in wanted)
            made.append((NativeRuleset(chunk), places))
        return made

    def __call__(self, *values: Any) -> tuple[bool | None, ...]:
        """Return the truth of each rule, given the values of the properties."""
        texts = [sent(value) for value in values]
        found: set[str] = set()
        with self._lock:
            for native, places in self._natives:
                found |= native.fired([head + text for at, head in places if (text := texts[at]) is not None])
        return tuple(True if f"y{at}" in found else False if f"n{at}" in found else None for at in range(self.size))
