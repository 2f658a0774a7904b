"""YAML text → values with places: our own scalars, every refusal, and the place of each character of a text."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from clientcore.expr import Expr
from clientcore.load import text as yaml_text
from clientcore.load.offsets import text_places
from clientcore.load.text import MAX_BYTES, Entries, Items, Scalar, Source, decode, read_value, scalar_value
from clientcore.ruleset import Formula

PARSERS = [pytest.param(yaml_text.PARSER, id="libyaml"), pytest.param(yaml.SafeLoader, id="python")]


def read(text: str, parser: Any = None) -> tuple[Any, list[str]]:
    source = Source(text, "a.yaml")
    value = read_value(source, parser)
    return value, [str(problem) for problem in source.problems]


def data(value: Any) -> Any:
    if isinstance(value, Entries):
        return {key: data(item) for key, (_, item) in value.entries.items()}
    return [data(item) for item in value.items] if isinstance(value, Items) else scalar_value(value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("NO", "NO"),
        ("off", "off"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("012", "012"),
        ("0", 0),
        ("-0.5", -0.5),
        ("12", 12),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("1.", "1."),
        (".5", ".5"),
        ("+5", "+5"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("3:30", "3:30"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-06-30", "2026-06-30"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("18446744073709551616", 18446744073709551616),
        ("٣", "٣"),
    ],
)
@pytest.mark.parametrize("parser", PARSERS)
def test_scalars_are_our_own(written: str, expected: Any, parser: Any) -> None:
    value, problems = read(f"key: {written}", parser)
    assert problems == []
    found = data(value)["key"]
    assert (type(expected), expected) == (type(found), found)


def test_a_number_of_very_many_digits_is_not_taken_for_a_whole_one() -> None:
    assert float("inf") == scalar_value(Scalar("9" * 5000, "", 1, 1))


BAD = {
    "colon": ("a: b: c", "1:5: CC102 not valid YAML: a text holds `: `; put the whole text in quotes"),
    "ternary": ("a: x ? y : z", "1:10: CC102 not valid YAML: a text holds `: `; put the whole text in quotes"),
    "tab": (
        "a:\n\t- x",
        "2:1: CC102 not valid YAML: a tab stands where spaces or a value should be; indent with spaces",
    ),
    "behind a quote": (
        "a: 'x' == y",
        "1:8: CC102 not valid YAML: something stands where the next key should be; check the indentation; "
        "where a text starts with a quote, `[` or `{` and goes on behind it, put the whole text in quotes",
    ),
    "indicator": (
        "a: [> 5]",
        "1:5: CC102 not valid YAML: a text can't start with this character; put the whole text in quotes",
    ),
    "dash": ("a: -\n", "1:4: CC102 not valid YAML: a text is `-` or starts with `- `; put the whole text in quotes"),
    "ampersand": (
        "a: & x",
        "1:5: CC102 not valid YAML: a text starts with `&` or `*`; put the whole text in quotes",
    ),
    "block": ("a: | x\n  y", "1:6: CC102 not valid YAML: text follows `|` or `>`; it starts on the next line"),
    "open quote": (
        "a: 'x",
        "1:6: CC102 not valid YAML: a quote is opened and not closed; end the text with the same quote",
    ),
    "not": (
        "a: !has(x)",
        "1:4: CC109 `!has(x)` starts with a tag; "
        "tags are not allowed; a text that starts with `!` needs quotes: '!has(x)'",
    ),
    "tag": ("a: !!map {b: 1}", "1:4: CC109 `tag:yaml.org,2002:map` is a tag; tags are not allowed: take it out"),
    "anchor": (
        "a: &x 1",
        "1:4: CC109 `&x` is an anchor; anchors are not allowed: write the value out where it is used",
    ),
    "anchored list": (
        "a: &x [1]",
        "1:4: CC109 `&x` is an anchor; anchors are not allowed: write the value out where it is used",
    ),
    "alias": ("a: *x", "1:4: CC109 `*x` is an alias; write the value out"),
    "merge": ("<<: {a: 1}", "1:1: CC109 `<<` merges another mapping; merges are not allowed: write the keys out"),
    "twice": ("a: 1\nb: 2\na: 3", "3:1: CC103 key `a` is given twice; the first is at line 1"),
    "two documents": (
        "a: 1\n---\nb: 2",
        "2:1: CC102 a second document starts here; a file holds one document: take out `---`",
    ),
    "empty": ("", "1:1: CC102 file is empty"),
    "comments only": ("# nothing\n", "1:1: CC102 file is empty"),
    "deep": ("[" * 100, "1:33: CC112 nested more than 32 levels deep; take levels out"),
    "deep block": ("- " * 100 + "x", "1:65: CC112 nested more than 32 levels deep; take levels out"),
    "list as key": ("? [a]\n: 1", "1:3: CC106 a key is a list, not text; a text that holds `{` or `[` needs quotes"),
    "mapping as key": (
        "{a: 1}: 2",
        "1:1: CC106 a key is a mapping, not text; a text that holds `{` or `[` needs quotes",
    ),
    "escaped NUL": ('a: "\\0"', "1:4: CC102 text holds a NUL or half a character; take the escape out"),
    "NUL": ("a: x\0", "1:5: CC102 character U+0000 is not allowed in YAML; take it out"),
    "control character": ("a: 1\nb: \x07", "2:4: CC102 character U+0007 is not allowed in YAML; take it out"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("parser", PARSERS)
def test_every_mistake_has_its_message(name: str, parser: Any) -> None:
    written, expected = BAD[name]
    assert [f"a.yaml:{expected}"] == read(written, parser)[1]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "written", ["[a", "a: {b: 1", "a: [1 2\nb: 3", 'a: "x\\q"', "a: `x`", "a: %x", "- a\n b: 1", 'a: "\\ud800"']
)
def test_other_mistakes_are_one_problem_with_help(written: str, parser: Any) -> None:
    (problem,) = read(written, parser)[1]
    assert "CC102" in problem
    assert "; " in problem


def test_what_is_sound_is_kept_beside_what_is_not() -> None:
    value, problems = read("a: !x\nb: 1\na: 2\n<<: {c: 1}\n")
    assert len(problems) == 3
    assert list(value.entries) == ["a", "b"]


def test_bytes_that_are_not_utf8_have_a_place() -> None:
    _, problems = decode("a: 1\nbé: ".encode() + b"\xff", "a.yaml")
    assert [str(one) for one in problems] == ["a.yaml:2:5: CC102 byte 0xff is not UTF-8; save the file as UTF-8"]


def test_a_byte_order_mark_and_line_breaks_of_other_systems_change_nothing() -> None:
    text, problems = decode("\ufeffa: 1\r\nb: 2\rc: 3\n".encode(), "a.yaml")
    assert problems == []
    assert text == "a: 1\nb: 2\nc: 3\n"


def test_another_encoding_is_refused() -> None:
    assert "CC102 byte 0xff is not UTF-8" in str(decode("a: 1".encode("utf-16"), "a.yaml")[1][0])


def test_a_file_over_ten_megabytes_is_refused() -> None:
    _, problems = decode(b"#" * (MAX_BYTES + 1), "a.yaml")
    assert list(map(str, problems)) == [
        "a.yaml:1:1: CC112 file of 10,485,761 bytes is too large; at most 10,485,760 bytes"
    ]


@given(st.text(st.sampled_from("abc:{}[]'\"|>&*!%@`#-? \n\t,0\\\u2028é\0"), max_size=40))
def test_no_text_raises(text: str) -> None:
    for parser in (None, yaml.SafeLoader):
        value, problems = read(text, parser)
        assert value is not None or problems


LETTERS = st.sampled_from("ab<&é'\"\\ \n#:{x")


@given(st.text(LETTERS, min_size=1, max_size=60), st.sampled_from(["", "'", '"', "|", ">"]), st.integers(5, 30))
@example("it's", "'", 80)
@example("a\n  b\n\nc", "|", 80)
@example("aa aa aa\n\n\naa", ">", 5)
def test_every_segment_points_at_its_character(text: str, style: str, width: int) -> None:
    written = yaml.dump({"k": ["x", {"key": text}]}, default_style=style or None, width=width, allow_unicode=True)
    # PyYAML's writer folds some texts into what its own reader reads as another text
    assume(yaml.safe_load(written) == {"k": ["x", {"key": text}]})
    source = Source(written, "a.yaml")
    value: Any = read_value(source)
    scalar = value.entries["k"][1].items[1].entries["key"][1]
    assert text == scalar.text
    places = text_places(scalar, source)
    assert places[0][0] == 0
    assert sorted(places) == list(places)
    lines = written.split("\n")
    formula = Formula(text, Expr(), places)
    for offset, letter in enumerate(text):
        where = formula.at(offset)
        found = lines[where.line - 1][where.col - 1 :]
        if letter.strip() and not (scalar.style == '"' and found.startswith("\\")):
            assert letter == found[0]
