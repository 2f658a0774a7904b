"""The error of a text that is no expression."""

from __future__ import annotations

from clientcore.errors import ClientcoreError, Problem


class ParseError(ClientcoreError):
    """A text is no expression, or no test of a table cell.

    Args:
        code: CC202 (syntax), CC208 (too deep or too large) or CC209 (not a valid literal).
        message: What was found, with the user's own text in backticks.
        help: What would be right.
        start: Offset in the text where it was found, from 0.
        end: Offset behind it.

    Example:
        >>> str(ParseError("CC202", "`and` is no operator", "write `&&`", 2, 5))
        'CC202 `and` is no operator; write `&&`'
    """

    def __init__(self, code: str, message: str, help: str = "", start: int = 0, end: int = 0) -> None:  # noqa: A002 - the name that Problem has
        super().__init__("", [Problem(code, message, None, help)])
        self.code = code
        self.message = message
        self.help = help
        self.start = start
        self.end = end

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.code, self.message, self.help, self.start, self.end))
