"""Values that stand as text in a database, read as a book reads them; a text that is none of its kind is missing."""

from __future__ import annotations

from sqlglot import exp

from clientcore.executors.sql.given import Given
from clientcore.executors.sql.scalars import OPS, days
from clientcore.executors.sql.words import binary, call, case, chain, closed, constant, typed
from clientcore.expr.patterns import explicit_pattern
from clientcore.relational import Scalar

# The days that there are in the years 1 to 9999, so that no database meets one that it can't cast.
_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_LONG, _SHORT = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])", "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
_DAY = f"(?:{_YEAR}-(?:{_LONG}|{_SHORT}|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
_HOURS = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"
_MOMENT = f"{_DAY}(?:[T ]{_HOURS} ?(?:Z|UTC|[+-][0-9]{{2}}:?(?:[0-9]{{2}})?)?)?"
#: Where the hours of a moment begin, and all that stands before its zone.
_AT = "[T ]"
_WHOLE = f"{_AT}[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)? ?"
#: Such a number neither over- nor underflows, however its database reads it.
_DIGITS = r"[+-]?(?:[0-9]{1,99}(?:\.[0-9]{0,99})?|\.[0-9]{1,99})"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_TRUE, _FALSE = "(?:[tT][rR][uU][eE]|1)", "(?:[fF][aA][lL][sS][eE]|0)"
_FIRST, _LAST = -719_162 * 86_400, 2_932_897 * 86_400 - 1


def number_in(text: exp.Expr, given: Given) -> exp.Expr:
    """Return the double that a text is, not yet as it enters."""
    plain = typed(_part(text, rf"^\s*({_DIGITS}(?:[eE][+-]?[0-9]{{1,2}})?)\s*$", given), "number")
    tiny = case([(_is(text, f"{_DIGITS}[eE]-[0-9]+", given), constant(0.0, "number"))])
    return call("COALESCE", plain, tiny)


def is_written(kind: str, text: exp.Expr, given: Given) -> exp.Expr:
    """Return whether a text is a number, a truth value or blank, whatever a number may be on entering."""
    pattern = {"number": _NUMBER, "boolean": f"(?:{_TRUE}|{_FALSE})", "blank": ""}[kind]
    return _is(text, pattern, given)


def boolean_in(text: exp.Expr, given: Given) -> exp.Expr:
    """Return the truth that a text is."""
    true, false = _is(text, _TRUE, given), _is(text, _FALSE, given)
    return case([(true, exp.true()), (false, exp.false())])


def day_in(text: exp.Expr, given: Given) -> exp.Expr:
    """Return the day that a text is, or in UTC that of the instant that it is, as days since 1970-01-01."""
    passed = exp.Div(this=typed(_seconds(text, given), "number"), expression=constant(86_400, "number"), typed=True)
    moment = case([(_is_moment(text, given), typed(call("FLOOR", passed), "integer"))])
    return call("COALESCE", _day(text, rf"^\s*({_DAY})\s*$", given), moment)


def instant_in(text: exp.Expr, given: Given) -> exp.Expr:
    """Return the instant that a text is, a day being its first moment, as microseconds since 1970-01-01 in UTC."""
    fraction = _or_zero(_part(text, f"{_AT}[0-9:]{{8}}[.,]([0-9]{{1,6}})", given))
    digits = typed(call("RPAD", fraction, exp.Literal.number(6), exp.Literal.string("0")), "integer")
    micros = binary(exp.Mul, _seconds(text, given), constant(1_000_000, "integer"))
    return case([(_is_moment(text, given), binary(exp.Add, micros, digits))])


def _is_moment(text: exp.Expr, given: Given) -> exp.Expr:
    """Return whether a text is a moment, which in UTC is in the years 1 to 9999 too."""
    first, last = constant(_FIRST, "integer"), constant(_LAST, "integer")
    inside = exp.Between(this=closed(_seconds(text, given)), low=first, high=last)
    return chain(exp.And, [_is(text, _MOMENT, given), inside])


def _seconds(text: exp.Expr, given: Given) -> exp.Expr:
    """Return the seconds from 1970-01-01 in UTC to a moment, without their fraction."""

    def part(pattern: str, seconds: int) -> exp.Expr:
        found = typed(_or_zero(_part(text, pattern, given)), "integer")
        return binary(exp.Mul, found, constant(seconds, "integer"))

    hours = part(f"{_AT}([0-9]{{2}}):", 3600)
    minutes = part(f"{_AT}[0-9]{{2}}:([0-9]{{2}})", 60)
    seconds = part(f"{_AT}[0-9:]{{6}}([0-9]{{2}})", 1)
    ahead = chain(exp.Add, [part(f"{_WHOLE}[+-]([0-9]{{2}})", 3600), part(f"{_WHOLE}[+-][0-9]{{2}}:?([0-9]{{2}})", 60)])
    is_east = binary(exp.EQ, _part(text, f"{_WHOLE}([+-])", given), exp.Literal.string("+"))
    sign = case([(is_east, constant(-1, "integer"))], constant(1, "integer"))
    day = binary(exp.Mul, _day(text, f"({_DAY})", given), constant(86_400, "integer"))
    return chain(exp.Add, [day, hours, minutes, seconds, binary(exp.Mul, ahead, sign)])


def _day(text: exp.Expr, pattern: str, given: Given) -> exp.Expr:
    """Return the day that the group of a pattern finds, as days since 1970-01-01."""
    return days(exp.Cast(this=_part(text, pattern, given), to=exp.DataType(this=exp.DType.DATE)), given)


def _is(text: exp.Expr, pattern: str, given: Given) -> exp.Expr:
    """Return whether a text is of a pattern, but for what is blank around it."""
    whole = Scalar("matches", "boolean", (), rf"^\s*{pattern}\s*$")
    return OPS["matches"](whole, given, [text.copy()])


def _part(text: exp.Expr, pattern: str, given: Given) -> exp.Expr:
    """Return what the one group of a pattern finds in a text; null where it finds nothing.

    What is found is all that is cast, so that no cast fails, wherever the database moves it.
    """
    found = exp.Literal.string(explicit_pattern(pattern, given.dialect.pattern_end))
    one = exp.Literal.number(1)
    match given.dialect.name:
        case "postgres":
            return call("SUBSTRING", text.copy(), found)
        case "snowflake":
            return call("REGEXP_SUBSTR", text.copy(), found, one, one.copy(), exp.Literal.string("e"), one.copy())
        case "bigquery":
            return call("REGEXP_EXTRACT", text.copy(), found)
        case _:  # where nothing is found these two give an empty text
            part = call("REGEXP_EXTRACT", text.copy(), found, one)
            return exp.Nullif(this=part, expression=exp.Literal.string(""))


def _or_zero(found: exp.Expr) -> exp.Expr:
    return call("COALESCE", found, exp.Literal.string("0"))
