"""Filled forms → answers: every row is looked at, and each wrong cell is told with file, line and column."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from clientcore.answers.files import Row, rows_of
from clientcore.answers.given import Given, Reject
from clientcore.answers.known import Askable, Knows, askable
from clientcore.answers.taking import Taken, taken
from clientcore.arguments import path_of, refused, require_day
from clientcore.entities import SOURCES, SUBJECTS
from clientcore.errors import did_you_mean
from clientcore.intake import values


@attrs.frozen(kw_only=True)
class Answers:
    """The filled rows of one or more forms.

    Args:
        given: Answers, in the order of the files.
        rejects: Rows that were set aside; one entry for each wrong cell.
        empty: How many questions nobody answered.
    """

    given: tuple[Given, ...] = ()
    rejects: tuple[Reject, ...] = ()
    empty: int = 0

    def at(self, as_of: date) -> Taken:
        """Return what counts on a day: neither expired nor given later, one value where those who answered agree.

        Args:
            as_of: The day of the decision.

        Raises:
            FactError: It is no day (CC403).
        """
        require_day(as_of)
        return taken(self.given, as_of)


def read_answers(path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], engine: Knows) -> Answers:
    """Read one or more filled forms.

    A row without level, value and `applies` is a question that nobody answered; with `no` under `applies` it does not
    apply. A row with a wrong cell is set aside whole.

    Args:
        path: A file that ends in .csv or .json, or several; each person may fill in a file of their own.
        engine: The engine whose facts are answered.

    Returns:
        The answers, and what was set aside with file, line and column.

    Raises:
        FactError: `path` is neither a path nor paths, or `engine` is no engine (CC403).
        BookError: A file can't be read as a form at all (CC608).
    """
    alone = not isinstance(path, Iterable) or isinstance(path, str | bytes | os.PathLike)
    files: Iterable[Any] = [path] if alone else path  # type: ignore[assignment] # what else can be iterated
    paths = [path_of("path", one, "give the path of a filled form, or a list of them") for one in files]
    if not hasattr(engine, "checked"):
        raise refused("engine", engine, "hand in the engine whose facts are answered")
    known = askable(engine)
    given: list[Given] = []
    rejects: list[Reject] = []
    empty = 0
    for file in paths:
        for row in rows_of(file):
            if not any(row.cells[name] for name in ("level", "value", "applies")):
                empty += 1
                continue
            read = _Reading(row, known, [])
            answer = read.answer()
            rejects += read.wrong
            given += [] if answer is None or read.wrong else [answer]
    return Answers(given=tuple(given), rejects=tuple(rejects), empty=empty)


@attrs.frozen
class _Reading:
    """One row, and what is wrong in it."""

    row: Row
    known: Mapping[tuple[str, str], Askable]
    wrong: list[Reject]

    def refuse(self, column: str, code: str, message: str) -> None:
        """Note what is wrong in a cell."""
        row = self.row
        self.wrong.append(
            Reject(file=row.file, line=row.line, column=column, value=row.cells[column], code=code, message=message)
        )

    def answer(self) -> Given | None:
        """Return the answer; None where it can't be told what was asked."""
        cells = self.row.cells
        subject = cells["subject"] or "account"
        about = {of: one for (of, name), one in self.known.items() if name == cells["fact"]}
        fact = about.get(subject, next(iter(about.values()), None))
        if fact is None:
            names = {name for _, name in self.known}
            self.refuse("fact", "CC601", f"no such fact is asked for; {did_you_mean(cells['fact'], names)}")
        if subject not in SUBJECTS:
            self.refuse("subject", "CC602", f"no such subject; {did_you_mean(subject, SUBJECTS)}")
        elif fact is not None and subject not in about:
            self.refuse("subject", "CC601", f"`{fact.fact}` is about: {', '.join(sorted(about))}")
        id_ = cells["account_id"] if subject == "account" else cells["subject_id"]
        if not id_ and (subject in SUBJECTS or not cells["account_id"]):
            column = "account_id" if subject == "account" else "subject_id"
            self.refuse(column, "CC605", "it is not said whom the answer is about")
        source, day = self._source(fact), self._day()
        role = cells["answered_by"]
        if not role or "@" in role:
            self.refuse("answered_by", "CC602", "write the role of who answered, as `delivery lead`, and no address")
        if fact is None:
            return None
        applies = self._applies(fact)
        value, level = self._value(fact)
        if day is None:
            return None
        return Given(
            account_id=cells["account_id"],
            subject=subject,
            subject_id=id_,
            fact=fact.fact,
            field=fact.answer.field,
            value=value if applies else None,
            level=level if applies else None,
            source=source,
            answered_on=day,
            answered_by=role,
            evidence=cells["evidence"],
            expires_days=fact.answer.expires_days,
            applicable=applies,
            file=self.row.file,
            line=self.row.line,
        )

    def _source(self, fact: Askable | None) -> str:
        source = self.row.cells["source"]
        if source not in SOURCES:
            self.refuse("source", "CC602", f"write where it comes from; {did_you_mean(source, SOURCES)}")
        elif fact is not None and fact.sources and source not in fact.sources:
            self.refuse("source", "CC604", f"`{fact.fact}` takes {' or '.join(fact.sources)} only")
        return source

    def _day(self) -> date | None:
        text = self.row.cells["answered_on"]
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:
            self.refuse("answered_on", "CC602", "write the day of the answer as YYYY-MM-DD")
            return None
        return day

    def _applies(self, fact: Askable) -> bool:
        """Return whether the question applies; that it does not is an answer of its own."""
        cells = self.row.cells
        answered = bool(cells["level"] or cells["value"])
        if not cells["applies"]:
            return True
        try:
            applies = _boolean(cells["applies"])
        except ValueError:
            self.refuse("applies", "CC602", "write `no` where the question does not apply, else leave it empty")
            return True
        if applies and not answered:
            self.refuse(
                "applies", "CC602", "the question applies and has no answer; write one, or leave this empty too"
            )
        if not applies and answered:
            self.refuse("applies", "CC602", "a question that does not apply has no answer; leave one of the two empty")
        if not applies and fact.answer.field:
            self.refuse("applies", "CC602", f"`{fact.fact}` is a field of the record, in "
                        "which nothing but a value can stand; leave the row empty")  # fmt: skip
        return applies

    def _value(self, fact: Askable) -> tuple[Any, int | None]:
        """Return the value and the level, of which one may be left to the other."""
        level, value = self._level(fact), self._written(fact)
        if level is None:
            return value, None
        stands = fact.answer.anchors[level].value
        if self.row.cells["value"] and value is not None and value != stands:
            self.refuse("value", "CC602", f"level {level} stands for {_shown(stands)}; leave one of the two empty")
        return stands, level

    def _level(self, fact: Askable) -> int | None:
        text = self.row.cells["level"]
        if not text:
            return None
        count = len(fact.answer.anchors)
        if not count:
            self.refuse("level", "CC602", f"`{fact.fact}` has no levels; write {fact.takes} as `value`")
        elif not (text.isascii() and text.isdigit()):
            self.refuse("level", "CC602", f"write a whole number from 0 to {count - 1}")
        elif len(text) > 3 or int(text) >= count:
            self.refuse("level", "CC603", f"the levels of `{fact.fact}` go from 0 to {count - 1}")
        else:
            return int(text)
        return None

    def _written(self, fact: Askable) -> Any:
        text = self.row.cells["value"]
        if not text:
            return None
        try:
            value = _READ[fact.kind](text)
        except ValueError:
            self.refuse("value", "CC602", f"`{fact.fact}` takes {fact.takes}")
            return None
        inside = fact.range is None or not isinstance(value, float) or fact.range[0] <= value <= fact.range[1]
        levels = fact.levels_only
        if not inside and not levels:
            self.refuse("value", "CC603", f"`{fact.fact}` takes {fact.takes}")
        allowed = {anchor.value for anchor in fact.answer.anchors}
        if levels and value not in allowed:
            self.refuse("value", "CC603", f"`{fact.fact}` takes {', '.join(map(_shown, sorted(allowed, key=str)))}")
        if fact.kind == "level" and value not in fact.labels:
            self.refuse("value", "CC602", f"`{fact.fact}` takes {fact.takes}")
        return value


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str) -> float:
    try:
        found = values.number(float(text)) + 0.0
    except values.UnfitError as unfit:
        raise ValueError(unfit.found) from unfit
    if found != found:
        raise ValueError(text)
    return found


def _boolean(text: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _day(text: str) -> date:
    return date.fromisoformat(text)


_READ: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "boolean": _boolean,
    "text": str,
    "level": str,
    "day": _day,
}
