"""Files of forms → rows of texts: CSV as spreadsheets write it, or JSON as `Questionnaire.to_json` does."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from clientcore.answers.form import FILLED, FORMAT, NAMED
from clientcore.errors import BookError, did_you_mean
from clientcore.pairs import RepeatedKeyError, each_once

_DELIMITERS = ",;\t|"
_QUESTIONS, _BETWEEN = re.compile(r'"questions"\s*:\s*\[\s*'), re.compile(r"[\s,]*")
#: Columns that a form must have; evidence may be left out, and forms of earlier versions have no `applies`.
_NEEDED = ("fact", *FILLED[:-2])
_HELP = "keep the first line as `clientcore questions` writes it"


@attrs.frozen
class Row:
    """One row of a form: its file, its line there, and the text of each named and each filled cell."""

    file: str
    line: int
    cells: Mapping[str, str]


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a form, answered or not.

    Raises:
        BookError: It can't be read, or is no form (CC608).
    """
    readers = {".csv": _csv, ".tsv": _csv, ".json": _json}
    if path.suffix.lower() not in readers:
        raise BookError(f"CC608 `{path}` is no form; give a .csv or .json file as `clientcore questions` writes it")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BookError(f"CC608 `{path}` can't be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise BookError(f"CC608 `{path}` is not UTF-8; save it as UTF-8") from error
    yield from readers[path.suffix.lower()](path, text)


def _csv(path: Path, text: str) -> Iterator[Row]:
    head = text.splitlines()[:1]
    if not head or not head[0].strip():
        raise BookError(f"CC608 `{path}` has no names of columns in its first line")
    delimiter = max(_DELIMITERS, key=head[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows)]
        absent = [name for name in _NEEDED if names.count(name) != 1]
        if absent:
            help_ = did_you_mean(absent[0], set(names) - set(_NEEDED)) if len(absent) == 1 else ""
            listed = "`, `".join(absent)
            raise BookError(f"CC608 columns of `{path}` are missing or there twice: `{listed}`; {help_ or _HELP}")
        line = rows.line_num + 1
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield Row(path.name, line, _cells(dict(zip(names, cells, strict=False))))
            line = rows.line_num + 1
    except csv.Error as error:
        raise BookError(f"CC608 `{path}` can't be read as CSV: {error}") from error


def _json(path: Path, text: str) -> Iterator[Row]:
    try:
        whole = json.loads(text, object_pairs_hook=each_once)
        json.dumps(whole, ensure_ascii=False).encode()  # half of a pair of surrogates is no text
    except RepeatedKeyError as error:
        raise BookError(f"CC608 `{path}` can't be read: {error} in a record; leave one of the two") from error
    except (ValueError, RecursionError) as error:
        raise BookError(f"CC608 `{path}` is no JSON") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT or not isinstance(whole.get("questions"), list):
        raise BookError(f"CC608 `{path}` is no form of format `{FORMAT}`")
    lines = _lines(text)
    for number, question in enumerate(whole["questions"], start=1):
        answers = question.get("answers") if isinstance(question, dict) else None
        if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
            raise BookError(f"CC608 `{path}`: question {number} has no list `answers` of records")
        line = next(lines, 1)
        for answer in answers:
            yield Row(path.name, line, _cells({**{name: question.get(name) for name in NAMED}, **answer}))


def _lines(text: str) -> Iterator[int]:
    """Yield the line on which each question of a form as JSON begins."""
    decoder, opened = json.JSONDecoder(), _QUESTIONS.search(text)
    at, line = (0, 1) if opened is None else (opened.end(), 1 + text.count("\n", 0, opened.end()))
    while opened is not None and at < len(text) and text[at] != "]":
        yield line
        before, at = at, decoder.raw_decode(text, at)[1]
        between = _BETWEEN.match(text, at)
        at = at if between is None else between.end()
        line += text.count("\n", before, at)


def _cells(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(found.get(name)) for name in (*NAMED, *FILLED)}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return (str(value).lower() if isinstance(value, bool) else str(value)).strip()
