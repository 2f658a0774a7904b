"""JSON Schema of the nested account mapping, from the entities."""

from __future__ import annotations

from clientcore.entities import ENTITIES, SUBJECTS, Entity, Field
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
    for name in ("account", "organisation"):
        subject = SUBJECTS[name]
        whole = _record(subject)
        for table in subject.tables:
            entity = ENTITIES[table]
            defs.setdefault(entity.name, _record(entity))
            whole["properties"][table] = {"type": ["array", "null"], "items": {"$ref": f"#/$defs/{entity.name}"}}
        defs[name] = whole
    return {"anyOf": [{"$ref": "#/$defs/account"}, {"$ref": "#/$defs/organisation"}]}


def _record(entity: Entity) -> Schema:
    return {
        "type": "object",
        "description": entity.doc,
        "properties": {name: _field(field) for name, field in entity.fields.items()},
        "required": ["id"],
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    if field.name == "id":
        return _ID | {"description": field.doc}
    schema = {"type": ["string", "integer", "null"]} if field.refers else _KINDS[field.kind.name]
    return schema | {"description": field.doc}
