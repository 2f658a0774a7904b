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
from clientcore.cli.summary import most_found
from clientcore.cli.terminal import Progress, can_draw, say
from clientcore.errors import counted
from clientcore.simulate import SimulatedBook, simulate_book, write_book

if TYPE_CHECKING:
    import polars as pl

    from clientcore.plan import Plan

_COLUMN = "spectrum_mode_engagement_mode"
#: Beginnings of the columns of gates, and of patterns of events.
_GATES, _PATTERNS = "spectrum_mode__gate_", "signals_trouble__"
_MOST_FINDINGS = 6
#: (Whether a pattern holds, whether a gate is unknown) → why such an account is worth explaining, the best first.
_WORTH = {
    (True, True): "on which things went wrong and not all is known",
    (False, True): "whose place is not settled, since something is not known",
    (True, False): "on which things went wrong",
    (False, False): "",
}


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
        plan = engine.plan()
        book = read_book(Path(folder) / "book")
        with Progress("accounts") as progress:
            frame = engine.evaluate_book(book, as_of=DEFAULT_DAY, on_progress=progress)
        rows = sum(len(table) for table in simulated.tables.values())
        say(f"an invented book: {counted(args.accounts, 'account')}, {counted(rows, 'row')}, as of {DEFAULT_DAY}\n")
        say("where the accounts stand, from only being served to being asked for advice on everything\n")
        _draw(frame[_COLUMN].to_list(), simulated)
        _tell_findings(plan, frame)
        chosen, why = _telling(frame)
        facts = facts_of(book, engine.fact_kinds, chosen).get(chosen)
        decision = engine.evaluate(book.account(chosen), as_of=DEFAULT_DAY, facts=facts)
        say(f"\none account explained{f', {why}' if why else ''}\n\n{as_text(engine, decision, plan)}")
    say("\nthe same on your own machine, step by step:")
    say(f"  clientcore simulate -n {args.accounts} --seed {args.seed} -o book")
    say(f"  clientcore evaluate book --as-of {DEFAULT_DAY} -o decisions.csv")
    say(f"  clientcore explain book {chosen} --as-of {DEFAULT_DAY} --why-not engagement_mode")
    say(f"  clientcore review book {chosen} --as-of {DEFAULT_DAY}")
    return 0


def _tell_findings(plan: Plan, frame: pl.DataFrame) -> None:
    found = most_found(frame, plan, "high", _MOST_FINDINGS)
    if found:
        say("\nwhat weighs most among what was found, and on how many accounts\n")
        for count, title in found:
            say(f"{count:>7,}  {title}")


def _draw(modes: Sequence[str | None], simulated: SimulatedBook) -> None:
    from clientcore_spectrum.picture import picture
    from clientcore_spectrum.portfolio import judge, portfolio

    spread = portfolio(modes, _revenues(simulated))
    say(picture(spread, judge(spread, whole=True), ascii_only=not can_draw(sys.stdout)))
    pairs = [(mode, truth.mode) for mode, truth in zip(modes, simulated.truth, strict=True) if mode is not None]
    agree = sum(mode == truth for mode, truth in pairs)
    known = counted(len(pairs), "known account")
    say(f"the hidden truth of the generator has the same mode for {agree:,} of the {known}")


def _revenues(simulated: SimulatedBook) -> list[float]:
    sums = {truth.account_id: 0.0 for truth in simulated.truth}
    for order in simulated.tables["orders"]:
        sums[order["account_id"]] += order["amount"] or 0.0
    return list(sums.values())


def _telling(frame: pl.DataFrame) -> tuple[str, str]:
    """Return an account worth explaining and what makes it so: trouble that several events tell, a gate not settled."""
    gates, patterns = ([name for name in frame.columns if name.startswith(start)] for start in (_GATES, _PATTERNS))
    first: dict[tuple[bool, bool], str] = {}
    for row in frame.select("account_id", *gates, *patterns).rows(named=True):
        about = any(row[name] for name in patterns), any(row[name] is None for name in gates)
        first.setdefault(about, row["account_id"])
    return next((first[about], why) for about, why in _WORTH.items() if about in first)
