"""Counterparts: people of one function on both sides who speak with one another, by any who spoke with whom."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

import clientcore as cc

ENGINE = cc.Engine()
AS_OF, DAY = date(2026, 6, 30), date(2026, 6, 10)
PEOPLE = ("a", "b", "c", "d", "e")
FUNCTIONS = {"a": "finance", "b": "finance", "c": "sales", "d": "sales", "e": None}
person = st.sampled_from(PEOPLE)


@settings(max_examples=40)
@given(st.sets(st.tuples(person, person), max_size=12))
def test_counterparts_are_those_who_speak_with_one_another(pairs: set[tuple[str, str]]) -> None:
    """Holds: S1-10."""
    side = [{"id": one, "business_function": function} for one, function in FUNCTIONS.items()]
    talks = [
        {"id": f"{ours}{theirs}", "occurred_on": DAY, "team_member_id": ours, "contact_id": theirs, "two_way": True}
        for ours, theirs in sorted(pairs)
    ]
    account = {"id": "x", "team_members": side, "contacts": side, "interactions": talks}
    peers = {theirs for ours, theirs in pairs if FUNCTIONS[theirs] is not None and FUNCTIONS[ours] == FUNCTIONS[theirs]}
    decision = ENGINE.evaluate(account, as_of=AS_OF, only=["relationship.model.*"])
    found = {step.id: step.output for step in decision.trace if step.kind == "fact"}
    assert found["tie_peers"] == len(peers)
    assert found["tie_peer_functions"] == len({FUNCTIONS[one] for one in peers})
