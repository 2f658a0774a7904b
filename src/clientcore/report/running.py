"""Running a report: what has to be evaluated for it, what a frame lacks, and the table itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from clientcore.arguments import listed, require_day, require_flag, require_text
from clientcore.decision import column
from clientcore.errors import FactError, did_you_mean
from clientcore.parse import parse
from clientcore.report.asked import named, require_book, require_engine, require_given, require_limits
from clientcore.report.catalogue import REPORTS
from clientcore.report.clients import clients_only
from clientcore.report.registry import Report
from clientcore.report.sources import Sources, facts_ruleset, table_of
from clientcore.ruleset import SUBJECTS, Formula, Ruleset, Scorecard, Term

if TYPE_CHECKING:
    import polars as pl

    from clientcore.book import Book

#: Bounds of a fact that reports read: as wide as a number that may enter.
_BOUNDS = (-1e18, 1e18)


def measures(ids: Iterable[str] = tuple(REPORTS), *, subject: str = "account") -> Ruleset:
    """Return a ruleset whose scores are the facts that some reports read, one score for each fact.

    A frame of decisions holds scores and no facts. An engine that has this ruleset too gives frames with both, so that
    a report counts with the same facts as the rules do: the same params, the same day, the same answers handed in.

    Args:
        ids: Ids of reports.
        subject: Whose facts.

    Raises:
        FactError: There is no such report, or no such subject (CC403).

    Example:
        >>> sorted(measures(["R3"]).scores)
        ['intent_shown_client', 'intent_shown_supplier', 'revenue_12m']
    """
    require_text("subject", subject, f"give one of: {', '.join(SUBJECTS)}")
    if subject not in SUBJECTS:
        raise FactError(f"CC403 no subject `{subject}`; {did_you_mean(subject, SUBJECTS)}")
    reports = [named(id_, "ids") for id_ in listed("ids", ids)]
    wanted = {fact for found in reports if found.subject == subject for fact in found.facts}
    scores = {}
    for fact in sorted(wanted):
        term = Term(id="fact", value=Formula(fact, parse(fact)), range=_BOUNDS)
        scores[fact] = Scorecard(id=fact, aggregate="min", range=_BOUNDS, terms=(term,), unit="", title=fact)
    return Ruleset(
        id=facts_ruleset(subject),
        version="1.0.0",
        title="Facts that reports read",
        subject=subject,
        scores=scores,
    )


def needed(id_: str, scores: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what an engine has to compute for a report, as `only` of `evaluate_book` takes it.

    Args:
        id_: Id of the report.
        scores: Scores that the report is to be about, where it takes any.

    Example:
        >>> needed("R3")
        ('relationship.intent.*', 'relationship.intent/*', 'report.facts.*')
    """
    found = named(id_)
    about = _about(found, listed("scores", scores))
    rulesets = dict.fromkeys([*found.rulesets, *(score.rpartition(".")[0] for score in about)])
    wanted = [f"{ruleset}{mark}*" for mark in "./" for ruleset in rulesets]
    facts = [f"{facts_ruleset(found.subject)}.*"] if found.facts else []
    return tuple(dict.fromkeys([*wanted, *about, *facts]))


def _about(found: Report, scores: Sequence[str]) -> tuple[str, ...]:
    """Return the scores that a report is about: those that are named, else its own."""
    return tuple(scores) or ((found.score,) if found.score else ())


