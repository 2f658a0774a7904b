"""The journal: an append-only SQLite file of events and of the signals that they gave, with one writer."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import attrs

from clientcore.errors import Problem, SessionError
from clientcore.session.event import ERASED, Event
from clientcore.session.signal import Signal

#: Name and version of the format, kept in the file.
FORMAT = "clientcore-journal/1"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
INSERT INTO meta VALUES ('format', 'clientcore-journal/1');
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL,
    day INTEGER NOT NULL, data TEXT, digest BLOB);
CREATE INDEX events_of_account ON events (account, seq);
CREATE INDEX events_that_say ON events (at) WHERE data IS NOT NULL;
CREATE TABLE signals (
    seq INTEGER NOT NULL, n INTEGER NOT NULL, account TEXT NOT NULL, told TEXT NOT NULL, message TEXT,
    PRIMARY KEY (seq, n)) WITHOUT ROWID;
CREATE INDEX signals_with_text ON signals (account) WHERE message IS NOT NULL;
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, day INTEGER NOT NULL, base TEXT NOT NULL, standing TEXT NOT NULL,
    next TEXT) WITHOUT ROWID;
CREATE TABLE memories (account TEXT PRIMARY KEY, memory TEXT NOT NULL, upto INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX accounts_by_day ON accounts (day, id);
"""
_INSERT = "INSERT INTO events (id, account, type, at, day, data, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
_KEEP = """INSERT INTO accounts (id, day, base, standing, next) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE
SET day = excluded.day, base = excluded.base, standing = excluded.standing, next = excluded.next"""
_REMEMBER = """INSERT INTO memories (account, memory, upto) VALUES (?, ?, ?)
ON CONFLICT (account) DO UPDATE SET memory = excluded.memory, upto = excluded.upto"""


class Row(NamedTuple):
    """What the journal keeps of an account.

    Args:
        day: Day on which it was last decided, as an ordinal.
        base: What that decision started from, as JSON text.
        standing: What signals have told, as JSON text.
        next: What the next day's decision starts from, as JSON text; None: decide again to know.
    """

    day: int
    base: str
    standing: str
    next: str | None


