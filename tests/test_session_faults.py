"""A journal under stress: killed, full, read-only, locked, foreign."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

import clientcore as cc
from session_world import day, engine, event, promise

HERE = Path(__file__).parent


def code_of(error: pytest.ExceptionInfo[cc.SessionError]) -> str:
    return error.value.problems[0].code


def start(journal: Path, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "clientcore", "session", "--journal", str(journal), "--no-discover"]
    command += ["--rulesets", str(folder / "care.yaml"), "--acknowledge", *more]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def events(count: int, seed: int) -> list[dict[str, Any]]:
    """Return events of a few accounts that raise and clear, day after day."""
    chance = random.Random(seed)
    made = []
    for at in range(count):
        data = {"id": f"k{chance.randrange(3)}", "is_escalated": chance.random() < 0.5}
        made.append(event(f"e{at}", "cases", at // 10, data, account=f"a{chance.randrange(5)}"))
    return made


def killed(journal: Path, folder: Path, given: list[dict[str, Any]], lines: int) -> list[dict[str, Any]]:
    """Feed events to a session, kill it after so many lines of output, and return what it had said."""
    with start(journal, folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feed = "".join(json.dumps(one) + "\n" for one in given).encode()
        writer = os.fork()
        if writer == 0:
            try:
                process.stdin.write(feed)
                process.stdin.flush()
                time.sleep(60)
            finally:
                os._exit(0)
        said = []
        for line in process.stdout:
            said.append(json.loads(line))
            if len(said) == lines:
                break
        process.kill()
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        said += [json.loads(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    return said


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_point_nothing_is_lost_or_doubled(tmp_path: Path, seed: int) -> None:
    given, journal = events(120, seed), tmp_path / "live.sqlite"
    made = engine(tmp_path)
    with made.open_session(tmp_path / "whole.sqlite") as session:
        for one in given:
            session.post(one)
        whole = [one.to_dict() for one in session.signals()]
    said = killed(journal, tmp_path, given, random.Random(seed).randrange(1, 150))
    acknowledged = [one["acknowledged"] for one in said if "acknowledged" in one]
    with made.open_session(journal) as session:
        kept = session.counts()["events"]
        assert acknowledged == [one["id"] for one in given[: len(acknowledged)]]
        assert kept >= len(acknowledged)
        # whoever got no answer posts again: what is there already says nothing, and the rest goes on
        for one in given:
            session.post(one)
        assert [one.to_dict() for one in session.signals()] == whole
        told = [one for one in said if "kind" in one]
        assert told == whole[: len(told)]


def test_a_polite_kill_ends_between_two_events(tmp_path: Path) -> None:
    engine(tmp_path)
    with start(tmp_path / "live.sqlite", tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(promise("a", 0, 0)).encode() + b"\n")
        process.stdin.flush()
        while "acknowledged" not in json.loads(process.stdout.readline()):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize("seed", range(3))
def test_a_polite_kill_in_the_middle_leaves_nothing_unsaid(tmp_path: Path, seed: int) -> None:
    """What is in the journal was all written out, and no day is decided in part."""
    given, made, chance = events(400, seed), engine(tmp_path), random.Random(seed)
    for at in range(380, 0, -20):
        given.insert(at, event(f"d{at}", "day", at // 10))
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in given))
    with start(tmp_path / "live.sqlite", tmp_path, str(tmp_path / "events.jsonl")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = [json.loads(process.stdout.readline()) for _ in range(chance.randrange(1, 300))]
        process.send_signal(signal.SIGTERM)
        said += [json.loads(line) for line in process.stdout]
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(60) == 128 + signal.SIGTERM
    with made.open_session(tmp_path / "live.sqlite") as session:
        kept = [one.id for one in session.events()]
        assert kept == [one["acknowledged"] for one in said if "acknowledged" in one]
        assert kept == [one["id"] for one in given[: len(kept)]]
        assert [one.to_dict() for one in session.signals()] == [one for one in said if "kind" in one]
        assert session._clock.begun == ""


def test_a_second_session_is_refused_in_this_process_and_in_another(tmp_path: Path) -> None:
    made, journal = engine(tmp_path), tmp_path / "live.sqlite"
    with made.open_session(journal) as session:
        session.post(promise("a", 0, 0))
        with pytest.raises(
            cc.SessionError, match=r"CC706 journal `.*live\.sqlite` is open in another session"
        ) as error:
            made.open_session(journal)
        assert code_of(error) == "CC706"
        (tmp_path / "link.sqlite").symlink_to(journal)
        with pytest.raises(cc.SessionError, match="CC706"):
            made.open_session(tmp_path / "link.sqlite")
        with start(journal, tmp_path) as process:
            out, said = process.communicate()
            assert (process.returncode, out) == (2, b"")
            assert b"CC706" in said
        session.post(promise("b", 0, 0))
    made.open_session(journal).close()


def test_the_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    made, journal = engine(tmp_path), tmp_path / "live.sqlite"
    with start(journal, tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(promise("a", 0, 0)).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        with pytest.raises(cc.SessionError, match="CC706"):
            made.open_session(journal)
        process.kill()
    with made.open_session(journal) as session:
        assert session.counts()["events"] == 1


def test_a_full_disk_is_told_and_the_journal_is_whole(tmp_path: Path) -> None:
    made, journal = engine(tmp_path), tmp_path / "live.sqlite"
    taken = []
    with made.open_session(journal) as session:
        session._journal._db.execute("PRAGMA max_page_count = 40")
        given = [event(f"e{at}", "cases", at, {"id": f"k{at}", "subject": "x" * 2000}) for at in range(200)]
        with pytest.raises(cc.SessionError, match=r"CC707 .* full"):
            taken += (one["id"] for one in given if session.post(one) is not None)
        # the session goes on as soon as there is room
        session._journal._db.execute("PRAGMA max_page_count = 100000")
        session.post(event("after", "cases", 300, {"id": "k0"}))
        seen = len(session.decision("acme").problems)
    assert taken
    with made.open_session(journal) as session:
        assert session.counts()["events"] == len(taken) + 1
        assert len(session.decision("acme").problems) == seen
        assert len(session._accounts.find("acme").memory.account()["cases"]) == len(taken)  # type: ignore[union-attr]


def test_the_system_refuses_to_write_more(tmp_path: Path) -> None:
    """A real limit of the system, in a process of its own."""
    engine(tmp_path)
    program = f"""
