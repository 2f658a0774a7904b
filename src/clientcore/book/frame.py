"""Decisions ↔ frame: one row per subject, and the history that the next run starts from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from clientcore.decision import Base, Decision, column
from clientcore.errors import BookError, missing_extra

if TYPE_CHECKING:
    import polars as pl


@attrs.frozen(kw_only=True)
class Shape:
    """The columns of a frame of decisions, known before the first row.

    Args:
        subject: account, opportunity, workstream or organisation.
        scores: Score ids.
        banded: Those with bands.
        sampled: Those that declare their sampling error.
        outcomes: Table id → `number`, `boolean`, `text` or `list`.
        states: Machine ids.
        rules: Rule ids.
        lists: Whether fired, unknown, findings and actions come as lists.
    """

    subject: str
    scores: tuple[str, ...]
    banded: frozenset[str]
    outcomes: Mapping[str, str]
    states: tuple[str, ...]
    rules: tuple[str, ...]
    lists: bool = False
    sampled: frozenset[str] = frozenset()


def frame_of(decisions: Iterable[Decision], shape: Shape) -> pl.DataFrame:
    """Return the decisions as a frame.

    Args:
        decisions: In the order of the rows.
        shape: The columns.

    Returns:
        One row per decision: `account_id` (before it `<subject>_id` for other subjects), `as_of`; per score `R_S` (null
        unless exact), `_known`, `_low`, `_high`, `_band`, `_coverage`, and `_since`, `_pending`, `_last` where it has
        bands, `_ci_low`, `_ci_high`, `_n` where it declares its sampling; per table its outcome; per state the state
        and `_since`; one nullable boolean per rule; `_base`, `error`.

    Raises:
        MissingExtraError: polars is not installed.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise missing_extra("polars", "batch", "a frame of decisions") from error
    schema = schema_of(shape)
    columns: dict[str, list[Any]] = {name: [] for name in schema}
    for decision in decisions:
        for name, value in _cells(decision, shape):
            columns[name].append(value)
    return pl.DataFrame(columns, schema=schema, strict=False)


def schema_of(shape: Shape) -> dict[str, Any]:
    """Return the columns of a frame of decisions and their types, in order."""
    import polars as pl

    kinds = {"number": pl.Float64, "boolean": pl.Boolean, "list": pl.List(pl.String)}
    schema: dict[str, Any] = {} if shape.subject == "account" else {f"{shape.subject}_id": pl.String}
    schema |= {"account_id": pl.String, "as_of": pl.Date}
    for score in shape.scores:
        name = column(score)
        schema |= {f"{name}{part}": pl.Float64 for part in ("", "_known", "_low", "_high")}
        if score in shape.banded:
            schema |= {f"{name}_band": pl.String}
        schema[f"{name}_coverage"] = pl.Float64
        if score in shape.sampled:
            schema |= {f"{name}{part}": pl.Float64 for part in ("_ci_low", "_ci_high", "_n")}
        if score in shape.banded:
            schema |= {f"{name}_since": pl.Date, f"{name}_pending": pl.String, f"{name}_last": pl.String}
    schema |= {column(table): kinds.get(kind, pl.String) for table, kind in shape.outcomes.items()}
    for state in shape.states:
        schema |= {column(state): pl.String, f"{column(state)}_since": pl.Date}
    schema |= {column(rule): pl.Boolean for rule in shape.rules}
    schema |= {"_base": pl.String, "error": pl.String}
    if shape.lists:
        schema |= {name: pl.List(pl.String) for name in ("fired", "unknown", "findings", "actions")}
    return schema


def _cells(decision: Decision, shape: Shape) -> Iterator[tuple[str, Any]]:
    if shape.subject != "account":
        yield f"{shape.subject}_id", decision.subject_id
    yield "account_id", decision.account_id or None
    yield "as_of", decision.as_of
    for score in shape.scores:
        yield from _score_cells(decision, score, score in shape.banded)
        if score in shape.sampled:
            yield from _sampling_cells(decision, score)
    for table, kind in shape.outcomes.items():
        value = decision.outcomes[table].value
        yield column(table), [str(item) for item in value] if kind == "list" and value is not None else value
    for state in shape.states:
        found = decision.states[state]
        yield column(state), found.value
        yield f"{column(state)}_since", found.since
    unknown, fired = frozenset(decision.unknown), frozenset(decision.fired)
    for rule in shape.rules:
        yield column(rule), None if rule in unknown else rule in fired
    yield "_base", base_text(decision.base)
    yield "error", "; ".join(str(problem) for problem in decision.problems) or None
    if shape.lists:
        yield "fired", list(decision.fired)
        yield "unknown", list(decision.unknown)
        yield "findings", [finding.rule for finding in decision.findings]
        yield "actions", [action.id for action in decision.actions]


def _score_cells(decision: Decision, name: str, banded: bool) -> Iterator[tuple[str, Any]]:
    score, head = decision.scores[name], column(name)
    yield head, score.value
    yield f"{head}_known", score.known_value
    yield f"{head}_low", score.low
    yield f"{head}_high", score.high
    yield f"{head}_coverage", score.coverage
    if banded:
        yield f"{head}_band", score.band
        yield f"{head}_since", score.since
        yield f"{head}_pending", None if score.pending is None else json.dumps(score.pending)
        yield f"{head}_last", score.last_band


def _sampling_cells(decision: Decision, name: str) -> Iterator[tuple[str, Any]]:
    score, head = decision.scores[name], column(name)
    yield f"{head}_ci_low", score.ci_low
    yield f"{head}_ci_high", score.ci_high
    yield f"{head}_n", score.n


