"""The OPS table: every leaf and operator of the checked tree, one row each.

An executor has one row per operator here, or one in its `UNSUPPORTED` with the reason; a test demands the union.
"""

from __future__ import annotations

from typing import Literal

import attrs

Missing = Literal["leaf", "propagates", "kleene", "handles"]


@attrs.frozen
class Op:
    """One operator.

    Args:
        name: Its id in `Node.op`.
        group: Heading in the docs.
        form: How it is written; `…` stands for an operand.
        args: Kinds of the operands, for the docs.
        returns: Kind of the result, for the docs.
        missing: `propagates` (missing in, missing out), `kleene`, `handles` (says itself) or `leaf`.
        doc: One sentence.
        value: What `Node.value` holds; empty where it is None.
    """

    name: str
    group: str
    form: str
    args: str
    returns: str
    missing: Missing
    doc: str
    value: str = ""


_ROWS: tuple[Op, ...] = (
    # leaves
    Op("literal", "leaves", "`3`, `'gold'`, `true`, `null`, `day('2026-01-31')`", "", "any", "leaf",
       "a constant", "float, str, bool, None, datetime.date, datetime.datetime (UTC) or a label"),
    Op("field", "leaves", "`industry`", "", "any", "leaf", "a field of the subject", "field name"),
    Op("fact", "leaves", "`kept_ratio`", "", "any", "leaf", "an input or a derived fact", "fact name"),
    Op("param", "leaves", "`params.floor`", "", "any", "leaf",
       "a param of the own ruleset, read at evaluation", "(ruleset id, param id)"),
    Op("as_of", "leaves", "`as_of`", "", "day", "leaf", "the day of the decision"),
    Op("table", "leaves", "`commitments`", "", "list of records", "leaf",
       "the related records of the subject", "table name"),
    Op("var", "leaves", "`c` in `commitments.all(c, …)`", "", "any", "leaf",
       "the element that a macro looks at", "variable name"),
    Op("column", "leaves", "`c.due_on`", "record", "any", "propagates", "a field of a related record", "field name"),
    Op("score", "leaves", "`trust.reliability.score`, `….low`, `….high`, `….band`, `….coverage`", "", "number or text",
       "leaf", "a score of any ruleset, or a part of it", "(ruleset id, score id, part): part is value, low, high, "
       "band or coverage"),
    Op("outcome", "leaves", "`account.tiers.tier`", "", "any", "leaf", "the outcome of a table",
       "(ruleset id, table id)"),
    Op("state", "leaves", "`spectrum.switch.mentoring_switch`", "", "level", "leaf", "the state of a machine",
       "(ruleset id, machine id)"),
    Op("fired", "leaves", "`fired('ruleset/rule')`", "", "boolean", "leaf", "the raw truth of a rule",
       "(ruleset id, rule id)"),
    Op("previous", "leaves", "`previous.ruleset.name`", "", "any", "leaf",
       "the same of the last decision; missing without one",
       "(what, ruleset id, id, part): what is score, outcome or state; part as for score, else empty"),
    Op("parent", "leaves", "`account.industry`", "any", "any", "leaf",
       "a field, fact or score of the account, in a child subject; the operand says which, in the account's scope"),
    # logic
    Op("and", "logic", "`… && …`", "boolean, boolean", "boolean", "kleene",
       "true if both are; false wins over unknown"),
    Op("or", "logic", "`… || …`", "boolean, boolean", "boolean", "kleene", "true if one is; true wins over unknown"),
    Op("not", "logic", "`!…`", "boolean", "boolean", "kleene", "the opposite; unknown stays unknown"),
    Op("if", "logic", "`… ? … : …`", "boolean, any, any", "any", "handles",
       "the second or third operand; where the condition is unknown, their common value if they agree"),
    Op("has", "logic", "`has(…)`, `… != null`", "any", "boolean", "handles",
       "whether the value is there; never unknown"),
    # comparison
    Op("eq", "comparison", "`… == …`", "any, same", "boolean", "propagates", "equal"),
    Op("ne", "comparison", "`… != …`", "any, same", "boolean", "propagates", "not equal"),
    Op("lt", "comparison", "`… < …`", "number, text, day, instant or level", "boolean", "propagates",
       "before in the order of the kind; text by code point, incomparable labels are false"),
    Op("le", "comparison", "`… <= …`", "as `<`", "boolean", "propagates", "before or equal"),
    Op("gt", "comparison", "`… > …`", "as `<`", "boolean", "propagates", "after"),
    Op("ge", "comparison", "`… >= …`", "as `<`", "boolean", "propagates", "after or equal"),
    Op("in", "comparison", "`… in […]`", "any, list of same", "boolean", "handles",
       "whether one element is equal; Kleene over the elements"),
    # arithmetic
    Op("add", "arithmetic", "`… + …`", "number, number", "number", "propagates", "sum"),
    Op("sub", "arithmetic", "`… - …`", "number, number", "number", "propagates", "difference"),
    Op("mul", "arithmetic", "`… * …`", "number, number", "number", "propagates", "product"),
    Op("div", "arithmetic", "`… / …`", "number, number", "number", "propagates",
       "quotient; missing when the divisor is 0"),
    Op("mod", "arithmetic", "`… % …`", "number, number", "number", "propagates",
       "remainder with the sign of the dividend; both whole and at most 2^53, else missing"),
    Op("neg", "arithmetic", "`-…`", "number", "number", "propagates", "the negative"),
    Op("abs", "arithmetic", "`abs(…)`", "number", "number", "propagates", "the magnitude"),
    Op("round", "arithmetic", "`round(…)`, `round(…, 2)`", "number", "number", "propagates",
       "half to even, to so many decimals (0 to 9)", "decimals"),
    Op("floor", "arithmetic", "`floor(…)`", "number", "number", "propagates", "the next whole number below"),
    Op("ceil", "arithmetic", "`ceil(…)`", "number", "number", "propagates", "the next whole number above"),
    # time
    Op("day_add", "time", "`day + n`", "day, number", "day", "propagates",
       "n whole days later; missing for a fraction or outside years 1 to 9999"),
    Op("day_sub", "time", "`day - n`", "day, number", "day", "propagates", "n whole days earlier, likewise"),
    Op("day_diff", "time", "`day - day`", "day, day", "number", "propagates", "days from the second to the first"),
    Op("instant_diff", "time", "`instant - instant`", "instant, instant", "number", "propagates",
       "hours from the second to the first: exact microseconds / 3.6e9"),
    Op("utc_day", "time", "`day(instant)`", "instant", "day", "propagates", "the day of an instant in UTC"),
    Op("business_days", "time", "`business_days(a, b)`", "day, day", "number", "propagates",
       "weekdays d with a <= d < b; negative when b < a"),
    # text
    Op("starts_with", "text", "`….startsWith(…)`", "text, text", "boolean", "propagates", "whether it begins so"),
    Op("ends_with", "text", "`….endsWith(…)`", "text, text", "boolean", "propagates", "whether it ends so"),
    Op("contains", "text", "`….contains(…)`", "text, text", "boolean", "propagates", "whether it holds that text"),
    Op("matches", "text", "`….matches('…')`", "text", "boolean", "propagates",
       "whether a part matches the pattern; text over 4,096 characters is missing", "the pattern, as written"),
    Op("lower_ascii", "text", "`….lowerAscii()`", "text", "text", "propagates", "A to Z become a to z, nothing else"),
    # lists
    Op("list", "lists", "`[…, …]`", "any, same", "list", "handles", "a list of expressions"),
    Op("filter", "lists", "`xs.filter(x, …)`", "list, boolean", "list", "handles",
       "the elements for which it is true; unknown if one is unknown", "variable name"),
    Op("map", "lists", "`xs.map(x, …)`", "list, any", "list", "handles",
       "the values; unknown if one is missing", "variable name"),
    Op("all", "lists", "`xs.all(x, …)`", "list, boolean", "boolean", "kleene", "whether it is true of every element",
       "variable name"),
    Op("exists", "lists", "`xs.exists(x, …)`", "list, boolean", "boolean", "kleene",
       "whether it is true of an element", "variable name"),
    Op("exists_one", "lists", "`xs.exists_one(x, …)`", "list, boolean", "boolean", "handles",
       "whether it is true of exactly one; unknown if one is unknown", "variable name"),
    Op("size", "lists", "`xs.size()`, `size(xs)`", "list", "number", "propagates", "how many; 0 of an empty list"),
    Op("sum", "lists", "`xs.sum()`", "list of numbers", "number", "handles", "exact sum; 0 of an empty list"),
    Op("mean", "lists", "`xs.mean()`", "list of numbers", "number", "handles", "exact mean; missing of an empty list"),
    Op("min", "lists", "`xs.min()`", "list", "same", "handles", "the least; missing of an empty list"),
    Op("max", "lists", "`xs.max()`", "list", "same", "handles", "the greatest; missing of an empty list"),
    Op("count_distinct", "lists", "`xs.count_distinct()`", "list", "number", "handles",
       "how many different; 0 of an empty list"),
    Op("latest", "lists", "`xs.latest(x, x.key)`", "list of records, day or instant", "record", "handles",
       "the record with the greatest key; then recorded_at, then id; unknown if a key is missing", "variable name"),
    # patterns
    Op("events", "event patterns", "a pattern of `patterns:`", "numbers, conditions, lists of records", "boolean",
       "handles", "whether some events of the account came within some days", "a `matching.Shape`"),
)

OPS: dict[str, Op] = {op.name: op for op in _ROWS}
