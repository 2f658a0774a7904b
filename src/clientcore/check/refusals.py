"""What CEL has and the language profile has not, each with a stable reason word and what to write instead."""

from __future__ import annotations

from clientcore.errors import Problem

#: Reason → help. Messages of CC204 begin with the reason, so that reports can count by it.
REASONS: dict[str, str] = {
    "uint": "write a number without the `u`",
    "bytes": "write a text",
    "map": "use facts, fields and params instead of maps",
    "message": "use facts, fields and params instead of messages",
    "index": "name the field with a dot, or use `latest`, `min`, `max`, `exists` on a list",
    "text-concat": "texts are compared, not built; compare the parts",
    "list-concat": "join the conditions on both lists with `||` or `&&`",
    "conversion": "kinds are declared, not converted; hand the value in with the right kind",
    "type": "kinds are declared; compare values instead",
    "timestamp": "write a day as `day('2026-01-31')` or an instant as `instant('2026-01-31T09:30:00Z')`",
    "duration": "differences of days are numbers of days, those of instants are hours",
    "time-part": "compare days and instants, or use their difference",
    "binding": "make it a fact and use its name",
    "optional": "use `has(x)`",
    "boolean-order": "compare with `==` or join with `&&` and `||`",
    "list-equality": "use `size`, `all`, `exists` or `in`",
    "record-equality": "compare their `id`",
    "null": "`null` stands only in `x == null`, `x != null` and in the arms of `c ? a : b`",
    "nested-list": "a list holds numbers, texts, booleans, days, instants or labels",
    "mixed-list": "write one kind of value in a list",
    "size-of-text": "`size` counts the elements of a list",
    "root-name": "write the name without the dot in front",
    "two-variables": "a macro has one variable, for example `xs.all(x, x > 0)`",
    "text-function": "texts have `startsWith`, `endsWith`, `contains`, `matches` and `lowerAscii`",
    "math-function": "numbers have `abs`, `round`, `floor`, `ceil`; lists have `sum`, `mean`, `min`, `max`",
    "list-function": "lists have `size`, `sum`, `mean`, `min`, `max`, `count_distinct`, `latest` and the macros",
    "extension": "this extension of CEL is not part of the profile; a plugin can register a function",
}

_TIME_PARTS = (
    "getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds "
    "getMilliseconds"
)
_TEXT = (
    "upperAscii charAt indexOf lastIndexOf substring split join replace trim format quote reverse strings.quote "
    "upper toUpper regex.replace regex.extract regex.extractAll"
)
_LISTS = "sort sortBy slice flatten distinct first last lists.range sets.contains sets.equivalent sets.intersects"
_MATH = (
    "math.greatest math.least math.abs math.ceil math.floor math.round math.trunc math.sign math.isNaN math.isInf "
    "math.isFinite math.sqrt math.bitOr math.bitAnd math.bitXor math.bitNot math.bitShiftLeft math.bitShiftRight"
)

#: Function of CEL or of one of its extensions → reason.
FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(["int", "double", "string", "bool", "dyn"], "conversion"),
    **dict.fromkeys(["uint"], "uint"),
    **dict.fromkeys(["bytes", "base64.encode", "base64.decode"], "bytes"),
    **dict.fromkeys(["timestamp"], "timestamp"),
    **dict.fromkeys(["duration"], "duration"),
    **dict.fromkeys(["type"], "type"),
    **dict.fromkeys(_TIME_PARTS.split(), "time-part"),
    **dict.fromkeys(_TEXT.split(), "text-function"),
    **dict.fromkeys(_LISTS.split(), "list-function"),
    **dict.fromkeys(_MATH.split(), "math-function"),
    **dict.fromkeys(["_[_]"], "index"),
    **dict.fromkeys(["_?._", "_[?_]", "optional.of", "optional.ofNonZeroValue", "optional.none"], "optional"),
    **dict.fromkeys(["hasValue", "value", "or", "orValue", "optMap", "optFlatMap", "optional.unwrap"], "optional"),
    **dict.fromkeys(["cel.bind", "cel.block", "cel.index", "cel.iterVar", "cel.accuVar"], "binding"),
    **dict.fromkeys(["transformList", "transformMap", "transformMapEntry"], "two-variables"),
    **dict.fromkeys(["proto.getExt", "proto.hasExt"], "message"),
}

#: Names of CEL's types, written as values.
TYPE_NAMES = frozenset(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type", "dyn"])

#: Function written by habit → help.
HABITS: dict[str, str] = {
    **dict.fromkeys(["len", "length", "count", "cardinality"], "use `size`"),
    **dict.fromkeys(["avg", "average"], "use `mean`"),
    **dict.fromkeys(["lower", "toLower", "lowercase", "tolower", "LOWER"], "use `lowerAscii`"),
    **dict.fromkeys(["today", "now", "current_date", "TODAY", "NOW"], "use `as_of`, the day of the decision"),
    **dict.fromkeys(["isnull", "is_null", "isNull", "isna"], "write `x == null`"),
    **dict.fromkeys(["coalesce", "ifnull", "nvl"], "write `has(x) ? x : y`"),
    **dict.fromkeys(["if", "iff", "IF", "iif"], "write `condition ? a : b`"),
    **dict.fromkeys(["any", "some", "any_of"], "use `exists`"),
    **dict.fromkeys(["every", "all_of"], "use `all`"),
    **dict.fromkeys(["nunique", "countDistinct", "n_unique"], "use `count_distinct`"),
    **dict.fromkeys(["date", "to_date"], "write `day('2026-01-31')`"),
    **dict.fromkeys(["datetime", "time"], "write `instant('2026-01-31T09:30:00Z')`"),
    **dict.fromkeys(["not", "NOT"], "write `!x`"),
    **dict.fromkeys(["between"], "write `low <= x && x <= high`"),
    **dict.fromkeys(["existsOne"], "use `exists_one`"),
    **dict.fromkeys(["where", "select"], "use `filter`"),
    **dict.fromkeys(["days_between", "datediff"], "subtract the days: `a - b`"),
    **dict.fromkeys(["regexp", "match", "like"], "use `matches`"),
    **dict.fromkeys(["isin", "is_in", "in_list"], "write `x in [a, b]`"),
    **dict.fromkeys(["includes", "has_value"], "write `x in xs` for lists, `t.contains('a')` for texts"),
}

#: Bare name written by habit → help.
NAME_HABITS: dict[str, str] = {
    **dict.fromkeys(["None", "NULL", "Null", "nil", "NA", "missing", "undefined"], "write `null`"),
    **dict.fromkeys(["True", "TRUE", "yes"], "write `true`"),
    **dict.fromkeys(["False", "FALSE", "no"], "write `false`"),
    **dict.fromkeys(["today", "now", "TODAY", "current_date"], "write `as_of`, the day of the decision"),
    **dict.fromkeys(["param", "parameters"], "write `params.name`"),
    **dict.fromkeys(["prev", "last"], "write `previous.ruleset.name`"),
}


def reason(problem: Problem) -> str:
    """Return the reason word of a CC204 problem; empty for other codes.

    Example:
        >>> reason(Problem("CC204", "uint: `1u` is outside the language profile"))
        'uint'
    """
    return problem.message.partition(":")[0] if problem.code == "CC204" else ""
