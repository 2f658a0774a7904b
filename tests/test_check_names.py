"""What names mean: fields, facts, tables, params, scores, outcomes, states, the account above, the last decision."""

from __future__ import annotations

import pytest

from check_samples import SAMPLE, place, tree, wrong
from clientcore.check import check_expression
from clientcore.expr import Call, Expr, Literal, Name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("industry", "field=industry"),
        ("nps", "fact=nps"),
        ("due", "fact=due"),
        ("commitments.size()", "size(table=commitments)"),
        ("params.floor", "param=('a', 'floor')"),
        ("as_of", "as_of"),
        ("a.trust", "score=('a', 'trust', 'value')"),
        ("a.trust.low", "score=('a', 'trust', 'low')"),
        ("a.trust.coverage", "score=('a', 'trust', 'coverage')"),
        ("a.trust.band", "score=('a', 'trust', 'band')"),
        ("a.tier", "outcome=('a', 'tier')"),
        ("a.switch", "state=('a', 'switch')"),
        ("fired('a/late')", "fired=('a', 'late')"),
        ("previous.a.trust", "previous=('score', 'a', 'trust', 'value')"),
        ("previous.a.trust.band", "previous=('score', 'a', 'trust', 'band')"),
        ("previous.a.tier", "previous=('outcome', 'a', 'tier', '')"),
        ("previous.a.switch", "previous=('state', 'a', 'switch', '')"),
        ("commitments.all(nps, has(nps.due_on))", "all=nps(table=commitments, has(column=due_on(var=nps)))"),
        ("has(commitments)", "has(table=commitments)"),
        ("has(a.trust)", "has(score=('a', 'trust', 'value'))"),
    ],
)
def test_names(text: str, expected: str):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount", "field=amount"),
        ("account.industry", "parent(field=industry)"),
        ("account.nps", "parent(fact=nps)"),
        ("account.a.trust.high", "parent(score=('a', 'trust', 'high'))"),
        ("account.a.tier", "parent(outcome=('a', 'tier'))"),
        ("account.a.switch == 'on'", "eq(parent(state=('a', 'switch')), literal=on)"),
        ("contacts_known", "fact=contacts_known"),
        ("opportunity_contact_roles.size()", "size(table=opportunity_contact_roles)"),
    ],
)
def test_names_of_a_child_subject(text: str, expected: str):
    assert tree(text, "opportunity") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("industri", "1: CC201 unknown name `industri`; did you mean `industry`?"),
        ("indus", "1: CC201 unknown name `indus`; did you mean `industry`?"),
        ("INDUSTRY", "1: CC201 unknown name `INDUSTRY`; did you mean `industry`?"),
        ("params.flo", "1: CC201 unknown param `params.flo`; did you mean `params.floor`?"),
        ("zzz", "1: CC201 unknown name `zzz`; declare it under `inputs` or `facts`"),
        ("floor", "1: CC201 unknown name `floor`; write `params.floor`"),
        ("trust", "1: CC201 unknown name `trust`; write `a.trust`"),
        ("late", "1: CC201 unknown name `late`; write `fired('a/late')`"),
        ("a.late", "1: CC201 `a.late` is a rule; write `fired('a/late')`"),
        (
            "contacts_known",
            "1: CC201 unknown name `contacts_known`; it is a fact of another kind of subject (opportunity)",
        ),
        ("today", "1: CC201 unknown name `today`; write `as_of`, the day of the decision"),
        ("None", "1: CC201 unknown name `None`; write `null`"),
        ("params", "1: CC201 `params` is no value by itself; write `params.name`"),
        ("params.flor", "1: CC201 unknown param `params.flor`; did you mean `params.floor`?"),
        ("params.floor.x", "1: CC201 unknown param `params.floor.x`; did you mean `params.floor`?"),
        ("params.zzz", "1: CC201 unknown param `params.zzz`; declare it under `params` with value, range and unit"),
        ("previous.a.trst", "1: CC201 unknown name `previous.a.trst`; did you mean `previous.a.trust`?"),
        ("a.trst", "1: CC201 unknown name `a.trst`; did you mean `a.trust`?"),
        ("b.trust", "1: CC201 unknown name `b.trust`; did you mean `a.trust`?"),
        ("a.trust.lo", "1: CC201 score `a.trust` has no part `lo`; did you mean `low`?"),
        ("a.trust.worst", "1: CC201 score `a.trust` has no part `worst`; its parts are low, high, band, coverage"),
        ("a.plain.band", "1: CC201 score `a.plain` has no bands; give it `bands`, or compare its value"),
        (
            "c.due_on",
            "1: CC201 unknown name `c.due_on`; a dot follows a macro variable, `params`, `previous` or a ruleset",
        ),
        (
            "commitments.all(c, c.due_om < as_of)",
            "20: CC201 `commitments` has no field `due_om`; did you mean `due_on`?",
        ),
        ("nps.x", "1: CC203 `nps` is a number and has no fields"),
        (
            "commitments.size",
            "1: CC203 `commitments` is a list and has no fields; write `.size()`, with brackets behind it",
        ),
        (
            "commitments.due_on",
            "1: CC203 `commitments` is a list and has no fields; "
            "write `.map(x, x.due_on)` for all of them, or `.latest(x, x.key).due_on` for one",
        ),
        (
            "account.industry",
            "1: CC201 `account.industry` is known in child subjects only; "
            "write `industry`: the subject is the account itself",
        ),
        ("fired('late')", "1: CC304 there is no rule `late`; write `fired('a/late')`"),
        ("fired('a/lat')", "1: CC304 there is no rule `a/lat`; did you mean `a/late`?"),
        ("fired(industry)", "7: CC209 `industry` is no id of a rule; write `fired('ruleset/rule')`"),
        (".nps", "1: CC204 root-name: `.nps` is outside the language profile; write the name without the dot in front"),
    ],
)
def test_unknown_names(text: str, expected: str):
    assert wrong(text) == [expected]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("segment == retail", ["retail"]),
        ("retail != segment", ["retail"]),
        ("segment in [retail, 'b', wholesale]", ["retail", "wholesale"]),
        ("a.tier == gold", ["gold"]),
        ("a.trust.band == fine", ["fine"]),
        ("segment == mid-market", ["mid-market", ""]),
        ("cases.exists(c, c.kind == grumble)", ["grumble"]),
        ("segment == mid.market", ["mid.market"]),
        # where no text is looked for, and where another thing is meant for certain, quotes are no help
        ("nps > retail", [""]),
        ("retail == 'b'", [""]),
        ("retail in ['b', 'c']", [""]),
        ("segment == None", [""]),
        ("retail == wholesale", ["", ""]),
        ("nps + retail > 2 && segment == 'a'", [""]),
    ],
)
def test_a_text_without_quotes_is_told(text: str, names: list[str]) -> None:
    told = wrong(text)
    assert [f"write `'{name}'` if a text is meant" in one for name, one in zip(names, told, strict=True)] == [
        bool(name) for name in names
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nps", "1: CC201 unknown name `nps`; write `account.nps`"),
        ("segment", "1: CC201 unknown name `segment`; write `account.segment`"),
        ("a.trust", "1: CC201 `a` is a ruleset for account, this one is for opportunity; write `account.a.trust`"),
        ("account.zzz", "1: CC201 unknown name `account.zzz`"),
        ("account.industri", "1: CC201 unknown name `account.industri`; did you mean `account.industry`?"),
        ("account.a.trst", "1: CC201 unknown name `account.a.trst`; did you mean `account.a.trust`?"),
        (
            "account.commitments",
            "1: CC203 the related records `account.commitments` can't be read from a child; "
            "make a fact of them in an account ruleset and read that",
        ),
        (
            "fired('a/late')",
            "1: CC201 `a` is a ruleset for account, this one is for opportunity; "
            "`fired` reads rules of its own subject",
        ),
    ],
)
def test_unknown_names_of_a_child_subject(text: str, expected: str):
    assert wrong(text, "opportunity") == [expected]


