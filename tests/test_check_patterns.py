"""The patterns of `matches`: what means the same on every engine, and takes linear time on each."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.check import PatternError, parse_pattern
from clientcore.check.patterns import Anchor, Chars, Choice, Repeat, pattern_problem


def chars(text: str, *, negated: bool = False) -> Chars:
    return Chars(frozenset(text), negated)


@pytest.mark.parametrize(
    ("pattern", "branches"),
    [
        ("", ((),)),
        ("ab", ((chars("a"), chars("b")),)),
        ("^a|b$", ((Anchor("^"), chars("a")), (chars("b"), Anchor("$")))),
        (".", ((chars("\n", negated=True),),)),
        ("[a-c_]", ((chars("abc_"),),)),
        ("[^a-c]", ((chars("abc", negated=True),),)),
        ("[a-]", ((chars("a-"),),)),
        (r"[\]\d]", ((chars("]0123456789"),),)),
        (r"\s\.", ((chars(" \t\n\f\r"), chars(".")),)),
        (r"\n", ((chars("\n"),),)),
        ("é", ((chars("é"),),)),
        ("a*", ((Repeat(chars("a"), 0, None),),)),
        ("a+", ((Repeat(chars("a"), 1, None),),)),
        ("a{2}b{2,}c{2,5}d?", ((
            Repeat(chars("a"), 2, 2), Repeat(chars("b"), 2, None), Repeat(chars("c"), 2, 5), Repeat(chars("d"), 0, 1),
        ),)),
        ("(?:a|b){2}", ((Repeat(Choice(((chars("a"),), (chars("b"),))), 2, 2),),)),
    ],
)  # fmt: skip
def test_parts(pattern: str, branches: object):
    assert parse_pattern(pattern) == Choice(branches)


@pytest.mark.parametrize(
    ("pattern", "message", "help_text"),
    [
        ("(a)", "groups with `(` are not supported", "write `(?:…)`"),
        ("(?=a)", "groups with `(` are not supported", "write `(?:…)`"),
        ("(?:a", "a group is not closed", "write `)` behind it"),
        ("a)", "`)` closes no group", r"write `\)` for the sign itself"),
        ("*a", "`*` repeats nothing", r"write `\*` for the sign itself"),
        ("^*", "`^` can't be repeated", ""),
        ("a*?", "`?` stands behind another repeat", "leave it out: lazy and possessive repeats are not supported"),
        ("a{x}", "`{` opens no count", r"write `{2}`, `{2,}` or `{2,5}`, or `\{` for the sign itself"),
        ("a{5,2}", "`{5,2}` is no count", "the first number is not above the second, and neither above 100"),
        ("a{101}", "`{101}` is no count", "the first number is not above the second, and neither above 100"),
        ("[a", "a class is not closed", "write `]` behind it"),
        ("[]a]", "`]` inside a class means different things to different engines", r"write `\]`"),
        ("[a[b]", "`[` inside a class means different things to different engines", r"write `\[`"),
        ("[a&&b]", "`&` inside a class means different things to different engines", r"write `\&`"),
        ("[a--b]", "`-` inside a class means different things to different engines", r"write `\-`"),
        ("[[:alpha:]]", "named classes are not supported", "write the characters, for example `[a-z]`"),
        ("[é]", "`é` is no ASCII character", "classes hold ASCII characters; write others outside of classes"),
        ("[z-a]", "a range in a class goes from a lower to a higher character", "for example `[a-z]`"),
        (r"[\d-z]", "a range in a class goes from a lower to a higher character", "for example `[a-z]`"),
        (r"\bx", r"`\b` is not supported",
         r"there are `\d`, `\w`, `\s`, `\n`, `\t`, and `\` before a sign"),
        (r"\D", r"`\D` is not supported", r"write `[^\d]`"),
        (r"\<", r"`\<` is not supported", r"there are `\d`, `\w`, `\s`, `\n`, `\t`, and `\` before a sign"),
        ("a\\", "`\\` ends the pattern", r"there are `\d`, `\w`, `\s`, `\n`, `\t`, and `\` before a sign"),
        ("(?:" * 17 + "a" + ")" * 17, "groups nest too deep", "at most 16 groups in one another"),
        ("(?:ab)*", "a group is repeated without bound", "`*`, `+` and `{2,}` stand behind one character or class"),
        ("a*a*", "two unbounded repeats can match the same text",
         "put a character between them that the first one can't match"),
        ("a*b*", "two unbounded repeats can match the same text",
         "put a character between them that the first one can't match"),
        (".*x.*", "two unbounded repeats can match the same text",
         "put a character between them that the first one can't match"),
        ("(?:a*){2}", "two unbounded repeats can match the same text",
         "put a character between them that the first one can't match"),
        ("(?:a{2}){3}", "a counted repeat stands inside another", "write the inner one out"),
        ("a{0,99}b{0,99}c{0,9}", "its optional and counted parts can be combined in too many ways", "at most 10,000"),
        ("(?:a?){50}", "its optional and counted parts can be combined in too many ways", "at most 10,000"),
    ],
)  # fmt: skip
def test_what_is_outside(pattern: str, message: str, help_text: str):
    with pytest.raises(PatternError, match=re.escape(message)) as caught:
        parse_pattern(pattern)

    assert (str(caught.value), caught.value.message, caught.value.help) == (message, message, help_text)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*ba*",  # `b` ends the first repeat
        r"\d+-\d+",
        r"^[^@]+@[^@]+$",
        "a*|b*",  # two branches
        "a*(?:b|c)a*",
        "(?:a|b){2,3}",
        "[0-9]{1,3}[ -]?[0-9]{2,4}",
    ],
)
def test_linear_patterns(pattern: str):
    assert parse_pattern(pattern).branches


_PIECES = [
    "a",
    "b",
    "-",
    "[a-c]",
    "[^b]",
    r"\d",
    ".",
    "|",
    "(?:",
    ")",
    "*",
    "+",
    "?",
    "{2}",
    "{1,3}",
    "^",
    "$",
    "[",
    "]",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))
def test_python_knows_every_pattern_that_is_accepted(pattern: str):
    try:
        parse_pattern(pattern)
    except PatternError:
        return
    re.compile(pattern)


@given(st.text(max_size=12))
def test_any_text_is_parsed_or_refused_with_a_reason(pattern: str):
    problem = pattern_problem(pattern)

    assert problem is None or problem.message