class Journal:
    """An open journal.

    Args:
        path: The file; it is made where it is not there.
        survive_power_loss: Whether each event is forced onto the disk before it is acknowledged.

    Raises:
        SessionError: Another session has it open (CC706), it can't be written (CC707), or the file is no journal of
            this format (CC708).
    """

    def __init__(self, path: str | Path, *, survive_power_loss: bool = False) -> None:
        self.path = Path(os.path.realpath(path))
        self._unsettled = False
        self._lock = _locked(self.path)
        try:
            self._db = _opened(self.path, "FULL" if survive_power_loss else "NORMAL")
        except BaseException:
            self._lock.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep everything that is written inside, or nothing of it.

        Raises:
            SessionError: It can't be written (CC707); nothing was.
        """
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                _failed(self.path, error)
            raise
        if self._unsettled:
            self.settle()

    def find(self, id_: str) -> tuple[int, bytes | None] | None:
        """Return (number, digest) of the event with an id; the digest is None where its data was erased."""
        found: tuple[int, bytes | None] | None = self._one("SELECT seq, digest FROM events WHERE id = ?", id_)
        return found

    def add(self, event: Event, day: int, *, whole: bool = True) -> int:
        """Write an event, and the day on which its account is decided; return its number.

        Of an event that is not whole, as something was left out, no digest is kept.
        """
        digest = event.digest if whole else None
        row = (event.id, event.account, event.type, event.micros, day, event.body, digest)
        return int(self._db.execute(_INSERT, row).lastrowid or 0)

    def add_erasure(self, id_: str, day: int) -> int:
        """Write that something is erased; return the number of that entry, which `complete` completes."""
        # behind a NUL, which no event's id may have, so that no event can stand in for an erasure
        return int(self._db.execute(_INSERT, (f"\0{id_}", "", ERASED, 0, day, "{}", None)).lastrowid or 0)

    def complete(self, seq: int, data: str) -> None:
        """Write what was erased."""
        self._db.execute("UPDATE events SET data = ? WHERE seq = ?", (data, seq))

    def tell(self, seq: int, first: int, signals: Sequence[Signal]) -> None:
        """Write the signals of an event, numbered from `first`."""
        rows = [
            (seq, n, one.account, attrs.evolve(one, message="").to_json(), one.message or None)
            if one.message
            else (seq, n, one.account, one.to_json(), None)
            for n, one in enumerate(signals, first)
        ]
        self._db.executemany("INSERT INTO signals (seq, n, account, told, message) VALUES (?, ?, ?, ?, ?)", rows)

    def count(self, seq: int) -> int:
        """Return how many signals an event has."""
        return int(self._one("SELECT coalesce(max(n) + 1, 0) FROM signals WHERE seq = ?", seq)[0])

    def signals(self, seq: int, n: int, most: int) -> Iterator[dict[str, Any]]:
        """Yield the signals after a place, in order, `most` of them."""
        query = "SELECT told, message FROM signals WHERE (seq, n) > (?, ?) ORDER BY seq, n LIMIT ?"
        for told, message in self._all(query, seq, n, most):
            yield json.loads(told) | ({} if message is None else {"message": message})

    def row(self, account: str) -> Row | None:
        """Return what is kept of an account."""
        found = self._one("SELECT day, base, standing, next FROM accounts WHERE id = ?", account)
        return None if found is None else Row(*found)

    def memory(self, account: str) -> tuple[str | None, int]:
        """Return the memory of an account as JSON text, and the number of the last event in it."""
        found = self._one("SELECT memory, upto FROM memories WHERE account = ?", account)
        return (None, 0) if found is None else (str(found[0]), int(found[1]))

    def keep(self, account: str, row: Row) -> None:
        """Write what is kept of an account."""
        self._db.execute(_KEEP, (account, *row))

    def foresee(self, account: str, base: str) -> None:
        """Write what the next day's decision on an account starts from."""
        self._db.execute("UPDATE accounts SET next = ? WHERE id = ?", (base, account))

    def foresee_nothing(self) -> None:
        """Drop what next days' decisions start from, as the rulesets have changed."""
        self._db.execute("UPDATE accounts SET next = NULL WHERE next IS NOT NULL")

    def remember(self, account: str, memory: str, upto: int) -> None:
        """Write the memory of an account as it is after the event numbered `upto`."""
        self._db.execute(_REMEMBER, (account, memory, upto))

    def events(self, account: str, after: int) -> list[tuple[int, str, str, int, str | None]]:
        """Return (number, id, type, at, data) of the events of an account after a number; data is None once erased."""
        query = "SELECT seq, id, type, at, data FROM events WHERE account = ? AND seq > ? ORDER BY seq"
        return self._all(query, account, after)

    def all_events(self, after: int, most: int) -> list[tuple[int, str, str, str, int, str | None]]:
        """Return (number, id, account, type, at, data) of the events after a number, `most` of them."""
        query = "SELECT seq, id, account, type, at, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        return self._all(query, after, most)

    def data_of(self, type_: str) -> list[str]:
        """Return the data of the entries of a type, in order."""
        query = "SELECT data FROM events WHERE account = '' AND type = ? ORDER BY seq"
        return [data for (data,) in self._all(query, type_)]

    def last(self, account: str) -> int:
        """Return the number of the last event of an account."""
        return int(self._one("SELECT max(seq) FROM events WHERE account = ?", account)[0])

    def mention(self, text: str) -> list[str]:
        """Return the accounts of which an event or the memory holds a text."""
        told = json.dumps(text, ensure_ascii=False)[1:-1]
        query = """SELECT account FROM events WHERE account <> '' AND instr(data, ?) > 0
            UNION SELECT account FROM memories WHERE instr(memory, ?) > 0"""
        return [id_ for (id_,) in self._all(query, told, told)]

    def rewrite(self, seq: int, data: str) -> None:
        """Write what is left of an event."""
        self._db.execute("UPDATE events SET data = ?, digest = NULL WHERE seq = ?", (data, seq))

    def hush(self, account: str) -> None:
        """Drop the texts of problems, which may quote what an event said, from the signals of an account."""
        self._db.execute("UPDATE signals SET message = NULL WHERE account = ? AND message IS NOT NULL", (account,))

    def older(self, before: int, most: int) -> list[str]:
        """Return accounts with events that still say something and are older than a moment."""
        query = "SELECT DISTINCT account FROM events WHERE data IS NOT NULL AND at < ? AND account <> '' LIMIT ?"
        return [id_ for (id_,) in self._all(query, before, most)]

    def forget(self, account: str, before: int) -> int:
        """Drop what the events of an account said before a moment; return how many there were."""
        query = "UPDATE events SET data = NULL, digest = NULL WHERE account = ? AND data IS NOT NULL AND at < ?"
        return self._db.execute(query, (account, before)).rowcount

    def settle(self) -> None:
        """Bring everything into the file itself, so that no copy of what was erased stays beside it.

        What was written stands already; where this fails or must wait, it is done after the next thing that is written.
        """
        try:
            self._unsettled = bool(self._one("PRAGMA wal_checkpoint(TRUNCATE)")[0])
        except SessionError:
            self._unsettled = True

    def behind(self, day: int, most: int) -> list[str]:
        """Return accounts that were last decided before a day."""
        query = "SELECT id FROM accounts WHERE day < ? ORDER BY day, id LIMIT ?"
        return [id_ for (id_,) in self._all(query, day, most)]

    def days(self) -> tuple[int, int]:
        """Return the first and the last day on which any account was last decided, as ordinals; 0 without one."""
        first, last = self._one("SELECT (SELECT min(day) FROM accounts), (SELECT max(day) FROM accounts)")
        return (first or 0, last or 0)

    def get(self, key: str) -> str | None:
        """Return a value of the journal as a whole."""
        found = self._one("SELECT value FROM meta WHERE key = ?", key)
        return None if found is None else str(found[0])

    def set(self, key: str, value: str) -> None:
        """Write a value of the journal as a whole."""
        query = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._db.execute(query, (key, value))

    def counts(self) -> dict[str, int]:
        """Return how many events, signals and accounts there are."""
        return {name: int(self._one(f"SELECT count(*) FROM {name}")[0]) for name in ("events", "signals", "accounts")}  # noqa: S608 (names of ours)

    def close(self) -> None:
        """Close the file; another session may then open it."""
        self._db.close()
        self._lock.close()

    def _one(self, query: str, *args: Any) -> Any:
        found = self._all(query, *args)
        return found[0] if found else None

    def _all(self, query: str, *args: Any) -> list[Any]:
        try:
            return self._db.execute(query, args).fetchall()
        except sqlite3.Error as error:
            _failed(self.path, error)


