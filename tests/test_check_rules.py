"""Names across files, references, texts, thresholds, constant conditions, and what may be missing."""

from __future__ import annotations

from json import dumps

import pytest

from check_samples import problems_of, ruleset
from clientcore.catalog import Catalog, FactSpec
from clientcore.errors import CODES

FINDING = "effect: {finding: {severity: high, actions: [call]}}"


def pair(first: str, second: str, *, subject: str = "account") -> list[str]:
    """Return the problems of two rulesets, `one` and `two`; those of the second stand in 2.yaml."""
    return problems_of(ruleset(first, "one", file="1.yaml"), ruleset(second, "two", subject, "2.yaml"))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("inputs: {n: {kind: number}}\n", "inputs: {n: {kind: number}}\n", []),
        ("inputs: {n: {kind: number}}\n", "inputs: {n: {kind: number, unit: days, range: [0, 1]}}\n",
         ["2.yaml:1:10: CC302 input `n` is also declared by ruleset `one` (1.yaml:7:10), with another unit, range; "
          "make both alike, or give one another name"]),
        ("inputs: {n: {kind: number}}\n", "facts: {n: {value: employees}}\n",
         ["2.yaml:1:9: CC302 fact `n` is also declared by ruleset `one` (1.yaml:7:10), once to be handed in and "
          "once derived; "
          "make both alike, or give one another name"]),
        ("facts: {n: {value: employees}}\n", "facts: {n: {value: employees}}\n", []),
        ("facts: {n: {value: employees}}\n", "facts: {n: {value: employees + 1}}\n",
         ["2.yaml:1:9: CC302 fact `n` is also declared by ruleset `one` (1.yaml:7:9), with another value; "
          "make both alike, or give one another name"]),
        ("params: {p: {value: 1}}\nfacts: {n: {value: params.p}}\n",
         "params: {p: {value: 2}}\nfacts: {n: {value: params.p}}\n",
         ["2.yaml:2:9: CC302 fact `n` is also declared by ruleset `one` (1.yaml:8:9), and both read params of their "
          "own ruleset; "
          "make both alike, or give one another name"]),
        ("levels: {m: {order: [a, b]}}\n", "levels: {m: {order: [a, b]}}\n", []),
        ("levels: {m: {order: [a, b]}}\n", "levels: {m: {order: [b, a]}}\n",
         ["2.yaml:1:10: CC302 level `m` differs from that of ruleset `one` (1.yaml:7:10); "
          "all rulesets share their levels: make both alike, or give one another name"]),
        ("actions: {call: {title: Call}}\n", "actions: {call: {title: Call them}}\n",
         ["2.yaml:1:11: CC302 action `call` differs from that of ruleset `one` (1.yaml:7:11); "
          "all rulesets share their actions: make both alike, or give one another name"]),
        ("inputs: {industry: {kind: text}}\n", "facts: {contacts: {value: employees}}\n",
         ["1.yaml:1:10: CC302 input `industry` has the name of a field of account; choose another name",
          "2.yaml:1:9: CC302 fact `contacts` has the name of a related table; choose another name"]),
        ("inputs: {params: {kind: text}}\n", "",
         ["1.yaml:1:10: CC302 input `params` has the name of something else in the language; choose another name"]),
    ],
)  # fmt: skip
def test_declarations(first: str, second: str, expected: list[str]):
    assert pair(first, second) == expected


def test_one_fact_has_one_subject():
    assert pair("facts: {n: {value: as_of}}\n", "facts: {n: {value: as_of}}\n", subject="opportunity") == [
        "2.yaml:1:9: CC302 fact `n` is also declared by ruleset `one` (1.yaml:7:9), once for account and once for "
        "opportunity; "
        "make both alike, or give one another name"
    ]


def test_an_input_may_have_several_subjects():
    body = "inputs: {n: {kind: number}}\nrules: [{id: r, when: n > 0}]\n"

    assert pair(body, body, subject="opportunity") == []


