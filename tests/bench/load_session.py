"""A session under load: many events in one run, then one that is killed again and again, and while its clock moves.

Run it with `make load`, or `python tests/bench/load_session.py [events] [accounts] [kills]`; without events it is only
killed. Answers are checked: nothing is lost, and a sample of accounts is decided anew from what was posted.
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
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from session_workload import SPAN, engine, events

from session_world import Fold

#: Waits for the moment of a kill: what is left to post, lines of output, chance.
Moment = Callable[[list[dict[str, Any]], Iterator[bytes], random.Random], None]
SAMPLE = 50
PARTS = 10
#: Events that a command which is to be killed is given at the most; a pipe holds them.
_AHEAD = 200


def main(count: int, accounts: int, kills: int) -> None:
    """Run the parts and print what they found."""
    parts = [(load, (count, accounts))] if count else []
    for part, numbers in [*parts, (kill, (kills,)), (kill_clock, (kills,))]:
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder), *numbers)


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
    """Kill a session again and again while it takes events in."""
    given = list(with_days({one["id"]: one for one in events(40 * kills + 100, 50)}.values(), 2))
    killed = Killed(folder, given)
    killed.again(kills, among_events)
    print(f"{kills} times killed while it took events in: {killed.told()}")


def kill_clock(folder: Path, kills: int) -> None:
    """Kill a session again and again while the clock moves: ten days at once, in two transactions and two more."""
    count = 22 * kills + 200
    given = list(with_days({one["id"]: one for one in events(count, 40, span=count)}.values(), 10))
    killed = Killed(folder, given, moves=2)
    killed.again(kills, while_the_clock_moves)
    print(f"{kills} times killed while the clock moved: {killed.told()}")
    print(f"  {killed.begun} times days were left to decide, {killed.parted} of them for some accounts only")


class Killed:
    """A session that is killed again and again, goes on each time, and is compared with one that was left alone.

    Args:
        folder: Takes its ruleset and journals.
        given: What is posted.
        moves: How often the clock may move until the next kill.
    """

    def __init__(self, folder: Path, given: list[dict[str, Any]], moves: int = _AHEAD) -> None:
        self.folder, self.given, self.made, self.moves = folder, given, engine(folder), moves
        self.done = self.heard = self.begun = self.parted = 0

    def again(self, kills: int, moment: Moment) -> None:
        """Kill it so many times; everything that was acknowledged must be there, and each signal be heard once."""
        whole = self._whole()
        last, heard, chance = "", list[dict[str, Any]](), random.Random(2)
        for _ in range(kills):
            said = self._killed(last, lambda rest, lines: moment(rest, lines, chance))
            heard += [one for one in said if "kind" in one]
            last = heard[-1]["id"] if heard else last
            acknowledged = [one["acknowledged"] for one in said if "acknowledged" in one]
            assert acknowledged == [one["id"] for one in self.given[self.done :][: len(acknowledged)]]
            self.done += len(acknowledged)
            self._look()
        with self.made.open_session(self.folder / "live.sqlite") as session:
            heard += [signal.to_dict() for signal in session.signals(last)]
            for one in self.given:
                heard += [signal.to_dict() for signal in session.post(one)]
            assert [signal.to_dict() for signal in session.signals()] == whole
        assert heard == whole
        self.heard = len(heard)

    def told(self) -> str:
        """Return what was found, in words."""
        return (
            f"{self.done:,} were acknowledged, all of them were there\n"
            f"  {self.heard:,} signals heard, each once and in order, as in a session that was left alone"
        )

    def _whole(self) -> list[dict[str, Any]]:
        """Return the signals of a session that is left alone."""
        with self.made.open_session(self.folder / "whole.sqlite") as session:
            return [signal.to_dict() for one in self.given for signal in session.post(one)]

    def _killed(self, last: str, wait: Callable[[list[dict[str, Any]], Iterator[bytes]], None]) -> list[dict[str, Any]]:
        """Run the command on what comes next, kill it at some moment, and return the whole lines that it had written.

        However fast it is, it can't take in more than it is given.
        """
        rest = self.given[self.done :]
        moved = [at for at, one in enumerate(rest) if one["type"] == "day"]
        given = rest[: min([_AHEAD, *(at + 1 for at in moved[self.moves - 1 : self.moves])])]
        command = [sys.executable, "-m", "clientcore", "session", "--journal", str(self.folder / "live.sqlite")]
        command += ["--rulesets", str(self.folder / "live.yaml"), "--no-discover", "--acknowledge", "--after", last]
        lines: list[bytes] = []
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.writelines(f"{json.dumps(one)}\n".encode() for one in given)
            process.stdin.flush()
            wait(rest, kept(process.stdout, lines))
            assert process.poll() is None, "nothing was left to do"
            process.kill()
            lines += process.stdout.readlines()
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def _look(self) -> None:
        """Look at the journal as it was left; nothing is decided before the next event comes."""
        with self.made.open_session(self.folder / "live.sqlite") as session:
            assert session.counts()["events"] >= self.done
            if session._clock.begun:
                self.begun += 1
                behind = len(session._journal.behind(session._clock.day, 1_000_000))
                self.parted += 0 < behind < session.counts()["accounts"]


def kept(stream: Iterable[bytes], lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream and keep them."""
    for line in stream:
        lines.append(line)
        yield line


def among_events(_rest: list[dict[str, Any]], lines: Iterator[bytes], chance: random.Random) -> None:
    """Wait for some lines, and a moment."""
    for _ in range(chance.randrange(0, 80)):
        next(lines)
    time.sleep(chance.random() / 100)


def while_the_clock_moves(rest: list[dict[str, Any]], lines: Iterator[bytes], chance: random.Random) -> None:
    """Wait while the clock moves once, and for a part of that time when it moves again; or let go on what was begun."""
    first, second = [at for at, one in enumerate(rest) if one["type"] == "day"][:2]
    if first == 0 and chance.random() < 0.5:
        time.sleep(chance.random() * 1.5)  # the command has to start as well
        return
    wait_for(lines, rest[first - 1]["id"] if first else None)
    started = time.perf_counter()
    wait_for(lines, rest[first]["id"])
    took = time.perf_counter() - started
    wait_for(lines, rest[second - 1]["id"])
    time.sleep(chance.random() * took)


def wait_for(lines: Iterator[bytes], id_: str | None) -> None:
    """Read lines until an event is acknowledged; nothing where there is none to wait for."""
    if id_ is not None:
        next(line for line in lines if json.loads(line).get("acknowledged") == id_)


def with_days(given: Iterable[dict[str, Any]], days: int) -> Iterator[dict[str, Any]]:
    """Yield events, and before those that are ahead of it the clock, which then moves by so many days at once."""
    clock = date.min
    for one in given:
        day = date.fromisoformat(one["at"][:10])
        if day - clock > timedelta(days=1):
            clock = day + timedelta(days=days - 2)
            yield {"id": f"day {clock}", "type": "day", "at": clock.isoformat()}
        yield one


if __name__ == "__main__":
    asked = [int(text.replace("_", "")) for text in sys.argv[1:]]
    main(*(asked + [1_000_000, 100_000, 200][len(asked) :]))
