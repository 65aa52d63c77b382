"""Sets of real numbers: intervals, points, and what unions, differences and intersections make of them.

Two sets are the same when each number at which one of them may begin or end, and one between each two of these, is in
both or in neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from redstar_geo.answer.letters import near
from redstar_geo.answer.numbers import exact, numeric
from redstar_geo.answer.policy import FILTER_DIGITS
from redstar_geo.answer.tree import INFINITY, Node, UnreadableError, at, negative, number, symbols
from redstar_geo.notation import words

COMBINED = words("Union Minus Meet")
SETS = COMBINED | words("Seq Set List Unequal")
REALS = Node("Sym", ("R",))


def same_set(a: Node, b: Node) -> bool:
    """Whether two sets have the same members.

    Raises:
        UnreadableError: one is no set of real numbers.
    """
    marks: list[Any] = []
    for mark in sorted([*_marks(a), *_marks(b)]):
        if not marks or not near(mark, marks[-1], FILTER_DIGITS):
            marks.append(mark)
    between = [(low + high) / 2 for low, high in pairwise(marks)]
    ends = [marks[0] - 1, marks[-1] + 1] if marks else [0]
    return all(_holds(a, x) == _holds(b, x) for x in (*marks, *between, *ends))


def _value(node: Node) -> Any:
    value = numeric(node, FILTER_DIGITS, real=True)
    return value.context.mpf(value)


def _marks(node: Node) -> Iterator[Any]:
    """The numbers at which a set may begin or end."""
    head, args = node
    if head in COMBINED:
        for part in args:
            yield from _marks(part)
    elif head in ("Set", "List"):
        yield from map(_value, args[0] if head == "Set" else args)
    elif head == "Unequal":
        yield _left_out(node)
    elif head == "Seq" and len(args[2]) == 2:
        yield from (_value(end) for end in args[2] if end not in (INFINITY, negative(INFINITY)))
    elif node != REALS:
        raise UnreadableError(f"{head} is no set of real numbers.")


def _holds(node: Node, x: Any) -> bool:
    head, args = node
    if head == "Union":
        return any(_holds(part, x) for part in args)
    if head == "Meet":
        return all(_holds(part, x) for part in args)
    if head == "Minus":
        return _holds(args[0], x) and not any(_holds(part, x) for part in args[1:])
    if head in ("Set", "List"):
        return any(near(_value(item), x, FILTER_DIGITS) for item in (args[0] if head == "Set" else args))
    if head == "Unequal":
        return not near(_left_out(node), x, FILTER_DIGITS)
    return node == REALS or (_beyond(args[2][0], x, 1, args[0]) and _beyond(args[2][1], x, -1, args[1]))


def _beyond(end: Node, x: Any, side: int, bracket: str) -> bool:
    """Whether x lies on the inner side of an end of an interval: above the lower one, below the upper one."""
    if end in (INFINITY, negative(INFINITY)):
        return True
    value = _value(end)
    return bracket in "[]" if near(value, x, FILTER_DIGITS) else (x - value) * side > 0


def _left_out(node: Node) -> Any:
    """What x is not in `x ≠ 3`: the root of a difference that is linear in one letter."""
    (difference,) = node.args
    names = symbols(difference)
    values = [exact(at(difference, name, number(place))) for name in names for place in (0, 1, 2)]
    if len(values) != 3 or None in values or values[1] - values[0] != values[2] - values[1] or values[0] == values[1]:  # type: ignore[operator]
        raise UnreadableError("Not one number that a letter is not.")
    return _value(number(-values[0] / (values[1] - values[0])))  # type: ignore[operator]
