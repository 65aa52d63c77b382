"""Algebra of a proof in small steps, each of which can be checked on its own.

A line is written from the exact value of its left side, so a false one cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.say import number, say, squared
from redstar_geo.geometry.narrate.say import value as worded_value
from redstar_geo.geometry.proof import Solve

_COLUMN_LIMIT = 1000  # larger numbers are left whole
_PLAIN_PARTS = (2, 3, 4)  # by a half, a third, a quarter is times two, three, four; by 0.2 is by 0.2
_BRACKETS = str.maketrans("", "", "() ")
_SUMMAND = re.compile(r"(?=[+−])")
_LINE = 80  # characters; nested roots longer than that are no arithmetic for people


@dataclass(frozen=True)
class Working:
    """How a value was found: the equation it starts from, the steps, and the value.

    Attributes:
        equations: in prose, before any number is put in.
        steps: lines of arithmetic such as `63 + 40 = 103`; empty when the equation says it all.
        result: `∠ABC = 50°`.
        by_hand: whether the steps lead to the result; if not, the value was found by solving and is checked instead.
    """

    equations: tuple[str, ...]
    steps: tuple[str, ...]
    result: str
    by_hand: bool


@lru_cache(maxsize=16_384)  # the samples of one problem share it
def work(move: Solve, language: str, small: bool = False) -> Working:
    """The arithmetic of one `Solve`, as people do it; with `small` by columns: `60 + 40 = 100`, `3 + 8 = 11`.

    A model of 3 M parameters that learns sums from scratch is right far more often when tens and ones are added apart.
    """
    unknown = cdl.parse(move.unknown)
    known = {cdl.parse(name): cdl.value(text) for name, text in move.known}
    known.pop(unknown, None)
    value = cdl.value(move.value)
    equations = [cdl.parse(text) for text in move.equations]
    result = f"{say(move.unknown, language)} = {worded_value(move.unknown, move.value, language)}"
    worded = tuple(say(text, language) for text in move.equations)
    steps = _Steps(small, language)
    if not equations:
        computed = steps.evaluate(unknown, known)
        return Working((), tuple(steps.lines), result, computed is not None and same_value(computed, value))
    single = _eliminate(equations, unknown)
    by_hand = single is not None and steps.solve(single, unknown, known, value)
    if by_hand and max(map(len, steps.lines), default=0) <= _LINE:
        return Working(worded, tuple(steps.lines), result, True)
    return Working(worded, (), result, False)


def substituted(equation: str, values: Sequence[tuple[str, str]], language: str) -> str | None:
    """The two sides of an equation with every measure put in, when both are numbers: `8 + 4 = 12`; else None."""
    term = cdl.parse(equation)
    known = {cdl.parse(name): cdl.value(text) for name, text in values}
    left, right = (cdl.to_sympy(side, known) for side in term.terms)
    if left.free_symbols or right.free_symbols or not same_value(left, right):
        return None
    numbers = {name: _as_term(value) for name, value in known.items()}
    return " = ".join(say(str(side.replaced(numbers)), language) for side in term.terms)


def same_sum(left: str, right: str) -> bool:
    """Whether two sums in prose have the same parts, in any order: 16π − 12√3 and −12√3 + 16π."""
    one, other = (sorted(_SUMMAND.split(f"+{text}".replace("+−", "−").replace(" ", ""))) for text in (left, right))
    return one == other


def same_text(one: str, other: str) -> bool:
    """Whether two numbers are written alike but for spaces and brackets: (5√3) / 2 and 5√3/2."""
    return one.translate(_BRACKETS) == other.translate(_BRACKETS)


def bracketed(value: Fraction) -> str:
    """A number as a factor or a base: (−3)."""
    return number(value) if value >= 0 else f"({number(value)})"


def isolated(equation: Term, unknown: Term) -> Term | None:
    """The unknown in terms of the rest, where it is a side by itself, a summand or a factor."""
    for side, other in (equation.terms, equation.terms[::-1]):
        if side == unknown:
            return other
        if side.head == "Add" and side.terms.count(unknown) == 1:
            return reduce(lambda rest, part: Term("Sub", (rest, part)), [p for p in side.terms if p != unknown], other)
        if side.head == "Mul" and side.terms.count(unknown) == 1:
            rest = tuple(part for part in side.terms if part != unknown)
            factor = rest[0] if len(rest) == 1 else Term("Mul", rest)
            if factor.head == "Div" and str(factor.terms[0]) == "1":  # not by a half: twice
                return Term("Mul", (factor.terms[1], other))
            return Term("Div", (other, factor))
    return None


def _as_term(value: sympy.Expr) -> Term:
    return cdl.parse(str(value).replace(" ", ""))


def _eliminate(equations: list[Term], unknown: Term) -> Term | None:
    """One equation in the unknown, when the others only say that two measures are equal."""
    links = [e for e in equations if all(side.head in cdl.MEASURES for side in e.terms)]
    others = [e for e in equations if e not in links]
    if not others and len(links) == 1:
        return links[0]
    if len(others) != 1:
        return None
    rename: dict[Term, Term] = {}
    group = {unknown}
    while any((a in group) != (b in group) for a, b in (link.terms for link in links)):
        for a, b in (link.terms for link in links):
            if (a in group) != (b in group):
                new = b if a in group else a
                group.add(new)
                rename[new] = unknown
    return others[0].replaced(rename)


class _Steps:
    """Collects lines of arithmetic; every line is true."""

    def __init__(self, small: bool, language: str) -> None:
        self.small, self.language = small, language
        self.lines: list[str] = []

    def solve(self, equation: Term, unknown: Term, known: dict[Term, sympy.Expr], value: sympy.Expr) -> bool:
        """Isolate the unknown the way it is done by hand; False when this equation is not of such a form."""
        left, right = equation.terms
        if unknown in _inside(left) and unknown in _inside(right):
            return False
        holder, other = (left, right) if unknown in _inside(left) else (right, left)
        target = self.evaluate(other, known)
        if target is None:
            return False
        result = self._undo(holder, unknown, known, target, value)
        return result is not None and same_value(result, value)

    def _undo(
        self, term: Term, unknown: Term, known: dict[Term, sympy.Expr], target: sympy.Expr, value: sympy.Expr
    ) -> sympy.Expr | None:
        """The unknown, given that `term` is worth `target`: peel off one operation after the other.

        Of the angles that have a sine, `value` says which it is.
        """
        if term == unknown:
            return target
        holders = [arg for arg in term.terms if unknown in _inside(arg)]
        rest = [arg for arg in term.terms if unknown not in _inside(arg)]
        values = self._evaluated(rest, known)
        if values is None:
            return None
        if term.head == "Add":
            total = self.minus(target, reduce(self.plus, values)) if values else target
            if all(holder == unknown for holder in holders) and len(holders) > 1:
                return self.over(total, sympy.Integer(len(holders)))
            return self._undo(holders[0], unknown, known, total, value) if len(holders) == 1 else None
        if len(holders) != 1:
            return None
        inner = holders[0]
        if term.head == "Sub":
            if inner is term.terms[0]:
                return self._undo(inner, unknown, known, self.plus(target, values[0]), value)
            return self._undo(inner, unknown, known, self.minus(values[0], target), value)
        if term.head == "Mul":
            product = reduce(self.times, values)
            return self._undo(inner, unknown, known, self.over(target, product), value) if product != 0 else None
        if term.head == "Div" and inner is term.terms[0]:
            return self._undo(inner, unknown, known, self.times(target, values[0]), value)
        if term.head == "Div" and target != 0:
            return self._undo(inner, unknown, known, self.over(values[0], target), value)
        if term.head == "Pow" and str(term.terms[1]) == "2":
            return self._undo(inner, unknown, known, self.root(target), value)
        if term.head in ("Sin", "Cos", "Tan") and inner == unknown:
            self.lines.append(f"{say(str(term), self.language)} = {number(simple(target))}")
            worth = cdl.to_sympy(Term(term.head, (_as_term(value),)))
            return value if same_value(worth, target) else None
        return None

    def evaluate(self, term: Term, known: dict[Term, sympy.Expr]) -> sympy.Expr | None:
        """The value of an expression of known measures, its operations written out; None when something is unknown."""
        if term in known:
            return known[term]
        if term.head == "Number" or str(term) == "pi":
            return cdl.to_sympy(term)
        if term.head in cdl.MEASURES or term.head == "Name":
            return None
        term = squared(term) or term
        values = self._evaluated(term.terms, known)
        if values is None:
            return None
        if term.head == "Add":
            return reduce(self.plus, values)
        if term.head == "Sub":
            return self.minus(*values)
        if term.head == "Mul":
            return reduce(self.times, values)
        if term.head == "Div" and values[1] != 0:
            if all(arg.head == "Number" for arg in term.terms):
                return values[0] / values[1]
            return self.over(*values)
        if term.head == "Pow" and values[1] == 2:
            return self._line(f"{in_product(values[0])}²", values[0] ** 2)
        if term.head in ("sqrt", "Sqrt"):
            return self.root(values[0])
        value = cdl.to_sympy(Term(term.head, tuple(map(_as_term, values))))
        if term.head in ("Sin", "Cos", "Tan"):
            angle, plain = number(values[0]), values[0].is_Rational and values[0] >= 0
            if not plain and term.terms[0].head in (*cdl.MEASURES, "Name"):  # nobody writes sin(90 · arccos(7/25) / π)
                self._by_identity(term.terms[0], term.head, values[0])
                return self._line(say(str(term), self.language), value)
            return self._line(f"{term.head.lower()} {angle}°" if plain else f"{term.head.lower()}({angle})", value)
        return value

    def _by_identity(self, angle: Term, head: str, worth: sympy.Expr) -> None:
        """What leads from the one function of an angle that is known to another: cos from sin, then tan."""
        known = {sympy.asin: "Sin", sympy.acos: "Cos"}
        inverse = worth * sympy.pi / 180
        given = known.get(inverse.func)
        if given is None or given == head:
            return
        names = {name: say(f"{name}({angle})", self.language) for name in ("Sin", "Cos", "Tan")}
        sine, cosine = simple(sympy.sin(inverse)), simple(sympy.cos(inverse))
        first, other, second = (sine, cosine, "Cos") if given == "Sin" else (cosine, sine, "Sin")
        squared_one = f"{in_product(first)}²" if " " not in number(first) else f"({number(first)})²"
        chain = f"{names[second]} = √(1 − {squared_one})"
        if head == second:
            self.lines.append(chain)
        else:
            self.lines += [f"{chain} = {number(other)}", f"{names['Tan']} = {in_product(sine)} / {in_product(cosine)}"]

    def _evaluated(self, terms: Sequence[Term], known: dict[Term, sympy.Expr]) -> list[sympy.Expr] | None:
        """The values of all of them, or None."""
        evaluated = [self.evaluate(term, known) for term in terms]
        values = [value for value in evaluated if value is not None]
        return values if len(values) == len(evaluated) else None

    def plus(self, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
        if not (self.small and _in_columns(a, b)):
            return self._line(f"{_term(a)} + {_term(b)}", a + b)
        (a_tens, a_ones), (b_tens, b_ones) = _columns(a), _columns(b)
        if not a_ones:
            return self.plus(self.plus(a, b_tens), b_ones)
        tens = self.plus(a_tens, b_tens) if b_tens else a_tens
        ones = self._line(f"{a_ones} + {b_ones}", a_ones + b_ones)
        return self._line(f"{tens} + {ones}", tens + ones)

    def minus(self, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
        if self.small and a.is_Integer and b.is_Integer and 100 < b < a < _COLUMN_LIMIT:
            return self.minus(self.minus(a, sympy.Integer(100)), b - 100)
        if self.small and a > b > 10 and _in_columns(a, b):
            b_tens, b_ones = _columns(b)
            return self.minus(self.minus(a, b_tens), b_ones)
        return self._line(f"{_term(a)} − {_term(b, second=True)}", a - b)

    def times(self, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
        if (
            1 in (a, b)
            or number(a * b) in (number(a) + number(b), number(b) + number(a))
            or (not self.small and (_only_written(a, b) or _only_written(b, a)))
        ):
            return a * b
        if b.is_Rational and b.p == 1 and b.q > 1:
            return self.over(a, sympy.Integer(b.q))
        if self.small and b == 2 and _in_columns(sympy.Integer(20), a):
            tens, ones = _columns(a)
            doubled = self._line(f"{tens} · 2", tens * 2)
            return self.plus(doubled, self._line(f"{ones} · 2", ones * 2))
        return self._line(f"{in_product(a)} · {in_product(b)}", a * b)

    def over(self, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
        if b == 1:
            return a
        if b.is_Rational and b.p == 1 and a != 1 and (b.q in _PLAIN_PARTS or "." not in number(b)):
            return self.times(a, sympy.Integer(b.q))
        if self.small and b == 2 and _in_columns(sympy.Integer(20), a) and a > 20:
            even_tens = a // 20 * 20
            half = self._line(f"{even_tens} / 2", even_tens / 2)
            return self.plus(half, self._line(f"{a - even_tens} / 2", (a - even_tens) / 2))
        value = sympy.radsimp(a / b)
        quotient = f"{in_product(a)} / {in_product(b)}"
        return value if quotient.replace(" ", "") == number(value) else self._line(quotient, value)

    def root(self, a: sympy.Expr) -> sympy.Expr:
        radicand = number(a)
        return self._line(f"√{radicand}" if radicand.isdigit() else f"√({radicand})", sympy.sqrt(a))

    def _line(self, left: str, value: sympy.Expr) -> sympy.Expr:
        value = simple(value)
        right = number(value)
        if sorted(left.split(" + ")) == sorted(right.split(" + ")):
            return value  # 4 + 2√2 is what it is
        plain = left.replace(" ", "")
        if plain != right.replace(" ", "") and (self.small or not self._known(left, right)):
            self.lines.append(f"{left} = {right}")
        return value

    def _known(self, left: str, right: str) -> bool:
        """Whether a line says nothing: it stands there already, or only loses its brackets."""
        bare = same_text(left, right)
        return bare or same_sum(left, right) or f"{left} = {right}" in self.lines


def _only_written(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Whether a product is what it is: 2 · π, 3 · √5."""
    plain = a.is_Rational and (a.is_Integer or "." not in number(a))  # 342.25 · π is 1369π/4
    return bool(plain and not b.is_Rational and not b.is_Add and b.as_coeff_Mul()[0] == 1)


