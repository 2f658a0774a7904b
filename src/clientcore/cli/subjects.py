"""What commands decide about: `--subject`, `--only`, and the decision on one subject of a book."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.arguments import names
from clientcore.errors import ClientcoreError, FactError, did_you_mean
from clientcore.ruleset import SUBJECTS

if TYPE_CHECKING:
    from clientcore.book import Book, BookInParts
    from clientcore.decision import Decision
    from clientcore.engine import Engine


def add_asked(parser: argparse.ArgumentParser, only: str = "compute only these", about: str = "what a row is") -> None:
    """Add `--only` and `--subject`.

    Args:
        parser: The command.
        only: What is done with the ids of `--only`, for its help.
        about: What the subject is, for its help.
    """
    parser.add_argument(
        "--only",
        metavar="IDS",
        type=names,
        help=f"{only}, a comma list such as `trust.*`; names also what is only computed on request",
    )
    parser.add_argument("--subject", choices=SUBJECTS, default="account", help=f"{about} about (default account)")


def as_given(args: argparse.Namespace, as_of: date, forms: Sequence[Path] = ()) -> list[str]:
    """Return the options by which another command decides about the same as this one, with the same engine and day.

    Args:
        args: What this command was given.
        as_of: The day that it took.
        forms: Forms that the other command takes beside those of `--answers`.
    """
    words = ["--as-of", str(as_of)]
    words += [] if args.subject == "account" else ["--subject", args.subject]
    options = {**vars(args), "answers": [*(args.answers or ()), *forms]}
    for option in ("mapping", "previous", "rulesets", "plugins", "profile", "person_facts", "lock", "answers"):
        given = options.get(option)
        if given:
            words += [f"--{option.replace('_', '-')}", *map(str, given if isinstance(given, list) else [given])]
    words += ["--only", ",".join(args.only)] if args.only else []
    return words + (["--no-discover"] if args.no_discover else [])


def add_previous(parser: argparse.ArgumentParser) -> None:
    """Add `--previous`."""
    parser.add_argument(
        "--previous", metavar="FILE", type=Path, help="decisions of an earlier day, as `clientcore evaluate` wrote them"
    )


def decided(args: argparse.Namespace, engine: Engine, book: Book, as_of: date) -> Decision:
    """Return the decision on the subject that the arguments name, to be explained.

    Args:
        args: `id` (None for the only one there is), `subject`, `only` and `previous`.
        engine: The engine.
        book: The book, with the answers in it that count.
        as_of: The day.

    Raises:
        ClientcoreError: `--only` names nothing, or no subject is named where there are several.
        FactError: The book has no such subject, or the decisions before are of a later day (CC403).
        BookError: The decisions before are none (CC608).
    """
    from clientcore.batch import bases_before, facts_of, plan_has_parent, shape_of

    id_ = _known(book, args.subject, args.id, args.mapping)
    bases = bases_before(args.previous, shape_of(engine.plan(args.subject, only=args.only), lists=False), as_of)
    trace_first(engine, args.subject, args.only)
    if args.subject == "account":
        given = facts_of(book, engine.fact_kinds, id_).get(id_)
        return engine.evaluate(book.account(id_), as_of=as_of, facts=given, previous=bases.get(id_), only=args.only)
    if not plan_has_parent(args.subject):
        one = next(one for one in book.subjects(args.subject) if one["id"] == id_)
        given = facts_of(book.with_facts_of(args.subject), engine.fact_kinds, id_).get(id_)
        return engine.evaluate(
            one, as_of=as_of, subject=args.subject, facts=given, previous=bases.get(id_), only=args.only
        )
    account = _account_of(book, args.subject, id_)
    decisions = engine.evaluate_subjects(
        book.account(account),
        subject=args.subject,
        as_of=as_of,
        facts=facts_of(book, engine.fact_kinds, account).get(account),
        previous=bases,
        only=args.only,
    )
    for decision in decisions:
        if decision.subject_id == id_:
            return decision
    # a record that became known later is not there yet
    raise FactError(f"CC403 {args.subject} `{id_}` was not known on {as_of}; choose a later day with --as-of")


def trace_first(engine: Engine, subject: str, only: Sequence[str] | None) -> None:
    """Let the function that explains decide as well, where there is one decision to explain."""
    for executor in filter(None, engine.executors(subject, only)):
        executor.compiled.trace_first()


def _known(book: Book, kind: str, id_: str | None, mapping: str | None) -> str:
    ids = book.ids(kind)
    if id_ is None:
        if len(ids) == 1:
            return ids[0]
        raise ClientcoreError(f"name the {kind} after the book; {_some(ids)}" if ids else nobody(book, kind, mapping))
    if id_ not in ids:
        raise FactError(f"CC403 no {kind} `{id_}` in `{book.path}`; {_hint(book, kind, id_, ids, mapping)}")
    return id_


def _hint(book: Book, kind: str, id_: str, ids: Sequence[str], mapping: str | None) -> str:
    """Return what the id is instead, where it is one of another kind, else a near one."""
    for other in SUBJECTS:
        if other != kind and id_ in book.ids(other):
            article = "an" if other[0] in "aeiou" else "a"
            return f"it is {article} {other}: give --subject {other}"
    return did_you_mean(id_, ids) if ids else nobody(book, kind, mapping)


def nobody(book: Book | BookInParts, kind: str, mapping: str | None = None) -> str:
    """Return why a book has no subject of a kind, and what it would have to hold.

    Args:
        book: The book.
        kind: account, opportunity, workstream or organisation.
        mapping: The mapping that it was read by.
    """
    from clientcore.entities import SUBJECTS as ENTITIES

    table = ENTITIES[kind].table
    if table in book.rows:
        return f"table `{table}` of `{book.path}` holds no row, so there is no {kind}"
    if mapping is not None:
        needs = f"give mapping `{mapping}` a query for it under `entities`"
    elif Path(str(book.path)).is_dir():
        needs = f"put a file `{table}.csv` (or .tsv, .parquet, .jsonl) into the folder"
    else:
        needs = "add it to the database, or give a mapping that makes it (--mapping)"
    keys = "the column `id`" if kind == "organisation" else "the columns `id` and `account_id`"
    return f"`{book.path}` has no table `{table}`, so there is no {kind}; {needs}, with at least {keys}"


def _some(ids: Sequence[str], most: int = 5) -> str:
    more = f", ... and {len(ids) - most} more" if len(ids) > most else ""
    return f"one of: {', '.join(ids[:most])}{more}"


def _account_of(book: Book, kind: str, id_: str) -> str:
    from clientcore.entities import SUBJECTS as ENTITIES

    frame = book.tables[ENTITIES[kind].table]
    account = frame.filter(frame["id"] == id_)["account_id"][0] if "account_id" in frame.columns else None
    if account is None:
        raise FactError(f"CC403 {kind} `{id_}` belongs to no account, and is not decided; give it an account_id")
    return str(account)
