"""The texts behind `because`: what they name, and how numbers are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from clientcore.check.checked import Checked
from clientcore.check.resolve import check_expression
from clientcore.check.scope import Place
from clientcore.errors import Problem
from clientcore.ruleset import Ruleset

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_PLACE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)(?::(.*))?")
_FORMAT = re.compile(r"\.[0-9][f%]|,(\.[0-9]f)?")


def texts(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    """Yield (path of the part, its `because`) of everything that has one."""
    for rule in ruleset.rules.values():
        yield f"rules/{rule.id}", rule.because
    for pattern in ruleset.patterns.values():
        yield f"patterns/{pattern.id}", pattern.because
    for score in ruleset.scores.values():
        for at, limit in enumerate(score.limits):
            yield f"scores/{score.id}/limits/{at}", limit.because
    for table in ruleset.tables.values():
        for row in table.rows:
            yield f"tables/{table.id}/rows/{row.id}", row.because
    for machine in ruleset.states.values():
        for at, step in enumerate(machine.transitions):
            yield f"states/{machine.id}/{at}", step.because


def reasons(checked: Checked) -> Iterator[Problem]:
    """Find texts that name what is not known, or show it in a way that there is not."""
    for ruleset in checked.rulesets:
        place = Place(scope=checked.scope, subject=ruleset.subject, ruleset=ruleset.id)
        for path, text in texts(ruleset):
            for found in _BRACES.finditer(text):
                for problem in _problems(found, place):
                    yield attrs.evolve(problem, where=ruleset.where(f"{path}/because"))


def _problems(found: re.Match[str], place: Place) -> Iterator[Problem]:
    parts = _PLACE.fullmatch(found[1] or "")
    if parts is None:
        yield Problem(
            "CC202", f"`{found[0]}` in a `because` is no name in braces", None, "write `{name}` or `{name:.1f}`"
        )
        return
    name, form = parts.groups()
    if form is not None and not _FORMAT.fullmatch(form):
        help_text = "the formats are `.1f`, `.0%`, `,` and `,.2f`, with so many decimals"
        yield Problem("CC209", f"`{form}` in `{found[0]}` is no format", None, help_text)
        return
    node, problems = check_expression(name, place)
    yield from (attrs.evolve(one, message=f"{one.message} in a `because`") for one in problems)
    if node is not None and form is not None and node.kind.name != "number":
        yield Problem("CC203", f"`{found[0]}` shows a {node.kind} as a number", None, f"write `{{{name}}}`")
