"""Who may use a session: one thread at a time, of the process that opened it, and no hook while it is at work."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import RLock

from clientcore.errors import ClientcoreError, Problem, SessionError


class Turn:
    """The turn at a session; `with` takes it, waiting for other threads.

    Taking it raises `ClientcoreError` where the session is closed, or at work in this very thread (CC403): a hook that
    calls it would write between the parts of one event, and end their transaction. It raises `SessionError` in another
    process than that which opened the session (CC706): after a fork two would write one journal through one connection.
    """

    def __init__(self) -> None:
        self.open = True
        self._at_work = False
        self._lock = RLock()
        self._process = os.getpid()

    def __enter__(self) -> None:
        self.require_here()
        self._lock.acquire()
        try:
            self._require_idle()
            if not self.open:
                raise ClientcoreError("CC403 this session is closed; open another one on its journal")
        except BaseException:
            self._lock.release()
            raise
        self._at_work = True

    def __exit__(self, *_: object) -> None:
        self._at_work = False
        self._lock.release()

    def end(self, release: Callable[[], None]) -> None:
        """Close the session: let go of what it holds, once, and not in a fork, whose copies are none of its own.

        Raises:
            ClientcoreError: It is at work in this very thread (CC403).
        """
        if not self.elsewhere:
            with self._lock:
                self._require_idle()
                if self.open:
                    self.open = False
                    release()

    @property
    def elsewhere(self) -> bool:
        """Whether this is another process than that which opened the session."""
        return os.getpid() != self._process

    def require_here(self) -> None:
        """Refuse another process than that which opened the session.

        Raises:
            SessionError: It is another one (CC706).
        """
        if self.elsewhere:
            message = "this session was opened by another process, of which this one is a fork"
            help_ = "post from that process, or open a session in this one once that is closed"
            raise SessionError(problems=[Problem("CC706", message, help=help_)])

    def _require_idle(self) -> None:
        if self._at_work:
            raise ClientcoreError(
                "CC403 this session is at work, and takes no call from a hook; call it once `post` has returned"
            )


__all__ = ["Turn"]
