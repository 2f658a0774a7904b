"""Parquet to Parquet over related records: facts and rules beside the same by hand in Polars, and all bundled rulesets.

Run it with `make bench`, or `python tests/bench/bench_book.py [accounts …] [run …]`. The answers by hand are compared
row by row before the ratio is printed; each run is a process of its own, whose peak of memory is shown. The facts of
the bundled rulesets are computed by hand too (`by_hand/`), and compared with ours on two books of 5,000 accounts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl
from by_hand.book import write_facts
from by_hand.compared import require_same, write_alone
from large_book import DAY, DRAWN, large_book

import clientcore as cc
from clientcore.batch import tables_read
from clientcore.plan import RuleStep, ScoreStep

#: Related rows for each account.
DENSITY = 20
GOAL = 1.5
RULESET = """\
format: clientcore/1
language: cel-profile/1
ruleset: bench.book
version: 1.0.0
subject: account
title: Facts from related records
facts:
  talks: {value: "interactions.filter(i, has(i.occurred_on) && i.occurred_on > as_of - 90).size()"}
  meetings: {value: "interactions.filter(i, has(i.kind) && i.kind == 'meeting').size()"}
  quiet_days: {value: "as_of - interactions.filter(i, has(i.occurred_on)).map(i, i.occurred_on).max()"}
  questions: {value: "interactions.filter(i, has(i.questions)).map(i, i.questions).sum()"}
  kinds: {value: "interactions.filter(i, has(i.kind)).map(i, i.kind).count_distinct()"}
  orders_12m: {value: "orders.filter(o, has(o.ordered_on) && o.ordered_on > as_of - 365).size()"}
  revenue: {value: "orders.filter(o, has(o.amount)).map(o, o.amount).sum()"}
  mean_order: {value: "orders.filter(o, has(o.amount)).map(o, o.amount).mean()"}
  due: {value: "commitments.filter(c, has(c.due_on) && c.due_on <= as_of).size()"}
  kept: {value: "commitments.filter(c, has(c.due_on) && has(c.kept_on) && c.kept_on <= c.due_on).size()"}
  kept_share: {value: "kept / due"}
rules:
  - {id: quiet, when: "quiet_days > 60 || talks < 2"}
  - {id: shallow, when: "meetings < 1 && questions < 5"}
  - {id: varied, when: "kinds > 2"}
  - {id: buys, when: "orders_12m > 0 && revenue > 20000"}
  - {id: small, when: "mean_order < 5000"}
  - {id: overcommitted, when: "due > 1 && kept_share < 0.8"}
"""
RULES = ("buys", "overcommitted", "quiet", "shallow", "small", "varied")


def by_hand(book: Path, target: Path) -> None:
    """Write the same decisions with one query in streaming Polars."""
    day, c = pl.lit(DAY), pl.col
    talks = pl.scan_parquet(book / "interactions.parquet").filter(
        c("occurred_on").is_null() | (c("occurred_on") <= day)
    )
    talked = talks.group_by("account_id").agg(
        talks=(c("occurred_on") > day - timedelta(days=90)).sum(),
        meetings=(c("kind") == "meeting").sum(),
        quiet_days=(day - c("occurred_on").max()).dt.total_days(),
        questions=c("questions").sum(),
        kinds=c("kind").drop_nulls().n_unique(),
    )
    bought = pl.scan_parquet(book / "orders.parquet").group_by("account_id").agg(
        orders_12m=(c("ordered_on") > day - timedelta(days=365)).sum(),
        revenue=c("amount").sum(),
        mean_order=c("amount").mean(),
    )  # fmt: skip
    promised = pl.scan_parquet(book / "commitments.parquet").group_by("account_id").agg(
        due=(c("due_on") <= day).sum(),
        kept=((c("kept_on") <= c("due_on")) & (c("kept_on") <= day)).sum(),
    )  # fmt: skip
    frame = pl.scan_parquet(book / "accounts.parquet").select("id")
    for one in (talked, bought, promised):
        frame = frame.join(one, left_on="id", right_on="account_id", how="left", maintain_order="left")
    zero = [c(name).fill_null(0) for name in _COUNTS]
    share = pl.when(c("due") > 0).then(c("kept") / c("due"))
    frame.with_columns(zero).select(
        "id",
        buys=(c("orders_12m") > 0) & (c("revenue") > 20_000),
        overcommitted=(c("due") > 1) & (share < 0.8),
        quiet=(c("quiet_days") > 60) | (c("talks") < 2),
        shallow=(c("meetings") < 1) & (c("questions") < 5),
        small=c("mean_order") < 5_000,
        varied=c("kinds") > 2,
    ).sink_parquet(target)


_COUNTS = ("talks", "meetings", "questions", "kinds", "orders_12m", "revenue", "due", "kept")


def by_ruleset(book: Path, target: Path) -> None:
    """Write the decisions of the ruleset, which takes no handed-in facts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.yaml"
        path.write_text(RULESET, encoding="utf-8")
        engine = cc.Engine(rulesets=[path], plugins=[], discover=False)
        (Path(folder) / "book").mkdir()
        for file in book.iterdir():
            if file.stem != "facts":
                (Path(folder) / "book" / file.name).symlink_to(file)
        _evaluated(engine, Path(folder) / "book", target)


