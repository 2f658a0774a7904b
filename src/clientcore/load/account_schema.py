"""JSON Schema of the nested account mapping, from the entities."""

from __future__ import annotations

from clientcore.entities import ENTITIES, SUBJECTS, Entity, Field
from clientcore.entities.fields import LARGEST
from clientcore.load.form import Schema

_KINDS: dict[str, Schema] = {
    "text": {"type": ["string", "null"]},
    "number": {"type": ["number", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "day": {"type": ["string", "null"], "format": "date"},
    "instant": {"type": ["string", "null"], "format": "date-time"},
}
_ID: Schema = {"type": ["string", "integer"]}


def account_schema(defs: Schema) -> Schema:
    """Return the schema of an account, or an organisation, with all its related records, which go to `defs`."""
    return {"anyOf": [_record(SUBJECTS[name], defs) for name in ("account", "organisation")]}


def _record(entity: Entity, defs: Schema) -> Schema:
    """Return a reference to the schema of an entity with the tables that it may hold."""
    if entity.name not in defs:
        fields = {name: _field(field) for name, field in entity.fields.items()}
        defs[entity.name] = {"type": "object", "description": entity.doc, "properties": fields}
        for table in entity.tables:
            fields[table] = {"type": ["array", "null"], "items": _record(ENTITIES[table], defs)}
        defs[entity.name] |= {"required": ["id"], "additionalProperties": False}
    return {"$ref": f"#/$defs/{entity.name}"}


def _field(field: Field) -> Schema:
    if field.name == "id":
        return _ID | {"description": field.doc}
    schema = {"type": ["string", "integer", "null"]} if field.refers else _KINDS[field.kind.name]
    return schema | {"description": field.doc} | _limits(field)


def _limits(field: Field) -> Schema:
    if field.range is None:
        return {}
    low, high = field.range
    return {"minimum": low} if high == LARGEST else {"minimum": low, "maximum": high}