@pytest.mark.parametrize(
    ("declared", "why"),
    [("kind: number", ""), ("kind: number, unit: days", "with another unit"), ("kind: text", "with another kind")],
)
def test_a_ruleset_may_declare_a_plugins_fact_again(declared: str, why: str):
    catalog = Catalog(facts={"n": FactSpec(id="n", kind="number")}, fact_owners={"n": "acme"})
    text = (
        f"a.yaml:1:10: CC302 input `n` is also declared by plugin `acme`, {why}; "
        "make both alike, or give one another name"
    )

    assert problems_of(f"inputs: {{n: {{{declared}}}}}\n", catalog=catalog) == ([text] if why else [])


def test_columns_of_a_frame():
    score = "{aggregate: sum, range: [0, 1], terms: [{id: t, value: 1, range: [0, 1]}]}"
    first = ruleset(f"scores: {{s: {score}, s_low: {score}}}\n", "a.b", file="1.yaml")
    second = ruleset(f"scores: {{b_s: {score}}}\n", "a", file="2.yaml")

    assert problems_of(first, second) == [
        "1.yaml:1:10: CC302 score `a.b.s` and score `a.b_s` would both be column `a_b_s` of a frame; "
        "give one of them another id",
        "1.yaml:1:89: CC302 score `a.b.s_low` and score `a.b_s` would both be column `a_b_s_low` of a frame; "
        "give one of them another id",
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("suppresses: [s]", []),
        ("suppresses: [a/s]", []),
        ("suppresses: [zz]", ["CC304 rule `r` suppresses unknown rule `zz`; one of: r, s"]),
        ("suppresses: [a/t]", ["CC304 rule `r` suppresses unknown rule `a/t`; one of: r, s"]),
        ("suppresses: [r]", ["CC304 rule `r` suppresses itself; take it out"]),
        (FINDING, []),
        (FINDING.replace("call", "cal"), ["CC304 rule `r` recommends unknown action `cal`; did you mean `call`?"]),
        ("because: '{employees} of {employees:,} and {founded_year:.1f}, {as_of}, {a.x:.0%}, {params.p:,.2f}'", []),
        ("because: '{employes}'", ["CC201 unknown name `employes` in a `because`; did you mean `employees`?"]),
        ("because: '{employees:.1e}'", ["CC209 `.1e` in `{employees:.1e}` is no format; "
                                        "the formats are `.1f`, `.0%`, `,` and `,.2f`, with so many decimals"]),
        ("because: '{industry:.1f}'", ["CC203 `{industry:.1f}` shows a text as a number; write `{industry}`"]),
        ("because: '{1 + 2}'", ["CC202 `{1 + 2}` in a `because` is no name in braces; write `{name}` or `{name:.1f}`"]),
        ("because: 'a } b'", ["CC202 `}` in a `because` is no name in braces; write `{name}` or `{name:.1f}`"]),
    ],
)  # fmt: skip
def test_references_and_texts_of_rules(rule: str, expected: list[str]):
    body = f"""\
params: {{p: {{value: 1}}}}
actions: {{call: {{title: Call}}}}
scores: {{x: {{aggregate: sum, range: [0, 1], terms: [{{id: t, value: 1, range: [0, 1]}}]}}}}
rules:
  - id: s
    when: employees > 3
  - id: r
    when: employees > 2
    {rule}
"""
    assert [one.split(" ", 1)[1] for one in problems_of(body)] == expected


def test_texts_stand_at_many_parts():
    body = """\
scores:
  s:
    aggregate: sum
    range: [0, 1]
    terms: [{id: t, value: 1, range: [0, 1]}]
    caps: [{when: credit_on_hold, at: 1, because: "{x1}"}]
tables: {t: {hit_policy: first, inputs: [tier], rows: [{id: r, when: ["-"], then: {o: A}, because: "{x2}"}]}}
states: {m: {initial: x, transitions: [{from: x, to: y, when: credit_on_hold, because: "{x3}"}]}}
"""
    help_text = "declare it under `inputs` or `facts`"
    assert problems_of(body) == [
        f"a.yaml:6:51: CC201 unknown name `x1` in a `because`; {help_text}",
        f"a.yaml:7:100: CC201 unknown name `x2` in a `because`; {help_text}",
        f"a.yaml:8:88: CC201 unknown name `x3` in a `because`; {help_text}",
    ]


