"""What callers hand in becomes internal values; bad data is missing and a problem, never an exception."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientcore.entities import ENTITIES
from clientcore.errors import CODES, FactError
from clientcore.intake import Need, Taken, take

AS_OF = date(2026, 6, 30)
DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MICROS = 1_772_366_400_000_000


class Colour(Enum):
    RED = "red"


def one(field: str, value: Any, **more: Any) -> tuple[Any, list[str]]:
    """Return what one field of an account becomes, and the codes of the problems."""
    taken = take({"id": "a", field: value, **more}, Need((field,)), AS_OF)
    return taken.values[0], [problem.code for problem in taken.problems]


def rows(table: str, records: Any, *columns: str, **more: Any) -> Taken:
    return take({"id": "a", table: records, **more}, Need((), {table: columns}), AS_OF)


def same(left: Any, right: Any) -> bool:
    return left == right or (left != left and right != right)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("employees", 3, 3.0),
        ("employees", Decimal("2.5"), 2.5),
        ("employees", np.float32(0.5), 0.5),
        ("employees", np.float64(2.5), 2.5),
        ("employees", np.int64(7), 7.0),
        ("employees", -0.0, 0.0),
        ("employees", 1e-19, 0.0),
        ("employees", 1e18, 1e18),
        ("employees", None, math.nan),
        ("employees", math.nan, math.nan),
        ("name", "Ärzte 🩺", "Ärzte 🩺"),
        ("name", np.str_("x"), "x"),
        ("name", Colour.RED, "red"),
        ("name", "", ""),
        ("name", None, None),
        ("owner_id", 12, "12"),
        ("owner_id", np.int32(12), "12"),
        ("owner_id", UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ("credit_on_hold", True, True),
        ("credit_on_hold", np.bool_(False), False),
        ("client_since", DAY, DAY.toordinal()),
        ("client_since", "2026-03-01", DAY.toordinal()),
        ("client_since", "2026-03-01T23:30:00-02:00", DAY.toordinal() + 1),
        ("client_since", datetime(2026, 3, 1, 23, 30), DAY.toordinal()),  # noqa: DTZ001
        ("client_since", NOON.astimezone(timezone(timedelta(hours=14))), DAY.toordinal()),
        ("client_since", np.datetime64("2026-03-01"), DAY.toordinal()),
        ("client_since", np.datetime64("NaT", "D"), math.nan),
        ("recorded_at", NOON, NOON_MICROS),
        ("recorded_at", NOON.replace(tzinfo=None), NOON_MICROS),
        ("recorded_at", NOON.astimezone(timezone(timedelta(hours=-9))), NOON_MICROS),
        ("recorded_at", "2026-03-01T12:00:00Z", NOON_MICROS),
        ("recorded_at", DAY, NOON_MICROS - 43_200_000_000),
        ("recorded_at", np.datetime64("2026-03-01T12:00:00", "ns"), NOON_MICROS),
    ],
)
def test_values_that_fit(field: str, value: Any, expected: Any) -> None:
    found, problems = one(field, value)
    assert problems == []
    assert same(expected, found), found
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("employees", "12", "CC602"),
        ("employees", True, "CC602"),
        ("employees", 2e18, "CC603"),
        ("employees", math.inf, "CC603"),
        ("employees", 10**400, "CC603"),
        ("employees", [1], "CC602"),
        ("name", 12, "CC602"),
        ("name", "a\0b", "CC602"),
        ("name", "\ud800", "CC602"),
        ("name", b"bytes", "CC602"),
        ("owner_id", 12.0, "CC602"),
        ("owner_id", True, "CC602"),
        ("owner_id", "", "CC602"),
        ("credit_on_hold", 1, "CC602"),
        ("credit_on_hold", "true", "CC602"),
        ("client_since", "soon", "CC602"),
        ("client_since", "2026-02-30", "CC602"),
        ("client_since", "20260301", "CC602"),
        ("client_since", "2026-W09-1", "CC602"),
        ("client_since", 20260301, "CC602"),
        ("recorded_at", "noon", "CC602"),
        ("recorded_at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), "CC603"),
    ],
)
def test_values_that_do_not_fit_are_missing_and_a_problem(field: str, value: Any, code: str) -> None:
    found, problems = one(field, value)
    assert problems == [code]
    assert found is None or math.isnan(found)


def test_a_problem_names_table_record_field_and_what_would_be_right() -> None:
    taken = rows("commitments", [{"id": 7, "due_on": "soon"}], "due_on")
    assert [str(problem) for problem in taken.problems] == [
        "CC602 `commitments` record `7`: `due_on` is the text `soon`; write a day, as YYYY-MM-DD"
    ]


def test_unknown_fields_are_told_once_with_a_near_name() -> None:
    taken = rows("commitments", [{"id": str(at), "due_onn": DAY} for at in range(9)], "due_on", industri="x")
    assert [(problem.code, problem.message, problem.help) for problem in taken.problems] == [
        ("CC601", "`account`: unknown field `industri`", "did you mean `industry`?"),
        ("CC601", "`commitments`: unknown field `due_onn`", "did you mean `due_on`?"),
    ]


def test_many_problems_of_one_field_are_counted() -> None:
    taken = rows("commitments", [{"id": at, "due_on": "soon"} for at in range(105)], "due_on")
    assert len(taken.problems) == 6
    assert taken.problems[-1].message == "`commitments`: 100 more problems of `due_on`"


def test_values_come_in_the_order_asked_for() -> None:
    subject = {"id": "a", "industry": "retail", "employees": 3}
    assert take(subject, Need(("employees", "industry")), AS_OF).values == (3.0, "retail")
    assert take(subject, Need(("industry", "employees")), AS_OF).values == ("retail", 3.0)


def test_absent_none_and_empty_tables_differ() -> None:
    need = Need((), {"cases": ("id",), "orders": ("id",), "contacts": ("id",)})
    assert take({"id": "a", "orders": None, "contacts": []}, need, AS_OF).tables == {
        "cases": None,
        "orders": None,
        "contacts": (),
    }


def test_a_table_without_columns_still_counts_its_records() -> None:
    assert rows("cases", [{"id": "1"}, {"id": "2"}]).tables == {"cases": ((), ())}


@pytest.mark.parametrize("given_", ["text", 3, {"id": "1"}, b"x"])
def test_what_is_no_list_of_records_is_a_missing_table(given_: Any) -> None:
    taken = rows("cases", given_, "id")
    assert taken.tables == {"cases": None}
    assert [problem.code for problem in taken.problems] == ["CC602"]


def test_what_is_no_record_is_left_out_and_a_problem() -> None:
    taken = rows("cases", [{"id": "1"}, None, "x", ("1",)], "id")
    assert taken.tables == {"cases": (("1",),)}
    assert [problem.code for problem in taken.problems] == ["CC602"] * 3


def test_ids() -> None:
    records = [{"id": 1}, {"id": "1"}, {"id": 12.0}, {"id": ""}, {}, {"id": None}, {"id": "2"}]
    taken = rows("cases", records, "id")
    assert taken.tables == {"cases": (("1",), (None,), (None,), ("2",))}
    assert [problem.code for problem in taken.problems] == ["CC605", "CC605", "CC606"]


def test_records_with_one_id_count_as_one() -> None:
    known = {"id": "1", "title": "a", "kind": "fault"}
    later = {"id": "1", "title": "c", "recorded_at": date(2026, 7, 1)}
    taken = rows("cases", [known, {"id": 1, "title": "b"}, {"id": "2", "title": "x"}, later], "id", "title", "kind")
    # they differ in the title, only one says the kind, and what was recorded later is not seen
    assert taken.tables == {"cases": (("1", None, "fault"), ("2", "x", None))}
    assert [problem.code for problem in taken.problems] == ["CC606"]


def test_a_subject_without_an_id_is_read_and_a_problem() -> None:
    for subject in ({"employees": 3}, {"id": 12.0, "employees": 3}):
        taken = take(subject, Need(("employees",)), AS_OF)
        assert (taken.id, taken.account_id, taken.values) == ("", "", (3.0,))
        assert [problem.code for problem in taken.problems] == ["CC605"]


@pytest.mark.parametrize(
    ("record", "seen"),
    [
        ({}, True),
        ({"recorded_at": datetime(2026, 6, 30, 23, 59, 59)}, True),  # noqa: DTZ001
        ({"recorded_at": datetime(2026, 7, 1)}, False),  # noqa: DTZ001
        ({"recorded_at": "2026-07-01T00:30:00+01:00"}, True),
        ({"recorded_at": DAY, "occurred_on": date(2026, 8, 1)}, True),
        ({"recorded_at": date(2026, 7, 1), "occurred_on": DAY}, False),
        ({"occurred_on": AS_OF}, True),
        ({"occurred_on": date(2026, 7, 1)}, False),
        ({"recorded_at": "noon", "occurred_on": date(2026, 7, 1)}, False),
    ],
)
def test_look_ahead(record: dict[str, Any], seen: bool) -> None:
    assert len(rows("cases", [{"id": "1", **record}], "id").tables["cases"] or ()) == int(seen)


def test_happened_days_after_the_decision_are_missing_and_planned_ones_are_not() -> None:
    later = date(2026, 7, 1)
    taken = rows(
        "commitments",
        [{"id": "1", "due_on": later, "kept_on": later, "made_on": AS_OF}],
        "due_on",
        "kept_on",
        "made_on",
    )
    assert taken.tables["commitments"] is not None
    due, kept, made = taken.tables["commitments"][0]
    assert (due, made) == (later.toordinal(), AS_OF.toordinal())
    assert math.isnan(kept)
    assert taken.problems == ()


def test_amounts_count_in_the_accounts_currency_only() -> None:
    records = [
        {"id": "1", "amount": 5},
        {"id": "2", "amount": 5, "currency": "EUR", "fx_rate": 9},
        {"id": "3", "amount": 5, "currency": "USD", "fx_rate": 2},
        {"id": "4", "amount": 5, "currency": "USD"},
        {"id": "5", "amount": 5, "currency": "USD", "fx_rate": 0},
        {"id": "6", "amount": 1e18, "currency": "USD", "fx_rate": 10},
    ]
    taken = rows("orders", records, "amount", currency="EUR")
    assert [row[0] for row in taken.tables["orders"] or ()][:3] == [5.0, 5.0, 10.0]
    assert all(math.isnan(row[0]) for row in (taken.tables["orders"] or ())[3:])
    assert [problem.code for problem in taken.problems] == ["CC614", "CC614"]


def test_an_account_without_a_currency_has_no_amounts_in_named_ones() -> None:
    records = [{"id": "1", "amount": 5}, {"id": "2", "amount": 5, "currency": "EUR"}]
    taken = rows("orders", records, "amount")
    assert [same(row[0], want) for row, want in zip(taken.tables["orders"] or (), (5.0, math.nan), strict=True)] == [
        True,
        True,
    ]
    assert [str(problem) for problem in taken.problems] == [
        "CC614 `orders` record `2`: amounts in `EUR` without a rate; the account names none; "
        "give `fx_rate`, the rate into the account's currency"
    ]


def test_a_child_subject_knows_its_account() -> None:
    child = {"id": "o1", "amount": 3, "currency": "USD", "fx_rate": 2, "account": {"id": 9, "currency": "EUR"}}
    taken = take(child, Need(("amount",)), AS_OF, "opportunity")
    assert (taken.id, taken.account_id, taken.values, taken.problems) == ("o1", "9", (6.0,), ())
    assert take({"id": "o1", "account_id": 9}, Need(), AS_OF, "opportunity").account_id == "9"


def test_references_that_lead_nowhere_are_problems_only() -> None:
    subject = {
        "id": "a",
        "contacts": [{"id": "1"}],
        "cases": [{"id": "7", "contact_id": 1}, {"id": "8", "contact_id": 2}],
    }
    taken = take(subject, Need((), {"cases": ("contact_id",), "contacts": ("id",)}), AS_OF)
    assert taken.tables["cases"] == (("1",), ("2",))
    assert [str(problem) for problem in taken.problems] == [
        "warning CC607 `cases`: `contact_id` `2` is not among `contacts`"
    ]


@pytest.mark.parametrize("subject", [None, "acme", 3, [], ("a",), b"", {1}])
def test_what_is_no_subject_is_misuse(subject: Any) -> None:
    with pytest.raises(FactError, match="hand in a mapping"):
        take(subject, Need(), AS_OF)


def test_other_misuse() -> None:
    with pytest.raises(FactError, match="no subject `acount`; did you mean `account`"):
        take({"id": "a"}, Need(), AS_OF, "acount")
    with pytest.raises(FactError, match="`as_of` is the text `2026-06-30`; hand in a day"):
        take({"id": "a"}, Need(), "2026-06-30")  # type: ignore[arg-type]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EVERYTHING = Need(
    tuple(ENTITIES["accounts"].fields),
    {table: tuple(ENTITIES[table].fields) for table in ("cases", "orders", "contacts")},
)
CASE = st.dictionaries(st.sampled_from(sorted(ENTITIES["cases"].fields)), ANYTHING, max_size=6)
ACCOUNT = st.dictionaries(st.sampled_from(sorted(ENTITIES["accounts"].fields)), ANYTHING, max_size=6)


@given(ACCOUNT, st.lists(CASE, max_size=4) | ANYTHING, ANYTHING)
def test_bad_data_never_raises_and_leaves_internal_values_only(
    account: dict[str, Any], cases: Any, orders: Any
) -> None:
    taken = take({**account, "cases": cases, "orders": orders}, EVERYTHING, AS_OF)
    assert {problem.code for problem in taken.problems} <= set(CODES)
    of_kind = {"number": float, "text": str, "boolean": bool, "day": int, "instant": int}
    for value, field in zip(taken.values, ENTITIES["accounts"].fields.values(), strict=True):
        missing = value is None if field.kind.name in {"text", "boolean"} else value != value
        assert missing or type(value) is of_kind[field.kind.name], field.name


@given(st.lists(CASE, max_size=5), st.permutations(range(5)))
def test_whole_columns_and_single_values_are_converted_alike(cases: list[dict[str, Any]], order: list[int]) -> None:
    records = [{**case, "id": str(at)} for at, case in enumerate(cases)]
    columns = tuple(ENTITIES["cases"].fields)
    together = rows("cases", records, *columns).tables["cases"] or ()
    alone = [row for record in records for row in rows("cases", [record], *columns).tables["cases"] or ()]
    assert len(alone) == len(together)
    assert all(
        same(x, y) for left, right in zip(alone, together, strict=True) for x, y in zip(left, right, strict=True)
    )
    shuffled = rows("cases", [records[at] for at in order if at < len(records)], *columns).tables["cases"] or ()
    assert sorted(map(repr, shuffled)) == sorted(map(repr, together))


@given(st.lists(CASE, max_size=4), st.lists(CASE, min_size=1, max_size=3))
def test_records_of_later_change_nothing(seen: list[dict[str, Any]], later: list[dict[str, Any]]) -> None:
    future = [{**case, "id": f"later{at}", "recorded_at": date(2026, 7, 1)} for at, case in enumerate(later)]
    without = rows("cases", seen, "kind", "opened_at", "occurred_on")
    with_them = rows("cases", [*future, *seen], "kind", "opened_at", "occurred_on")
    assert repr(with_them.tables) == repr(without.tables)


@given(st.lists(st.datetimes(timezones=st.none() | st.timezones()), min_size=1, max_size=5))
def test_instants_of_any_zone_are_the_same_alone_and_in_a_column(moments: list[datetime]) -> None:
    together = rows("cases", [{"id": at, "opened_at": v} for at, v in enumerate(moments)], "opened_at").tables["cases"]
    alone = [rows("cases", [{"id": 1, "opened_at": v}], "opened_at").tables["cases"] for v in moments]
    assert repr([row for table in alone for row in table or ()]) == repr(list(together or ()))