import resource, sys
sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from session_world import engine, event
import clientcore as cc
made = engine(Path({str(tmp_path)!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
with made.open_session({str(tmp_path / "live.sqlite")!r}) as session:
    for at in range(1000):
        try:
            session.post(event(f"e{{at}}", "cases", at, {{"id": f"k{{at}}", "subject": "x" * 2000}}))
        except cc.SessionError as error:
            print(at, error.problems[0].code)
            break
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, code = done.stdout.split()
    assert code == "CC707"
    with engine(tmp_path).open_session(tmp_path / "live.sqlite") as session:
        assert session.counts()["events"] == int(count)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)


def test_a_journal_that_can_only_be_read_is_refused_at_once() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        made = engine(folder)
        made.open_session(folder / "live.sqlite").close()
        before = (folder / "live.sqlite").read_bytes()
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        program = f"""
import os
import clientcore as cc
import clientcore.session
made = cc.Engine(rulesets=[{str(folder / "care.yaml")!r}], plugins=[], discover=False)
made.plan()
if os.geteuid() == 0:  # who may do everything is refused nothing
    os.setuid(65534)
for name in ("live.sqlite", "new.sqlite"):
    try:
        made.open_session({str(folder)!r} + "/" + name)
    except cc.SessionError as error:
        print(error.problems[0].code)
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()) == (0, ["CC707", "CC707"]), done.stderr
        assert (folder / "live.sqlite").read_bytes() == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_what_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    made = engine(tmp_path)
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database, but long enough to have a header of sixteen bytes\n" * 50)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE meta (key, value)")
    db.close()
    for path in (notes, other):
        before = path.read_bytes()
        with pytest.raises(cc.SessionError, match="is no journal of format clientcore-journal/1") as error:
            made.open_session(path)
        assert code_of(error) == "CC708"
        assert path.read_bytes() == before
    with pytest.raises(cc.SessionError, match="CC707"):
        made.open_session(tmp_path / "nowhere" / "live.sqlite")


def read_all(made: cc.Engine, journal: Path) -> None:
    with made.open_session(journal) as session:
        for at in range(50):
            session.decision(f"a{at}")
        session.post(event("e", "cases", 0, {"id": "k"}))


def test_a_journal_that_was_cut_off_is_told(tmp_path: Path) -> None:
    made, journal = engine(tmp_path), tmp_path / "live.sqlite"
    with made.open_session(journal) as session:
        for at in range(50):
            session.post(event(f"e{at}", "cases", 0, {"id": f"k{at}", "subject": "x" * 500}, account=f"a{at}"))
    with journal.open("r+b") as file:
        file.truncate(journal.stat().st_size // 2)
    with pytest.raises(cc.SessionError, match=r"CC70[78]"):
        read_all(made, journal)


def test_a_failed_event_leaves_memory_as_the_journal_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(tmp_path)
    with made.open_session(tmp_path / "live.sqlite") as session:
        session.post(promise("a", 0, 0))

        def broken(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(session._journal, "tell", broken)
            with pytest.raises(cc.SessionError, match="CC707"):
                session.post(promise("b", 0, 0))
        assert session.decision("acme").fired == ()
        assert [one.kind for one in session.post(promise("b", 0, 0))] == ["finding_raised"]
        assert session.decision("acme").as_of == day(0)
