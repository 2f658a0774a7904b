"""A whole book through the columnar executor: the plan as one program over the book's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import polars as pl

from clientcore.batch.asked import Asked, plan_has_parent
from clientcore.batch.handed import MARKS, as_kind, marks_of
from clientcore.batch.loop import decisions_of
from clientcore.batch.troubled import FITS, troubled, undeclared
from clientcore.book.assembly import FACTS
from clientcore.book.frame import Shape, base_text, schema_of, start_cells
from clientcore.decision import Base, column
from clientcore.entities import SUBJECTS
from clientcore.executors.columnar import collected, decide
from clientcore.executors.record import RecordExecutor
from clientcore.executors.record.finish import actions_of, findings_of
from clientcore.plan import Plan
from clientcore.relational import Definition, Program, inlined, make_program

#: Largest magnitude of a number that enters as it is; the least one is its reciprocal.
HUGEST = 1e18
#: For how many sets of clean facts programs are made before one has to serve all others.
_SETS = 4
#: Bytes of a cell; a boolean is two bits.
_BYTES = {"number": 8.0, "integer": 8.0, "boolean": 0.25, "text": 16.0}
_PLAIN = {"number": pl.Float64, "boolean": pl.Boolean, "day": pl.Date}


def frame_by_columns(asked: Asked, shape: Shape, bases: Mapping[str, Base]) -> pl.DataFrame:
    """Return the decisions of every subject as a frame, computed column by column.

    Raises:
        UnsupportedError: Something in the rulesets can't run on frames (CC401).
    """
    executor, parent = asked.engine.executors(asked.subject, asked.only)
    above = None if parent is None else parent.plan
    facts, given = _given(asked, executor.plan, above, history=bool(bases))
    program = _program(asked, executor.plan, above, given)
    tables: dict[str, pl.LazyFrame] = {name: frame.lazy() for name, frame in asked.book.tables.items()}
    tables.pop("facts", None)
    if facts is not None and given.beside:
        table = SUBJECTS[asked.subject].table
        named = facts.rename(lambda name: f"{FACTS}.{name}")
        tables[table] = asked.book.tables[table].hstack(named).lazy()
    elif facts is not None:
        tables["facts"] = facts.lazy()
    if bases:
        tables["previous"] = history_frame(bases, shape, program).lazy()
    parts = []
    for profile, own in _by_profile(asked, tables):
        params = asked.engine.params_of(executor.plan, profile)
        if above is not None:
            params = {**asked.engine.params_of(above, profile), **params}
        parts.append(collected(decide(program, own, params, asked.as_of), program))
    made = parts[0] if len(parts) == 1 else _in_order(parts, asked)
    return _finished(asked, shape, made, bases, given.clean)


def row_bytes(asked: Asked, bases: Mapping[str, Base]) -> float:
    """Return about how many bytes the columns of a program take for each subject, with its related rows.

    Raises:
        UnsupportedError: Something in the rulesets can't run on frames (CC401).
    """
    executor, parent = asked.engine.executors(asked.subject, asked.only)
    above = None if parent is None else parent.plan
    _, given = _given(asked, executor.plan, above, history=bool(bases))
    program = _program(asked, executor.plan, above, given)
    subjects = max(1, asked.book.count(asked.subject))
    rows = {name: asked.book.tables.get(frame.table) for name, frame in program.frames.items()}
    share = {name: 1.0 if frame is None else frame.height / subjects for name, frame in rows.items()}
    made = [one for stage in program.stages for one in stage]
    return sum(share[one.frame] * _BYTES[one.scalar.sort if isinstance(one, Definition) else one.sort] for one in made)


def _given(asked: Asked, plan: Plan, above: Plan | None, *, history: bool) -> tuple[pl.DataFrame | None, _Given]:
    """Return the handed-in facts, and what a program has to be made for."""
    facts = _facts(asked, above or plan)
    if facts is None:
        return None, _Given(frozenset(), frozenset(), beside=False, history=history)
    beside = above is None and facts["account_id"].equals(_ids(asked))
    clean = _clean(facts, above or plan, asked.engine.person_facts)
    return facts, _Given(frozenset(facts.columns), clean, beside=beside, history=history)


def _ids(asked: Asked) -> pl.Series:
    return asked.book.tables[SUBJECTS[asked.subject].table]["id"]


@attrs.frozen
class _Given:
    """What a program is made for, beside its plan.

    Args:
        names: Columns of the handed-in facts.
        clean: Facts of which every value is accepted as it is.
        beside: Whether the facts stand row by row beside the subjects.
        history: Whether the subjects start from an earlier run.
    """

    names: frozenset[str]
    clean: frozenset[str]
    beside: bool
    history: bool


def _program(asked: Asked, plan: Plan, above: Plan | None, given: _Given) -> Program:
    """Return the program for what is given; it is made once for each set of clean facts, while these are few.

    What lies out of range differs from part to part of a book. The program for no clean fact serves them all, and to
    make one more takes longer than it saves.
    """
    key = (asked.subject, None if asked.only is None else tuple(asked.only), attrs.evolve(given, clean=frozenset()))
    known: dict[frozenset[str], Program] = asked.engine.programs.keep(key, {})
    clean = given.clean if given.clean in known or len(known) < _SETS else frozenset()
    if clean not in known:
        person = asked.engine.person_facts
        made = make_program(plan, above=above, given=given.names, clean=clean, person=person, history=given.history)
        if given.beside and FACTS in made.frames:
            made = inlined(made, FACTS)
        known.setdefault(clean, made)
    return known[clean]


def _clean(facts: pl.DataFrame, plan: Plan, person: frozenset[str]) -> frozenset[str]:
    """Return the facts of which every value is accepted as it is; to look once costs less than to copy."""
    clean, looked = set(), {}
    for name, spec in plan.handed.items():
        if name not in facts.columns or spec.requires_source or (spec.person and name not in person):
            continue
        if any(f"{name}{mark}" in facts.columns for mark in MARKS):
            continue
        if spec.kind.name == "number":
            low, high = spec.range or (-HUGEST, HUGEST)
            value, size = pl.col(name), pl.col(name).abs()
            # NaN is above everything for Polars, so it is outside too
            inside = value.is_between(max(low, -HUGEST), min(high, HUGEST))
            looked[name] = (inside & ((size >= 1 / HUGEST) | (size == 0.0))).all()
        elif spec.kind.name in {"boolean", "text", "day", "instant"}:
            clean.add(name)
    if looked:
        row = facts.lazy().select(**looked).collect(engine="streaming").row(0, named=True)
        clean |= {name for name, good in row.items() if good}
    return frozenset(clean)


def _facts(asked: Asked, plan: Plan) -> pl.DataFrame | None:
    """Return the handed-in facts that the plan takes, each of the kind that it has there."""
    frame = asked.book.facts
    if frame is None:
        return None
    kept = [frame["account_id"]]
    for name, spec in plan.handed.items():
        if name not in frame.columns or spec.kind.name in {"list", "record"}:
            continue
        kept.append(_fact(frame[name], spec.kind.name))
        kept += marks_of(frame, (name,))
    return pl.DataFrame(kept)


def _fact(values: pl.Series, kind: str) -> pl.Series:
    """Return a column of handed-in facts as its kind; one of another kind holds nothing that the fact takes."""
    words = kind in {"text", "level"} and isinstance(values.dtype, pl.Categorical | pl.Enum)
    if words or values.dtype == _PLAIN.get(kind):
        return values
    if not FITS[kind](values.dtype) and values.dtype != pl.Null:
        values = pl.Series(values.name, [None], dtype=pl.Null).new_from_index(0, len(values))
    return as_kind(values, kind)


def _by_profile(
    asked: Asked, tables: Mapping[str, pl.LazyFrame]
) -> Iterator[tuple[str | None, Mapping[str, pl.LazyFrame]]]:
    """Yield each profile that holds for some accounts, with the tables of those."""
    if asked.subject == "organisation" or not (asked.profile_by or asked.engine.profiles_vary):
        yield asked.engine.profile_of(asked.profile, None, asked.as_of), tables
        return
    groups: dict[str | None, list[str]] = {}
    needed: tuple[str, ...] | None = None if asked.engine.profiles_vary else ()
    for account in asked.book.subjects("account", needed):
        named = asked.engine.profile_of(asked.profile_of(account), account, asked.as_of)
        groups.setdefault(named, []).append(account["id"])
    key = "account_id" if plan_has_parent(asked.subject) else "id"
    table = SUBJECTS[asked.subject].table
    if plan_has_parent(asked.subject) and table in tables:  # what belongs to no account matches no profile
        alone = tables[table].filter(pl.col(key).is_null())
        yield asked.engine.profile_of(asked.profile, None, asked.as_of), {**tables, table: alone}
    for named, ids in groups.items():
        chosen = pl.LazyFrame({"id": ids})
        mine = tables[table].join(chosen, left_on=key, right_on="id", how="semi")
        yield named, {**tables, table: mine}


def _in_order(parts: list[pl.DataFrame], asked: Asked) -> pl.DataFrame:
    order = pl.DataFrame({"@id": asked.book.ids(asked.subject)}, schema={"@id": pl.String})
    return order.join(pl.concat(parts), on="@id", how="inner", maintain_order="left")


def history_frame(bases: Mapping[str, Base], shape: Shape, program: Program) -> pl.DataFrame:
    """Return what the subjects start from, under the names that the program reads."""
    frame = program.frames.get("previous")
    kinds: dict[str, Any] = {"number": pl.Float64, "day": pl.Date, "boolean": pl.Boolean}
    schema: dict[str, Any] = {f"{shape.subject}_id": pl.String}
    if frame is not None:
        schema |= {source.field: kinds.get(source.kind, pl.String) for source in frame.sources}
    rows = [{f"{shape.subject}_id": id_, **start_cells(base)} for id_, base in bases.items() if base.as_of]
    columns = {name: [row.get(name) for row in rows] for name in schema}
    return pl.DataFrame(columns, schema=schema)


def _finished(
    asked: Asked, shape: Shape, made: pl.DataFrame, bases: Mapping[str, Base], clean: frozenset[str]
) -> pl.DataFrame:
    """Return the frame of decisions: columns in their order, what each started from, errors, lists."""
    schema = schema_of(shape)
    texts = {id_: base_text(base) for id_, base in bases.items()}
    ids = made["@id"]
    columns: dict[str, pl.Expr | pl.Series] = {
        "as_of": pl.lit(asked.as_of, dtype=pl.Date),
        f"{shape.subject}_id": pl.col("@id"),
        "account_id": pl.lit(None) if shape.subject == "organisation" else pl.col("@account"),
        "_base": pl.Series("_base", [texts.get(id_) for id_ in ids], dtype=pl.String) if texts else pl.lit(None),
        "error": _errors(asked, made, bases, clean),
    }
    columns |= {f"{head}_pending": _pending(head) for head in map(column, shape.banded)}
    if shape.lists:
        columns |= lists_of(asked.engine.executors(asked.subject, asked.only)[0], shape, made)
    wanted = []
    for name, kind in schema.items():
        found = columns.get(name, pl.col(name) if name in made.columns else pl.lit(None))
        wanted.append((pl.lit(found) if isinstance(found, pl.Series) else found).cast(kind).alias(name))
    return made.select(wanted)


def _pending(head: str) -> pl.Expr:
    band, days = pl.col(f"{head}_pending_band"), pl.col(f"{head}_pending_days")
    return pl.concat_str(pl.lit('["'), band, pl.lit('", '), days.cast(pl.String), pl.lit("]"))


def _errors(asked: Asked, made: pl.DataFrame, bases: Mapping[str, Base], clean: frozenset[str]) -> pl.Expr | pl.Series:
    """Return the problems of each subject as text; the few that have any are decided one by one to tell them."""
    ids = troubled(asked, made, clean)
    said = undeclared(asked)
    told: dict[str, str | None] = {} if said is None else dict(said.iter_rows())
    if not ids and not told:
        return pl.lit(None)
    plan = asked.engine.plan(asked.subject, only=asked.only)
    few = attrs.evolve(asked, book=asked.book.only(asked.subject, ids)) if ids else None
    for decision in () if few is None else decisions_of(few, plan, bases):
        told[decision.subject_id] = "; ".join(str(problem) for problem in decision.problems) or None
    return pl.Series("error", [told.get(id_) for id_ in made["@id"]], dtype=pl.String)


def lists_of(executor: RecordExecutor, shape: Shape, made: pl.DataFrame) -> dict[str, pl.Series]:
    """Return what fired, is unknown, was found and is to be done, out of the columns of the rules."""
    rules = list(shape.rules)
    truths = made.select(column(rule) for rule in rules)
    found: dict[tuple[bool | None, ...], tuple[list[str], ...]] = {}
    rows: dict[str, list[list[str]]] = {name: [] for name in ("fired", "unknown", "findings", "actions")}
    for row in truths.iter_rows() if rules else ((),) * made.height:
        if row not in found:
            fired = [rule for rule, truth in zip(rules, row, strict=True) if truth]
            unknown = [rule for rule, truth in zip(rules, row, strict=True) if truth is None]
            holds, findings, _ = findings_of(executor.effects, fired, unknown, [])
            actions = actions_of(executor.effects, findings) if findings else ()
            found[row] = (holds, unknown, [one.rule for one in findings], [one.id for one in actions])
        for name, part in zip(rows, found[row], strict=True):
            rows[name].append(part)
    return {name: pl.Series(name, values, dtype=pl.List(pl.String)) for name, values in rows.items()}