def _inside(term: Term) -> set[Term]:
    return set(term.measures())


def _in_columns(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Whether tens and ones are worth treating apart: both whole, of two digits or three, the ones not zero."""
    whole = a.is_Integer and b.is_Integer
    if not (whole and 0 < a < _COLUMN_LIMIT and 0 < b < _COLUMN_LIMIT) or a % 10 == 0 == b % 10:
        return False
    return (b > 10 and b % 10 != 0 and a > 10) or (b < 10 < a and a % 10 + b > 10)


def _columns(a: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    return a // 10 * 10, a % 10


def _term(value: sympy.Expr, second: bool = False) -> str:
    text = number(value)
    return f"({text})" if text[0] == "−" or (second and value.is_Add) else text


def quotient(above: sympy.Expr, below: sympy.Expr) -> str:
    """`12 / 5` and `3 / (1/9)`: read from left to right, 3 / 1/9 would be another number."""
    return f"{number(above) if above.is_Integer else in_product(above)} / {in_product(below)}"


def divided(above: sympy.Expr, below: sympy.Expr) -> str:
    """The same as people do it: by a quarter is times four."""
    return (
        f"{below.q} · {in_product(above)}" if below.is_Rational and below.p == 1 < below.q else quotient(above, below)
    )


def in_product(value: sympy.Expr) -> str:
    """A number as a factor, in brackets where it needs them."""
    text = number(value)
    plain = value.is_Integer and value >= 0
    decimal = value.is_Rational and "." in text and value > 0
    single = (value.is_Pow and text.startswith("√")) or value == sympy.pi or value.is_Function
    return text if plain or decimal or single else f"({text})"


@lru_cache(maxsize=65_536)
def simple(value: sympy.Expr) -> sympy.Expr:
    """The shorter of two ways to write a value: `nsimplify` knows 3/5 in sin(arcsin(3/5)), but not 529π/36."""
    if value.is_Rational:
        return value
    plain = sympy.radsimp(sympy.expand(value))
    return min(sympy.nsimplify(plain), plain, key=sympy.count_ops)


def same_value(a: sympy.Expr, b: sympy.Expr) -> bool:
    return a == b or bool(abs(sympy.N(a - b, 30)) < 1e-9)
