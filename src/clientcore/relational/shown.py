"""A program that shows the columns of a decisions frame, for engines that give them as they are."""

from __future__ import annotations

import attrs

from clientcore.decision import column
from clientcore.errors import CODES
from clientcore.plan import Plan
from clientcore.relational.program import Definition, Program, staged
from clientcore.relational.scalar import Scalar, case, col, lit, null

_TROUBLE = "!"


def shown_program(program: Program, plan: Plan, *, child: bool, base: str | None = None) -> Program:
    """Return the program with ids, day, pending bands and the codes of what went wrong among its outputs.

    Args:
        program: What `make_program` gave.
        plan: The plan that it was made from.
        child: Whether the subject belongs to an account.
        base: What stands for what each decision started from.

    Returns:
        The same program; its outputs are columns of a decisions frame and nothing else.
    """
    main = program.main
    extra: dict[str, tuple[Scalar, str]] = {}
    subject = col("id", "text")
    account = col("account_id", "text") if child else subject
    extra |= {f"{plan.subject}_id": (subject, "text")}
    extra |= {"account_id": (account if plan.subject != "organisation" else null("text"), "text")}
    extra |= {"as_of": (Scalar("as_of", "integer"), "day")}
    outputs = {name: shown for name, shown in program.outputs.items() if not name.startswith(_TROUBLE)}
    for step in plan.steps:
        head = column(".".join(step.key[1:]))
        band, days = outputs.pop(f"{head}_pending_band", None), outputs.pop(f"{head}_pending_days", None)
        if band is not None and days is not None:
            extra[f"{head}_pending"] = (_pending(col(band[0], "text"), col(days[0], "number")), "text")
    extra |= {"_base": (lit(base) if base else null("text"), "text"), "error": (_errors(program), "text")}
    made = {(one.frame, one.name): one for stage in program.stages for one in stage}
    for at, (name, (scalar, shown)) in enumerate(extra.items()):
        if scalar.op == "col":
            outputs[name] = (scalar.value, shown)
        else:
            made[main, f"s@{at}"] = Definition(main, f"s@{at}", scalar)
            outputs[name] = (f"s@{at}", shown)
    return attrs.evolve(program, stages=staged(made), outputs=outputs)


def _pending(band: Scalar, days: Scalar) -> Scalar:
    """Return a pending band as JSON; its days are whole."""
    whole = Scalar("integer_text", "text", (Scalar("to_integer", "integer", (days,)),))
    return Scalar("join_text", "text", (lit('["'), band, lit('", '), whole, lit(".0]")))


def _errors(program: Program) -> Scalar:
    """Return the problems that the program itself sees, with `; ` between them; null without any."""
    found = null("text")
    for name, (held, _) in program.outputs.items():
        if name.startswith(_TROUBLE):
            code, _, where = name.removeprefix(_TROUBLE).partition(" ")
            told = lit(f"{code} {CODES[code]}: `{where}`")
            more = Scalar("join_text", "text", (found, lit("; "), told))
            both = told if found.op == "lit" else Scalar("coalesce", "text", (more, told))
            found = case(col(held, "boolean"), both, found)
    return found
