"""Every trap of durable-rules that was measured, and that the executor `durable` stays out of it."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import pytest

import clientcore as cc
from built import engine_of
from clientcore.errors import MissingExtraError, UnsupportedError
from clientcore.executors.durable import OPS, lowering, native
from clientcore.expr import OPS as ALL
from durable_rules import require_durable

require_durable()
AS_OF = date(2026, 6, 30)
#: Inputs that every ruleset here may read.
INPUTS = {
    "n": {"kind": "number"},
    "m": {"kind": "number"},
    "s": {"kind": "text"},
    "z": {"kind": "text"},
    "b": {"kind": "boolean"},
    "c": {"kind": "boolean"},
    "d": {"kind": "day"},
}


def engine(*conditions: str) -> cc.Engine:
    """Return an engine of rules r0, r1, … with these conditions."""
    inputs = {name: {**spec, "doc": name} for name, spec in INPUTS.items()}
    rules = [
        {"id": f"r{at}", "when": condition, "effect": {"finding": {"severity": "low"}}}
        for at, condition in enumerate(conditions)
    ]
    head = {"format": "clientcore/1", "language": "cel-profile/1", "ruleset": "t.d", "version": "1.0.0", "title": "t"}
    return engine_of([{**head, "subject": "account", "precedence": "other", "inputs": inputs, "rules": rules}])


def truths(made: cc.Engine, **facts: Any) -> dict[str, bool | None]:
    """Return rule → truth by durable-rules, which the record executor has to share."""
    found = made.evaluate({"id": "acme"}, as_of=AS_OF, facts=facts, executor="durable")
    assert found == made.evaluate({"id": "acme"}, as_of=AS_OF, facts=facts)
    names = [step.key[2] for step in made.plan().steps]
    return {
        name: True if f"t.d/{name}" in found.fired else None if f"t.d/{name}" in found.unknown else False
        for name in names
    }


@pytest.mark.parametrize(
    ("condition", "facts", "truth"),
    [
        # a missing right-hand side would leave the result of the comparison before it
        ("n > 0.0 && m < n", {"n": 1.0}, None),
        ("n == m", {"n": 1.0}, None),
        ("n != m", {"m": 1.0}, None),
        # text that looks like a number, a truth or null
        ("s == '5'", {"s": "5"}, True),
        ("s == '5'", {"s": "5.0"}, False),
        ("s == ''", {"s": ""}, True),
        ("s == 'true'", {"s": "true"}, True),
        ("s == 'null'", {"s": "null"}, True),
        # whole numbers are doubles, and integer division does not truncate
        ("n / 2.0 == 3.5", {"n": 7}, True),
        ("n / m > 1.0", {"n": 7.0, "m": 0.0}, None),
        ("n % m == 0.0", {"n": 7.0, "m": 0.0}, None),
        # numbers that JSON writes with an exponent, and the largest whole ones
        ("n == 1e-7", {"n": 1e-7}, True),
        ("n < 1e-7", {"n": 1.0000000000000001e-7}, False),
        ("n >= 1e17", {"n": 1e17}, True),
        ("n > 9007199254740992.0", {"n": 9007199254740994.0}, True),
        ("n * n > 1e30", {"n": 1e16}, True),
        ("n == 0.0", {"n": -0.0}, True),
        # texts beyond 16 bits of length, texts that JSON escapes, characters beyond ASCII
        ("s == z", {"s": "x" * 65_537, "z": "x"}, False),
        ("s == z", {"s": "x" * 70_000, "z": "x" * 70_000}, True),
        ("s == z", {"s": "x" * 70_000, "z": "x" * 69_999 + "y"}, False),
        ("s == 'é\"\\\\'", {"s": 'é"\\'}, True),
        ("s != '😀'", {"s": "😀"}, False),
        ("s in ['a', 'ü', '']", {"s": "ü"}, True),
        # order of texts is not asked of the engine, which takes a space and `!` for less than the end
        ("s < z", {"s": "ab", "z": "ab "}, True),
        ("s.contains('aaa')", {"s": "aaaa"}, True),
        # what is missing is not unequal, and not null
        ("!(n == 1.0)", {}, None),
        ("has(n)", {}, False),
        ("!has(s)", {"s": ""}, False),
        ("b || n > 1.0", {"b": True}, True),
        ("b && n > 1.0", {"b": False}, False),
        ("b && n > 1.0", {"b": True}, None),
        ("b == c", {"b": True, "c": False}, False),
        ("b ? n > 1.0 : n > 0.5", {"n": 2.0}, True),
        ("d > day('2026-01-31')", {"d": date(2026, 2, 1)}, True),
        ("d <= as_of", {"d": AS_OF}, True),
        ("d - day('2026-06-01') > 28.0", {"d": AS_OF}, True),
    ],
)
def test_a_trap(condition: str, facts: dict[str, Any], truth: bool | None) -> None:
    assert truths(engine(condition), **facts) == {"r0": truth}


SIGNS = {"<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}, "==": {0}, "!=": {-1, 1}}


@pytest.mark.parametrize("sign", SIGNS)
def test_each_comparison_below_at_and_above_its_edge(sign: str) -> None:
    conditions = (f"n {sign} 5.0", f"!(n {sign} 5.0)", f"5.0 {sign} n", f"n {sign} m", f"d {sign} day('2026-06-30')")
    for side, n, day in ((-1, 4.0, date(2026, 6, 29)), (0, 5.0, AS_OF), (1, 6.0, date(2026, 7, 1))):
        truth, mirrored = side in SIGNS[sign], -side in SIGNS[sign]
        expected = {"r0": truth, "r1": not truth, "r2": mirrored, "r3": truth, "r4": truth}
        assert truths(engine(*conditions), n=n, m=5.0, d=day) == expected


@pytest.mark.parametrize("sign", ["==", "!="])
def test_each_equality_of_texts_and_truths(sign: str) -> None:
    conditions = (f"s {sign} 'a'", f"s {sign} z", f"b {sign} true", f"b {sign} c")
    for same in (True, False):
        truth = same is (sign == "==")
        found = truths(engine(*conditions), s="a" if same else "b", z="a", b=same, c=True)
        assert found == {"r0": truth, "r1": truth, "r2": truth, "r3": truth}
    assert truths(engine(*conditions), z="a", c=True) == dict.fromkeys(("r0", "r1", "r2", "r3"))


def test_an_open_condition_that_decides_nothing() -> None:
    made = engine("b ? n > 1.0 : m > 1.0", "n > 1.0 && m > 1.0", "n > 1.0 || m > 1.0")
    assert truths(made, n=2.0, m=2.0) == {"r0": True, "r1": True, "r2": True}
    assert truths(made, n=0.0, m=0.0) == {"r0": False, "r1": False, "r2": False}
    assert truths(made, n=0.0, m=2.0) == {"r0": None, "r1": False, "r2": True}


def test_a_level_that_is_missing_is_not_among_the_others() -> None:
    made = engine("s in ['a', 'b']", "!(s in ['a', 'b'])")
    assert truths(made, s="c") == {"r0": False, "r1": True}
    assert truths(made) == {"r0": None, "r1": None}


def test_a_rule_of_many_alternatives_fires_once() -> None:
    assert truths(engine("n > 0.0 || n > 1.0 || m > 0.0"), n=5.0, m=5.0) == {"r0": True}


def test_many_rules_go_into_many_rulesets() -> None:
    made = engine(*(f"n > {at}.5 && s == 'x{at % 7}'" for at in range(300)))
    expected = {f"r{at}": at < 150 and at % 7 == 3 for at in range(300)}
    assert truths(made, n=150.0, s="x3") == expected


def test_hundreds_of_rules_that_are_all_true() -> None:
    """One message may meet few alternatives at once, so rules are cut into rulesets before that."""
    made = engine(*(f"n > {at}.5" for at in range(200)))
    assert truths(made, n=1000.0) == {f"r{at}": True for at in range(200)}
    assert truths(made, n=0.0) == {f"r{at}": False for at in range(200)}


def test_a_rule_reads_another() -> None:
    made = engine("n > 1.0", "fired('t.d/r0') && m > 1.0", "!fired('t.d/r1')")
    assert truths(made, n=2.0, m=2.0) == {"r0": True, "r1": True, "r2": False}
    assert truths(made, n=2.0) == {"r0": True, "r1": None, "r2": None}


def test_thousands_of_accounts_one_after_the_other() -> None:
    made = engine("n > 500.0", "s == 'a'")
    for at in range(3000):  # of ids of its own it could hold 1,024
        found = made.evaluate({"id": f"a{at}"}, as_of=AS_OF, facts={"n": float(at)}, executor="durable")
        assert (found.fired == ("t.d/r0",)) is (at > 500)


def test_what_is_too_large_is_refused_when_the_plan_is_made() -> None:
    pairs = " && ".join(f"(n == {at}.0 || m == {at}.0)" for at in range(7))
    with pytest.raises(UnsupportedError, match=r"CC401 rule `t\.d/r0`.*128 alternatives.*executor='record'"):
        truths(engine(pairs), n=1.0)
    groups = " || ".join(f"(n > {at}.0 && m > {at}.0)" for at in range(15))
    with pytest.raises(UnsupportedError, match=r"groups of `&&` and `\|\|`"):
        truths(engine(groups), n=1.0)


def test_names_of_properties_never_collide() -> None:
    names = [native.KIND, "id", "sid", "ping", "m", "$s", *(f"f{at}" for at in range(2000))]
    assert len({_hash(name) for name in names}) == len(names)
    assert _hash("costarring") == _hash("liquid")  # the engine would take one for the other


def _hash(name: str) -> int:
    found = 0x811C9DC5
    for byte in name.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


def test_numbers_have_a_dot_and_no_exponent() -> None:
    for x in (0.0, 1.0, 1e-7, 1e16, 1e22, -1.5e-150, 1e150, 0.1):
        text = lowering.written(x)
        assert "." in text
        assert "e" not in text
        assert float(text) == x


def test_every_operator_is_asked_or_sent() -> None:
    assert OPS.keys() <= ALL.keys()


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(MissingExtraError, match=r"CC402 .*clientcore\[durable\]"):
        engine("n > 1.0").evaluate({"id": "acme"}, as_of=AS_OF, executor="durable")


def test_an_unknown_executor_is_refused() -> None:
    with pytest.raises(cc.FactError, match="CC403 no executor `durabel`; did you mean `durable`"):
        engine("n > 1.0").evaluate({"id": "acme"}, as_of=AS_OF, executor="durabel")  # type: ignore[arg-type]


def test_threads_share_one_engine() -> None:
    from concurrent.futures import ThreadPoolExecutor

    made = engine("n > 500.0", "b && n > 1.0")

    def fired(at: int) -> tuple[str, ...]:
        return made.evaluate({"id": "a"}, as_of=AS_OF, facts={"n": float(at), "b": True}, executor="durable").fired

    with ThreadPoolExecutor(8) as pool:
        for at, found in enumerate(pool.map(fired, range(1000))):
            assert len(found) == (at > 1) + (at > 500)
