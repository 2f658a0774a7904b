"""An executor in parts gives what the whole one gives, whatever changes between two calls and whatever stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from built import engine_of
from clientcore.executors.record import NO_BASE, Call, Kept, Parts, base_of
from clientcore.intake import Need, take
from clientcore.intake.again import Reader
from strategies import AS_OF, accounts, facts
from strategies_rulesets import ruleset_pairs

SLOW = settings(suppress_health_check=list(HealthCheck), max_examples=80)


@SLOW
@given(st.data(), ruleset_pairs())
def test_the_parts_give_what_the_whole_gives(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    made = engine_of(pair)
    runs = made.executors("account")[0]
    parts, kept, reader = Parts(runs), Kept(), Reader(Need(runs.plan.fields, runs.plan.tables))
    day, previous = AS_OF, None
    known, given_ = {**data.draw(accounts), "id": "a"}, data.draw(facts())
    changed: set[str] = set()
    for _ in range(4):
        expected = made.evaluate(known, as_of=day, facts=given_, previous=previous)
        own = {name: value for name, value in known.items() if name not in runs.plan.tables}
        taken = reader.take(own, known.get, day, changed)
        params = tuple(made.params_of(runs.plan, None).values())
        base = NO_BASE if previous is None else base_of(previous, day)
        call = Call(taken, params, day, given_, base)
        assert made.decide(parts.rest, parts.filled(call, kept)) == expected
        previous = expected
        day += timedelta(days=data.draw(st.sampled_from([0, 0, 1, 10])))
        other = data.draw(accounts)
        changed = data.draw(st.sets(st.sampled_from(sorted({*known, *other} - {"id"}) or ["id"]), max_size=2))
        known |= {name: other[name] for name in changed - {"id"} if name in other}
        given_ = data.draw(st.just(given_) | facts())


@SLOW
@given(st.data(), ruleset_pairs())
def test_what_is_read_again_is_what_is_read_anew(data: st.DataObject, pair: list[dict[str, Any]]) -> None:
    plan = engine_of(pair).plan()
    need = Need(plan.fields, plan.tables)
    reader, day, known = Reader(need), AS_OF, {**data.draw(accounts), "id": "a"}
    changed: set[str] = set()
    for _ in range(4):
        own = {name: value for name, value in known.items() if name not in plan.tables}
        assert repr(reader.take(own, known.get, day, changed)) == repr(take(known, need, day))
        day += timedelta(days=data.draw(st.sampled_from([0, 1, 10])))
        other = data.draw(accounts)
        changed = data.draw(st.sets(st.sampled_from(sorted({*known, *other} - {"id"}) or ["id"]), max_size=2))
        known |= {name: other[name] for name in changed if name in other}
