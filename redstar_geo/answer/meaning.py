"""What an answer states: chains of equations become a named value, inequalities intervals, ± two values."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from redstar_geo.answer.matrices import worked_out
from redstar_geo.answer.numbers import exact, numeric
from redstar_geo.answer.tree import (
    INFINITY,
    Node,
    UnreadableError,
    at,
    difference,
    heads,
    negative,
    number,
    parts,
    symbols,
)

_COORDINATES = frozenset("xyz")
_OPEN_END = negative(INFINITY)
_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def meaning(node: Node) -> Node:
    """The node in one of the forms that are compared.

    Beside those of the grammar: `Named` (name, value), `Equation` (what is zero, its right side), `Less` (what is below
    zero, whether zero is allowed; one for each sign of a chain) and `Unequal` (what is not zero).
    """
    if node.head == "Rel":
        return _statement(*node.args)
    if node.head in ("List", "Set"):
        items = node.args if node.head == "List" else node.args[0]
        made = tuple(_grouped(item) if node.head == "List" else meaning(item) for item in items)
        if node.head == "List":
            return Node("List", _shared_name(made))
        return Node("Set", (made,))
    if node.head == "Union":
        return _union(tuple(meaning(part) for part in node.args))
    if node.head in ("Minus", "Meet"):
        return Node(node.head, tuple(map(meaning, node.args)))
    if node.head == "Both":
        return _both(tuple(meaning(part) for part in node.args))
    if node.head == "Seq":
        opening, closing, items = node.args
        return Node("Seq", (opening, closing, tuple(meaning(item) for item in items)))
    if node.head == "Apply" and len(node.args[1]) > 1 and node.args[0][0].isupper():  # P(3, 4)
        return Node("Named", (Node("Sym", (node.args[0],)), Node("Seq", ("(", ")", node.args[1]))))
    below = heads(node)
    if "Matrix" in below and node.head != "Matrix":
        return worked_out(node)
    if "PlusMinus" in below:
        return Node("List", (_signed(node, "Add"), _signed(node, "Sub")))
    return node


def _grouped(item: Node) -> Node:
    """`p=5,q=2; p=7,q=2` lists two tuples."""
    made = meaning(item)
    if item.head != "List":
        return made
    return Node("Seq", ("(", ")", tuple(part.args[1] if part.head == "Named" else part for part in made.args)))


def _union(made: tuple[Node, ...]) -> Node:
    """`x < 1 or x > 2` as what x is in; of several letters each statement stands for itself."""
    names = {part.args[0] if part.head == "Named" else None for part in made}
    if names == {None}:
        return Node("Union", made)
    if len(names) > 1:
        return Node("List", _shared_name(made))
    values = [part.args[1] for part in made]
    ranges = [range_ for value in values for range_ in (value.args if value.head == "Union" else (value,))]
    return Node("Named", (made[0].args[0], Node("Union", tuple(ranges))))


def _both(made: tuple[Node, ...]) -> Node:
    """`x > 1 and x < 2` as the interval between them.

    Raises:
        UnreadableError: nothing lies between them, so that something else is meant.
    """
    bounds = [part.args[1] for part in made if part.head == "Named" and part.args[1].head == "Seq"]
    if not len({part.args[0] for part in made}) == 1 < len(made) == len(bounds) == 2:
        return Node("List", _shared_name(made))
    above = [bound for bound in bounds if bound.args[2][1] == INFINITY]
    below = [bound for bound in bounds if bound.args[2][0] == _OPEN_END]
    if len(above) != 1 or len(below) != 1:
        return Node("List", _shared_name(made))
    low, high = above[0].args[2][0], below[0].args[2][1]
    if numeric(low).real >= numeric(high).real:
        raise UnreadableError("Two bounds with nothing between them.")
    return Node("Named", (made[0].args[0], Node("Seq", (above[0].args[0], below[0].args[1], (low, high)))))


def _shared_name(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """`a = 4, -8, -10` and `x_1 = 1, x_2 = 3` are values of one letter: names that tell no items apart are left out."""
    names = [item.args[0] for item in items if item.head == "Named"]
    if names and (len(names) < len(items) or len(set(names)) < len(names) or all(map(_is_root, names))):
        return tuple(item.args[1] if item.head == "Named" else item for item in items)
    return items


def _is_root(name: Node) -> bool:
    return name.head == "Sym" and name.args[0] in ("x_1", "x_2", "x_3", "x_4")


def _signed(node: Node, sign: str) -> Node:
    if node.head == "PlusMinus":
        left, right = (_signed(arg, sign) for arg in node.args)
        return Node("Add", (left, right)) if sign == "Add" else difference(left, right)
    return Node(node.head, tuple(_signed(arg, sign) if isinstance(arg, Node) else arg for arg in node.args))


def _statement(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Node:
    if set(operators) <= {"=", "≈"}:
        return _equality(operators, nodes)
    if operators == ("∈",) and is_name(nodes[0]):
        return Node("Named", (nodes[0], meaning(nodes[1])))
    if operators == ("≠",):
        return Node("Unequal", (difference(nodes[0], nodes[1]),))
    if all(sign in _TURNED for sign in operators):
        return _solved(operators, nodes) or _inequality(operators, nodes)
    raise UnreadableError(f"A chain of {' '.join(operators)} is not read.")


def _equality(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Node:
    """`x = 5 + 6 = 11 ≈ 11.0` names 11; a rounded value counts only when there is no other."""
    exact = nodes[: operators.index("≈") + 1] if "≈" in operators else nodes
    first, last = exact[0], exact[-1]
    if len(exact) == 1:
        if not is_name(first):
            return meaning(first)
        exact, last = nodes[:2], nodes[1]
    if is_name(first) and not _is_form(first, last):
        return Node("Named", (first, meaning(last)))
    if len(exact) == 2 and is_name(last) and not _is_form(last, first):
        return Node("Named", (last, meaning(first)))
    if not any(symbols(node) for node in exact):
        return meaning(last)
    if len(exact) == 2:
        return Node("Equation", (difference(first, last), last))
    raise UnreadableError("A chain of equations that names nothing.")


def is_name(node: Node) -> bool:
    """Whether a node only names what is asked for: x, AB, W(n), sin A, AB², ∠A + ∠B, a + b, S_1 : S_2, (p, q)."""
    if node.head in ("Sym", "Apply"):
        return True
    if node.head == "Fn":
        return node.args[0] != "exp" and is_name(node.args[1])
    if node.head == "Pow":
        base = node.args[0]
        return exact(node.args[1]) in (2, 3) and (_is_figures(base) or (base.head == "Fn" and is_name(base)))
    if node.head in ("Add", "Neg"):
        return _is_figures(node) or (len(symbols(node)) > 1 and all(map(_is_term, _terms(node))))
    if node.head == "Mul" and len({name[0].isupper() for name in symbols(node) if name[1:2] in ("", "_", "'")}) > 1:
        return False  # k·AB; mAB, a slope or an arc
    return node.head in ("Mul", "Div", "Abs", "Ratio", "Seq") and all(map(is_name, parts(node)))


def _is_form(name: Node, value: Node) -> bool:
    """Whether it is the form of an equation and no name: `x + y = 0`, where AB - CD = 0 names a difference."""
    return name.head == "Add" and not _is_figures(name) and exact(value) == 0


def _is_figures(node: Node) -> bool:
    """Whether all symbols are of points, angles and figures: of segments, areas and the like."""
    of_figures = all(name[0] in "∠△" or name[0].isupper() for name in symbols(node)) and bool(symbols(node))
    return of_figures and all(part.head != "Num" for part in parts(node)) and all(map(is_name, parts(node)))


def _terms(node: Node) -> Iterator[Node]:
    if node.head in ("Add", "Neg"):
        for part in node.args:
            yield from _terms(part)
    else:
        yield node


def _is_term(node: Node) -> bool:
    """A term of a sum that is asked for: a, a², ab; x² + y² is a curve's."""
    if node.head == "Pow":
        return exact(node.args[1]) in (2, 3) and is_name(node.args[0]) and not symbols(node) & _COORDINATES
    return is_name(node)


