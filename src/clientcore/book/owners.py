"""To which accounts rows belong where a part of a book alone can't tell, since what they are part of lies elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import polars as pl

from clientcore.book.assembly import assemble_part
from clientcore.book.belonging import belonging, holders, one_voice
from clientcore.book.columns import as_ids
from clientcore.book.cutting import Source
from clientcore.book.files import Raw
from clientcore.book.notes import Notes
from clientcore.entities import ENTITIES, Entity


class Owners:
    """Looks up whose the rows of a book are; what others are part of is read only if somebody has to know.

    Args:
        files: Table → its file.
    """

    def __init__(self, files: Mapping[str, Source]) -> None:
        self._files = files

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The ids and accounts of all that rows may be part of."""
        wanted = {"accounts", *(holders(name for name in self._files if name in ENTITIES) & self._files.keys())}
        raws = {}
        for name in wanted:
            source = self._files[name]
            frame = source.read(0, source.height, self.columns(name))
            raws[name] = Raw(frame, pl.arange(0, frame.height, dtype=pl.Int64, eager=True), source.file)
        tables, _ = assemble_part(raws, "UTC", Notes())
        return {name: frame.select("id", "account_id") for name, frame in tables.items() if name != "accounts"}

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table that say what its rows are and whose."""
        told = ["account_id"]
        if table in ENTITIES:
            told = ["id"] if table == "accounts" else ["id", "account_id", *ENTITIES[table].parents]
        return [name for name in told if name in self._files[table].wanted]

    def accounts(self, table: str, ids: pl.DataFrame) -> pl.Series:
        """Return the account of each row of a table: the one that it names, else that of what it is part of.

        Args:
            table: The table.
            ids: Its columns that say what its rows are and whose.
        """
        if table == "accounts":
            return ids["id"]
        none = pl.Series("account_id", [None], dtype=pl.String).new_from_index(0, ids.height)
        keys = ids["account_id"] if "account_id" in ids.columns else none
        parents = [pl.col(name).is_not_null() for name in ids.columns if name not in {"id", "account_id"}]
        if (
            not parents
            or not keys.null_count()
            or not ids.select((keys.is_null() & pl.any_horizontal(parents)).any()).item()
        ):
            return keys
        return belonging(ENTITIES[table], ids, self.tables).accounts

    def held(
        self, entity: Entity, frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
    ) -> Mapping[str, pl.DataFrame]:
        """Return what the rows of a part may be part of: what is in the same part, and what they name elsewhere."""
        found: dict[str, pl.DataFrame] = {}
        for name, table in entity.parents.items():
            if table not in tables or name not in frame.columns:
                continue
            here = found.get(table, tables[table].select("id", "account_id"))
            named = frame[name].drop_nulls().unique()
            away = named.filter(~named.is_in(here["id"].implode()))
            if away.len():
                there = self.tables[table].filter(pl.col("id").is_in(away.implode()))
                here = pl.concat([here, there])
            found[table] = here
        return found

    def present(self, named: pl.Series, target: str) -> pl.Series:
        """Return those of some ids that are among the rows of a table, after what was set aside."""
        source = self._files[target]
        if "id" not in source.wanted:
            return named.clear()
        found = []
        for _, frame in source.chunks(self.columns(target)):
            held, _ = as_ids(frame)
            found.append(held.filter(pl.col("id").is_in(named.implode())))
        rows = pl.concat(found) if found else pl.DataFrame(schema={"id": pl.String})
        if target in {"accounts", "organisations"} or not rows.height:
            return rows["id"].unique()
        merged = one_voice(rows)
        whose = belonging(ENTITIES[target], merged, self.tables)
        there = whose.accounts.is_null() | self._known(whose.accounts)
        for strange in whose.strange.values():
            there &= ~strange
        return merged.filter(there)["id"]

    def _known(self, accounts: pl.Series) -> pl.Series:
        named = accounts.drop_nulls().unique()
        return accounts.is_in(self.present(named, "accounts").implode()).fill_null(value=False)
