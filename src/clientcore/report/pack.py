"""R20: the agenda of an account's review, pre-filled with what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from clientcore.decision import column
from clientcore.errors import FactError, did_you_mean
from clientcore.report.registry import Report
from clientcore.report.sources import Sources, table_of, unknown

_PACK = {
    "item": "count: place on the agenda",
    "topic": "text: what to talk about",
    "stands": "text: scores, outcomes and states, intervals where something is unknown",
    "found": "text: rules that hold",
    "unknown": "count: rules that are unknown",
    "records": "count: records of the book to look at",
}
#: Topic → rulesets, and the table of the book whose records it is about; the order and the choice are ours.
AGENDA: Mapping[str, tuple[tuple[str, ...], str]] = {
    "what was agreed last time": ((), "reviews"),
    "how we did": (("culture.success",), "commitments"),
    "the client's business and its market": (("spectrum.evidence",), "insights"),
    "changes in both organisations": (("risk.warning",), "contacts"),
    "contracts, duties and what is overdue": (("culture.contract",), "contracts"),
    "our own goals": (("culture.components",), "goal_metrics"),
    "sales and what may come": (("spectrum.servicing",), "opportunities"),
    "competitors": (("spectrum.education",), "competitors"),
    "strengths, weaknesses, chances and threats": ((), "reviews"),
    "contacts and ties": (("starter.account", "relationship.model"), "account_contact_roles"),
    "what we do not know": (("risk.data",), "insights"),
    "what the client says": (("voice.answers", "voice.response"), "survey_responses"),
    "complaints and cases": (("service.handling",), "cases"),
    "time spent together": (("relationship.effort",), "interactions"),
    "trust and how we keep promises": (("trust.partner", "trust.parts"), "commitments"),
    "ways of working": (("culture.fit", "culture.induction"), "inductions"),
    "goals of both sides": (("relationship.intent",), "mutual_goals"),
    "risks": (("risk.register",), "risks"),
    "what contradicts itself": (("risk.disagreement",), "decision_records"),
    "options and the next step": (("spectrum.mode", "spectrum.next_steps"), "opportunities"),
}
_RULESETS = tuple(dict.fromkeys(name for names, _ in AGENDA.values() for name in names))


def _pack(sources: Sources) -> pl.DataFrame:
    mine = sources.frame.filter(pl.col("account_id") == sources.account)
    if mine.is_empty():
        near = did_you_mean(str(sources.account), sources.frame["account_id"].to_list())
        raise FactError(f"CC403 no account `{sources.account}` among the decisions; {near}")
    row = mine.row(0, named=True)
    rows = []
    for item, (topic, (rulesets, table)) in enumerate(AGENDA.items(), start=1):
        truths = {name: row[name] for ruleset in rulesets for name in _rules(row, ruleset)}
        held = [name.replace("__", "/") for name, truth in truths.items() if truth]
        own = sources.table(table).filter(pl.col("account_id") == sources.account).height
        records = own if sources.has(table) else None
        rows.append(
            {
                "item": item,
                "topic": topic,
                "stands": "; ".join(one for ruleset in rulesets for one in _stands(row, ruleset)),
                "found": "; ".join(held),
                "unknown": unknown(truths.values()),
                "records": records,
            }
        )
    return table_of(rows, _PACK)


def _rules(row: Mapping[str, Any], ruleset: str) -> list[str]:
    head = f"{column(ruleset)}__"
    return [name for name in row if name.startswith(head)]


def _stands(row: Mapping[str, Any], ruleset: str) -> list[str]:
    """Return each score as a value or an interval, and each outcome and state, of a ruleset."""
    head = f"{column(ruleset)}_"
    said = []
    for name, value in row.items():
        if not name.startswith(head) or name.startswith(f"{column(ruleset)}__"):
            continue
        if f"{name}_low" in row:
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            if low is not None and high is not None:
                shown = f"{low:.2f}" if value is not None else f"{low:.2f} to {high:.2f}"
                said.append(f"{name.removeprefix(head)} {shown}")
        elif isinstance(value, str) and not name.endswith(("_band", "_pending", "_last")):
            said.append(f"{name.removeprefix(head)} {value}")
    return said


REPORTS = (
    Report(
        id="R20",
        title="Agenda of an account's review",
        question="What is there to talk about with, or about, one account?",
        make=_pack,
        columns=_PACK,
        rulesets=_RULESETS,
        tables=tuple(dict.fromkeys(table for _, table in AGENDA.values())),
        needs=("account",),
        note="For inside use: it shows names of rules. The choice of twenty items follows the reviews of account "
        "management; their order is ours.",
    ),
)
