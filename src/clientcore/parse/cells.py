"""A cell of a decision table: its tests, written out as one condition on the input of the column."""

from __future__ import annotations

from typing import Any

import attrs

from clientcore.expr import Call, Expr, Literal, Name, Select
from clientcore.parse.grammar import Parser, bounded, folded
from clientcore.parse.habits import unexpected
from clientcore.parse.problems import ParseError

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "!="})
_OPENING = {"[": "_>=_", "(": "_>_"}
_CLOSING = {"]": "_<=_", ")": "_<_"}
_TEST = "a test such as `5`, `'gold'`, `>= 10`, `[1..5)` or `params.x`"
_HABITS = {
    **dict.fromkeys(("=", "=="), "write the value alone"),
    **dict.fromkeys(("||", "or"), "write a comma between tests"),
    **dict.fromkeys(("&&", "and", "..", "between"), "write an interval such as `[1..5)`"),
    **dict.fromkeys(("!", "not"), "write `!= x`"),
    "]": "write `(` for an end that is left out",
}


def parse_cell(text: str, input_expr: Expr) -> Expr | None:
    """Return the condition that a table cell puts on the input of its column.

    Args:
        text: `-` for any value, or tests with commas between them, one of which must be true: a literal or `params.x`
            (equal), `< x`, `<= x`, `> x`, `>= x`, `!= x`, or an interval `[a..b]`, `[a..b)`, `(a..b]`, `(a..b)`;
            `null` and `!= null` ask whether the input is missing.
        input_expr: Syntax tree of the column's input.

    Returns:
        The whole condition, or None for `-`. Its offsets are those of the tests in `text`; the input inside a test has
        the offsets of that test.

    Raises:
        ParseError: CC202, CC208 or CC209, with offsets in `text`.

    Example:
        >>> from clientcore.parse import parse, unparse
        >>> unparse(parse_cell("[1..5), > 90", parse("score")))
        'score >= 1 && score < 5 || score > 90'
    """
    if text.strip() == "-":
        return None
    try:
        return _Cell(text).tests(input_expr)
    except ParseError as problem:
        fix = _HABITS.get(text[problem.start : problem.end].strip().lower())
        if fix:
            raise ParseError(problem.code, problem.message, fix, problem.start, problem.end) from None
        raise


class _Cell(Parser):
    """Walks the tokens of a cell."""

    __slots__ = ()

    def tests(self, source: Expr) -> Expr:
        """Eat the whole cell."""
        tests = [self.test(source)]
        while self.kinds[self.at] == ",":
            self.at += 1
            tests.append(self.test(source))
        self.end()
        return bounded(folded("_||_", [(test, test.start, test.end) for test in tests]))

    def test(self, source: Expr) -> Expr:
        """Eat one test."""
        token = self.tokens[self.at]
        if token.kind in _OPENING:
            return self.interval(source)
        function = "_==_"
        if token.kind in _COMPARISONS:
            self.at += 1
            function = f"_{token.kind}_"
        value = self.value(_TEST if function == "_==_" else "a literal or `params.x`")
        return self.compared(function, source, value, token.start)

    def interval(self, source: Expr) -> Expr:
        """Eat `[a..b)` and its like."""
        opening = self.tokens[self.at]
        self.at += 1
        low = self.value("a literal or `params.x`")
        self.take("..")
        high = self.value("a literal or `params.x`")
        closing = self.tokens[self.at]
        if closing.kind not in _CLOSING:
            raise unexpected(self.tokens, self.at, "`]` or `)`")
        self.at += 1
        parts = (
            self.compared(_OPENING[opening.kind], source, low, opening.start),
            self.compared(_CLOSING[closing.kind], source, high, opening.start),
        )
        return Call(function="_&&_", args=parts, start=opening.start, end=closing.end)

    def compared(self, function: str, source: Expr, value: Expr, start: int) -> Expr:
        """Return `source function value` with the offsets of the test."""
        end = self.behind()
        return Call(function=function, args=(_moved(source, start, end), value), start=start, end=end)

    def value(self, wanted: str) -> Expr:
        """Eat a literal or `params.x`."""
        begin = self.at
        if self.kinds[begin] in {"-", "name", "number", "text", "constant"}:
            found = self.unary()
            if _is_value(found):
                return found
            raise _no_value(found)
        raise unexpected(self.tokens, begin, wanted)


def _is_value(expr: Expr) -> bool:
    match expr:
        case Literal() | Select(operand=Name(name="params"), test=False):
            return True
        case Call(function="day" | "instant", target=None, args=(Literal(kind="text"),)):
            return True
        case _:
            return False


def _no_value(found: Expr) -> ParseError:
    """Return the problem of an expression where a literal or a param should stand."""
    if isinstance(found, Name):
        fix = f"quote text: `'{found.name}'`; a param is `params.{found.name}`"
        return ParseError("CC202", f"`{found.name}` is not a test", fix, found.start, found.end)
    fix = "compare with a literal or `params.x`; longer conditions are facts or inputs of the table"
    return ParseError("CC202", "expression in a table cell", fix, found.start, found.end)


def _moved(expr: Any, start: int, end: int) -> Any:
    """Return a tree whose every node has these offsets."""
    if isinstance(expr, tuple):
        return tuple(_moved(part, start, end) for part in expr)
    if not isinstance(expr, Expr):
        return expr
    parts = {name: _moved(value, start, end) for name, value in attrs.asdict(expr, recurse=False).items()}
    return attrs.evolve(expr, **(parts | {"start": start, "end": end}))