def test_a_rule_of_another_subject_is_not_suppressed():
    first = "rules: [{id: r, when: is_won}]\n"
    second = "rules: [{id: s, when: credit_on_hold, suppresses: [one/r]}]\n"

    assert problems_of(ruleset(first, "one", "opportunity", "1.yaml"), ruleset(second, "two", file="2.yaml")) == [
        "2.yaml:1:51: CC304 rule `s` suppresses `one/r`, a rule for opportunity; this one is for account"
    ]


FIX = "declare it under `params` with range, unit and doc, and write `params.name`"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("rules: [{id: r, when: employees > 50}]", ["1:35: CC305 threshold `50` is no param"]),
        ("rules: [{id: r, when: employees > 1 && probability_ > -1 && probability_ < 100 && employees > 0}]", []),
        ("rules: [{id: r, when: probability_ * 24 / 7 > 1 && probability_ > 24}]",
         ["1:67: CC305 threshold `24` is no param"]),
        ("rules: [{id: r, when: 'employees in [3, 1]'}]", ["1:38: CC305 threshold `3` is no param"]),
        ("facts: {f: {value: probability_ * 0.35 + 7}}", []),
        ("facts: {f: {value: 'contacts.filter(c, as_of - c.occurred_on < 90).size()'}}",
         ["1:64: CC305 threshold `90` is no param"]),
        ("tables: {t: {hit_policy: first, inputs: [employees], rows: [{id: r, when: ['> 50'], then: {o: A}}]}}",
         ["1:79: CC305 threshold `50` is no param"]),
        ("scores: {s: {aggregate: sum, range: [0, 9], terms: [{id: t, value: employees * 3, range: [0, 9]}]}}", []),
    ],
)  # fmt: skip
def test_thresholds_of_bundled_rulesets(section: str, expected: list[str]):
    body = f"{section}\ninputs: {{probability_: {{kind: number}}}}\n"
    found = [one.removeprefix("a.yaml:") for one in problems_of(ruleset(body, bundled=True))]

    assert found == [f"{one}; {FIX}" for one in expected]
    assert problems_of(body) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("true", "1:24: warning CC306 `true` is always true; take the condition out, or compare with a fact"),
        ("1 > 2", "1:24: warning CC306 `1 > 2` is never true; take the condition out, or compare with a fact"),
        ("1 / 0 > 1",
         "1:24: warning CC306 `1 / 0 > 1` is always unknown; take the condition out, or compare with a fact"),
        ("ok && false",
         "1:24: warning CC306 `ok && false` is never true; take the condition out, or compare with a fact"),
        ("ok ? true : true", "1:24: warning CC306 `ok ? true : true` is always true; "
                             "take the condition out, or compare with a fact"),
        ("nps == nps", "1:24: warning CC306 `nps == nps` is the same on both sides; compare with something else"),
        ("ok || nps > 200", "1:30: warning CC306 `nps > 200` is never true: `nps` lies between -100 and 100; "
                            "compare with something else"),
        ("-100 <= nps", "1:24: warning CC306 `-100 <= nps` is always true: `nps` lies between -100 and 100; "
                        "compare with something else"),
        ("nps < 100", ""),
        ("nps > params.p", ""),
        ("params.p > 3", ""),
    ],
)  # fmt: skip
def test_constant_conditions(when: str, expected: str):
    body = f"""\
rules: [{{id: r, when: {dumps(when)}}}]
params: {{p: {{value: 1}}}}
inputs: {{nps: {{kind: number, range: [-100, 100]}}, ok: {{kind: boolean}}}}
"""

    assert problems_of(body) == ([f"a.yaml:{expected}"] if expected else [])


def test_a_constant_applies_when():
    assert problems_of("applies_when: 1 < 2\n") == [
        "a.yaml:1:15: warning CC306 `1 < 2` is always true; take it out, or compare with a fact"
    ]


