"""Plant one mistake at a time in the executors and show that the suite finds it:  python tests/mutate.py [text ...].

Each mistake is planted in a copy of the checkout, in which the tests of that executor then run: rows and examples that
are the same each time, so that no mistake is found by luck. Ends with 1 if one is not found. With texts, only
mistakes of files or replacements that hold one of them are planted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("src", "plugins", "rulesets", "tests", "pyproject.toml")
#: Tests of an executor, those that find most of its mistakes first.
ROWS = "tests/test_conformance.py"
RECORD = (ROWS, "-k", "test_row and record")
COLUMNAR = (ROWS, "tests/test_columnar_scalars.py", "-k", "on_frames or operations")
SQL = (
    "tests/test_sql_scalars.py", "tests/test_sql_frames.py", "tests/test_conformance_sql.py",
    "-k", "duckdb and not batch or operations and postgres and not icu",
)  # fmt: skip
SPECIALISED = ("tests/test_specialise.py",)
DATABASES = (
    "tests/test_databases.py", "tests/test_sql_texts.py", "tests/test_belonging.py",
    "-k", "(duckdb or told or field or a_database_agrees) and not bundled",
)  # fmt: skip
CELLS = ("tests/test_book.py", "-k", "cells or numbers or instants")
PARTS = (
    "tests/test_columnar_keys.py", "tests/test_places.py", "tests/test_book_parts.py",
    "-k", "number or each_row or runs_say or between_two or in_memory or follow",
)  # fmt: skip
DURABLE = ("tests/test_durable.py", ROWS, "-k", "test_durable or durable")


@attrs.frozen
class Mutation:
    """A mistake: in a file, one text in place of another that stands there once."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: `{self.old}` → `{self.new}`"


def _of(part: str, tests: tuple[str, ...], *pairs: tuple[str, str, str]) -> Iterator[Mutation]:
    for file, old, new in pairs:
        yield Mutation(f"src/clientcore/{part}/{file}.py".replace("//", "/"), old, new, tests)


