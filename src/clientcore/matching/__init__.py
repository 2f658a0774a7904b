"""Event patterns: what one asks of the records of an account, and the matcher in Python, whose answers are the meaning.

docs/semantics.md says it in words (29 to 32).
"""

from clientcore.matching.absence import left_after
from clientcore.matching.comparing import changed
from clientcore.matching.matcher import PythonMatcher, compared, in_window, run, told
from clientcore.matching.reading import Reader
from clientcore.matching.shape import DATED, JOINED, Answer, EventShape, Join, Matcher, Row, Search, Shape

__all__ = [
    "DATED",
    "JOINED",
    "Answer",
    "EventShape",
    "Join",
    "Matcher",
    "PythonMatcher",
    "Reader",
    "Row",
    "Search",
    "Shape",
    "changed",
    "compared",
    "in_window",
    "left_after",
    "run",
    "told",
]
