"""The entities are well formed and `ENTITIES` says what the classes say."""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args, get_type_hints

import attrs
import pytest

from clientcore.entities import ENTITIES, SOURCES, SUBJECTS, Account, Case, Entity, Fact, Record
from clientcore.expr import BOOLEAN, DAY, INSTANT, NUMBER, TEXT

#: Words that the condition language keeps for itself.
RESERVED = (
    *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
    *("null", "package", "namespace", "return", "true", "var", "void", "while"),
)
CLASS_OF_KIND = {TEXT: str, NUMBER: float, BOOLEAN: bool, DAY: date, INSTANT: datetime}
every_entity = pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))


@every_entity
def test_every_name_can_be_written_in_a_condition(entity: Entity) -> None:
    names = {entity.table, entity.name, *entity.fields}
    assert [name for name in sorted(names) if not name.isidentifier() or name in RESERVED] == []


@every_entity
def test_every_field_has_a_sentence_and_a_kind_that_fits_its_annotation(entity: Entity) -> None:
    hints = get_type_hints(entity.cls)
    for field in entity.fields.values():
        assert field.doc, field.name
        assert not field.doc.endswith("."), field.name
        declared = hints[field.name]
        assert CLASS_OF_KIND[field.kind] in (get_args(declared) or (declared,)), field.name


@every_entity
def test_only_days_and_instants_are_planned_or_happened(entity: Entity) -> None:
    for field in entity.fields.values():
        timed = field.kind in {DAY, INSTANT}
        assert (field.role != "plain") is timed, field.name


@every_entity
def test_references_point_to_tables(entity: Entity) -> None:
    for field in entity.fields.values():
        assert field.refers == "" or field.refers in ENTITIES, field.name
        assert field.name in {"id", "source_id"} or field.name.endswith("_id") is bool(field.refers), field.name


@every_entity
def test_amounts_have_a_currency(entity: Entity) -> None:
    if any(field.unit == "money" for field in entity.fields.values()):
        assert "currency" in entity.fields
        assert entity.name in SUBJECTS or "fx_rate" in entity.fields


@every_entity
def test_nested_tables_refer_back_to_their_subject(entity: Entity) -> None:
    for table in entity.tables:
        assert ENTITIES[table].fields[f"{entity.name}_id"].refers == entity.table


@every_entity
def test_every_record_has_the_common_fields_first(entity: Entity) -> None:
    common = [attribute.name for attribute in attrs.fields(Record)]
    assert list(entity.fields)[: len(common)] == common


def test_the_account_holds_every_table_but_the_subjects_beside_it() -> None:
    assert set(ENTITIES) - set(ENTITIES["accounts"].tables) == {"accounts", "organisations"}


def test_there_are_four_kinds_of_subject() -> None:
    assert {name: entity.table for name, entity in SUBJECTS.items()} == {
        "account": "accounts",
        "opportunity": "opportunities",
        "workstream": "workstreams",
        "organisation": "organisations",
    }


def test_records_are_frozen_and_tables_are_missing_until_given() -> None:
    account = Account(id="acme", cases=(Case(id="c1"),))
    assert account.contacts is None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        account.name = "Acme"  # type: ignore[misc]


def test_a_bare_fact_is_the_suppliers_record() -> None:
    assert Fact(3.0) == Fact(3.0, source="supplier_record", observed_at=None, n=None, applicable=True)
    assert Fact(3.0).source in SOURCES
