"""The value of an expression: exactly where it is rational, else to any precision wanted, always within bounds.

Nothing is simplified: two expressions are the same when their values are, so that no step can take long. A value of
more than 2^±100,000, and a power or factorial with more bits than that, is refused before it is worked out.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any

import mpmath

from redstar_geo.answer.tree import Node, UnreadableError
from redstar_geo.bounds import BITS
from redstar_geo.notation import words

_MOST_BITS = 100_000
_LARGEST_FACTORIAL = 5_000
_LARGEST_ANGLE_BITS = 200
_DEGREES_FROM = 10  # a whole number without a unit that is an angle: radians are not as large
DRAWN_BITS = 96
_LOCAL = threading.local()

Point = Mapping[str, Fraction]


def exact(node: Node) -> Fraction | None:
    """The value when it is rational by the four operations and whole powers; None otherwise."""
    head, args = node
    if head == "Num":
        return args[0]
    if head == "Neg":
        value = exact(args[0])
        return None if value is None else -value
    if head == "Percent":
        value = exact(args[0])
        return None if value is None else value / 100
    if head not in ("Add", "Mul", "Div", "Pow"):
        return None
    left, right = exact(args[0]), exact(args[1])
    if left is None or right is None or max(_bits(left), _bits(right)) > BITS:
        return None
    if head == "Add":
        return left + right
    if head == "Mul":
        return left * right
    if head == "Div":
        return left / right if right else None
    if right.denominator != 1 or (not left and right <= 0) or _bits(left) * abs(right.numerator) > BITS:
        return None
    return left**right.numerator


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def numeric(node: Node, digits: int = 50, point: Point | None = None, *, real: bool = False) -> Any:
    """The value to so many digits as an mpmath number, complex where it must be; symbols take their value at `point`.

    `real`: as school has it: what is not real on the way has no value, and odd roots of negative numbers are negative.

    Raises:
        UnreadableError: no number, undefined, or out of bounds.
    """
    context = _context(digits)
    try:
        return _Evaluation(context, point or {}, real).of(node)
    except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.ComplexResult) as error:
        raise UnreadableError(f"It has no value: {error!r}") from error


def _context(digits: int) -> Any:
    """An mpmath context of this thread's own, so that no other code changes its precision."""
    contexts: dict[int, Any] = _LOCAL.__dict__.setdefault("contexts", {})
    if digits not in contexts:
        contexts[digits] = mpmath.MPContext()
        contexts[digits].dps = digits
    return contexts[digits]


