"""To which account a row belongs: the one that it names, else that of the record that it is part of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs
import polars as pl

from clientcore.entities import ENTITIES, Entity


@attrs.frozen
class Belonging:
    """Whose the rows of a table are.

    Args:
        accounts: For each row its account; null where neither it nor what it is part of has one.
        strange: Field that names a record of another account → whether a row does.
    """

    accounts: pl.Series
    strange: Mapping[str, pl.Series]


def belonging(entity: Entity, frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> Belonging:
    """Return to which account each row of a table belongs (SEMANTICS 26).

    Args:
        entity: What the rows are.
        frame: The rows; the column `account_id` may be absent.
        tables: The tables of what they may be part of, as far as there are any, with `id` and `account_id`.

    Returns:
        An account for each row, and the rows that contradict themselves: those that name an account and a record of
            another one, or records of two.

    Example:
        >>> deals = pl.DataFrame({"id": ["o"], "account_id": ["a"]})
        >>> roles = pl.DataFrame({"id": ["1", "2"], "account_id": [None, "b"], "opportunity_id": ["o", "o"]})
        >>> found = belonging(ENTITIES["opportunity_contact_roles"], roles, {"opportunities": deals})
        >>> found.accounts.to_list(), found.strange["opportunity_id"].to_list()
        (['a', 'b'], [False, True])
    """
    none = pl.Series("account_id", [None], dtype=pl.String)
    accounts = frame["account_id"] if "account_id" in frame.columns else none.new_from_index(0, frame.height)
    strange = {}
    for name, table in entity.parents.items():
        if table not in tables or name not in frame.columns or frame[name].null_count() == frame.height:
            continue
        whose = tables[table].select(pl.col("id").alias(name), pl.col("account_id").alias("@whose")).drop_nulls()
        found = frame.select(name).join(whose, on=name, how="left", maintain_order="left")["@whose"]
        accounts = pl.select(pl.coalesce(accounts, found).alias("account_id")).to_series()
        strange[name] = (found != accounts).fill_null(value=False)
    return Belonging(accounts, strange)


def holders(tables: Iterable[str]) -> set[str]:
    """Return the tables of what rows of some tables may be part of, whose accounts have to be known too."""
    found: set[str] = set()
    left = list(tables)
    while left:
        new = {one for one in ENTITIES[left.pop()].parents.values() if one not in found}
        found |= new
        left += new
    return found


def holders_first(tables: Iterable[str]) -> Iterator[str]:
    """Yield tables, each after those of what its rows may be part of."""
    wanted = dict.fromkeys(tables)
    done: set[str] = set()

    def walk(table: str) -> Iterator[str]:
        if table not in done:
            done.add(table)
            for above in ENTITIES[table].parents.values():
                yield from walk(above)
            if table in wanted:
                yield table

    for table in wanted:
        yield from walk(table)


def one_voice(rows: pl.DataFrame, key: str = "id") -> pl.DataFrame:
    """Make one row of all that have the same key: what they say with one voice, null where they differ."""
    said = {name: pl.col(name).drop_nulls() for name in rows.columns if name != key}
    agreed = [pl.when(one.n_unique() == 1).then(one.first()).alias(name) for name, one in said.items()]
    return rows.group_by(key, maintain_order=True).agg(*agreed).select(rows.columns)
