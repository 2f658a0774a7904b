"""Objects of callers: attributes, properties, and lazy relations that fail."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from clientcore.entities import Account, Commitment
from clientcore.intake import Need, take
from clientcore.intake.children import children_of, read_once
from test_intake import AS_OF, DAY


class Lazy:
    """An object of a database layer: attributes, a manager as relation, one attribute that raises."""

    id = 5
    employees = 3

    @property
    def industry(self) -> str:
        raise RuntimeError("detached")

    commitments = SimpleNamespace(all=lambda: [SimpleNamespace(id=1, due_on=DAY)])


def test_subjects_of_many_classes_are_read_alike() -> None:
    need = Need(("employees",), {"commitments": ("due_on",)})
    for subject in (
        {"id": 5, "employees": 3, "commitments": ({"id": 1, "due_on": DAY},)},
        UserDict({"id": 5, "employees": 3, "commitments": [UserDict({"id": 1, "due_on": DAY})]}),
        Account(id="5", employees=3, commitments=(Commitment(id="1", due_on=DAY),)),
        Lazy(),
    ):
        taken = take(subject, need, AS_OF)
        assert (taken.id, taken.values, taken.tables, taken.problems) == (
            "5",
            (3.0,),
            {"commitments": ((DAY.toordinal(),),)},
            (),
        )


def test_an_attribute_that_raises_is_missing_and_a_problem() -> None:
    taken = take(Lazy(), Need(("industry",)), AS_OF)
    assert taken.values == (None,)
    assert [problem.message for problem in taken.problems] == [
        "`account` record `5`: `industry` is unreadable: reading it raised `RuntimeError`"
    ]


class Stumbling:
    """Its class has all three attributes; one of them has a mistake in it, and one is not set."""

    __slots__ = ("industry",)
    id = "5"

    @property
    def name(self) -> str:
        return self.profile.name  # type: ignore[attr-defined,no-any-return]

    @property
    def tier(self) -> None:
        return None


def test_a_property_with_a_mistake_in_it_is_no_absent_one() -> None:
    taken = take(Stumbling(), Need(("industry", "name", "tier", "owner_id")), AS_OF)
    assert taken.values == (None, None, None, None)
    assert [problem.message for problem in taken.problems] == [
        "`account` record `5`: `name` is unreadable: reading it raised `AttributeError`"
    ]


def broken() -> Iterator[dict[str, Any]]:
    yield {"id": "1"}
    raise ConnectionError


class Relation:
    def all(self) -> list[Any]:
        raise TimeoutError


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (broken(), "unreadable: reading it raised `ConnectionError`"),
        (Relation(), "unreadable: reading it raised `TimeoutError`"),
        (object(), "an object of another kind"),
    ],
)
def test_a_relation_that_fails_while_it_is_read_is_missing_and_the_problem_says_why(given: Any, found: str) -> None:
    taken = take({"id": "5", "commitments": given}, Need((), {"commitments": ("due_on",)}), AS_OF)
    assert taken.tables == {"commitments": None}
    assert [str(problem) for problem in taken.problems] == [f"CC602 `commitments` is {found}; write a list of records"]


def test_so_it_is_where_the_account_is_read_for_its_children() -> None:
    account = {"id": "5", "opportunities": [{"id": "o"}], "opportunity_contact_roles": broken()}
    (child,) = children_of(read_once(account), "opportunity", ["opportunity_contact_roles"], AS_OF)
    taken = take(child, Need((), {"opportunity_contact_roles": ("role",)}), AS_OF, "opportunity")
    assert [problem.message for problem in taken.problems] == [
        "`opportunity_contact_roles` is unreadable: reading it raised `ConnectionError`"
    ]
