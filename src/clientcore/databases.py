"""Decisions where the data lives: the plan as the text of one statement, and running that statement in a database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs

from clientcore.arguments import refused, require_call, require_day, require_text
from clientcore.batch import Decides, bases_before, naming, plan_has_parent, shape_of
from clientcore.book.assembly import FACTS, ORGANISATION_FACTS
from clientcore.book.frame import UNKEPT, Shape, base_text, schema_of
from clientcore.decision import Base
from clientcore.entities import ENTITIES, SUBJECTS
from clientcore.errors import BookError, FactError, Problem, UnsupportedError, did_you_mean, missing_extra
from clientcore.plan import Plan
from clientcore.relational import Frame, Program, make_choice, make_program, shown_program

if TYPE_CHECKING:
    import polars as pl


class _Chooses(Decides, Protocol):
    """An engine whose profiles may hold for some accounts."""

    @property
    def chooses(self) -> Plan | None:
        """The plan of the conditions of `profiles_vary`."""


_LOG = logging.getLogger("clientcore")
As = Literal["select", "view", "table"]
FORMS: tuple[As, ...] = ("select", "view", "table")
_PREVIOUS = "previous"
_UNNAMED = (
    "CC401 a text is written before it is known which profiles the accounts name by `profile_by`; let `evaluate_in` "
    "decide, or write a text for each of them with `profile`"
)
#: How many subjects an error names.
_MOST_NAMED = 3
#: Under what an engine keeps the statements that were written for it.
_STATEMENTS = "statements"


def sql_text(
    engine: _Chooses,
    dialect: str = "postgres",
    *,
    as_of: date | None = None,
    subject: str = "account",
    only: Sequence[str] | None = None,
    profile: str | None = None,
    profile_by: str | None = None,
    tables: Mapping[str, Iterable[str]] | None = None,
    previous: str | None = None,
    as_: As = "select",
    name: str = "decisions",
    schema: str = "",
) -> str:
    """Return the text of the statement that decides every subject of a database.

    Args:
        engine: The engine.
        dialect: duckdb, postgres, spark, or snowflake and bigquery, whose text is printed and was never run.
        as_of: The day; None for the day on which the statement runs.
        subject: account, opportunity, workstream or organisation.
        only: Ids or patterns to compute; None for all.
        profile: Profile whose params hold.
        profile_by: Refused: a text is written before it is known which profiles the accounts name.
        tables: Table → columns that the database has, perhaps with their types; None: every table of a book with every
            field, and the table of facts with every input.
        previous: Table or view with the decisions of an earlier day, whose bands and machines these go on from.
        as_: `select`, or the statement that makes a view or a table of it.
        name: Name of the view or table.
        schema: Schema of the tables and of the view; empty where the database finds them by itself.

    Returns:
        The text, with the columns of a decisions frame.

    Raises:
        FactError: An argument is no choice that there is (CC403).
        UnsupportedError: A rule can't run in a database, or `profile_by` is given (CC401); the text names it.
        BookError: `tables` has none of the subjects, or one without `id` (CC404).
        MissingExtraError: sqlglot is not installed.
    """
    if isinstance(previous, str) and not previous:
        raise refused("previous", previous, "give the name of a table or view")
    earlier = "" if previous is None else previous
    _require(as_, as_of, dialect=dialect, previous=earlier, name=name, schema=schema)
    if profile_by is not None:
        raise UnsupportedError(_UNNAMED)
    sql = _executor("writing SQL")
    known = None if tables is None else _known(tables)
    asked = _Asked.of(engine, subject, only, profile)
    program = asked.program(known, history=previous is not None, base=None if previous is None else UNKEPT)
    if known is not None:
        sql.require_subjects(known, program.frames[program.main].table)
    language = sql.dialect_of(dialect)
    given = sql.Given(dialect=language, as_of=as_of, params=asked.params, tables=known, schema=schema, earlier=earlier)
    if known is not None and previous is not None:
        fields = _history_columns(program)
        types = sql.earlier_types(fields, known.get(previous, _types(fields)), given.dialect)
        given = attrs.evolve(given, tables={**known, _PREVIOUS: types})
    return _comment(asked.plan, given) + str(sql.written(program, given, as_, name, asked.choice(program)))


def evaluate_in(
    engine: _Chooses,
    connection: Any,
    *,
    as_of: date,
    previous: pl.DataFrame | str | Path | None = None,
    subject: str = "account",
    only: Sequence[str] | None = None,
    profile: str | None = None,
    profile_by: str | None = None,
    lists: bool = False,
    schema: str = "",
    on_problem: Callable[[Problem], None] | None = None,
) -> pl.DataFrame:
    """Decide every subject of a database where its data lives, in one statement.

    Args:
        engine: The engine.
        connection: A connection of duckdb, adbc_driver_postgresql or psycopg, or a Spark session.
        as_of: The day.
        previous: The frame of an earlier run, or its file; it becomes a temporary table.
        subject: account, opportunity, workstream or organisation.
        only: Ids or patterns to compute; None for all.
        profile: Profile whose params hold.
        profile_by: Field of the account that names its profile, text; an account without one takes `profile`.
        lists: Whether fired, unknown, findings and actions come as columns of lists too.
        schema: Schema of the tables; empty where the database finds them by itself.
        on_problem: Called with a warning for each column with cells of another kind (CC602), which are missing; without
            it they are logged. One more statement counts them, where the type of a column leaves that open.

    Returns:
        The frame of decisions, in the order of the subjects' ids; `error` holds codes of what the database itself saw.

    Raises:
        FactError: The connection is of no known driver, or `profile_by` is no field of an account with text (CC403).
        ClientcoreError: `profile`, or what an account names by `profile_by`, is no profile that there is (CC113).
        BookError: The database refuses, the connection breaks, or there is no table of subjects (CC404); a subject is
            there more than once (CC606), or without an id (CC605).
        UnsupportedError: A rule can't run in a database (CC401); the text names it.
        MissingExtraError: sqlglot or polars is not installed.
    """
    require_call("on_problem", on_problem, "of a problem")
    require_text("schema", schema, "give a name")
    sql = _executor("evaluating in a database")
    found = sql.connected(connection)
    shape = shape_of(engine.plan(subject, only=only), lists=lists)
    bases = bases_before(previous, shape, as_of)
    tables = {table: dict(columns) for table, columns in found.columns(schema).items() if table != _PREVIOUS}
    by = "" if profile_by is None or subject == "organisation" else naming(profile_by)
    asked = _Asked.of(engine, subject, only, profile, by, sql.named_in(found, by, tables, schema) if by else ())
    program = asked.program(tables, history=bool(bases))
    sql.require_subjects(tables, program.frames[program.main].table)
    given = sql.Given(
        dialect=sql.dialect_of(found.dialect), as_of="some", params=asked.params, tables=tables, schema=schema
    )
    with sql.types_named(program, given):
        made = _run(asked, program, found, given, bases, as_of)
    for problem in sql.strange_cells(found, program, given, examples=on_problem is not None):  # logs hold no cells
        _LOG.warning("%s", problem) if on_problem is None else on_problem(problem)
    return _finished(asked, shape, made, bases)


def _run(
    asked: _Asked, program: Program, connection: Any, given: Any, bases: Mapping[str, Base], as_of: date
) -> pl.DataFrame:
    """Return the frame that the statement of a program gives, with what subjects start from lent to the database."""
    sql = _executor("evaluating in a database")
    from clientcore.batch.frames import history_frame

    # short names, since a database may cut long ones
    renamed = attrs.evolve(program, outputs={f"c{at}": shown for at, shown in enumerate(program.outputs.values())})
    start = history_frame(bases, shape_of(asked.plan, lists=False), program)
    start = start.rename(lambda column: sql.fitting(column, given.dialect.longest_name))
    with connection.lent(start) if _PREVIOUS in program.frames else nullcontext("") as lent:
        if lent:
            held = {_PREVIOUS: _types(_history_columns(program))}
            given = attrs.evolve(given, tables=given.tables | held, names={_PREVIOUS: lent})
        made: pl.DataFrame = connection.frame(_statement(asked, renamed, given, as_of, history=bool(bases)))
    return made.rename(dict(zip(made.columns, program.outputs, strict=True)))


def _statement(asked: _Asked, program: Program, given: Any, as_of: date, *, history: bool) -> str:
    """Return the text of a program, which is written once for all days."""
    sql = _executor("evaluating in a database")
    key = (asked.key, history, given.dialect.name, given.schema, tuple(given.names), _frozen(given.tables))
    texts = asked.engine.programs.keep(_STATEMENTS, sql.Statements())
    text: str = texts.of(
        key, lambda: sql.written(program, given, "select", "", asked.choice(program)), given.dialect, as_of
    )
    return text


@attrs.frozen
class _Asked:
    """What is to be computed, whatever the database.

    Args:
        ways: (profile, params); more than one where the accounts have their own, None then for those of no profile.
        matched: The profiles that hold by their conditions, in the order of these.
        by: Field of the account that names its profile; empty without one.
    """

    engine: _Chooses
    subject: str
    only: Sequence[str] | None
    plan: Plan
    above: Plan | None
    ways: tuple[tuple[str | None, Mapping[tuple[str, str], Any]], ...]
    matched: tuple[str, ...]
    by: str

    @classmethod
    def of(
        cls,
        engine: _Chooses,
        subject: str,
        only: Sequence[str] | None,
        profile: str | None,
        by: str = "",
        named: Iterable[str] = (),
    ) -> _Asked:
        executor, parent = engine.executors(subject, only)
        # a `match` is about an account, which the supplier itself is not
        vary = profile is None and subject != "organisation" and bool(engine.profiles_vary)
        matched = tuple(name for name, _, _ in engine.profiles_vary) if vary else ()
        ways = []
        for one in (None, *dict.fromkeys((*matched, *named))):
            holds = engine.profile_of(profile if one is None else one, None, date.min)
            params = {} if parent is None else engine.params_of(parent.plan, holds)
            ways.append((one, {**params, **engine.params_of(executor.plan, holds)}))
        above = None if parent is None else parent.plan
        return cls(engine, subject, only, executor.plan, above, tuple(ways), matched, by if len(ways) > 1 else "")

    @property
    def params(self) -> Mapping[tuple[str, str], Any]:
        """The params of the first way, which is the only one where one profile holds for all."""
        return self.ways[0][1]

    def choice(self, program: Program) -> Any:
        """Return the choice among profiles for a statement of a program; None where one holds for all."""
        if len(self.ways) == 1:
            return None
        plan = self.engine.chooses if self.matched else None
        made = make_choice(plan, self.matched, self.by)
        held = self.plan.subject != "account" and plan_has_parent(self.plan.subject)
        account = next(name for name, (of, _) in program.outputs.items() if of == ("account_id" if held else "id"))
        params = {} if plan is None else self.engine.params_of(plan, None)
        return _executor("writing SQL").Choice(program=made, params=params, account=account, ways=self.ways)

    @property
    def key(self) -> tuple[Any, ...]:
        """All of it that a statement depends on, to be looked up by."""
        return (
            self.subject,
            None if self.only is None else tuple(self.only),
            repr([(name, sorted(params.items())) for name, params in self.ways]),
            self.by,
        )

    def program(
        self, tables: Mapping[str, Mapping[str, str]] | None, *, history: bool, base: str | None = None
    ) -> Program:
        """Return the program that shows the columns of a decisions frame.

        Args:
            tables: Table → columns that there are; None for all.
            history: Whether there are earlier decisions.
            base: As for `shown_program`.
        """
        handed = (self.above or self.plan).handed
        facts = None if tables is None else tables.get(self.facts, {})
        given = {name for name, spec in handed.items() if (not spec.derived if facts is None else name in facts)}
        given |= {one for name in given if (one := f"{name}__applicable") in (facts or ())}
        key = ("sql", *self.key[:2], frozenset(given), history, base)
        found = self.engine.programs.get(key)
        if found is None:
            made = make_program(
                self.plan,
                above=self.above,
                given=frozenset(given),
                person=self.engine.person_facts,
                history=history,
            )
            made = shown_program(made, self.plan, child=plan_has_parent(self.subject), base=base)
            names = schema_of(shape_of(self.plan, lists=False))
            outputs = {name: made.outputs[name] for name in names}
            frames = {name: self._own_facts(frame) for name, frame in made.frames.items()}
            found = self.engine.programs.keep(key, attrs.evolve(made, outputs=outputs, frames=frames))
        shown: Program = found
        return shown

    @property
    def facts(self) -> str:
        """The table of the facts handed in for the subjects, or for their accounts."""
        return ORGANISATION_FACTS if self.subject == "organisation" else FACTS

    def _own_facts(self, frame: Frame) -> Frame:
        """Return a frame of facts as one of this subject's: an organisation may have the id of an account."""
        if frame.table != FACTS or self.facts == FACTS:
            return frame
        owner = {"account_id": "organisation_id"}
        sources = (attrs.evolve(one, field=owner.get(one.field, one.field)) for one in frame.sources)
        return attrs.evolve(frame, table=self.facts, sources=tuple(sources))


