"""A session for asynchronous programs: the same one, in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, TypeVar, Unpack

from clientcore.decision import Decision
from clientcore.errors import ClientcoreError
from clientcore.session.deciding import Decides
from clientcore.session.event import Event
from clientcore.session.live import Session, open_session
from clientcore.session.signal import Signal
from clientcore.session.turn import Turn

if TYPE_CHECKING:
    from clientcore.book import Book

T = TypeVar("T")


class AsyncSession:
    """An open session whose methods are awaited; `engine.aopen_session` opens one, and `async with` closes it.

    Events are taken in the order in which they are posted. Where an await is cancelled, the event may have been taken
    in all the same: post it again.

    Args:
        session: The session.
        thread: What runs it, one call after the other.
    """

    def __init__(self, session: Session, thread: ThreadPoolExecutor) -> None:
        self._session = session
        self._thread = thread
        self._turn = Turn()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def session(self) -> Session:
        """The session itself, for what is not awaited here."""
        return self._session

    async def post(self, event: Event | Mapping[str, Any]) -> tuple[Signal, ...]:
        """Take an event in; see `Session.post`."""
        return await self._run(self._session.post, event)

    async def advance(self, day: date) -> tuple[Signal, ...]:
        """Move the clock on; see `Session.advance`."""
        return await self._run(self._session.advance, day)

    async def erase(self, contact: str) -> tuple[Signal, ...]:
        """Erase a person; see `Session.erase`."""
        return await self._run(self._session.erase, contact)

    async def decision(self, account: str) -> Decision:
        """Return the decision on an account; see `Session.decision`."""
        return await self._run(self._session.decision, account)

    async def decisions(self, account: str, *, subject: str) -> tuple[Decision, ...]:
        """Return the decisions on the children of an account; see `Session.decisions`."""
        return await self._run(lambda: self._session.decisions(account, subject=subject))

    async def signals(self, after: str = "") -> tuple[Signal, ...]:
        """Return the signals in the journal; see `Session.signals`."""
        return await self._run(lambda: tuple(self._session.signals(after)))

    async def close(self) -> None:
        """Close the journal, after what was posted before; closing it again does nothing."""
        if self._turn.open and not self._turn.elsewhere:
            closing = self._run(self._session.close)
            self._turn.open = False
            await closing
            self._thread.shutdown(wait=False)

    def _run(self, call: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        self._turn.require_here()  # in a fork there is no thread that would answer
        if not self._turn.open:
            raise ClientcoreError("CC403 this session is closed; open another one on its journal")
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args))


class Options(TypedDict, total=False):
    """The options of `open_session`, for type checkers."""

    book: Book | None
    only: Sequence[str] | None
    subjects: Sequence[str] | None
    profile: str | None
    keep: int
    keep_records: int
    ahead_days: int
    largest: int
    retention_days: int | None
    horizon_days: int
    survive_power_loss: bool
    matcher: Literal["python", "durable"]


async def aopen_session(engine: Decides, journal: str | Path, **options: Unpack[Options]) -> AsyncSession:
    """Open a session whose methods are awaited.

    Args:
        engine: The engine.
        journal: As for `open_session`.
        options: As for `open_session`.

    Raises:
        SessionError: As for `open_session`.
        ClientcoreError: As for `open_session`.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="clientcore-session")
    opening = thread.submit(partial(open_session, engine, journal, **options))
    try:
        session = await asyncio.wrap_future(opening)
    except BaseException:
        opening.add_done_callback(_unwanted)  # where the await is cancelled, the thread opens it all the same
        thread.shutdown(wait=False)
        raise
    return AsyncSession(session, thread)


def _unwanted(opening: Future[Session]) -> None:
    """Close a session that nobody waits for any more, as it would keep its journal from others."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
