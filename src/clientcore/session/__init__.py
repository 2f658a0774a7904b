"""Live sessions: events of accounts in, signals out, through a journal that loses none."""

from clientcore.session.event import Event, read_line
from clientcore.session.live import Session, open_session
from clientcore.session.signal import Signal

__all__ = ["Event", "Session", "Signal", "open_session", "read_line"]
