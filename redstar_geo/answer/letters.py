"""When two expressions with letters are the same: at random points of both signs, wherever both sides are real."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from redstar_geo.answer.numbers import exact, numeric, spread
from redstar_geo.answer.policy import FILTER_DIGITS, POINTS, PROOF_DIGITS
from redstar_geo.answer.tree import Node, UnreadableError, parts, symbols
from redstar_geo.notation import words

Point = dict[str, Fraction]
_RANGES = (
    (2, 8),
    (Fraction(1, 8), 1),
    (1, 2),
    (8, 16),
    (16, 64),
    (2, 4),
)  # of sizes, one a letter and turn
_SIGNED = words("Root Abs Fact Fn Call")  # heads that tell the signs of what stands below them


def equal_at_points(a: Node, b: Node) -> bool:
    """Whether two expressions are the same wherever both are real: first where all letters are positive.

    Raises:
        UnreadableError: they are the same there and not where a letter is negative, or there only one of them is real
            (2 ln x and ln x²), or neither has a value anywhere.
    """
    names = sorted(symbols(a) | symbols(b))
    if _is_complex(a) or _is_complex(b):
        return all(_same_at(a, b, x, y, point) for x, y, point in _at_points(a, b, names))
    met = 0
    for point in _points(a, b, names, frozenset()):
        x, y = _real(a, point), _real(b, point)
        if x is not None and y is not None:
            if not _same_at(a, b, x, y, point):
                return False
            met += 1
        elif (x is None) != (y is None):
            raise UnreadableError("Where one has a value and the other has none.")
        if met == POINTS:
            break
    if not (_tells_signs(a) or _tells_signs(b)):
        if met:
            return True
        raise UnreadableError("Expressions without values.")
    return _equal_below_zero(a, b, names, met)


def _equal_below_zero(a: Node, b: Node, names: list[str], met: int) -> bool:
    """The same with one letter negative at a time, then with all of them."""
    for negative in dict.fromkeys((*(frozenset({name}) for name in names), frozenset(names))):
        for point in islice(_points(a, b, names, negative), POINTS):
            x, y = _real(a, point), _real(b, point)
            if x is not None and y is not None:
                if not _same_at(a, b, x, y, point):
                    if met:
                        raise UnreadableError("The same for positive letters only.")
                    return False
            elif (x is None) != (y is None) and len(negative) == 1:
                raise UnreadableError("Where a letter is negative, one has a value and the other has none.")
            met += x is not None
    if not met:
        raise UnreadableError("Expressions without values.")
    return True


def proportional(a: Node, b: Node, *, positive: bool) -> bool:
    """Whether a = k·b for one number k: two equations, or inequalities when k > 0, that say the same."""
    ratio = None
    for x, y, _ in _at_points(a, b, sorted(symbols(a) | symbols(b))):
        if not x or not y:
            return False
        if ratio is None:
            ratio = x / y
        elif not near(ratio, x / y, FILTER_DIGITS):
            return False
    return ratio is not None and (not positive or ratio.real > 0)


def _points(a: Node, b: Node, names: list[str], negative: frozenset[str]) -> Iterator[Point]:
    """Values of the letters that depend on both expressions, so that none can be written to fit them.

    Their sizes and signs do not depend on what the letters are called, so that a verdict does not either.
    """
    seed = "|".join(sorted((repr(a), repr(b)))) + "".join(sorted(negative))
    fractions = [(spread(f"{seed}{name}") + 8) / 16 for name in names]
    for turn in range(len(_RANGES)):
        point = {}
        for place, (name, fraction) in enumerate(zip(names, fractions, strict=True)):
            low, high = _RANGES[(turn + place) % len(_RANGES)]
            size = low + (high - low) * fraction
            point[name] = -size if name in negative else size
        yield point


def _at_points(a: Node, b: Node, names: list[str]) -> Iterator[tuple[Any, Any, Point]]:
    """Both values, complex where they must be, at `POINTS` points where both have one, with the point.

    Raises:
        UnreadableError: there are not so many.
    """
    met = 0
    every_other = frozenset(names[::2])
    for pair in zip(_points(a, b, names, frozenset()), _points(a, b, names, every_other), strict=True):
        for point in pair:
            try:
                x, y = numeric(a, FILTER_DIGITS, point), numeric(b, FILTER_DIGITS, point)
            except UnreadableError:
                continue
            yield x, y, point
            met += 1
            if met == POINTS:
                return
    raise UnreadableError("An expression or a statement without values.")


def _same_at(a: Node, b: Node, x: Any, y: Any, point: Point) -> bool:
    return near(x, y, FILTER_DIGITS) or vanish(a, b, x, y, point)


def _real(node: Node, point: Point) -> Any | None:
    """The value at a point; None where it is not real."""
    try:
        return numeric(node, FILTER_DIGITS, point, real=True)
    except UnreadableError:
        return None


def _is_complex(node: Node) -> bool:
    return node == ("Const", ("i",)) or any(map(_is_complex, parts(node)))


def _tells_signs(node: Node) -> bool:
    """Whether the signs of letters may matter: they do not in what is rational."""
    if node.head == "Pow" and (raised := exact(node.args[1])) is not None:
        return raised.denominator != 1 or _tells_signs(node.args[0])
    return node.head in _SIGNED or node.head == "Pow" or any(map(_tells_signs, parts(node)))


def near(x: Any, y: Any, digits: int) -> bool:
    """Whether two values agree but for the last ten of so many digits."""
    return bool(abs(x - y) <= max(abs(x), abs(y)) * x.context.mpf(10) ** (10 - digits))


def vanish(a: Node, b: Node, x: Any, y: Any, point: Point | None = None) -> bool:
    """Whether both are zero but for what cancellation leaves over: that shrinks with the digits."""
    ten = x.context.mpf(10)
    if max(abs(x), abs(y)) > ten ** (20 - FILTER_DIGITS):
        return False
    sharper = numeric(a, PROOF_DIGITS, point), numeric(b, PROOF_DIGITS, point)
    limits = (abs(value) * ten ** (2 * FILTER_DIGITS - PROOF_DIGITS) or ten ** (50 - PROOF_DIGITS) for value in (x, y))
    return all(bool(abs(value) <= limit) for value, limit in zip(sharper, limits, strict=True))
