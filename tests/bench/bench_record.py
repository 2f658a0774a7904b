"""One account: the plan's function and `evaluate` against one straight Python function, and against other engines.

Run it with `make bench`, or `python tests/bench/bench_record.py [rules]`. Every answer is compared before timing.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measure import side_by_side, table
from peers import PEERS
from workload import accounts, by_hand, rules, ruleset

import clientcore as cc
from clientcore.executors.record.accept import Acceptance

DAY = date(2026, 6, 30)
GOALS = {"the plan's function": 1.5, "Engine.evaluate": 1.75}
#: Rules for which the goals are set; below, what any decision costs weighs more, as nobody's function makes one.
GOALS_FOR = 120


def main(count: int, number: int = 2000) -> None:
    """Compare and time."""
    made, books = rules(count), accounts(number)
    hand = by_hand(made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_text(ruleset(made), encoding="utf-8")
        engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
    run, traced = functions(engine)
    answers_are_equal(engine, hand, books)
    subjects = [({"id": f"a{at}"}, facts) for at, facts in enumerate(books)]
    rows = side_by_side(
        {
            "one function by hand, the same output": (hand, books),
            "the plan's function": (run, books),
            "Engine.evaluate": (lambda pair: engine.evaluate(pair[0], as_of=DAY, facts=pair[1]), subjects),
        }
    )
    goals = GOALS if count == GOALS_FOR else None
    print(table(f"{count} rules, one account, {number} accounts in turn", rows, goals))
    print(table("trace", side_by_side({"trace off": (run, books), "trace on": (traced, books)}), {"trace on": 3.0}))
    others(made, hand, run, books[:300])


def functions(engine: cc.Engine) -> tuple[Any, Any]:
    """Return the plan's function and its twin with trace, as calls on facts."""
    executor = engine._executor("account", None)[0]  # the function alone is what is measured
    nobody: frozenset[str] = frozenset()

    def call(function: Any) -> Any:
        def run(facts: dict[str, Any]) -> Any:
            accept = Acceptance(executor.plan, facts, DAY, nobody)
            return function.run((), (), facts, accept, (), None, None, (), DAY.toordinal(), accept.problems)

        return run

    return call(executor.compiled.plain), call(executor.compiled.traced)


def answers_are_equal(engine: cc.Engine, hand: Any, books: list[dict[str, Any]]) -> None:
    """Compare every answer of `evaluate` with the straight function's."""
    for facts in books:
        decision = engine.evaluate({"id": "a"}, as_of=DAY, facts=facts)
        score = decision.scores["bench.rules.score"]
        got = (list(decision.fired), list(decision.unknown), score.low, score.high, score.band)
        assert got == hand(facts), (got, hand(facts))


def others(made: list[Any], hand: Any, run: Any, books: list[dict[str, Any]]) -> None:
    """Compare and time the other engines, whose output is only what fired."""
    ready: dict[str, Any] = {"the plan's function": (run, books)}
    for name, build in PEERS.items():
        try:
            peer = build(made)
        except ImportError:
            print(f"  {name}: not installed")
            continue
        wrong = sum(sorted(peer(facts)) != sorted(hand(facts)[0]) for facts in books)
        if wrong:
            print(f"  {name}: {wrong} of {len(books)} answers differ, not timed")
        else:
            ready[name] = (peer, books)
    print(table("other engines, which say what fired and no more", side_by_side(ready, rounds=3)))


if __name__ == "__main__":
    for count in [int(word) for word in sys.argv[1:]] or [20, 120, 400]:
        main(count)
