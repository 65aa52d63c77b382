"""When two answers are the same. Symmetric: it does not matter which of them is the gold one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from redstar_geo.answer.letters import equal_at_points, near, proportional, vanish
from redstar_geo.answer.meaning import meaning, quantity
from redstar_geo.answer.numbers import exact, numeric
from redstar_geo.answer.policy import FILTER_DIGITS, FLOAT_DECIMALS, PROOF_DIGITS, ROUNDED_DIGITS
from redstar_geo.answer.sets import COMBINED, REALS, SETS, same_set
from redstar_geo.answer.tree import INFINITE, Node, UnreadableError, difference, number, symbols
from redstar_geo.notation import words

_STRUCTURES = words("Seq Set List Union Minus Meet Matrix Named Equation Less Chain Unequal Based Ratio")
_FUNCTIONS = words("f g h")
_CHOSEN = {"C": "binom", "P": "perm", "A": "perm"}


def any_same(golds: Iterable[Node], answers: Sequence[Node]) -> bool | None:
    """Whether a reading of an answer is one of the gold one's; None without a reading, or where one has no value."""
    undecided = not answers
    for gold in golds:
        for answer in answers:
            try:
                if gold == answer or _same(meaning(gold), meaning(answer)):
                    return None if _is_guess(gold, answer) else True
            except (UnreadableError, RecursionError):  # the second: called from deep in a stack
                undecided = True
    return None if undecided else False


def _is_guess(gold: Node, answer: Node) -> bool:
    """Whether a fraction answers a gold decimal of three digits: 1/3 and 333/1000, 22/7 and π begin alike."""
    if gold.head != "Num" or not gold.args[1] or answer.head not in ("Div", "Neg"):
        return False
    return len(str(gold.args[0] * 10 ** gold.args[1])) == ROUNDED_DIGITS and exact(answer) not in (None, gold.args[0])


def _same(a: Node, b: Node) -> bool:
    if a == b:
        return True
    if b.head in _STRUCTURES and a.head not in _STRUCTURES:
        a, b = b, a
    if a.head == "Named" or b.head == "Named":
        return _same_named(a, b)
    if a.head not in _STRUCTURES:
        return _same_quantity(a, b)
    if a.head == "Ratio" and len(a.args) == 2 and b.head not in _STRUCTURES:
        return _same_quantity(Node("Div", a.args), b)
    if ("Set", ((),)) in (a, b) and a.head in _STRUCTURES and b.head not in _STRUCTURES:
        raise UnreadableError("The empty set beside a number: it may mean that there is no answer.")
    if REALS in (a, b) and "Seq" in (a.head, b.head):
        return same_set(a, b)
    if {a.head, b.head} <= {"List", "Set"}:
        return _same_many(a, b)
    if {a.head, b.head} & COMBINED:
        return _same_combined(a, b)
    if {a.head, b.head} == {"List", "Seq"}:
        listed, tupled = (a, b) if a.head == "List" else (b, a)
        named = all(item.head == "Named" for item in listed.args)
        return named and tupled.args[0] == "(" and _in_order([i.args[1] for i in listed.args], tupled.args[2])
    if {a.head, b.head} == {"List", "Union"}:
        listed = a if a.head == "List" else b
        if all(item.head == "Seq" or (item.head == "Named" and item.args[1].head == "Seq") for item in listed.args):
            raise UnreadableError("Intervals in a row: whether either or both are meant is not said.")
    if a.head == "Equation" and b.head not in _STRUCTURES and _same(a.args[1], b):
        raise UnreadableError("An equation with the value on its right: whether that is what is asked for is not said.")
    return a.head == b.head and _same_form(a, b)


def _same_combined(a: Node, b: Node) -> bool:
    """A set that is put together of others, and another one."""
    try:
        return {a.head, b.head} <= SETS and same_set(a, b)
    except UnreadableError:
        if a.head == b.head == "Union":
            return _unordered(a.args, b.args)
        raise


def _same_form(a: Node, b: Node) -> bool:
    """Two of the same head that is neither a number's nor a list's."""
    if a.head == "Seq":
        return a.args[:2] == b.args[:2] and _in_order(a.args[2], b.args[2])
    if a.head == "Matrix":
        rows, others = a.args[0], b.args[0]
        return len(rows) == len(others) and all(map(_in_order, rows, others))
    if a.head == "Chain":
        return _in_order(a.args, b.args)
    if a.head == "Ratio":
        return _same_ratio(a.args, b.args)
    if a.head in ("Equation", "Unequal"):
        return proportional(a.args[0], b.args[0], positive=False)
    if a.head == "Less":
        return a.args[1] == b.args[1] and proportional(a.args[0], b.args[0], positive=True)
    return False


