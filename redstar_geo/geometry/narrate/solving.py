"""How the equations of a move give its value by hand: with fractions, with roots, or angles first and lengths then.

What a law of sines says of an isosceles triangle is said without sines: equal sides face equal angles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.algebra import with_fractions
from redstar_geo.geometry.narrate.arithmetic import work
from redstar_geo.geometry.narrate.elimination import eliminated
from redstar_geo.geometry.narrate.lines import Line, Solution
from redstar_geo.geometry.narrate.say import say
from redstar_geo.geometry.narrate.story import same_name
from redstar_geo.geometry.proof import Solve

_MOST_LINES, _MOST_STAGES = 24, 4
Known = dict[Term, sympy.Expr]


@lru_cache(maxsize=16_384)
def solution(move: Solve, language: str) -> Solution | None:
    """How the equations of a move give its value; None when they are not of a kind that is solved by hand."""
    move = renamed(move)
    has_sines = any(angle not in _known(move) for text in move.equations for angle in _open(cdl.parse(text)))
    plain = with_fractions(move, language) if has_sines else _polynomial(move, language)
    if plain is not None:
        return plain
    equations, facing = _without_sines(move, language)
    left = _relevant(equations, cdl.parse(move.unknown), _known(move))
    shorter = replace(move, equations=tuple(map(str, left)))
    solved = with_fractions(shorter, language) or _in_stages(shorter, language) or eliminated(shorter, language)
    if solved is None:
        sums = _angle_sums(equations, _known(move), language)
        if not sums:
            return None
        longer = replace(move, equations=(*map(str, equations), *map(str, sums)))
        solved = _in_stages(longer, language) or _polynomial(longer, language)
        if solved is None:
            return None
        solved = Solution((*sums.values(), *solved.lines), solved.values)
    said = tuple(line for equation, line in facing.items() if equation in left)
    lines = (*said, *solved.lines)
    return Solution(lines, solved.values) if len(lines) <= _MOST_LINES else None


def renamed(move: Solve) -> Solve:
    """The same with one name for each length, that of the unknown for itself: ZU and UZ are one length.

    FormalGeo's ∠ABC and ∠CBA are two, one of them reflex.
    """
    table: dict[str, Term] = {}
    terms = [cdl.parse(text) for text in (move.unknown, *move.equations, *(name for name, _ in move.known))]
    lengths = [m for term in terms for m in term.measures() if m.head == "LengthOfLine"]
    first = {length: table.setdefault(same_name(str(length)), length) for length in lengths}
    if all(name == chosen for name, chosen in first.items()):
        return move
    equations = tuple(str(cdl.parse(text).replaced(first)) for text in move.equations)
    known = {str(cdl.parse(name).replaced(first)): worth for name, worth in move.known}
    return replace(move, equations=equations, known=tuple(known.items()))


def _polynomial(move: Solve, language: str) -> Solution | None:
    return with_fractions(move, language) or eliminated(move, language)


def _known(move: Solve) -> Known:
    known = {cdl.parse(name): cdl.value(text) for name, text in move.known}
    known.pop(cdl.parse(move.unknown), None)
    return known


def _without_sines(move: Solve, language: str) -> tuple[list[Term], dict[Term, Line]]:
    """The equations, laws of sines of isosceles triangles in plain words, and the lines that say these."""
    known, lines = _known(move), dict[Term, Line]()
    equations = [cdl.parse(text) for text in move.equations]
    linked = [set(e.terms) for e in equations if all(side.head in cdl.MEASURES for side in e.terms)]

    def same(a: Term, b: Term) -> bool:
        if a in known and b in known:
            return known[a] == known[b]
        return (
            a == b
            or {a, b} in linked
            or any(a in one and b in other and one & other for one in linked for other in linked)
        )

    found = []
    for equation in equations:
        (a, x), (b, y) = map(_side_and_angle, equation.terms)
        plain = equation
        if a and b and x and y and not all(m in known for m in equation.measures()):
            if same(a, b) and not (x in known and y in known):
                plain = Term("Equal", (x, y))
                lines[plain] = Line("equal_sides", say(str(plain), language))
            elif x in known and y in known and known[x] == known[y]:
                plain = Term("Equal", (a, b))
                lines[plain] = Line("equal_angles", say(str(plain), language))
        found.append(plain)
    return found, lines


def _angle_sums(equations: Sequence[Term], known: Known, language: str) -> dict[Term, Line]:
    """That the angles of a triangle make 180°, for triangles of which a law speaks: the equations and their lines."""
    angles = dict.fromkeys(m for e in equations for m in e.measures() if m.head == "MeasureOfAngle")
    found: dict[Term, Line] = {}
    for one, other in combinations(dict.fromkeys(m for e in equations for m in _open(e)), 2):
        corners = set(one.points[0])
        third = corners - {one.points[0][1], other.points[0][1]}
        if set(other.points[0]) != corners or len(third) != 1:
            continue
        named = [angle for angle in angles if set(angle.points[0]) == corners and angle.points[0][1] in third]
        parts = (one, other, *named[:1])
        told = Term("Equal", (Term("Add", parts), Term("Number", ("180",))))
        new = set(parts) - known.keys() and not any(set(parts) <= set(e.measures()) for e in equations)
        if named and new and not any(set(parts) == set(e.measures()) for e in found):
            found[told] = Line("angle_sum", say(str(told), language))
    return found


def _side_and_angle(side: Term) -> tuple[Term | None, Term | None]:
    """Of `Mul(LengthOfLine(AB),Sin(MeasureOfAngle(ACB)))` the side and the angle."""
    if side.head == "Mul" and len(side.terms) == 2:
        length, sine = sorted(side.terms, key=lambda factor: factor.head == "Sin")
        if sine.head == "Sin" and length.head in cdl.MEASURES and sine.terms[0].head in cdl.MEASURES:
            return length, sine.terms[0]
    return None, None


def _relevant(equations: Sequence[Term], target: Term, known: Mapping[Term, sympy.Expr]) -> list[Term]:
    """Without those that hold an unknown which is in no other one, or share none with the target on any way."""
    wanted, left = {target, *target.measures()}, list(dict.fromkeys(equations))
    while True:
        times = Counter(m for e in left for m in set(e.measures()) - known.keys())
        idle = [e for e in left if any(times[m] == 1 and m not in wanted for m in set(e.measures()) - known.keys())]
        idle += [e for e in left if not set(e.measures()) - known.keys()]
        if not idle:
            break
        left = [e for e in left if e not in idle]
    linked = wanted - known.keys()
    while any(linked & (more := set(e.measures()) - known.keys()) and not more <= linked for e in left):
        linked |= {m for e in left if linked & set(e.measures()) for m in set(e.measures()) - known.keys()}
    return [e for e in left if linked & set(e.measures())]


def _in_stages(move: Solve, language: str) -> Solution | None:
    """First the angles of which sines and cosines are taken, then the rest."""
    equations, target = [cdl.parse(text) for text in move.equations], cdl.parse(move.unknown)
    worths, lines, values = dict(move.known), list[Line](), list[tuple[str, str]]()
    for _ in range(_MOST_STAGES):
        known = {cdl.parse(name): cdl.value(text) for name, text in worths.items() if name != move.unknown}
        found = next(_angles(equations, known, worths, language), None)
        if found is None:
            return None
        angle, worth, solved = found
        worths |= {**dict(solved.values), angle: worth}
        lines += [line for line in solved.lines if line not in lines]
        values += [*solved.values, (angle, worth)]
        known = {cdl.parse(name): cdl.value(text) for name, text in worths.items() if name != move.unknown}
        left = _relevant(equations, target, known)
        rest = replace(move, equations=tuple(map(str, left)), known=tuple(worths.items()))
        has_sines = any(angle not in known for equation in left for angle in _open(equation))
        last = _one_by_one(rest, language) or with_fractions(rest, language)
        if last is None and not has_sines:
            last = eliminated(rest, language)
        if last is not None:
            return Solution((*lines, *last.lines), (*values, *last.values))
    return None


def _one_by_one(move: Solve, language: str) -> Solution | None:
    """Equations that hold one unknown each when the ones before are solved."""
    left, known = [cdl.parse(text) for text in move.equations], _known(move)
    lines, values, target = list[Line](), list[tuple[str, str]](), cdl.parse(move.unknown)
    while left:
        single = next(((e, m) for e in left for m in e.measures() if set(e.measures()) - known.keys() == {m}), None)
        if single is None:
            return None
        equation, unknown = single
        symbol, difference = cdl.to_sympy(unknown), cdl.to_sympy(equation, known)
        roots = [root for root in sympy.solve(difference, symbol) if root.is_positive] if symbol.is_positive else []
        if len(roots) != 1:
            return None
        worths = tuple((str(name), str(worth).replace(" ", "")) for name, worth in known.items())
        step = Solve(str(unknown), str(roots[0]).replace(" ", ""), (str(equation),), worths)
        working = work(step, language)
        if not working.by_hand:
            return None
        steps = [Line("simplify", text) for text in working.steps]
        lines += [*(line for line in steps if line not in lines), Line("solved", working.result)]
        if unknown == target:
            return Solution(tuple(lines), tuple(values))
        known[unknown] = roots[0]
        values.append((step.unknown, step.value))
        left.remove(equation)
    return None


def _angles(
    equations: Sequence[Term], known: Known, worths: Mapping[str, str], language: str
) -> Iterator[tuple[str, str, Solution]]:
    """Angles under a sine or cosine that come out of the equations without any: name, value, and how."""
    closed = [e for e in equations if not set(_open(e)) - known.keys()]
    for angle in dict.fromkeys(angle for e in equations for angle in _open(e) if angle not in known):
        parts = _relevant(closed, angle, known)
        worth = _only(parts, angle, known)
        if worth is not None:
            step = Solve(str(angle), str(worth), tuple(map(str, parts)), tuple(worths.items()))
            solved = _polynomial(step, language)
            if solved is not None:
                yield str(angle), str(worth), solved


def _open(equation: Term) -> Iterator[Term]:
    """The measures under sines and the like."""
    return (m for term in equation.walk() if term.head in ("Sin", "Cos", "Tan") for m in term.measures())


def _only(equations: Sequence[Term], angle: Term, known: Known) -> sympy.Expr | None:
    """The value of an angle in linear equations, if they determine it."""
    differences = [cdl.to_sympy(equation, known) for equation in equations]
    symbols = sorted(set().union(*(d.free_symbols for d in differences)), key=str)
    if not symbols or not all(
        d.is_polynomial(*symbols) and sympy.Poly(d, *symbols).total_degree() <= 1 for d in differences
    ):
        return None
    solutions = list(sympy.linsolve(differences, symbols))
    worth = solutions[0][symbols.index(cdl.to_sympy(angle))] if solutions and cdl.to_sympy(angle) in symbols else None
    return worth if worth is not None and worth.is_Rational else None
