"""A session under load: many events in one run, then one that is killed again and again.

Run it with `make load`, or `python tests/bench/load_session.py [events] [accounts] [kills]`. Answers are checked:
nothing is lost, and a sample of accounts is decided anew from what was posted.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from session_workload import SPAN, engine, events

from session_world import Fold

SAMPLE = 50
PARTS = 10


def main(count: int, accounts: int, kills: int) -> None:
    """Run both parts and print what they found."""
    with tempfile.TemporaryDirectory() as folder:
        load(Path(folder), count, accounts)
    with tempfile.TemporaryDirectory() as folder:
        kill(Path(folder), kills)


def load(folder: Path, count: int, accounts: int) -> None:
    """Post events, with at most a tenth of the accounts in memory, and check what is kept."""
    made, keep = engine(folder), max(accounts // 10, 1)
    records = 2 * keep
    sample = {f"a{at}" for at in random.Random(1).sample(range(accounts), min(SAMPLE, accounts))}
    fold, told, seen = Fold(made), 0, set[str]()
    # of full length from the start, so that they are no part of what grows
    times, worked = array("d", bytes(8 * count)), array("d", bytes(8 * count))
    memory, busy = [resident()], [os.getloadavg()[0]]
    with made.open_session(folder / "live.sqlite", keep=keep, keep_records=records) as session:
        started = time.process_time()
        for at, one in enumerate(events(count, accounts)):
            begun, work = time.perf_counter(), time.thread_time()
            told += len(session.post(one))
            times[at] = (time.perf_counter() - begun) * 1e3
            worked[at] = (time.thread_time() - work) * 1e3
            if one["account"] in sample and one["id"] not in seen:
                seen.add(one["id"])
                fold.take(one)
            if (at + 1) % (count // PARTS) == 0:
                memory.append(resident())
                busy.append(os.getloadavg()[0])
                print(
                    f"  {at + 1:,} events, {memory[-1] / 1e6:.0f} MB, load {busy[-1]:.1f}", file=sys.stderr, flush=True
                )
        used = (time.process_time() - started) / count * 1e3
        taken = session.counts()["events"]
    size = (folder / "live.sqlite").stat().st_size
    with made.open_session(folder / "live.sqlite") as session:
        kept = [(one.id, one.account) for one in session.events()]
        assert len({id_ for id_, _ in kept}) == len(kept) == taken
        assert sum(1 for _ in session.signals()) == told
        for account, decision in fold.decisions.items():
            assert session.decision(account) == decision, account
    expected = {one["id"]: one["account"] for one in events(count, accounts)}
    assert dict(kept) == expected
    print(f"{count:,} events over {accounts:,} accounts and {SPAN} days, at most {keep:,} accounts in memory")
    print(f"  with {records:,} records; 120 rules")
    print(
        f"  kept {taken:,} (the rest came twice), {told:,} signals; {len(fold.decisions)} accounts decided anew: equal"
    )
    for name, values in (("by the clock on the wall", times), ("of processor time", worked)):
        ordered = sorted(values)
        print(f"  an event: median {ordered[count // 2]:.2f} ms, p99 {ordered[count * 99 // 100]:.2f} ms {name}")
    print(f"  processor time of an event {used:.2f} ms, with what makes and checks it")
    print(f"  load of the machine, tenth by tenth: {', '.join(f'{one:.1f}' for one in busy)}; {os.cpu_count()} cores")
    print(f"  memory of the process, before and tenth by tenth: {', '.join(f'{size / 1e6:.0f}' for size in memory)} MB")
    print(f"  journal {size / 1e6:,.0f} MB")


def resident() -> int:
    """Return the bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def kill(folder: Path, kills: int) -> None:
    """Kill a session again and again, go on each time, and compare with one that was left alone."""
    made, chance = engine(folder), random.Random(2)
    given = list(with_days({one["id"]: one for one in events(40 * kills + 100, 50)}.values()))
    with made.open_session(folder / "whole.sqlite") as session:
        whole = [signal.to_dict() for one in given for signal in session.post(one)]
    done, last, heard = 0, "", list[dict[str, Any]]()
    for _ in range(kills):
        said = killed(folder, given[done:], last, chance)
        heard += [one for one in said if "kind" in one]
        last = heard[-1]["id"] if heard else last
        acknowledged = [one["acknowledged"] for one in said if "acknowledged" in one]
        assert acknowledged == [one["id"] for one in given[done : done + len(acknowledged)]]
        done += len(acknowledged)
        with made.open_session(folder / "live.sqlite") as session:
            assert session.counts()["events"] >= done
    with made.open_session(folder / "live.sqlite") as session:
        heard += [signal.to_dict() for signal in session.signals(last)]
        for one in given:
            heard += [signal.to_dict() for signal in session.post(one)]
        assert [signal.to_dict() for signal in session.signals()] == whole
    assert heard == whole
    print(f"{kills} times killed while it took events in: {done:,} were acknowledged, all of them were there")
    print(f"  {len(heard):,} signals heard, each once and in order, as in a session that was left alone")


def with_days(given: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield events, and before those of every other day the clock, which then moves by two days at once."""
    clock = date.min
    for one in given:
        day = date.fromisoformat(one["at"][:10])
        if day - clock >= timedelta(days=2):
            clock = day
            yield {"id": f"day {day}", "type": "day", "at": day.isoformat()}
        yield one


def killed(folder: Path, given: list[dict[str, Any]], last: str, chance: random.Random) -> list[dict[str, Any]]:
    """Run the command on events, kill it at some moment, and return the whole lines that it had written."""
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in given), encoding="utf-8")
    command = [sys.executable, "-m", "clientcore", "session", "--journal", str(folder / "live.sqlite")]
    command += ["--rulesets", str(folder / "live.yaml"), "--no-discover", "--acknowledge", "--after", last]
    with subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(chance.randrange(0, 80))]
        time.sleep(chance.random() / 100)
        process.kill()
        lines += process.stdout.readlines()
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


if __name__ == "__main__":
    asked = [int(text.replace("_", "")) for text in sys.argv[1:]]
    main(*(asked + [1_000_000, 100_000, 200][len(asked) :]))
