"""An example of every code: the input that brings it out, so that docs/errors.md shows what is really printed.

Each part of the table is the codes of one chapter of the page. `printed` makes one example in the folder that one is
in, and returns the lines; `tools/errors.py` writes them into the page and a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clientcore.catalog import Catalog
from clientcore.configuration import read_rulesets
from error_examples_run import BY_RUN, HEAD

NPS = "inputs: {nps: {kind: number, range: [-100, 100]}, tier: {kind: text}}\n"
RULE = f"{NPS}rules:\n  - id: at_risk\n    when: "


def _when(condition: str) -> dict[str, str]:
    return {"trust.yaml": HEAD + RULE + condition + "\n"}


def _body(text: str) -> dict[str, str]:
    return {"trust.yaml": HEAD + text}


#: Code → the files of a folder of rulesets.
RULESETS: Mapping[str, Mapping[str, str]] = {
    "CC102": _body("rules:\n\t- {id: at_risk, when: credit_on_hold}\n"),
    "CC103": _body("rules:\n  - id: at_risk\n    when: credit_on_hold\n    when: employees > 9\n"),
    "CC104": _body("rules:\n  - id: overcommitted\n    wen: credit_on_hold\n"),
    "CC105": _body("rules:\n  - id: overcommitted\n    title: Too much was promised\n"),
    "CC106": {"trust.yaml": HEAD.replace("1.0.0", "1.0")},
    "CC107": _body(
        "rules:\n  - id: overcommitted\n    when: credit_on_hold\n    effect: {finding: {severity: urgent}}\n"
    ),
    "CC108": _body("rules:\n  - id: at-risk\n    when: credit_on_hold\n"),
    "CC109": _body("params:\n  floor: &floor {value: 3}\n  least: *floor\n"),
    "CC110": {"trust.yaml": HEAD.replace("clientcore/1", "clientcore/9")},
    "CC111": _body(
        "rules:\n  - id: overcommitted\n    when: credit_on_hold\n  - id: overcommitted\n    when: employees > 9\n"
    ),
    "CC201": {
        "trust.yaml": HEAD + RULE + "npss > 10\n" + "  - id: sold_to\n    when: segment == retail\n",
    },
    "CC202": _when("nps > 10 and nps < 20"),
    "CC203": _when("industry > 3"),
    "CC204": _when("nps > 3u"),
    "CC205": _when("round(nps, 1, 2) > 3"),
    "CC206": _body("levels: {mode: {order: [servicing, mentoring]}}\ninputs: {now: {kind: level, level: mode}}\n"
                   "rules:\n  - id: close\n    when: now == 'mentor'\n"),
    "CC207": _when("tier.matches('(?:a+)+')"),
    "CC208": _when("(" * 40 + "nps" + ")" * 40 + " > 1"),
    "CC209": _when("as_of > day('2026-06-31')"),
    "CC210": _when("cases.exists(a, orders.exists(b, assets.exists(c, c.id == a.id)))"),
    "CC301": _body("facts:\n  depth: {value: width + 1}\n  width: {value: depth - 1}\n"),
    "CC302": {"trust.yaml": HEAD + "inputs:\n  calls: {kind: number, unit: count}\n",
              "desk.yaml": HEAD.replace("trust", "desk") + "inputs:\n  calls: {kind: number, unit: hours}\n"},
    "CC303": _body(f"{NPS}scores:\n  trust:\n    aggregate: sum\n    range: [0, 100]\n"
                   "    terms: [{id: nps, value: nps, range: [0, 100]}]\n"
                   "    bands: [{id: at_risk, below: 40}, {id: watch, below: 30}, {id: sound}]\n"),
    "CC304": _body("rules:\n  - id: overcommitted\n    when: credit_on_hold\n"
                   "    effect: {finding: {severity: low, actions: [decline_commitments]}}\n"
                   "actions: {decline_new_commitments: {title: Promise nothing more}}\n"),
    "CC306": _body(f"{NPS}rules:\n  - id: at_risk\n    when: 1 < 2\n"
                   "tables:\n  size:\n    hit_policy: first\n    inputs: [nps]\n"
                   "    rows:\n      - {id: low, when: ['[5..1]'], then: {size: low}}\n"),
    "CC307": _when("tier != 'gold'"),
    "CC308": _body("states:\n  switch:\n    initial: off\n    transitions:\n"
                   "      - {from: off, to: armed, when: credit_on_hold}\n"
                   "      - {from: armd, to: off, when: '!credit_on_hold'}\n"),
    "CC309": _body(f"{NPS}tables:\n  tier_of:\n    hit_policy: first\n    inputs: [nps, tier]\n"
                   "    rows:\n      - {id: strategic, when: ['> 5', '-', '-'], then: {tier: A}}\n"),
    "CC310": _body(f"{NPS}scores:\n  trust:\n    aggregate: geometric_mean\n    range: [0, 10]\n"
                   "    terms: [{id: nps, value: nps, range: [-10, 10]}]\n"),
    "CC311": _body(f"{NPS}rules:\n  - {{id: at_risk, when: nps > 3}}\n"
                   "actions:\n  visit: {title: Visit, audience: client, client_text: You are at risk.}\n"),
    "CC312": _body("patterns:\n  - id: silence\n    within: 30\n"
                   "    events: [{id: offer, of: opportunities}, {id: answer, of: calls}]\n"),
}  # fmt: skip


def printed(code: str) -> list[str]:
    """Make the example of a code in the folder that one is in, and return the lines that tell it."""
    if code in RULESETS:
        for name, text in RULESETS[code].items():
            Path(name).write_text(text, encoding="utf-8")
        _, problems = read_rulesets(sorted(RULESETS[code], reverse=True), Catalog())
        lines = [str(problem) for problem in problems]
    else:
        lines = BY_RUN[code]()
    return [line.replace(f"{Path.cwd()}/", "") for line in lines if f"{code} " in line]
