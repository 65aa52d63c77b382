"""When two expressions with letters are the same: at random points of both signs, wherever both sides are real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from redstar_geo.answer.numbers import DRAWN_BITS, drawn, exact, numeric
from redstar_geo.answer.policy import FILTER_DIGITS, POINTS, PROOF_DIGITS
from redstar_geo.answer.tree import Node, UnreadableError, parts, symbols
from redstar_geo.notation import words

Point = dict[str, Fraction]
_RANGES = ((16, 64), (1, 8), (8, 16), (64, 128), (128, 512), (16, 32))  # of sizes in eighths, one a letter and turn
_E = Node("Const", ("e",))
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
    met, points = 0, list[Point]()
    for point in _points(a, b, names):
        points.append(point)
        x, y = _real(a, point), _real(b, point)
        if x is not None and y is not None:
            if not _same_at(a, b, x, y, point):
                return False
            met += 1
        elif (x is None) != (y is None):
            raise UnreadableError("Where one has a value and the other has none.")
        if met == POINTS:
            break
    return _equal_below_zero(a, b, points[:POINTS], met)


def _equal_below_zero(a: Node, b: Node, points: Sequence[Point], met: int) -> bool:
    """The same with one letter negative at a time, then with all of them, of those whose signs may matter."""
    signed = sorted(_signed(a) | _signed(b))
    for negative in filter(None, dict.fromkeys((*(frozenset({name}) for name in signed), frozenset(signed)))):
        for point in (_negated(point, negative) for point in points):
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


def _points(a: Node, b: Node, names: list[str]) -> Iterator[Point]:
    """Positive values of the letters that depend on both expressions, so that none can be written to fit them.

    Their ranges do not depend on what the letters are called, so that a verdict does not either.
    """
    seed = "|".join(sorted((repr(a), repr(b))))
    places = [drawn(f"{seed}{name}") for name in names]
    for turn in range(len(_RANGES)):
        ranges = (_RANGES[(turn + n) % len(_RANGES)] for n in range(len(names)))
        yield {name: _between(*ends, place) for name, ends, place in zip(names, ranges, places, strict=True)}


def _between(low: int, high: int, place: int) -> Fraction:
    """A number between so many eighths, at a place of 0 to 2^DRAWN_BITS."""
    return Fraction((low << DRAWN_BITS) + (high - low) * place, 8 << DRAWN_BITS)


def _negated(point: Point, negative: frozenset[str]) -> Point:
    return {name: -size if name in negative else size for name, size in point.items()}


def _at_points(a: Node, b: Node, names: list[str]) -> Iterator[tuple[Any, Any, Point]]:
    """Both values, complex where they must be, at `POINTS` points where both have one, with the point.

    Raises:
        UnreadableError: there are not so many.
    """
    met = 0
    every_other = frozenset(names[::2])
    for size in _points(a, b, names):
        for point in (size, _negated(size, every_other)):
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


def _signed(node: Node) -> frozenset[str]:
    """The letters whose signs may matter: they do not where a value is rational in them, or e to the power of such."""
    if node.head in _SIGNED:
        return symbols(node)
    if node.head == "Pow":
        base, raised = node.args
        power = exact(raised)
        if power is not None:
            return _signed(base) if power.denominator == 1 else symbols(base)
        if base != _E:
            return symbols(node)
    return frozenset[str]().union(*map(_signed, parts(node)))


def near(x: Any, y: Any, digits: int) -> bool:
    """Whether two values agree but for the last ten of so many digits."""
    return bool(abs(x - y) * 10 ** (digits - 10) <= max(abs(x), abs(y)))


def vanish(a: Node, b: Node, x: Any, y: Any, point: Point | None = None) -> bool:
    """Whether both are zero but for what cancellation leaves over: that shrinks with the digits."""
    if max(abs(x), abs(y)) * 10 ** (FILTER_DIGITS - 20) > 1:
        return False
    ten = x.context.mpf(10)
    sharper = numeric(a, PROOF_DIGITS, point), numeric(b, PROOF_DIGITS, point)
    limits = (abs(value) * ten ** (2 * FILTER_DIGITS - PROOF_DIGITS) or ten ** (50 - PROOF_DIGITS) for value in (x, y))
    return all(bool(abs(value) <= limit) for value, limit in zip(sharper, limits, strict=True))
