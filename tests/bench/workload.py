"""The seeded workload of the benchmarks: 30 facts, rules of 2 to 4 conditions with negation and `!=`.

It gives the same rules as a ruleset, as one straight Python function written the way one would by hand, and as plain
data for other engines. Facts: 10 real, 10 whole, 6 text, 4 boolean; 5 % are missing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

SEED = 20260630
REALS = [f"f{i}" for i in range(10)]
WHOLES = [f"i{i}" for i in range(10)]
TEXTS = [f"s{i}" for i in range(6)]
FLAGS = [f"b{i}" for i in range(4)]
FIELDS = [*REALS, *WHOLES, *TEXTS, *FLAGS]
VOCABULARY = {name: [f"{name}_{letter}" for letter in "abcdefgh"[: 4 + at]] for at, name in enumerate(TEXTS)}
MISSING = 0.05

Condition = tuple[str, str, Any]
Rule = dict[str, Any]


def accounts(n: int, seed: int = SEED) -> list[dict[str, Any]]:
    """Return n accounts as mappings of facts; whole numbers are handed in as doubles, missing as None."""
    rng = random.Random(seed)
    return [{name: _value(rng, name) for name in FIELDS} for _ in range(n)]


def _value(rng: random.Random, name: str) -> Any:
    if rng.random() < MISSING:
        return None
    if name in REALS:
        return round(rng.lognormvariate(2.0, 1.0), 2)
    if name in WHOLES:
        return float(int(rng.expovariate(0.05)))
    if name in TEXTS:
        words = VOCABULARY[name]
        return words[min(int(rng.expovariate(0.5)), len(words) - 1)]
    return rng.random() < 0.4


def rules(count: int, seed: int = SEED) -> list[Rule]:
    """Return rules as data: joined by `all` or `any`, with a weight from -10 to 30."""
    rng = random.Random(seed)
    found = []
    for at in range(count):
        joined = "all" if rng.random() < 0.65 else "any"
        conditions = [_condition(rng) for _ in range(rng.choice([2, 3, 3, 4]))]
        weight = rng.choice([w for w in range(-10, 31) if w])
        found.append({"id": f"r{at:03d}", "joined": joined, "conditions": conditions, "weight": float(weight)})
    return found


def _condition(rng: random.Random) -> tuple[bool, str, str, Any]:
    """Return (negated, field, operator, operand)."""
    negated = rng.random() < 0.15
    kind = rng.random()
    if kind < 0.3:
        return negated, rng.choice(REALS), rng.choice([">", ">=", "<"]), round(rng.lognormvariate(2.0, 1.0), 1)
    if kind < 0.55:
        return negated, rng.choice(WHOLES), rng.choice([">", "<=", "<", "==", "!="]), float(int(rng.expovariate(0.05)))
    if kind < 0.7:
        name = rng.choice(TEXTS)
        return negated, name, rng.choice(["==", "!="]), rng.choice(VOCABULARY[name])
    if kind < 0.8:
        name = rng.choice(TEXTS)
        return negated, name, "in", sorted(rng.sample(VOCABULARY[name], 3))
    if kind < 0.9:
        return negated, rng.choice(FLAGS), "is", True
    first, second = rng.sample(REALS, 2)
    # a limit that no difference of two amounts in cents can equal, so that decimal engines agree as well
    return negated, first, rng.choice(["ratio", "difference"]), (second, round(rng.lognormvariate(0.0, 0.7), 2) + 0.005)


def cel(condition: tuple[bool, str, str, Any]) -> str:
    """Return a condition as text of the language."""
    negated, name, operator, operand = condition
    if operator == "ratio":
        text = f"{name} / {operand[0]} > {operand[1]!r}"
    elif operator == "difference":
        text = f"{name} - {operand[0]} > {operand[1]!r}"
    elif operator == "in":
        text = f"{name} in [{', '.join(repr(word) for word in operand)}]"
    elif operator == "is":
        text = name
    else:
        text = f"{name} {operator} {operand!r}"
    return f"!({text})" if negated else text


def ruleset(made: list[Rule]) -> str:
    """Return the rules as a ruleset file with one score over them and five bands."""
    lines = [
        "format: clientcore/1",
        "language: cel-profile/1",
        "ruleset: bench.rules",
        "version: 1.0.0",
        "subject: account",
        "title: Benchmark",
        "inputs:",
    ]
    kinds = {
        **dict.fromkeys(REALS + WHOLES, "number"),
        **dict.fromkeys(TEXTS, "text"),
        **dict.fromkeys(FLAGS, "boolean"),
    }
    lines += [f"  {name}: {{kind: {kind}, doc: a fact}}" for name, kind in kinds.items()]
    lines.append("rules:")
    for rule in made:
        joint = " && " if rule["joined"] == "all" else " || "
        lines += [f"  - id: {rule['id']}", f'    when: "{joint.join(cel(c) for c in rule["conditions"])}"']
    low, high = span(made)
    lines += ["scores:", "  score:", "    aggregate: sum", f"    range: [{low}, {high}]", "    terms:"]
    for rule in made:
        weight = rule["weight"]
        value = f"fired('bench.rules/{rule['id']}') ? {weight} : 0"
        ends = f"[{min(weight, 0.0)}, {max(weight, 0.0)}]"
        lines.append(f'      - {{id: {rule["id"]}, value: "{value}", range: {ends}}}')
    lines.append("    bands:")
    lines += [f"      - {{id: {name}, below: {edge}}}" for name, edge in zip("edcb", edges(made), strict=True)]
    lines.append("      - {id: a}")
    return "\n".join(lines) + "\n"


def span(made: list[Rule]) -> tuple[float, float]:
    """Return the range of the score."""
    weights = [rule["weight"] for rule in made]
    return sum(min(w, 0.0) for w in weights), sum(max(w, 0.0) for w in weights)


def edges(made: list[Rule]) -> list[float]:
    """Return the four edges between the bands."""
    low, high = span(made)
    return [round(low + (high - low) * part) for part in (0.25, 0.35, 0.45, 0.6)]


def by_hand(made: list[Rule]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Return one straight function: facts → (fired, unknown, low, high, band), written as one would by hand.

    Missing numbers are NaN, so that comparisons with them are false; each condition stands once as *true* and once as
    *false*.
    """
    lines = ["def evaluate(d):", "    fired = []; unknown = []; low = high = 0.0; get = d.get"]
    for name in FIELDS:
        lines.append(f"    {name} = get({name!r})")
        if name in REALS or name in WHOLES:
            lines.append(f"    if {name} is None: {name} = NAN")
    for rule in made:
        pairs = [_python(condition) for condition in rule["conditions"]]
        yes, no = (" and ", " or ") if rule["joined"] == "all" else (" or ", " and ")
        weight = rule["weight"]
        lines += [
            f"    if {yes.join(pair[0] for pair in pairs)}:",
            f"        fired.append('bench.rules/{rule['id']}'); low += {weight}; high += {weight}",
            f"    elif not ({no.join(pair[1] for pair in pairs)}):",
            f"        unknown.append('bench.rules/{rule['id']}'); {'high' if weight > 0 else 'low'} += {weight}",
        ]
    first, second, third, fourth = edges(made)
    lines += [
        "    def band(x):",
        f"        return 'e' if x < {first} else 'd' if x < {second} else 'c' if x < {third}"
        f" else 'b' if x < {fourth} else 'a'",
        "    return fired, unknown, low, high, band(low) if band(low) == band(high) else None",
    ]
    space: dict[str, Any] = {"NAN": float("nan")}
    exec("\n".join(lines), space)
    function: Callable[[dict[str, Any]], tuple[Any, ...]] = space["evaluate"]
    return function


