"""Reports over a book: what stands where, with intervals kept and what is unknown counted."""

from clientcore.report.catalogue import REPORTS
from clientcore.report.registry import Limit, Report
from clientcore.report.running import limits_by_account, limits_of, measures, needed, report, run_report, titles_of

__all__ = [
    "REPORTS",
    "Limit",
    "Report",
    "limits_by_account",
    "limits_of",
    "measures",
    "needed",
    "report",
    "run_report",
    "titles_of",
]
