"""`clientcore report`: tables on the terminal and in files, and what is told where something lacks."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from clientcore.cli import main
from clientcore.cli.reports import as_lines
from clientcore.report import REPORTS
from clientcore.simulate import simulate_book, write_book

DAY = ["--as-of", "2026-06-30"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("reports") / "book"
    write_book(simulate_book(12, seed=3, as_of=date(2026, 6, 30)), folder)
    return str(folder)


def test_the_list_says_what_each_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(REPORTS)
    assert all(line.endswith((".", "?")) for line in lines)


def test_a_report_is_shown_and_written(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", book, "R3", *DAY]) == 0
    assert capsys.readouterr().out.split()[0] == "quadrant"
    out = tmp_path / "r3.csv"
    assert main(["report", book, "R3", *DAY, "-o", str(out)]) == 0
    assert pl.read_csv(out).columns == list(REPORTS["R3"].columns)
    assert main(["report", book, "R3", *DAY, "--set", "wants_from=0", "--format", "csv"]) == 0
    shares = {line.split(",")[0]: line.split(",")[1:3] for line in capsys.readouterr().out.splitlines()}
    assert shares["neither"] == ["0.0", "0.0"]
    assert main(["report", book, "R3", *DAY, "--set", "wants_from"]) == 2
    assert "`wants_from` is no NAME=NUMBER, as wants_from=0.6" in capsys.readouterr().err
    assert main(["report", book, "R9", *DAY, "--format", "jsonl"]) == 0
    assert capsys.readouterr().out.startswith('{"people":')
    assert main(["report", book, "R5", *DAY, "--previous", "2026-03-31"]) == 0
    assert "before" in capsys.readouterr().out


@pytest.mark.parametrize("report", list(REPORTS))
def test_each_report_is_a_table_of_its_columns(book: str, report: str, tmp_path: Path) -> None:
    out = tmp_path / "report.csv"
    options = {"R18": ["--as-of", "2025-12-31", "--horizon", "180"], "R20": [*DAY, "--account", "a-0003"]}
    assert main(["report", book, report, *options.get(report, DAY), "-o", str(out)]) == 0
    frame = pl.read_csv(out, infer_schema=False)
    assert frame.columns == list(REPORTS[report].columns)
    assert frame.height


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["R22"], "no report `R22`"),
        (["R3", "--no-discover"], "report R3 needs `relationship.intent`"),
        (["R7", "--no-discover"], "report R7 needs `starter.account`"),
        (["R5", "--previous", "March"], "`March` is no day"),
        (["R5", "--scores", "trust.partner.instruments"], "has no bands"),
        (["R5", "--scores", "nothing.there"], "--scores names `nothing.there`, which is no score"),
        (["R3", "--set", "wants_from=2"], "limit `wants_from` of report R3 is 2; from 0 to 1"),
        (["R3", "--set", "wanted=0.4"], "no limit `wanted`; one of: wants_from"),
        (["R20"], "report R20 needs --account; see"),
        (["R20", "--account", "a-9999"], "no account `a-9999`"),
        (["R3", "-o", "out.xlsx"], "can't tell the format"),
        ([], "name a book and a report"),
    ],
)
def test_what_lacks_is_told_without_a_traceback(
    book: str, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", book, *given, *DAY]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "defect" not in error


def test_a_report_that_there_is_not_is_refused_before_a_book_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "nowhere", "R22"]) == 2
    assert "no report `R22`" in capsys.readouterr().err


def test_a_report_on_tables_that_are_not_there_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "accounts.csv").write_text("id\na\n")
    assert main(["report", str(tmp_path), "R12", *DAY]) == 0
    assert (
        f"`{tmp_path}` has no table `opportunities`, so there is no opportunity; put a file" in capsys.readouterr().err
    )
    assert main(["report", str(tmp_path), "R13", *DAY, "--format", "csv"]) == 0
    told = capsys.readouterr()
    assert told.err == f"`{tmp_path}` has no table `reviews`; what the report tells of it is unknown\n"
    assert told.out.startswith("component,")


def test_a_wide_report_is_shown_row_by_row() -> None:
    frame = pl.DataFrame({"name": ["a", "b"], "said": ["x" * 30, None], "share": [0.5, 2.0]})
    assert as_lines(frame, 80).splitlines()[0].split() == ["name", "said", "share"]
    assert (
        as_lines(frame, 30)
        == f"name          a\nsaid          {'x' * 30}\nshare         0.50\n\nname          b\nshare         2"
    )
