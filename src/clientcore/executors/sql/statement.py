"""A program → one statement: a common table expression for each stage of each frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
from sqlglot import exp

from clientcore.errors import UnsupportedError
from clientcore.executors.sql.aggregates import empty, gathered
from clientcore.executors.sql.given import Given
from clientcore.executors.sql.inlining import inlined
from clientcore.executors.sql.scalars import printed
from clientcore.executors.sql.sources import source_columns, table_of
from clientcore.executors.sql.staging import spread
from clientcore.executors.sql.words import binary, call, case, chain, column, name, there
from clientcore.relational import (
    LIST_END,
    Aggregate,
    Frame,
    Lookup,
    Phase,
    Place,
    Program,
    Scalar,
    phases_of,
    specialised,
)

#: Levels that stand within one another: more take more calls within one another to write than Python allows.
_DEEP = 8


def select_of(program: Program, given: Given) -> exp.Select:
    """Return the statement that gives one row per subject.

    Args:
        program: What the plan means.
        given: The database, the day, the params, the tables that there are.

    Returns:
        A `SELECT` with the columns of `program.outputs`, in their order.

    Raises:
        UnsupportedError: A step has more columns than the database holds (CC401).
    """
    _require_narrow(len(program.outputs), given)
    params = {key: given.param(key) for key in given.params}
    made = spread(inlined(specialised(program, params, given.tables)))
    order = phases_of(made)
    writer = _Writer(made, given, order.last)
    read = {program.main, *(frame for frame, _ in order.last)}
    for frame in writer.program.frames.values():
        if frame.name in read:
            writer.begin(frame)
    for at, phases in enumerate(order.phases):
        writer.phase(at, phases)
    shown = [_shown(column(made), how, title, given) for title, (made, how) in writer.program.outputs.items()]
    final = exp.Select(expressions=shown).from_(exp.Table(this=name(writer.current[program.main])), copy=False)
    final.set("with_", exp.With(expressions=writer.expressions))
    return final


def _require_narrow(columns: int, given: Given) -> None:
    most = given.dialect.most_columns
    if most and columns > most:
        raise UnsupportedError(
            f"CC401 the statement needs a step of {columns:,} columns, and {given.dialect.name} holds {most:,}; name "
            "fewer rules by `only=`, and make a table of each part"
        )


def _shown(value: exp.Expr, how: str, title: str, given: Given) -> exp.Expr:
    """Return a column of the decisions: a day as a date, a list of texts as a list."""
    if how == "day":
        value = _date(value, given)
    elif how == "list":
        value = _list(value, given)
    return exp.Alias(this=value, alias=name(title))


def _date(value: exp.Expr, given: Given) -> exp.Expr:
    start = exp.Cast(this=exp.Literal.string("1970-01-01"), to=exp.DataType(this=exp.DType.DATE))
    whole = exp.Cast(this=value, to=exp.DataType(this=exp.DType.INT))
    match given.dialect.name:
        case "spark":
            return call("DATE_ADD", start, whole)
        case "snowflake":
            return call("DATEADD", exp.Var(this="day"), whole, start)
        case "bigquery":
            return call("DATE_FROM_UNIX_DATE", value)
        case _:
            return binary(exp.Add, start, whole)


def _list(value: exp.Expr, given: Given) -> exp.Expr:
    """Take a text apart that has `LIST_END` behind each element."""
    split = {"duckdb": "STRING_SPLIT", "postgres": "STRING_TO_ARRAY"}.get(given.dialect.name, "SPLIT")
    last = binary(exp.Sub, call("LENGTH", value.copy()), exp.Literal.number(1))
    parts = call(split, call("SUBSTR", value, exp.Literal.number(1), last), exp.Literal.string(LIST_END))
    text = exp.DataType(this=exp.DType.TEXT)
    listed = exp.DataType(this=exp.DType.ARRAY, expressions=[text], nested=True)
    none = exp.Cast(this=exp.Array(expressions=[]), to=listed)
    is_empty = binary(exp.EQ, value.copy(), exp.Literal.string(""))
    return case([(there(value.copy()), case([(is_empty, none)], parts))])


@attrs.define
class _Writer:
    """The statement while it is written: for each frame its newest expression and the columns that it has."""

    program: Program
    given: Given
    last: Mapping[tuple[str, str], Place]
    expressions: list[exp.CTE] = attrs.field(factory=list)
    current: dict[str, str] = attrs.field(factory=dict)
    columns: dict[str, list[str]] = attrs.field(factory=dict)

    def begin(self, frame: Frame) -> None:
        """Write the rows of a frame that exist, with the columns of its table that are read."""
        wanted = [source for source in frame.sources if (frame.name, source.name) in self.last]
        seen = frame.seen
        made = source_columns(frame, wanted, self.given)
        rows = exp.Select(expressions=made).from_(table_of(frame, self.given), copy=False)
        if not self.given.has_table(frame.table):
            rows = rows.where(exp.false(), copy=False)
        if seen is not None and self.given.has_table(frame.table):
            everything = source_columns(frame, frame.sources, self.given)
            inner = exp.Select(expressions=everything).from_(table_of(frame, self.given), copy=False)
            kept = [column(source.name) for source in wanted]
            rows = exp.Select(expressions=kept or [exp.Literal.number(1)])
            rows = rows.from_(inner.subquery(name("r"), copy=False), copy=False)
            rows = rows.where(printed(seen, self.given), copy=False)
        self._write(frame.name, 0, rows, [source.name for source in wanted])

    def phase(self, at: int, phases: Sequence[Phase]) -> None:
        """Write one expression for each frame that gets columns; all of them read what stood before the phase."""
        done = [(phase.frame, *self._phase(at, phase)) for phase in phases]
        for frame, rows, columns in done:
            self._write(frame, at + 1, rows, columns)

    def _phase(self, at: int, phase: Phase) -> tuple[exp.Select, list[str]]:
        """Return the rows of a frame behind a phase, each level around the one before, and their columns."""
        frame, kept = phase.frame, self.columns[phase.frame]
        source: exp.Expr = exp.Table(this=name(self.current[frame]))
        joins, rows = self._joins(phase), None
        for step, level in enumerate(phase.levels or ((),)):
            if rows is not None:
                inner = f"{frame}@{at + 1}.{step}" if step % _DEEP == 0 else ""
                source, joins = self._inside(rows, inner), _Joins()
            scalars = [(one.name, joins.replaced(one.scalar)) for one in level]
            kept = [one for one in kept if self.last[frame, one] > (at, step)]
            made: list[exp.Expr] = [column(one) for one in kept]
            for title, joined in joins.columns.items():
                if self.last[frame, title] > (at, step):
                    made.append(exp.Alias(this=printed(joined, self.given), alias=name(title)))
                    kept.append(title)
            made += [exp.Alias(this=printed(scalar, self.given), alias=name(title)) for title, scalar in scalars]
            kept += [one.name for one in level]
            _require_narrow(len(kept), self.given)
            rows = exp.Select(expressions=made or [exp.Literal.number(1)]).from_(source, copy=False)
            if joins.joins:
                rows.set("joins", joins.joins)
        assert rows is not None
        return rows, kept

    def _joins(self, phase: Phase) -> _Joins:
        """Return what a phase reads of other frames: one join for each frame and key."""
        groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Aggregate | Lookup]] = {}
        for part in phase.joins:
            key = part.key if isinstance(part, Aggregate) else ((part.key[1], part.key[0]),)
            groups.setdefault((part.source, key), []).append(part)
        made = _Joins()
        for number, ((source, key), group) in enumerate(groups.items(), 1):
            aggregates = [one for one in group if isinstance(one, Aggregate)]
            lookups = [one for one in group if isinstance(one, Lookup)]
            for side, rows in (
                ("g", self._grouped(source, key, aggregates)),
                ("p", self._looked(source, key, lookups)),
            ):
                if rows is not None:
                    made.joins.append(_join(rows, f"{side}{number}", frame_key=[there for _, there in key]))
            made.columns |= {one.name: _or_empty(one) for one in aggregates}
            made.columns |= {one.name: Scalar("col", one.sort, (), one.name) for one in lookups}
        return made

    def _grouped(self, source: str, key: tuple[tuple[str, str], ...], group: list[Aggregate]) -> exp.Select | None:
        """Return one row per key: all aggregates of the stage over one frame and key."""
        if not group:
            return None
        keys = [column(here) for here, _ in key]
        made = [exp.Alias(this=one, alias=name(f"k@{at}")) for at, one in enumerate(keys)]
        made += [exp.Alias(this=gathered(one, self.given), alias=name(f"{one.name}@")) for one in group]
        rows = exp.Select(expressions=made).from_(exp.Table(this=name(self.current[source])), copy=False)
        rows = rows.where(chain(exp.And, [there(one.copy()) for one in keys]), copy=False)
        return rows.group_by(*(one.copy() for one in keys), copy=False)

    def _looked(self, source: str, key: tuple[tuple[str, str], ...], group: list[Lookup]) -> exp.Select | None:
        if not group:
            return None
        made: list[exp.Expr] = [exp.Alias(this=column(key[0][0]), alias=name("k@0"))]
        made += [exp.Alias(this=column(one.column), alias=name(one.name)) for one in group]
        return exp.Select(expressions=made).from_(exp.Table(this=name(self.current[source])), copy=False)

    def _write(self, frame: str, number: int, rows: exp.Select, columns: list[str]) -> None:
        _require_narrow(len(columns), self.given)
        title = f"{frame}@{number}"
        self._append(title, rows, materialized=number > 0)
        self.current[frame] = title
        self.columns[frame] = columns

    def _inside(self, rows: exp.Select, title: str) -> exp.Expr:
        """Return rows as what the next level reads: within it, or under a title as an expression before it."""
        if not title:
            return self._fenced(rows).subquery(name("r"), copy=False)
        self._append(title, rows, materialized=True)
        return exp.Table(this=name(title))

    def _append(self, title: str, rows: exp.Select, *, materialized: bool) -> None:
        """Write an expression. A table as it comes is never materialized: of it only what is read costs anything."""
        made = exp.CTE(this=self._fenced(rows), alias=exp.TableAlias(this=name(title)))
        if materialized and self.given.dialect.fence == "materialized":
            made.set("materialized", True)
        self.expressions.append(made)

    def _fenced(self, rows: exp.Select) -> exp.Select:
        return rows.offset(0, copy=False) if self.given.dialect.fence == "offset" else rows


@attrs.define
class _Joins:
    """Joins of one expression, and the columns that come by them: name → what stands for it where it is joined."""

    joins: list[exp.Join] = attrs.field(factory=list)
    columns: dict[str, Scalar] = attrs.field(factory=dict)

    def replaced(self, scalar: Scalar) -> Scalar:
        """Return a scalar that reads what is joined."""
        if scalar.op == "col":
            return self.columns.get(scalar.value, scalar)
        if not scalar.args or not self.columns:
            return scalar
        return attrs.evolve(scalar, args=tuple(map(self.replaced, scalar.args)))


def _or_empty(aggregate: Aggregate) -> Scalar:
    found, otherwise = Scalar("col", aggregate.sort, (), f"{aggregate.name}@"), empty(aggregate)
    return found if otherwise is None else Scalar("coalesce", aggregate.sort, (found, otherwise))


def _join(rows: exp.Select, alias: str, frame_key: Iterable[str]) -> exp.Join:
    equal = [binary(exp.EQ, column(here), column(f"k@{at}", alias)) for at, here in enumerate(frame_key)]
    return exp.Join(this=rows.subquery(name(alias), copy=False), side="LEFT", on=chain(exp.And, equal))
