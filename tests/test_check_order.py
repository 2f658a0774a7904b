"""Facts in the order in which they read each other, cycles, slots, and that nothing depends on the order of files."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from check_samples import BODY, problems_of, ruleset, shown
from clientcore.catalog import Catalog, FactSpec, Function
from clientcore.check import check, reads
from clientcore.check.order import components, cycle_of
from clientcore.errors import Problem
from clientcore.expr import NUMBER, Node
from clientcore.slots import slots

FIX = "read what one of them reads instead, or use `previous.…`"


def test_every_slot_has_a_tree():
    checked = check([ruleset(BODY)])

    assert checked.problems == ()
    assert {path for owner, path in checked.nodes if owner == "a"} == {slot.path for slot in slots(checked.rulesets[0])}
    assert shown(checked.nodes["a", "tables/tier/rows/big/0"]) == "gt(fact=due, literal=3.0)"
    assert shown(checked.nodes["a", "scores/trust/bands/low"]) == "literal=40.0"


def test_kinds_pass_through_facts_in_any_order():
    checked = check([ruleset("facts: {c: {value: b + 1}, b: {value: a1 * 2}, a1: {value: contacts.size()}}\n")])

    assert checked.problems == ()
    assert [str(fact.kind) for fact in checked.scope.facts.values()] == ["number", "number", "number"]


def test_facts_pass_through_rulesets():
    first = ruleset("facts: {x: {value: y > 1}}\n", "one", file="1.yaml")
    second = ruleset("facts: {y: {value: contacts.size()}}\nrules: [{id: r, when: x}]\n", "two", file="2.yaml")
    checked = check([first, second])

    assert checked.problems == ()
    assert shown(checked.nodes["two", "rules/r"]) == "fact=x"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("facts: {x: {value: x + 1}}\n", [f"a.yaml:1:20: CC301 cycle: `x → x`; {FIX}"]),
        ("facts: {x: {value: y + 1}, y: {value: x + z}, z: {value: y}}\nrules: [{id: r, when: x > 1}]\n",
         [f"a.yaml:1:20: CC301 cycle: `x → y → x`; {FIX}"]),
        ("rules: [{id: r, when: \"fired('a/s')\"}, {id: s, when: \"!fired('a/r')\"}]\n",
         [f"a.yaml:1:24: CC301 cycle: `a/r → a/s → a/r`; {FIX}"]),
        ("facts: {x: {value: a.s}}\n"
         "scores: {s: {aggregate: sum, range: [0, 1], terms: [{id: t, value: x, range: [0, 1]}]}}\n",
         [f"a.yaml:1:20: CC301 cycle: `x → a.s → x`; {FIX}"]),
        ("applies_when: fired('a/r')\nrules: [{id: r, when: credit_on_hold}]\n",
         [f"a.yaml:1:15: CC301 cycle: `a (applies_when) → a/r → a (applies_when)`; {FIX}"]),
        ("scores: {s: {aggregate: sum, range: [0, 1], terms: [{id: t, value: previous.a.s, range: [0, 1]}]}}\n", []),
        ("states: {m: {initial: x, transitions: [{from: x, to: y, when: \"a.m == 'x'\"}]}}\n",
         [f"a.yaml:1:64: CC301 cycle: `a.m → a.m`; {FIX}"]),
    ],
)  # fmt: skip
def test_cycles(body: str, expected: list[str]):
    assert problems_of(body) == expected


def test_what_reads_a_wrong_fact_is_not_blamed():
    body = "facts: {x: {value: zzz}, y: {value: x + 1}}\nrules: [{id: r, when: y > 2 && x > 1}]\n"

    assert problems_of(body) == ["a.yaml:1:20: CC201 unknown name `zzz`; declare it under `inputs` or `facts`"]


def test_declared_kinds_and_levels_of_facts():
    body = """\
levels: {mode: {order: [low, high]}}
facts:
  a1: {value: "true", kind: number}
  b: {value: "credit_on_hold ? 'low' : 'hihg'", level: mode}
  c: {value: "credit_on_hold ? 'low' : 'high'", level: mode}
  d: {value: industry, level: mode}
  e: {value: c, level: mode}
"""
    assert problems_of(body) == [
        "a.yaml:3:16: CC203 fact `a1` is declared as number, and its value is a boolean; "
        "write `kind: boolean` or leave it out",
        "a.yaml:4:15: CC206 `hihg` is not a label of level `mode`; did you mean `high`?",
        "a.yaml:6:14: CC203 fact `d` has level `mode`, and its value is a text; give labels of that level, written out",
    ]


def test_what_kind_each_slot_wants():
    body = """\
applies_when: industry
facts: {x: {value: contacts}}
rules: [{id: r, when: contacts.size()}]
scores:
  s:
    aggregate: weighted_mean
    range: [0, 1]
    terms: [{id: t, value: credit_on_hold, range: [0, 1], weight: employees}]
    caps: [{when: credit_on_hold, at: employees}, {when: credit_on_hold, at: 1 / 2}]