def report(
    id_: str,
    frame: pl.DataFrame,
    *,
    book: Book | None = None,
    previous: pl.DataFrame | None = None,
    account: str | None = None,
    scores: Sequence[str] = (),
    horizon_days: int = 365,
    titles: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    limits_by: Mapping[str, Mapping[str, float]] | None = None,
) -> pl.DataFrame:
    """Return a report as a frame; accounts of the book that supply us are left out, unless it is about one account.

    Args:
        id_: R1 to R21.
        frame: Decisions of one day of the report's subject, as `evaluate_book` gives them; for reports that read facts
            by an engine that has `measures` too.
        book: The book, for reports that read its tables.
        previous: Decisions of an earlier day, for reports of what moved.
        account: The account, for reports about one.
        scores: Scores, for reports that take any.
        horizon_days: Days that a report looks ahead, 1 or more.
        titles: What rules, scores, tables and states are called (`titles_of`); by default the words of their ids.
        limits: Numbers that it draws lines with, where not the default; params of rulesets have none (`limits_of`).
        limits_by: Account → limits that hold for it instead (`limits_by_account`).

    Returns:
        The table; `REPORTS[id_].columns` says what its columns mean. The order of `frame` is without effect.

    Raises:
        FactError: There is no such report, the frame lacks what it reads, or an option that it needs is not given
            (CC403).
    """
    found, given = named(id_), {"scores": scores, "titles": titles, "limits": limits, "limits_by": limits_by}
    require_given(found, book, {"frame": frame, "previous": previous}, account, horizon_days, **given)
    about = _about(found, scores)
    _require(found, frame, about)
    if previous is not None and "previous" in (*found.needs, *found.takes):
        _require(found, previous, about, "the frame before")
    held = _limits(found, limits or {})
    theirs = {account: _limits(found, {**held, **own}) for account, own in (limits_by or {}).items()}
    if book is not None and account is None:
        book, frame, previous = clients_only(book, frame, previous)
    if not frame.height:
        return table_of([], found.columns)
    sources = Sources(
        frame=frame.sort(f"{found.subject}_id"),
        as_of=frame["as_of"][0],
        book=book,
        previous=previous,
        account=account,
        scores=about,
        horizon_days=horizon_days,
        titles=titles or {},
        limits=held,
        limits_by=theirs,
    )
    return found(sources)


def limits_of(engine: Any, id_: str) -> dict[str, float]:
    """Return the numbers that a report draws lines with and that are params of rulesets, as an engine has them.

    They hold with the profile of the engine. What profiles that hold by a condition say is in `limits_by_account`.

    Args:
        engine: The engine that made the frame.
        id_: Id of the report.

    Example:
        >>> import clientcore as cc
        >>> limits_of(cc.Engine(), "R8")["keep_floor"]
        0.8
    """
    require_engine(engine)
    return _limits_under(engine, named(id_), engine.pinned[0] if engine.pinned else None)


def limits_by_account(engine: Any, id_: str, book: Book, as_of: date) -> dict[str, dict[str, float]]:
    """Return account → limits of a report under the profile that holds for it by a condition.

    Accounts for which none holds are left out, and all are where the engine has a profile of its own.

    Args:
        engine: The engine that made the frame.
        id_: Id of the report.
        book: The book, whole.
        as_of: The day of the frame.

    Raises:
        FactError: There is no such report (CC403).
    """
    found = named(id_)
    require_engine(engine)
    require_book(book)
    require_day(as_of)
    if not engine.profiles_vary or not any(limit.param for limit in found.limits):
        return {}
    under = {name: _limits_under(engine, found, name) for name, _, _ in engine.profiles_vary}
    held = {
        account["id"]: engine.profile_of(None, account, as_of)  # a condition may read anything of an account
        for account in book.subjects("account")
    }
    return {account: under[name] for account, name in held.items() if name is not None}


def _limits_under(engine: Any, found: Report, profile: str | None) -> dict[str, float]:
    wanted = {limit.id: tuple(limit.param.rsplit(".", 1)) for limit in found.limits if limit.param}
    if not wanted:
        return {}
    values = engine.params_of(engine.plan(found.subject), profile)
    return {name: values[param] for name, param in wanted.items() if param in values}


def _limits(found: Report, given: Mapping[str, float]) -> dict[str, float]:
    """Return every limit of a report; what is given holds before its default."""
    known = {limit.id: limit for limit in found.limits}
    for name, value in given.items():
        if name not in known:
            hint = did_you_mean(name, known) if known else "it takes none"
            raise FactError(f"CC403 report {found.id} has no limit `{name}`; {hint}")
        low, high = known[name].range
        if not low <= value <= high:
            raise FactError(f"CC403 limit `{name}` of report {found.id} is {value:g}; from {low:g} to {high:g}")
    held = {limit.id: given.get(limit.id, limit.value) for limit in found.limits}
    lacking = ", ".join(f"`{name}`" for name, value in held.items() if value is None)
    if lacking:
        advice = "`clientcore.report.limits_of` gives them"
        raise FactError(f"CC403 report {found.id} needs `limits` for {lacking}, params of its rulesets; {advice}")
    return {name: value for name, value in held.items() if value is not None}


def titles_of(engine: Any) -> dict[str, str]:
    """Return column of a frame of decisions → what people call it: rules, scores, tables and states with a title.

    Args:
        engine: The engine that made the frame.
    """
    require_engine(engine)
    found = {}
    for ruleset in engine.rulesets:
        for rule in ruleset.firing.values():
            found[column(f"{ruleset.id}/{rule.id}")] = rule.heading
        for parts in (ruleset.scores, ruleset.tables, ruleset.states):
            found |= {column(f"{ruleset.id}.{name}"): part.title for name, part in parts.items()}
    return {name: title for name, title in found.items() if title}