def missing(part: str, name: str) -> str:
    return (
        f"warning CC307 `{part}` is unknown, not true, where `{name}` is missing; "
        f"write `has({name}) && …`, `{name} == null || …`, or `on_unknown`"
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("industry != 'it'", [missing("industry != 'it'", "industry")]),
        ("!ok", [missing("!ok", "ok")]),
        ("!(industry == 'it') && employees > 3", [missing("!(industry == 'it')", "industry")]),
        ("has(industry) && industry != 'it'", []),
        ("industry != 'it' && industry != null", []),
        ("industry == null || industry != 'it'", []),
        ("!has(industry) || industry != 'it'", []),
        ("has(industry) ? industry != 'it' : false", []),
        ("has(industry) ? true : industry != 'it'", [missing("industry != 'it'", "industry")]),
        ("has(segment) && industry != 'it'", [missing("industry != 'it'", "industry")]),
        ("!(employees > 3)", []),  # a plain comparison turned round
        ("!due_known", []),  # what a formula makes of it is its author's business
        ("due != 0", []),
        ("id != 'x'", []),
        ("a.t != 'A'", []),
        ("contacts.exists(c, c.department != 'it')", []),
    ],
)
def test_denials_of_what_may_be_missing(when: str, expected: list[str]):
    body = f"""\
rules: [{{id: r, when: {dumps(when)}}}, {{id: s, when: {dumps(when)}, on_unknown: review}}]
inputs: {{ok: {{kind: boolean}}}}
facts: {{due: {{value: contacts.size()}}, due_known: {{value: employees > 1}}}}
tables: {{t: {{hit_policy: first, inputs: [tier], rows: [{{id: r, when: ["'A'"], then: {{o: A}}}}]}}}}
"""
    assert [one.split(" ", 1)[1] for one in problems_of(body)] == expected


def _happened(name: str, help_text: str) -> str:
    text = "has not happened for every record, and one that lacks it makes the whole list unknown"
    return f"warning CC307 `{name}` {text}; {help_text}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "commitments.filter(c, c.kept_on <= c.due_on).size()",
            [_happened("c.kept_on", "write `has(c.kept_on) && …`")],
        ),
        ("commitments.map(c, c.kept_on).max()", [_happened("c.kept_on", "filter by `has(c.kept_on)` first")]),
        ("commitments.latest(c, c.kept_on).due_on", [_happened("c.kept_on", "write `has(c.kept_on) && …`")]),
        ("commitments.filter(c, has(c.kept_on) && c.kept_on <= c.due_on).size()", []),
        ("commitments.filter(c, has(c.kept_on)).filter(d, d.kept_on <= d.due_on).map(e, e.kept_on).max()", []),
        ("commitments.map(c, has(c.kept_on), c.kept_on).max()", []),
        ("commitments.filter(c, c.due_on <= as_of).size()", []),
        ("commitments.exists(c, c.kept_on <= c.due_on) ? 1 : 0", []),
        ("commitments.latest(c, c.occurred_on).due_on", []),
    ],
)
def test_lists_over_what_has_not_happened_yet(value: str, expected: list[str]):
    assert [one.split(" ", 1)[1] for one in problems_of(f"facts: {{f: {{value: '{value}'}}}}\n")] == expected


@pytest.mark.parametrize(
    ("when", "strange"),
    [
        ("lifecycle == 'clent'", ["clent"]),
        ("'Client' == lifecycle", ["Client"]),
        ("lifecycle == 'client' || industry == 'Client'", []),
        ("cases.exists(c, c.kind in ['complaint', 'incident'])", ["incident"]),
        ("cases.exists(c, has(c.priority) && c.priority != 'hi')", ["hi"]),
        ("contracts.exists(c, c.kind == 'licence')", []),  # its list allows others
        ("contracts.exists(c, c.kind == 'Framework')", ["Framework"]),
    ],
)
def test_a_word_that_a_picklist_lacks_is_told(when: str, strange: list[str]):
    found = problems_of(f'rules: [{{id: r, when: "{when}"}}]\n')
    assert [one.split("`")[1] for one in found if "warning CC618" in one] == strange
    assert len(found) == len(strange)


def test_a_word_of_the_account_of_a_child_is_told():
    (found,) = problems_of(ruleset("rules: [{id: r, when: \"account.lifecycle == 'clent'\"}]\n", "one", "opportunity"))
    assert found.endswith("only data that strays from its list has it; did you mean `client`?")


def test_every_code_that_is_used_is_known():
    assert {"CC301", "CC302", "CC303", "CC304", "CC305", "CC306", "CC307", "CC308", "CC309", "CC310"} <= CODES.keys()
