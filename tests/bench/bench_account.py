"""One account with 200 related records as mappings through all bundled rulesets, validation included.

Run it with `make bench`, or `python tests/bench/bench_account.py`.
"""

from __future__ import annotations

import statistics
import time
from datetime import date

import clientcore as cc
from clientcore.simulate import simulate_book

DAY = date(2026, 6, 30)
RECORDS = 200


def main() -> None:
    """Take the simulated accounts nearest to 200 related records and time each decision."""
    engine = cc.Engine()
    accounts = nested(400)
    sizes = {
        at: sum(len(rows) for rows in account.values() if isinstance(rows, list)) for at, account in enumerate(accounts)
    }
    chosen = [accounts[at] for at in sorted(sizes, key=lambda at: abs(sizes[at] - RECORDS))[:50]]
    records = [sum(len(rows) for rows in account.values() if isinstance(rows, list)) for account in chosen]
    first = [engine.evaluate(account, as_of=DAY).to_json() for account in chosen]
    times: dict[str, list[float]] = {"record": [], "durable": []}
    for _ in range(10):
        for account, before in zip(chosen, first, strict=True):
            for executor, taken in times.items():
                start = time.perf_counter()
                decision = engine.evaluate(account, as_of=DAY, executor=executor)  # type: ignore[arg-type]
                taken.append((time.perf_counter() - start) * 1e3)
                assert decision.to_json() == before
    plan = engine.plan()
    print(f"{len(engine.rulesets)} rulesets, {len(plan.steps)} steps; {min(records)} to {max(records)} related records")
    for executor, taken in times.items():
        p50, p99 = statistics.median(taken), sorted(taken)[int(len(taken) * 0.99)]
        print(f"{executor:<8} p50 {p50:.2f} ms, p99 {p99:.2f} ms (goal: p50 under 5 ms)")
    print(f"durable / record {statistics.median(times['durable']) / statistics.median(times['record']):.2f}")


def nested(count: int) -> list[dict[str, object]]:
    """Return simulated accounts with their related records nested in them."""
    book = simulate_book(count, seed=7, as_of=DAY)
    tables = {name: rows for name, rows in book.tables.items() if name != "accounts"}
    accounts: dict[str, dict[str, object]] = {row["id"]: {**row} for row in book.tables["accounts"]}
    for name, rows in tables.items():
        for account in accounts.values():
            account[name] = []
        for row in rows:
            owner = accounts.get(row.get("account_id"))
            if owner is not None:
                owner[name].append(row)  # type: ignore[attr-defined]
    return list(accounts.values())


if __name__ == "__main__":
    main()
