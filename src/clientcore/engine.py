"""Engine: the only place that walks the whole line, from files to decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clientcore.answering import Executor, Executors, Runs, require_matcher
from clientcore.arguments import listed, margin, path_of, require_day, require_flag, require_made, require_record
from clientcore.check import Checked
from clientcore.configuration import against_lock, picklable, read_rulesets, rebuilt, strange_persons
from clientcore.decision import Base, Decision
from clientcore.errors import FactError, Problem, RulesetError, counted
from clientcore.executors.record import NO_BASE, Call, RecordExecutor, base_of
from clientcore.intake import Need, take
from clientcore.intake.children import account_of, by_id, children_of, read_once
from clientcore.matching import Matcher
from clientcore.params import Params
from clientcore.plan import Plan
from clientcore.plugins import load_plugins
from clientcore.recent import Recent
from clientcore.ruleset import Profile, Ruleset

if TYPE_CHECKING:
    import polars as pl

    from clientcore import answers, batch, databases, session, spark
    from clientcore.answers import Questionnaire
    from clientcore.book import Book, BookInParts
    from clientcore.session import AsyncSession, Session

_MOST_PROGRAMS = 64
#: How much more confident another action must be than a mentoring one of its group (basis: ours).
DOUBT_MARGIN = 0.1


class Engine:
    """Checked rulesets and plugins, ready to decide; immutable, thread-safe, pickles as its configuration.

    Args:
        rulesets: Files or folders of rulesets, or Ruleset values, besides what plugins bring.
        plugins: Plugins (modules, objects or names) besides those that are discovered.
        discover: Whether bundled and installed plugins are found by their entry points.
        profiles: Files or values of profiles that evaluations may name or match.
        profile: Profile that holds unless an evaluation names another; of these, or one that a plugin brings.
        lock: A lock file; any ruleset or plugin that differs from it is an error.
        person_facts: Facts about persons, and personal fields as `table.field`, to opt in to one by one; all others are
            left out.
        doubt_margin: Confidence, 0 to 1, within which a mentoring action wins against one of class `other`.

    Raises:
        FactError: An argument is of another kind, or `doubt_margin` not from 0 to 1 (CC403).
        RulesetError: Rulesets, profiles, the lock or `person_facts` have problems; all of them are listed.
        PluginError: A plugin can't be registered.

    Example:
        >>> from datetime import date
        >>> engine = Engine(rulesets=[], plugins=[], discover=False)
        >>> engine.evaluate({"id": "acme"}, as_of=date(2026, 6, 30)).fired
        ()
    """

    def __init__(
        self,
        rulesets: Iterable[str | Path | Ruleset] | None = None,
        *,
        plugins: Sequence[object] | None = None,
        discover: bool = True,
        profiles: Iterable[str | Path | Profile] = (),
        profile: str | None = None,
        lock: str | Path | None = None,
        person_facts: Iterable[str] = (),
        doubt_margin: float = DOUBT_MARGIN,
    ) -> None:
        require_flag("discover", discover)
        self._config = {
            "rulesets": None if rulesets is None else listed("rulesets", rulesets),
            "plugins": plugins if plugins is None or isinstance(plugins, str) else listed("plugins", plugins),
            "discover": discover,
            "profiles": listed("profiles", profiles),
            "profile": profile,
            "lock": lock,
            "person_facts": listed("person_facts", person_facts),
            "doubt_margin": margin(doubt_margin),
        }
        self._plugins = load_plugins(self._config["plugins"], discover=discover)  # type: ignore[arg-type]
        self._checked, problems = read_rulesets(self._config["rulesets"], self._plugins.catalog)  # type: ignore[arg-type]
        self._params = Params.of(self._checked, self._config["profiles"], problems)  # type: ignore[arg-type]
        self._params.require(profile, problems)
        self._profile = profile
        if lock is not None:
            held = path_of("lock", lock, "give the path of a lock file")
            problems += against_lock(held, self.rulesets, self.plugins, self.pinned)
        problems += strange_persons(self._config["person_facts"], self._checked)  # type: ignore[arg-type]
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise RulesetError(problems=[*self._plugins.problems, *errors])  # what a plugin left out may be why
        self.warnings: tuple[Problem, ...] = tuple(problem for problem in problems if problem.severity == "warning")
        self._person: frozenset[str] = frozenset(self._config["person_facts"])  # type: ignore[arg-type]
        self._executors = Executors(self._checked, doubt_margin, dict(self.plugins), self._person, self.profiles_vary)
        #: Programs of the column engines made lately, by what they were made for.
        self.programs: Recent[Any, Any] = Recent(_MOST_PROGRAMS)
        facts = self._checked.scope.facts.items()
        #: Fact → name of its kind, for what reads handed-in facts from tables.
        self.fact_kinds: Mapping[str, str] = {name: fact.kind.name for name, fact in facts if fact.kind}

    def __reduce__(self) -> tuple[Any, ...]:
        return (rebuilt, (type(self), picklable(self._config)))

    def __copy__(self, _: object = None) -> Engine:
        return self  # nothing of it changes, and its files may

    __deepcopy__ = __copy__

    def __repr__(self) -> str:
        return f"<Engine {counted(len(self.rulesets), 'ruleset')}, {counted(len(self.plugins), 'plugin')}>"

    @property
    def rulesets(self) -> tuple[Ruleset, ...]:
        """Every ruleset, by id."""
        return self._checked.rulesets

    @property
    def checked(self) -> Checked:
        """The checked rulesets, for executors and tools."""
        return self._checked

    @property
    def pinned(self) -> tuple[str, str] | None:
        """(profile, SHA-256 of what it sets) of the profile that holds unless an evaluation names another."""
        return None if self._profile is None else (self._profile, self._params.digest(self._profile))

    @property
    def plugins(self) -> tuple[tuple[str, str], ...]:
        """(name, version) of every plugin, by name."""
        return self._plugins.catalog.plugins

    def evaluate(
        self,
        account: Any,
        *,
        as_of: date,
        subject: str = "account",
        facts: Mapping[str, Any] | None = None,
        previous: Decision | Base | None = None,
        only: Sequence[str] | None = None,
        profile: str | None = None,
        executor: Executor = "record",
        matcher: Matcher | None = None,
    ) -> Decision:
        """Decide one account (or organisation) as it was known on a day.

        Args:
            account: An Account, a mapping with its related tables nested in it, or an object with such attributes.
            as_of: The day; nothing recorded later is seen.
            subject: `account` or `organisation`; an opportunity or workstream knows of its account what `account` of it
                holds, and `evaluate_subjects` brings that.
            facts: Facts handed in, by bare name: values or `Fact`s; they win over derived ones.
            previous: The decision before, for hysteresis, dwell and `previous.…`.
            only: Ids or patterns to compute, and what they stand on; None for all but what is only computed on request.
            profile: Profile whose params hold; None for the engine's, or for the first whose `match` is true.
            executor: `record`, or `durable` to let durable-rules answer the rules; both give the same decision.
            matcher: What answers event patterns, by default in Python; all matchers give the same decision.

        Returns:
            The decision. Bad subject data never raises: it is in `decision.problems`.

        Raises:
            FactError: Misuse: no subject at all, `as_of` is no day, `facts` no mapping, `only` no list, `previous` no
                decision, later, or about another subject (CC403).
            ClientcoreError: `only`, `profile`, `subject` or `executor` names nothing that there is (CC403, CC113).
            UnsupportedError: A rule is larger than durable-rules can do (CC401).
            MissingExtraError: durable-rules is not installed.
        """
        require_day(as_of)
        if facts:
            require_record("facts", facts)
        runs, parent, need = self._executor(subject, only, executor, matcher)
        account = read_once(account) if self._params.has_matches else account
        # a `match` is about an account, which the supplier itself is not
        whose = None if subject == "organisation" else account if parent is None else read_once(account_of(account))
        holds = self._named(profile, whose, as_of)
        taken = take(account, need, as_of, subject)
        call = Call(
            taken,
            self._params.values(runs.plan, holds),
            as_of,
            dict(facts or {}),  # the caller's own may change before the decision is asked why
            NO_BASE if previous is None else base_of(previous, as_of, (subject, taken.id)),
            person=self._person,
            profile=holds,
        )
        if parent is not None:
            call = call._replace(**self._above(runs, parent, whose, {}, holds, as_of))
        return self.decide(runs, call)

    def evaluate_subjects(
        self,
        account: Any,
        *,
        subject: str,
        as_of: date,
        facts: Mapping[str, Any] | None = None,
        facts_of: Mapping[str, Mapping[str, Any]] | None = None,
        previous: Mapping[str, Decision | Base] | None = None,
        only: Sequence[str] | None = None,
        profile: str | None = None,
        executor: Executor = "record",
    ) -> tuple[Decision, ...]:
        """Decide every opportunity or workstream of one account.

        Args:
            account: As for `evaluate`.
            subject: `opportunity` or `workstream`.
            as_of: The day.
            facts: Facts handed in for the account.
            facts_of: Id of the child → facts handed in for it.
            previous: Id of the child → its decision before.
            only: As for `evaluate`.
            profile: As for `evaluate`.
            executor: As for `evaluate`.

        Returns:
            One decision per child, in the order of the records.

        Raises:
            FactError: As for `evaluate`.
            ClientcoreError: As for `evaluate`.
            UnsupportedError: As for `evaluate`.
            MissingExtraError: As for `evaluate`.
        """
        require_day(as_of)
        for name, given in (("facts", facts), ("facts_of", facts_of), ("previous", previous)):
            if given:
                require_record(name, given)
        for id_, given in (facts_of or {}).items():
            require_record(f"facts_of[{id_!r}]", given)
        given_of, before = by_id("facts_of", facts_of), by_id("previous", previous)
        account = read_once(account)
        runs, parent, need = self._executor(subject, only, executor)
        if parent is None:
            message = f"CC403 `{subject}` is no child of an account; use `evaluate`"
            raise FactError(message)
        holds = self._named(profile, account, as_of)
        above = self._above(runs, parent, account, dict(facts or {}), holds, as_of)
        params, person = self._params.values(runs.plan, holds), self._person
        decisions = []
        for child in children_of(account, subject, runs.plan.tables, as_of):
            taken = take(child, need, as_of, subject)
            base = base_of(before.get(taken.id), as_of, (subject, taken.id))
            given = dict(given_of.get(taken.id, {}))
            call = Call(taken, params, as_of, given, base, person=person, profile=holds, **above)
            decisions.append(self.decide(runs, call))
        return tuple(decisions)

    if TYPE_CHECKING:
        # the functions that these methods call, so that editors and type checkers know every option and its kind
        questionnaire = answers.questionnaire
        evaluate_book = batch.evaluate_book
        to_sql = databases.sql_text
        evaluate_in = databases.evaluate_in
        evaluate_spark = spark.evaluate_spark
        open_session = session.open_session
        aopen_session = session.aopen_session
    else:

        def questionnaire(self, account: Any = None, *, as_of: date, **options: Any) -> Questionnaire:
            """Return what to ask people about a subject; see `clientcore.answers.questionnaire` for the options."""
            from clientcore.answers import questionnaire

            require_day(as_of)
            return questionnaire(self, account, as_of=as_of, **options)

        def evaluate_book(self, book: Book | BookInParts, *, as_of: date, **options: Any) -> pl.DataFrame:
            """Decide every account of a book; see `clientcore.batch.evaluate_book` for the options and the frame."""
            from clientcore.batch import evaluate_book

            require_day(as_of)
            return evaluate_book(self, book, as_of=as_of, **options)

        def to_sql(self, dialect: str = "postgres", **options: Any) -> str:
            """Return the decisions as the text of one statement; see `clientcore.databases.sql_text` for options."""
            from clientcore.databases import sql_text

            return sql_text(self, dialect=dialect, **options)

        def evaluate_in(self, connection: Any, *, as_of: date, **options: Any) -> pl.DataFrame:
            """Decide every subject where the data lives; see `clientcore.databases.evaluate_in` for the options."""
            from clientcore.databases import evaluate_in

            require_day(as_of)
            return evaluate_in(self, connection, as_of=as_of, **options)

        def evaluate_spark(self, tables: Mapping[str, Any], *, as_of: date, **options: Any) -> Any:
            """Decide a book of Spark frames; see `clientcore.spark.evaluate_spark` for the options and the frame."""
            from clientcore.spark import evaluate_spark

            require_day(as_of)
            return evaluate_spark(self, tables, as_of=as_of, **options)

        def open_session(self, journal: str | Path, **options: Any) -> Session:
            """Open a live session on a journal; see `clientcore.session.open_session` for the options."""
            from clientcore.session import open_session

            return open_session(self, journal, **options)

        async def aopen_session(self, journal: str | Path, **options: Any) -> AsyncSession:
            """Open a session whose methods are awaited; see `clientcore.session.open_session` for the options."""
            from clientcore.session import aopen_session

            return await aopen_session(self, journal, **options)

    def plan(self, subject: str = "account", *, only: Sequence[str] | None = None) -> Plan:
        """Return the plan of a kind of subject; it prints.

        Args:
            subject: account, opportunity, workstream or organisation.
            only: Ids or patterns to compute; None for all.

        Raises:
            ClientcoreError: `subject` or `only` names nothing that there is (CC403).
        """
        return self._executor(subject, only)[0].plan

    def executors(
        self, subject: str, only: Sequence[str] | None = None, matcher: Matcher | None = None
    ) -> tuple[RecordExecutor, RecordExecutor | None]:
        """Return the record executor of a kind of subject, and for children of an account that of the account."""
        require_matcher(matcher)
        runs, parent, _ = self._executor(subject, only)
        return runs.matched_by(matcher), parent

    def params_of(self, plan: Plan, profile: str | None) -> Mapping[tuple[str, str], Any]:
        """Return the values of a plan's params under a profile, in internal form."""
        require_made("plan", plan, Plan, "hand in a plan of this engine")
        if profile is not None:
            self._params.require(profile)
        return dict(zip(plan.params, self._params.values(plan, profile), strict=True))

    def profile_of(self, named: str | None, account: Any, as_of: date) -> str | None:
        """Return the profile that holds: the one that is named, else the engine's, else the first that matches."""
        require_day(as_of)
        return self._named(named, account, as_of)

    @property
    def profiles_vary(self) -> tuple[Any, ...]:
        """The profiles that may hold for some accounts without being named, with their conditions and params."""
        return self._params.by_match if self._profile is None else ()

    @property
    def chooses(self) -> Plan | None:
        """The plan of the conditions of `profiles_vary`, which is asked for them; None without any."""
        return self._params.executor.plan if self.profiles_vary and self._params.executor else None

    @property
    def person_facts(self) -> frozenset[str]:
        """Person-level facts that are opted in to."""
        return self._person

    @property
    def unheard(self) -> Engine:
        """The same engine without `clientcore_after_decision`, for the rows of a book."""
        twin: Engine = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, _plugins=self._plugins.unheard())
        return twin

    def decide(self, executor: RecordExecutor, call: Call) -> Decision:
        """Return the decision of one call, for what reads the accounts itself."""
        require_made("executor", executor, RecordExecutor, "hand in what `executors` of this engine gave")
        require_made("call", call, Call, "hand in a call, as `clientcore.executors.record` has them")
        decision = executor.decide(call, self._plugins.problems)
        self._plugins.after_decision(decision)
        return decision

    def _executor(
        self, subject: str, only: Sequence[str] | None, executor: str = "record", matcher: Matcher | None = None
    ) -> Runs:
        return self._executors.of(subject, None if only is None else listed("only", only), executor, matcher)

    def _above(
        self, runs: RecordExecutor, parent: RecordExecutor, account: Any, facts: Any, profile: str | None, as_of: date
    ) -> dict[str, Any]:
        if account is None:
            return {"parent": runs.unknown_above()}
        taken = take(account, Need(parent.plan.fields, parent.plan.tables, self._person), as_of)
        params = self._params.values(parent.plan, profile)
        call = Call(taken, params, as_of, facts, person=self._person, profile=profile)
        return {"parent": parent.values(call), "above": call}

    def _named(self, profile: str | None, account: Any, as_of: date) -> str | None:
        named = profile if profile is not None else self._profile
        if named is not None:
            self._params.require(named)
            return named
        return self._params.matching(account, as_of) if self._params.has_matches and account is not None else None


__all__ = ["DOUBT_MARGIN", "Engine"]
