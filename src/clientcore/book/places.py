"""In which part of a book each account is, looked up for the rows of a table that mostly follow that order."""

from __future__ import annotations

from functools import cached_property

import attrs
import polars as pl

from clientcore.book.columns import convert_as

#: Accounts that are looked up together: of those that follow one another, and where they may be anywhere.
_NEAR, _MANY = 1 << 15, 1 << 20
PART, ROWS = "@part", "@rows"


@attrs.frozen(eq=False, slots=False)
class Places:
    """In which part of a book each account is.

    Args:
        ids: The accounts in their order, each once.
        size: How many accounts a part has.
        sound: Whether the ids are what stands in the file, with nothing set aside.
    """

    ids: pl.Series
    size: int
    sound: bool

    @property
    def many(self) -> int:
        """How many parts there are, at least one."""
        return max(1, -(-len(self.ids) // self.size))

    def runs(self, keys: pl.Series, last: int) -> tuple[pl.DataFrame, bool]:
        """Return the part of each run of rows with the same account; rows of no account are in the part before them.

        Args:
            keys: The accounts of the rows.
            last: The part of the row before the first.

        Returns:
            The runs, with how many rows each has, and whether every account that is named is there.
        """
        runs = keys.rle().struct.unnest()
        at = self.at(runs["value"], last)
        there = at.null_count() == runs["value"].null_count()
        if at.null_count():
            at = at.fill_null(strategy="forward").fill_null(last)
        return pl.DataFrame({PART: at, ROWS: runs["len"]}), there

    def parts(self, keys: pl.Series, last: int) -> pl.Series:
        """Return the part of each row, likewise."""
        runs, _ = self.runs(keys, last)
        if runs[PART].n_unique() == 1:
            return runs[PART].head(1).new_from_index(0, len(keys))
        return runs.select(pl.col(PART).repeat_by(ROWS).list.explode()).to_series()

    def at(self, keys: pl.Series, part: int = 0) -> pl.Series:
        """Return the part of each account; null for what is none.

        Args:
            keys: Accounts.
            part: Where the first of them may be; those that follow one another in the order of the book are found
                fast.
        """
        if keys.null_count():
            named = keys.is_not_null()
            places = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(keys))
            return places.scatter(named.arg_true(), self.at(keys.filter(named), part))
        near, span, start, found = part * self.size, self.size + _NEAR, 0, list[pl.Series]()
        while start < len(keys):
            some = keys[start : start + _NEAR]
            place = self._following(some, near, span)
            if place is not None and not len(place) and near + span < len(self.ids):
                span *= 4  # all of them lie beyond what was looked at
                continue
            if place is None or not len(place):
                place = self._among(some, near, span)
            found.append(place)
            start += len(place)
            furthest = place.max()
            if isinstance(furthest, int):
                # Where only few accounts have rows, some of the rows lie beyond what was looked at.
                span = 2 * span if len(place) < len(some) else 2 * max(_NEAR, furthest - near)
                near = furthest
        places = pl.concat(found) if found else pl.Series(dtype=pl.UInt32)
        for first in range(0, len(self.ids), _MANY) if places.null_count() else ():
            missed = places.is_null()
            places = places.zip_with(~missed, self._among(keys.set(~missed, None), first, _MANY))
        return (places // self.size).cast(pl.UInt32)

    def _following(self, keys: pl.Series, near: int, span: int) -> pl.Series | None:
        """Return the places of the first of some accounts, if they follow one another in the order of the book."""
        if self._hashes is None:
            return None
        asked = self._hashes[near : near + span].is_in(keys.hash().implode())
        place = asked.arg_true() + near
        found = self.ids.gather(place)
        return place if len(place) <= len(keys) and (found == keys[: len(place)]).all(ignore_nulls=False) else None

    def _among(self, keys: pl.Series, first: int, many: int) -> pl.Series:
        """Return the places of accounts that are among some; null for what is not."""
        if self._hashes is None:
            there, asked = self.ids[first : first + many], keys
        else:
            there, asked = self._hashes[first : first + many], keys.hash()
        index = pl.DataFrame({"@key": there, "@place": _counted_from(first, len(there))})
        place = asked.alias("@key").to_frame().join(index, on="@key", how="left", maintain_order="left")["@place"]
        same = (self.ids.gather(place) == keys).fill_null(value=False)
        return place if same.all() else place.set(~same, None)

    @cached_property
    def _hashes(self) -> pl.Series | None:
        """The hashes of the accounts; None where two have one."""
        hashes = self.ids.hash()
        return hashes if hashes.n_unique() == len(hashes) else None


def _counted_from(first: int, many: int) -> pl.Series:
    return pl.arange(first, first + many, dtype=pl.UInt32, eager=True)


def each_once(written: pl.Series) -> pl.Series:
    """Return the ids of a column, each once, in their order; the column itself where it is that."""
    ids = convert_as("id", written, "UTC").values
    if ids.null_count():
        ids = ids.drop_nulls()
    return ids if ids.n_unique() == len(ids) else ids.unique(maintain_order=True)
