"""A live session: events in, signals out, each of them in the journal before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from clientcore.arguments import id_of, listed, path_of, require_day, require_flag, require_text, require_whole
from clientcore.decision import Decision
from clientcore.errors import FactError, Problem, SessionError, did_you_mean
from clientcore.intake.children import CHILDREN
from clientcore.matching import Matcher
from clientcore.session import forgetting
from clientcore.session.accounts import SNAPSHOT, Accounts
from clientcore.session.clock import HORIZON, Clock
from clientcore.session.deciding import Decides, Deciding, matcher_of, named_children
from clientcore.session.event import ERASED, LARGEST, Event, iso, too_large
from clientcore.session.journal import Journal
from clientcore.session.signal import Signal, signal_of
from clientcore.session.stored import require_book
from clientcore.session.turn import Turn

if TYPE_CHECKING:
    from clientcore.book import Book

#: Accounts in working memory, and records of theirs.
KEEP, KEEP_RECORDS = 10_000, 200_000
_PAGE = 1000
#: Numbers of more digits are none of SQLite's.
_DIGITS = 18


class Session:
    """An open session; `engine.open_session` opens one, and `with` closes it.

    Every method may be called from any thread of the process that opened it; events are taken one after the other. A
    hook that is told of a decision can't call the session that makes it.
    """

    def __init__(
        self,
        deciding: Deciding,
        journal: Journal,
        *,
        book: Book | None = None,
        keep: int = KEEP,
        keep_records: int = KEEP_RECORDS,
        ahead_days: int = 1,
        largest: int = LARGEST,
        retention_days: int | None = None,
        horizon_days: int = HORIZON,
    ) -> None:
        self._journal = journal
        self._ahead = ahead_days
        self._largest = largest
        self._retention = retention_days
        self._turn = Turn()
        self._matcher = deciding.matcher
        self._accounts = Accounts(deciding, journal, book, keep, keep_records, forgetting.erased_before(journal))
        self._accounts.settle_on(deciding.fingerprint)
        self._clock = Clock(self._accounts, horizon_days)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def clock(self) -> date | None:
        """The day to which `advance` moved the clock; None before it was ever set."""
        return date.fromordinal(self._clock.day) if self._clock.day else None

    @property
    def matcher(self) -> Matcher | None:
        """What answers event patterns: None in Python; durable-rules has `reports` of questions on which it died."""
        return self._matcher

    def post(self, event: Event | Mapping[str, Any]) -> tuple[Signal, ...]:
        """Take an event in; when this returns, the event and its signals are in the journal.

        Args:
            event: The event, or a mapping with its keys.

        Returns:
            What it changed. An event that was taken in before gives nothing.

        Raises:
            SessionError: It is not well formed or of no known type (CC701, CC702), its id was used for other content
                (CC703), it is from the future (CC704) or a day far from the clock (CC710), too large (CC705), or the
                journal can't be written (CC707). Nothing of it was taken in.
        """
        given = Event.of(event)
        if len(given.body) > self._largest or len(given.body.encode()) > self._largest:
            raise SessionError(problems=[too_large(self._largest)])
        with self._turn:
            return self._posted(given)

    def advance(self, day: date) -> tuple[Signal, ...]:
        """Move the clock on to a day, and decide every account on each day up to it on which it was not decided yet.

        Windows and deadlines pass, dwell times end, actions become due, each on its own day: the same signals come as
        if the clock had moved on day by day. The clock never goes back.

        Args:
            day: The day, at most `horizon_days` from where the clock stands.

        Returns:
            What changed, account by account, and of each day by day.

        Raises:
            FactError: It is no day (CC403).
            SessionError: It is further off (CC710). Or the journal can't be written (CC707); what was decided so far is
                in it, and the same call goes on from there.
        """
        require_day(day, "day")
        at = day.isoformat()
        event = Event(id=f"day:{at}", type="day", at=at)
        with self._turn:
            # an event of another kind may have taken the id; the next one is as good, and the same at each call
            while (known := self._journal.find(event.id)) is not None and known[1] != event.digest:
                event = Event(id=f"{event.id}'", type="day", at=at)
            return self._posted(event)

    def erase(self, contact: str) -> tuple[Signal, ...]:
        """Erase a person: what the journal, its signals and working memory hold of a contact is gone for good.

        Ids and days stay, so that events and records can still be counted, and what the journal gives again is
        defined. What an event says of the person later is left out.

        Args:
            contact: Id of the contact.

        Returns:
            `contact_erased` for each account that knew the person, and what changed there.

        Raises:
            FactError: It is no id (CC403).
            SessionError: The journal can't be written (CC707); nothing was erased.
        """
        whom = id_of("contact", contact)
        with self._turn:
            return (*self._clock.finish(), *forgetting.erase(self._accounts, whom, self._clock.day))

    def erasures(self) -> tuple[Mapping[str, Any], ...]:
        """Return what was erased, in order: `contact` or `before`, and how many `events` lost something."""
        with self._turn:
            return tuple(json.loads(data) for data in self._journal.data_of(ERASED))

    def decision(self, account: str) -> Decision:
        """Return the decision on an account as it stands, with everything that explains it.

        Args:
            account: Id of the account.

        Raises:
            FactError: The session has no such account, or it is no id (CC403).
        """
        wanted = id_of("account", account)
        with self._turn:
            return self._decision(wanted)

    def decisions(self, account: str, *, subject: str) -> tuple[Decision, ...]:
        """Return the decisions on the children of an account as they stand.

        Args:
            account: Id of the account.
            subject: `opportunity` or `workstream`.

        Returns:
            One decision per child, by id; none where the session does not decide this subject.

        Raises:
            FactError: The session has no such account, or accounts have no such children (CC403).
        """
        require_text("subject", subject, f"give one of: {', '.join(CHILDREN)}")
        if subject not in CHILDREN:
            raise FactError(f"CC403 `{subject}` is no child of an account; {did_you_mean(subject, CHILDREN)}")
        wanted = id_of("account", account)
        with self._turn:
            self._decision(wanted)
            live = self._accounts.find(wanted)
            made = {} if live is None else live.children.decided
            return tuple(
                decision for (kind, _), (_, decision) in sorted(made.items(), key=itemgetter(0)) if kind == subject
            )

    def signals(self, after: str = "") -> Iterator[Signal]:
        """Yield the signals in the journal, so that whoever was away misses none.

        Args:
            after: Id of the last signal that was seen; empty for all.

        Raises:
            FactError: It is no id of a signal (CC403).
        """
        require_text("after", after, "give the id of a signal, for example 17.0")
        return self._signals(_place(after))

    def _signals(self, place: tuple[int, int]) -> Iterator[Signal]:
        while True:
            with self._turn:
                page = list(self._journal.signals(*place, _PAGE))
            for told in page:
                yield signal_of(told)
            if len(page) < _PAGE:
                return
            place = _place(page[-1]["id"])

    def events(self) -> Iterator[Event]:
        """Yield the events in the journal as they were taken in; an empty journal gives the same signals for them.

        What was erased is missing from them; an event of which nothing is left but its id is left out.
        """
        place = 0
        while True:
            with self._turn:
                page = self._journal.all_events(place, _PAGE)
            for _, id_, account, type_, at, data in page:
                if data is not None and type_ != ERASED:
                    yield Event(id=id_, type=type_, at=iso(at), account=account, data=json.loads(data))
            if len(page) < _PAGE:
                return
            place = page[-1][0]

    def counts(self) -> dict[str, int]:
        """Return how many events, signals and accounts the journal holds."""
        with self._turn:
            return self._journal.counts()

    def close(self) -> None:
        """Close the journal; another session may then open it.

        Closing it again does nothing, nor does closing it in a fork of the process that opened it.

        Raises:
            ClientcoreError: A hook that is told of a decision calls it (CC403).
        """
        self._turn.end(self._release)

    def _release(self) -> None:
        self._accounts.clear()
        self._journal.close()
        getattr(self._matcher, "close", lambda: None)()

    def _posted(self, given: Event) -> tuple[Signal, ...]:
        known = self._journal.find(given.id)
        if known is not None and known[1] not in {None, given.digest}:
            message = f"event id `{given.id}` was used for other content"
            raise SessionError(problems=[Problem("CC703", message, help="give what is new an id of its own")])
        if given.type == "day":
            return self._advanced(given, new=known is None)
        return () if known is not None else self._taken(given)

    def _decision(self, account: str) -> Decision:
        live = self._accounts.find(account)
        if live is None:
            raise FactError(f"CC403 no account `{account}` in this session; post an event of it first")
        decision = self._accounts.deciding.decision(live)
        if self._accounts.too_many:
            with self._journal.writing():
                self._accounts.bound()
        return decision

    def _taken(self, given: Event) -> tuple[Signal, ...]:
        if self._clock.day and given.ordinal > self._clock.day + self._ahead:
            message = f"event `{given.id}` is of {given.day}, and the clock stands at {self.clock}"
            help_ = "post it when its day has come, or move the clock on"
            raise SessionError(problems=[Problem("CC704", message, help=help_)])
        finished = self._clock.finish()
        accounts = self._accounts
        live = accounts.find(given.account)
        left_out = forgetting.without_erased(given, accounts.erased, None if live is None else live.memory)
        event = left_out.event
        day = max(self._clock.day, event.ordinal, 0 if live is None else live.day)
        told: list[Mapping[str, Any]] = []
        try:
            with self._journal.writing():
                seq = self._journal.add(event, day, whole=left_out.whole)
                if live is None:
                    live = accounts.opened(event.account, day, seq)
                    told.append({"kind": "account_opened"})
                accounts.deciding.turn(live, day)
                live.memory.apply(event.type, event.data, event.stamp)
                if left_out.places:
                    forgetting.clear(accounts, live, left_out.places)
                told += [*left_out.told, *accounts.deciding.again(live)]
                signals = accounts.tell(live, seq, event.id, told)
                accounts.save(live)
                live.since += 1
                if live.since >= SNAPSHOT:
                    accounts.remember(live, seq)
                accounts.bound()
        except BaseException:
            accounts.drop([event.account])
            raise
        if left_out.places:
            self._journal.settle()
        return (*finished, *signals)

    def _advanced(self, event: Event, *, new: bool) -> tuple[Signal, ...]:
        signals = self._clock.move(event) if new else self._clock.finish()
        if self._retention is not None:
            forgetting.retain(self._accounts, self._clock.day, self._retention)
        return signals


def open_session(
    engine: Decides,
    journal: str | Path,
    *,
    book: Book | None = None,
    only: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
    profile: str | None = None,
    keep: int = KEEP,
    keep_records: int = KEEP_RECORDS,
    ahead_days: int = 1,
    largest: int = LARGEST,
    retention_days: int | None = None,
    horizon_days: int = HORIZON,
    survive_power_loss: bool = False,
    matcher: Literal["python", "durable"] = "python",
) -> Session:
    """Open a session on a journal.

    Args:
        engine: The engine.
        journal: Its SQLite file, which is made where it is not there. Only one session may have it open.
        book: Accounts as they were before the session; each is read when its first event comes, and stands in the
            journal from then on.
        only: Ids or patterns to compute; None for all.
        subjects: Which children of accounts are decided with them, of `opportunity` and `workstream`; None for all
            that rulesets decide.
        profile: Profile whose params hold; None for the engine's, or for the first whose `match` is true.
        keep: Accounts in working memory, 1 or more; others are read from the journal again.
        keep_records: Related records that they have together, 1 or more; the account at hand stays however many it has.
        ahead_days: Days by which an event may be ahead of the clock, 0 or more.
        largest: The most bytes that the data of an event may have.
        retention_days: Days after which the journal forgets what an event said, 1 or more; None: never. It happens
            when the clock moves on. What is known of the account stays.
        horizon_days: Days by which the clock may move at once, either way, 1 or more; a day further off is refused, as
            its year may be wrong.
        survive_power_loss: Whether an acknowledged event survives a loss of power too; each then waits for the disk.
        matcher: What answers event patterns: `python`, or `durable` for durable-rules in a process of its own, whose
            death costs nothing. Both give the same signals.

    Returns:
        The session; close it, or use `with`.

    Raises:
        SessionError: Another session has the journal open (CC706), it can't be written (CC707), or is none (CC708).
        ClientcoreError: `only`, `subjects`, `profile` or `matcher` names nothing, or `book` is none (CC403, CC113).
        MissingExtraError: `matcher` is `durable`, and durable-rules is not installed (CC402).
    """
    numbers = {"keep": keep, "keep_records": keep_records, "largest": largest, "horizon_days": horizon_days}
    numbers |= {} if retention_days is None else {"retention_days": retention_days}
    _require(numbers, ahead_days, profile, book, flag=survive_power_loss)
    file = path_of("journal", journal, "give the path of its file")
    wanted = None if only is None else listed("only", only)
    deciding = Deciding(engine, wanted, profile, matcher_of(matcher), named_children(subjects))
    opened = Journal(file, survive_power_loss=survive_power_loss)
    try:
        return Session(deciding, opened, book=book, ahead_days=ahead_days, **numbers)
    except BaseException:
        opened.close()
        raise


def _require(
    numbers: Mapping[str, int], ahead_days: int, profile: str | None, book: Book | None, *, flag: bool
) -> None:
    require_flag("survive_power_loss", flag)
    require_book(book)
    for name, given in numbers.items():
        require_whole(name, given, 1)
    require_whole("ahead_days", ahead_days, 0)
    if profile is not None:
        require_text("profile", profile, "give the name of a profile")


def _place(after: str) -> tuple[int, int]:
    seq, dot, n = after.partition(".")
    if not after:
        return (0, 0)
    if not (dot and seq.isdecimal() and n.isdecimal()) or max(len(seq), len(n)) > _DIGITS:
        raise FactError(f"CC403 `{after[:40]}` is no id of a signal; it looks like 17.0")
    return (int(seq), int(n))
