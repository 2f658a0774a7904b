"""Print into docs/reports.md what every report answers, needs and gives:  python tools/reports.py [--check]."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from clientcore.report import REPORTS, Report
from pages import write_pages

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reports.md"
#: What stands above it on the page is written by hand.
MARK = "<!-- reports -->\n"
_RUN = {
    "R5": " --previous 2026-03-31",
    "R7": " --horizon 180",
    "R17": " --all",
    "R18": " --scores starter.account.ties,risk.warning.signs --horizon 180",
    "R20": " --account a-0001",
}
_DAY = {"R18": "2025-12-31"}


def section(report: Report) -> Iterator[str]:
    """Yield the lines of one report."""
    yield f"## {report.id}: {report.title}"
    yield ""
    yield report.question
    if report.note:
        yield report.note
    yield ""
    needs = [("rulesets", report.rulesets), ("facts", report.facts), ("tables", report.tables)]
    said = [f"{word} {', '.join(f'`{name}`' for name in names)}" for word, names in needs if names]
    said += [f"score `{report.score}`, or others that are named"] if report.score else []
    said += [f"the option `{name}`" for name in report.needs]
    yield f"Needs {'; '.join(said)}; one decision for each {report.subject}."
    if report.takes:
        yield f"Takes {', '.join(f'`{name}`' for name in report.takes)}."
    yield ""
    if report.limits:
        yield "| limit | default | range | unit | meaning |"
        yield "|---|---|---|---|---|"
        for one in report.limits:
            default = f"param `{one.param}`" if one.param else f"{one.value:g}"
            yield f"| `{one.id}` | {default} | {one.range[0]:g} to {one.range[1]:g} | {one.unit} | {one.doc} |"
        yield ""
    yield "```console"
    yield f"$ clientcore report book {report.id} --as-of {_DAY.get(report.id, '2026-06-30')}{_RUN.get(report.id, '')}"
    yield "```"
    yield ""
    yield "| column | meaning |"
    yield "|---|---|"
    yield from (f"| `{name}` | {said.partition(': ')[2]} |" for name, said in report.columns.items())
    yield ""


def page() -> str:
    """Return the page: what is written by hand, then every report."""
    written = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    printed = "\n".join(line for report in REPORTS.values() for line in section(report))
    return f"{written}{MARK}\n{printed.rstrip()}\n"


if __name__ == "__main__":
    sys.exit(write_pages("print docs/reports.md", {PAGE: page()}))
