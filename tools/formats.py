"""Print docs/format.md: every key of our files, from the JSON Schemas that the loader's own forms write."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clientcore.load.schema import schemas
from format_words import HEADS, MEANINGS
from pages import write_pages

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "format.md"
HEAD = """\
# File format, key by key

For whoever writes rulesets and wants to look a key up.
This page is printed by `make docs` from the forms that read the files; a test holds it current.
[Rulesets](rulesets.md) explains how the parts work together.
`clientcore schema ruleset` prints the JSON Schema, by which an editor completes and checks.

An *expression* is a text of the condition language; a number or a truth value is an expression too.
An *id* is ASCII letters, digits and `_`, starts with no digit, and is no reserved word of CEL.
Keys marked * are required; an unknown key stops the file (CC104).
"""


def written(schema: Mapping[str, Any]) -> str:
    """Return how a value is written, in words."""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " · ".join(f"`{choice}`" for choice in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(written(one) for one in schema["anyOf"]))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "an account" if name == "account.schema.json" else name.replace("_", " ")
    if "expression" in schema.get("description", ""):
        return "expression"
    return _by_type(schema)


def _by_type(schema: Mapping[str, Any]) -> str:
    kind = schema["type"]
    if isinstance(kind, list):
        return " or ".join({"string": "text", "boolean": "`true`, `false`"}.get(one, one) for one in kind)
    match kind:
        case "array" if schema.get("maxItems") == 2:
            return "[low, high]"
        case "array":
            return f"list of: {written(schema['items'])}"
        case "object" if "additionalProperties" in schema:
            return f"mapping to: {written(schema['additionalProperties'])}"
        case "object":
            return "mapping"
        case "number" | "integer" if "minimum" in schema:
            word = "whole number" if kind == "integer" else "number"
            return f"{word} from {schema['minimum']:g}" + (f" to {schema['maximum']:g}" if "maximum" in schema else "")
        case "string":
            return _text(schema)
        case _:
            return {"boolean": "`true` · `false`", "integer": "whole number"}.get(kind, str(kind))


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date":
        return "day, as 2026-06-30"
    pattern = schema.get("pattern", "")
    if pattern.startswith("^[0-9]"):
        return "three numbers, as 1.0.0"
    return "ids joined by dots" if pattern else "text"


def sections() -> Iterator[str]:
    """Yield the table of every part, in the order of `HEADS`; a key without a meaning is an error."""
    made = schemas()
    told: set[str] = set()
    for part, head in HEADS.items():
        file, _, name = part.partition("/")
        whole = made[file]["$defs"][name]
        required = set(whole.get("required", ()))
        rows = []
        for key, schema in whole["properties"].items():
            full = f"{name}.{key}"
            told.add(full)
            cells = (f"`{key}`{' *' if key in required else ''}", written(schema), MEANINGS[full])
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
        yield f"\n{head}\n\n| key | value | meaning |\n|---|---|---|\n{''.join(rows)}"
    stale = sorted(MEANINGS.keys() - told)
    if stale:
        raise SystemExit(f"tools/format_words.py tells of keys that are not there: {', '.join(stale)}")


def page() -> str:
    """Return the page."""
    return HEAD + "".join(sections())


if __name__ == "__main__":
    sys.exit(write_pages("print docs/format.md from the JSON Schemas", {PAGE: page()}))