def _locked(path: Path) -> sqlite3.Connection:
    """Return a connection that holds the lock beside a journal; the system frees it when the process dies."""
    lock = Path(f"{path}-lock")
    try:
        db = sqlite3.connect(lock, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            db.execute("BEGIN EXCLUSIVE")
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        if "locked" in str(error):
            message = f"journal `{path}` is open in another session"
            raise SessionError(problems=[Problem("CC706", message, help="close that session, or post to it")]) from None
        _failed(path, error)
    return db


def _opened(path: Path, synchronous: str) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(db, path, synchronous)
        except BaseException:
            db.close()
            raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            _failed(path, error)
        _not_ours(path)
    return db


def _prepare(db: sqlite3.Connection, path: Path, synchronous: str) -> None:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if tables:
        found = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() if "meta" in tables else None
        if found is None or found[0] != FORMAT:
            _not_ours(path)
    # what is erased must not stand in free pages
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    # pages that are written again and again go into the file once in a while: the event that waits for it is rarer
    db.execute("PRAGMA wal_autocheckpoint = 8000")
    if not tables:
        db.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
    else:
        # a file that can only be read is refused now, not at the first event
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE meta SET value = value WHERE key = 'format'")
        db.execute("COMMIT")


def _not_ours(path: Path) -> NoReturn:
    message = f"`{path}` is no journal of format {FORMAT}"
    raise SessionError(problems=[Problem("CC708", message, help="name a journal, or a file that is not there yet")])


def _failed(path: Path, error: sqlite3.Error) -> NoReturn:
    message = f"journal `{path}` can't be read or written: {str(error).lower()}"
    help_ = "what was acknowledged stands; post the event again once there is room and leave to write"
    raise SessionError(problems=[Problem("CC707", message, help=help_)]) from error