MUTATIONS = (
    *_of(
        "executors/record",
        RECORD,
        ("truths", '"lt": _ordered("<", ">=")', '"lt": _ordered("<", ">")'),
        ("truths", "\"({' and '.join(yes)})\", f\"({' or '.join(no)})\"",
         "\"({' and '.join(yes)})\", f\"({' and '.join(no)})\""),
        ("truths", " or {no} and {yes2} or {yes1} and {yes2})", " or {no} and {yes2})"),
        ("bands", "bottom <= x < top", "bottom <= x <= top"),
        ("bands", "lasted >= hold[1]", "lasted > hold[1]"),
        ("machines", "as_of - since < dwell", "as_of - since <= dwell"),
        ("machines", "day > since", "day >= since"),
        ("machines", "goal == target and day <= as_of", "goal == target"),
        ("tables", "if true or len(open_rows) > 1", "if len(open_rows) > 1"),
        ("lists", "round({element} * 1e6)", "int({element} * 1e6)"),
        ("lists", "else -INF", "else INF"),
        ("chains", "ends = zip((self.low, self.high), span", "ends = zip((self.high, self.low), span"),
        ("arithmetic", "min(k % 7, 5)", "min(k % 7, 6)"),
        ("aggregates", "max(min(lows), least) - _ROOM", "max(min(lows), least)"),
        ("aggregates", "if away * way > 0.0", "if away * way < 0.0"),
        ("aggregates", "return (min(low, *lows), high) if", "return (low, high) if"),
        ("aggregates", "unsure and len(parts) <= CHOICES", "unsure and len(parts) < CHOICES"),
        ("aggregates", "more[size] = pick((product, more[size]))", "more[size] = max((product, more[size]))"),
        ("aggregates", "low <= high and n >= 1.0", "low <= high and n > 1.0"),
        ("aggregates", "if value == value and low <= high", "if low <= high"),
    ),
    *_of(
        "relational",
        COLUMNAR,
        ("aggregates", "some[at]", "some[5 - at]"),
        ("aggregates", 'return Scalar("coalesce", "number", (folded, edge))', "return folded"),
        ("aggregates", 'arithmetic("add", below, part.weight)', "below"),
        ("aggregates", '_ROOM if end == "high" else -_ROOM', '-_ROOM if end == "high" else _ROOM'),
        ("aggregates", "unsure and len(parts) <= CHOICES", "unsure and len(parts) < CHOICES"),
        ("geometric", 'part.end(end, ONE)), "k"),))', 'part.end("low", ONE)), "k"),))'),
        ("geometric", "part.unsure, both, without", "part.unsure, beside, without"),
        ("geometric", "products.items() if size)", "products.items() if size > 1)"),
        ("aggregates", 'compare("gt" if end == "low" else "lt", x, ZERO)',
         'compare("lt" if end == "low" else "gt", x, ZERO)'),
        ("scores", 'compare("le", low, high)', 'compare("lt", low, high)'),
        ("scores", "both(known(value), compare(", "both(compare("),
        ("bands", 'compare("lt", x, top)', 'compare("le", x, top)'),
        ("bands", 'compare("ge", days, hold[1])', 'compare("gt", days, hold[1])'),
        ("states", 'compare("lt", to_number(arithmetic("isub", AS_OF, since))',
         'compare("le", to_number(arithmetic("isub", AS_OF, since))'),
        ("states", 'compare("gt", last, since)', 'compare("ge", last, since)'),
        ("tables", 'compare("gt", many, lit(1)), lit(_CONFLICT)', 'compare("gt", many, lit(2)), lit(_CONFLICT)'),
        ("tables", 'own, opposite(truth), below, compare("eq", below, own), own', "own, opposite(truth), below"),
        ("lists", 'case(opposite(usable), null("boolean"), hit, sign', "case(hit, sign"),
        ("lists", "is_null(self.key), self.open", "is_null(self.key), TRUE"),
        ("lists", 'arithmetic("round_even", arithmetic("mul", x, lit(_MILLION)))',
         'arithmetic("floor", arithmetic("mul", x, lit(_MILLION)))'),
        ("unrolling", "return both(*truths)", "return both(*truths[:2])"),
        ("unrolling", "case(both(*map(known, truths)), found, ", "case(known(truths[0]), found, "),
        ("unrolling", "is_true(truth) for truth in truths", "known(truth) for truth in truths"),
        ("unrolling", "if body == item:", "if body.op == item.op:"),
        ("entry", 'compare("le", occurred, AS_OF)', 'compare("lt", occurred, AS_OF)'),
        ("values", 'compare("gt", rest, lit(5))', 'compare("gt", rest, lit(6))'),
        ("scalar", "return case(opposite(condition), no, yes)", "return case(opposite(condition), yes, no)"),
    ),
    *_of(
        "relational",
        SPECIALISED,
        ("simplify", '"gt": _plain(lambda x, y: x > y)', '"gt": _plain(lambda x, y: x >= y)'),
        ("simplify", "x / y if y else None", "x / y if y else 0.0"),
        ("simplify", "x if abs(x) >= TINY else 0.0", "x"),
        ("simplify", 'case "plain_zero" | "to_number"', 'case "neg" | "plain_zero" | "to_number"'),
        ("simplify", "if part.op in _STRICT else []", "if part.op in _NULLED else []"),
        ("simplify", "(before in left[::2] and is_sure(before, known))", "before in left[::2]"),
        ("simplify", "            if is_sure(arg, known):\n                break", "            break"),
        ("simplify", "y.value == 0.0 and is_plain(x, known)", "y.value == 0.0"),
        ("simplify", "return x if (y == TRUE) is same", "return x if y == TRUE"),
        ("simplify", "_without(1.0, left=False)", "_without(1.0, left=True)"),
        ("simplify", "all(is_sure(arg, known) for arg in (*scalar.args[1::2], scalar.args[-1]))",
         "all(is_sure(arg, known) for arg in scalar.args[1::2])"),
        ("specialise", '"number": lambda x: float(x) + 0.0', '"number": float'),
        ("specialise", 'frozenset({"count", "count_distinct", "sum"})',
         'frozenset({"count", "count_distinct", "sum", "max"})'),
        ("specialise", "lit(scalar.value in self.tables)", "lit(scalar.value not in self.tables)"),
    ),
    *_of(
        "relational",
        DATABASES,
        ("choosing", 'parts += [known(col(by, "text")), col(by, "text")]', "pass"),
        ("choosing", "parts += [is_true(truth), lit(profile)]", "parts += [is_true(truth), lit(profiles[0])]"),
    ),
    *_of(
        "executors/columnar",
        COLUMNAR,
        ("scalars", "(above * 0.0 + divisor)", "divisor"),
        ("scalars", "then(pl.when(size >= TINY).then(x).otherwise(0.0))", "then(x)"),
        ("scalars", 'mode="half_to_even"', 'mode="half_away_from_zero"'),
        ("scalars", "str.replace_many(_UPPER, _LOWER)", "str.to_lowercase()"),
        ("gathering", "pl.Int128", "pl.Int64"),
        ("gathering", "for part in order], nulls_last=False)", "for part in order], nulls_last=True)"),
        ("gathering", "x.drop_nulls().n_unique()", "x.drop_nulls().len()"),
    ),
    *_of(
        "executors/sql",
        SQL,
        ("scalars", 'moved = binary(exp.Add, left, constant(scalar.value, "integer"))', "moved = left"),
        ("scalars", 'call("ROUND_EVEN", args[0], exp.Literal.number(0))', 'call("ROUND", args[0])'),
        ("scalars", '"is_true": lambda _, __, args: call("COALESCE", args[0], exp.false())',
         '"is_true": lambda _, __, args: args[0]'),
        ("scalars", "exp.Nullif(this=args[1], expression=number(0.0))", "args[1]"),
        ("aggregates", 'return Scalar("lit", "number", (), 0.0) if aggregate.how == "sum" else None', "return None"),
        ("aggregates", "return there(value), call(", 'return call("COALESCE", value, exp.Null()), call('),
        ("words", "made = kind(this=made, expression=closed(part))", "made = kind(this=closed(part), expression=made)"),
        ("sources", 'binary(exp.LTE, size.copy(), constant(1e18, "number"))',
         'binary(exp.LT, size.copy(), constant(1e18, "number"))'),
    ),
    *_of(
        "executors/sql",
        DATABASES,
        ("choosing", 'exp.Join(this=holds, side="LEFT", on=own)', "exp.Join(this=holds, on=own)"),
        ("sources", 'return whole or is_of("text", type_)', "return whole"),
        ("sources", 'constant(math.inf, "number")', 'constant(1e18, "number")'),
        ("strange", "not fits(frame.table, source, type_) or _is_read", "_is_read"),
        ("strange", 'is_of("text", type_) or (kind == "boolean" and is_of("number", type_))', 'is_of("text", type_)'),
        ("strange", 'return chain(exp.And, [filled, exp.Not(this=is_written("blank", _text(one), given))])',
         "return filled"),
    ),
    *_of(
        "",
        DATABASES,
        ("databases", 'owner = {"account_id": "organisation_id"}', "owner: dict[str, str] = {}"),
        ("databases", 'profile is None and subject != "organisation" and bool(', "profile is None and bool("),
        ("databases", "holds = engine.profile_of(profile if one is None else one", "holds = engine.profile_of(one"),
        ("databases", "tuple(given.names), _frozen(given.tables)", "tuple(given.names)"),
        ("databases", ".filter(ids.is_duplicated())", ".filter(~ids.is_duplicated())"),
    ),
    *_of(
        "book",
        CELLS,
        ("columns", 'pl.col("v").abs() < _SMALLEST', 'pl.col("v").abs() <= _SMALLEST'),
        ("columns", 'pl.col("sign") == "-"', 'pl.col("sign") == "+"'),
        ("columns", ".str.slice(0, 6).str.pad_end(6,", ".str.slice(0, 3).str.pad_end(6,"),
        ("columns", "(values.abs() > _LARGEST)", "(values > _LARGEST)"),
        ("columns", 'ambiguous="earliest"', 'ambiguous="latest"'),
        ("columns", 'return raw.is_null() | (raw.str.strip_chars() == "")', "return raw.is_null()"),
    ),
    *_of(
        "book",
        PARTS,
        ("cutting", "in_order and runs[PART][0] >= last and", "in_order and"),
        ("cutting", "attached=attached and moved is None", "attached=True"),
        ("cutting", "sound &= fit", "sound |= fit"),
        ("parts", "found.copies or not known.unique or not", "found.copies or not"),
        ("parts", "or not known.attached or not {", "or not {"),
        ("parts", "return not any(frame.null_count().sum_horizontal().item() for _, frame in rows)", "return True"),
        ("places", 'there = at.null_count() == runs["value"].null_count()', "there = True"),
        ("places", "self._among(keys.set(~missed, None), first,", "self._among(keys.set(~missed, None), 0,"),
    ),
    *_of(
        "executors/columnar",
        PARTS,
        ("gathering", "in_runs = by_subject and source[OF].is_sorted()", "in_runs = by_subject"),
        ("gathering", 'if runs["value"].equals(of)', "if len(runs) == len(of)"),
        ("keys", "len(at) == len(named) and (ids.gather(at) == named).all()", "len(at) == len(named)"),
    ),
    *_of(
        "executors/columnar",
        COLUMNAR,
        ("gathering", "(rank if where is None else pl.when(where).then(rank)).arg_max()", "rank.arg_max()"),
        ("gathering", "value if where is None else pl.when(where).then(value)", "value"),
        ("gathering", "value if one.where is None else pl.when(_column(printer, one.where)).then(value)", "value"),
        ("gathering", ".diff().fill_null(pl.col(one.name))", ".diff().fill_null(0)"),
        ("gathering", "if not column.any()]", "if not column.all()]"),
    ),
    *_of(
        "executors/durable",
        DURABLE,
        *(("lowering", f'"{sign}": "{right}"', f'"{sign}": "{wrong}"') for sign, right, wrong in (
            ("$lt", "$gte", "$gt"), ("$gt", "$lte", "$lt"), ("$gte", "$lt", "$lte"), ("$lte", "$gt", "$gte"),
            ("$eq", "$neq", "$gt"),
        )),
        ("lowering", 'known.append({"$ex": {other: 1}})', "pass"),
        ("lowering", "every([no, other]), every([one, other])", "every([no, other])"),
        ("lowering", "return every(yes), some(no)", "return every(yes), every(no)"),
        ("lowering", "_MIRRORED[sign]", "sign"),
        ("lowering", 'every([{"$ex": {low.field(item): 1}}, *no])', "every(no)"),
        ("ask", 'zip("yn", pair, strict=True)', 'zip("ny", pair, strict=True)'),
    ),
)  # fmt: skip


