"""Arguments that several commands take, and what they are turned into."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from clientcore.cli.inputs import spare_sources
from clientcore.cli.terminal import complain, note
from clientcore.errors import ClientcoreError, RulesetError, counted, did_you_mean
from clientcore.ruleset import Profile, Ruleset

if TYPE_CHECKING:
    from clientcore.book import Book, BookInParts
    from clientcore.engine import Engine

_SHOWN = 5
#: Most digits of what is counted.
_DIGITS = 9
Commands = Any  # what `add_subparsers` returns has no public type


class Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of its examples and takes no shortened options."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Tell wrong usage in one line, after the name of the program, and end it."""
        wrong = re.match("argument COMMAND: invalid choice: '(.*?)' ", message)
        if wrong is not None and self._subparsers is not None:
            (listed,) = self._subparsers._group_actions  # noqa: SLF001 (no public way leads to the commands)
            message = f"no command `{wrong[1]}`; {did_you_mean(wrong[1], listed.choices or ())}"
        complain(f"{message}; see `{self.prog} --help`")
        self.exit(2)

    def parse(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Return the arguments; what no command takes is refused by the command that it stands behind."""
        args, strange = self.parse_known_args(argv)
        if strange:
            args.parser.refuse(strange)
        return args

    def refuse(self, strange: Sequence[str]) -> NoReturn:
        """Refuse options and arguments that are not taken, each option with the near one."""
        options = [word.partition("=")[0] for word in strange if word.startswith("-")]
        if not options:
            self.error(f"one argument too many: `{strange[0]}`")
        known = [name for name in self._option_string_actions if name.startswith("--")]
        told = []
        for word in options:
            near = did_you_mean(word, known)
            told.append(f"no option `{word}`" + (f", {near}" if near.startswith("did you mean") else ""))
        self.error("; ".join(told))


class Version(argparse.Action):
    """`--version`: looks the number up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and stop")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print the version and end the program."""
        import clientcore  # its metadata is read only here

        print(f"clientcore {clientcore.__version__}")
        parser.exit()


def command(commands: Commands, name: str, summary: str, examples: str) -> argparse.ArgumentParser:
    """Add one command with its summary and its examples, one to a line."""
    shown = "\n".join(f"  clientcore {line}" for line in examples.strip().splitlines())
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", epilog=f"examples:\n{shown}"
    )
    return parser


def day(text: str) -> date:
    """Return the day that `--as-of` names.

    Raises:
        argparse.ArgumentTypeError: It is no day of the calendar, or not written YYYY-MM-DD.
    """
    if text == "today":
        return date.today()  # noqa: DTZ011 (the user's own calendar day is meant)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise argparse.ArgumentTypeError(f"`{text}` is no day; write it as YYYY-MM-DD, or `today`")
    return found


def instant(text: str) -> datetime:
    """Return an instant with its time zone.

    Raises:
        argparse.ArgumentTypeError: It is none, or has no zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"`{text}` is no instant with its zone; write it as 2026-06-30T06:00:00Z")
    return found


def names(text: str) -> tuple[str, ...]:
    """Return the names in a comma list, each once, in the order given.

    Raises:
        argparse.ArgumentTypeError: There is none.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise argparse.ArgumentTypeError("it names nothing; write a comma list, or leave the option out")
    return found


def place(text: str) -> str:
    """Return a path or an address that is not empty.

    Raises:
        argparse.ArgumentTypeError: It is empty.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; name a folder, a file or a PostgreSQL URL")
    return text


def positive(text: str) -> int:
    """Return a whole number of 1 or more, and of few enough digits that counting to it ends.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    whole = text.isascii() and text.isdigit()
    if whole and len(text) > _DIGITS:  # looked at first, since Python reads no number of thousands of digits
        raise argparse.ArgumentTypeError(f"`{text}` is too much; give a whole number of at most {_DIGITS} digits")
    if not whole or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is no whole number of 1 or more")
    return int(text)


