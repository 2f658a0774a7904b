"""Patterns of `matches`: a parser of the subset that means the same, and takes linear time, on every engine."""

from __future__ import annotations

import string
from collections.abc import Iterable

import attrs

#: Combinations that the bounded repeats of one branch may have, since engines that backtrack try them all.
MOST_WAYS = 10_000
_COUNTED = 100

#: Signs that `\\` may stand before; `\\<`, `\\>` and `\\_` mean something else, or nothing, to some engines.
_ESCAPED = frozenset(string.punctuation) - frozenset("<>_")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
#: `\d`, `\w`, `\s` as every executor has to understand them.
SHORTHANDS: dict[str, frozenset[str]] = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" \t\n\f\r"),
}


@attrs.frozen
class Chars:
    """One character: of a set, or (`negated`) any other one."""

    chars: frozenset[str]
    negated: bool = False

    def overlaps(self, other: Chars) -> bool:
        """Return whether some character belongs to both."""
        if self.negated and other.negated:
            return True
        if self.negated:
            return bool(other.chars - self.chars)
        return bool(self.chars - other.chars) if other.negated else bool(self.chars & other.chars)


@attrs.frozen
class Anchor:
    """`^` (start of the text) or `$` (end of the text)."""

    sign: str


@attrs.frozen
class Repeat:
    """`part` so many times; `most` None: without bound."""

    part: Part
    least: int
    most: int | None


@attrs.frozen
class Choice:
    """Branches of a group or of the whole pattern; each is a sequence of parts."""

    branches: tuple[tuple[Part, ...], ...]


Part = Chars | Anchor | Repeat | Choice


class PatternError(ValueError):
    """A pattern outside the subset.

    Args:
        message: What was found.
        help: What to write.
    """

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the name that Problem has
        super().__init__(message)
        self.message = message
        self.help = help


def parse_pattern(text: str) -> Choice:
    """Parse a pattern and check that it takes linear time.

    Args:
        text: The pattern, as written.

    Returns:
        Its tree.

    Raises:
        PatternError: Something is outside the subset (SEMANTICS 8).

    Example:
        >>> parse_pattern("a+$").branches[0][1]
        Anchor(sign='$')
    """
    reader = _Reader(text)
    tree = reader.choice()
    if reader.at < len(text):
        message = "`)` closes no group"
        raise PatternError(message, "write `\\)` for the sign itself")
    _bounded(tree)
    return tree


def pattern_problem(text: str) -> PatternError | None:
    """Return what is wrong with a pattern, None if nothing is."""
    try:
        parse_pattern(text)
    except PatternError as error:
        return error
    return None


