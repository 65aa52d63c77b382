"""The one form of every answer: a tree of nodes, immutable and hashable."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from redstar_geo.errors import RedStarError


class UnreadableError(RedStarError):
    """A text that is no answer in this grammar, or one beyond its limits."""


class Node(NamedTuple):
    """What `args` holds goes by `head`.

    - numbers: `Num` (fraction, decimals written or None), `Const` (`π`, `e`, `i`, `∞`), `Sym` (name), `Apply` (name,
      nodes), `Neg`, `Add`, `Mul`, `Div`, `Pow`, `Root` (degree, node), `Fn` (name, node), `Abs`, `Fact`, `Call` (name,
      nodes), `PlusMinus` (left, right), `Percent`, `Based` (digits, base), `Measure` (node, kind, scale, power, the
      letter it is written as when that may be a symbol, whether one side may leave it out)
    - many: `Seq` (opening, closing, nodes), `Set`, `List`, `Union` (what "or" or ∪ joins), `Minus` (∖), `Meet` (∩),
      `Both` (inequalities that "and" joins), `Ratio`, `Matrix` (rows of nodes)
    - statements: `Rel` (operators, nodes), one operator between each two nodes
    """

    head: str
    args: tuple[Any, ...]


INFINITY = Node("Const", ("∞",))


def number(value: int | Fraction) -> Node:
    return Node("Num", (Fraction(value), None))


def negative(node: Node) -> Node:
    return Node("Neg", (node,))


def difference(left: Node, right: Node) -> Node:
    return Node("Add", (left, negative(right)))


INFINITE = (INFINITY, negative(INFINITY))


def parts(node: Node) -> Iterator[Node]:
    """The nodes right below."""
    for arg in node.args:
        if isinstance(arg, Node):
            yield arg
        elif isinstance(arg, tuple):
            yield from (part for part in arg if isinstance(part, Node))


def heads(node: Node) -> set[str]:
    """The heads of the node and of all below."""
    return {part.head for part in _all(node)}


def _all(node: Node) -> list[Node]:
    """The node and all below."""
    nodes = [node]
    for each in nodes:  # which grows on the way
        for arg in each.args:
            if isinstance(arg, Node):
                nodes.append(arg)
            elif isinstance(arg, tuple):
                nodes += [part for part in arg if isinstance(part, Node)]
    return nodes


def symbols(node: Node) -> frozenset[str]:
    """The names of the symbols in it."""
    return frozenset(part.args[0] for part in _all(node) if part.head in ("Sym", "Apply"))


def at(node: Node, name: str, value: Node) -> Node:
    """The node with a value for a symbol."""
    if node == ("Sym", (name,)):
        return value
    return Node(node.head, tuple(at(arg, name, value) if isinstance(arg, Node) else arg for arg in node.args))
