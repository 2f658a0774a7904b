"""The program: one parser, one place where errors become messages and exit codes."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence

from clientcore.cli import (
    answers,
    cases,
    check,
    demo,
    evaluate,
    explain,
    lock,
    plugins,
    questions,
    reports,
    review,
    schema,
    session,
    simulate,
    sql,
)
from clientcore.cli.arguments import Parser, Version
from clientcore.cli.files import reason
from clientcore.cli.inputs import spare_inputs
from clientcore.cli.terminal import complain, note
from clientcore.cli.words import in_options
from clientcore.errors import ClientcoreError

FINE, FINDINGS, BAD_INPUT, DEFECT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141
_COMMANDS = (
    evaluate,
    explain,
    review,
    questions,
    answers,
    reports,
    session,
    check,
    cases,
    plugins,
    lock,
    simulate,
    sql,
    demo,
    schema,
)
#: New objects after which Python looks for garbage in cycles.
_YOUNG = 100_000
#: What Python makes of bytes of an argument that are no UTF-8.
_NO_TEXT = re.compile("[\udc80-\udcff]")
_EXAMPLES = """\
examples:
  clientcore demo
  clientcore simulate -n 1000 --seed 7 -o book
  clientcore evaluate book --as-of 2026-06-30 -o decisions.parquet
  clientcore explain book a-0001 --as-of 2026-06-30

exit codes: 0 fine, 1 findings or failed cases, 2 wrong usage or bad input, 3 a defect of clientcore
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name; None takes those of this process.

    Returns:
        The exit code: 0 fine, 1 findings or failed cases, 2 wrong usage or bad input, 3 a defect of ours, 130
        interrupted, 141 the reader of our output has gone.

    Example:
        >>> main(["check", "--help"])  # doctest: +ELLIPSIS
        usage: clientcore check ...
        0
    """
    interrupts: list[int] = []
    if logging.lastResort is not None:
        logging.getLogger("clientcore").addHandler(logging.lastResort)  # warnings go to where errors go
    if argv is None:
        # rulesets and plans are many small objects that stay: to look through all of them every 700 new ones for what
        # could go takes a fifth of the start
        gc.set_threshold(_YOUNG)
        signal.signal(signal.SIGTERM, _stop)
        if (
            signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):  # a shell lets jobs in the background ignore it
            signal.signal(signal.SIGINT, lambda signum, _frame: _interrupt(interrupts, signum))
    debug = False
    try:
        _require_text(sys.argv[1:] if argv is None else argv)
        args = _parser().parse(argv)
        debug = args.debug
        spare_inputs(args)
        code = int(args.run(args))
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FINE
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        _silence()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 (the last stop before a traceback)
        # what runs below Python, DuckDB for one, makes an error of its own of an interrupt
        return _interrupted() if interrupts else _report(error, debug=debug)
    return code


def _require_text(argv: Sequence[str]) -> None:
    for given in argv:
        if _NO_TEXT.search(given):
            raise ClientcoreError(f"`{given}` holds bytes that are no UTF-8; write it as UTF-8")


def _interrupt(interrupts: list[int], signum: int) -> None:
    interrupts.append(signum)
    raise KeyboardInterrupt


def _interrupted() -> int:
    note("")
    complain("interrupted; nothing was left half-written")
    return INTERRUPTED


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return name → parser of every command, in the order of the help."""
    whole = _parser()
    (listed,) = (one for one in whole._actions if isinstance(one, argparse._SubParsersAction))  # noqa: SLF001
    return dict(listed.choices)


def _parser() -> Parser:
    parser = Parser(
        prog="clientcore",
        description="Rules for client relationships: evaluate a book of accounts, explain each answer.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action=Version)
    listed = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        sub = command.add(listed)
        sub.set_defaults(run=command.run, parser=sub)
        sub.add_argument("--debug", action="store_true", help="show the traceback of a defect")
    return parser


def _report(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, ClientcoreError):
        _tell(error)
        return BAD_INPUT
    if isinstance(error, OSError):
        named = f" `{error.filename}`" if error.filename is not None else ""
        complain(f"can't read or write{named}: {reason(error)}")
        return BAD_INPUT
    complain(f"a defect of clientcore, not of your input: {type(error).__name__}: {error}")
    if not debug:
        note("run the command again with --debug and report what it prints")
    return DEFECT


def _tell(error: ClientcoreError) -> None:
    """Write every line of an error: behind its place in a file, or else behind the name of the program."""
    places = [f"{problem.where}: " for problem in error.problems if problem.where is not None and problem.where.file]
    for line in str(error).splitlines():
        told = in_options(line)
        if told.startswith(tuple(places)):
            note(told)
        else:
            complain(told)


def _stop(signum: int, _frame: object) -> None:
    """Turn a polite kill into an exit that removes drafts of output files."""
    raise SystemExit(128 + signum)


def _silence() -> None:
    """Send what is still buffered to nowhere, so that Python doesn't complain when it ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # a standard output without a file behind it
        return
