"""Systems with squares and roots, solved by hand: one unknown after the other is put into the rest.

What `algebra` cannot write with fractions alone (Pythagoras twice, a ratio of √5) is done here with exact roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, product

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate import sines
from redstar_geo.geometry.narrate.arithmetic import divided, in_product, same_sum, same_text
from redstar_geo.geometry.narrate.lines import Kind, Line, Solution
from redstar_geo.geometry.narrate.say import expression, is_angle, number, say
from redstar_geo.geometry.narrate.sines import Sides
from redstar_geo.geometry.proof import Solve

_MOST_EQUATIONS, _MOST_LINES, _LONGEST, _MOST_TERMS = 12, 20, 90, 8


def eliminated(move: Solve, language: str) -> Solution | None:
    """How the equations of a move give its value; None when they are not polynomials that come down to squares."""
    return next(filter(None, (_eliminated(move, language, late) for late in (False, True))), None)


def _eliminated(move: Solve, language: str, angles_late: bool) -> Solution | None:
    unknown, value = cdl.parse(move.unknown), cdl.value(move.value)
    known = {cdl.parse(name): cdl.value(text) for name, text in move.known if name != move.unknown}
    if not 1 <= len(move.equations) <= _MOST_EQUATIONS or is_angle(unknown):
        return None
    system = _Elimination(language, angles_late)
    for text in move.equations:
        system.add(cdl.parse(text).terms, known)
    target = cdl.to_sympy(unknown)
    if unknown.head not in cdl.MEASURES and unknown.head != "Name":
        target = sympy.Symbol("goal", positive=True)
        system.equations.append((target, sines.named(cdl.to_sympy(unknown, known))))
        system.names["goal"] = say(move.unknown, language)
    if not system.solve(target, value) or not 0 < len(system.lines) <= _MOST_LINES:
        return None
    return Solution(tuple(system.lines), ())


@dataclass
class _Elimination:
    language: str
    angles_late: bool = False  # lengths are put in before angles are
    equations: list[Sides] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    stated: set[str] = field(default_factory=set)  # as they stand in the problem
    found: dict[sympy.Symbol, sympy.Expr] = field(default_factory=dict)
    products: dict[sympy.Expr, str] = field(default_factory=dict)  # with the numbers put in, of which a side is made

    def add(self, sides: tuple[Term, ...], known: dict[Term, sympy.Expr]) -> None:
        left, right = (sines.named(cdl.to_sympy(side, known)) for side in sides)
        if not any(measure in known for side in sides for measure in side.measures()):
            self.stated.add(self._text((left, right)))
        if left != right:
            self.equations.append((left, right))

    def solve(self, target: sympy.Symbol, value: sympy.Expr) -> bool:
        """Whether the target comes out with this value."""
        for _ in range(2 * _MOST_EQUATIONS):
            if len(self.lines) > _MOST_LINES or any(len(line.text) > _LONGEST for line in self.lines):
                return False
            single = self._single(target)
            if single is None:
                if not any(step() for step in self._steps(target)):
                    return False
                continue
            equation, unknown = single
            root = self._root(equation, unknown, value if unknown == target else None)
            if root is None:
                return False
            if unknown == target:
                return abs(sympy.N(root - value, 30)) < 1e-9
            self.equations.remove(equation)
            self._put(unknown, root, 1)
            self.found[unknown] = root
            self._find_angle(unknown, root)
        return False

    def _steps(self, target: sympy.Symbol) -> Iterator[Callable[[], bool]]:
        """What may make the system simpler, in the order in which it is tried."""
        first, last = (partial(self._eliminate, target, angles) for angles in ((False, not self.angles_late), (True,)))
        yield from (self._collect, self._cancel, self._equal_sines, first, self._put_square, self._join, last)

    def _find_angle(self, sine: sympy.Symbol, worth: sympy.Expr) -> None:
        """The angle whose sine has been found, if others hang on it."""
        found = sines.angle_of(sine, worth, self.equations)
        angle = sines.angle(sine)
        if found is not None and angle is not None:
            degrees, absurd = found
            other = self._text((angle, 180 - degrees)) if absurd else ""
            why = absurd and say(absurd, self.language)
            self.lines.append(Line("solved", self._text((angle, degrees)), other, why))
            self._put(angle, degrees, 1)

    def _equal_sines(self) -> bool:
        """Two angles with the same sine are equal where they cannot make 180°."""
        found = sines.equal_angles(self.equations)
        if found is None:
            return False
        equation, one, other = found
        self.equations.remove(equation)
        self._line("simplify", self._text(tuple(sympy.Symbol(f"Sin({angle})") for angle in (one, other))))
        self._line("equal_sines", self._text((one, other)))
        self._put(one, other, 1)
        return True

    def _collect(self) -> bool:
        """Take away what both sides of an equation have."""
        for place, (left, right) in enumerate(self.equations):
            terms = [set(sympy.Add.make_args(sympy.expand(side))) for side in (left, right)]
            common = sympy.Add(*(terms[0] & terms[1]))
            less: Sides = (sympy.expand(left - common), sympy.expand(right - common))
            if common != 0 and _unknowns(less) != _unknowns((left, right)):
                self._line("put_in", self._text((left, right)))
                self._line("simplify", self._text(less))
                self.equations[place] = less
                return True
        return False

    def _join(self) -> bool:
        """Two equations that say what one product is."""
        for one, other in combinations(self.equations, 2):
            for i, j in product((0, 1), repeat=2):
                times = one[i] / other[j] if other[j] != 0 else one[i]
                joined = (one[1 - i], sympy.expand(times * other[1 - j]))
                product_of_both = one[i].is_Mul and len(one[i].free_symbols) > 1
                if not times.free_symbols and (product_of_both or _common_factor(joined)):
                    self._line("put_in", self._text(joined))
                    self.equations[self.equations.index(other)] = joined
                    return True
        return False

    def _single(self, target: sympy.Symbol) -> tuple[Sides, sympy.Symbol] | None:
        singles = [(e, symbols.pop()) for e in self.equations if len(symbols := _unknowns(e)) == 1]

        def later(single: tuple[Sides, sympy.Symbol]) -> tuple[bool, bool]:
            (left, right), unknown = single
            return unknown != target, _powers(sympy.expand(left - right), unknown) == {1, 2}  # it has two roots

        return min(singles, key=later, default=None)

    def _eliminate(self, target: sympy.Symbol, angles: Sequence[bool]) -> bool:
        """Write one unknown, or its square, in terms of others and put that into the rest."""
        choices = sorted(self._choices(target), key=lambda choice: choice[0])
        choices = [choice for choice in choices if sines.is_angle(choice[3]) in angles]
        if not choices:
            return False
        _, _, equation, unknown, power, expressed = choices[0]
        self.equations.remove(equation)
        written, isolated = self._text(equation), self._text((unknown**power, expressed))
        if written not in self.stated:
            self._line("put_in", written)
        if isolated not in self.stated and self._text((expressed, unknown**power)) not in self.stated:
            self._line("isolate", isolated)
        self._put(unknown, expressed, power)
        if unknown == target:  # it is found from this one in the end
            self.equations.append((unknown**power, expressed))
        return True

    def _cancel(self) -> bool:
        """Divide an equation by a measure that is in all of its terms; measures are not zero."""
        for place, (left, right) in enumerate(self.equations):
            terms = [term for side in (left, right) for term in sympy.Add.make_args(sympy.expand(side))]
            for unknown in sorted(_unknowns((left, right)), key=str):
                if unknown.is_positive and all(term.has(unknown) for term in terms) and 0 not in (left, right):
                    self._line("put_in", self._text((left, right)))
                    self.equations[place] = (sympy.expand(left / unknown), sympy.expand(right / unknown))
                    self._line("cancel", self._text(self.equations[place]))
                    return True
        return False

    def _put_square(self) -> bool:
        """Put x² = … into an equation where x stands beside its square: Pythagoras into a law of cosines."""
        ways = [way for left, right in self.equations for way in ((left, right), (right, left))]
        squares = [way for way in ways if way[0].is_Pow and way[0].exp == 2 and way[0].base.is_Symbol]
        for square, expressed in squares:
            for place, equation in enumerate(self.equations):
                difference = sympy.expand(equation[0] - equation[1])
                factor = difference.coeff(square.base, 2)
                if {square, expressed} == set(equation) or factor == 0 or factor.free_symbols:
                    continue
                terms = sympy.Add.make_args(sympy.expand(difference + factor * (expressed - square)))
                right = sympy.Add(*(-term for term in terms if term.could_extract_minus_sign()))
                put: Sides = (sympy.Add(*terms) + right, right)
                if 0 not in put and square.base not in expressed.free_symbols:
                    self._line("put_in", self._text(put))
                    self.equations[place] = put
                    return True
        return False

    def _choices(
        self, target: sympy.Symbol
    ) -> Iterator[tuple[tuple[bool, bool, bool, int], int, Sides, sympy.Symbol, int, sympy.Expr]]:
        for place, equation in enumerate(self.equations):
            difference = sympy.expand(equation[0] - equation[1])
            for unknown in sorted(_unknowns(equation), key=str):
                others = [e for e in self.equations if e != equation and sines.holds(e, unknown)]
                powers = _powers(difference, unknown)
                everywhere = set().union(*(_powers(sympy.expand(a - b), unknown) for a, b in others))
                power = 1 if powers == {1} else 2 if powers == {2} and everywhere <= {2, 4} else 0
                if not power or not others:
                    continue
                factor = difference.coeff(unknown, power)
                expressed = sympy.expand(-difference.coeff(unknown, 0) / factor)
                if factor.free_symbols - _unknowns(equation) or _fractional(expressed):
                    continue
                if not sines.can_put(unknown, expressed, others):
                    continue
                alone = unknown**power in equation
                yield (
                    (unknown == target, bool(factor.free_symbols), not alone, len(expressed.args)),
                    place,
                    equation,
                    unknown,
                    power,
                    expressed,
                )

    def _put(self, unknown: sympy.Symbol, expressed: sympy.Expr, power: int) -> None:
        put: list[Sides] = []
        said = [(sines.put(symbol, unknown, expressed), worth) for symbol, worth in self.found.items()]
        self.equations += [(side, worth) for side, worth in said if side.free_symbols and side not in self.found]
        for left, right in self.equations:
            if right.is_Symbol and not left.is_Symbol:
                left, right = right, left
            with_angle = right
            left, right = (sines.put(side, unknown, expressed).xreplace(self.found) for side in (left, right))
            if left.is_Symbol and with_angle.free_symbols and not right.free_symbols:
                self.products[left] = self._shown(with_angle, (str(unknown), str(expressed)))
            if unknown in _unknowns((left, right)):
                factor = right.coeff(unknown)
                if left.is_Symbol and right == factor * unknown and factor.is_Rational and not expressed.free_symbols:
                    if factor != 1 and self._text((left, right)) not in self.stated:
                        self._line("put_in", self._text((left, right)))
                    self.products[left] = f"{number(factor)} · {in_product(expressed)}"
                elif left.is_Symbol and right.is_Add and right.free_symbols == {unknown} and not expressed.free_symbols:
                    parts = [number(part.subs(unknown, expressed)) for part in right.args]
                    sums = " + ".join(parts).replace("+ −", "− ")
                    worth = number(right.subs(unknown, expressed))
                    self.products[left] = self._shown(right) if same_sum(sums, worth) else sums
                left, right = (_replaced(side, unknown, expressed, power) for side in (left, right))
            if sympy.expand(left - right) != 0:
                put.append((left, right))
        self.equations = list(dict.fromkeys(put))

    def _root(self, equation: Sides, unknown: sympy.Symbol, value: sympy.Expr | None) -> sympy.Expr | None:
        """Solve an equation in one unknown: of the first degree, a plain square, or a quadratic."""
        isolated = equation[0] == unknown and not equation[1].free_symbols
        written = self._text(equation)
        if written not in self.stated and not isolated:
            self._line("put_in", written)
        expanded: Sides = (sympy.expand(equation[0]), sympy.expand(equation[1]))
        difference = sympy.expand(expanded[0] - expanded[1])
        lowest = min(_powers(difference, unknown) | ({0} if difference.coeff(unknown, 0) != 0 else set()), default=0)
        difference = sympy.expand(difference / unknown**lowest)  # a measure is not zero
        if not difference.is_polynomial(unknown):
            return None
        powers = _powers(difference, unknown)
        if powers in ({1}, {2}):
            power = max(powers)
            gathered = (difference.coeff(unknown, power) * unknown**power, -difference.coeff(unknown, 0))
            if gathered[0].could_extract_minus_sign():
                gathered = (-gathered[0], -gathered[1])
            factor = gathered[0].coeff(unknown, power)
            worth = sympy.radsimp(gathered[1] / factor)
            self._simplified(expanded, gathered, written)
            if power == 2:
                if not worth.is_positive:
                    return None
                self._line("simplify", self._text((unknown**2, worth)))
                worth = sympy.sqrt(worth)
            worked = [divided(gathered[1], factor)] if power == 1 else []
            worked = [text for text in worked if not same_text(text, number(worth))]  # no 3 / 7 = 3/7
            put_in = [self.products[unknown]] if isolated and unknown in self.products else []
            put_in = [text for text in put_in if not same_sum(text, number(worth))]
            found = number(worth) + "°" * sines.in_degrees(unknown)
            chain = [self._shown(unknown), *put_in, *(worked if factor != 1 else []), found]
            self._line("solved", " = ".join(chain))
            return worth
        return self._quadratic(difference, unknown, value) if powers == {1, 2} else None

    def _simplified(self, expanded: Sides, gathered: Sides, written: str) -> None:
        for sides in (expanded, gathered):
            solved = sides[0].is_Symbol and not sides[1].free_symbols  # that is told as the result
            if (text := self._text(sides)) != written and not solved:
                self._line("simplify", text)

    def _quadratic(self, difference: sympy.Expr, unknown: sympy.Symbol, value: sympy.Expr | None) -> sympy.Expr | None:
        """Both roots by the formula, and why one of them goes: it is negative."""
        a, b, c = (difference.coeff(unknown, power) for power in (2, 1, 0))
        if sympy.expand(b * b - 4 * a * c) == 0 and not (b / a).is_positive:
            root = sympy.radsimp(-b / (2 * a))
            self._line("simplify", f"({self._shown(unknown)} − {number(root)})² = 0")
            self._line("solved", self._text((unknown, root)))
            return root
        if not all(part.is_Rational for part in (a, b, c)):
            return None
        scale = sympy.ilcm(*(part.q for part in (a, b, c))) * (1 if a > 0 else -1)
        a, b, c = (part * scale for part in (a, b, c))
        square = sympy.expand(b * b - 4 * a * c)
        roots = [sympy.radsimp((-b + sign * sympy.sqrt(square)) / (2 * a)) for sign in (1, -1)] if square >= 0 else []
        good = [root for root in roots if root.is_positive]
        if len(good) != 1 or (value is not None and abs(sympy.N(good[0] - value)) > 1e-9):
            return None
        self._line("simplify", self._text((a * unknown**2 + b * unknown + c, sympy.Integer(0))))
        bracketed = [number(part) if part >= 0 else f"({number(part)})" for part in (b, c)]
        self._line("discriminant", f"{bracketed[0]}² − 4 · {number(a)} · {bracketed[1]} = {number(square)}")
        (other,) = (root for root in roots if root not in good)
        name = self._shown(unknown)
        formula = by_formula(-b, square, a, roots.index(good[0]))
        text = " = ".join(dict.fromkeys((name, formula, number(good[0]))))
        self.lines.append(Line("solved", text, f"{name} = {number(other)}"))
        return good[0]

    def _shown(self, side: sympy.Expr, put_in: tuple[str, str] | None = None, degrees: bool = False) -> str:
        text = str(side).replace(" ", "")
        text = text.replace(*put_in) if put_in else text
        said = expression(cdl.parse(text), self.language, degrees)
        for symbol, name in self.names.items():
            said = said.replace(symbol, name if said == symbol or " + " not in name else f"({name})")
        return said

    def _text(self, sides: Sides) -> str:
        degrees = any(map(sines.in_degrees, _unknowns(sides)))
        return " = ".join(self._shown(side, degrees=degrees) for side in sides)

    def _line(self, kind: Kind, text: str) -> None:
        sides = text.split(" = ")
        if len(set(sides)) > 1 and not any(line.text == text for line in self.lines):
            if self.lines and self.lines[-1].text.split(" = ") == sides[::-1]:
                kind = self.lines.pop().kind  # not 60 = AB, so AB = 60
            self.lines.append(Line(kind, text))


def by_formula(minus_b: sympy.Expr, square: sympy.Expr, a: sympy.Expr, which: int) -> str:
    """A root of a quadratic equation as the formula writes it: `(−12 + √720) / 2`, `(8 + √1216) / (2 · 3)`."""
    sign, below = "−" if which else "+", "2" if a == 1 else f"(2 · {in_product(a)})"
    return f"({number(minus_b)} {sign} √{number(square)}) / {below}"


def _common_factor(sides: Sides) -> bool:
    """Whether two products share an unknown."""
    return all(side.is_Mul for side in sides) and bool(sides[0].free_symbols & sides[1].free_symbols)


def _unknowns(sides: Sides) -> set[sympy.Symbol]:
    return {symbol for side in sides for symbol in side.free_symbols}


def _powers(expanded: sympy.Expr, unknown: sympy.Symbol) -> set[int]:
    """The powers of an unknown in a sum, 99 for what is none."""
    powers = set()
    for part in sympy.Add.make_args(expanded):
        power = part.as_coeff_exponent(unknown)[1] if unknown in part.free_symbols else sympy.Integer(0)
        powers.add(int(power) if power.is_Integer and power >= 0 else 99)
        if unknown in (part / unknown**power).free_symbols:
            powers.add(99)
    return powers - {0}


def _fractional(expressed: sympy.Expr) -> bool:
    """Whether unknowns stand below a line, or there is too much to write."""
    below = sympy.fraction(sympy.together(expressed))[1]
    return bool(below.free_symbols) or len(sympy.Add.make_args(expressed)) > _MOST_TERMS


def _replaced(side: sympy.Expr, unknown: sympy.Symbol, expressed: sympy.Expr, power: int) -> sympy.Expr:
    if power == 1:
        return side.subs(unknown, expressed)
    expanded = sympy.expand(side)
    return sum((expanded.coeff(unknown, 2 * half) * expressed**half for half in range(3)), sympy.Integer(0))
