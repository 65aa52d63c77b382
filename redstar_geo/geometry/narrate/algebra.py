"""Equations solved the way it is done by hand: ratios cross-multiplied, unknowns put in, like terms collected.

Every line is an equation that holds for the solution; only a root that is discarded is none, and it is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate import polynomial as poly
from redstar_geo.geometry.narrate import products
from redstar_geo.geometry.narrate.arithmetic import bracketed, divided, same_value, simple
from redstar_geo.geometry.narrate.elimination import by_formula
from redstar_geo.geometry.narrate.lines import Kind, Line, Solution
from redstar_geo.geometry.narrate.polynomial import Polynomial, polynomial
from redstar_geo.geometry.narrate.say import expression, is_angle, number, say
from redstar_geo.geometry.proof import Solve

_MOST_EQUATIONS, _MOST_LINES, _LONGEST, _LONG_GOAL, _LONG_SUM = 24, 20, 90, 40, 60
_GOAL = Term("Name", ("goal",))
_BEGINNINGS = 4  # unknowns to put in first, if one of them leads nowhere


def with_fractions(move: Solve, language: str) -> Solution | None:
    """How polynomial equations in fractions give the value of a move; None where they are no such equations."""
    known = {cdl.parse(name): cdl.value(text) for name, text in move.known}
    known.pop(cdl.parse(move.unknown), None)
    rational = all(worth.is_Rational for worth in known.values())
    if not rational or not 1 <= len(move.equations) <= _MOST_EQUATIONS:
        return None
    put_in = {name: poly.number(poly.to_fraction(worth)) for name, worth in known.items()}
    systems = (_solved(move, put_in, language, first) for first in range(_BEGINNINGS))
    system = next(filter(None, systems), None)
    if system is None:
        return None
    values = [(str(name), str(worth).replace(" ", "")) for name, worth in system.values.items() if name != _GOAL]
    return Solution(tuple(system.lines), tuple(values))


def _solved(move: Solve, known: dict[Term, Term], language: str, first: int) -> _System | None:
    """The system with the lines that lead to the value, if it does not take too many."""
    unknown = target = cdl.parse(move.unknown)
    system = _System(language, is_angle(unknown), first)
    for text in move.equations:
        system.state(cdl.parse(text), known)
    unknown = products.as_quotient(unknown, map(cdl.parse, move.equations))
    if unknown.head not in cdl.MEASURES and unknown.head != "Name":
        target, goal = _GOAL, say(move.unknown, language)
        system.names[target] = goal if len(goal) < _LONG_GOAL else {"en": "the sum", "zh": "所求的和"}[language]
        system.kept = unknown.terms if unknown.head == "Div" else ()
        system.equations.append(Term("Equal", (target, unknown.replaced(known))))
    found = system.solve(target, cdl.value(move.value)) and 0 < len(system.lines) <= _MOST_LINES
    return system if found and max(len(line.text) for line in system.lines) <= _LONGEST else None


class _System:
    """Equations that become fewer, and the lines that say how."""

    def __init__(self, language: str, degrees: bool, first: int) -> None:
        self.language, self.degrees, self.first = language, degrees, first
        self.equations: list[Term] = []
        self.stated: set[Term] = set()  # as they stand there already
        self.sides: list[tuple[Term, Term]] = []  # a measure and what it is in terms of others
        self.lines: list[Line] = []
        self.names: dict[Term, str] = {}
        self.values: dict[Term, sympy.Expr] = {}
        self.kept: tuple[Term, ...] = ()  # whose quotient is asked for

    def state(self, equation: Term, known: dict[Term, Term]) -> None:
        """Take an equation in, with what is known put in."""
        left, right = equation.terms
        for side, other in ((left, right), (right, left)):
            if side.head in cdl.MEASURES and side not in known:
                self.sides.append((side, other.replaced(known)))
        self.stated.add(equation)
        plain = equation.replaced(known)
        for side, other in (plain.terms, plain.terms[::-1]):
            if side.head == "Div" and list(side.terms[1].measures()):
                plain = Term("Equal", (side.terms[0], Term("Mul", (other, side.terms[1]))))
                self._tell("cross", plain)
                self.stated.add(plain)
                break
        self.equations.append(plain)

    def solve(self, target: Term, value: sympy.Expr) -> bool:
        """Whether the target comes out, and with the right value; a letter that gives it is solved for first."""
        for equation in [e for e in self.equations if target in e.terms]:
            other = equation.terms[1] if equation.terms[0] == target else equation.terms[0]
            letters = set(other.measures())
            if len(self.equations) > 1 and len(letters) == 1 and all(name.head == "Name" for name in letters):
                self.equations.remove(equation)
                self._put(target, other)
                letter = letters.pop()
                if not self._find(letter, None):
                    return False
                result = cdl.to_sympy(other, self.values)
                put_in = other.replaced({letter: Term("Number", (number(self.values[letter]),))})
                chain = [self._shown(target), self._shown(put_in), self._number(result, target)]
                self._line("solved", " = ".join(dict.fromkeys(chain)))
                return same_value(result, value)
        return self._find(target, value)

    def _find(self, target: Term, value: sympy.Expr | None) -> bool:
        """Solve for one unknown after the other, up to the target; whether it has the value, if one is given."""
        if not self._divide_ratios(target):
            return False
        for _ in range(2 * _MOST_EQUATIONS):
            single = self._single(target)
            if single is not None:
                equation, unknown = single
                root = self._root(equation, unknown, value if unknown == target else None)
                if root is None or (unknown == target and value is not None and not same_value(root, value)):
                    return False
                self.values[unknown] = root
                if unknown == target:
                    return value is not None or bool(root.is_Rational)
                if not root.is_Rational:
                    return False
                self.equations.remove(equation)
                self._put(unknown, poly.number(poly.to_fraction(root)))
            elif not self._cancel() and not self._in_products() and not self._substitute(target):
                return self._as_a_whole(target, value)
        return False

    def _as_a_whole(self, target: Term, value: sympy.Expr | None) -> bool:
        """Whether an equation gives a product, quotient or sum that is asked for, though no part of it: AD · DC = 7."""
        goal = next((side for e in self.equations if target in e.terms for side in e.terms[1:]), target)
        product = polynomial(goal) or {}
        for equation in self.equations if value is not None else ():
            difference, result = polynomial(equation) or {}, None
            if target in equation.terms:  # a number at last, where angles that add up to one have gone
                rest = polynomial(equation.terms[equation.terms[0] == target])
                result = None if rest is None or poly.unknowns(rest) else cdl.to_sympy(poly.term_of(rest))
            elif product and () not in product and set(difference) == {*product, ()}:
                times = {difference[monomial] / factor for monomial, factor in product.items()}
                result = poly.to_sympy(-difference[()] / times.pop()) if len(times) == 1 else None
            elif goal.head == "Div" and set(difference) == {(part,) for part in goal.terms}:
                above, below = ((part,) for part in goal.terms)
                result = poly.to_sympy(-difference[below] / difference[above])
            if result is not None:
                if equation not in self.stated and target not in equation.terms:
                    self._tell("put_in", equation)
                self._line("solved", f"{self._shown(target)} = {self._number(result, target)}")
                return same_value(result, value)
        return False

    def _cancel(self) -> bool:
        """Divide an equation by a measure, or by π, that is in all of its terms; measures are not zero."""
        for place, equation in enumerate(self.equations):
            sides = [polynomial(side) for side in equation.terms]
            nonzero = [side for side in sides if side]
            names = [name for side in nonzero for name in poly.unknowns(side) if name.head in cdl.MEASURES]
            common = [*names, poly.PI] if any(map(poly.has_pi, nonzero)) else names
            for name in common if len(nonzero) == 2 else ():
                if all(name in monomial for side in nonzero for monomial in side):
                    if equation not in self.stated:
                        self._tell("put_in", equation)
                    self._tell("simplify", Term("Equal", tuple(map(poly.term_of, nonzero))))
                    less = Term("Equal", tuple(poly.term_of(poly.divided(side, name)) for side in nonzero))
                    self._tell("cancel", less)
                    self.stated.add(less)
                    self.equations[place] = less
                    return True
        return False

    def _in_products(self) -> bool:
        """Put in what an equation says of a product, AB · h = 24, or take away what both sides of one have."""
        found = products.put_in(self.equations) or (None if self.degrees else products.collected(self.equations))
        if found is None:
            return False
        place, told, put = found
        for equation in told:
            if equation not in self.stated:
                self._tell("put_in", equation)
        self.equations[place] = put
        return True

    def _divide_ratios(self, target: Term) -> bool:
        """Two equations a = b · k and c = d · k for one ratio k become a · d = c · b."""
        measures = dict.fromkeys(m for e in self.equations for m in e.measures())
        for ratio in [m for m in measures if m.head.startswith("RatioOf") and m != target]:
            pairs = []
            for equation in [e for e in self.equations if ratio in e.measures()]:
                left, right = map(polynomial, equation.terms)
                if left is None or right is None or ratio in poly.unknowns(left):
                    return False
                if any(monomial.count(ratio) != 1 for monomial in right):
                    return True  # a square of the ratio: substitution may do
                rest = {tuple(f for f in monomial if f != ratio): c for monomial, c in right.items()}
                pairs.append((poly.term_of(left), poly.term_of(rest), equation))
            for _, _, equation in pairs:
                self.equations.remove(equation)
            for (a, b, _), (c, d, _) in combinations(pairs, 2):
                quotients = [
                    above if below == poly.ONE else Term("Div", (above, below)) for above, below in ((a, b), (c, d))
                ]
                self._tell("ratio", Term("Equal", tuple(quotients)))
                crossed = Term("Equal", (poly.product(a, d), poly.product(c, b)))
                self._tell("cross", crossed)
                self.stated.add(crossed)
                self.equations.append(crossed)
        return True

    def _single(self, target: Term) -> tuple[Term, Term] | None:
        """An equation in one unknown, the target if there is one in it."""
        singles = []
        for equation in self.equations:
            difference = polynomial(equation)
            if difference is None or poly.has_pi(difference) or poly.degree(difference) > 2:
                continue
            unknowns = poly.unknowns(difference)
            if len(unknowns) == 1:
                singles.append((equation, unknowns.pop()))
        return min(singles, key=lambda single: single[1] != target, default=None)

    def _substitute(self, target: Term) -> bool:
        """Put one unknown in terms of others into the rest of the equations."""

        def cost(choice: tuple[Term, Term, Term]) -> tuple[bool, bool, int]:
            equation, unknown, expressed = choice
            return unknown not in equation.terms, unknown.head == "Name", len(set(expressed.measures()))

        choices = sorted(self._isolable(target), key=cost)
        if len(choices) <= self.first:
            return False
        (equation, unknown, expressed), self.first = choices[self.first], 0
        self.equations.remove(equation)
        if unknown not in equation.terms:
            if equation not in self.stated:
                self._tell("put_in", equation)
            self._tell("isolate", Term("Equal", (unknown, expressed)))
        self._put(unknown, expressed)
        return True

    def _isolable(self, target: Term) -> Iterator[tuple[Term, Term, Term]]:
        for equation in self.equations:
            difference = polynomial(equation)
            if difference is None:
                continue
            free = (name for name in poly.unknowns(difference) if name not in (target, *self.kept))
            for unknown in sorted(free, key=str):
                holding = [monomial for monomial in difference if unknown in monomial]
                if holding != [(unknown,)] or not any(unknown in e.measures() for e in self.equations if e != equation):
                    continue
                left, right = equation.terms
                other = right if left == unknown else left
                if unknown in (left, right) and unknown not in other.measures():
                    yield equation, unknown, other
                else:
                    rest = {m: -c / difference[(unknown,)] for m, c in difference.items() if m != (unknown,)}
                    yield equation, unknown, poly.term_of(rest)

    def _put(self, unknown: Term, expressed: Term) -> None:
        self.equations = [equation.replaced({unknown: expressed}) for equation in self.equations]
        self.sides = [(side, other.replaced({unknown: expressed})) for side, other in self.sides]

    def _root(self, equation: Term, unknown: Term, value: sympy.Expr | None) -> sympy.Expr | None:
        """Solve an equation in one unknown, line by line."""
        left, right = (polynomial(side) or {} for side in equation.terms)
        isolated = equation.terms[0] == unknown and unknown not in equation.terms[1].measures()
        if equation not in self.stated and not isolated:
            self._tell("put_in", equation)
        difference = poly.add(left, right, Fraction(-1))
        if poly.degree(difference) == 2:
            return self._quadratic(difference, unknown, value)
        for side, other in (equation.terms, equation.terms[::-1]):
            numbers = poly.constants(other)
            if side == unknown and not poly.unknowns(polynomial(other) or {}) and len(numbers) > 1 and not isolated:
                sides = [self._shown(unknown), self._shown(poly.total(numbers))]
                result = poly.to_sympy(sum(numbers, Fraction(0)))
                self._line("solved", " = ".join([*sides, self._number(result, unknown)]))
                return result
        _, a, b = poly.coefficients(difference, unknown)
        result = poly.to_sympy(-b / a)
        if isolated:
            chain = [self._shown(unknown), self._shown(equation.terms[1]), self._number(result, unknown)]
            if len(chain[1]) > _LONG_SUM:
                del chain[1]
            self._line("solved", " = ".join(dict.fromkeys(chain)))
            return result
        return self._linear(left, right, unknown)

    def _linear(self, left: Polynomial, right: Polynomial, unknown: Term) -> sympy.Expr:
        """Clear fractions, take the unknown to one side and the numbers to the other, divide."""
        single = len(left) == len(right) == 1 and () in (*left, *right)  # x/3 = 2 is 3 · 2 at once
        single = single and any(c.denominator == 1 for side in (left, right) for c in side.values())
        scale = Fraction(lcm(*(c.denominator for side in (left, right) for m, c in side.items() if m and not single)))
        left, right = poly.times(left, poly.constant(scale)), poly.times(right, poly.constant(scale))
        simple = Term("Equal", (poly.term_of(left), poly.term_of(right)))
        if simple not in self.stated:
            self._tell("simplify", simple)
        (_, a, b), (_, c, d) = poly.coefficients(left, unknown), poly.coefficients(right, unknown)
        if a < c:
            (a, b), (c, d) = (c, d), (a, b)
        name = self._shown(unknown)
        factor, rest = a - c, d - b
        numbers = [Term("Sub" if b > 0 else "Add", (poly.number(d), poly.number(abs(b))))] if b and d else []
        sides = [self._shown(numbers[0])] if numbers else []
        held = self._shown(poly.term_of({(unknown,): factor}))
        if c:
            gathered = Term("Sub" if c > 0 else "Add", tuple(poly.term_of({(unknown,): q}) for q in (a, abs(c))))
            collected = self._shown(gathered)
            self._line("simplify", " = ".join([collected, *(sides or [self._shown(poly.number(rest))])]))
            sides = []
        result = poly.to_sympy(rest / factor)
        if factor != 1:
            flipped = simple.terms == (poly.number(rest), poly.term_of({(unknown,): factor}))
            if not flipped:
                self._line("simplify", " = ".join([held, *sides, self._shown(poly.number(rest))]))
            worked = divided(poly.to_sympy(rest), poly.to_sympy(factor))
            sides = [] if worked.replace(" ", "") == number(result) else [worked]
        self._line("solved", " = ".join([name, *sides, self._number(result, unknown)]))
        return result

    def _quadratic(self, difference: Polynomial, unknown: Term, value: sympy.Expr | None) -> sympy.Expr | None:
        """By taking the root, by factors or by the formula; the root that cannot be is told."""
        a, b, c = poly.coefficients(difference, unknown)
        scale = Fraction(lcm(*(q.denominator for q in (a, b, c))), gcd(*(q.numerator for q in (a, b, c))))
        a, b, c = (q * scale * (1 if a > 0 else -1) for q in (a, b, c))
        name = self._shown(unknown)
        squares = b * b - 4 * a * c
        if squares < 0:
            return None
        if b == 0:
            root = sympy.sqrt(poly.to_sympy(-c / a))
            squared = f"({name})²" if " " in name else f"{name}²"
            self._line("simplify", f"{squared} = {number(-c / a)}")
            self._line("solved", f"{name} = {number(root)}")
            return root
        normal = poly.add({(unknown, unknown): a, (unknown,): b}, poly.constant(c))
        self._tell("simplify", Term("Equal", (poly.term_of(normal), poly.number(Fraction(0)))))
        roots = [
            sympy.nsimplify((-poly.to_sympy(b) + sign * sympy.sqrt(poly.to_sympy(squares))) / (2 * poly.to_sympy(a)))
            for sign in (1, -1)
        ]
        kept = [r for r in roots if value is None or abs(sympy.N(r - value)) < 1e-9]
        reasons = [self._absurdity(unknown, r) for r in roots]
        if value is None:
            kept = [r for r, reason in zip(roots, reasons, strict=True) if reason is None]
        if len(kept) != 1:
            return None
        (root,) = kept
        absurd = reasons[1 - roots.index(root)]
        if absurd is None:
            return None
        whole = poly.root(squares)
        if whole is not None and a == 1:
            factors = " · ".join(f"({name} {'−' if r > 0 else '+'} {number(abs(r))})" if r else name for r in roots)
            self._line("factor", f"{factors} = 0")
        else:
            self._line("discriminant", f"{bracketed(b)}² − 4 · {number(a)} · {bracketed(c)} = {number(squares)}")
        other = roots[1 - roots.index(root)]
        formula = (
            ""
            if whole is not None and a == 1
            else by_formula(poly.to_sympy(-b), poly.to_sympy(squares), poly.to_sympy(a), roots.index(root))
        )
        found = " = ".join(filter(None, (name, formula, number(root))))
        lines = (found, f"{name} = {number(other)}", absurd)
        self.lines.append(Line("solved", *lines))
        return root

    def _absurdity(self, unknown: Term, root: sympy.Expr) -> str | None:
        """What this root would make negative: a measure and its value, or empty for the unknown itself; else None."""
        if unknown.head in cdl.MEASURES:
            return "" if root <= 0 else None
        for side, other in self.sides:
            if set(other.measures()) == {unknown}:
                worth = cdl.to_sympy(other, {unknown: root})
                if worth <= 0:
                    return f"{self._shown(side)} = {number(simple(worth))}" + (" < 0" if not worth.is_Rational else "")
        return None

    def _shown(self, term: Term) -> str:
        return self.names.get(term) or expression(term, self.language, self.degrees)

    def _number(self, value: sympy.Expr, unknown: Term) -> str:
        return number(value) + ("°" if self.degrees and (unknown.head != "Name" or unknown in self.names) else "")

    def _tell(self, kind: Kind, equation: Term) -> None:
        text = " = ".join(self._shown(side) for side in equation.terms)
        sides = [polynomial(side) for side in equation.terms]
        if len(text) > _LONGEST and None not in sides:  # at once with like terms collected
            text = " = ".join(self._shown(poly.term_of(side or {})) for side in sides)
        self._line(kind, text)

    def _line(self, kind: Kind, text: str) -> None:
        sides = text.split(" = ")
        if len(set(sides)) == 1 or any(line.text == text for line in self.lines):
            return
        if self.lines and self.lines[-1].text.split(" = ") == sides[::-1]:
            kind = self.lines.pop().kind  # not 50 = x, so x = 50
        self.lines.append(Line(kind, text))
