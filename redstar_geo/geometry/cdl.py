"""The formal language of geometry statements: text ↔ tree ↔ exact algebra.

FormalGeo (arXiv 2310.18021) writes facts as `Equal(MeasureOfAngle(ABC),50)` or `ParallelBetweenLine(AB,CD)`. Such a
string is the one form in which givens, conclusions and goals travel through this library. Parsing is a small recursive
descent over a bounded text, and algebra is built from its terms by a fixed table of heads: nothing is ever evaluated as
code. What exact algebra would not bear (long numbers, towers of powers and functions) is refused before it is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TypeVar

import sympy

from redstar_geo.bounds import BITS, DEPTH, DIGITS, OPERATIONS, STATEMENT
from redstar_geo.errors import RedStarError

MEASURES = frozenset(
    {
        "LengthOfLine",
        "MeasureOfAngle",
        "PerimeterOfTriangle",
        "AreaOfTriangle",
        "HeightOfTriangle",
        "RatioOfSimilarTriangle",
        "RatioOfMirrorSimilarTriangle",
        "PerimeterOfQuadrilateral",
        "AreaOfQuadrilateral",
        "HeightOfQuadrilateral",
        "RatioOfSimilarQuadrilateral",
        "RatioOfMirrorSimilarQuadrilateral",
        "LengthOfArc",
        "MeasureOfArc",
        "RatioOfSimilarArc",
        "RadiusOfCircle",
        "DiameterOfCircle",
        "PerimeterOfCircle",
        "AreaOfCircle",
        "PerimeterOfSector",
        "AreaOfSector",
        "AbscissaOfPoint",  # not FormalGeo's: the coordinate plane
        "OrdinateOfPoint",
    }
)
_MAX_ROOT_BITS, _MAX_EXPONENT_BITS = 1_024, 64  # of one that a root or an angle is taken of, and of an exponent
_MAX_FUNCTIONS = 8  # inside each other: tan(asin(x)) holds x twice
_REMEMBERED, _REMEMBERED_CHARS = 8_192, 200  # texts, and how long such a text may be: strangers' are many and long
_TOKEN = re.compile(r"\s*([0-9]+\.[0-9]+|[0-9]+|[^\W\d]\w*|\*\*|[-+*/^(),{}])")
_INFIX = {"+": ("Add", 1), "-": ("Sub", 1), "*": ("Mul", 2), "/": ("Div", 2), "^": ("Pow", 4), "**": ("Pow", 4)}
_SHORTHAND = (
    (re.compile(r"\|([A-Z]{2})\|"), r"LengthOfLine(\1)"),
    (re.compile(r"∠([A-Z]{3})"), r"MeasureOfAngle(\1)"),
    (re.compile(r"⌒([A-Z]{3})"), r"MeasureOfArc(\1)"),
    (re.compile(r"([A-Z]{2})∥([A-Z]{2})"), r"ParallelBetweenLine(\1,\2)"),
    (re.compile(r"([A-Z]{2})⊥([A-Z]{2})"), r"PerpendicularBetweenLine(\1,\2)"),
    (re.compile(r"(\S+) = (\S+)"), r"Equal(\1,\2)"),
)


def _unopened(function: type[sympy.Function]) -> type[sympy.Function]:
    """The same function of acute angles, of which sympy knows nothing but the number."""

    def number(self: sympy.Function, precision: int) -> sympy.Expr:
        return function(self.args[0]).evalf(sympy.core.evalf.prec_to_dps(precision))

    return type(function.__name__, (sympy.Function,), {"is_positive": True, "is_real": True, "_eval_evalf": number})


_UNOPENED = {function: _unopened(function) for function in (sympy.sin, sympy.cos, sympy.tan)}


def opened(number: sympy.Expr) -> sympy.Expr:
    """The same number with sympy's own functions, of which it takes arcs."""
    for function, unopened in _UNOPENED.items():
        number = number.replace(unopened, function)
    return number


def function_of(function: type[sympy.Function], angle: sympy.Expr) -> sympy.Expr:
    """A sine, cosine or tangent of an angle in radians.

    Those of 18° and the like stay what they are: sympy makes roots of roots of them, which nobody would write.
    """
    steps = angle * 120 / sympy.pi
    if not steps.is_Integer or steps % 10 == 0 or steps % 15 == 0:
        return function(angle)
    steps, sign = steps % 240, 1
    if steps > 120:
        steps, sign = 240 - steps, 1 if function is sympy.cos else -1
    if steps > 60:
        steps, sign = 120 - steps, sign if function is sympy.sin else -sign
    return sign * _UNOPENED[function](steps * sympy.pi / 120)


_FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    "Sin": lambda x: function_of(sympy.sin, x * sympy.pi / 180),
    "Cos": lambda x: function_of(sympy.cos, x * sympy.pi / 180),
    "Tan": lambda x: function_of(sympy.tan, x * sympy.pi / 180),
    "Sqrt": sympy.sqrt,
    "sqrt": sympy.sqrt,
    "sin": lambda x: function_of(sympy.sin, x),
    "cos": lambda x: function_of(sympy.cos, x),
    "tan": lambda x: function_of(sympy.tan, x),
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
}


OPERATORS = {"Add": None, "Mul": None, "Sub": 2, "Div": 2, "Pow": 2, "Neg": 1} | dict.fromkeys(_FUNCTIONS, 1)
_Read = TypeVar("_Read")


class CDLError(RedStarError):
    """A statement that is not in the language."""


def _remembered(read: Callable[[str], _Read]) -> Callable[[str], _Read]:
    kept = lru_cache(maxsize=_REMEMBERED)(read)

    @wraps(read)
    def of_text(text: str) -> _Read:
        return kept(text) if len(text) <= _REMEMBERED_CHARS else read(text)

    return of_text


@dataclass(frozen=True)
class Term:
    """A node: `head` names a predicate, measure or operator, `args` are terms; leaves hold text.

    `Term("Equal", (Term("MeasureOfAngle", (Term("Points", ("ABC",)),)), Term("Number", ("50",))))`
    """

    head: str
    args: tuple[Term | str, ...]

    def __str__(self) -> str:
        if self.head in ("Points", "Number", "Name"):
            return str(self.args[0])
        return f"{self.head}({','.join(map(str, self.args))})"

    @property
    def points(self) -> tuple[str, ...]:
        """The point groups of a predicate or measure: `("ABC",)`, `("AB", "CD")`."""
        return tuple(str(arg) for arg in self.args)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The arguments that are terms: all of them, but for leaves."""
        return tuple(arg for arg in self.args if isinstance(arg, Term))

    def map(self, new: Callable[[Term], Term]) -> Term:
        """The same node with `new` of each argument that is a term."""
        return Term(self.head, tuple(new(arg) if isinstance(arg, Term) else arg for arg in self.args))

    def replaced(self, table: Mapping[Term, Term]) -> Term:
        """The same expression with every term of the table, the outermost first, exchanged for its entry."""
        return table[self] if self in table else self.map(lambda part: part.replaced(table))

    def walk(self) -> Iterator[Term]:
        """This term and every one below, left to right, parents first."""
        yield self
        for term in self.terms:
            yield from term.walk()

    def outermost(self, wanted: Callable[[Term], bool]) -> Iterator[Term]:
        """The wanted terms, left to right; what is below one of them is not looked at."""
        if wanted(self):
            yield self
        else:
            for term in self.terms:
                yield from term.outermost(wanted)

    def measures(self) -> Iterator[Term]:
        """Every measure and every free symbol below, left to right."""
        return self.outermost(lambda term: term.head in MEASURES or (term.head == "Name" and term.args[0] != "pi"))


def spelled(shorthand: str) -> str:
    """What the tables here write as on paper, in full: `|AB| = |CD|` is `Equal(LengthOfLine(AB),LengthOfLine(CD))`."""
    for pattern, full in _SHORTHAND:
        shorthand = pattern.sub(full, shorthand)
    return shorthand


@_remembered
def parse(text: str) -> Term:
    """The tree of a statement or expression.

    Raises:
        CDLError: not in the language, too long or too deep, or a number in it has too many digits.
    """
    if len(text) > STATEMENT:
        raise CDLError(f"Statement of {len(text)} characters; the limit is {STATEMENT}.")
    tokens, end = [], 0
    while match := _TOKEN.match(text, end):
        tokens.append(match[1])
        end = match.end()
    if text[end:].strip():
        raise CDLError(f"Cannot read {text[end : end + 20]!r} in {text[:80]!r}.")
    parser = _Parser(tokens, text)
    term = parser.expression(0, 0)
    if parser.peek() is not None:
        raise CDLError(f"{text[:80]!r} goes on after a complete statement.")
    return term


def to_sympy(term: Term, values: Mapping[Term, sympy.Expr] | None = None) -> sympy.Expr:
    """Exact algebra of an expression; a measure becomes its value, else a positive symbol named like the term.

    `Equal(a, b)` becomes `a − b`. Degrees stay numbers of degrees; `Sin`, `Cos`, `Tan` take degrees.

    Raises:
        CDLError: it is no expression, or one that is too large for exact algebra.
    """
    values = values or {}
    _weigh(term, values, 0)
    return _algebra(term, values)


def _weigh(term: Term, values: Mapping[Term, sympy.Expr], functions: int) -> float:
    """About how many bits the exact number of an expression can have, an unknown counted as one.

    Raises:
        CDLError: it has more than sympy handles at once, or too many functions inside each other.
    """
    if term.head == "Number":
        return 1 + len(str(term)) * 10 / 3
    if term.head in ("Name", "Points") or term.head in MEASURES or term in values:
        return 1
    factor, parts, taken = 1.0, term.terms, term.head in _FUNCTIONS
    if term.head == "Pow" and len(parts) == 2:
        power = _exponent(parts[1], values, functions)
        factor, parts, taken = max(1.0, float(abs(power))), parts[:1], not power.is_Integer
    functions += taken
    bits = sum(_weigh(part, values, functions) for part in parts)
    if bits * factor > BITS or (taken and bits > _MAX_ROOT_BITS) or functions > _MAX_FUNCTIONS:
        raise CDLError(f"{str(term)[:80]} is too large for exact algebra.")
    return bits * factor


def _exponent(term: Term, values: Mapping[Term, sympy.Expr], functions: int) -> sympy.Rational:
    small = _weigh(term, values, functions) <= _MAX_EXPONENT_BITS
    power = _algebra(term, values) if small else None
    if power is None or not power.is_Rational:
        raise CDLError(f"Power {str(term)[:80]} is too large or not a number's.")
    return power


def _algebra(term: Term, values: Mapping[Term, sympy.Expr]) -> sympy.Expr:
    if term in values:
        return values[term]
    if term.head == "Number":
        return sympy.Rational(term.args[0])
    if term.head in ("Name", "Points"):  # a capital that stands for a number looks like a point
        return sympy.pi if term.args[0] == "pi" else sympy.Symbol(str(term), real=True)
    if term.head in MEASURES:
        return sympy.Symbol(str(term), positive=True)
    args = [_algebra(arg, values) for arg in term.terms]
    if term.head in _FUNCTIONS and len(args) == 1:
        return _FUNCTIONS[term.head](args[0])
    if term.head == "Add":
        return sympy.Add(*args)
    if term.head == "Mul":
        return sympy.Mul(*args)
    if term.head in ("Sub", "Equal") and len(args) == 2:
        return args[0] - args[1]
    if term.head == "Neg" and len(args) == 1:
        return -args[0]
    if term.head == "Div" and len(args) == 2 and args[1] != 0:
        return args[0] / args[1]
    if term.head == "Pow" and len(args) == 2:
        return args[0] ** args[1]
    raise CDLError(f"{str(term)[:80]} is not an expression.")


@_remembered
def value(text: str) -> sympy.Expr:
    """The exact value of a number written as `5*sqrt(3)` or `180*acos(3/5)/pi`.

    Raises:
        CDLError: it is not a number.
    """
    number = to_sympy(parse(text))
    if number.free_symbols or not sympy.N(number).is_finite:
        raise CDLError(f"{text!r} is not a number.")
    return number


class _Parser:
    def __init__(self, tokens: list[str], text: str) -> None:
        self.tokens, self.text, self.place = tokens, text, 0
        self.operations = 0

    def peek(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            raise CDLError(f"Expected {expected or 'more'} and found {token!r} in {self.text[:80]!r}.")
        self.place += 1
        return token

    def expression(self, binding: int, depth: int) -> Term:
        """Precedence climbing; powers bind to the right and tighter than a minus sign."""
        if depth > DEPTH:
            raise CDLError(f"{self.text[:40]!r}… is nested deeper than {DEPTH}.")
        left = self.operand(depth)
        while (token := self.peek()) in _INFIX:
            head, strength = _INFIX[str(token)]
            if strength <= binding and not (head == "Pow" and strength == binding):
                break
            self.take()
            self.operations += 1
            if self.operations > OPERATIONS:
                raise CDLError(f"{self.text[:40]!r}… has more than {OPERATIONS} operators.")
            right = self.expression(strength, depth + 1)
            left = Term(head, (left, right))
        return left

    def operand(self, depth: int) -> Term:
        token = self.take()
        if token == "-":
            return Term("Neg", (self.expression(1, depth + 1),))
        if token == "(":
            inner = self.expression(0, depth + 1)
            self.take(")")
            return inner
        if token[0].isdecimal():
            if len(token) > DIGITS:
                raise CDLError(f"A number of {len(token)} characters; the limit is {DIGITS}.")
            number = Term("Number", (token,))
            following = self.peek()
            if following is not None and following[0].islower():  # 3a is 3·a
                return Term("Mul", (number, self.expression(2, depth + 1)))
            return number
        if not token[0].isalpha():
            raise CDLError(f"Unexpected {token!r} in {self.text[:80]!r}.")
        if self.peek() != "(":
            return Term("Points" if token.isupper() else "Name", (token,))
        self.take("(")
        args = [self.expression(0, depth + 1)]
        while self.peek() == ",":
            self.take()
            args.append(self.expression(0, depth + 1))
        self.take(")")
        return Term(token, tuple(args))