def base_text(base: Base) -> str | None:
    """Return what a decision started from as text; None where it started from nothing."""
    if base.as_of is None:
        return None
    data = {"as_of": base.as_of, "bands": dict(base.bands), "states": dict(base.states), "values": dict(base.values)}
    return json.dumps(data, sort_keys=True, default=lambda day: day.isoformat())


def bases_of(frame: pl.DataFrame, shape: Shape, as_of: date) -> dict[str, Base]:
    """Return what each subject starts from, out of the frame of an earlier run.

    Args:
        frame: What `frame_of` gave, perhaps written and read back.
        shape: The columns of the new run; what the frame lacks is taken as absent.
        as_of: Day of the new run; rows of the same day hand on what they started from.

    Raises:
        BookError: The frame is no frame of decisions, a row is of a later day, or a subject has two (CC608).
    """
    key = f"{shape.subject}_id"
    if key not in frame.columns or "as_of" not in frame.columns:
        raise BookError(f"CC608 the frame before has no columns `{key}` and `as_of`; give what `evaluate` wrote")
    found: dict[str, Base] = {}
    for row in typed(frame, shape).iter_rows(named=True):
        day = _day(row["as_of"])
        if day is None or day > as_of:
            raise BookError(f"CC608 the frame before is of {row['as_of']} for {row[key]}, later than {as_of}")
        if str(row[key]) in found:
            raise BookError(f"CC608 the frame before has two rows of `{row[key]}`; give the frame of one run")
        found[str(row[key])] = _row_base(row, shape, day) if day < as_of else _read_base(row.get("_base"))
    return found


def typed(frame: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Return the frame of an earlier run with the types that its columns have, which a file of text does not keep.

    Raises:
        BookError: A text is not what its column holds (CC608).
    """
    import polars as pl

    read = [
        _from_text(pl.col(name), kind)
        for name, kind in schema_of(shape).items()
        if frame.schema.get(name) == pl.String and kind != pl.String
    ]
    try:
        return frame.with_columns(read)
    except pl.exceptions.PolarsError as error:
        raise BookError(f"CC608 the frame before has columns of other kinds: {str(error).splitlines()[0]}") from error


def _from_text(cell: pl.Expr, kind: Any) -> pl.Expr:
    import polars as pl

    if kind == pl.Date:
        return cell.str.slice(0, 10).str.to_date("%Y-%m-%d")
    if kind == pl.Boolean:
        return cell.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    if kind == pl.List(pl.String):  # as the command line joins them
        return pl.when(cell == "").then(cell.str.split(";").list.head(0)).otherwise(cell.str.split(";"))
    return cell.cast(kind)


def _row_base(row: Mapping[str, Any], shape: Shape, day: date) -> Base:
    bands: dict[str, tuple[str | None, date | None, tuple[str, float] | None]] = {}
    values: dict[str, Any] = {}
    for score in shape.scores:
        head = column(score)
        last, wait = row.get(f"{head}_last"), row.get(f"{head}_pending")
        if last is not None or wait is not None:
            label, days = json.loads(wait) if wait else ("", 0.0)
            bands[score] = (last, _day(row.get(f"{head}_since")), (label, days) if wait else None)
        parts = {"value": "", "low": "_low", "high": "_high", "band": "_band", "coverage": "_coverage"}
        read = {f"{score}.score.{part}": row.get(f"{head}{tail}") for part, tail in parts.items()}
        values |= {name: value for name, value in read.items() if value is not None}
    states = {}
    for state in shape.states:
        states[state] = (row.get(column(state)), _day(row.get(f"{column(state)}_since")))
        values[f"{state}.state."] = row.get(column(state))
    values |= {f"{table}.outcome.": row.get(column(table)) for table in shape.outcomes}
    return Base(
        as_of=day,
        bands=bands,
        states=states,
        values={name: value for name, value in values.items() if value is not None},
    )


def start_cells(base: Base) -> dict[str, Any]:
    """Return what a subject starts from as columns, named as those of a frame of decisions.

    What waits comes as `_pending_band` and `_pending_days`, so that no engine has to read text.
    """
    cells: dict[str, Any] = {"as_of": base.as_of}
    for key, value in base.values.items():
        name, _, rest = key.rpartition(".")
        head, _, what = name.rpartition(".")
        tail = _TAILS[rest] if what == "score" else ""
        cells[f"{column(head)}{tail}"] = value
    for score, (last, since, pending) in base.bands.items():
        head = column(score)
        cells |= {f"{head}_last": last, f"{head}_since": since}
        if pending is not None:
            cells |= {f"{head}_pending_band": pending[0], f"{head}_pending_days": pending[1]}
    for machine, (state, since) in base.states.items():
        cells |= {column(machine): state, f"{column(machine)}_since": since}
    return cells


#: Stands for what a decision started from where that is not kept.
UNKEPT = "not kept"
_TAILS = {"value": "", "low": "_low", "high": "_high", "band": "_band", "coverage": "_coverage"}


def _read_base(text: str | None) -> Base:
    if not text:
        return Base()
    if text == UNKEPT:
        raise BookError(
            "CC608 the frame before is of the same day, and a statement made it, which does not keep what it started "
            "from; give the decisions of the day before instead"
        )
    data = json.loads(text)
    return Base(
        as_of=_day(data["as_of"]),
        bands={
            n: (band, _day(since), tuple(wait) if wait else None) for n, (band, since, wait) in data["bands"].items()
        },
        states={n: (state, _day(since)) for n, (state, since) in data["states"].items()},
        values=data["values"],
    )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value