def seed(text: str) -> int:
    """Return a whole number of 0 or more, below 2^64.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 2**64):
        raise argparse.ArgumentTypeError(f"`{text}` is no whole number from 0 to below 2^64")
    return int(text)


def add_book(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add the book, its mapping and the day; the book may be left out where it is `optional`."""
    parser.add_argument(
        "book",
        metavar="BOOK",
        nargs="?" if optional else None,
        type=place,
        help="folder of CSV, Parquet or JSONL files, a database file, or a PostgreSQL URL",
    )
    parser.add_argument(
        "--mapping",
        metavar="NAME",
        help="how foreign tables become ours: a mapping file, or the name of one that a plugin brings",
    )
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        type=Path,
        help="write bad cells and rows, which are set aside, here; all tables are read",
    )
    parser.add_argument("--as-of", metavar="DAY", type=day, help="day of the decision, YYYY-MM-DD or `today` (default)")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add what the engine is built from: rulesets, plugins, profile."""
    parser.add_argument(
        "--rulesets",
        metavar="PATH",
        nargs="+",
        action="extend",
        type=Path,
        help="more ruleset files, or folders of them",
    )
    add_plugins(parser)
    add_profile(parser)
    parser.add_argument(
        "--person-facts",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="facts about persons, and personal fields as TABLE.FIELD, that count; all others are left out",
    )
    parser.add_argument("--lock", metavar="FILE", type=Path, help="refuse what is other than this lock's")


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Add which profile holds."""
    parser.add_argument(
        "--profile",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="profiles: files, or the name of one that a plugin brings; a name, and a file without `match`, holds "
        "everywhere, the others where their `match` is true",
    )


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add which plugins are taken."""
    parser.add_argument(
        "--plugins",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="more plugins, by the name of their module; `no:NAME` leaves an installed one out",
    )
    parser.add_argument("--no-discover", action="store_true", help="leave out bundled and installed plugins")


def named_plugins(args: argparse.Namespace) -> list[str] | None:
    """Return the plugins that are named; one that lies in the current folder can be imported from there.

    Python looks there of itself only when it is called as `python -m clientcore`. What is installed is found first.
    """
    plugins: list[str] | None = args.plugins
    here = str(Path.cwd())
    for name in plugins or ():
        part = name.partition(".")[0]
        lies_here = Path(f"{part}.py").is_file() or Path(part, "__init__.py").is_file()
        if part.isidentifier() and lies_here and here not in sys.path:
            sys.path.append(here)
    return plugins


def chosen_day(args: argparse.Namespace) -> date:
    """Return the day of the decision; without `--as-of` it is today, and a note says so."""
    if args.as_of is not None:
        found: date = args.as_of
        return found
    today = date.today()  # noqa: DTZ011 (the user's own calendar day is meant)
    note(f"as of {today}, today; choose another day with --as-of")
    return today


def build_engine(args: argparse.Namespace, *, person_facts: Sequence[str] = (), more: Sequence[Ruleset] = ()) -> Engine:
    """Build the engine that the options describe.

    Args:
        args: The options.
        person_facts: Facts about persons that count.
        more: Rulesets beside those of the options.

    Raises:
        ClientcoreError: More than one profile would hold everywhere.
        RulesetError: Rulesets, a profile or the lock have problems.
        PluginError: A plugin does not load.
    """
    given = args.profile or ()
    files = [one for one in given if Path(one).exists() or Path(one).suffix]  # a file of that name wins
    profiles = [_profile(Path(one)) for one in files]
    everywhere = [profile.id for profile in profiles if profile.match is None]
    everywhere += [one for one in given if one not in files]
    if len(everywhere) > 1:
        named = ", ".join(f"`{name}`" for name in everywhere)
        raise ClientcoreError(f"profiles {named} would all hold everywhere; give at most one without `match`")
    lying = [f"{one}{ending}" for one in given for ending in (".yaml", ".yml") if one not in files]
    lying = [one for one in lying if Path(one).is_file()]
    try:
        return _built(args, profiles, everywhere, person_facts, more)
    except RulesetError as error:
        if lying and any(problem.code == "CC113" for problem in error.problems):
            raise RulesetError(f"{error}\nthere is a file `{lying[0]}`: --profile {lying[0]}") from error
        raise


def _built(
    args: argparse.Namespace,
    profiles: Sequence[Profile],
    everywhere: Sequence[str],
    person_facts: Sequence[str],
    more: Sequence[Ruleset],
) -> Engine:
    from clientcore.engine import Engine

    return Engine(
        rulesets=[*(args.rulesets or ()), *more],
        plugins=named_plugins(args),
        discover=not args.no_discover,
        profiles=profiles,
        profile=everywhere[0] if everywhere else None,
        lock=args.lock,
        person_facts=(*person_facts, *(args.person_facts or ())),
    )


def _profile(path: Path) -> Profile:
    from clientcore.load import load_profile

    profile, problems = load_profile(path)
    if profile is None or problems:
        raise RulesetError(problems=problems)
    return profile


def open_book(args: argparse.Namespace, engine: Engine, tables: Mapping[str, Iterable[str]] | None = None) -> Book:
    """Read the book; what was set aside is told on standard error and never dropped in silence.

    Args:
        args: The arguments.
        engine: Its plugins bring mappings.
        tables: What of it is needed, table → columns; None for all. `--rejects` asks for all that is wrong anywhere.

    Raises:
        BookError: The book or its mapping can't be read at all.
        ClientcoreError: What is to be written is a table that the mapping reads.
    """
    from clientcore.book import mapping_file, read_book  # loads Polars

    mapping = None if args.mapping is None else mapping_file(args.mapping, engine.checked.catalog.mappings)
    if mapping is not None:
        spare_sources(args, mapping)
    book = read_book(args.book, mapping=mapping, tables=None if args.rejects else tables, rejects=args.rejects)
    tell_wrong(args, book)
    return book


def comes_in_parts(args: argparse.Namespace) -> bool:
    """Return whether a book can be evaluated while it is read: Parquet files, of which no more is asked."""
    from clientcore import book

    more = args.mapping or args.rejects or args.answers or args.subject == "organisation"
    return not more and book.comes_in_parts(args.book)


def open_in_parts(args: argparse.Namespace, tables: Mapping[str, Iterable[str]] | None) -> BookInParts:
    """Look at the files of a book that comes in parts; `tell_wrong` says afterwards what was set aside.

    Raises:
        BookError: The book can't be read at all.
    """
    from clientcore.book import read_book

    return read_book(args.book, tables=tables, in_parts=True)


def tell_wrong(args: argparse.Namespace, book: Book | BookInParts) -> None:
    """Tell on standard error what was set aside."""
    from clientcore.book.lines import place_of

    for problem in book.problems:
        note(str(problem))
    rejects = book.rejects
    count = rejects.height
    if count:
        for row in rejects.head(_SHOWN).iter_rows(named=True):
            column = f", column {row['column']}" if row["column"] else ""
            note(f"{row['file']}: {place_of(row['file'], row['row'])}{column}: {row['code']} {row['message']}")
        more = f"{count - _SHOWN:,} more; " if count > _SHOWN else ""
        where = f"all are in {args.rejects}" if args.rejects else "write them all with --rejects FILE"
        note(f"{more}{'1 cell or row was' if count == 1 else f'{count:,} cells or rows were'} set aside; {where}")
    if book.unattached:
        alone = ", ".join(f"{counted(rows, 'row')} of `{table}`" for table, rows in book.unattached.items())
        note(f"of no account, so no account's decision sees them: {alone}")
    for table in lost_tables(book):
        complain(f"every row of `{table}` was set aside, so nothing of it is known")


def lost_tables(book: Book | BookInParts) -> list[str]:
    """Return the tables that hold nothing because every row of theirs was set aside: no answer stands on them."""
    touched, rows = book.rejects["table"].unique().sort().to_list(), book.rows
    return [table for table in touched if rows.get(table) == 0]