def _in_order(a: Sequence[Node], b: Sequence[Node]) -> bool:
    return len(a) == len(b) and all(map(_same, a, b))


def _unordered(a: Sequence[Node], b: Sequence[Node]) -> bool:
    """Each has its like on the other side; what is said twice is said once."""
    met: set[int] = set()
    for x in a:
        place = next((place for place, y in enumerate(b) if _same(x, y)), None)
        if place is None:
            return False
        met.add(place)
    return all(place in met or any(_same(x, y) for x in a) for place, y in enumerate(b))


def _same_many(a: Node, b: Node) -> bool:
    """Lists: by name where items have names, in order where one side has, else in any order as sets are."""
    items, others = (node.args if node.head == "List" else node.args[0] for node in (a, b))
    names, other_names = (all(i.head == "Named" for i in node) and bool(node) for node in (items, others))
    if names and other_names:
        return len(items) == len(others) and _unordered(items, others)
    if names or other_names:
        bare = [[i.args[1] if i.head == "Named" else i for i in node] for node in (items, others)]
        return _in_order(*bare)
    return _unordered(items, others)


def _same_named(a: Node, b: Node) -> bool:
    if a.head == b.head:
        return _same_both_named(a, b)
    named, bare = (a, b) if a.head == "Named" else (b, a)
    name, value = named.args
    if bare.head == "Equation":
        return value.head not in _STRUCTURES and proportional(difference(name, value), bare.args[0], positive=False)
    chosen = _CHOSEN.get(name.args[0]) if name.head == "Sym" else None
    if chosen and value.head == "Seq" and len(value.args[2]) == 2 and bare.head not in _STRUCTURES:
        return _same(Node("Call", (chosen, value.args[2])), bare)  # C(5, 2)
    if name.head == "Apply" and name.args[0] in _FUNCTIONS and symbols(name.args[1][0]) and not symbols(value):
        if _same(value, bare):
            raise UnreadableError("f(x) = 0: a function, or an equation to be solved.")
        return False
    return _same(value, bare)


def _same_both_named(a: Node, b: Node) -> bool:
    (name, value), (other_name, other) = a.args, b.args
    if _same_name(name, other_name, value):
        return _same(value, other)
    if value.head in _STRUCTURES or other.head in _STRUCTURES or name.head == other_name.head == "Sym":
        linked = bool(symbols(value) | symbols(other)) and value.head not in _STRUCTURES
        return linked and other.head not in _STRUCTURES and _linked(a, b)
    if _linked(a, b):
        return True
    if _same(value, other):
        raise UnreadableError("Two names with one value: the figure may make them the same.")
    return False


def _linked(a: Node, b: Node) -> bool:
    """Whether two equations with a name each say the same: y = x/2 and x = 2y."""
    try:
        return proportional(difference(*a.args), difference(*b.args), positive=False)
    except UnreadableError:
        return False


def _same_name(a: Node, b: Node, value: Node) -> bool:
    """The same name, written alike; W(n) and W(x) name one thing when its value depends on neither."""
    if a.head == b.head == "Apply" and a.args[0] == b.args[0]:
        return a.args[1] == b.args[1] or not symbols(value)
    return a == b or (a.head == b.head and symbols(a) == symbols(b) and _same(a, b))


def _same_ratio(a: Sequence[Node], b: Sequence[Node]) -> bool:
    """Proportional; a part that is zero (12:00) makes it a reading of a clock, equal part by part."""
    if len(a) != len(b):
        return False
    if any(exact(part) == 0 for part in (*a, *b)):
        return _in_order(a, b)
    pairs = zip(a[1:], b[1:], strict=True)
    return all(_same_expression(Node("Mul", (a[0], y)), Node("Mul", (b[0], x))) for x, y in pairs)


