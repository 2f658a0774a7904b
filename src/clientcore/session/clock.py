"""The clock of a session: it moves on day by day, and every account is decided on each day that it passes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import date

import attrs

from clientcore.errors import Problem, SessionError
from clientcore.session.accounts import Accounts
from clientcore.session.event import Event
from clientcore.session.signal import Signal

_LOG = logging.getLogger("clientcore")
#: Days by which the clock may move at once, either way: less than a year, so that a wrong year is found.
HORIZON = 300
#: Decisions in one transaction when the clock moves on.
_TOGETHER = 200


@attrs.define
class Clock:
    """The clock.

    Args:
        accounts: The accounts that go with it.
        horizon: Days by which it may move at once, either way.
        day: The day on which it stands, as an ordinal; 0 before it was ever set.
        begun: Number and id of the event whose day is not yet decided for all accounts, and the first day that is
            decided, as JSON text; else empty.
    """

    accounts: Accounts
    horizon: int = HORIZON
    day: int = attrs.field(init=False)
    begun: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.day = int(self.accounts.journal.get("clock") or 0)
        self.begun = self.accounts.journal.get("begun") or ""

    def move(self, event: Event) -> tuple[Signal, ...]:
        """Take in an event of a day and decide every account on each day up to it.

        Raises:
            SessionError: The day is further off than the horizon (CC710); nothing of it was taken in.
        """
        self._require_near(event)
        signals = self.finish()
        journal, day, begun = self.accounts.journal, event.ordinal, ""
        with journal.writing():
            seq = journal.add(event, day)
            if day > self.day:
                begun = json.dumps([seq, event.id, self._first(day)])
                journal.set("clock", str(day))
                journal.set("begun", begun)
        self.day, self.begun = max(day, self.day), begun
        return (*signals, *self.finish())

    def finish(self) -> tuple[Signal, ...]:
        """Decide what is left of days that were begun: nothing else comes before, so that signals stand in order."""
        if not self.begun:
            return ()
        accounts, signals = self.accounts, list[Signal]()
        seq, event, first = json.loads(self.begun)
        while some := accounts.journal.behind(self.day, self._many(first)):
            try:
                with accounts.journal.writing():
                    signals += self._decided(some, seq, event, first)
                    accounts.bound()
            except BaseException:
                accounts.drop(some)
                raise
        with accounts.journal.writing():
            accounts.journal.set("begun", "")
        self.begun = ""
        return tuple(signals)

    def _first(self, day: int) -> int:
        """Return the first day that is decided as the clock moves to a day, and say where others are left out.

        Only before there was a clock can an account stand further back than the clock may move.
        """
        first, (oldest, _) = day - self.horizon + 1, self.accounts.journal.days()
        if self.day or oldest >= first - 1:
            return 0
        if oldest:
            _LOG.warning(
                "the clock begins on %s, and the oldest account was last decided on %s: no day before %s is decided "
                "(`horizon_days` is %d), and what came and went till then is not told",
                *map(date.fromordinal, (day, oldest, first)),
                self.horizon,
            )
        return first

    def _many(self, first: int) -> int:
        """Return how many accounts are decided in one transaction."""
        oldest, _ = self.accounts.journal.days()
        return max(1, _TOGETHER // max(1, self.day + 1 - max(oldest + 1, first)))

    def _decided(self, some: Sequence[str], seq: int, event: str, first: int) -> list[Signal]:
        accounts = self.accounts
        found: list[Signal] = []
        told = accounts.journal.count(seq)
        for account in some:
            live = accounts.find(account)
            assert live is not None
            for day in range(max(live.day + 1, first), self.day + 1):
                accounts.deciding.turn(live, day)
                found += accounts.tell(live, seq, event, accounts.deciding.again(live), told + len(found))
            accounts.save(live)
        return found

    def _require_near(self, event: Event) -> None:
        # an account may have been carried ahead before there was a clock; that does not hold the clock off
        stands = self.day or min(self.accounts.journal.days()[1], event.ordinal)
        if stands and abs(event.ordinal - stands) > self.horizon:
            way = "ahead of" if event.ordinal > stands else "behind"
            what = "the clock" if self.day else "the last day of any account"
            message = (
                f"event `{event.id}` moves the clock to {event.day}, {abs(event.ordinal - stands):,} days {way} "
                f"{what}, {date.fromordinal(stands)}"
            )
            help_ = "check the year; where it is meant, open the session with a larger `horizon_days`"
            raise SessionError(problems=[Problem("CC710", message, help=help_)])