tables: {t: {hit_policy: first, inputs: [zzz], rows: [{id: r, when: ["> 1"], then: {o: A}}]}}
"""
    assert problems_of(body) == [
        "a.yaml:1:15: CC203 a condition is wanted, this is a text; compare it",
        "a.yaml:2:20: CC203 a value is wanted, this is a list of record of `contacts`; "
        "choose a field, count them or ask whether one exists",
        "a.yaml:3:23: CC203 a condition is wanted, this is a number; compare it",
        "a.yaml:8:28: CC203 a number is wanted, this is a boolean; write `condition ? 1 : 0`",
        "a.yaml:8:67: CC201 `employees` can't stand here; only params, numbers, states and outcomes can",
        "a.yaml:9:39: CC201 `employees` can't stand here; only params and numbers can",
        "a.yaml:9:78: CC203 only a number or a param can stand here; make it a param",
        "a.yaml:10:42: CC201 unknown name `zzz`; declare it under `inputs` or `facts`",
    ]


def test_facts_of_plugins():
    catalog = Catalog(
        facts={
            "margin": FactSpec(id="margin", kind="number"),
            "rich": FactSpec(id="rich", kind="boolean", value="margin > 3"),
            "poor": FactSpec(id="poor", kind="number", value="!rich"),
            "odd": FactSpec(id="odd", kind="number", value="1 +"),
            "name": FactSpec(id="name", kind="number"),
        },
        functions={
            "size": Function(id="size", params=("x",), body="x"),
            "bad": Function(id="bad", params=(), body="("),
        },
    )
    checked = check([ruleset("rules: [{id: r, when: rich && margin < 2}]\n")], catalog)

    assert shown(checked.nodes["", "facts/rich"]) == "gt(fact=margin, literal=3.0)"
    assert [str(one) for one in checked.problems] == [
        "CC202 in fact `odd` of a plugin: the end where a value, a name or `(` should stand",
        "CC202 in function `bad`: the end where a value, a name or `(` should stand",
        "CC302 fact `name` of a plugin has the name of a field or table of account; give it another name",
        "CC302 function `size` is built in; give it another name",
        "<plugin fact poor>:1:1: CC203 fact `poor` is declared as number, and its value is a boolean; "
        "write `kind: boolean` or leave it out",
    ]


def test_reads():
    checked = check(
        [ruleset(BODY + "  other: {initial: x, transitions: [{from: x, to: y, when: ok && a.tier == 'A'}]}\n")]
    )

    assert reads(checked.nodes["a", "states/other/0"]) == {("fact", "ok"), ("table", "a", "tier")}
    parent = Node("parent", NUMBER, (Node("fact", NUMBER, value="x"),))
    assert reads(parent) == frozenset()


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_rulesets_changes_nothing(order: list[str]):
    bodies = {
        "a": "facts: {x: {value: y + 1}}\n",
        "b": "facts: {y: {value: z}, w: {value: w2}, w2: {value: w}}\n",
        "c": "inputs: {z: {kind: number}}\nrules: [{id: r, when: x > 1 && nope}]\n",
        "d": "facts: {y: {value: z, doc: another}}\n",
    }
    made = {name: ruleset(body, name, file=f"{name}.yaml") for name, body in bodies.items()}

    assert check([made[name] for name in order]) == check([made[name] for name in sorted(made)])


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12)), max_size=13))
def test_components_come_after_what_they_read(numbers: dict[int, set[int]]):
    graph = {(str(key),): [(str(below),) for below in sorted(reads_)] for key, reads_ in numbers.items()}
    groups = list(components(graph))
    place = {key: at for at, group in enumerate(groups) for key in group}

    assert sorted(place) == sorted(graph)
    for key, below in graph.items():
        assert all(place[one] <= place[key] for one in below if one in place)
    for group in groups:
        cycle = cycle_of(group, graph)
        assert bool(cycle) == (len(group) > 1 or group[0] in graph[group[0]])
        assert all(after in graph[before] for before, after in pairwise(cycle))


def test_a_long_chain_of_facts_is_no_problem():
    names = [f"f{at}" for at in range(3000)]
    random.Random(1).shuffle(names)
    lines = [f"  {name}: {{value: f{int(name[1:]) + 1} + 1}}" for name in names]
    body = "inputs: {f3000: {kind: number}}\nfacts:\n" + "\n".join(lines) + "\n"

    assert check([ruleset(body)]).problems == ()


def test_problems_stand_in_order_of_place_and_once():
    checked = check([ruleset("rules: [{id: r, when: nope}, {id: s, when: nope2}]\n"), ruleset(id_="a", file="b.yaml")])

    assert [(one.code, str(one.where)) for one in checked.problems] == [
        ("CC201", "a.yaml:7:23"),
        ("CC201", "a.yaml:7:44"),
        ("CC111", "b.yaml:3:10"),
    ]
    assert checked.problems[2] == Problem(
        "CC111", "ruleset `a` is already defined in a.yaml", checked.problems[2].where, "give it an id of its own"
    )
