"""Answers to collect: what to ask whom, and what was answered, with source, day and role."""

from clientcore.answers.asking import questionnaire
from clientcore.answers.form import Item, Questionnaire
from clientcore.answers.given import Given, Reject
from clientcore.answers.known import asked_on_form
from clientcore.answers.reading import Answers, read_answers
from clientcore.answers.taking import Difference, Taken

__all__ = [
    "Answers",
    "Difference",
    "Given",
    "Item",
    "Questionnaire",
    "Reject",
    "Taken",
    "asked_on_form",
    "questionnaire",
    "read_answers",
]