def _same_quantity(a: Node, b: Node) -> bool:
    """Two values: the unit of one alone is not held against it, two units must be of one kind."""
    if b.head in _STRUCTURES:
        return False
    (left, unit), (right, other) = quantity(a), quantity(b)
    if unit and other:
        if {unit[0], other[0]} == {"degree", "radian"}:  # of which π is in neither's scale
            return _same_angle(*((left, right) if unit[0] == "degree" else (right, left)))
        if unit[0] != other[0] or unit[2] != other[2]:
            return False
        scale = (other[1] / unit[1]) ** unit[2]
        if scale == 1:
            return _same_expression(left, right)
        # both ways, as the literal that is left alone may be a rounded one
        scaled, unscaled = Node("Mul", (right, number(scale))), Node("Mul", (left, number(1 / scale)))
        return _same_expression(left, scaled) or _same_expression(unscaled, right)
    if unit and unit[3] in symbols(right):
        left = _with_letter(left, unit[2], unit[3])
    elif other and other[3] in symbols(left):
        right = _with_letter(right, other[2], other[3])
    elif (lone := unit or other) and not lone[4]:  # a letter that may be no unit
        return False
    elif lone and lone[0] == "degree" and not _same_expression(left, right):
        return _same_angle(*((left, right) if unit else (right, left)))
    return _same_expression(left, right) or _same_percentage(left, right)


def _same_angle(degrees: Node, radians: Node) -> bool:
    """60° and π/3: one angle in two measures, of which the question asks for one."""
    turned = Node("Div", (Node("Mul", (degrees, Node("Const", ("π",)))), number(180)))
    if _same_expression(turned, radians):
        raise UnreadableError("The same angle in another measure.")
    return False


def _same_percentage(a: Node, b: Node) -> bool:
    """20 % and 20, where the question asks for a percentage; 0.5 % and 0.5 are two shares."""
    if (a.head == "Percent") == (b.head == "Percent"):
        return False
    percent, bare = (a.args[0], b) if a.head == "Percent" else (b.args[0], a)
    value = exact(bare)
    return value is not None and value > 1 and exact(percent) == value


def _with_letter(node: Node, power: int, letter: str) -> Node:
    """3m where m is a symbol and no metre."""
    return Node("Mul", (node, Node("Pow", (Node("Sym", (letter,)), Node("Num", (Fraction(power), None))))))


def _same_expression(a: Node, b: Node) -> bool:
    if a == b:
        return True
    if a in INFINITE or b in INFINITE:
        return False
    if symbols(a) or symbols(b):
        return equal_at_points(a, b)
    left, right = exact(a), exact(b)
    if left is not None and right is not None:
        return left == right or _rounded(a, b, left, right)
    x, y = numeric(a, FILTER_DIGITS), numeric(b, FILTER_DIGITS)
    if not near(x, y, FILTER_DIGITS):
        return vanish(a, b, x, y) or _rounded(a, b, x, y)
    return near(numeric(a, PROOF_DIGITS), numeric(b, PROOF_DIGITS), PROOF_DIGITS) or vanish(a, b, x, y)


def _rounded(a: Node, b: Node, x: Any, y: Any) -> bool:
    """Whether one is a decimal that the other is rounded to, with three significant digits or more.

    Raises:
        UnreadableError: it is cut off instead (0.666 for 2/3), or it is the noise of a float beside zero.
    """
    for node, value, other in ((a, x, y), (b, y, x)):
        decimals = _decimals(node)
        if decimals is None or value == other:
            continue
        significant = decimals + (len(str(int(abs(value)))) if abs(value) >= 1 else _leading_zeros(value))
        if significant < ROUNDED_DIGITS:
            continue
        gap = abs(value - other)
        if gap * 2 * 10 ** min(decimals, FLOAT_DECIMALS) <= 1:
            return True
        if gap * 10**decimals < 1 and abs(value) < abs(other):
            raise UnreadableError("A decimal that is cut off, not rounded.")
    if (x == 0) != (y == 0) and abs(x - y) * 10**FLOAT_DECIMALS < 1:
        raise UnreadableError("The noise of a float, or a value next to nothing.")
    return False


def _leading_zeros(value: Any) -> int:
    """Minus the zeros that follow the point: 0.0012 has two significant digits of four decimals."""
    zeros = 0
    while value and abs(value) * 10 ** (zeros + 1) < 1 and zeros < 300:
        zeros += 1
    return -zeros


def _decimals(node: Node) -> int | None:
    """How many decimals a literal has."""
    if node.head == "Neg":
        return _decimals(node.args[0])
    if node.head == "Percent":
        below = _decimals(node.args[0])
        return None if below is None else below + 2
    return node.args[1] if node.head == "Num" else None
