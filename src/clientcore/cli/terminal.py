"""What reaches a person: text on any terminal, notes and a progress bar apart from the output."""

from __future__ import annotations

import os
import sys
from typing import Self, TextIO

#: Drawing marks and what stands for them where the terminal can't show them.
_PLAIN = str.maketrans(
    {
        "█": "#", "▓": "#", "▒": "+", "░": ".", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "|", "▊": "#", "▉": "#",
        "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┼": "+", "━": "-",
        "·": ".", "•": "*", "●": "*", "○": "o", "✓": "+", "✗": "x", "→": "->", "≥": ">=", "≤": "<=", "≠": "!=",
        "–": "-", "—": "-", "…": "...", "×": "x", "±": "+/-", "’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ",
    }
)  # fmt: skip
_BAR = 30


def fit(text: str, stream: TextIO) -> str:
    """Return the text in characters that the stream can show: drawing marks become ASCII, the rest is escaped.

    Control characters but the line feed and the tab are escaped too, so that no name in a book steers a terminal.
    """
    shown = "".join(mark if mark in "\n\t" or not _steers(mark) else repr(mark)[1:-1] for mark in text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        shown.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        plain = shown.translate(_PLAIN)
        return plain.encode("ascii" if encoding.lower() == "ascii" else _known(encoding), "backslashreplace").decode(
            _known(encoding)
        )
    return shown


def _steers(mark: str) -> bool:
    return mark < " " or "\x7f" <= mark <= "\x9f"


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except LookupError:
        return "ascii"
    return encoding


def say(text: str) -> None:
    """Write a text and a line feed to standard output."""
    sys.stdout.write(fit(text, sys.stdout) + "\n")


def note(text: str) -> None:
    """Write a remark and a line feed to standard error, which never holds output."""
    sys.stderr.write(fit(text, sys.stderr) + "\n")
    sys.stderr.flush()


def complain(text: str) -> None:
    """Write what went wrong to standard error, after the name of the program."""
    note(f"clientcore: {text}")


def is_terminal(stream: TextIO) -> bool:
    """Tell whether somebody watches the stream and may be shown moving output."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def can_draw(stream: TextIO) -> bool:
    """Tell whether the stream can show the marks of a drawing."""
    return fit("█▏", stream) == "█▏"


class Progress:
    """A bar on standard error while somebody watches it, else nothing at all.

    Example:
        >>> with Progress("accounts") as progress:
        ...     progress(1, 2)
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._shown = -1
        self._active = is_terminal(sys.stderr)

    def __call__(self, done: int, total: int) -> None:
        """Show that so many of the total are done; drawn only when the bar has moved."""
        if not self._active or total <= 0:
            return
        step = done * 100 // total
        if step == self._shown:
            return
        self._shown = step
        bar = ("█" * (step * _BAR // 100)).ljust(_BAR, "░")
        sys.stderr.write("\r" + fit(f"{bar} {done:,} of {total:,} {self._unit}", sys.stderr))
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._active and self._shown >= 0:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
