"""Live sessions: events of accounts in, signals out, through a journal that loses none."""

from clientcore.session.aside import AsyncSession, aopen_session
from clientcore.session.event import Event, read_line
from clientcore.session.live import Session, open_session
from clientcore.session.signal import Signal

__all__ = ["AsyncSession", "Event", "Session", "Signal", "aopen_session", "open_session", "read_line"]
