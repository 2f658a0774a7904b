"""`clientcore session`: events as JSON Lines in, signals as JSON Lines out, through a journal."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from clientcore.cli.arguments import Commands, add_engine, build_engine, command, day, names, open_book, positive
from clientcore.cli.terminal import is_terminal, note
from clientcore.cli.words import in_options
from clientcore.errors import ClientcoreError, SessionError

if TYPE_CHECKING:
    from clientcore.session import Session, Signal

_EXAMPLES = """\
session --journal live.sqlite < events.jsonl
session --journal live.sqlite --book book --as-of 2026-06-30 < events.jsonl
session --journal live.sqlite --after 1204.1 more.jsonl
"""


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(commands, "session", "take events in as they come, and say what each of them changes", _EXAMPLES)
    parser.add_argument("events", metavar="EVENTS", nargs="?", default="-",
                        help="file with one event as JSON on each line (default: standard input)")  # fmt: skip
    parser.add_argument("--journal", metavar="FILE", type=Path, required=True,
                        help="SQLite file that keeps events and signals; made where it is not there")  # fmt: skip
    parser.add_argument("--book", metavar="BOOK", help="accounts as they were before the session")
    parser.add_argument("--mapping", metavar="NAME", help="how foreign tables become ours, as for `evaluate`")
    parser.add_argument("--as-of", metavar="DAY", type=day, help="move the clock on to this day first")
    parser.add_argument("--only", metavar="IDS", type=names,
                        help="compute only these, a comma list such as `trust.*`; "
                             "names also what is only computed on request")  # fmt: skip
    parser.add_argument("--after", metavar="ID", help="first print again the signals that come after this one")
    parser.add_argument("--acknowledge", action="store_true", help="print a line for each event that was taken in")
    parser.add_argument("--keep", metavar="N", type=positive, default=10_000,
                        help="accounts in working memory (default 10000)")  # fmt: skip
    parser.add_argument("--erase", metavar="CONTACT", action="append", default=[],
                        help="first erase a person from the journal, by the id of the contact")  # fmt: skip
    parser.add_argument("--retention-days", metavar="N", type=positive,
                        help="days after which the journal forgets what an event said (default: never)")  # fmt: skip
    parser.add_argument("--horizon-days", metavar="N", type=positive, default=300,
                        help="days by which the clock may move at once (default 300)")  # fmt: skip
    parser.add_argument("--matcher", choices=("python", "durable"), default="python",
                        help="what answers event patterns; both give the same signals (default python)")  # fmt: skip
    parser.add_argument("--survive-power-loss", action="store_true", help="wait for the disk at each event")
    add_engine(parser)
    parser.set_defaults(rejects=None)
    return parser


def run(args: argparse.Namespace) -> int:
    """Take in each line of standard input."""
    from clientcore.session import open_session

    if args.mapping is not None and args.book is None:
        raise ClientcoreError("--mapping says how to read a book; give --book")
    _require_file(args.journal)
    engine = build_engine(args)
    book = None if args.book is None else open_book(args, engine)
    with (
        _opened(args.events) as stream,
        open_session(
            engine,
            args.journal,
            book=book,
            only=args.only,
            keep=args.keep,
            retention_days=args.retention_days,
            horizon_days=args.horizon_days,
            survive_power_loss=args.survive_power_loss,
            matcher=args.matcher,
        ) as session,
    ):
        if args.after is not None:
            _again(session, args.after)
        with _stopping() as stops:
            return _run(args, stream, session, stops)


def _require_file(journal: Path) -> None:
    if journal.is_dir():
        raise ClientcoreError(f"`{journal}` is a folder; name a file in it, as --journal {journal / 'live.sqlite'}")
    if not journal.parent.is_dir():
        raise ClientcoreError(f"there is no folder `{journal.parent}` for the journal; make it first")


def _again(session: Session, after: str) -> None:
    """Print again the signals that come after one; an id that is beyond the last is told."""
    count = 0
    for one in session.signals(after):
        count += 1
        _say(one.to_json())
    if not count and not any(one.id == after for one in session.signals()):
        note(f"no signal comes after `{after}`, and the journal has no signal `{after}` itself")


@contextmanager
def _opened(named: str) -> Iterator[BinaryIO]:
    if named == "-":
        if is_terminal(sys.stdin):
            note("write one event as JSON on each line; end with Ctrl-D")
        yield sys.stdin.buffer
        return
    with Path(named).open("rb") as file:
        yield file


def _run(args: argparse.Namespace, stream: BinaryIO, session: Session, stops: Stops) -> int:
    from clientcore.session import read_line
    from clientcore.session.event import LARGEST, id_in

    counts = {"taken": 0, "refused": 0, "signals": 0}

    def tell(signals: tuple[Signal, ...]) -> None:
        counts["signals"] += len(signals)
        for one in signals:
            _say(one.to_json())

    with stops.busy():
        for contact in args.erase:
            _erase(session, contact, tell)
        if args.as_of is not None:
            if session.clock is not None and session.clock > args.as_of:
                note(f"the clock stands at {session.clock} and never goes back; --as-of {args.as_of} moves nothing")
            tell(session.advance(args.as_of))
    for number, line in _lines(stream, 2 * LARGEST):
        with stops.busy():
            try:
                given = read_line(line, LARGEST)
                found = session.post(given)
            except SessionError as error:
                if error.problems and error.problems[0].code in _FATAL:
                    raise
                counts["refused"] += 1
                _say(_refusal(error, number, id_in(line)))
                continue
            counts["taken"] += 1
            tell(found)
            if args.acknowledge:
                _say(json.dumps({"acknowledged": given.id, "signals": len(found)}, ensure_ascii=False))
    taken, signals = (
        f"{counts[key]:,} {word}" if counts[key] == 1 else f"{counts[key]:,} {word}s"
        for key, word in (("taken", "event"), ("signals", "signal"))
    )
    note(f"{taken} taken in, {counts['refused']:,} refused, {signals}")
    return 1 if counts["refused"] else 0


def _erase(session: Session, contact: str, tell: Callable[[tuple[Signal, ...]], None]) -> None:
    """Erase a person, and say so where nobody of that id was known: a slip of the pen leaves the person there."""
    before = {one.get("contact") for one in session.erasures()}
    found = session.erase(contact)
    tell(found)
    if contact in before:
        note(f"contact `{contact}` was erased before")
    elif not found:
        note(f"no account knows a contact `{contact}`, so nothing was erased; what later events say of it is left out")


#: What no further line can do away with.
_FATAL = ("CC706", "CC707", "CC708")


def _refusal(error: SessionError, line: int, event: str) -> str:
    problem = error.problems[0]
    told: dict[str, Any] = {"error": problem.code, "line": line}
    if event:
        told["event"] = event
    return json.dumps(told | {"message": problem.message, "help": in_options(problem.help)}, ensure_ascii=False)


def _lines(stream: BinaryIO, most: int) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of a stream; of a line that is too long only its beginning is ever in memory."""
    number = 0
    while line := stream.readline(most):
        number += 1
        if len(line) == most and not line.endswith(b"\n"):
            while (rest := stream.readline(most)) and not rest.endswith(b"\n"):
                pass
        if line.strip():
            yield number, line.rstrip(b"\r\n")


def _say(text: str) -> None:
    out = getattr(sys.stdout, "buffer", None)
    if out is None:
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.flush()
        out.write(text.encode("utf-8") + b"\n")
    sys.stdout.flush()


class Stops:
    """Lets a polite kill wait until the event at hand is done."""

    def __init__(self) -> None:
        self._busy = False
        self._wanted: int | None = None

    def __call__(self, signum: int, _frame: object) -> None:
        """Note the signal, and end at once where nothing is at hand."""
        self._wanted = signum
        if not self._busy:
            self._end()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Do what is inside to its end, and then end the program if that is wanted."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False
        if self._wanted is not None:
            self._end()

    def _end(self) -> None:
        if self._wanted == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + (self._wanted or 0))


@contextmanager
def _stopping() -> Iterator[Stops]:
    stops = Stops()
    before = {}
    for signum in (signal.SIGTERM, signal.SIGINT):
        # a command that runs inside another program leaves that program's own ways alone
        handler = signal.getsignal(signum)
        if callable(handler) and handler is not signal.default_int_handler:
            before[signum] = signal.signal(signum, stops)
    try:
        yield stops
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
