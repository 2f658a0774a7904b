"""The SQL of a mapping: which tables a query reads, and every column that it names and nobody has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import attrs
import duckdb

from clientcore.errors import Problem, Where, did_you_mean

#: What DuckDB says of the first column that it does not find; it stops there.
_NO_COLUMN = re.compile(r'Referenced column "(?P<column>[^"]+)" not found in FROM clause|'
                        r'"(?P<table>[^"]+)" does not have a column named "(?P<of_table>[^"]+)"')  # fmt: skip
_NULL = {"class": "CONSTANT", "type": "VALUE_CONSTANT", "literal": {"kind": "NULL_LITERAL", "text": ""}}


@attrs.frozen
class Query:
    """One SELECT of a mapping.

    Args:
        table: The table of the book that it makes.
        text: The SQL.
        where: Where it stands.
        tree: What DuckDB parses it to.
        reads: The foreign tables that it reads.
    """

    table: str
    text: str
    where: Where
    tree: Any
    reads: frozenset[str]

    def line(self, offset: int) -> int:
        """Return the line of an offset in bytes."""
        return self.text.encode()[:offset].count(b"\n") + 1


def parsed(con: duckdb.DuckDBPyConnection, table: str, text: str, where: Where) -> Query | Problem:
    """Return a query, or why it is none."""
    query = Query(table, text, where, None, frozenset())
    # DuckDB's own `get_table_names` refuses queries with USING while the tables are not there.
    rows = con.execute("SELECT json_serialize_sql($1::VARCHAR)", [text]).fetchall()
    tree = json.loads(rows[0][0])
    if tree.get("error") and tree.get("error_type") == "parser":
        line = query.line(int(tree.get("position", 0)))
        message = f"the SQL of `{table}` does not parse, in its line {line}: {tree['error_message']}"
        return Problem("CC613", message, where)
    if tree.get("error") or len(tree["statements"]) != 1:
        return Problem("CC613", f"the SQL of `{table}` is not one SELECT", where, "write one SELECT")
    named: set[str] = set()
    defined: set[str] = set()
    for node in _nodes(tree["statements"][0]):
        if node.get("type") == "BASE_TABLE":
            named.add(node["table_name"])
        defined |= {entry["key"].lower() for entry in node.get("cte_map", {}).get("map", ())}
    return attrs.evolve(query, tree=tree, reads=frozenset(name for name in named if name.lower() not in defined))


def misfits(con: duckdb.DuckDBPyConnection, query: Query) -> list[Problem]:
    """Return why a query does not run on the tables that are registered; of columns all that are not there.

    DuckDB tells one column and stops, so each that it tells is put to null, and it is asked again.
    """
    text = query.text
    columns: list[tuple[int, Problem]] = []
    while True:
        try:
            con.sql(text)
        except duckdb.Error as error:
            found = _NO_COLUMN.search(str(error))
            offsets = _put_to_null(query.tree, found) if found else []
            if found and offsets:
                columns.append((min(offsets), _no_column(query, found, min(offsets), _columns(con, query))))
                text = _written(con, query.tree)
                continue
            if not columns:  # else it may come of what was put to null
                return [does_not_run(query, error)]
        return [problem for _, problem in sorted(columns, key=itemgetter(0))]


def does_not_run(query: Query, error: duckdb.Error) -> Problem:
    """Return the problem of a query that DuckDB refuses."""
    message = " ".join(str(error).split("LINE ", maxsplit=1)[0].split())[:300]
    return Problem("CC613", f"the SQL of `{query.table}` does not run: {message}", query.where)


def _columns(con: duckdb.DuckDBPyConnection, query: Query) -> set[str]:
    quoted = ['"' + name.replace('"', '""') + '"' for name in query.reads]
    return {column for name in quoted for column in con.sql(f"FROM {name}").columns}


def _no_column(query: Query, found: re.Match[str], offset: int, columns: set[str]) -> Problem:
    name = found["column"] or f"{found['table']}.{found['of_table']}"
    message = f"the SQL of `{query.table}` names column `{name}`, which is not there, in its line {query.line(offset)}"
    return Problem("CC613", message, query.where, did_you_mean(found["column"] or found["of_table"], columns))


def _put_to_null(tree: Any, found: re.Match[str]) -> list[int]:
    """Put every mention of a column to null; return where they stood."""
    wanted = [name.lower() for name in (found["column"], found["table"], found["of_table"]) if name is not None]
    offsets: list[int] = []
    for node in _nodes(tree):
        names = [name.lower() for name in node.get("column_names", ())]
        if node.get("type") == "COLUMN_REF" and names[: len(wanted)] == wanted:
            offsets.append(node.get("query_location", 0))
            alias = node["alias"] or node["column_names"][-1]
            node.clear()
            node.update(_NULL, alias=alias)
    return offsets


def _written(con: duckdb.DuckDBPyConnection, tree: Any) -> str:
    rows = con.execute("SELECT json_deserialize_sql($1::JSON)", [json.dumps(tree)]).fetchall()
    return str(rows[0][0])


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
