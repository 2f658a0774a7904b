"""Places, problems, and the one error tree; imports nothing of clientcore."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

import attrs

#: Every stable code with its title. `docs/errors.md` has a paragraph for each, and a test compares the lists.
CODES: dict[str, str] = {
    # CC1xx: files and their shape
    "CC101": "file can't be read",
    "CC102": "not valid YAML",
    "CC103": "repeated key",
    "CC104": "unknown key",
    "CC105": "missing key",
    "CC106": "value of the wrong kind",
    "CC107": "value outside its choices or range",
    "CC108": "id is not well formed",
    "CC109": "anchors, aliases, merges and tags are not allowed",
    "CC110": "unsupported format or language version",
    "CC111": "duplicate id",
    "CC112": "file or expression too large",
    "CC113": "unknown profile or profile target",
    "CC114": "the lock does not match",
    # CC2xx: conditions: syntax, names, kinds
    "CC201": "unknown name",
    "CC202": "condition does not parse",
    "CC203": "kinds do not fit",
    "CC204": "outside the language profile",
    "CC205": "wrong number of arguments",
    "CC206": "not a label of the level",
    "CC207": "pattern outside the supported subset",
    "CC208": "expression too deep or too large",
    "CC209": "not a valid literal",
    "CC210": "nested lists are limited",
    # CC3xx: rule logic
    "CC301": "cycle",
    "CC302": "two declarations differ",
    "CC303": "bands do not fit",
    "CC304": "unknown reference to a rule, action or model",
    "CC305": "threshold is not a param",
    "CC306": "constant condition",
    "CC307": "unguarded comparison with what may be missing",
    "CC308": "state machine is not well formed",
    "CC309": "table is not well formed",
    "CC310": "score is not well formed",
    "CC311": "text for clients holds a name of ours",
    "CC312": "event pattern is not well formed",
    # CC4xx: executors and engine
    "CC401": "not supported by this executor",
    "CC402": "optional package is missing",
    "CC403": "misuse of the engine",
    "CC404": "the database refuses",
    "CC405": "durable-rules failed on a question",
    # CC5xx: plugins
    "CC501": "plugin does not load",
    "CC502": "hook implementation does not fit",
    "CC503": "plugin registers a name twice",
    "CC504": "plugin raised",
    "CC505": "what the plugin registers is not well formed",
    # CC6xx: data
    "CC601": "unknown field or fact",
    "CC602": "value of the wrong kind",
    "CC603": "value outside its range",
    "CC604": "source does not qualify",
    "CC605": "record without a usable id",
    "CC606": "duplicate id",
    "CC607": "dangling reference",
    "CC608": "file can't be read as data",
    "CC609": "two rows of a unique table are true",
    "CC610": "state machine would not settle",
    "CC611": "a rule that must know is unknown",
    "CC612": "observed later than the day of the decision",
    "CC613": "mapping does not fit",
    "CC614": "amount in another currency without a rate",
    "CC615": "answer has expired",
    "CC616": "answers differ",
    "CC617": "a model can't be fitted to these data",
    "CC618": "a picklist does not have the word",
    # CC7xx: live sessions
    "CC701": "event is not well formed",
    "CC702": "unknown type of event",
    "CC703": "event id with other content",
    "CC704": "event from the future",
    "CC705": "event too large",
    "CC706": "journal is in use",
    "CC707": "journal can't be read or written",
    "CC708": "not a journal of this format",
    "CC709": "person was erased",
    "CC710": "day far from the clock",
}

#: Letters from which on a beginning tells a name, and from which on it may hold a slip.
_SHORT, _SLIPS = 3, 5


@attrs.frozen(order=True)
class Where:
    """A place in a file: `file:line:col`, both counted from 1."""

    file: str
    line: int = 1
    col: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"


@attrs.frozen
class Problem:
    """One finding about input: a stable code, a place, what was found, what would be right.

    Args:
        code: A key of `CODES`.
        message: One line, lower-case start, no final stop, the user's own text in backticks.
        where: Place in a file; None where the input has no file.
        help: What would be right.
        severity: `error` stops an engine from being built; `warning` does not; a `note` is no fault.

    Example:
        >>> str(Problem("CC201", "unknown name `revnue`", Where("a.yaml", 3, 9), "did you mean `revenue`?"))
        'a.yaml:3:9: CC201 unknown name `revnue`; did you mean `revenue`?'
    """

    code: str
    message: str
    where: Where | None = None
    help: str = ""
    severity: Literal["error", "warning", "note"] = "error"

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        tail = f"; {self.help}" if self.help else ""
        mark = "" if self.severity == "error" else f"{self.severity} "
        return f"{place}{mark}{self.code} {self.message}{tail}"


class ClientcoreError(Exception):
    """Root of every error that clientcore raises on purpose; `str(e)` is the whole text.

    Args:
        message: The text.
        problems: What was found, where the error is about input.
    """

    def __init__(self, message: str = "", problems: Iterable[Problem] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        # where there is nothing to choose from, a message would end in the semicolon before its help
        self.message = message.rstrip("; ") or _listing(self.problems)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message, self.problems))


class RulesetError(ClientcoreError):
    """Rulesets, profiles or locks do not load or check; `problems` holds every finding at once."""


class PluginError(ClientcoreError):
    """A plugin can't be registered; the text shows its definition and what is wrong."""