def _python(condition: tuple[bool, str, str, Any]) -> tuple[str, str]:
    negated, name, operator, operand = condition
    opposite = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
    if operator in opposite:
        pair = (f"{name} {operator} {operand!r}", f"{name} {opposite[operator]} {operand!r}")
    elif operator in {"==", "!="} and name in WHOLES:
        same = (f"{name} == {operand!r}", f"({name} < {operand!r} or {name} > {operand!r})")
        pair = same if operator == "==" else same[::-1]
    elif operator in {"==", "!="}:
        same = (f"{name} == {operand!r}", f"({name} != {operand!r} and {name} is not None)")
        pair = same if operator == "==" else same[::-1]
    elif operator == "in":
        choices = "{" + ", ".join(repr(word) for word in operand) + "}"
        pair = (f"{name} in {choices}", f"({name} not in {choices} and {name} is not None)")
    elif operator == "is":
        pair = (name, f"{name} is False")
    elif operator == "ratio":
        value = f"({name} / {operand[0]} if {operand[0]} else NAN)"
        pair = (f"{value} > {operand[1]!r}", f"{value} <= {operand[1]!r}")
    else:
        pair = (f"{name} - {operand[0]} > {operand[1]!r}", f"{name} - {operand[0]} <= {operand[1]!r}")
    return pair[::-1] if negated else pair