def main(chosen: Sequence[str]) -> int:
    """Plant every mistake in turn; return how many were not found."""
    missed = 0
    wanted = [one for one in MUTATIONS if not chosen or any(text in str(one) for text in chosen)]
    with tempfile.TemporaryDirectory(prefix="clientcore-mutations-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        passed: set[tuple[str, ...]] = set()
        for at, one in enumerate(wanted, 1):
            if one.tests not in passed and (found := _failure(copy, one.tests)):
                sys.exit(f"without any mistake: {found}")
            passed.add(one.tests)
            found = _planted(copy, one)
            missed += not found
            print(f"{at:>3} of {len(wanted)} {'found    ' if found else 'NOT FOUND'} {one}\n      {found}", flush=True)
    print(f"{len(wanted)} mistakes planted, {len(wanted) - missed} found")
    return missed


def _planted(copy: Path, one: Mutation) -> str:
    path = copy / one.file
    before = path.read_text(encoding="utf-8")
    if before.count(one.old) != 1:
        sys.exit(f"`{one.old}` stands {before.count(one.old)} times in {one.file}: plant it anew")
    path.write_text(before.replace(one.old, one.new), encoding="utf-8")
    try:
        return _failure(copy, one.tests)
    finally:
        path.write_text(before, encoding="utf-8")


def _failure(copy: Path, tests: tuple[str, ...]) -> str:
    """Return the first test that fails in the copy; nothing where none does."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:randomly", "--hypothesis-profile=found"]
    paths = os.pathsep.join(str(copy / name) for name in ("src", "plugins"))
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    ran = subprocess.run([*command, *tests], cwd=copy, env=env, capture_output=True, text=True, check=False)
    lines = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if ran.returncode not in {0, 1} or (ran.returncode == 1 and not lines):
        return f"the run itself ended with {ran.returncode}: {(ran.stdout + ran.stderr)[-300:]!r}"
    return lines[0][:160] if lines else ""


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
