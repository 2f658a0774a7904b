"""Tokens to syntax tree: the whole grammar of CEL but optionals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clientcore.expr import MACROS, Call, Expr, ListOf, Literal, Macro, MapOf, Name, Select, Struct, children
from clientcore.parse.habits import denial, optional, unexpected
from clientcore.parse.literals import content, number
from clientcore.parse.problems import ParseError
from clientcore.parse.tokens import Token, tokens_of

T = TypeVar("T")

#: How deep brackets, operators and calls may nest; a chain of `&&` or `||` is folded in halves and counts little.
DEEPEST = 32
#: How many nodes an expression may have.
MOST_NODES = 10_000

_VALUE = "a value, a name or `(`"
_OPERATOR = "an operator or the end"
_CONSTANTS: dict[str, tuple[bool | None, str]] = {
    "true": (True, "boolean"),
    "false": (False, "boolean"),
    "null": (None, "null"),
}
#: Operators between two operands → (how tightly they bind, CEL's name).
BINARY: dict[str, tuple[int, str]] = {
    "||": (1, "_||_"),
    "&&": (2, "_&&_"),
    **{sign: (3, f"_{sign}_") for sign in ("<", "<=", ">", ">=", "==", "!=")},
    "in": (3, "@in"),
    **{sign: (4, f"_{sign}_") for sign in ("+", "-")},
    **{sign: (5, f"_{sign}_") for sign in ("*", "/", "%")},
}
_LOGIC = 2  # the operators up to here are folded in halves, the others to the left
_LOOSEST = (0, "")
_FIELD_KINDS = frozenset({"name", "reserved", "escaped"})


class Parser:
    """Walks the tokens of one text once, left to right; each method eats what it is named after.

    Args:
        text: The expression.
    """

    __slots__ = ("at", "depth", "kinds", "tokens")

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.kinds = [token.kind for token in self.tokens]
        self.at = 0
        self.depth = 0

    def whole(self) -> Expr:
        """Eat one expression and the end of the text."""
        expr = self.expression()
        self.end()
        return bounded(expr) if len(self.tokens) > DEEPEST else expr  # each node has a token of its own

    def end(self) -> None:
        """Eat the end of the text."""
        if self.kinds[self.at] != "end":
            raise unexpected(self.tokens, self.at, _OPERATOR)

    def expression(self) -> Expr:
        """Eat `condition ? one : other`, or what binds tighter."""
        first = self.tokens[self.at]
        self.depth += 1
        if self.depth > DEEPEST + 1:
            raise _too_deep(first.start, first.end)
        expr = self.operators()
        mark = self.tokens[self.at]
        if mark.kind == "?":
            self.at += 1
            one = self.operators()
            if self.kinds[self.at] != ":" and isinstance(one, Name) and one.name[0] == "." and one.start == mark.end:
                raise optional(Token("?", "?.", mark.start, one.start + 1))
            self.take(":")
            other = self.expression()
            expr = Call(function="_?_:_", args=(expr, one, other), start=first.start, end=self.behind())
        self.depth -= 1
        return expr

    def operators(self, floor: int = 0) -> Expr:
        """Eat a chain of operators that bind tighter than `floor`."""
        start = self.tokens[self.at].start
        expr = self.unary()
        sign = self.kinds[self.at]
        power, function = BINARY.get(sign, _LOOSEST)
        while power > floor:
            if power > _LOGIC:
                self.at += 1
                right = self.operators(power)
                expr = Call(function=function, args=(expr, right), start=start, end=self.behind())
            else:
                parts = [(expr, start, self.behind())]
                while self.kinds[self.at] == sign:
                    self.at += 1
                    begin = self.tokens[self.at].start
                    parts.append((self.operators(power), begin, self.behind()))
                expr = folded(function, parts)
            sign = self.kinds[self.at]
            power, function = BINARY.get(sign, _LOOSEST)
        return expr

    def unary(self) -> Expr:
        """Eat `!` or `-` and what they stand before; even numbers of them cancel out."""
        begin = self.at
        sign = self.kinds[begin]
        if sign not in {"!", "-"}:
            return self.member()
        while self.kinds[self.at] == sign:
            self.at += 1
        count = self.at - begin
        first = self.tokens[begin]
        if sign == "-" and count == 1 and self.is_signed(self.at):
            return self.member(first)
        minus = self.tokens[self.at]
        if minus.kind == "-" and self.is_signed(self.at + 1):
            self.at += 1
            expr = self.member(minus)
        elif minus.kind in {"!", "-"}:
            fix = f"put `{minus.kind}…` in parentheses"
            raise ParseError("CC202", f"`{sign}{minus.kind}` mixes two signs", fix, first.start, minus.end)
        else:
            expr = self.member()
        return Call(function=f"{sign}_", args=(expr,), start=first.start, end=self.behind()) if count % 2 else expr

    def is_signed(self, at: int) -> bool:
        """Return whether a number stands there that takes a minus into itself."""
        return self.kinds[at] == "number" and self.tokens[at].text[-1] not in "uU"

    def member(self, minus: Token | None = None) -> Expr:
        """Eat a value and the fields, calls and places in brackets behind it."""
        begin = self.at
        start = minus.start if minus else self.tokens[begin].start
        expr = self.primary(minus)
        while True:
            kind = self.kinds[self.at]
            if kind == ".":
                expr = self.selection(expr, start)
            elif kind == "[":
                self.at += 1
                self.refuse_optional("[?")
                place = self.expression()
                self.take("]")
                expr = Call(function="_[_]", args=(expr, place), start=start, end=self.behind())
            elif kind == "{" and self.is_path(begin):
                expr = self.struct(begin)
            else:
                return expr

    def selection(self, operand: Expr, start: int) -> Expr:
        """Eat `.field` or `.function(…)`."""
        self.at += 1
        self.refuse_optional(".?")
        token = self.tokens[self.at]
        if token.kind not in _FIELD_KINDS:
            raise unexpected(self.tokens, self.at, "the name of a field")
        self.at += 1
        if self.kinds[self.at] != "(" or token.kind == "escaped":
            return Select(operand=operand, field=token.text.strip("`"), start=start, end=token.end)
        args = self.arguments()
        name = "exists_one" if token.text == "existsOne" else token.text
        if len(args) - 1 not in MACROS.get(name, ()):
            return Call(function=token.text, args=args, target=operand, start=start, end=self.behind())
        var = args[0]
        if not isinstance(var, Name) or var.name[0] == ".":
            fix = f"write `{name}(x, …)` and use `x` behind the comma"
            raise ParseError("CC202", f"`{name}` needs a plain name first", fix, var.start, var.end)
        return Macro(name=name, range=operand, var=var.name, args=args[1:], start=start, end=self.behind())

    def primary(self, minus: Token | None) -> Expr:
        """Eat a literal, a name, a call, or what stands in brackets."""
        token = self.tokens[self.at]
        kind, text, start, end = token
        self.at += 1
        if kind == "name":
            return self.call(text, start) if self.kinds[self.at] == "(" else Name(name=text, start=start, end=end)
        if kind == "number":
            value, kind = number(token, "-" if minus else "")
            return Literal(value=value, kind=kind, start=minus.start if minus else start, end=end)
        if kind == "text":
            value, kind = content(token)
            return Literal(value=value, kind=kind, start=start, end=end)
        if kind == "constant":
            value, kind = _CONSTANTS[text]
            return Literal(value=value, kind=kind, start=start, end=end)
        if kind == "(":
            expr = self.expression()
            self.take(")")
            return expr
        if kind == "[":
            items = self.sequence("]", self.expression)
            return ListOf(items=items, start=start, end=self.behind())
        if kind == "{":
            entries = self.sequence("}", self.entry)
            return MapOf(entries=entries, start=start, end=self.behind())
        if kind == "." and self.kinds[self.at] == "name":
            name = f".{self.tokens[self.at].text}"
            self.at += 1
            return (
                self.call(name, start)
                if self.kinds[self.at] == "("
                else Name(name=name, start=start, end=self.behind())
            )
        self.at -= 1 if kind != "." else 0
        raise unexpected(self.tokens, self.at, _VALUE)

    def call(self, name: str, start: int) -> Expr:
        """Eat the arguments of a global function; `has` is a macro."""
        token = self.tokens[self.at - 1]
        if name.lower() == "not":
            raise denial(token)
        args = self.arguments()
        end = self.behind()
        if name == "has" and len(args) == 1:
            match args[0]:
                case Select(operand=operand, field=field, test=False):
                    return Select(operand=operand, field=field, test=True, start=start, end=end)
                case Name():
                    pass
                case other:
                    raise ParseError(
                        "CC202", "`has` needs a field or a name", "write `has(x.field)`", other.start, other.end
                    )
        return Call(function=name, args=args, start=start, end=end)

    def arguments(self) -> tuple[Expr, ...]:
        """Eat `(a, b)`; unlike lists, calls take no comma at the end."""
        self.at += 1
        args: list[Expr] = []
        if self.kinds[self.at] != ")":
            args.append(self.expression())
            while self.kinds[self.at] == ",":
                self.at += 1
                args.append(self.expression())
        self.take(")")
        return tuple(args)

    def sequence(self, close: str, part: Callable[[], T]) -> tuple[T, ...]:
        """Eat parts with commas between them, maybe one behind them, and `close`."""
        parts: list[T] = []
        while self.kinds[self.at] not in {close, ","}:
            self.refuse_optional("?")
            parts.append(part())
            if self.kinds[self.at] != ",":
                break
            self.at += 1
        if not parts and self.kinds[self.at] == ",":  # CEL has `[,]`
            self.at += 1
        self.take(close)
        return tuple(parts)

    def entry(self) -> tuple[Expr, Expr]:
        """Eat `key: value` of a map."""
        key = self.expression()
        self.take(":")
        return key, self.expression()

    def struct(self, begin: int) -> Expr:
        """Eat `{field: value}` behind the name of a message."""
        name = "".join(token.text for token in self.tokens[begin : self.at])
        self.at += 1
        fields = self.sequence("}", self.field)
        return Struct(name=name, fields=fields, start=self.tokens[begin].start, end=self.behind())

    def field(self) -> tuple[str, Expr]:
        """Eat `field: value` of a message."""
        token = self.tokens[self.at]
        if token.kind not in _FIELD_KINDS:
            raise unexpected(self.tokens, self.at, "the name of a field")
        self.at += 1
        self.take(":")
        return token.text.strip("`"), self.expression()

    def is_path(self, begin: int) -> bool:
        """Return whether the tokens from `begin` on are `name.name…`, maybe with a dot before."""
        path = self.tokens[begin + (self.tokens[begin].kind == ".") : self.at]
        return len(path) % 2 == 1 and all(
            token.kind == "." if at % 2 else token.kind in {"name", "reserved"} for at, token in enumerate(path)
        )

    def take(self, kind: str) -> None:
        """Eat one sign."""
        if self.kinds[self.at] != kind:
            raise unexpected(self.tokens, self.at, f"`{kind}`")
        self.at += 1

    def behind(self) -> int:
        """Return the offset behind the last token that was eaten."""
        return self.tokens[self.at - 1].end

    def refuse_optional(self, written: str) -> None:
        """Refuse `?` where CEL's optional values would stand."""
        token = self.tokens[self.at]
        if token.kind == "?":
            start = token.start if written == "?" else self.tokens[self.at - 1].start
            raise optional(Token("?", written, start, token.end))


def folded(function: str, parts: list[tuple[Expr, int, int]]) -> Expr:
    """Return parts (expression, start, end) folded in halves, the first half never the shorter one."""
    if len(parts) == 1:
        return parts[0][0]
    half = (len(parts) + 1) // 2
    args = (folded(function, parts[:half]), folded(function, parts[half:]))
    return Call(function=function, args=args, start=parts[0][1], end=parts[-1][2])


def bounded(expr: Expr) -> Expr:
    """Return the expression if it is neither too deep nor too large.

    Raises:
        ParseError: CC208.
    """
    count = 0
    level = [expr]
    for _ in range(DEEPEST + 2):
        count += len(level)
        if count > MOST_NODES:
            raise ParseError(
                "CC208",
                "expression too large",
                f"at most {MOST_NODES:,} values and operators",
                level[0].start,
                level[0].end,
            )
        if not level:
            return expr
        deepest = level
        level = [child for node in level for child in children(node)]
    raise _too_deep(deepest[0].start, deepest[0].end)


def _too_deep(start: int, end: int) -> ParseError:
    fix = f"nest at most {DEEPEST} levels; move a part into a fact, or add a list with `[…].sum()`"
    return ParseError("CC208", "expression too deep", fix, start, end)
