"""The state of one expression being resolved: where it stands, which variables are bound, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

import attrs

from clientcore.check.refusals import REASONS
from clientcore.check.scope import Place
from clientcore.check.sizes import NODES
from clientcore.errors import Problem, did_you_mean
from clientcore.expr import Call, Expr, Kind, Literal, Macro, Name, Node, Select
from clientcore.ruleset import Formula

#: Longest piece of the user's text that a message repeats.
_LONGEST = 60

#: Depth of the tree, chains of operators included, so that no tree is too deep for a recursive walk.
DEEPEST = 128

Handler = Callable[["Resolving", Expr], Node]


class Unresolved(Exception):  # noqa: N818 - it ends one handler, it is no error of its own
    """A syntax node has no meaning; its problem is noted, or stands at the declaration of a name that it reads."""


@attrs.define
class Resolving:
    """One expression on its way from `Expr` to `Node`.

    A handler ends with `Unresolved` after it has noted a problem; `need` looks at all operands before it passes that
    on, so that all problems are found at once.

    Args:
        place: Which names it may use.
        formula: Its text and its place in the file.
        handlers: How each class of syntax node is resolved.
        env: Macro variables and arguments of an inlined function → node.
        active: Names of the macro variables around, also those of the caller of an inlined function.
        problems: What was found, in order of discovery.
        inside: Functions being inlined, outermost first.
        call: The outermost call being inlined; problems inside point to it.
        depth: Syntax nodes around the present one.
        macros: Macros around it.
        visited: Syntax nodes looked at so far.
        grows: Whether a macro or an inlined function may make the tree costlier than its text is long.
    """

    place: Place
    formula: Formula
    handlers: Mapping[type[Expr], Handler]
    env: dict[str, Node] = attrs.field(factory=dict)
    active: list[str] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    inside: list[str] = attrs.field(factory=list)
    call: Expr | None = None
    depth: int = 0
    macros: int = 0
    visited: int = 0
    grows: bool = False

    def node(self, expr: Expr) -> Node | None:
        """Resolve one syntax node; None after a problem."""
        if self.visited > NODES:
            return None
        self.depth += 1
        self.visited += 1
        try:
            if self.visited > NODES:
                self.refuse(expr, "CC208", "expression is too large", "split it into facts")
            if self.depth > DEEPEST:
                self.refuse(expr, "CC208", "expression is too deep", "split it into facts")
            return self.handlers[type(expr)](self, expr)
        except Unresolved:
            return None
        finally:
            self.depth -= 1

    def need(self, *exprs: Expr) -> list[Node]:
        """Resolve several; `Unresolved` if one of them has a problem, after all were looked at."""
        found = [self.node(expr) for expr in exprs]
        good = [node for node in found if node is not None]
        if len(good) < len(found):
            raise Unresolved
        return good

    def refuse(self, expr: Expr, code: str, message: str, help_text: str = "") -> NoReturn:
        """Note a problem at the place of a syntax node and give up on that node."""
        at = self.call or expr
        if self.inside:
            message = f"in {self.place.scope.function_named(self.inside[-1])}: {message}"
        self.problems.append(Problem(code, message, self.formula.at(at.start), help_text))
        raise Unresolved

    def refuse_reason(self, expr: Expr, reason: str, help_text: str = "") -> NoReturn:
        """Note that the language has no such thing; the message starts with the reason."""
        message = f"{reason}: {self.quote(expr)} is outside the language profile"
        self.refuse(expr, "CC204", message, help_text or REASONS[reason])

    def demand(self, expr: Expr, node: Node, kind: Kind, why: str) -> None:
        """Refuse a syntax node whose kind is another one."""
        if node.kind != kind:
            self.refuse(expr, "CC203", f"{why}, and {self.quote(expr)} is a {node.kind}")

    def quote(self, expr: Expr) -> str:
        """Return the text of a syntax node in backticks, shortened."""
        text = "" if self.inside else " ".join(self.formula.text[expr.start : expr.end].split())
        if not text:
            text = _sketch(expr)
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST - 4]} ..."
        return f"`{text}`"


def near(name: str, choices: Iterable[str], otherwise: str, before: str = "") -> str:
    """Return the near name as a help, else another sentence instead of a long list of choices.

    Args:
        name: What was written, without `before`.
        choices: What would be right, likewise.
        otherwise: The help where no choice is near.
        before: What stands before the name, for example `params.`.
    """
    found = did_you_mean(name, choices)
    return re.sub("`([^`]+)`", rf"`{before}\1`", found) if found.startswith("did you mean") else otherwise


def made(expr: Expr, op: str, kind: Kind, args: tuple[Node, ...] = (), value: object = None) -> Node:
    """Return a node with the offsets of the text that it comes from."""
    return Node(op, kind, args, value, expr.start, expr.end)


def _sketch(expr: Expr) -> str:
    match expr:
        case Name(name=name):
            return name
        case Literal(value=value):
            return str(value)
        case Select(operand=operand, field=field):
            return f"{_sketch(operand)}.{field}"
        case Call(function=function):
            return function
        case Macro(name=name):
            return name
        case _:
            return "expression"
