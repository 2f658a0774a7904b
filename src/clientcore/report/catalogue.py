"""Every report, by id."""

from __future__ import annotations

from collections.abc import Mapping

from clientcore.report import deals, duties, organisation, outcomes, pack, risks, spectrum, ties, trade, voice
from clientcore.report.registry import Report

_MODULES = (spectrum, ties, outcomes, trade, duties, risks, deals, voice, organisation, pack)

#: R1 to R21.
REPORTS: Mapping[str, Report] = {
    report.id: report
    for report in sorted((one for module in _MODULES for one in module.REPORTS), key=lambda one: int(one.id[1:]))
}
