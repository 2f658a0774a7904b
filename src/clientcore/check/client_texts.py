"""Texts for clients: they hold no name and no label of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from clientcore.check.checked import Checked
from clientcore.errors import Problem
from clientcore.ruleset import Ruleset

#: Names up to this length (`on`, `low`) can't be told from words that stand in any text.
_SHORT = 3
_NONE = re.compile(r"(?!)")


def hidden_words(rulesets: Iterable[Ruleset]) -> re.Pattern[str]:
    """Return the pattern of what a client must not read.

    These are, with spaces for underscores as well: ids of rulesets, rules, scores, tables and state machines, bands and
    outcomes as whole words; labels of levels and states, and what a param `forbidden_labels` lists, also as the start
    of a word.
    """
    names: set[str] = set()
    labels: set[str] = set()
    forbidden: set[str] = set()
    for ruleset in rulesets:
        names |= {ruleset.id, *ruleset.firing, *ruleset.scores, *ruleset.tables, *ruleset.states}
        names |= {band.id for score in ruleset.scores.values() for band in score.bands}
        for table in ruleset.tables.values():
            said = [row.then for row in table.rows] + [table.default]
            names |= {one for one in said if isinstance(one, str)}
        labels |= {label for level in ruleset.levels.values() for label in level.labels}
        labels |= {label for machine in ruleset.states.values() for label in machine.labels}
        listed = ruleset.params.get("forbidden_labels")
        if listed is not None and isinstance(listed.value, tuple):
            forbidden |= {str(word) for word in listed.value}
    starts = _spelled({label for label in labels if len(label) > _SHORT} | forbidden)
    whole = _spelled({name for name in names if len(name) > _SHORT})
    parts = [rf"(?:{starts})" if starts else "", rf"(?:{whole})(?!\w)" if whole else ""]
    choices = "|".join(part for part in parts if part)
    return re.compile(rf"(?<!\w)(?:{choices})", re.IGNORECASE) if choices else _NONE


def _spelled(words: set[str]) -> str:
    forms = {form for word in words if word for form in (word, word.replace("_", " "))}
    return "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))


def texts(checked: Checked) -> Iterator[Problem]:
    """Find texts for clients that would not be shown, since a word of ours stands in them."""
    said = [(ruleset, one) for ruleset in checked.rulesets for one in ruleset.actions.values() if one.client_text]
    hidden = hidden_words(checked.rulesets) if said else _NONE
    for ruleset, action in said:
        found = hidden.search(action.client_text)
        if found is not None:
            text = f"the text for clients of action `{action.id}` holds `{found[0]}`, a name or label of ours"
            where = ruleset.where(f"actions/{action.id}/client_text")
            yield Problem("CC311", text, where, "write another word; clients are not shown this text", "warning")
