"""What a client reads: texts that were written for clients, and never what we call things, whatever the ruleset."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clientcore as cc
from built import engine_of
from check_samples import problems_of
from strategies import AS_OF
from strategies_rulesets import HEADER

WORDS = ("watch", "sound", "mining", "education", "trust", "at_risk", "keep_promises", "close", "armed", "gold", "low")
FILLERS = ("we", "would", "like", "to", "hear", "you", "Watching", "62", "and", "risk", "promises")
names = st.sampled_from(WORDS)
spellings = st.sampled_from([str, str.upper, str.title, lambda word: word.replace("_", " ")])


@st.composite
def client_texts(draw: st.DrawFn) -> str:
    """Return a sentence of everyday words, with names of ours in some spelling among them."""
    said = draw(st.lists(st.sampled_from(FILLERS), min_size=1, max_size=4))
    for name in draw(st.lists(names, max_size=2)):
        said.insert(draw(st.integers(0, len(said))), draw(spellings)(name))
    return " ".join(said) + draw(st.sampled_from(["", ".", "?", ", please"]))


@st.composite
def rulesets(draw: st.DrawFn) -> dict[str, Any]:
    """Return a ruleset whose every name is an everyday word, with actions for clients that are all recommended."""
    rule, other, score, table, state = draw(st.permutations(WORDS))[:5]
    bands = draw(st.lists(names, min_size=2, max_size=2, unique=True))
    labels = draw(st.lists(names, min_size=2, max_size=2, unique=True))
    said = draw(st.lists(client_texts(), min_size=1, max_size=3))
    actions = {
        f"act{at}": {"title": "Do", "audience": draw(st.sampled_from(["client", "internal"])), "client_text": text}
        for at, text in enumerate(said)
    }
    return {
        **HEADER,
        "ruleset": "our.names",
        "title": "Names",
        "levels": {"mode": {"order": draw(st.lists(names, min_size=1, max_size=3, unique=True))}},
        "inputs": {"n": {"kind": "number", "range": [0, 100]}},
        "rules": [
            {"id": rule, "when": "true", "effect": {"finding": {"severity": "high", "actions": list(actions)}}},
            {"id": other, "when": "n > 50"},
        ],
        "scores": {
            score: {
                "aggregate": "sum",
                "range": [0, 100],
                "terms": [{"id": "n", "value": "n", "range": [0, 100]}],
                "bands": [{"id": bands[0], "below": 50}, {"id": bands[1]}],
            }
        },
        "tables": {
            table: {
                "hit_policy": "first",
                "inputs": ["n"],
                "default": draw(names),
                "rows": [{"id": "r", "when": ["> 50"], "then": {"out": draw(names)}}],
            }
        },
        "states": {
            state: {"initial": labels[0], "transitions": [{"from": labels[0], "to": labels[1], "when": "n > 5"}]}
        },
        "actions": actions,
    }


def names_of(made: dict[str, Any]) -> set[str]:
    """Return every name that the ruleset gives to something that a client may not read of."""
    (card,), (table,), (machine,) = (made[part].values() for part in ("scores", "tables", "states"))
    labels = {machine["initial"], *(step["to"] for step in machine["transitions"]), *made["levels"]["mode"]["order"]}
    return {
        made["ruleset"],
        *(rule["id"] for rule in made["rules"]),
        *made["scores"],
        *made["tables"],
        *made["states"],
        *(band["id"] for band in card["bands"]),
        *(row["then"]["out"] for row in table["rows"]),
        table["default"],
        *labels,
    }


@given(rulesets(), st.none() | st.integers(0, 100))
def test_a_client_reads_no_name_of_ours(made: dict[str, Any], n: int | None) -> None:
    """Holds: P17."""
    engine = engine_of([made])
    text = engine.evaluate({"id": "acme"}, facts={"n": n}, as_of=AS_OF).render("client")
    written = [action["client_text"] for action in made["actions"].values() if action["audience"] == "client"]
    assert set(text.splitlines()) <= set(written)
    for name in names_of(made):
        if len(name) > 3:
            spelled = f"(?:{re.escape(name)}|{re.escape(name.replace('_', ' '))})"
            assert not re.search(rf"(?<!\w){spelled}(?!\w)", text, re.IGNORECASE), (name, text)
    # a text that holds none of the words is shown, and each that is not has its warning
    lost = {line for line in written if line not in text.splitlines()}
    assert all(any(word[:4] in line.lower().replace(" ", "_") for word in WORDS) for line in lost)
    assert len({str(warning) for warning in engine.warnings if warning.code == "CC311"}) >= len(lost)


def test_a_text_with_a_name_of_ours_is_a_warning() -> None:
    found = problems_of(
        "rules: [{id: at_risk, when: nps > 5, effect: {finding: {severity: low, actions: [say]}}}]\n"
        "inputs: {nps: {kind: number, doc: x}}\n"
        "actions: {say: {title: T, audience: client, client_text: You may be at risk.}}\n"
    )
    (problem,) = [one for one in found if "CC311" in one]
    assert problem.startswith("a.yaml:3:")
    assert "warning CC311 the text for clients of action `say` holds `at risk`, a name or label of ours" in problem


@pytest.mark.parametrize("audience", ["internal", "account_team", "executive"])
def test_other_audiences_read_names(audience: str) -> None:
    decision = cc.Engine().evaluate({"id": "acme"}, as_of=AS_OF)
    assert "spectrum.mode.engagement_mode" in decision.render(audience)
    assert decision.render("client") == "" or "spectrum" not in decision.render("client")


def test_every_bundled_text_for_clients_is_shown() -> None:
    """A label of one plugin may hide the text of another; whoever brings it finds other words for one of them."""
    assert [str(warning) for warning in cc.Engine().warnings if warning.code == "CC311"] == []
