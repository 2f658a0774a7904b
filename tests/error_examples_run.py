"""Examples of the codes that no file of rulesets brings out by itself: calls, plugins, data, sessions.

Each function runs in an empty folder and returns lines in which the code stands; others are left out.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import duckdb

import clientcore as cc
from clientcore.catalog import Catalog
from clientcore.check import check
from clientcore.cli import main
from clientcore.errors import missing_extra
from clientcore.executors.durable.matcher import Report
from clientcore.load import read_ruleset

DAY = date(2026, 6, 30)
HEAD = (
    "format: clientcore/1\nlanguage: cel-profile/1\nruleset: acme.trust\nversion: 1.0.0\nsubject: account\n"
    "title: Trust\n"
)
NPS = "inputs: {nps: {kind: number, range: [-100, 100]}}\nrules: [{id: at_risk, when: nps < 0}]\n"
GOAL = "inputs: {goal: {kind: text, requires_source: [client_stated]}}\nrules: [{id: r, when: goal == 'x'}]\n"
TIERS = """\
inputs: {nps: {kind: number}}
tables:
  tier:
    hit_policy: unique
    inputs: [nps + 1, employees]
    rows:
      - {id: gold, when: ["> 50", "-"], then: {tier: A}}
      - {id: large, when: ["-", "> 1000"], then: {tier: B}}
"""
SWITCH = """\
inputs: {nps: {kind: number}}
states:
  switch:
    initial: off
    transitions: [{from: off, to: on, when: nps > 1}, {from: on, to: off, when: nps > 0}]
"""
VALUE = 'facts: {value: {value: "opportunities.map(o, o.amount).sum()"}}\nrules: [{id: big, when: value > 5}]\n'
FORM = "account_id,fact,level,source,answered_on,answered_by,subject,subject_id,value,evidence,applies\n"
MODEL = """\
class Rfm:
    id, version, needs, returns, monotone = "acme.rfm", "1.0.0", (), ("points", 0, 1), {}

    def score(self, facts):
        return 1.0


"""
HOOK = "from clientcore.hooks import hookimpl\n\n\n"
MODELS = "@hookimpl\ndef clientcore_register_models(register):\n    "
SCORED = "scores: {rfm: {aggregate: model, model: acme.rfm, range: [0, 1]}}\n"


def engine(body: str = NPS, **options: Any) -> cc.Engine:
    """Return an engine of one ruleset."""
    Path("trust.yaml").write_text(HEAD + body, encoding="utf-8")
    return cc.Engine(**({"rulesets": ["trust.yaml"], "plugins": [], "discover": False} | options))


def told(call: Callable[[], Any]) -> list[str]:
    """Return the lines of the error that a call ends in."""
    try:
        call()
    except cc.ClientcoreError as error:
        return str(error).splitlines()
    raise AssertionError("no error")


def decided(body: str, account: Mapping[str, Any] | None = None, **facts: Any) -> list[str]:
    """Return the problems of a decision."""
    decision = engine(body).evaluate({"id": "acme"} | dict(account or {}), facts=facts, as_of=DAY)
    return [str(problem) for problem in decision.problems]


def shown(*arguments: str) -> list[str]:
    """Return what a command prints."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(arguments)
    return [*err.getvalue().splitlines(), *out.getvalue().splitlines()]


def book(**tables: str) -> list[str]:
    """Return what `clientcore evaluate` prints of a book of CSV files."""
    Path("crm").mkdir()
    for name, text in ({"accounts": "id\nacme\n"} | tables).items():
        Path("crm", f"{name}.csv").write_text(text, encoding="utf-8")
    engine()
    return shown(
        "evaluate", "crm", "--as-of", str(DAY), "--no-discover", "--rulesets", "trust.yaml", "--rejects", "r.csv"
    )


@contextlib.contextmanager
def modules(**texts: str) -> Iterator[None]:
    """Write modules into the folder, to be imported from there and forgotten afterwards."""
    for name, text in texts.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.pop(0)
        for name in texts:
            sys.modules.pop(name, None)


def plugged(**texts: str) -> list[str]:
    """Return what an engine with plugins says of them: its error, or the problems of a decision."""
    with modules(**texts):
        try:
            made = cc.Engine(rulesets=[], plugins=list(texts), discover=False)
        except cc.ClientcoreError as error:
            lines = str(error).splitlines()
        else:
            lines = [str(problem) for problem in made.evaluate({"id": "acme"}, as_of=DAY).problems]
        return lines


