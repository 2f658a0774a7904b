"""What a whole book comes to: where its accounts stand, what was found, what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.errors import counted
from clientcore.ruleset import SEVERITIES, Pattern, Rule

if TYPE_CHECKING:
    import polars as pl

    from clientcore.batch import Written
    from clientcore.plan import Plan

_MOST_FINDINGS = 12
_MOST_WORDS = 6


@attrs.frozen
class _Found:
    """A rule with a finding, and for how many subjects it holds or is unknown."""

    name: str
    rule: Rule | Pattern
    holds: int
    unknown: int


def summary(frame: pl.DataFrame | Written, plan: Plan, profiles: Sequence[str] = ()) -> str:
    """Return the summary of a frame of decisions as text for people.

    Args:
        frame: A decisions frame, or one that was written.
        plan: The plan that it was made by.
        profiles: Profiles that hold, or may hold where they match.
    """
    from clientcore.decision import column

    count = frame.height
    under = f", {'profile' if len(profiles) == 1 else 'profiles'} {', '.join(profiles)}" if profiles else ""
    lines = [f"{counted(count, plan.subject)}, {counted(len(plan.computed), 'ruleset')}{under}"]
    if not count:
        return lines[0]
    worded = [(name, frame[place], _lost(frame, plan, name)) for name, place in _worded(frame, plan)]
    spreads = [(name, _spread(values, lost)) for name, values, lost in worded if lost is None or not lost.all()]
    known = [(name, said) for name, said in spreads if said]
    titles = _titles(plan)
    lines += ["", "where they stand", *(f"  {titles[name]}: {said}" for name, said in known)] if known else []
    found = list(_found(frame, plan, column))
    held = sorted((one for one in found if one.holds), key=_order)
    lines += ["", f"found ({counted(0, plan.subject).partition(' ')[2]})"] if held else []
    for one in held[:_MOST_FINDINGS]:
        lines.append(f"  {one.holds:>7,}  {_named(one)}")
    if len(held) > _MOST_FINDINGS:
        lines.append(f"  and {len(held) - _MOST_FINDINGS} more")
    nobody = [name for name, said in spreads if not said]
    silent = sorted((one for one in found if one.unknown == count), key=_order)
    if nobody or silent:
        lines += ["", f"unknown for all, since what they stand on is missing: {len(silent)} of {len(found)} findings"]
        lines += [f"  {_named(one)}" for one in silent[:_MOST_FINDINGS]]
        lines += [f"  and {len(silent) - _MOST_FINDINGS} more"] if len(silent) > _MOST_FINDINGS else []
        lines += ["nor is it known for anybody", *(f"  {titles[name]}" for name in nobody)] if nobody else []
    return "\n".join(lines)


def most_found(frame: pl.DataFrame, plan: Plan, severity: str, most: int) -> list[tuple[int, str]]:
    """Return the findings of a severity that hold for the most, as (how many, what is found).

    Args:
        frame: A decisions frame.
        plan: The plan that it was made by.
        severity: `critical`, `high`, `medium`, `low` or `info`.
        most: How many findings at most.
    """
    from clientcore.decision import column

    found = [
        (one.holds, one.rule.heading or one.name)
        for one in sorted(_found(frame, plan, column), key=_order)
        if one.holds and one.rule.finding is not None and one.rule.finding.severity == severity
    ]
    return found[:most]


def _named(one: _Found) -> str:
    severity = one.rule.finding.severity if one.rule.finding is not None else ""
    named = one.rule.title or one.rule.heading  # the shorter of the two first: it is a line of a list
    return f"{severity:<8}  {one.name}" + (f" ({named})" if named else "")


def _worded(frame: pl.DataFrame | Written, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (id, column) of tables, states and scores with bands whose column holds words, in the order of the plan."""
    from clientcore.decision import column

    for step in plan.steps:
        name = ".".join(step.key[1:])
        place = f"{column(name)}_band" if step.key[0] == "score" else column(name)
        if step.key[0] in {"table", "state", "score"} and str(frame.schema.get(place)) == "String":
            yield name, place


def _titles(plan: Plan) -> dict[str, str]:
    """Return id → title and id of what words stand for."""
    parts: list[tuple[str, str]] = []
    for one in plan.rulesets:
        for kept in (one.tables, one.states, one.scores):
            parts += [(f"{one.id}.{name}", part.title) for name, part in kept.items()]
    return {name: f"{title} ({name})" if title else name for name, title in parts}


def _lost(frame: pl.DataFrame | Written, plan: Plan, name: str) -> pl.Series | None:
    """Return for which subjects a score, table or machine does not apply, as far as the frame can tell.

    A score that does not apply has no interval. A table or machine does not apply where its ruleset does not, and then
    none of the scores of that does; without a score nothing tells.
    """
    from clientcore.decision import column

    scores = {".".join(step.key[1:]): step.key[1] for step in plan.steps if step.key[0] == "score"}
    partly = {one.id for one in plan.rulesets if one.applies_when}
    owner = name.rpartition(".")[0]
    lows = [name] if name in scores else [one for one, its in scores.items() if its == owner and its in partly]
    nowhere = None
    for one in lows:
        none = frame[f"{column(one)}_low"].is_null()
        nowhere = none if nowhere is None else nowhere & none
    return nowhere


def _spread(values: pl.Series, lost: pl.Series | None) -> str:
    """Return how many have each word, the most frequent first; empty where nobody has one."""
    counts: list[tuple[str, int]] = values.drop_nulls().value_counts().rows()
    if not counts:
        return ""
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    parts = [f"{word} {number:,}" for word, number in ordered[:_MOST_WORDS]]
    if len(ordered) > _MOST_WORDS:
        parts.append(f"others {sum(number for _, number in ordered[_MOST_WORDS:]):,}")
    out = 0 if lost is None else int((values.is_null() & lost).sum())
    missing = values.null_count() - out
    parts += [f"unknown {missing:,}"] if missing else []
    parts += [f"does not apply {out:,}"] if out else []
    return ", ".join(parts)


def _found(frame: pl.DataFrame | Written, plan: Plan, column: Any) -> Iterator[_Found]:
    for ruleset in plan.rulesets:
        for rule in ruleset.firing.values():
            name = f"{ruleset.id}/{rule.id}"
            if rule.finding is not None and column(name) in frame.columns:
                values = frame[column(name)]
                yield _Found(name, rule, int(values.sum()), values.null_count())


def _order(found: _Found) -> tuple[int, int, str]:
    severity = found.rule.finding.severity if found.rule.finding is not None else "info"
    return SEVERITIES.index(severity), -found.holds, found.name
