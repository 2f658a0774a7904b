"""Lower lists: one loop per aggregate, filters and maps of its source written into the loop's body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clientcore.entities import ENTITIES
from clientcore.executors.record.emitter import Emitter, is_known, missing_text
from clientcore.expr import Node

Consume = Callable[[str], None]


def each(em: Emitter, source: Node, consume: Consume, unknown: str) -> None:
    """Write a loop over a list; `consume` writes the body for the name of an element.

    Args:
        em: The emitter; the loop goes into the current block.
        source: A node of kind list, with its filters and maps.
        consume: Called once, inside the innermost block.
        unknown: The line that makes the result unknown; the loop ends after it.
    """
    chain: list[Node] = []
    while source.op in {"filter", "map"}:
        chain.append(source)
        source = source.args[0]
    start = em.value(source)
    element = em.name("r")
    if source.op != "list":
        with em.indented(f"if {start} is None:"):
            em.line(unknown)
    # an absent list has no rows either way, so the loop needs no branch of its own
    with em.indented(f"for {element} in {start}{'' if source.op == 'list' else ' or ()'}:"):
        _descend(em, chain[::-1], element, source, consume, unknown)


def _descend(em: Emitter, chain: Sequence[Node], atom: str, source: Node, consume: Consume, unknown: str) -> None:
    if not chain:
        consume(atom)
        return
    part, body = chain[0], chain[0].args[1]
    em.blocks[-1].bound[part.value] = (atom, source)
    if part.op == "filter":
        yes, no = em.truth(body)
        with em.indented(f"if {yes}:"):
            _descend(em, chain[1:], atom, source, consume, unknown)
        otherwise = f"elif not {no}:"
    else:
        mapped = em.value(body)
        with em.indented(f"if {is_known(body.kind, mapped)}:"):
            _descend(em, chain[1:], mapped, part, consume, unknown)
        otherwise = "else:"
    with em.indented(otherwise):
        em.line(unknown)
        em.line("break")


def _loop(em: Emitter, node: Node, start: str, step: Callable[[str, str], None], unknown: str = "") -> str:
    """Write a loop that fills a new name, in the home block of the node; `step` gets (name, element)."""
    home = em.home(node)
    name = em.name()
    with em.at(home):
        em.line(f"{name} = {start}")
        lost = f"{name} = {unknown or missing_text(node.kind)}"
        each(em, node.args[0], lambda element: step(name, element), lost)
    return name


def _unless_known(em: Emitter, node: Node, element: str, lost: str) -> None:
    """End the loop if an element is missing (only a list of expressions can still hold one)."""
    kind = node.args[0].kind.of
    assert kind is not None
    if node.args[0].op != "map":
        with em.indented(f"if not {is_known(kind, element)}:"):
            em.line(lost)
            em.line("break")


def _size(em: Emitter, node: Node) -> str:
    source = node.args[0]
    if source.op in {"filter", "map"}:
        return _loop(em, node, "0.0", lambda name, _element: em.line(f"{name} += 1.0"))
    atom = em.value(source)
    return f"len({atom}) + 0.0" if source.op == "list" else f"NAN if {atom} is None else len({atom}) + 0.0"


def _total(em: Emitter, node: Node, ending: str) -> str:
    def step(name: str, element: str) -> None:
        # NaN fails the comparison too, so a missing element ends the loop here
        with em.indented(f"if not -9e12 <= {element} <= 9e12:"):
            em.line(f"{name} = None")
            em.line("break")
        em.line(f"{name} += round({element} * 1e6)")
        if count:
            em.line(f"{count} += 1")

    count = em.name("n") if ending else ""
    if count:
        em.line(f"{count} = 0", em.home(node))
    total = _loop(em, node, "0", step, "None")
    if count:
        return f"NAN if {total} is None or not {count} else float({total}) / ({count} * 1e6)"
    return f"NAN if {total} is None else float({total}) / 1e6"


def _sum(em: Emitter, node: Node) -> str:
    return _total(em, node, "")


def _mean(em: Emitter, node: Node) -> str:
    return _total(em, node, "mean")


def _extreme(sign: str) -> Callable[[Emitter, Node], str]:
    def write(em: Emitter, node: Node) -> str:
        missing = missing_text(node.kind)

        def step(name: str, element: str) -> None:
            _unless_known(em, node, element, f"{name} = {missing}")
            with em.indented(f"if {name} is None or {element} {sign} {name}:"):
                em.line(f"{name} = {element}")

        name = _loop(em, node, "None", step, missing)
        return f"{missing} if {name} is None else {name}"

    return write


def _count_distinct(em: Emitter, node: Node) -> str:
    def step(name: str, element: str) -> None:
        _unless_known(em, node, element, f"{name} = None")
        em.line(f"{name}.add({element})")

    name = _loop(em, node, "set()", step, "None")
    return f"NAN if {name} is None else len({name}) + 0.0"


def _latest(em: Emitter, node: Node) -> str:
    source, key = node.args
    best, tied = em.name("k"), em.name("k")
    em.line(f"{best} = None", em.home(node))
    assert source.kind.of is not None
    table = source.kind.of.table
    columns = em.columns[table]
    recorded, record_id = columns.index("recorded_at"), columns.index("id")
    blank = ", ".join(missing_text(ENTITIES[table].fields[column].kind) for column in columns)

    def step(name: str, element: str) -> None:
        em.blocks[-1].bound[node.value] = (element, source)
        atom = em.value(key)
        with em.indented(f"if {atom} != {atom}:"):
            em.line(f"{name} = None")
            em.line("break")
        order = em.name("k")
        known = f"{element}[{recorded}] if {element}[{recorded}] == {element}[{recorded}] else -INF"
        em.line(f"{order} = ({atom}, {known}, {element}[{record_id}] or '')")
        with em.indented(f"if {best} is None or {order} > {best}:"):
            em.line(f"{best} = {order}")
            em.line(f"{name} = {element}")
            em.line(f"{tied} = ({element},)")
        with em.indented(f"elif {order} == {best}:"):
            em.line(f"{tied} += ({element},)")
            em.line(f"{name} = one_voice({tied}, ({blank},))")

    return _loop(em, node, "None", step, "None")


def one_voice(records: tuple[tuple[Any, ...], ...], blank: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what records that nothing tells apart say with one voice, missing where they differ (SEMANTICS 12)."""
    said = [
        [value for value in column if value is not None and value == value] for column in zip(*records, strict=True)
    ]
    return tuple(
        known[0] if known and known.count(known[0]) == len(known) else missing
        for known, missing in zip(said, blank, strict=True)
    )


