"""Find the subjects of a book that have problems worth telling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl

from clientcore.batch.asked import Asked, plan_has_parent
from clientcore.batch.handed import MARKS, as_kind
from clientcore.book.columns import convert_as, is_whole
from clientcore.decision import column
from clientcore.entities import BARE_SOURCE, ENTITIES, SUBJECTS
from clientcore.executors.record.accept import unknown_facts
from clientcore.plan import Handed, Plan, RuleStep

SOURCE, OBSERVED = MARKS[0], MARKS[2]
#: Kind → whether a column of that type may hold it.
FITS: Mapping[str, Callable[[pl.DataType], bool]] = {
    "number": lambda dtype: dtype.is_numeric() or _is_text(dtype),
    "boolean": lambda dtype: dtype == pl.Boolean or is_whole(dtype) or _is_text(dtype),
    "text": lambda dtype: is_whole(dtype) or _is_text(dtype),
    "level": lambda dtype: is_whole(dtype) or _is_text(dtype),
    "day": lambda dtype: dtype == pl.String or dtype.is_temporal(),
    "instant": lambda dtype: dtype == pl.String or dtype.is_temporal(),
    "list": lambda dtype: dtype.is_nested(),
}


def _is_text(dtype: pl.DataType) -> bool:
    return dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum)


def troubled(asked: Asked, made: pl.DataFrame, clean: frozenset[str]) -> frozenset[str]:
    """Return the ids of the subjects whose decision may have a problem; a few of them may have none after all.

    Args:
        asked: The call.
        made: The columns of the program, with `@id`, `@account` and the troubles that it found.
        clean: Facts of which every value is accepted once it has the right kind.
    """
    executor, parent = asked.engine.executors(asked.subject, asked.only)
    own = [pl.col(name).fill_null(value=False) for name in made.columns if name.startswith("!")]
    own += [pl.col(column("/".join(step.key[1:]))).is_null() for step in executor.plan.steps if _must_know(step)]
    plan = executor.plan if parent is None else parent.plan
    accounts = pl.Series("@account", sorted({*_by_fact(asked, plan, clean), *_by_record(asked, plan)}), dtype=pl.String)
    children = pl.Series("@id", [] if parent is None else sorted({*_by_child(asked, executor.plan)}), dtype=pl.String)
    if not own and accounts.is_empty() and children.is_empty():
        return frozenset()
    named = (pl.col("@account").is_in(accounts.implode()), pl.col("@id").is_in(children.implode()))
    hit = pl.any_horizontal(*own, *named)
    return frozenset(made.filter(hit)["@id"].to_list())


def undeclared(asked: Asked) -> pl.DataFrame | None:
    """Return the accounts that are handed facts which no ruleset declares, with what is said of that.

    A fact that nobody asks for changes nothing else, so nobody has to be decided once more for it.
    """
    frame = asked.book.facts
    known = asked.engine.plan(asked.subject, only=asked.only).known_facts
    handed = [] if frame is None else [name for name in frame.columns if not name.endswith(MARKS)]
    names = sorted(name for name in handed if name != "account_id" and name not in known)
    if frame is None or asked.subject != "account" or not names:
        return None
    given = frame.select("account_id", *(pl.col(name).is_not_null() for name in names))
    ways = given.select(names).unique()
    texts = []
    for way in ways.iter_rows():
        told = unknown_facts([name for name, there in zip(names, way, strict=True) if there], known) if any(way) else ()
        texts.append("; ".join(map(str, told)) or None)
    said = ways.with_columns(pl.Series("@said", texts, dtype=pl.String)).drop_nulls("@said")
    return given.join(said, on=names, how="inner").select("account_id", "@said")


def _must_know(step: object) -> bool:
    return isinstance(step, RuleStep) and step.rule.on_unknown == "error"


def _by_fact(asked: Asked, plan: Plan, clean: frozenset[str]) -> pl.Series:
    """Return the accounts with a handed-in fact that is unknown, or of another kind, range or source than wanted."""
    frame = asked.book.facts
    if frame is None:
        return pl.Series("account_id", [], dtype=pl.String)
    suspects = []
    for name in frame.columns:
        spec = plan.handed.get(name)
        if name == "account_id" or name.endswith(MARKS) or (spec is None and name in plan.known_facts):
            continue
        if spec is None:
            # of an account it is told without deciding it once more, and of its children not at all
            suspects += [pl.col(name).is_not_null()] if asked.subject == "organisation" else []
        elif not (name in clean and spec.kind.name == "number" and frame[name].dtype.is_numeric()):
            suspects += [pl.col(name).is_not_null() & one for one in _suspect(asked, frame, spec)]
    if not suspects:
        return frame["account_id"].clear()
    hit = pl.any_horizontal(one.fill_null(value=False) for one in suspects)
    return frame.lazy().filter(hit).select("account_id").collect(engine="streaming")["account_id"]


def _suspect(asked: Asked, frame: pl.DataFrame, spec: Handed) -> list[pl.Expr]:
    """Return by what values of a fact are refused, or might be."""
    value, dtype = pl.col(spec.id), frame[spec.id].dtype
    if (spec.person and spec.id not in asked.engine.person_facts) or not FITS[spec.kind.name](dtype):
        return [pl.lit(value=True)]
    found = []
    if spec.kind.name == "number":
        read = value if dtype.is_numeric() else pl.lit(as_kind(frame[spec.id], "number"))
        found.append(~read.is_between(*(spec.range or (-1e18, 1e18))).fill_null(value=False))
    elif spec.kind.name == "level" and spec.kind.level is not None:
        found.append(~value.cast(pl.String).is_in(list(spec.kind.level.labels)))
    elif spec.kind.name in {"text", "boolean", "day", "instant"}:
        found.append(pl.lit(as_kind(frame[spec.id], spec.kind.name).is_null()))
    if (observed := f"{spec.id}{OBSERVED}") in frame.columns:
        when = convert_as("day", frame[observed], "UTC").values
        found.append(pl.lit(when) > asked.as_of)
    if spec.requires_source:
        named = pl.col(f"{spec.id}{SOURCE}") if f"{spec.id}{SOURCE}" in frame.columns else pl.lit(None, dtype=pl.String)
        found.append(~named.fill_null(BARE_SOURCE).is_in(list(spec.requires_source)))
    return found


def _by_record(asked: Asked, plan: Plan) -> Iterator[str]:
    """Yield the accounts with a dangling reference among what is read, or amounts without a rate."""
    key = f"{asked.subject}_id" if not plan_has_parent(asked.subject) else "account_id"
    tables = asked.book.tables
    yield from _dangling(tables, plan, key)
    for table, columns in plan.tables.items():
        if table in tables and key in tables[table].columns:
            yield from _unrated(tables, table, columns, key)[key].drop_nulls()


def _by_child(asked: Asked, plan: Plan) -> Iterator[str]:
    """Yield the children with a dangling reference among what they read themselves, or an amount without a rate."""
    yield from _dangling(asked.book.tables, plan, f"{asked.subject}_id")
    if (table := SUBJECTS[asked.subject].table) in asked.book.tables:
        yield from _unrated(asked.book.tables, table, plan.fields, "account_id")["id"].drop_nulls()


def _dangling(tables: Mapping[str, pl.DataFrame], plan: Plan, key: str) -> Iterator[str]:
    """Yield who has a reference to a record that is not there, as far as both tables are read."""
    for table, columns in plan.tables.items():
        frame = tables.get(table)
        if frame is None or key not in frame.columns:
            continue
        for name in (name for name in columns if name in frame.columns):
            refers = ENTITIES[table].fields[name].refers
            target = tables.get(refers)
            if refers in plan.tables and target is not None and key in target.columns:
                there = target.select(key, pl.col("id").alias(name))
                lost = frame.filter(pl.col(name).is_not_null()).join(there, on=[key, name], how="anti")
                yield from lost[key].drop_nulls()


def _unrated(tables: Mapping[str, pl.DataFrame], table: str, read: Iterable[str], key: str) -> pl.DataFrame:
    """Return the rows with an amount that is read in another currency than the account's, and without a rate into it.

    Args:
        tables: The book.
        table: One of its tables.
        read: Its fields that are read.
        key: Its column with the account.
    """
    frame, fields = tables[table], ENTITIES[table].fields
    money = any(fields[name].unit == "money" for name in read if name in fields)
    if not (money and "currency" in frame.columns and "fx_rate" in fields):
        return frame.clear()
    rated = pl.col("fx_rate") > 0 if "fx_rate" in frame.columns else pl.lit(value=False)
    own = tables[SUBJECTS["account"].table]
    named = frame.filter(pl.col("currency").is_not_null() & ~rated.fill_null(value=False))
    if named.height and "currency" in own.columns:
        named = named.join(own.select(pl.col("id").alias(key), pl.col("currency").alias("@own")), on=key)
        named = named.filter(pl.col("currency").ne_missing(pl.col("@own")))
    return named
