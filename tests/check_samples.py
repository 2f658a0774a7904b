"""What the tests of the checker share: small rulesets from YAML text, trees and problems as text."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from clientcore.catalog import Catalog, Function
from clientcore.check import Checked, Place, check, check_expression
from clientcore.expr import Node
from clientcore.load import read_ruleset
from clientcore.ruleset import Ruleset

HEAD = "format: clientcore/1\nlanguage: cel-profile/1\nruleset: {id}\nversion: 1.0.0\nsubject: {subject}\ntitle: t\n"
#: Lines before the body.
OFFSET = 6

BODY = """\
levels:
  mode: {order: [servicing, consultative, mentoring]}
params:
  floor: {value: 0.8, range: [0, 1], unit: ratio}
  aim: {value: mentoring}
  modes: {value: [consultative, mentoring]}
  years: {value: [1, 2]}
inputs:
  nps: {kind: number, range: [-100, 100]}
  ok: {kind: boolean}
  tags: {kind: list of text}
  mode_now: {kind: level, level: mode}
facts:
  due: {value: commitments.size()}
rules:
  - {id: late, when: due > 3}
scores:
  trust:
    aggregate: weighted_mean
    range: [0, 100]
    terms: [{id: a, value: nps, range: [0, 100]}]
    bands: [{id: low, below: 40}, {id: high}]
  plain:
    aggregate: sum
    range: [0, 10]
    terms: [{id: a, value: due, range: [0, 10]}]
tables:
  tier:
    hit_policy: first
    inputs: [due]
    rows: [{id: big, when: ["> 3"], then: {tier: A}}, {id: rest, when: ["-"], then: {tier: B}}]
states:
  switch:
    initial: off
    transitions: [{from: off, to: on, when: ok}, {from: on, to: off, when: "!ok"}]
"""

CHILD = """\
facts:
  contacts_known: {value: opportunity_contact_roles.size()}
"""

FUNCTIONS = [
    Function(id="days_since", params=("d",), body="as_of - d"),
    Function(id="is_kind", params=("xs", "k"), body="xs.exists(c, c.kind == k)"),
    Function(id="ping", params=("x",), body="pong(x)"),
    Function(id="pong", params=("x",), body="ping(x)"),
    Function(id="broken", params=("x",), body="x + nps"),
    Function(id="twice", params=("x",), body="x + x"),
]


def ruleset(
    body: str = "", id_: str = "a", subject: str = "account", file: str = "a.yaml", **changes: object
) -> Ruleset:
    """Return a ruleset whose head is filled in; `changes` are attributes that no file can set."""
    found, problems = read_ruleset(HEAD.format(id=id_, subject=subject) + body, file)
    assert problems == ()
    assert found is not None
    return attrs.evolve(found, **changes)


def problems_of(*rulesets: Ruleset | str, catalog: Catalog | None = None) -> list[str]:
    """Return every problem as text, with lines counted from the start of the body."""
    made = [ruleset(one) if isinstance(one, str) else one for one in rulesets]
    return [_moved(str(problem)) for problem in check(made, catalog).problems]


def _moved(text: str) -> str:
    file, line, rest = text.split(":", 2)
    return f"{file}:{int(line) - OFFSET}:{rest}" if line.isdigit() else text


def sample() -> Checked:
    """Return the sample, checked, with a ruleset for opportunities and some functions."""
    catalog = Catalog(functions={function.id: function for function in FUNCTIONS})
    return check([ruleset(BODY), ruleset(CHILD, "opp", "opportunity", "opp.yaml")], catalog)


SAMPLE = sample()


def place(subject: str = "account") -> Place:
    return Place(scope=SAMPLE.scope, subject=subject, ruleset="a" if subject == "account" else "opp")


def tree(text: str, subject: str = "account") -> str:
    """Return the checked tree of an expression as text, for example `gt(fact=nps, literal=3.0)`."""
    node, problems = check_expression(text, place(subject))
    assert [str(problem) for problem in problems] == []
    assert node is not None
    return shown(node)


def wrong(text: str, subject: str = "account") -> Sequence[str]:
    """Return the problems of an expression as `column CODE message; help`."""
    node, problems = check_expression(text, place(subject))
    assert node is None
    return [str(problem).removeprefix(":1:") for problem in problems]


def shown(node: Node) -> str:
    value = "" if node.value is None else f"={node.value}"
    args = f"({', '.join(shown(arg) for arg in node.args)})" if node.args else ""
    return f"{node.op}{value}{args}"
