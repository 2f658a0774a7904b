"""What of some rulesets can't run on an executor, told before anything is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from clientcore.check import Checked
from clientcore.errors import Problem, UnsupportedError, Where
from clientcore.executors.durable.ask import require_small
from clientcore.plan import Plan, RuleStep, make_plan
from clientcore.relational import make_program
from clientcore.ruleset import Ruleset

#: Executor → what it can do: all, all that frames can, or all rules that durable-rules can hold.
EXECUTORS: Mapping[str, str] = {
    "record": "all",
    "columnar": "frames",
    "sql": "frames",
    "spark": "frames",
    "durable": "durable",
}
_STEP = re.compile(r"(?:CC\d+ )?(fact|rule|score|table|state) `([^`]+)`")
_SECTIONS = {"fact": "facts", "rule": "rules", "score": "scores", "table": "tables", "state": "states"}


def cannot_run(checked: Checked, rulesets: tuple[Ruleset, ...]) -> Iterator[tuple[str, Problem]]:
    """Yield what of some rulesets, or of what they read, can't run somewhere.

    Args:
        checked: Every ruleset, without errors.
        rulesets: Those of it that are asked about.

    Yields:
        (frames or durable, what can't run there and why). A part that several outputs read is told once.

    Example:
        >>> from clientcore import Engine
        >>> engine = Engine(plugins=["clientcore_starter"], discover=False)
        >>> list(cannot_run(engine.checked, engine.checked.rulesets))
        []
    """
    told: set[tuple[str, str]] = set()
    for where, refused in (("frames", _frames), ("durable", _durable)):
        for ruleset in rulesets:
            if not _outputs(ruleset) or not any(refused(checked, ruleset, [ruleset.id])):
                continue
            for output in _outputs(ruleset):
                for text in refused(checked, ruleset, [output]):
                    if (where, text) not in told:
                        told.add((where, text))
                        yield where, _problem(checked, ruleset, output, text)


def _outputs(ruleset: Ruleset) -> list[str]:
    named = [f"{ruleset.id}.{name}" for part in (ruleset.scores, ruleset.tables, ruleset.states) for name in part]
    return [*(f"{ruleset.id}/{rule}" for rule in ruleset.firing), *named]


def _plans(checked: Checked, ruleset: Ruleset, only: list[str]) -> tuple[Plan, Plan | None]:
    plan = make_plan(checked, ruleset.subject, only=only)
    return plan, make_plan(checked, "account", only=(), extra=plan.parent) if plan.parent else None


def _frames(checked: Checked, ruleset: Ruleset, only: list[str]) -> list[str]:
    plan, above = _plans(checked, ruleset, only)
    return _refusal(lambda: make_program(plan, above=above))


def _durable(checked: Checked, ruleset: Ruleset, only: list[str]) -> list[str]:
    plan, _ = _plans(checked, ruleset, only)
    found: list[str] = []
    for step in plan.steps:
        if isinstance(step, RuleStep):
            found += _refusal(lambda rule=step: require_small(rule))  # type: ignore[misc]
    return found


def _refusal(attempt: Callable[[], object]) -> list[str]:
    """Return why an attempt is refused; nothing where it is not."""
    try:
        attempt()
    except UnsupportedError as error:
        return [str(error)]
    return []


def _problem(checked: Checked, ruleset: Ruleset, output: str, text: str) -> Problem:
    """Return a refusal with the place of what it names, or else of the output that reads it."""
    code, _, message = text.partition(" ")
    message, _, help_text = message.rpartition("; ")
    return Problem(code, message, _place(checked, text) or _output_place(ruleset, output), help_text, "note")


def _place(checked: Checked, text: str) -> Where | None:
    named = _STEP.match(text)
    if named is None:
        return None
    kind, name = named.groups()
    for ruleset in checked.rulesets:
        own = name if kind == "fact" else re.sub(rf"^{re.escape(ruleset.id)}[./]", "", name)
        parts: Mapping[str, object] = ruleset.firing if kind == "rule" else getattr(ruleset, _SECTIONS[kind])
        if own in parts and (kind == "fact" or own != name):
            section = "patterns" if own in ruleset.patterns else _SECTIONS[kind]
            return ruleset.where(f"{section}/{own}")
    return None


def _output_place(ruleset: Ruleset, output: str) -> Where:
    name = re.split(r"[./]", output)[-1]
    section = next((one for one in _SECTIONS.values() if name in getattr(ruleset, one)), "patterns")
    return ruleset.where(f"{section}/{name}")
