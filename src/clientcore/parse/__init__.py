"""Condition text to syntax tree, and back."""

from clientcore.expr import Expr
from clientcore.parse.cells import parse_cell
from clientcore.parse.grammar import Parser
from clientcore.parse.printer import unparse
from clientcore.parse.problems import ParseError

__all__ = ["ParseError", "parse", "parse_cell", "unparse"]


def parse(text: str) -> Expr:
    """Return the syntax tree of an expression in CEL.

    The grammar is all of CEL but optional values; what the language profile leaves out is refused by the checker.
    Chains of `&&` and `||` are folded in halves, so that long ones stay shallow.

    Args:
        text: At most 200,000 characters, 10,000 values and operators, nested at most 32 levels deep.

    Returns:
        The tree; every node carries the offsets of its text.

    Raises:
        ParseError: CC202 (syntax), CC208 (too deep or too large), CC209 (not a valid literal).

    Example:
        >>> parse("seats > 10").function
        '_>_'
        >>> parse("seats > 10 and trial")
        Traceback (most recent call last):
        clientcore.parse.problems.ParseError: CC202 `and` is not an operator; write `&&`
    """
    return Parser(text).whole()
