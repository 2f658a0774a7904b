"""Every operator of the condition language that frames can do, and why the others can't."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clientcore.relational import lists, unrolling
from clientcore.relational.conditions import CONDITIONS
from clientcore.relational.events import events
from clientcore.relational.expressions import Writer
from clientcore.relational.values import VALUES

_LISTS: dict[str, Writer] = {
    "size": unrolling.size,
    "sum": lists.total,
    "mean": lists.mean,
    "min": lists.extreme("min"),
    "max": lists.extreme("max"),
    "count_distinct": lists.count_distinct,
    "all": unrolling.tested("all"),
    "exists": unrolling.tested("exists"),
    "exists_one": unrolling.tested("exists_one"),
}
OPS: Mapping[str, Writer] = MappingProxyType({**CONDITIONS, **VALUES, **_LISTS, "events": events})
#: What has no column of its own: it is read by the operators around it.
UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        "table": "a list of records is no column; ask for its size, or whether a record exists",
        "list": "a list is no column; ask whether it holds something, or fold it",
        "filter": "a list is no column; fold it with size, sum, mean, min, max or count_distinct",
        "map": "a list is no column; fold it with sum, mean, min, max or count_distinct",
        "latest": "a record is no column; read one of its fields",
    }
)