def test_all_problems_at_once_with_their_places():
    assert wrong("zzz > 1 && nps.x || yyy(due) == mode_now") == [
        "1: CC201 unknown name `zzz`; declare it under `inputs` or `facts`",
        "12: CC203 `nps` is a number and has no fields",
        "21: CC201 unknown function `yyy`; see the operators page for the functions that there are, or load the "
        "plugin that brings it",
    ]


def test_longest_prefix_that_is_a_ruleset():
    assert tree("has(a.trust) && previous.a.trust.low > 1") == (
        "and(has(score=('a', 'trust', 'value')), gt(previous=('score', 'a', 'trust', 'low'), literal=1.0))"
    )


def test_an_expression_as_text_as_tree_or_with_a_syntax_error():
    name = Name(name="nps", start=0, end=3)

    assert check_expression(name, place()) == check_expression("nps", place())
    assert [str(one) for one in check_expression("nps >", place())[1]] == [
        ":1:6: CC202 the end where a value, a name or `(` should stand"
    ]


def test_a_tree_without_text_is_named_in_messages():
    many: Expr = Name(name="zz")
    for _ in range(200):
        many = Call(function="!_", args=(many,))

    assert [str(one) for one in check_expression(many, place())[1]] == [
        ":1:1: CC208 expression is too deep; split it into facts"
    ]
    assert [
        one.message
        for one in check_expression(Call(function="abs", args=(Literal(value="x", kind="text"),)), place())[1]
    ] == ["`abs` needs a number, and `x` is a text"]


def test_kinds_of_facts_are_in_the_scope():
    kinds = {name: str(fact.kind) for name, fact in SAMPLE.scope.facts.items()}

    assert kinds == {
        "nps": "number",
        "ok": "boolean",
        "tags": "list of text",
        "mode_now": "level `mode`",
        "due": "number",
        "contacts_known": "number",
    }
    assert [name for name, fact in SAMPLE.scope.facts.items() if fact.derived] == ["due", "contacts_known"]
