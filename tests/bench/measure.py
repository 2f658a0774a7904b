"""Time calls side by side in one process: every candidate in turn, medians, ratios to the first."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Candidate = Callable[[Any], object]


def microseconds(call: Candidate, args: Sequence[Any]) -> float:
    """Return the mean processor time of one call over all arguments, in microseconds.

    Processor time leaves out the moments in which the machine does something else.
    """
    start = time.process_time()
    for arg in args:
        call(arg)
    return (time.process_time() - start) / len(args) * 1e6


def side_by_side(
    candidates: Mapping[str, tuple[Candidate, Sequence[Any]]], rounds: int = 15
) -> dict[str, tuple[float, float]]:
    """Return name → (median microseconds, median ratio to the first candidate of the same round)."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, (call, args) in candidates.items():
            times[name].append(microseconds(call, args))
    first = times[next(iter(times))]
    return {
        name: (statistics.median(found), statistics.median(t / base for t, base in zip(found, first, strict=True)))
        for name, found in times.items()
    }


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return name → the seconds of each round, in which every call has its turn; threads of a call count once."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return times


def table(title: str, rows: Mapping[str, tuple[float, float]], goals: Mapping[str, float] | None = None) -> str:
    """Return the measurements as text, with the goal where there is one."""
    lines = [title]
    for name, (micros, ratio) in rows.items():
        goal = (goals or {}).get(name)
        mark = "" if goal is None else f"   goal {goal:g}x {'met' if ratio <= goal else 'MISSED'}"
        lines.append(f"  {name:<44}{micros:>10.1f} us{ratio:>9.2f}x{mark}")
    return "\n".join(lines)
