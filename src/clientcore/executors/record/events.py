"""Write event patterns: their records are read into a question, which a matcher answers."""

from __future__ import annotations

from clientcore.executors.record.emitter import Emitter, Truth
from clientcore.expr import TEXT, Node
from clientcore.matching import Reader


def write_events(em: Emitter, node: Node) -> Truth:
    """Write a pattern; with trace, the question and its answer stand there as well."""
    arguments = [em.value(arg) for arg in node.args]
    reader = em.constant(Reader(node.value, em.columns), "EVENTS")
    search, answer = em.name("s"), em.name("a")
    home = em.home(node)
    em.line(f"{search} = {reader}.search(({', '.join(arguments)},), as_of)", home)
    em.line(f"{answer} = match({search})", home)
    if em.traced:
        em.layout[asked(node)] = em.keep(asked(node), f"({search}, {answer})", "e")
    truth = em.keep(node, f"{answer}.truth", "b")
    return truth, f"{truth} is False"


def asked(node: Node) -> Node:
    """Return the tree under which a trace keeps (question, answer) of a pattern, which is no value of the language."""
    return Node("list", TEXT, node.args, node.value)