def posted(*events: Mapping[str, Any]) -> list[str]:
    """Return the error of the last of some events."""
    *before, last = events
    with engine().open_session("live.sqlite") as session:
        for one in before:
            session.post(one)
        return told(lambda: session.post(last))


def event(**changes: Any) -> dict[str, Any]:
    """Return an event."""
    return {"id": "e7", "type": "account", "at": "2026-06-30", "account": "acme", "data": {}} | changes


def locked() -> list[str]:
    """Return what a lock says of a ruleset that changed since."""
    engine()
    shown("lock", "--no-discover", "--rulesets", "trust.yaml", "-o", "clientcore.lock")
    Path("trust.yaml").write_text(HEAD.replace("1.0.0", "1.1.0") + NPS, encoding="utf-8")
    return told(lambda: cc.Engine(rulesets=["trust.yaml"], plugins=[], discover=False, lock="clientcore.lock"))


def profiled() -> list[str]:
    """Return what is wrong with a profile of a param that there is not."""
    Path("wholesale.yaml").write_text(
        "format: clientcore-profile/1\nprofile: wholesale\nparams:\n  acme.trust: {kept_flor: 0.9}\n", encoding="utf-8"
    )
    return told(lambda: engine("params: {kept_floor: {value: 0.8}}\n", profiles=["wholesale.yaml"]))


def bundled() -> list[str]:
    """Return what the check says of a bundled ruleset with a number in a condition."""
    made, _ = read_ruleset(HEAD + NPS.replace("nps < 0", "nps < 3"), "trust.yaml")
    assert made is not None
    return [str(problem) for problem in check([attrs.evolve(made, bundled=True)], Catalog()).problems]


def in_sql() -> list[str]:
    """Return why a model in Python is not decided by a database."""
    with modules(acme=HOOK + MODEL + MODELS + "register(Rfm())\n"):
        made = engine(SCORED, plugins=["acme"])
        return told(lambda: made.to_sql("postgres"))


def answered(*rows: str) -> list[str]:
    """Return what is said of a filled form."""
    Path("form.csv").write_text(FORM + "".join(f"{row},account,acme,,,\n" for row in rows), encoding="utf-8")
    return shown("answers", "form.csv", "--as-of", str(DAY))


def unfitted() -> list[str]:
    """Return why no model of buying is found."""
    from clientcore_voice.histories import History
    from clientcore_voice.purchases import fit_bgnbd

    seen = [History(account_id=f"a{at}", frequency=0, recency=0.0, age=39.0) for at in range(40)]
    return told(lambda: fit_bgnbd(seen))


def mapped() -> list[str]:
    """Return what is wrong with a mapping."""
    Path("crm").mkdir()
    Path("crm", "Customers.csv").write_text("CustomerID,name\n1,A\n", encoding="utf-8")
    queries = "  accounts: select CustomerID as id, nme as name from Customers\n  orders: select * from Order_\n"
    Path("crm.yaml").write_text(f"format: clientcore-mapping/1\nentities:\n{queries}", encoding="utf-8")
    return told(lambda: cc.read_book("crm", "crm.yaml"))


def empty() -> list[str]:
    """Return what is said of a file that is empty."""
    Path("crm").mkdir()
    Path("crm", "accounts.csv").write_bytes(b"")
    return told(lambda: cc.read_book("crm"))


def misread() -> list[str]:
    """Return what is said of a word that a picklist does not have, in a book and in a ruleset."""
    found = book(interactions="id,account_id,kind\n1,acme,Meeting\n")
    made = "rules:\n  - id: loud\n    when: cases.exists(c, has(c.kind) && c.kind == 'complant')\n"
    return [*found, *(str(problem) for problem in engine(made).warnings)]


def opened_twice() -> list[str]:
    """Return what a second session on one journal is told."""
    made = engine()
    with made.open_session("live.sqlite"):
        return told(lambda: made.open_session("live.sqlite"))


def no_journal() -> list[str]:
    """Return what is said of a file that is no journal."""
    Path("notes.txt").write_text("notes " * 100, encoding="utf-8")
    return told(lambda: engine().open_session("notes.txt"))


def in_a_folder() -> list[str]:
    """Return what is said of a journal that can't be written."""
    return told(lambda: engine().open_session("no/live.sqlite"))