def _solved(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Node | None:
    """`-2 ≤ x < 7` and `x > 5` as the interval of x; `|x| ≤ 3` too. None when the statement is another."""
    if len(nodes) == 2:
        if symbols(nodes[0]):
            nodes, operators = nodes[::-1], (_TURNED[operators[0]],)
        bounds, middle = {operators[0]: nodes[0]}, nodes[1]
    elif len(nodes) == 3 and {sign in "<≤" for sign in operators} != {True, False}:
        bounds, middle = {operators[0]: nodes[0], _TURNED[operators[1]]: nodes[2]}, nodes[1]
    else:
        return None
    if len(nodes) == 2 and middle.head not in ("Sym", "Abs"):
        return _linear(operators[0], nodes)
    name = middle.args[0] if middle.head == "Abs" else middle
    if name.head != "Sym" or any(symbols(bound) for bound in bounds.values()):
        return None
    low = next(((bound, sign == "≤") for sign, bound in bounds.items() if sign in "<≤"), (_OPEN_END, False))
    high = next(((bound, sign == "≥") for sign, bound in bounds.items() if sign in ">≥"), (INFINITY, False))
    if middle.head != "Abs":
        return Node("Named", (name, _interval(low, high)))
    if low[0] == _OPEN_END:
        return Node("Named", (name, _interval((_negated(high[0]), high[1]), high)))
    mirrored = _interval((_negated(high[0]), high[1]), (_negated(low[0]), low[1]))
    return Node("Named", (name, Node("Union", (mirrored, _interval(low, high)))))


def _linear(operator: str, nodes: tuple[Node, ...]) -> Node | None:
    """`-2x + 1 > 5` as the interval of x: None unless there is one letter and the difference is linear in it."""
    names = symbols(nodes[0]) | symbols(nodes[1])
    if len(names) != 1 or "Apply" in heads(nodes[0]) or "Apply" in heads(nodes[1]):
        return None
    (name,) = names
    values = [exact(at(difference(*nodes), name, number(place))) for place in (0, 1, 2, 3)]
    known = [value for value in values if value is not None]
    slopes = {after - before for before, after in pairwise(known)}
    if len(known) != len(values) or len(slopes) != 1 or slopes == {0}:
        return None
    slope = slopes.pop()
    sign = operator if slope > 0 else _TURNED[operator]
    root = number(-known[0] / slope)
    ends = ((_OPEN_END, False), (root, sign == "≤")) if sign in "<≤" else ((root, sign == "≥"), (INFINITY, False))
    return Node("Named", (Node("Sym", (name,)), _interval(*ends)))


def _negated(node: Node) -> Node:
    return node.args[0] if node.head == "Neg" else negative(node)


def _interval(low: tuple[Node, bool], high: tuple[Node, bool]) -> Node:
    return Node("Seq", ("[" if low[1] else "(", "]" if high[1] else ")", (low[0], high[0])))


def _inequality(operators: tuple[str, ...], nodes: tuple[Node, ...]) -> Node:
    chain = []
    for sign, left, right in zip(operators, nodes, nodes[1:], strict=False):
        below = difference(left, right) if sign in "<≤" else difference(right, left)
        chain.append(Node("Less", (below, sign in "≤≥")))
    if operators[0] in ">≥":
        chain.reverse()
    return chain[0] if len(chain) == 1 else Node("Chain", tuple(chain))


def quantity(node: Node) -> tuple[Node, tuple[str, Fraction, int, str, bool] | None]:
    """The expression and its unit (as in `Measure`), drawn out of products, signs and sums of one unit."""
    head, args = node
    if head == "Measure":
        return args[0], args[1:]
    if head == "Neg":
        inner, unit = quantity(args[0])
        return (node, None) if unit is None else (negative(inner), unit)
    if head in ("Add", "Mul", "Div"):
        (left, left_unit), (right, right_unit) = quantity(args[0]), quantity(args[1])
        if left_unit and (left_unit == right_unit if head == "Add" else right_unit is None):
            return Node(head, (left, right)), left_unit
        if head == "Mul" and right_unit and left_unit is None:
            return Node(head, (left, right)), right_unit
    return node, None