class _Evaluation:
    def __init__(self, context: Any, point: Point, real: bool) -> None:
        self.mp, self.point, self.real = context, point, real
        self.values: dict[str, Any] = {}

    def of(self, node: Node) -> Any:
        head, args = node
        work = _WORK.get(head)
        if work is None:
            raise UnreadableError(f"{head} is no number.")
        value = work(self, *args)
        return value if head in _SMALL else self.bounded(value)

    def bounded(self, value: Any) -> Any:
        """The value, unless it is out of bounds; its real part when it has no other."""
        if isinstance(value, self.mp.mpc):
            if value.imag == 0:
                value = value.real
            elif self.real:
                raise UnreadableError("It is not real.")
            else:
                self.bounded(value.real)
                self.bounded(value.imag)
                return value
        if value and not abs(self.mp.mag(value)) <= _MOST_BITS:  # nor is what is not finite
            raise UnreadableError("A value out of all bounds.")
        return value

    def rational(self, value: Fraction, _: int | None = None) -> Any:
        whole = self.mp.mpf(value.numerator)
        return whole if value.denominator == 1 else whole / value.denominator

    def constant(self, name: str) -> Any:
        if name == "∞":
            raise UnreadableError("Infinity is no number.")
        return {"π": +self.mp.pi, "e": +self.mp.e, "i": self.mp.mpc(0, 1)}[name]

    def symbol(self, name: str) -> Any:
        if name not in self.values:
            if name not in self.point:
                raise UnreadableError(f"{name} has no value.")
            self.values[name] = self.rational(self.point[name])
        return self.values[name]

    def applied(self, name: str, args: tuple[Node, ...]) -> Any:
        """An unknown function: a value of its own for each name and arguments."""
        if name not in self.point:
            raise UnreadableError(f"{name} has no value.")
        values = ",".join(self.mp.nstr(self.of(arg), 15) for arg in args)
        return self.rational(spread(f"{self.point[name]}({values})"))

    def power(self, base: Node, exponent: Node) -> Any:
        value, power = self.of(base), exact(exponent)
        raised = power.numerator if power is not None and power.denominator == 1 else self.of(exponent)
        far = value and (abs(self.mp.mag(value)) + 1) * abs(raised) > _MOST_BITS  # a bound that needs no logarithm
        if far and abs(self.mp.log(abs(value))) * abs(raised) > _MOST_BITS:
            raise UnreadableError("A power out of all bounds.")
        if not value and raised == 0:
            raise UnreadableError("0 to the power of 0.")
        if self.real and value < 0 and power is not None and power.denominator % 2:
            return (-1) ** power.numerator * (-value) ** raised  # x^{1/3} is the cube root
        return value**raised

    def root(self, degree: Node, node: Node) -> Any:
        """The real root of a negative number where there is one, as school has it."""
        order, value = self.of(degree), self.of(node)
        if order == 2:
            return self.mp.sqrt(value)
        odd = self.mp.isint(order) and int(order) % 2
        if odd and isinstance(value, self.mp.mpf) and value < 0 and (self.real or not self.point):
            return -((-value) ** (1 / order))
        return value ** (1 / order)

    def factorial(self, node: Node) -> Any:
        value = self.of(node)
        whole = self.mp.isint(value)
        if abs(value) > _LARGEST_FACTORIAL or (value < 0 if whole else not self.point):
            raise UnreadableError("A factorial out of bounds.")
        return self.mp.mpf(math.factorial(int(value))) if whole else self.mp.factorial(value)

    def called(self, name: str, args: tuple[Node, ...]) -> Any:
        """`max(3, 5)`, `gcd(12, 18)`, `C(5, 2)`: functions of several numbers, or of one."""
        values = [self.of(arg) for arg in args]
        if any(isinstance(value, self.mp.mpc) for value in values):
            raise UnreadableError(f"{name} of what is not real.")
        if name in ("gcd", "lcm"):
            if not all(self.mp.isint(value) for value in values):
                raise UnreadableError(f"{name} of what is not whole.")
            return self.mp.mpf(getattr(math, name)(*map(int, values)))
        if name == "perm":
            if (
                not all(self.mp.isint(value) for value in values)
                or not 0 <= values[1] <= values[0] <= _LARGEST_FACTORIAL
            ):
                raise UnreadableError("Permutations of what is not whole, or out of bounds.")
            return self.mp.mpf(math.perm(*map(int, values)))
        if name == "binom" and max(map(abs, values)) > _LARGEST_FACTORIAL:
            raise UnreadableError("A binomial out of bounds.")
        return {"max": max, "min": min, "floor": self.mp.floor, "ceil": self.mp.ceil, "binom": self.mp.binomial}[name](
            *values
        )

    def function(self, name: str, node: Node) -> Any:
        if node.head == "Measure":  # sin 30°
            inner, kind, _, power = node.args[:4]
            if kind not in ("degree", "radian") or power != 1:
                raise UnreadableError(f"A function of a {kind}.")
            value = self.of(inner) * (self.mp.pi / 180 if kind == "degree" else 1)
        else:
            if name in _OF_ANGLES and node.head == "Num" and node.args[0] >= _DEGREES_FROM:
                raise UnreadableError(f"{name} of {node.args[0]}: degrees or radians?")
            value = self.of(node)
        if value and (self.mp.mag(value) > _LARGEST_ANGLE_BITS):
            raise UnreadableError("A function of a number out of bounds.")
        if name not in _FUNCTIONS:
            raise UnreadableError(f"No function {name}.")
        if name == "exp" and self.mp.mag(value) > 16:
            raise UnreadableError("A power out of all bounds.")
        return getattr(self.mp, _FUNCTIONS[name])(value)


_OF_ANGLES = words("sin cos tan cot sec csc")
_FUNCTIONS = {"ln": "log", "lg": "log10"} | {  # name → mpmath's
    name: name for name in words("sin cos tan cot sec csc asin acos atan log exp")
}
_SMALL = words("Num Sym Neg Percent Abs")  # whose values need no bound
_WORK: Mapping[str, Callable[..., Any]] = {
    "Num": _Evaluation.rational,
    "Const": _Evaluation.constant,
    "Sym": _Evaluation.symbol,
    "Apply": _Evaluation.applied,
    "Neg": lambda self, a: -self.of(a),
    "Percent": lambda self, a: self.of(a) / 100,
    "Add": lambda self, a, b: self.of(a) + self.of(b),
    "Mul": lambda self, a, b: self.of(a) * self.of(b),
    "Div": lambda self, a, b: self.of(a) / self.of(b),
    "Pow": _Evaluation.power,
    "Root": _Evaluation.root,
    "Fact": _Evaluation.factorial,
    "Fn": _Evaluation.function,
    "Call": _Evaluation.called,
    "Abs": lambda self, a: abs(self.of(a)),
}


def spread(seed: str) -> Fraction:
    """A rational number between −8 and 8 that no one can guess from outside its seed."""
    return Fraction(drawn(seed), 2 ** (DRAWN_BITS - 4)) - 8


def drawn(seed: str) -> int:
    """A whole number of `DRAWN_BITS` bits that no one can guess from outside its seed."""
    return int.from_bytes(sha256(seed.encode("utf-8", "surrogatepass")).digest()[: DRAWN_BITS // 8], "big")