def _executor(purpose: str) -> Any:
    try:
        from clientcore.executors import sql
    except ModuleNotFoundError as error:
        if error.name not in {"sqlglot", "polars", "duckdb"}:
            raise
        raise missing_extra(str(error.name), "sql", purpose) from error
    return sql


def _history_columns(program: Program) -> list[str]:
    frame = program.frames.get(_PREVIOUS)
    return [] if frame is None else [source.field for source in frame.sources]


def _frozen(tables: Mapping[str, Mapping[str, str]]) -> frozenset[Any]:
    """Return the tables that a book can have, with their columns, to be looked up by."""
    named = (*ENTITIES, FACTS, ORGANISATION_FACTS)
    return frozenset((name, frozenset(columns.items())) for name, columns in tables.items() if name in named)


def _require(as_: str, as_of: date | None, **names: str) -> None:
    if as_of is not None:
        require_day(as_of)
    for argument, given in names.items():
        require_text(argument, given, "give a name")
    require_text("as_", as_, f"give one of: {', '.join(FORMS)}")
    if as_ not in FORMS:
        raise FactError(f"CC403 unknown form `{as_}`; {did_you_mean(as_, FORMS)}")


def _known(tables: Any) -> dict[str, dict[str, str]]:
    if not isinstance(tables, Mapping):
        raise refused("tables", tables, "hand in a mapping of tables to their columns")
    for table, columns in tables.items():
        if isinstance(columns, str) or not isinstance(columns, Iterable):
            raise refused(f"tables[{table!r}]", columns, "hand in a list of columns, or a mapping of these to types")
    return {table: _types(columns) for table, columns in tables.items()}


