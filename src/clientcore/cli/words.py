"""What the library says of its arguments, in the words of the options that a user of the command line types."""

from __future__ import annotations

import re

#: Arguments that a sentence may be about, and the option of each; elsewhere in it such a word may be the user's own.
_ABOUT = ("only", "scores", "previous", "profile", "lock", "rejects", "mapping", "tables", "name", "schema")
#: Arguments whose names stand for nothing else.
_ANYWHERE = ("changed_since", "person_facts", "horizon_days", "retention_days")
_SENTENCE = re.compile(rf"^((?:.*: )?CC\d{{3}} )`({'|'.join(_ABOUT)})`(?= (?:is|names|holds|says) )")
_WORDS: tuple[tuple[str, str], ...] = (
    ("(executor='record')", "(clientcore evaluate --executor record)"),
    ("executor='record'", "--executor record"),
    ("by `only=`", "by --only"),
    ("in `only`", "with --only"),
    ("in `person_facts`", "with --person-facts"),
    ("the frame before", "the file of --previous"),
    ("`facts` of evaluate, `facts_of` of evaluate_subjects", "a program does that, no command"),
    *((f"`{name}`", f"--{name.replace('_', '-')}") for name in _ANYWHERE),
)


def in_options(text: str) -> str:
    """Return a line of the library as a command tells it.

    Example:
        >>> in_options("CC403 `only` names `trusty.*`, which no ruleset of this subject has")
        'CC403 --only names `trusty.*`, which no ruleset of this subject has'
    """
    told = _SENTENCE.sub(lambda found: f"{found[1]}--{found[2]}", text)
    for said, option in _WORDS:
        told = told.replace(said, option)
    return told