def bundled(book: Path, target: Path) -> None:
    """Write the decisions of every bundled ruleset."""
    _evaluated(cc.Engine(), book, target)


def _evaluated(engine: cc.Engine, book: Path, target: Path) -> None:
    read = cc.read_book(book, tables=tables_read(engine, "account", None), in_parts=True)
    engine.evaluate_book(read, as_of=DAY, sink=target)
    assert read.rejects.is_empty()


BUNDLED, BY_HAND, ALONE = "bundled", "bundled by hand", "bundled, facts"
RUNS: dict[str, Callable[[Path, Path], None]] = {
    "by hand": by_hand,
    "ruleset": by_ruleset,
    BUNDLED: bundled,
    BY_HAND: write_facts,
    ALONE: write_alone,
}


def main(sizes: list[int], names: list[str]) -> None:
    """Compare and time books of several sizes."""
    with tempfile.TemporaryDirectory() as folder:
        facts = _same_facts(Path(folder)) if BY_HAND in names else ""
        for accounts in sizes:
            path = Path(folder) / f"book-{accounts}"
            rows = large_book(path, accounts, accounts * DENSITY)
            print(f"{accounts:,} accounts, {rows:,} related rows, Parquet to Parquet", flush=True)
            targets = {name: Path(folder) / f"{name}.parquet" for name in ("by hand", "ruleset", *names)}
            found = {name: _run(name, path, target) for name, target in targets.items()}
            hand, ours = (pl.scan_parquet(targets[name]) for name in ("by hand", "ruleset"))
            for rule in RULES:
                both = pl.concat([hand.select(a=rule), ours.select(b=f"bench_book__{rule}")], how="horizontal")
                assert both.select(pl.col("a").eq_missing(pl.col("b")).all()).collect().item(), rule
            for name, (taken, busy, peak) in found.items():
                print(f"  {name:<16}{taken:>8.1f} s, {busy:.1f} s of processors, at most {peak:,} MB")
            _compare("ruleset", found["ruleset"], found["by hand"])
            for name in (one for one in (ALONE, BUNDLED) if {one, BY_HAND} <= set(names)):
                _compare(name, found[name], found[BY_HAND])
            if {BUNDLED, BY_HAND} <= set(names):
                print(f"  {facts}; ours decides {_decided()} from all its facts besides", flush=True)


def _compare(name: str, ours: tuple[float, float, int], hand: tuple[float, float, int]) -> None:
    ratio, work, memory = (one / other for one, other in zip(ours, hand, strict=True))
    mark = "met" if ratio <= GOAL else "MISSED"
    print(f"  {name} {ratio:.1f} times by hand, {work:.1f} of processors, {memory:.1f} of memory, {mark}", flush=True)


def _same_facts(folder: Path) -> str:
    """Require that facts by hand are those of the engine on a book as drawn and on a thin one; tell how many."""
    large_book(folder / "whole", DRAWN)
    large_book(folder / "thin", DRAWN, DRAWN * DENSITY)
    many, lacking = next(iter({require_same(folder / name) for name in ("whole", "thin")}))
    told = f"; {len(lacking)} more that read records are not: {', '.join(lacking)}" if lacking else ""
    return f"{many} facts by hand, the same as ours{told}"


def _decided() -> str:
    steps = cc.Engine().plan().steps
    rules, scores = (sum(isinstance(step, kind) for step in steps) for kind in (RuleStep, ScoreStep))
    return f"{rules} rules and {scores} scores"


def _run(name: str, book: Path, target: Path) -> tuple[float, float, int]:
    made = subprocess.run(
        [sys.executable, __file__, name, str(book), str(target)], capture_output=True, text=True, check=True
    )
    taken, busy, peak = made.stdout.split()
    return float(taken), float(busy), int(peak)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in RUNS:
        began, busy = time.perf_counter(), time.process_time()
        RUNS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        status = Path("/proc/self/status").read_text(encoding="ascii")
        peak_kb = int(status.partition("VmHWM:")[2].split()[0])
        print(f"{time.perf_counter() - began:.3f} {time.process_time() - busy:.3f} {peak_kb // 1024}")
    else:
        chosen = [one for one in sys.argv[1:] if not one.isdigit()]
        main(
            [int(one) for one in sys.argv[1:] if one.isdigit()] or [100_000, 400_000],
            chosen or [BUNDLED, ALONE, BY_HAND],
        )