@attrs.define
class _Reader:
    text: str
    at: int = 0
    depth: int = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        found = self.peek()
        self.at += 1
        return found

    def choice(self) -> Choice:
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        return Choice(tuple(branches))

    def branch(self) -> tuple[Part, ...]:
        parts: list[Part] = []
        while self.peek() not in {"", "|", ")"}:
            part = self.part()
            parts.append(self.repeated(part))
        return tuple(parts)

    def part(self) -> Part:
        sign = self.take()
        match sign:
            case "(":
                return self.group()
            case "[":
                return self.members()
            case ".":
                return Chars(frozenset("\n"), negated=True)
            case "^" | "$":
                return Anchor(sign)
            case "\\":
                return Chars(self.escape())
            case "*" | "+" | "?" | "{":
                message = f"`{sign}` repeats nothing"
                raise PatternError(message, f"write `\\{sign}` for the sign itself")
            case _:
                return Chars(frozenset(sign))

    def group(self) -> Choice:
        if self.text[self.at : self.at + 2] != "?:":
            message = "groups with `(` are not supported"
            raise PatternError(message, "write `(?:…)`")
        self.at += 2
        self.depth += 1
        if self.depth > 16:
            message = "groups nest too deep"
            raise PatternError(message, "at most 16 groups in one another")
        found = self.choice()
        self.depth -= 1
        if self.take() != ")":
            message = "a group is not closed"
            raise PatternError(message, "write `)` behind it")
        return found

    def escape(self) -> frozenset[str]:
        sign = self.take()
        if sign in SHORTHANDS:
            return SHORTHANDS[sign]
        if sign in _CONTROLS:
            return frozenset(_CONTROLS[sign])
        if sign and sign in _ESCAPED:
            return frozenset(sign)
        message = f"`\\{sign}` is not supported" if sign else "`\\` ends the pattern"
        if sign in {"D", "W", "S"}:
            raise PatternError(message, f"write `[^\\{sign.lower()}]`")
        raise PatternError(message, "there are `\\d`, `\\w`, `\\s`, `\\n`, `\\t`, and `\\` before a sign")

    def members(self) -> Chars:
        negated = self.peek() == "^"
        self.at += int(negated)
        chars: set[str] = set()
        while self.peek() != "]" or not chars:
            low = self.member()
            if self.text[self.at : self.at + 2] == "--":
                self.member()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
                self.at += 1
                chars |= self.span(low, self.member())
            else:
                chars |= low
        self.at += 1
        return Chars(frozenset(chars), negated)

    def member(self) -> frozenset[str]:
        sign = self.take()
        if not sign:
            message = "a class is not closed"
            raise PatternError(message, "write `]` behind it")
        if sign == "[" and self.peek() in {":", ".", "="}:
            message = "named classes are not supported"
            raise PatternError(message, "write the characters, for example `[a-z]`")
        if sign in {"[", "]"} or (sign in {"&", "~", "-"} and self.peek() == sign):
            message = f"`{sign}` inside a class means different things to different engines"
            raise PatternError(message, f"write `\\{sign}`")
        if not sign.isascii():
            message = f"`{sign}` is no ASCII character"
            raise PatternError(message, "classes hold ASCII characters; write others outside of classes")
        return self.escape() if sign == "\\" else frozenset(sign)

    def span(self, low: frozenset[str], high: frozenset[str]) -> set[str]:
        if len(low) != 1 or len(high) != 1 or min(low) > min(high):
            message = "a range in a class goes from a lower to a higher character"
            raise PatternError(message, "for example `[a-z]`")
        return {chr(code) for code in range(ord(min(low)), ord(min(high)) + 1)}

    def repeated(self, part: Part) -> Part:
        bounds = self.bounds()
        if bounds is None:
            return part
        if isinstance(part, Anchor):
            message = f"`{part.sign}` can't be repeated"
            raise PatternError(message)
        if self.peek() in {"*", "+", "?", "{"}:
            message = f"`{self.peek()}` stands behind another repeat"
            raise PatternError(message, "leave it out: lazy and possessive repeats are not supported")
        return Repeat(part, *bounds)

    def bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        sign = self.peek()
        if sign in simple:
            self.at += 1
            return simple[sign]
        if sign != "{":
            return None
        inside, closed, _ = self.text[self.at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        sound = closed and _digits(least) and (not most or _digits(most))
        if not sound:
            message = "`{` opens no count"
            raise PatternError(message, "write `{2}`, `{2,}` or `{2,5}`, or `\\{` for the sign itself")
        self.at += len(inside) + 2
        low, high = int(least), int(most) if most else None if comma else int(least)
        if low > _COUNTED or (high is not None and (high > _COUNTED or high < low)):
            message = f"`{{{inside}}}` is no count"
            raise PatternError(message, f"the first number is not above the second, and neither above {_COUNTED}")
        return low, high


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3


# --- linear time -----------------------------------------------------------------------------------------------------


def _bounded(tree: Choice) -> None:
    for branch in tree.branches:
        _walk(branch, ())
        if _ways(branch) > MOST_WAYS:
            message = "its optional and counted parts can be combined in too many ways"
            raise PatternError(message, f"at most {MOST_WAYS:,}")
    _uncounted(tree, inside=False)


def _walk(parts: Iterable[Part], running: tuple[Chars, ...]) -> tuple[Chars, ...]:
    """Return the unbounded repeats that may still be running behind a sequence; refuse a second one among them."""
    for part in parts:
        running = _step(part, running)
    return running


def _step(part: Part, running: tuple[Chars, ...]) -> tuple[Chars, ...]:
    if isinstance(part, Chars):
        return tuple(one for one in running if one.overlaps(part))
    if isinstance(part, Anchor):
        return running
    if isinstance(part, Choice):
        return tuple(dict.fromkeys(one for branch in part.branches for one in _walk(branch, running)))
    if part.most is None:
        if not isinstance(part.part, Chars):
            message = "a group is repeated without bound"
            raise PatternError(message, "`*`, `+` and `{2,}` stand behind one character or class")
        if running:
            message = "two unbounded repeats can match the same text"
            raise PatternError(message, "put a character between them that the first one can't match")
        return (part.part,)
    behind = running
    for _ in range(min(part.most, 2)):
        behind = _step(part.part, behind)
    return behind if part.least else tuple(dict.fromkeys((*running, *behind)))


def _ways(parts: Iterable[Part]) -> float:
    ways = 1.0
    for part in parts:
        if isinstance(part, Choice):
            ways *= sum(_ways(branch) for branch in part.branches)
        elif isinstance(part, Repeat) and part.most is not None:
            inner = _ways([part.part])
            ways *= (part.most - part.least + 1) * (inner**part.most if inner > 1 else 1)
        if ways > MOST_WAYS:
            return ways
    return ways


def _uncounted(part: Part, *, inside: bool) -> None:
    if isinstance(part, Choice):
        for branch in part.branches:
            for one in branch:
                _uncounted(one, inside=inside)
    elif isinstance(part, Repeat):
        counted = part.most is None or part.most > 1 or part.least > 1
        if inside and counted and part.most is not None:
            message = "a counted repeat stands inside another"
            raise PatternError(message, "write the inner one out")
        _uncounted(part.part, inside=inside or (part.most is not None and part.most > 1))
