"""Code of plugins that we call: what it may raise, and what that says."""

from __future__ import annotations

import signal
from types import CodeType

#: What ends here, and not the program: a plugin may also call `sys.exit`, which raises no Exception.
RAISED = (Exception, SystemExit)


def let_end(error: BaseException) -> None:
    """Raise what a handler of a signal raised to end the program: it only met the plugin at its work.

    Args:
        error: One of `RAISED`.

    Raises:
        SystemExit: A handler of a signal raised it.
    """
    if isinstance(error, SystemExit) and not _handlers().isdisjoint(_passed(error)):
        raise error


def says(error: BaseException) -> str:
    """Return the kind of an error and the first line of its text.

    Example:
        >>> says(ValueError("no such file"))
        'ValueError: no such file'
    """
    try:
        lines = str(error).strip().splitlines()
    except RAISED:  # the text of an error is code of the plugin too
        lines = []
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def _handlers() -> set[CodeType]:
    found = (signal.getsignal(number) for number in signal.valid_signals())
    codes = (getattr(handler, "__code__", None) for handler in found)  # of a method it is that of its function
    return {code for code in codes if code is not None}


def _passed(error: BaseException) -> set[CodeType]:
    trace, codes = error.__traceback__, set()
    while trace is not None:
        codes.add(trace.tb_frame.f_code)
        trace = trace.tb_next
    return codes
