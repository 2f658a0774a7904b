"""Lower how values enter: rows that are seen, days that have happened, amounts, facts handed in."""

from __future__ import annotations

import attrs

from clientcore.entities import BARE_SOURCE, ENTITIES, SOURCES, SUBJECTS, Entity, Field
from clientcore.plan import Handed
from clientcore.relational.program import CHILDREN, Builder, Frame, Lookup, Source
from clientcore.relational.scalar import (
    FALSE,
    TRUE,
    Scalar,
    Sort,
    arithmetic,
    both,
    case,
    col,
    compare,
    either,
    is_null,
    known,
    lit,
    null,
    opposite,
)
from clientcore.relational.sorts import sort_of

#: Frame of the handed-in facts, and what stands beside each of them.
FACTS = "facts"
#: Ends the name of the column that says whether a fact applies, and of the one that says when it was observed.
APPLICABLE, OBSERVED = "__applicable", "__observed_at"
_DAY_MICROS = 86_400_000_000
_LARGEST, _SMALLEST = 1e18, 1e-18
AS_OF = Scalar("as_of", "integer")
#: Kind of a field → sort of its column, where it is no text.
_SORTS: dict[str, Sort] = {"number": "number", "day": "integer", "instant": "integer", "boolean": "boolean"}


@attrs.define
class Entry:
    """Frames and sources of one program; columns are added when first asked for.

    Args:
        builder: Takes the columns.
        subject: Kind of subject.
        person: Person-level facts that the caller opted in to.
        given: Facts of which the book has a column; None for all.
        clean: Those of which every value is known to be accepted as it is.
        prefix: Begins the name of each frame, so that two subjects may stand in one program.
    """

    builder: Builder
    subject: str
    person: frozenset[str] = frozenset()
    given: frozenset[str] | None = None
    clean: frozenset[str] = frozenset()
    prefix: str = ""
    _sources: dict[str, dict[str, Source]] = attrs.field(factory=dict)
    _tables: dict[str, str] = attrs.field(factory=dict)
    _seen: dict[str, Scalar | None] = attrs.field(factory=dict)
    _columns: dict[tuple[str, str], Scalar] = attrs.field(factory=dict)

    def open_main(self) -> None:
        """Add the frame of the subjects; children of an account that nobody knew of are not there."""
        entity = SUBJECTS[self.subject]
        self._open(self.builder.main, entity.table)
        self.source(self.builder.main, "id", "text")
        if self.subject in {"opportunity", "workstream"}:
            self._seen[self.builder.main] = self._is_seen(self.builder.main)

    @property
    def key(self) -> str:
        """The column of related rows that names their subject."""
        return f"{self.subject}_id"

    def rows(self, table: str) -> str:
        """Return the frame of a related table, adding it when first asked."""
        frame = f"{self.prefix}{table}"
        if frame not in self._tables:
            self._open(frame, table)
            self.source(frame, self.key, "text")
            self._seen[frame] = self._is_seen(frame)
        return frame

    def _open(self, frame: str, table: str) -> None:
        self._tables[frame] = table
        self._sources[frame] = {}
        self._seen[frame] = None

    def source(self, frame: str, field: str, kind: str) -> Scalar:
        """Return a column as the table has it."""
        self._sources[frame].setdefault(field, Source(frame, field, field, kind))
        return col(field, _SORTS.get(kind, "text"))

    def _is_seen(self, frame: str) -> Scalar:
        recorded, occurred = self.source(frame, "recorded_at", "instant"), self.source(frame, "occurred_on", "day")
        known_then = compare("lt", recorded, _end())
        return case(known(recorded), known_then, either(is_null(occurred), compare("le", occurred, AS_OF)))

    def column(self, frame: str, name: str) -> Scalar:
        """Return a field of a frame as conditions read it."""
        found = self._columns.get((frame, name))
        if found is None:
            entity = ENTITIES[self._tables[frame]]
            found = self._columns[frame, name] = self._field(frame, entity, entity.fields[name])
        return found

    def _field(self, frame: str, entity: Entity, field: Field) -> Scalar:
        if field.personal and f"{entity.table}.{field.name}" not in self.person:
            return null(_SORTS.get(field.kind.name, "text"))
        raw = self.source(frame, field.name, field.kind.name)
        if field.role == "happened":
            then = compare("le", raw, AS_OF) if field.kind.name == "day" else compare("lt", raw, _end())
            return self.builder.keep(case(then, raw, null(raw.sort)), frame=frame)
        if field.unit == "money" and "fx_rate" in entity.fields and "currency" in entity.fields:
            return self._exchanged(frame, raw)
        return raw

    def _exchanged(self, frame: str, raw: Scalar) -> Scalar:
        named, rate = self.source(frame, "currency", "text"), self.source(frame, "fx_rate", "number")
        own = self._own_currency(frame)
        given = arithmetic("mul", raw, rate)
        size = arithmetic("abs", given)
        fits = case(
            compare("lt", size, lit(_SMALLEST)), lit(0.0), compare("le", size, lit(_LARGEST)), given, null("number")
        )
        exchanged = case(compare("gt", rate, lit(0.0)), fits, null("number"))
        return self.builder.keep(case(either(is_null(named), compare("eq", named, own)), raw, exchanged), frame=frame)

    def _own_currency(self, frame: str) -> Scalar:
        """Return the currency in which amounts are read; that of a child's account, and of no account its own."""
        main = self.builder.main
        own = self.source(main, "currency", "text")
        if self.subject in CHILDREN:
            account = self.source(main, "account_id", "text").value
            there, named = (self._of_account(account, *field) for field in (("id", "text"), ("currency", "text")))
            own = self.builder.keep(case(known(there), named, own))
        if frame == main:
            return own
        return self.builder.look_up(Lookup(frame, "", main, own.value, (self.key, "id"), "text"))

    def _of_account(self, key: str, field: str, kind: str) -> Scalar:
        """Return a field of the account that a column of the subjects names, as its table has it."""
        frame = f"{self.prefix}{SUBJECTS['account'].table}"
        if frame not in self._tables:
            self._open(frame, SUBJECTS["account"].table)
            self.source(frame, "id", "text")
        held = self.source(frame, field, kind)
        return self.builder.look_up(Lookup(self.builder.main, "", frame, held.value, (key, "id"), held.sort))

    def handed(self, spec: Handed) -> Scalar:
        """Return what was handed in for a fact, as far as it is accepted; null where nothing was (SEMANTICS 25)."""
        if (self.given is not None and spec.id not in self.given) or (spec.person and spec.id not in self.person):
            return null(sort_of(spec.kind, f"fact `{spec.id}`"))
        frame = f"{self.prefix}{FACTS}"
        if frame not in self._tables:
            self._open(frame, FACTS)
            self.source(frame, "account_id", "text")
        raw = self.source(frame, spec.id, spec.kind.name)
        if spec.id in self.clean:
            return self.builder.look_up(Lookup(self.builder.main, "", frame, spec.id, ("id", "account_id"), raw.sort))
        marked = self._marked(frame, spec)
        applies = TRUE if marked == FALSE else opposite(marked)
        allowed = both(self._inside(spec, raw), self._allowed(frame, spec), applies)
        tiny = compare("lt", arithmetic("abs", raw), lit(_SMALLEST)) if spec.kind.name == "number" else FALSE
        held = self.builder.keep(case(both(allowed, tiny), lit(0.0), allowed, raw, null(raw.sort)), frame=frame)
        return self.builder.look_up(Lookup(self.builder.main, "", frame, held.value, ("id", "account_id"), raw.sort))

    def handed_lost(self, spec: Handed) -> Scalar:
        """Return whether a fact was handed in as one that does not apply; never null."""
        if self.given is None or f"{spec.id}{APPLICABLE}" not in self.given or self.handed(spec).op != "col":
            return FALSE
        frame = f"{self.prefix}{FACTS}"
        lost = self.builder.keep(both(self._allowed(frame, spec), self._marked(frame, spec)), frame=frame)
        held = Lookup(self.builder.main, "", frame, lost.value, ("id", "account_id"), "boolean")
        return Scalar("is_true", "boolean", (self.builder.look_up(held),))

    def _marked(self, frame: str, spec: Handed) -> Scalar:
        if self.given is None or f"{spec.id}{APPLICABLE}" not in self.given:
            return FALSE
        applies = self.source(frame, f"{spec.id}{APPLICABLE}", "boolean")
        return Scalar("is_true", "boolean", (opposite(applies),))

    def _allowed(self, frame: str, spec: Handed) -> Scalar:
        """Return whether a fact was observed by the day of the decision, and comes from where it has to."""
        observed = self.source(frame, f"{spec.id}{OBSERVED}", "day")
        then = either(is_null(observed), compare("le", observed, AS_OF))
        if not spec.requires_source:
            return then
        named = Scalar("coalesce", "text", (self.source(frame, f"{spec.id}__source", "text"), lit(BARE_SOURCE)))
        others = tuple(sorted({*SOURCES} - {*spec.requires_source}))
        if BARE_SOURCE in others:
            return both(then, Scalar("in_set", "boolean", (named,), tuple(sorted(spec.requires_source))))
        # what is no source is as if none were named
        return both(then, opposite(Scalar("in_set", "boolean", (named,), others))) if others else then

    def _inside(self, spec: Handed, raw: Scalar) -> Scalar:
        if spec.kind.name == "number":
            low, high = spec.range or (-_LARGEST, _LARGEST)
            return both(compare("ge", raw, lit(float(low))), compare("le", raw, lit(float(high))))
        if spec.kind.name == "level" and spec.kind.level is not None:
            return Scalar("in_set", "boolean", (raw,), spec.kind.level.labels)
        return TRUE

    def frames(self) -> dict[str, Frame]:
        """Return every frame with what it reads."""
        return {
            name: Frame(name=name, table=table, sources=tuple(self._sources[name].values()), seen=self._seen[name])
            for name, table in self._tables.items()
        }


def _end() -> Scalar:
    """Return the first instant after the day of the decision."""
    return arithmetic("imul", arithmetic("iadd", AS_OF, lit(1)), lit(_DAY_MICROS))
