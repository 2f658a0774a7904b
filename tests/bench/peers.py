"""The same rules on other engines; each gives the rules that fired, and nothing else.

A rule of the workload joins literals by all or any, so a rule is true exactly when its known literals make it so: each
peer is given its literals with a guard against missing values, in its fastest form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from workload import FIELDS, REALS, WHOLES, Rule

Peer = Callable[[dict[str, Any]], list[str]]
NEGATED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


def names_of(made: list[Rule]) -> list[str]:
    return [f"bench.rules/{rule['id']}" for rule in made]


def _literal(condition: tuple[bool, str, str, Any]) -> tuple[list[str], str, str, Any]:
    """Return (fields that must be known, left side, operator, right side) with the negation worked in."""
    negated, name, operator, operand = condition
    if operator in {"ratio", "difference"}:
        other, limit = operand
        sign = "/" if operator == "ratio" else "-"
        return [name, other], f"{name} {sign} {other}", "<=" if negated else ">", limit
    if operator in {"in", "is"}:
        return [name], name, f"not {operator}" if negated else operator, operand
    return [name], name, NEGATED[operator] if negated else operator, operand


def _infix(condition: tuple[bool, str, str, Any], conj: str, missing: str, words: dict[str, str]) -> str:
    known, left, operator, right = _literal(condition)
    guards = [f"{name} != {missing}" for name in known]
    if "/" in left:
        guards.append(f"{known[1]} != 0.0")
    if operator in {"in", "not in"}:
        choices = "[" + ", ".join(f'"{word}"' for word in right) + "]"
        test = words[operator].format(left, choices)
    elif operator in {"is", "not is"}:
        test = f"{left} == {'true' if operator == 'is' else 'false'}"
    else:
        value = f'"{right}"' if isinstance(right, str) else repr(right)
        test = f"{left} {operator} {value}"
    return "(" + f" {conj} ".join([*guards, test]) + ")"


def _rule(rule: Rule, conj: str, disj: str, missing: str, words: dict[str, str]) -> str:
    joint = conj if rule["joined"] == "all" else disj
    return f" {joint} ".join(_infix(condition, conj, missing, words) for condition in rule["conditions"])


def cel(made: list[Rule]) -> Peer:
    """common-expression-language (Rust): one program that gives a list."""
    import cel as library

    words = {"in": "{} in {}", "not in": "!({} in {})"}
    text = "[" + ", ".join(f"({_rule(rule, '&&', '||', 'null', words)})" for rule in made) + "]"
    program = library.compile(text).execute
    names = names_of(made)
    return lambda facts: [name for name, truth in zip(names, program(facts), strict=True) if truth is True]


def zen(made: list[Rule]) -> Peer:
    """zen-engine: one compiled expression that gives a list."""
    import zen as library

    text = "[" + ", ".join(f"({zen_rule(rule)})" for rule in made) + "]"
    program = library.compile_expression(text).evaluate
    names = names_of(made)
    return lambda facts: [name for name, truth in zip(names, program(facts), strict=True) if truth is True]


def zen_rule(rule: Rule) -> str:
    """Return a rule as an expression of zen-engine."""
    return _rule(rule, "and", "or", "null", {"in": "{} in {}", "not in": "{} not in {}"})


def rule_engine(made: list[Rule]) -> Peer:
    """rule-engine: one rule object each."""
    import rule_engine as library

    words = {"in": "{} in {}", "not in": "not ({} in {})"}
    matchers = [library.Rule(_rule(rule, "and", "or", "null", words)).matches for rule in made]
    names = names_of(made)
    return lambda facts: [name for name, matches in zip(names, matchers, strict=True) if matches(facts)]


def datalogic(made: list[Rule]) -> Peer:
    """datalogic-py (JSONLogic): one array of rules."""
    import datalogic_py as library

    session = library.Engine().session()
    program = library.Engine().compile([_json_logic(rule) for rule in made])
    names = names_of(made)
    evaluate = session.evaluate
    return lambda facts: [name for name, truth in zip(names, evaluate(program, facts), strict=True) if truth]


def _json_logic(rule: Rule) -> dict[str, Any]:
    parts = [_json_literal(condition) for condition in rule["conditions"]]
    return {"and" if rule["joined"] == "all" else "or": parts}


def _json_literal(condition: tuple[bool, str, str, Any]) -> dict[str, Any]:
    known, left, operator, right = _literal(condition)
    guards: list[dict[str, Any]] = [{"!==": [{"var": name}, None]} for name in known]
    side: dict[str, Any] = {"var": left}
    if len(known) == 2:
        sign = "/" if "/" in left else "-"
        side = {sign: [{"var": known[0]}, {"var": known[1]}]}
        if sign == "/":
            guards.append({"!==": [{"var": known[1]}, 0]})
    if operator.endswith("in"):
        test: dict[str, Any] = {"in": [side, list(right)]}
        test = {"!": [test]} if operator == "not in" else test
    elif operator.endswith("is"):
        test = {"===": [side, operator == "is"]}
    else:
        test = {{"==": "===", "!=": "!=="}.get(operator, operator): [side, right]}
    return {"and": [*guards, test]}


def durable(made: list[Rule]) -> Peer:
    """durable-rules: facts asserted and retracted on the C module, in rulesets of at most 30 rules.

    It can't divide a field on the left, so ratios and differences are handed in as fields of their own.
    """
    from clientcore.executors.durable.native import library as load

    library = load()

    chunks = [made[at : at + 30] for at in range(0, len(made), 30)]
    handles = []
    for at, chunk in enumerate(chunks):
        rules = {rule["id"]: {"all": [{"m": _durable_rule(rule)}]} for rule in chunk}
        handles.append(library.create_ruleset(f"chunk{at}", _doubles(rules)))
    derived = _derived(made)

    def run(facts: dict[str, Any]) -> list[str]:
        known: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
        for name, (first, second, sign) in derived.items():
            a, b = facts[first], facts[second]
            if a is not None and b is not None and (sign == "-" or b):
                known[name] = a - b if sign == "-" else a / b
        message = _doubles({"t": "account", "id": "1", "sid": "1", **known})
        fired: set[str] = set()
        for handle in handles:
            _, offset = library.assert_fact(handle, message)
            started = library.start_action_for_state(handle, offset)
            action = started[1] if started else None
            while action:
                fired.update(json.loads(action))
                action = library.complete_and_start_action(handle, offset)
            library.retract_fact(handle, message)
        return sorted(f"bench.rules/{name}" for name in fired)

    return run


def _derived(made: list[Rule]) -> dict[str, tuple[str, str, str]]:
    found = {}
    for rule in made:
        for condition in rule["conditions"]:
            if condition[2] in {"ratio", "difference"}:
                sign = "/" if condition[2] == "ratio" else "-"
                found[f"{condition[2]}_{condition[1]}_{condition[3][0]}"] = (condition[1], condition[3][0], sign)
    return found


def _durable_rule(rule: Rule) -> dict[str, Any]:
    parts = [_durable_literal(condition) for condition in rule["conditions"]]
    return {"$and": [{"t": "account"}, {"$and" if rule["joined"] == "all" else "$or": parts}]}


def _durable_literal(condition: tuple[bool, str, str, Any]) -> dict[str, Any]:
    known, left, operator, right = _literal(condition)
    name = left if len(known) == 1 else f"{condition[2]}_{known[0]}_{known[1]}"
    if operator.endswith("in"):
        test = "$eq" if operator == "in" else "$neq"
        choices = [{test: {name: word}} for word in right]
        body: dict[str, Any] = {"$or" if operator == "in" else "$and": choices}
    elif operator.endswith("is"):
        body = {"$eq": {name: operator == "is"}}
    else:
        words = {">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte", "==": "$eq", "!=": "$neq"}
        body = {words[operator]: {name: right}}
    return {"$and": [{"$ex": {name: 1}}, body]}


def _doubles(data: Any) -> str:
    """Return JSON in which every number is a double with a dot, as the engine needs it."""
    text = json.dumps(data, ensure_ascii=False)
    return text if "e-" not in text and "e+" not in text else _without_exponents(data)


def _without_exponents(data: Any) -> str:
    def clean(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 9)
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items()}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return json.dumps(clean(data), ensure_ascii=False)


PEERS: dict[str, Callable[[list[Rule]], Peer]] = {
    "datalogic-py": datalogic,
    "zen-engine": zen,
    "common-expression-language": cel,
    "durable-rules": durable,
    "rule-engine": rule_engine,
}
assert set(FIELDS) >= set(REALS + WHOLES)
