"""Kinds settle what a sign means; what does not fit, and what CEL has and the profile has not, is refused."""

from __future__ import annotations

import pytest

from check_samples import place, tree, wrong
from clientcore.check import REASONS, check_expression, reason
from clientcore.errors import Problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2.5", "add(literal=1.0, literal=2.5)"),
        ("-5 - -0.0", "sub(literal=-5.0, literal=0.0)"),
        ("-(5)", "literal=-5.0"),
        ("-nps", "neg(fact=nps)"),
        ("nps * 2 / 3 % 4", "mod(div(mul(fact=nps, literal=2.0), literal=3.0), literal=4.0)"),
        ("as_of - client_since", "day_diff(as_of, field=client_since)"),
        ("as_of - 3", "day_sub(as_of, literal=3.0)"),
        ("as_of + nps", "day_add(as_of, fact=nps)"),
        ("3 + as_of", "day_add(as_of, literal=3.0)"),
        ("as_of < day('2026-01-31')", "lt(as_of, literal=2026-01-31)"),
        (
            "instant('2026-01-31T09:30:00.5Z') - recorded_at",
            "instant_diff(literal=2026-01-31 09:30:00.500000+00:00, field=recorded_at)",
        ),
        ("day(recorded_at)", "utc_day(field=recorded_at)"),
        ("business_days(client_since, as_of)", "business_days(field=client_since, as_of)"),
        ("!ok && nps >= 3 || nps < 1", "or(and(not(fact=ok), ge(fact=nps, literal=3.0)), lt(fact=nps, literal=1.0))"),
        ("nps == null", "not(has(fact=nps))"),
        ("null == nps", "not(has(fact=nps))"),
        ("nps != null", "has(fact=nps)"),
        ("null == null", "not(has(literal))"),
        ("has(nps)", "has(fact=nps)"),
        ("ok == true", "eq(fact=ok, literal=True)"),
        ("industry < segment", "lt(field=industry, field=segment)"),
        ("mode_now >= 'consultative'", "ge(fact=mode_now, literal=consultative)"),
        ("'mentoring' > mode_now", "gt(literal=mentoring, fact=mode_now)"),
        ("mode_now == params.aim", "eq(fact=mode_now, param=('a', 'aim'))"),
        ("mode_now in params.modes", "in(fact=mode_now, param=('a', 'modes'))"),
        ("mode_now in ['servicing', params.aim]", "in(fact=mode_now, list(literal=servicing, param=('a', 'aim')))"),
        ("mode_now == (ok ? 'servicing' : 'mentoring')",
         "eq(fact=mode_now, if(fact=ok, literal=servicing, literal=mentoring))"),
        ("a.trust.band < 'high'", "lt(score=('a', 'trust', 'band'), literal=high)"),
        ("a.tier != 'A'", "ne(outcome=('a', 'tier'), literal=A)"),
        ("a.switch in ['on']", "in(state=('a', 'switch'), list(literal=on))"),
        ("previous.a.switch == a.switch", "eq(previous=('state', 'a', 'switch', ''), state=('a', 'switch'))"),
        ("'x' in tags", "in(literal=x, fact=tags)"),
        ("nps in [1, due]", "in(fact=nps, list(literal=1.0, fact=due))"),
        ("nps in []", "in(fact=nps, list)"),
        ("nps in params.years", "in(fact=nps, param=('a', 'years'))"),
        ("ok ? 1 : nps", "if(fact=ok, literal=1.0, fact=nps)"),
        ("ok ? null : nps", "if(fact=ok, literal, fact=nps)"),
        ("abs(floor(nps)) + ceil(nps)", "add(abs(floor(fact=nps)), ceil(fact=nps))"),
        ("round(nps) + round(nps, 2)", "add(round=0(fact=nps), round=2(fact=nps))"),
        (
            "industry.startsWith('a') || industry.endsWith(segment)",
            "or(starts_with(field=industry, literal=a), ends_with(field=industry, field=segment))",
        ),
        ("industry.lowerAscii().contains('b')", "contains(lower_ascii(field=industry), literal=b)"),
        ("industry.matches('^a+$') && matches(segment, 'x')",
         "and(matches=^a+$(field=industry), matches=x(field=segment))"),
    ],
)  # fmt: skip
def test_operations(text: str, expected: str):
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("as_of - 3", "day"),
        ("as_of - as_of", "number"),
        ("ok ? null : nps", "number"),
        ("ok ? mode_now : 'servicing'", "level `mode`"),
        ("mode_now in ['servicing']", "boolean"),
        ("a.trust.band", "level `a.trust`"),
        ("a.tier", "level `a.tier`"),
        ("a.switch", "level `a.switch`"),
        ("commitments.map(c, c.due_on).max()", "day"),
        ("tags", "list of text"),
        ("params.modes", "list of text"),
    ],
)
def test_kind_of_the_result(text: str, kind: str):
    node, _ = check_expression(text, place())

    assert node is not None
    assert str(node.kind) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nps && ok", "1: CC203 `&&` joins conditions, and `nps` is a number; compare it, for example `x > 0`"),
        ("!industry", "2: CC203 `!` joins conditions, and `industry` is a text; compare it with something"),
        ("nps ? 1 : 2", "1: CC203 `?` asks for a condition, and `nps` is a number; compare it, for example `x > 0`"),
        ("ok ? 1 : 'a'", "1: CC203 the arms of `ok ? 1 : 'a'` are number and text; give both arms one kind"),
        ("nps == '3'", "1: CC203 `nps == '3'` compares a number with a text; write the number without quotes"),
        ("industry > 3", "1: CC203 `industry > 3` compares a text with a number; write the text in quotes"),
        ("as_of > '2026-01-31'",
         "1: CC203 `as_of > '2026-01-31'` compares a day with a text; write `day('2026-01-31')`"),
        ("as_of > 2026-01-31",
         "1: CC203 `as_of > 2026-01-31` compares a day with a number; write `day('2026-01-31')`"),
        ("2026-01-31 < recorded_at",
         "1: CC203 `2026-01-31 < recorded_at` compares a number with an instant; "
         "write `instant('2026-01-31T00:00:00Z')`"),
        ("as_of == recorded_at",
         "1: CC203 `as_of == recorded_at` compares a day with an instant; "
         "compare days with days and instants with instants"),
        ("mode_now == industry",
         "1: CC203 `mode_now == industry` compares a level `mode` with a text; "
         "compare a level with one of its labels, written out"),
        ("mode_now == a.tier",
         "1: CC203 `mode_now == a.tier` compares a level `mode` with a level `a.tier`; both sides need one kind"),
        ("ok == 1",
         "1: CC203 `ok == 1` compares a boolean with a number; compare with `true` or `false`, or use it as it is"),
        ("a.tier < 'B'",
         "1: CC203 `a.tier < 'B'` needs an order, and the labels of level `a.tier` have none; use `==`, `!=` or `in`"),
        ("nps in industry",
         "1: CC203 `in` needs a list, and `industry` is a text; use `x.contains('a')` for texts"),
        ("nps in tags",
         "1: CC203 `nps in tags` looks for a number in a list of text; the element and the list need one kind"),
        ("nps + ok",
         "1: CC203 `+` has no meaning for a number and a boolean in `nps + ok`; both sides have to be numbers"),
        ("as_of + as_of",
         "1: CC203 `+` has no meaning for a day and a day in `as_of + as_of`; "
         "a day takes a number of days; day - day and instant - instant give a number"),
        ("-industry", "1: CC203 `-` needs a number, and `industry` is a text"),
        ("abs(industry)", "5: CC203 `abs` needs a number, and `industry` is a text"),
        ("business_days(as_of, 3)", "22: CC203 `business_days` counts from day to day, and `3` is a number"),
        ("mode_now.startsWith('s')",
         "1: CC203 `startsWith` needs a text, and `mode_now` is a level `mode`; compare a level with `==` or `in`"),
        ("tags.contains('x')",
         "1: CC203 `contains` looks into texts, and `tags` is a list of text; write `'x' in tags`"),
        ("commitments", "1: CC203 a value is wanted, this is a list of record of `commitments`; "
         "choose a field, count them or ask whether one exists"),
        ("null", "1: CC203 a value is wanted, this is a null"),
        ("mode_now == 'mentring'",
         "1: CC206 `mentring` is not a label of level `mode`; did you mean `mentoring`?"),
        ("a.tier in ['A', 'C']", "1: CC206 `C` is not a label of level `a.tier`; one of: A, B"),
        ("a.tier == params.aim", "1: CC206 `mentoring` is not a label of level `a.tier`; one of: A, B"),
        ("min(1, 2)", "1: CC205 `min` with 2 arguments is not known; write `min(xs)` or `xs.min()`"),
        ("nps.round()", "1: CC201 unknown function `round`; write `round(x)` or `round(x, 2)`"),
        ("startsWith(industry, 'a')", "1: CC205 `startsWith` with 2 arguments is not known; write `t.startsWith('a')`"),
        ("as_of.day()", "1: CC201 unknown function `day`; write `day('2026-01-31')`"),
        ("len(tags)", "1: CC201 unknown function `len`; use `size`"),
        ("siz(tags)", "1: CC201 unknown function `siz`; did you mean `size`?"),
        ("round(nps, 10)", "12: CC209 `10` is no number of decimals; write 0 to 9"),
        ("round(nps, due)", "12: CC209 `due` is no number of decimals; write 0 to 9"),
        ("9007199254740993",
         "1: CC209 `9007199254740993` is too large for a whole number; at most 9007199254740992 (2^53)"),
        ("day('2026-02-30')", "1: CC209 `2026-02-30` is no day; write for example `day('2026-01-31')`"),
        ("day('20260131')", "1: CC209 `20260131` is no day; write for example `day('2026-01-31')`"),
        ("instant('2026-01-31 09:30')",
         "1: CC209 `2026-01-31 09:30` is no instant; write for example `instant('2026-01-31T09:30:00Z')`"),
        ("instant('2026-01-31T25:30:00Z')",
         "1: CC209 `2026-01-31T25:30:00Z` is no instant; write for example `instant('2026-01-31T09:30:00Z')`"),
        ("industry == 'a\\u0000'", "13: CC209 a text holds a character that no data can hold; leave it out"),
        ("industry.matches('(a)')", "18: CC207 pattern `'(a)'`: groups with `(` are not supported; write `(?:…)`"),
        ("industry.matches(segment)",
         "18: CC207 the pattern `segment` is not written out; write it as a text in quotes"),
    ],
)  # fmt: skip
def test_what_does_not_fit(text: str, expected: str):
    assert wrong(text) == [expected]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1u", "uint"),
        ("uint(1)", "uint"),
        ("b'x'", "bytes"),
        ("{'a': 1}", "map"),
        ("a.b.Message{x: 1}", "message"),
        ("tags[0]", "index"),
        ("industry + segment", "text-concat"),
        ("tags + tags", "list-concat"),
        ("int(nps)", "conversion"),
        ("day(industry)", "conversion"),
        ("dyn(nps)", "conversion"),
        ("type(nps)", "type"),
        ("nps == int", "type"),
        ("timestamp('2026-01-31T00:00:00Z')", "timestamp"),
        ("duration('1h')", "duration"),
        ("as_of.getFullYear()", "time-part"),
        ("cel.bind(x, 1, x)", "binding"),
        ("optional.of(nps)", "optional"),
        ("ok < true", "boolean-order"),
        ("tags == tags", "list-equality"),
        ("commitments.exists(c, c == c)", "record-equality"),
        ("nps > null", "null"),
        ("nps + null", "null"),
        ("[1, null].size()", "null"),
        ("null in [1]", "null"),
        ("[[1]].size()", "nested-list"),
        ("commitments.map(c, c)", "nested-list"),
        ("[1, 'a'].size()", "mixed-list"),
        ("industry.size()", "size-of-text"),
        (".nps", "root-name"),
        ("tags.all(i, v, v == 'a')", "two-variables"),
        ("tags.transformList(i, v, v)", "two-variables"),
        ("industry.upperAscii()", "text-function"),
        ("math.greatest(1, 2)", "math-function"),
        ("tags.sort()", "list-function"),
        ("sets.foo(tags)", "extension"),
    ],
)
def test_refusals_begin_with_their_reason(text: str, word: str):
    _, problems = check_expression(text, place())

    assert [reason(problem) for problem in problems] == [word]
    assert word in REASONS


def test_every_reason_is_tested():
    (marks,) = [mark for mark in test_refusals_begin_with_their_reason.pytestmark if mark.name == "parametrize"]

    assert {word for _, word in marks.args[1]} == set(REASONS)


def test_a_refusal_says_what_to_use():
    assert wrong("tags[0] == 'a'") == [
        "1: CC204 index: `tags[0]` is outside the language profile; "
        "name the field with a dot, or use `latest`, `min`, `max`, `exists` on a list"
    ]


def test_other_codes_have_no_reason():
    assert reason(Problem("CC203", "uint: no")) == ""