def _listed(em: Emitter, node: Node) -> str:
    """Write a filter or map whose list itself is wanted."""
    name = em.name("x")
    with em.at(em.home(node)):
        em.line(f"{name} = []")
        each(em, node, lambda element: em.line(f"{name}.append({element})"), f"{name} = None")
    return f"None if {name} is None else tuple({name})"


def _items(em: Emitter, node: Node) -> str:
    atoms = [em.value(arg) for arg in node.args]
    return f"({', '.join(atoms)},)" if atoms else "()"


def _quantified(start: str, stop: str) -> Callable[[Emitter, Node], tuple[str, str]]:
    """Return the writer of exists (`False`, stops at *true*) or all (`True`, stops at *false*)."""

    def write(em: Emitter, node: Node) -> tuple[str, str]:
        sure = node.args[0].op not in {"filter", "map"}

        def step(name: str, element: str) -> None:
            em.blocks[-1].bound[node.value] = (element, node.args[0])
            yes, no = em.truth(node.args[1])
            hit, miss = (yes, no) if stop == "True" else (no, yes)
            with em.indented(f"if {hit}:"):
                em.line(f"{name} = {stop}")
                if sure:
                    em.line("break")
            with em.indented(f"elif not {miss}{'' if sure else f' and {name} is {start}'}:"):
                em.line(f"{name} = None")

        name = _loop(em, node, start, step, "None")
        em.remember(node, name, em.home(node))
        return name, f"{name} is False"

    return write


def _exists_one(em: Emitter, node: Node) -> tuple[str, str]:
    def step(name: str, element: str) -> None:
        em.blocks[-1].bound[node.value] = (element, node.args[0])
        yes, no = em.truth(node.args[1])
        with em.indented(f"if {yes}:"):
            em.line(f"{name} += 1")
        with em.indented(f"elif not {no}:"):
            em.line(f"{name} = None")
            em.line("break")

    count = _loop(em, node, "0", step, "None")
    name = em.keep(node, f"None if {count} is None else {count} == 1", "b")
    return name, f"{name} is False"


def _within(em: Emitter, node: Node) -> tuple[str, str]:
    """Write `x in list` for a list from related records: Kleene over the elements."""
    item, source = node.args
    assert source.kind.of is not None
    variable = f" {em.name('e')}"  # no name of the user's begins with a blank
    element = Node("var", source.kind.of, (), variable)
    return em.truth(Node("exists", node.kind, (source, Node("eq", node.kind, (element, item))), variable))


LISTS: dict[str, Callable[[Emitter, Node], str]] = {
    "list": _items,
    "filter": _listed,
    "map": _listed,
    "size": _size,
    "sum": _sum,
    "mean": _mean,
    "min": _extreme("<"),
    "max": _extreme(">"),
    "count_distinct": _count_distinct,
    "latest": _latest,
}
LOOPED: dict[str, Callable[[Emitter, Node], tuple[str, str]]] = {
    "in": _within,
    "all": _quantified("True", "False"),
    "exists": _quantified("False", "True"),
    "exists_one": _exists_one,
}
