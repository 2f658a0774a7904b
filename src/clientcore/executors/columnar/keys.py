"""Numbers in place of the subjects' ids: what is grouped and joined by subject compares numbers, mostly in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from clientcore.relational import Aggregate, Lookup, Made, Program

#: The column that says, by the number of its row, of which subject a row is; null where it is of none.
OF = "@of"


def keys_of_subjects(program: Program) -> Mapping[str, str]:
    """Return frame → its column that holds ids of the subjects, for all frames that are joined by it."""
    keys: dict[str, str] = {}
    for one in (made for stage in program.stages for made in stage):
        for (frame, column), (other, named) in _pairs(one):
            if (other, named) == (program.main, "id") and frame != program.main:
                keys.setdefault(frame, column)
    return keys | {program.main: "id"} if keys else {}


def by_number(keys: Mapping[str, str], one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
    """Return the columns that stand for two (frame, column) that are compared: the numbers, if both have them."""
    of_subjects = all(keys.get(frame) == column for frame, column in (one, other))
    return (OF, OF) if of_subjects else (one[1], other[1])


def _pairs(one: Made) -> Iterable[tuple[tuple[str, str], tuple[str, str]]]:
    """Return which columns of which frames are compared, in both directions."""
    pairs = []
    if isinstance(one, Aggregate):
        pairs = [((one.source, here), (one.frame, there)) for here, there in one.key]
    elif isinstance(one, Lookup):
        pairs = [((one.frame, one.key[0]), (one.source, one.key[1]))]
    return [*pairs, *((there, here) for here, there in pairs)]


def numbered(
    tables: Mapping[str, pl.LazyFrame], program: Program, keys: Mapping[str, str]
) -> Mapping[str, pl.LazyFrame]:
    """Return frame → the rows of its table with the number of the subject that each belongs to.

    Args:
        tables: Table of the book → its rows.
        program: The program.
        keys: What `keys_of_subjects` gives.
    """
    main = tables.get(program.frames[program.main].table)
    if not keys or main is None:
        return {}
    fields = {name: {one.name: one.field for one in program.frames[name].sources} for name in keys}
    ids = _column(main, fields[program.main]["id"])
    found = {}
    for name, column in keys.items():
        table = tables.get(program.frames[name].table)
        if table is None or fields[name][column] not in table.collect_schema():
            continue
        if name == program.main:
            at = pl.arange(0, len(ids), dtype=pl.UInt32, eager=True).set_sorted()
        else:
            at = numbers(ids, _column(table, fields[name][column]))
        found[name] = table.with_columns(at.alias(OF))
    return found


def _column(table: pl.LazyFrame, name: str) -> pl.Series:
    return table.select(pl.col(name).cast(pl.String)).collect(engine="in-memory").to_series()


def numbers(ids: pl.Series, keys: pl.Series) -> pl.Series:
    """Return the number of the subject that each row belongs to, null for none; marked as sorted where it is.

    Args:
        ids: The subjects, each once, in their order.
        keys: The subject of each row.

    Example:
        >>> numbers(pl.Series(["a", "b", "c"]), pl.Series(["c", "c", None, "a", "z"])).to_list()
        [2, 2, None, 0, None]
    """
    runs = keys.rle().struct.field("value")
    named = runs.drop_nulls()
    # Runs that follow the order of the subjects, each once, are those of the subjects that have rows.
    at = ids.is_in(named.implode()).arg_true()
    if len(at) == len(named) and (ids.gather(at) == named).all():
        if len(named) == len(runs):
            return at.gather(keys.rle_id()).set_sorted()
        places = (
            pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(runs)).scatter(runs.is_not_null().arg_true(), at)
        )
        return places.gather(keys.rle_id())
    there = pl.DataFrame({"@id": ids, "@at": pl.arange(0, len(ids), dtype=pl.UInt32, eager=True)})
    return pl.DataFrame({"@id": keys}).join(there, on="@id", how="left", maintain_order="left")["@at"]