def erased() -> list[str]:
    """Return the problem with an event about a person who was erased."""
    contact = {"id": "k1", "name": "Ada"}
    with engine().open_session("live.sqlite") as session:
        session.post(event(type="contacts", data=contact))
        session.erase("k1")
        signals = session.post(event(id="e8", type="contacts", data=contact))
        return [str(signal.to_dict().get("message", "")) for signal in signals]


BY_RUN: dict[str, Callable[[], list[str]]] = {
    "CC101": lambda: told(lambda: cc.Engine(rulesets=["rules/trust.yml"], discover=False)),
    "CC112": lambda: told(lambda: engine("doc: " + "x" * 11_000_000 + "\n")),
    "CC113": profiled,
    "CC114": locked,
    "CC305": bundled,
    "CC401": in_sql,
    "CC402": lambda: [str(missing_extra("polars", "batch", "reading a book"))],
    "CC403": lambda: told(
        lambda: engine().evaluate(
            {"id": "acme"}, as_of=DAY, previous=engine().evaluate({"id": "acme"}, as_of=DAY + timedelta(31))
        )
    ),
    "CC404": lambda: told(lambda: engine().evaluate_in(duckdb.connect(), as_of=DAY)),
    "CC405": lambda: [str(Report("", (), ("died (SIGSEGV)",) * 3).problem)],
    "CC501": lambda: plugged(acme="import sap\n"),
    "CC502": lambda: plugged(acme=f"{HOOK}@hookimpl\ndef clientcore_register_facts(registr):\n    pass\n"),
    "CC503": lambda: plugged(
        acme=HOOK + MODEL + MODELS + "register(Rfm())\n", zeta=HOOK + MODEL + MODELS + "register(Rfm())\n"
    ),
    "CC504": lambda: plugged(acme=f"{HOOK}{MODELS}raise RuntimeError('database is away')\n"),
    "CC505": lambda: plugged(acme=HOOK + MODEL.replace('"1.0.0"', '"1"') + MODELS + "register(Rfm())\n"),
    "CC601": lambda: decided(NPS, npss=30),
    "CC602": lambda: decided(NPS, nps="high"),
    "CC603": lambda: decided(NPS, nps=250),
    "CC604": lambda: decided(GOAL, goal=cc.Fact("x", source="supplier_record")),
    "CC605": lambda: book(accounts="id,segment\nacme,retail\n,food\n"),
    "CC606": lambda: book(accounts="id,segment\nacme,retail\nacme,food\n"),
    "CC607": lambda: book(orders="id,account_id\n1,acme\n2,gone\n"),
    "CC608": empty,
    "CC609": lambda: decided(TIERS, {"employees": 5000}, nps=60),
    "CC610": lambda: decided(SWITCH, nps=5),
    "CC611": lambda: decided(NPS.replace("nps < 0", "nps < 0, on_unknown: error")),
    "CC612": lambda: decided(NPS, nps=cc.Fact(30.0, observed_at=DAY + timedelta(2))),
    "CC613": mapped,
    "CC614": lambda: decided(
        VALUE, {"currency": "EUR", "opportunities": [{"id": "o1", "amount": 10, "currency": "CHF"}]}
    ),
    "CC615": lambda: answered("acme,risk_appetite,2,supplier_self_assessed,2025-01-10,management"),
    "CC616": lambda: answered(
        "acme,culture_accept,1,client_stated,2026-05-02,delivery lead",
        "acme,culture_accept,3,supplier_record,2026-05-09,account manager",
    ),
    "CC617": unfitted,
    "CC618": misread,
    "CC701": lambda: posted(event(at="yesterday")),
    "CC702": lambda: posted(event(type="comitments")),
    "CC703": lambda: posted(event(), event(data={"name": "Acme"})),
    "CC704": lambda: posted({"id": "d", "type": "day", "at": "2026-06-30"}, event(at="2062-06-30")),
    "CC705": lambda: posted(event(data={"name": "A" * 1_048_576})),
    "CC706": opened_twice,
    "CC707": in_a_folder,
    "CC708": no_journal,
    "CC709": erased,
    "CC710": lambda: posted(
        {"id": "d", "type": "day", "at": "2026-06-30"}, {"id": "day:2036-06-30", "type": "day", "at": "2036-06-30"}
    ),
}