def run_report(
    engine: Any,
    book: Book,
    id_: str,
    *,
    as_of: date,
    previous: date | None = None,
    everything: bool = False,
    **options: Any,
) -> pl.DataFrame:
    """Evaluate what a report needs and return it.

    Args:
        engine: An engine that has `measures` of this report too, where it reads facts.
        book: The book.
        id_: R1 to R21.
        as_of: The day.
        previous: An earlier day, to be evaluated from the same book.
        everything: Whether to evaluate all there is and not only what the report needs.
        options: As `report` takes them.

    Raises:
        FactError: The engine lacks a ruleset or a fact that the report reads, or `previous` is not earlier (CC403).
    """
    found = named(id_)
    require_engine(engine)
    require_book(book)
    require_day(as_of)
    require_flag("everything", everything)
    if previous is not None:
        require_day(previous, "previous")
    if options.get("limits") is not None:
        require_limits("limits", options["limits"])
    if previous is not None and previous >= as_of:
        raise FactError(f"CC403 `previous` is {previous}, not earlier than {as_of}; give the day to compare with")
    known = {ruleset.id for ruleset in engine.rulesets}
    lacking = [f"`{name}`" for name in found.rulesets if name not in known]
    if lacking:
        raise FactError(f"CC403 report {found.id} needs {', '.join(lacking)}; add the plugins that bring them")
    given = dict(options.get("limits") or {})
    options["limits"] = limits_of(engine, id_) | given
    _limits(found, options["limits"])  # before anything is evaluated
    if "limits_by" not in options:
        theirs = limits_by_account(engine, id_, book, as_of)
        options["limits_by"] = {account: own | given for account, own in theirs.items()}  # what is asked for holds
    scores = listed("scores", options.get("scores") or ())
    _require_scores(engine, found.subject, scores)
    only = [name for name in needed(id_, scores) if computable(engine, found.subject, name)]
    wanted = {"subject": found.subject, "only": None if everything else only}
    earlier = None if previous is None else engine.evaluate_book(book, as_of=previous, **wanted)
    frame = engine.evaluate_book(book, as_of=as_of, **wanted)
    return report(id_, frame, book=book, previous=earlier, titles=titles_of(engine), **options)


def computable(engine: Any, subject: str, pattern: str) -> bool:
    """Return whether a pattern names anything: a ruleset may have rules alone, or none."""
    if not pattern.endswith((".*", "/*")):
        return True
    stem, mark = pattern[:-2], pattern[-2]
    for ruleset in engine.rulesets:
        if ruleset.id == stem and ruleset.subject == subject:
            return bool(ruleset.rules) if mark == "/" else bool(ruleset.scores or ruleset.tables or ruleset.states)
    return False


def _require_scores(engine: Any, subject: str, scores: Sequence[str]) -> None:
    known = [f"{one.id}.{name}" for one in engine.rulesets if one.subject == subject for name in one.scores]
    for name in scores:
        if name not in known:
            raise FactError(f"CC403 `scores` names `{name}`, which is no score; {did_you_mean(name, known)}")


def _require(found: Report, frame: pl.DataFrame, scores: Sequence[str], what: str = "the frame") -> None:
    key = f"{found.subject}_id"
    if key not in frame.columns or "as_of" not in frame.columns:
        raise FactError(f"CC403 report {found.id} needs decisions on each {found.subject}; {what} is about others")
    stems = {name: column(name) for name in found.rulesets}
    if frame["as_of"].n_unique() > 1:
        raise FactError(f"CC403 report {found.id} is about one day, and the frame holds several")
    lacking = [f"ruleset `{name}`" for name, stem in stems.items() if not _has(frame, stem)]
    own = facts_ruleset(found.subject)
    lacking += [f"fact `{name}`" for name in found.facts if column(f"{own}.{name}") not in frame.columns]
    lacking += [f"score `{name}`" for name in scores if f"{column(name)}_low" not in frame.columns]
    if lacking:
        about = "" if found.subject == "account" else f"subject={found.subject!r}"
        gives = f"; `clientcore.report.measures({about})` gives the facts" if found.facts else ""
        advice = f"evaluate with them{gives}"
        raise FactError(f"CC403 report {found.id}: {what} lacks {', '.join(lacking)}; {advice}")


def _has(frame: pl.DataFrame, stem: str) -> bool:
    return any(name.startswith(f"{stem}_") for name in frame.columns)
