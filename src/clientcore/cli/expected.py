"""What a case expects against what a decision says; and the decision before, as a case writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from clientcore.decision import Base
from clientcore.errors import ClientcoreError, did_you_mean

if TYPE_CHECKING:
    from clientcore.decision import Decision
    from clientcore.engine import Engine
    from clientcore.load import Expect

#: Scores are rounded to nine decimals, and so are expectations.
_ROUNDING = 1e-9


def differences(engine: Engine, expect: Expect, decision: Decision, own: str = "") -> list[str]:
    """Return one line for each thing that is not as expected; empty where all is.

    Args:
        engine: Knows which rules there are.
        expect: What the case says; names may be short where that is unambiguous.
        decision: What was got.
        own: Id of the ruleset beside the cases: of several things that a short name fits, its own is meant.
    """
    rules = [f"{ruleset.id}/{rule}" for ruleset in engine.rulesets for rule in ruleset.firing]
    lines = _rules(expect, decision, rules, own)
    for name, stated in expect.scores.items():
        full = _full(name, decision.scores, own)
        for part, wanted in stated.items():
            lines += _differs(f"{part} of `{full}`", wanted, getattr(decision.scores[full], part))
    for name, wanted in expect.outcomes.items():
        full = _full(name, decision.outcomes, own)
        lines += _differs(f"`{full}`", wanted, decision.outcomes[full].value)
    for name, wanted in expect.states.items():
        full = _full(name, decision.states, own)
        lines += _differs(f"`{full}`", wanted, decision.states[full].value)
    return lines + _lists(expect, decision, rules, own)


def _rules(expect: Expect, decision: Decision, rules: Iterable[str], own: str) -> list[str]:
    fires = [_full(name, rules, own) for name in expect.fired or ()]
    silent = [_full(name, rules, own) for name in expect.not_fired or ()]
    unknown = [_full(name, rules, own) for name in expect.unknown or ()]
    return [
        *(f"expected `{one}` to fire; it {_truth(one, decision)}" for one in fires if one not in decision.fired),
        *(f"expected `{one}` not to fire; it fired" for one in silent if one in decision.fired),
        *(
            f"expected `{one}` to be unknown; it {_truth(one, decision)}"
            for one in unknown
            if one not in decision.unknown
        ),
    ]


def _lists(expect: Expect, decision: Decision, rules: Iterable[str], own: str) -> list[str]:
    lines = []
    if expect.findings is not None:
        wanted = [_full(name, rules, own) for name in expect.findings]
        lines += _differs("findings", wanted, [finding.rule for finding in decision.findings])
    if expect.actions is not None:
        lines += _differs("actions", list(expect.actions), [action.id for action in decision.actions])
    if expect.problems is not None:
        lines += _differs("problems", sorted(expect.problems), sorted(problem.code for problem in decision.problems))
    if expect.signals is not None:
        raised = [signal.id for signal in decision.signals if signal.sure]
        lines += _differs("signals", sorted(expect.signals), sorted(raised))
    return lines


def _differs(what: str, wanted: Any, got: Any) -> list[str]:
    return [] if _same(wanted, got) else [f"expected {what} to be {_shown(wanted)}; got {_shown(got)}"]


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(wanted) == len(got) and all(map(_same, wanted, got))
    if _is_number(wanted) and _is_number(got):
        return bool(abs(wanted - got) <= _ROUNDING)
    return bool(wanted == got and isinstance(wanted, bool) == isinstance(got, bool))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    if value is None:
        return "unknown"
    if not _is_number(value):
        return f"`{value}`"
    short = f"{value:.10g}"
    return short if _same(float(short), value) else repr(value)  # so that what was got passes when it is written down


def _truth(rule: str, decision: Decision) -> str:
    if rule in decision.unknown:
        return "is unknown"
    return "fired" if rule in decision.fired else "did not fire"


def _full(name: str, known: Iterable[str], own: str) -> str:
    names = list(known)
    if name in names:
        return name
    for full in (f"{own}/{name}", f"{own}.{name}"):
        if full in names:
            return full
    hits = [full for full in names if full.endswith((f"/{name}", f".{name}"))]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise ClientcoreError(f"`{name}` is ambiguous; one of: {', '.join(sorted(hits))}")
    raise ClientcoreError(f"the decision holds no `{name}`; {did_you_mean(name, names)}")


def previous_of(engine: Engine, stated: Mapping[str, Any], own: str = "") -> Base:
    """Return the decision before, as a case states it: a decision as JSON has it, or the parts that matter.

    Args:
        engine: Knows which scores, tables and states there are.
        stated: `as_of`, and by name `scores` (`band`, `since`, `pending`, `value`, `low`, `high`, `coverage`),
            `outcomes` (the outcome) and `states` (the state, or `value` and `since`).
        own: Id of the ruleset beside the cases.

    Raises:
        ClientcoreError: `as_of` is no day, or a name is unknown.
    """
    known = [(one.id, one.scores, one.tables, one.states) for one in engine.rulesets]
    scores = [f"{ruleset}.{name}" for ruleset, found, _, _ in known for name in found]
    tables = [f"{ruleset}.{name}" for ruleset, _, found, _ in known for name in found]
    machines = [f"{ruleset}.{name}" for ruleset, _, _, found in known for name in found]
    bands: dict[str, Any] = {}
    states: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, said in stated.get("scores", {}).items():
        full = _full(name, scores, own)
        bands[full] = (
            said.get("last_band") or said.get("band"),
            _day(said.get("since")),
            _pending(said.get("pending")),
        )
        parts = {part: said.get(part) for part in ("value", "low", "high", "band", "coverage")}
        values |= {f"{full}.score.{part}": value for part, value in parts.items() if value is not None}
    for name, said in stated.get("outcomes", {}).items():
        value = said.get("value") if isinstance(said, Mapping) else said
        values[f"{_full(name, tables, own)}.outcome."] = value
    for name, said in stated.get("states", {}).items():
        full = _full(name, machines, own)
        value, since = (said.get("value"), said.get("since")) if isinstance(said, Mapping) else (said, None)
        states[full] = (value, _day(since))
        values[f"{full}.state."] = value
    return Base(as_of=_day(stated.get("as_of")), bands=bands, states=states, values=values)


def _pending(said: Any) -> tuple[str, float] | None:
    return (str(said[0]), float(said[1])) if said else None


def _day(said: Any) -> date | None:
    if said is None or isinstance(said, date):
        return said
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise ClientcoreError(f"`{said}` in `previous` is no day; write it as YYYY-MM-DD") from None