class FactError(ClientcoreError):
    """A call hands in something that is no subject, fact or day (misuse, not bad data)."""


class BookError(ClientcoreError):
    """A book, a mapping or a file of data can't be read at all."""


class UnsupportedError(ClientcoreError):
    """An executor refuses a rule when the plan is made, never in the middle of a run."""


class SessionError(ClientcoreError):
    """A session refuses an event, or its journal can't be opened or written; what was acknowledged stands."""


class MissingExtraError(ClientcoreError, ImportError):
    """An optional package is not installed; the text says which extra to install."""

    def __init__(self, message: str = "", problems: Iterable[Problem] = ()) -> None:
        ClientcoreError.__init__(self, message, problems)


def missing_extra(package: str, extra: str, purpose: str) -> MissingExtraError:
    """Return the error for an optional package that is not installed.

    Example:
        >>> str(missing_extra("polars", "batch", "reading a book"))
        "CC402 reading a book needs polars: pip install 'clientcore[batch]'"
    """
    return MissingExtraError(f"CC402 {purpose} needs {package}: pip install 'clientcore[{extra}]'")


def counted(number: float, what: str) -> str:
    """Return a number with what is counted, in the plural where it is not one.

    Example:
        >>> counted(1, "account"), counted(1200, "opportunity"), counted(2.5, "day")
        ('1 account', '1,200 opportunities', '2.5 days')
    """
    shown = f"{number:,.0f}" if number == int(number) else f"{number:,}"
    if number == 1:
        return f"{shown} {what}"
    return f"{shown} {what[:-1]}ies" if what[-2:] in {"ty", "ry"} else f"{shown} {what}s"


def did_you_mean(name: object, choices: Iterable[str], most: int = 8) -> str:
    """Return the help for an unknown name: a near name, else those that begin like it, else the choices.

    Args:
        name: What was written; what is no text is taken as its text.
        choices: What would be right.
        most: How many choices are listed at the most.

    Returns:
        A sentence without a final stop, empty where there are no choices.

    Example:
        >>> did_you_mean("revnue", ["revenue", "industry"])
        'did you mean `revenue`?'
        >>> did_you_mean("inte", ["interactions", "interval_days", "industry"])
        'did you mean one of: `interactions`, `interval_days`?'
        >>> did_you_mean("x", ["b", "a"])
        'one of: a, b'
    """
    known = tuple(sorted(set(choices)))
    near = _nearest(str(name), known)
    if len(near) == 1:
        return f"did you mean `{near[0]}`?"
    if near:
        return f"did you mean one of: {_some([f'`{one}`' for one in near], most // 2)}?"
    return f"one of: {_some(known, most)}" if known else ""


def _some(names: Sequence[str], most: int) -> str:
    more = f", ... and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


@lru_cache(maxsize=1024)  # the same unknown name tends to come with every record of a table
def _nearest(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one near name, capitals or not; else those that begin like it."""
    folded = {one.casefold(): one for one in reversed(known)}
    wanted = name.casefold()
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.72)
    if near:
        return (name if name in known else folded[near[0]],)
    return tuple(one for one in known if _begins(one.casefold(), wanted))


def _begins(name: str, wanted: str) -> bool:
    """Return whether a name begins as another does: to the letter from three letters on, with one slip from five on."""
    length = len(wanted)
    if length < _SHORT or name[:1] != wanted[:1]:
        return False
    if length < _SLIPS or name.startswith(wanted):
        return name.startswith(wanted)
    matcher = difflib.SequenceMatcher(None, name[:length], wanted, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) >= length - 1


def _listing(problems: Sequence[Problem], most: int = 20) -> str:
    lines = [str(problem) for problem in problems[:most]]
    if len(problems) > most:
        lines.append(f"... and {len(problems) - most} more")
    return "\n".join(lines)
