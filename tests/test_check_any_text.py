"""Whatever a ruleset says, the checker answers with a tree or with problems and never raises."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from check_samples import place, ruleset
from clientcore.check import check, check_expression
from clientcore.parse import ParseError, parse
from clientcore.ruleset import DerivedFact, Formula

ATOMS = [
    *("nps", "ok", "tags", "mode_now", "due", "industry", "as_of", "commitments", "contacts", "c"),
    *("a.trust", "a.trust.band", "a.tier", "a.switch", "params.floor", "params.aim", "params.modes"),
    *("account.industry", "previous.a.trust", "previous.a.switch", "zzz", "zzz.y", "`a.b`", "x.`a.b`.d"),
    *("1", "2.5", "'mentoring'", "'A'", "true", "null", "[]", "[1, 2]", "{'a': 1}", "1u", "b'x'", "T{x: 1}"),
    *("day('2026-01-31')", "fired('a/late')"),
]
SHAPES = [
    *("{0} && {1}", "{0} || {1}", "!{0}", "-{0}", "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "{0} % {1}"),
    *("{0} == {1}", "{0} != {1}", "{0} < {1}", "{0} >= {1}", "{0} in {1}", "{0} ? {1} : {2}", "[{0}, {1}]"),
    *("has({0})", "{0}.size()", "{0}.sum()", "max({0})", "{0}.due_on", "{0}[{1}]", "abs({0})", "round({0}, 2)"),
    *("{0}.exists(c, {1})", "{0}.filter(c, {1})", "{0}.map(c, {1})", "{0}.map(c, {1}, {2})", "{0}.latest(c, {1})"),
    *("{0}.contains({1})", "{0}.matches('a+')", "business_days({0}, {1})", "nope({0}, {1})"),
    *("twice({0})", "ping({0})", "is_kind({0}, {1})", "days_since({0})"),
]

TEXTS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.builds(
        lambda shape, one, two, three: shape.format(f"({one})", f"({two})", f"({three})"),
        st.sampled_from(SHAPES),
        inner,
        inner,
        inner,
    ),
    max_leaves=12,
)


@given(TEXTS, st.sampled_from(["account", "opportunity"]))
@example("a.`a.b`.c", "account")
def test_a_tree_or_problems(text: str, subject: str):
    node, problems = check_expression(text, place(subject))

    assert (node is None) == bool(problems)
    if node is not None:
        assert all(part.start <= part.end <= len(text) for part in node.walk())


def _formula(text: str) -> Formula:
    try:
        return Formula(text, parse(text), file="a.yaml")
    except ParseError:
        return Formula("0", parse("0"), file="a.yaml")


@given(st.lists(st.tuples(TEXTS, st.integers(0, 4), st.sampled_from(["+", "==", "&&", "<"])), min_size=5, max_size=5))
def test_facts_that_read_each_other(rows: list[tuple[str, int, str]]):
    made = ruleset("inputs: {nps: {kind: number}, ok: {kind: boolean}}\n")
    facts = {
        f"f{at}": DerivedFact(id=f"f{at}", value=_formula(f"({text}) {sign} f{other}"))
        for at, (text, other, sign) in enumerate(rows)
    }
    made.facts.update(facts)  # type: ignore[attr-defined]
    checked = check([made])

    if all(fact.value.text != "0" for fact in facts.values()):  # a text that does not parse stands as 0 and reads none
        assert checked.problems  # five facts that each read one of them: there is a cycle, or one that does not fit
    assert {one.severity for one in checked.problems} <= {"error", "warning"}
