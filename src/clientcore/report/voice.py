"""R14: what clients say, put together over the book, with intervals and warnings of bias."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import polars as pl

from clientcore.groups import SMALLEST, hidden_groups
from clientcore.report.registry import Limit, Report
from clientcore.report.sources import Sources, chosen, everybody, share, shown_groups, table_of, too_few, total, unknown

_VOICE = {
    "segment": "text: segment of the accounts",
    "accounts": "count: its accounts",
    "accounts_silent": "count: accounts from which nobody answered",
    "accounts_unknown": "count: accounts for which that is unknown",
    "invited": "count: invitations of the window",
    "answers": "count: answers to how likely they are to recommend us",
    "nps": "number: net promoter score of all answers together, from -100 to 100; hidden where it tells of under five",
    "nps_low": "number: least that so few answers leave open (adjusted Wald)",
    "nps_high": "number: greatest of the same",
    "response_low": "number: least share of the invitations that were answered",
    "picked_by_owner": "number: mean share of invitations for which whoever serves the account chose the person",
    "warning": "text: what may make the answers better than the opinion",
}


def adjusted_share(count: int, whole: int, z: float) -> tuple[float | None, float | None]:
    """Return the least and the greatest share that a count out of a whole leaves open, adjusted Wald.

    Args:
        count: How many it is true of, 0 to `whole`.
        whole: How many there are.
        z: Width in standard errors, above 0; 1.96 for 95 %.

    Returns:
        Bounds from 0 to 1 that hold the share itself; None twice where there are none.

    Example:
        >>> low, high = adjusted_share(0, 4, 1.96)
        >>> low, round(high, 3)
        (0.0, 0.546)

    Source:
        Agresti and Coull 1998: z² answers added, half of them on each side.
    """
    if not whole:
        return None, None
    size = whole + z * z
    middle = (count + z * z / 2) / size
    margin = z * math.sqrt(middle * (1 - middle) / size)
    plain = count / whole
    return max(0.0, min(middle - margin, plain)), min(1.0, max(middle + margin, plain))


def adjusted_nps(
    promoters: float, detractors: float, answers: float, z: float, added: float
) -> tuple[float, float, float]:
    """Return the NPS of some answers with the least and the greatest that they leave open, adjusted Wald.

    Args:
        promoters: Answers of 9 and 10.
        detractors: Answers of 0 to 6.
        answers: All answers, above 0.
        z: Width in standard errors, above 0; 1.96 for 95 %.
        added: Answers that are added, a quarter to each end; 3 is best.

    Example:
        >>> [round(value) for value in adjusted_nps(5, 0, 5, 1.96, 3)]
        [100, 17, 100]

    Source:
        Rocks 2016: three answers added, three quarters of one to each end.
    """
    size = answers + added
    up, down = (promoters + added / 4) / size, (detractors + added / 4) / size
    margin = z * math.sqrt((up + down - (up - down) ** 2) / size)
    plain, middle = 100 * (promoters - detractors) / answers, 100 * (up - down)
    return plain, max(-100.0, min(middle - 100 * margin, plain)), min(100.0, max(middle + 100 * margin, plain))


def _voice(sources: Sources) -> pl.DataFrame:
    names = (
        "nps_answers",
        "nps_promoters",
        "nps_detractors",
        "survey_invited",
        "response_rate",
        "picked_by_owner_share",
    )
    facts = {name: sources.fact(name).to_list() for name in names}
    # whoever knows the score of each account with enough answers could subtract it: the rest has to be enough, too
    alone = [
        {(row, at) for at in range(int(one))} if one is not None and one < SMALLEST else set()
        for row, one in enumerate(facts["nps_answers"])
    ]
    rows, rest = [], []
    ids = sources.frame["account_id"].to_list()
    for segment, own in shown_groups(sources.segments()):
        rest.append(everybody(chosen(alone, own)))
        limits = sources.limits_for(chosen(ids, own))
        mine = {name: chosen(values, own) for name, values in facts.items()}
        told = [row for row in range(len(own)) if mine["nps_answers"][row]]
        answers = total(mine["nps_answers"])
        row: dict[str, Any] = {
            "segment": segment,
            "accounts": len(own),
            "accounts_silent": sum(one == 0 for one in mine["nps_answers"]),
            "accounts_unknown": unknown(mine["nps_answers"]),
            "invited": total(mine["survey_invited"]),
            "answers": answers,
            "response_low": _answered(mine["survey_invited"], mine["response_rate"]),
            "picked_by_owner": _mean(mine["picked_by_owner_share"]),
        }
        if answers:
            ends = [total(chosen(mine[name], told)) or 0.0 for name in ("nps_promoters", "nps_detractors")]
            row["nps"], row["nps_low"], row["nps_high"] = adjusted_nps(
                ends[0], ends[1], answers, limits["z"], limits["added_nps"]
            )
        rows.append({**row, "warning": _warning(row, limits)})
    empty = dict.fromkeys(("nps", "nps_low", "nps_high"))
    hidden = withheld([int(row["answers"] or 0) for row in rows], rest)
    return table_of(({**row, **empty} if at in hidden else row for at, row in enumerate(rows)), _VOICE)


def withheld(answers: Sequence[int], alone: Sequence[AbstractSet[Hashable]]) -> set[int]:
    """Return the places of the rows whose score would give few answers away, alone or by subtraction.

    Whoever knows the score of each account with enough answers, and what is shown here, can take one from the other.
    Where what is left of all answers is too few, the score of all is withheld, whatever else is shown; without it
    nothing can be subtracted from, so that segments go only where they are too few themselves. Otherwise the smallest
    segments join those that are, until all of them together are enough.

    Args:
        answers: How many there are in each row; the last row is all together, and holds the others.
        alone: Answers in each row that are of accounts without a score of their own, since they are so few.

    Example:
        >>> sorted(withheld([9, 6, 7, 22], [{"a", "b", "c"}, set(), set(), {"a", "b", "c"}]))
        [0, 3]
    """
    few = {row for row, count in enumerate(answers) if count < SMALLEST or too_few(len(alone[row]))}
    last = len(answers) - 1
    if last in few:
        return few
    sizes, theirs = dict(enumerate(answers[:-1])), dict(enumerate(alone[:-1]))
    # segments that have no row of their own are what is left of the whole
    sizes[last] = answers[-1] - sum(sizes.values())
    theirs[last] = alone[-1] - everybody(theirs.values())
    return hidden_groups(sizes, also=theirs) - {last}


def _answered(invited: list[float | None], rates: list[float | None]) -> float | None:
    """Return the share of invitations that were answered, an unknown rate counted as none."""
    known = [(count, rate or 0.0) for count, rate in zip(invited, rates, strict=True) if count is not None]
    return share(total(count * rate for count, rate in known), total(count for count, _ in known))


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return share(total(known), len(known))


def _warning(row: dict[str, Any], limits: Mapping[str, float]) -> str:
    said = []
    if row["response_low"] is not None and row["response_low"] < limits["rate_floor"]:
        said.append("few of those invited answered")
    if row["picked_by_owner"] is not None and row["picked_by_owner"] > limits["picked_most"]:
        said.append("those who serve the account chose whom to ask")
    if row["accounts_silent"] * 2 > row["accounts"]:
        said.append("nobody answered at most accounts")
    return "; ".join(said)


REPORTS = (
    Report(
        id="R14",
        title="What clients say",
        question="How likely are clients to recommend us, how sure is that, and who was not heard?",
        make=_voice,
        columns=_VOICE,
        rulesets=("voice.answers", "voice.response"),
        facts=(
            "nps_answers",
            "nps_promoters",
            "nps_detractors",
            "survey_invited",
            "response_rate",
            "picked_by_owner_share",
        ),
        tables=("accounts",),
        note=(
            "A score is hidden where one to four answers would be left of it once the scores of accounts with five"
            " answers or more were subtracted. Where that is so of all answers, the score of all is hidden and each"
            " other stands; where it is so of hidden segments together, the smallest other one is hidden too."
        ),
        limits=tuple(
            Limit(id=param.rpartition(".")[2], doc=doc, unit=unit, range=edges, param=param)
            for param, doc, unit, edges in (
                ("voice.answers.z", "width of the interval in standard errors (S4-16)", "deviations", (1.0, 3.5)),
                ("voice.answers.added_nps", "answers added before it is taken (Rocks 2016)", "count", (0.0, 10.0)),
                (
                    "voice.response.rate_floor",
                    "share of answered invitations that are not few (S3-30)",
                    "ratio",
                    (0.0, 1.0),
                ),
                (
                    "voice.response.picked_most",
                    "share of people whom we picked that is still fine (S4-18)",
                    "ratio",
                    (0.0, 1.0),
                ),
            )
        ),
    ),
)
