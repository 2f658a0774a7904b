"""Event patterns: every condition split into what concerns one record and what compares two, and put into one tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from clientcore.check.guards import sure
from clientcore.check.scope import SPECIAL, Scope
from clientcore.entities import ENTITIES
from clientcore.errors import Problem, did_you_mean
from clientcore.expr import BOOLEAN, DAY, Kind, Node, list_of, record_of
from clientcore.matching import DATED, EventShape, Join, Shape
from clientcore.ruleset import Event, Formula, Pattern, Ruleset

Nodes = dict[tuple[str, str], Node]
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_CHANGES = frozenset({"add", "sub", "mul", "day_add", "day_sub"})
_FLAT = "write `event.field < earlier.field`, where `+`, `-` or `*` and a number or a param may follow"
#: Days on which every record of a table came to be, as far as anybody knows them.
_ALWAYS_THERE = frozenset({"occurred_on", "recorded_at", "opened_at", "opened_on", "known_on", "decided_on"})
_TRUE = Node("literal", BOOLEAN, (), True)


def patterns(rulesets: Sequence[Ruleset], scope: Scope, nodes: Nodes, problems: list[Problem]) -> None:
    """Put each pattern into one tree, under (ruleset, `patterns/P`); what is wrong with it goes to the problems."""
    for ruleset in rulesets:
        for pattern in ruleset.patterns.values():
            found = list(_unfit(ruleset, pattern, scope))
            if not found:
                writer = _Writer(ruleset, pattern, scope, nodes, found)
                made = writer.node()
                if made is not None and not found:
                    nodes[ruleset.id, f"patterns/{pattern.id}"] = made
                    found += writer.warnings
            problems += found
        problems += _lone_clears(ruleset)


def _lone_clears(ruleset: Ruleset) -> Iterator[Problem]:
    raised = {pattern.raises for pattern in ruleset.patterns.values()}
    for pattern in ruleset.patterns.values():
        if pattern.clears and pattern.clears not in raised:
            text = f"pattern `{pattern.id}` clears `{pattern.clears}`, which no pattern of this ruleset raises"
            where = ruleset.where(f"patterns/{pattern.id}/clears")
            yield Problem("CC312", text, where, did_you_mean(pattern.clears, raised - {""}))


def _unfit(ruleset: Ruleset, pattern: Pattern, scope: Scope) -> Iterator[Problem]:
    """Find what is wrong before any condition is looked at."""
    here = ruleset.where(f"patterns/{pattern.id}")
    if ruleset.subject != "account":
        text = f"pattern `{pattern.id}` stands in a ruleset for {ruleset.subject}"
        yield Problem("CC312", text, here, "patterns are about the events of one account")
        return
    coming: list[str] = []
    compares = False
    for event in pattern.events:
        where = ruleset.where(f"patterns/{pattern.id}/events/{event.id}")
        for text, help_text in (*_of(event, scope), *_times(event, coming)):
            yield Problem("CC312", text, where, help_text)
        for name in pattern.same:
            if name not in scope.columns.get(event.of, {}):
                text = f"event `{event.id}` has no field `{name}`, which is to be the same in every event"
                known = scope.columns.get(event.of, {})
                yield Problem("CC312", text, where, did_you_mean(name, known) if known else "the account is one record")
        if event.none_for is None:
            coming.append(event.id)
        compares = compares or event.count is not None
    if len(coming) < 1 or pattern.events[0].none_for is not None:
        yield Problem(
            "CC312",
            f"pattern `{pattern.id}` begins with an event that must not come",
            here,
            "begin with one that comes",
        )
    if pattern.raises and pattern.raises == pattern.clears:
        yield Problem(
            "CC312", f"pattern `{pattern.id}` raises and clears `{pattern.raises}`", here, "do one of the two"
        )


def _of(event: Event, scope: Scope) -> Iterator[tuple[str, str]]:
    tables = scope.subjects["account"].tables
    if event.id in SPECIAL:
        yield f"event `{event.id}` has the name of something else in the language", "choose another name"
    if event.of == "account":
        known: dict[str, Kind | None] = dict(scope.subjects["account"].fields)
        facts = {name: fact.kind for name, fact in scope.facts.items() if "account" in fact.subjects}
        kind = known.get(event.on) or facts.get(event.on)
        if not event.on:
            yield f"event `{event.id}` of the account has no day", "name a field or fact of kind day with `on`"
        elif kind is None or kind != DAY:
            days = [name for name, one in (known | facts).items() if one == DAY]
            yield f"`{event.on}` is no day of the account", did_you_mean(event.on, days)
        return
    if event.of not in tables:
        yield (
            f"event `{event.id}` is of `{event.of}`, which is no related table of an account",
            did_you_mean(event.of, [*tables, "account"]),
        )
        return
    columns = scope.columns[event.of]
    day = event.on or DATED.get(event.of, "occurred_on")
    if day not in columns or columns[day].name not in {"day", "instant"}:
        days = [name for name, kind in columns.items() if kind.name in {"day", "instant"}]
        yield f"`{day}` is no day or instant of `{event.of}`", did_you_mean(day, days)


def _times(event: Event, coming: Sequence[str]) -> Iterator[tuple[str, str]]:
    if event.none_for is None:
        if event.after:
            yield f"event `{event.id}` has `after` without `none_for`", "order events by `order: sequence`"
        return
    if event.count is not None:
        yield f"event `{event.id}` has both `count` and `none_for`", "take one out"
    if event.of == "account":
        yield f"event `{event.id}` of the account has `none_for`", "write it as a condition"
    if event.after and event.after not in coming:
        yield (
            f"event `{event.id}` counts from `{event.after}`, which is no event above it that comes",
            did_you_mean(event.after, coming),
        )


@attrs.define
class _Writer:
    """Writes the tree of one pattern."""

    ruleset: Ruleset
    pattern: Pattern
    scope: Scope
    nodes: Nodes
    problems: list[Problem]
    warnings: list[Problem] = attrs.field(factory=list)
    args: list[Node] = attrs.field(factory=list)

    def node(self) -> Node | None:
        """Return the tree; None where a part of it has a problem already."""
        within = self._found("within")
        if within is None:
            return None
        self.args.append(within)
        shapes = [self._event(at, event) for at, event in enumerate(self.pattern.events)]
        done = [one for one in shapes if one is not None]
        if len(done) < len(shapes):
            return None
        shape = Shape(tuple(done), self.pattern.order == "sequence")
        self._one_each(shape)
        return Node("events", BOOLEAN, tuple(self.args), shape)

    def _found(self, path: str) -> Node | None:
        return self.nodes.get((self.ruleset.id, f"patterns/{self.pattern.id}/{path}"))

    def _event(self, at: int, event: Event) -> EventShape | None:
        path = f"events/{event.id}"
        whole = _TRUE if event.when is None else self._found(path)
        if whole is None:
            return None
        own, joins = _TRUE, []
        for part in _conjuncts(whole):
            others = _variables(part) - {event.id}
            if not others:
                own = part if own is _TRUE else Node("and", BOOLEAN, (own, part))
            elif event.when is not None:
                joins.append(self._join(event, part, event.when))
        place = len(self.args)
        self.args += self._records(event, own)
        count = self._number(event.count, f"{path}/count")
        none_for = self._number(event.none_for, f"{path}/none_for")
        made = [join for join in joins if join is not None]
        if None in (count, none_for) or len(made) < len(joins):
            return None
        day, instant = self._day(event)
        self._has_happened(event, day, own)
        return EventShape(
            id=event.id,
            table="" if event.of == "account" else event.of,
            day=day,
            instant=instant,
            at=place,
            count=-1 if count is None else count,
            none_for=-1 if none_for is None else none_for,
            after=self._after(at, event),
            joins=tuple(self._numbered(join) for join in made),
            same=self.pattern.same,
        )

    def _number(self, formula: Formula | None, path: str) -> int | None:
        """Return the place of a number among the arguments; -1 without one, None after a problem."""
        if formula is None:
            return -1
        node = self._found(path)
        if node is None:
            return None
        self.args.append(node)
        return len(self.args) - 1

    def _numbered(self, join: tuple[Join, Node | None]) -> Join:
        made, number = join
        if number is None:
            return made
        self.args.append(number)
        return attrs.evolve(made, number=len(self.args) - 1)

    def _records(self, event: Event, own: Node) -> tuple[Node, Node]:
        """Return the records for which a condition is true, and those for which it is unknown; neither is unknown."""
        if event.of == "account":
            fields = self.scope.subjects["account"].fields
            return own, Node("field" if event.on in fields else "fact", DAY, (), event.on)
        kind = list_of(record_of(event.of))
        table = Node("table", kind, (), event.of)
        if own is _TRUE:
            return table, Node("list", kind)
        known = Node("has", BOOLEAN, (own,))
        sure = Node("and", BOOLEAN, (own, known))
        return (
            Node("filter", kind, (table, sure), event.id),
            Node("filter", kind, (table, Node("not", BOOLEAN, (known,))), event.id),
        )

    def _day(self, event: Event) -> tuple[str, bool]:
        if event.of == "account":
            return event.on, False
        day = event.on or DATED.get(event.of, "occurred_on")
        return day, self.scope.columns[event.of][day].name == "instant"

    def _has_happened(self, event: Event, day: str, own: Node) -> None:
        """Warn of records that lack their day because nothing has happened yet: they make the pattern unknown."""
        field = ENTITIES[event.of].fields[day] if event.of in ENTITIES else None
        if field is None or field.role != "happened" or day in _ALWAYS_THERE:
            return
        asked = {(node.args[0].value, node.value) for node in sure(own, when=True) if node.op == "column"}
        if (event.id, day) not in asked:
            where = (
                event.when.at()
                if event.when is not None
                else self.ruleset.where(f"patterns/{self.pattern.id}/events/{event.id}")
            )
            text = f"event `{event.id}` goes by `{day}`, which has not happened for every record"
            help_text = f"write `has({event.id}.{day}) && …`, or each record without it leaves the pattern unknown"
            self.warnings.append(Problem("CC307", text, where, help_text, "warning"))

    def _after(self, at: int, event: Event) -> int:
        if event.none_for is None:
            return -1
        coming = [place for place, one in enumerate(self.pattern.events[:at]) if one.none_for is None]
        return next((place for place in coming if self.pattern.events[place].id == event.after), coming[-1])

    def _join(self, event: Event, part: Node, formula: Formula) -> tuple[Join, Node | None] | None:
        """Return the comparison that a part of a condition makes, and the number in it; None after a problem."""
        found = _flat(part, event.id)
        if found is None:
            self._refuse(
                f"`{_text(formula, part)}` compares two events in a way that can't be joined", formula, part, _FLAT
            )
            return None
        sign, own, change, number = found
        other = change.args[0] if number is not None else change
        name = other.args[0].value
        at = next(place for place, one in enumerate(self.pattern.events) if one.id == name)
        after = self._after(self.pattern.events.index(event), event)
        if event.none_for is not None and at != after:
            anchor = self.pattern.events[after].id
            text = f"event `{event.id}` is compared with `{name}`, and its days count from `{anchor}`"
            self._refuse(text, formula, part, f"compare it with `{anchor}`")
            return None
        how: Any = change.op if number is not None else ""
        return Join(own.value, sign, at, other.value, how), number

    def _one_each(self, shape: Shape) -> None:
        """Refuse counts beside comparisons, where which records go together would be a search without bound."""
        if not any(event.joins and event.comes for event in shape.events):
            return
        for event in self.pattern.events:
            if event.count is not None:
                where = event.count.at()
                text = f"pattern `{self.pattern.id}` compares events and counts event `{event.id}`"
                help_text = "use `same`, or let one pattern count and assert a fact that another one reads"
                self.problems.append(Problem("CC312", text, where, help_text))

    def _refuse(self, text: str, formula: Formula, part: Node, help_text: str) -> None:
        self.problems.append(Problem("CC312", text, formula.at(part.start), help_text))


def _text(formula: Formula, node: Node) -> str:
    return " ".join(formula.text[node.start : node.end].split())


def _conjuncts(node: Node) -> Iterator[Node]:
    if node.op != "and":
        yield node
        return
    for arg in node.args:
        yield from _conjuncts(arg)


def _variables(node: Node) -> set[str]:
    """Return the names of the records that a tree reads, without those that its macros bind."""
    return {part.value for part in _free(node, frozenset())}


def _free(node: Node, bound: frozenset[str]) -> Iterator[Node]:
    if node.op == "var":
        if node.value not in bound:
            yield node
        return
    inner = bound | {node.value} if node.op in {"filter", "map", "all", "exists", "exists_one", "latest"} else bound
    for place, arg in enumerate(node.args):
        yield from _free(arg, inner if place else bound)


def _flat(part: Node, own: str) -> tuple[Any, Node, Node, Node | None] | None:
    """Return (sign, own field, other side, number in it) of a comparison of two fields; None for anything else."""
    if part.op not in _MIRRORED:
        return None
    left, right = part.args
    if not _is_field(left, own):
        left, right = right, left
        sign = _MIRRORED[part.op]
    else:
        sign = part.op
    if not _is_field(left, own):
        return None
    if right.op == "column" and right.args[0].op == "var":
        return sign, left, right, None
    if right.op in _CHANGES and right.args[0].op == "column" and right.args[1].op in {"literal", "param"}:
        return sign, left, right, right.args[1]
    return None


def _is_field(node: Node, event: str) -> bool:
    return node.op == "column" and node.args[0].op == "var" and node.args[0].value == event
