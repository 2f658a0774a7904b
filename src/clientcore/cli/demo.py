"""`clientcore demo`: an invented book, its place on the spectrum as a picture, and one account explained."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clientcore.cli.arguments import Commands, command, positive, seed
from clientcore.cli.simulate import DEFAULT_DAY
from clientcore.cli.story import as_text
from clientcore.cli.terminal import Progress, can_draw, say
from clientcore.simulate import SimulatedBook, simulate_book, write_book

if TYPE_CHECKING:
    from clientcore.book import Book
    from clientcore.engine import Engine

_MODE = "spectrum.mode.engagement_mode"
_COLUMN = "spectrum_mode_engagement_mode"
#: Modes of which one account is worth explaining, the most telling first.
_TELLING = ("strategic_fit", "mining", "consultative", "servicing")


def add(commands: Commands) -> argparse.ArgumentParser:
    """Add the command."""
    parser = command(
        commands,
        "demo",
        "simulate a book in a temporary folder, evaluate it, draw the spectrum, explain one account",
        "demo\ndemo -n 200 --seed 3",
    )
    parser.add_argument(
        "-n", "--accounts", metavar="COUNT", type=positive, default=1000, help="accounts (default 1000)"
    )
    parser.add_argument("--seed", metavar="NUMBER", type=seed, default=7, help="same seed, same book (default 7)")
    return parser


def run(args: argparse.Namespace) -> int:
    """Simulate, evaluate, draw, explain."""
    from clientcore.batch import facts_of
    from clientcore.book import read_book
    from clientcore.engine import Engine

    with tempfile.TemporaryDirectory(prefix="clientcore-demo-") as folder:
        simulated = simulate_book(args.accounts, args.seed, DEFAULT_DAY)
        write_book(simulated, Path(folder) / "book")
        engine = Engine()
        book = read_book(Path(folder) / "book")
        modes = _evaluated(engine, book)
        rows = sum(len(table) for table in simulated.tables.values())
        say(f"an invented book: {args.accounts:,} accounts, {rows:,} rows, as of {DEFAULT_DAY}\n")
        _draw(modes, simulated)
        chosen = _telling(simulated, modes)
        decision = engine.evaluate(book.account(chosen), as_of=DEFAULT_DAY, facts=facts_of(book).get(chosen))
        say(f"\none account explained\n\n{as_text(engine, decision, engine.plan())}")
    say(f"\nnext: clientcore simulate -n {args.accounts} --seed {args.seed} -o book")
    say(f"      clientcore evaluate book --as-of {DEFAULT_DAY} -o decisions.csv")
    say(f"      clientcore explain book {chosen} --as-of {DEFAULT_DAY} --why-not engagement_mode")
    return 0


def _evaluated(engine: Engine, book: Book) -> list[str | None]:
    with Progress("accounts") as progress:
        frame = engine.evaluate_book(book, as_of=DEFAULT_DAY, only=[_MODE], on_progress=progress)
    modes: list[str | None] = frame[_COLUMN].to_list()
    return modes


def _draw(modes: Sequence[str | None], simulated: SimulatedBook) -> None:
    from clientcore_spectrum.picture import picture
    from clientcore_spectrum.portfolio import judge, portfolio

    spread = portfolio(modes, _revenues(simulated))
    say(picture(spread, judge(spread, whole=True), ascii_only=not can_draw(sys.stdout)))
    pairs = [(mode, truth.mode) for mode, truth in zip(modes, simulated.truth, strict=True) if mode is not None]
    agree = sum(mode == truth for mode, truth in pairs)
    say(f"the hidden truth of the generator has the same mode for {agree:,} of the {len(pairs):,} known accounts")


def _revenues(simulated: SimulatedBook) -> list[float]:
    sums = {truth.account_id: 0.0 for truth in simulated.truth}
    for order in simulated.tables["orders"]:
        sums[order["account_id"]] += order["amount"] or 0.0
    return list(sums.values())


def _telling(simulated: SimulatedBook, modes: Sequence[str | None]) -> str:
    first = {mode: truth.account_id for mode, truth in reversed(list(zip(modes, simulated.truth, strict=True)))}
    return next((first[mode] for mode in _TELLING if mode in first), simulated.truth[0].account_id)
