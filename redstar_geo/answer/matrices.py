"""Sums, products and multiples of matrices, worked out entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from redstar_geo.answer.tree import Node, UnreadableError, heads, negative

Rows = tuple[tuple[Node, ...], ...]
_LARGEST = 10  # rows or columns of a product


def worked_out(node: Node) -> Node:
    """The matrix that an expression of matrices is.

    Raises:
        UnreadableError: their sizes do not fit, or it is no sum, product or multiple.
    """
    head, args = node
    if head == "Matrix":
        return node
    if head == "Neg":
        return _each(worked_out(args[0]), negative)
    if head in ("Add", "Mul"):
        left, right = (worked_out(arg) if "Matrix" in heads(arg) else arg for arg in args)
        if left.head == right.head == "Matrix":
            return _sum(left.args[0], right.args[0]) if head == "Add" else _product(left.args[0], right.args[0])
        if head == "Mul":
            matrix, factor = (left, right) if left.head == "Matrix" else (right, left)
            return _each(matrix, lambda entry: Node("Mul", (factor, entry)))
    if head == "Div" and "Matrix" not in heads(args[1]):
        return _each(worked_out(args[0]), lambda entry: Node("Div", (entry, args[1])))
    raise UnreadableError("An expression of matrices that is not worked out.")


def _each(matrix: Node, change: Callable[[Node], Node]) -> Node:
    return Node("Matrix", (tuple(tuple(map(change, row)) for row in matrix.args[0]),))


def _sum(a: Rows, b: Rows) -> Node:
    if [len(row) for row in a] != [len(row) for row in b]:
        raise UnreadableError("A sum of matrices of different sizes.")
    return Node(
        "Matrix", (tuple(tuple(_add(x, y) for x, y in zip(*rows, strict=True)) for rows in zip(a, b, strict=True)),)
    )


def _product(a: Rows, b: Rows) -> Node:
    columns = tuple(zip(*b, strict=False))
    if (
        any(len(row) != len(b) for row in a)
        or len({len(row) for row in b}) != 1
        or max(len(a), len(b), len(columns)) > _LARGEST
    ):
        raise UnreadableError("A product of matrices whose sizes do not fit.")
    return Node("Matrix", (tuple(tuple(_dot(row, column) for column in columns) for row in a),))


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    return reduce(_add, (Node("Mul", pair) for pair in zip(row, column, strict=True)))


def _add(x: Node, y: Node) -> Node:
    return Node("Add", (x, y))
