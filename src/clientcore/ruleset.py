"""The model of a ruleset file: what it says, and nothing about how it is loaded or run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from clientcore.anchors import Answer
from clientcore.errors import Where
from clientcore.expr import Expr, Level

Subject = Literal["account", "opportunity", "workstream", "organisation"]
Precedence = Literal["contract", "safety", "mentoring", "other"]
Severity = Literal["critical", "high", "medium", "low", "info"]
OnUnknown = Literal["no_match", "match", "review", "error"]
Basis = Literal["seed", "published", "measured", "ours"]
Aggregate = Literal["weighted_mean", "sum", "min", "max", "geometric_mean", "product", "model"]
HitPolicy = Literal["first", "unique", "collect"]
Collect = Literal["list", "sum", "min", "max", "count"]
Audience = Literal["internal", "account_team", "executive", "client"]

SUBJECTS: tuple[Subject, ...] = ("account", "opportunity", "workstream", "organisation")
PRECEDENCES: tuple[Precedence, ...] = ("contract", "safety", "mentoring", "other")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
SOURCES: tuple[str, ...] = (
    "client_stated",
    "client_behaviour",
    "contract_record",
    "supplier_record",
    "supplier_self_assessed",
    "third_party",
    "inferred",
)


@attrs.frozen
class Formula:
    """The text of an expression, its tree, and where it stands.

    Args:
        text: As written; for a table cell the text of the cell.
        tree: Its syntax tree; for a table cell the whole condition on the input.
        places: Segments (offset in text, line, column), ascending; the first has offset 0.
        file: The file, as the user named it.
    """

    text: str
    tree: Expr
    places: tuple[tuple[int, int, int], ...] = attrs.field(default=((0, 1, 1),), eq=False, repr=False)
    file: str = attrs.field(default="", eq=False, repr=False)

    def at(self, offset: int = 0) -> Where:
        """Return the place in the file of an offset in the text."""
        begin, line, col = self.places[0]
        for segment in self.places:
            if segment[0] > offset:
                break
            begin, line, col = segment
        return Where(self.file, line, col + max(0, offset - begin))


@attrs.frozen(kw_only=True)
class Param:
    """A threshold or weight that a profile may override; read at evaluation, never compiled in."""

    id: str
    value: float | str | bool | tuple[str, ...] | tuple[float, ...]
    range: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    basis: Basis = "ours"
    doc: str = ""


@attrs.frozen(kw_only=True)
class Input:
    """A raw fact that the caller may hand in as it is."""

    id: str
    kind: str
    unit: str = ""
    range: tuple[float, float] | None = None
    level: str = ""
    doc: str = ""
    ask: str = ""
    whom: str = ""
    monotone: Literal["up", "down"] | None = None
    requires_source: tuple[str, ...] = ()
    person: bool = False
    answer: Answer | None = None
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class DerivedFact:
    """A derived fact: an expression over the subject and its related records."""

    id: str
    value: Formula
    kind: str = ""
    unit: str = ""
    range: tuple[float, float] | None = None
    level: str = ""
    doc: str = ""
    ask: str = ""
    whom: str = ""
    monotone: Literal["up", "down"] | None = None
    requires_source: tuple[str, ...] = ()
    person: bool = False
    applies_when: Formula | None = None
    answer: Answer | None = None
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class FindingEffect:
    """What a fired rule reports."""

    severity: Severity
    actions: tuple[str, ...] = ()
    title: str = ""


@attrs.frozen(kw_only=True)
class Rule:
    """A condition and its effect; fires only when the condition is true."""

    id: str
    when: Formula
    finding: FindingEffect | None = None
    because: str = ""
    on_unknown: OnUnknown = "no_match"
    suppresses: tuple[str, ...] = ()
    confidence: float = 1.0
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class Term:
    """One part of a score; a missing term has exactly `range`."""

    id: str
    value: Formula
    range: tuple[float, float]
    weight: Formula | None = None
    monotone: Literal["up", "down"] | None = None
    applies_when: Formula | None = None
    doc: str = ""
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class Limit:
    """A cap (`when` true: at most `at`), a veto (likewise), or a gate (`requires` not true: at most `at`)."""

    kind: Literal["cap", "veto", "gate"]
    condition: Formula
    at: Formula
    because: str = ""


@attrs.frozen(kw_only=True)
class Band:
    """A named interval of a score, from the edge of the band before it up to `below` (None: the last)."""

    id: str
    below: Formula | None = None
    title: str = ""


@attrs.frozen(kw_only=True)
class Hysteresis:
    """How a band or machine holds on: a margin in points, and days that a new band must last."""

    margin: Formula | None = None
    dwell_days: Formula | None = None


@attrs.frozen(kw_only=True)
class Scorecard:
    """A score: terms, how they are put together, limits, bands."""

    id: str
    aggregate: Aggregate
    range: tuple[float, float]
    terms: tuple[Term, ...] = ()
    model: str = ""
    limits: tuple[Limit, ...] = ()
    bands: tuple[Band, ...] = ()
    hysteresis: Hysteresis | None = None
    applies_when: Formula | None = None
    unit: str = "points"
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class TableInput:
    """A column of a decision table: a name or an expression."""

    value: Formula


@attrs.frozen(kw_only=True)
class TableRow:
    """A row: one condition per input (None for `-`, any), and the outcome."""

    id: str
    when: tuple[Formula | None, ...]
    then: Any
    because: str = ""


@attrs.frozen(kw_only=True)
class DecisionTable:
    """Rows of unary tests on inputs, and a hit policy."""

    id: str
    hit_policy: HitPolicy
    inputs: tuple[TableInput, ...]
    rows: tuple[TableRow, ...]
    output: str
    collect: Collect | None = None
    default: Any = None  # a tuple for `collect(list)`
    level: str = ""
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class Transition:
    """A step of a state machine.

    `needs_decision` asks for a recorded human decision; `at_once` lets it be made before the state has lasted its days.
    """

    source: str
    target: str
    when: Formula
    needs_decision: bool = False
    at_once: bool = False
    because: str = ""


@attrs.frozen(kw_only=True)
class StateMachine:
    """States, transitions in file order, and how long a state lasts at least, but for transitions made at once."""

    id: str
    initial: str
    transitions: tuple[Transition, ...]
    min_dwell_days: Formula | None = None
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"

    @property
    def labels(self) -> tuple[str, ...]:
        """Every state: the initial one, then in order of first mention."""
        seen = dict.fromkeys([self.initial])
        for step in self.transitions:
            seen |= dict.fromkeys([step.source, step.target])
        return tuple(seen)


@attrs.frozen(kw_only=True)
class Event:
    """One event of a pattern: records of a related table, the account itself on a day, or that nothing came in time.

    Args:
        id: Names it, and in conditions its record.
        of: Related table, or `account`.
        when: Condition on its fields, also against fields of earlier events; every record without one.
        on: Field with its day; by default the one that docs/patterns.md lists for the table.
        count: How many records at least; one without it.
        none_for: For so many days after `after` no such record came; without it the event has to come.
        after: Event from which `none_for` counts; by default the last one above it that has to come.
    """

    id: str
    of: str
    when: Formula | None = None
    on: str = ""
    count: Formula | None = None
    none_for: Formula | None = None
    after: str = ""


@attrs.frozen(kw_only=True)
class Pattern:
    """Events of one account within some days; it fires like a rule, in whose place it may stand everywhere.

    Args:
        id: Unique among the rules and patterns of its ruleset.
        events: Two to four.
        within: Days before the day of the decision in which all of them lie.
        order: `sequence`: each on the day of the one before or later, as listed.
        same: Fields that have the same value in the records of every event.
        raises: Signal that it raises while it holds.
        clears: Signal that is not raised while it holds.
        asserts: Name of a fact that is its truth.
    """

    id: str
    events: tuple[Event, ...]
    within: Formula
    order: Literal["any", "sequence"] = "any"
    same: tuple[str, ...] = ()
    finding: FindingEffect | None = None
    raises: str = ""
    clears: str = ""
    asserts: str = ""
    because: str = ""
    on_unknown: OnUnknown = "no_match"
    suppresses: tuple[str, ...] = ()
    confidence: float = 1.0
    title: str = ""
    doc: str = ""
    source: tuple[str, ...] = ()
    basis: Basis = "ours"


@attrs.frozen(kw_only=True)
class Action:
    """Something to do; findings recommend it."""

    id: str
    title: str
    doc: str = ""
    audience: Audience = "internal"
    group: str = ""
    owner_role: str = ""
    due_days: int | None = None
    client_text: str = ""


@attrs.frozen(kw_only=True)
class Ruleset:
    """One file of format clientcore/1."""

    id: str
    version: str
    title: str
    subject: Subject
    precedence: Precedence = "other"
    source: tuple[str, ...] = ()
    doc: str = ""
    on_request: bool = False
    applies_when: Formula | None = None
    levels: Mapping[str, Level] = attrs.field(factory=dict)
    params: Mapping[str, Param] = attrs.field(factory=dict)
    inputs: Mapping[str, Input] = attrs.field(factory=dict)
    facts: Mapping[str, DerivedFact] = attrs.field(factory=dict)
    rules: Mapping[str, Rule] = attrs.field(factory=dict)
    patterns: Mapping[str, Pattern] = attrs.field(factory=dict)
    scores: Mapping[str, Scorecard] = attrs.field(factory=dict)
    tables: Mapping[str, DecisionTable] = attrs.field(factory=dict)
    states: Mapping[str, StateMachine] = attrs.field(factory=dict)
    actions: Mapping[str, Action] = attrs.field(factory=dict)
    file: str = attrs.field(default="", eq=False)
    sha256: str = attrs.field(default="", eq=False)
    bundled: bool = attrs.field(default=False, eq=False)
    places: Mapping[str, Where] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def firing(self) -> dict[str, Rule | Pattern]:
        """Rules and patterns: everything that fires, by id."""
        return {**self.rules, **self.patterns}

    def where(self, path: str) -> Where:
        """Return the place of a part, for example `rules/overcommitted`; else of the nearest part around it."""
        while path and path not in self.places:
            path = path.rpartition("/")[0]
        return self.places.get(path, Where(self.file))


@attrs.frozen
class Profile:
    """Overrides of params for one organisation, segment or tenant (format clientcore-profile/1)."""

    id: str
    params: Mapping[str, Mapping[str, Any]]
    match: Formula | None = None
    title: str = ""
    doc: str = ""
    reasons: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    file: str = attrs.field(default="", eq=False)
    places: Mapping[str, Where] = attrs.field(factory=dict, eq=False, repr=False)
