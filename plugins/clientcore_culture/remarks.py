"""Remarks against competitors in a text before it is sent: reads the text that is handed in, and nothing else.

No mailbox, no record and no list of people is opened here; whoever calls decides which text is looked at, and nothing
is kept. The document says never to speak ill of a competitor, since the listener may have a friend, a relative or a
past there; which words do so is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

import attrs

__all__ = ["WORDS", "Remark", "remarks"]

#: Beginnings of words that speak ill, in small letters (ours; hand in your own for other languages).
WORDS: tuple[str, ...] = (
    "amateur", "awful", "bankrupt", "cheat", "crook", "dishonest", "disaster", "fail", "fraud", "incompeten",
    "insolven", "joke", "laugh", "liar", "lie", "lies", "lousy", "lying", "outdated", "overpric", "ripoff", "rip-off",
    "scam", "shoddy", "sloppy", "terribl", "unreliab", "untrustworth", "useless", "worse", "worst", "worthless",
    "betrüg", "pfusch", "pleite", "schlampig", "schlecht", "überteuer", "unfähig", "unseriös", "unzuverlässig",
)  # fmt: skip
#: Words that are meant whole, not as a beginning: `lie` is no beginning of `client`, and none of `lieu` either.
_WHOLE = frozenset({"lie", "lies", "joke", "worse", "worst", "fail"})
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_END = re.compile(r"[.!?\n]")


@attrs.frozen(kw_only=True)
class Remark:
    """A place in a text where a competitor is spoken ill of.

    Args:
        competitor: The name as it was handed in.
        word: The word in the text that speaks ill.
        start: Where the words between the two begin in the text, counted from 0.
        end: Where they end.
        severity: medium, or high where the reader is said to be linked to that competitor.
    """

    competitor: str
    word: str
    start: int
    end: int
    severity: Literal["medium", "high"]


def remarks(
    text: str,
    competitors: Iterable[str],
    *,
    linked: Iterable[str] = (),
    words: Sequence[str] = WORDS,
    reach: int = 8,
) -> tuple[Remark, ...]:
    """Return where a text speaks ill of a competitor: its name and such a word close together in one sentence.

    Args:
        text: The text, of any length; it is not kept.
        competitors: Names of competitors, of one or more words; upper and lower case are alike.
        linked: Those of them to whom the reader is linked, as far as the caller may know and say so.
        words: Beginnings of words that speak ill, in small letters.
        reach: How many words may stand between the two, 0 or more.

    Returns:
        The remarks, in order of place; nothing where no competitor is named. A quotation, a denial or a play on words
        is not understood, so this is a hint before sending, never a finding about whoever wrote it.

    Example:
        >>> found = remarks("Between us, Acme is overpriced. We can do it.", ["Acme", "Norton Ltd"])
        >>> [(one.competitor, one.word, one.severity) for one in found]
        [('Acme', 'overpriced', 'medium')]
        >>> remarks("Acme may suit you better for small runs.", ["Acme"])
        ()
    """
    near = set(linked)
    found = []
    tokens = [(at[0].casefold(), at.start(), at.end()) for at in _TOKEN.finditer(text)]
    sentence = _sentences(text, tokens)
    ill = [at for at, (token, _, _) in enumerate(tokens) if _speaks_ill(token, words)]
    for name in dict.fromkeys(competitors):
        wanted = [at[0].casefold() for at in _TOKEN.finditer(name)]
        for first in _places(tokens, wanted):
            last = first + len(wanted) - 1
            for at in ill:
                between = first - at - 1 if at < first else at - last - 1
                if first <= at <= last or between > reach or sentence[at] != sentence[first]:
                    continue
                start, end = tokens[min(first, at)][1], tokens[max(last, at)][2]
                word = text[tokens[at][1] : tokens[at][2]]
                severity: Literal["medium", "high"] = "high" if name in near else "medium"
                found.append(Remark(competitor=name, word=word, start=start, end=end, severity=severity))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.competitor)))


def _speaks_ill(token: str, words: Sequence[str]) -> bool:
    return any(token == word if word in _WHOLE else token.startswith(word) for word in words)


def _places(tokens: Sequence[tuple[str, int, int]], wanted: Sequence[str]) -> list[int]:
    """Return where a name begins among the words; a name without a word is nowhere."""
    if not wanted:
        return []
    count = len(wanted)
    return [
        at
        for at in range(len(tokens) - count + 1)
        if all(tokens[at + step][0] in {word, f"{word}'s", f"{word}’s"} for step, word in enumerate(wanted))
    ]


def _sentences(text: str, tokens: Sequence[tuple[str, int, int]]) -> list[int]:
    """Return the number of the sentence in which each word stands."""
    numbers = [0] if tokens else []
    for (_, _, end), (_, start, _) in pairwise(tokens):
        numbers.append(numbers[-1] + (_END.search(text, end, start) is not None))
    return numbers