def _types(columns: Iterable[str] | Mapping[str, str]) -> dict[str, str]:
    if isinstance(columns, Mapping):
        return {column: str(type_).lower() for column, type_ in columns.items()}
    return dict.fromkeys(columns, "")


def _comment(plan: Plan, given: Any) -> str:
    day = "the day on which it runs" if given.as_of is None else str(given.as_of)
    lines = [f"clientcore: {SUBJECTS[plan.subject].table} as of {day}, for {given.dialect.name}"]
    if not given.dialect.ran:
        lines.append("this text was never run on such a database by the tests of clientcore")
    lines += [f"{ruleset.id} {ruleset.version} {ruleset.sha256[:12]}" for ruleset in plan.computed]
    return "".join(f"-- {line}\n" for line in lines)


def _finished(asked: _Asked, shape: Shape, made: pl.DataFrame, bases: Mapping[str, Base]) -> pl.DataFrame:
    """Return the frame of decisions: columns of their types, what each started from, lists."""
    import polars as pl

    ids = made[f"{shape.subject}_id"]
    table = SUBJECTS[shape.subject].table
    if nameless := ids.null_count():
        raise BookError(f"CC605 the database has {nameless:,} of `{table}` without an id; each needs one")
    twice = ids.filter(ids.is_duplicated()).unique().sort()
    if not twice.is_empty():
        told = ", ".join(f"`{id_}`" for id_ in twice[:_MOST_NAMED])
        more = f" and {len(twice) - _MOST_NAMED:,} more" if len(twice) > _MOST_NAMED else ""
        raise BookError(f"CC606 the database has {told}{more} twice, among the {table} or in its facts")
    texts = {id_: base_text(base) for id_, base in bases.items()}
    made = made.with_columns(pl.Series("_base", [texts.get(id_) for id_ in ids], dtype=pl.String))
    if shape.lists:
        from clientcore.batch.frames import lists_of

        executor, _ = asked.engine.executors(asked.subject, asked.only)
        made = made.with_columns(pl.Series(name, values) for name, values in lists_of(executor, shape, made).items())
    return made.select(pl.col(name).cast(kind) for name, kind in schema_of(shape).items()).sort(f"{shape.subject}_id")
