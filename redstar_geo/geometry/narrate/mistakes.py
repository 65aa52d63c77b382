"""Real mistakes: a step got wrong as a student would, carried on, noticed by a check that fails, taken back.

The wrong equation comes from the problem's own trap (half forgotten, squares added for a leg, equal for supplementary).
What the check puts in are the wrong values, so that it fails in earnest; the right step follows in the telling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.say import is_angle, joined, number, say
from redstar_geo.geometry.narrate.say import value as worded
from redstar_geo.geometry.narrate.story import Passage
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.traps import trap
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.wording import chosen, filled
from redstar_geo.geometry.proof import Proof, Solve, Step

_CARRIED = 2  # at most so many steps rest on a mistake before it is noticed
_HALF = cdl.parse("1/2")
_TOLD: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "wrong": ("{Wrong}, so {result}.", "[Next|Now]: {wrong}. That gives {result}.", "{Wrong}. Then {result}."),
        "carried": ("With that and {equation}, {result}.", "From {equation} I then get {result}."),
        "noticed": (
            "Let me test this on {equation}: the left side comes to {left}, the right side to {right}.",
            "Does that fit {equation}? The left side would be {left} and the right side {right}.",
        ),
        "back": (
            "Wait, that is wrong. I made a mistake: I took {wrong}, but {slip} So {results} {verb} wrong. Again.",
            "Hold on, I made a mistake. It is not true that {wrong}: {slip} I take {results} back.",
        ),
    },
    "zh": {
        "wrong": ("{wrong}，所以{result}。", "接着，{wrong}，得{result}。"),
        "carried": ("再由{equation}，得{result}。", "代入{equation}，得{result}。"),
        "noticed": (
            "用{equation}检验一下：左边是{left}，右边是{right}。",
            "这与{equation}相符吗？左边是{left}，右边是{right}。",
        ),
        "back": (
            "等等，不对，我弄错了：误用了{wrong}。{results}都不对，重新来。",
            "不对，上面有错：不能写{wrong}。收回{results}，重算。",
        ),
    },
}
_SLIPS = {
    "inscribed": "an inscribed angle is only half of its arc.",
    "area_half": "the half was forgotten.",
    "midsegment": "the midsegment is half of the base, not twice.",
    "diameter": "the diameter is twice the radius.",
    "co_interior": "these two angles add up to 180°, they are not equal.",
    "equal_not_supplementary": "these two angles are equal, they do not add up to 180°.",
    "neighbours": "opposite angles of a parallelogram are equal, they do not add up to 180°.",
    "leg": "for a leg the squares are subtracted, not added.",
    "root": "that is the square, and the root was forgotten.",
    "area_ratio": "areas scale by the square of the ratio.",
}


@dataclass(frozen=True)
class Mistake:
    """What was asserted wrongly and taken back.

    Attributes:
        kind: the trap.
        step: the step that was got wrong; it is told rightly afterwards.
        false: the statements that were asserted, of which none holds: the wrong equation, then values.
        true: the value of the first of these measures.
        text: the passage, from the wrong equation to its being taken back.
    """

    kind: str
    step: Step
    false: tuple[str, ...]
    true: str
    text: str


def mistake(proof: Proof, language: Language, chance: Random) -> Mistake | None:
    """A mistake that this proof invites; None where it invites none."""
    values = Values(all_values(proof))
    options = []
    for place, step in enumerate(proof.moves):
        if isinstance(step, Step) and step.needed and len(step.conclusions) == 1:
            solve = next((m for m in proof.moves[place + 1 :] if isinstance(m, Solve)), None)
            if solve is not None and solve.needed and solve.equations == step.conclusions:
                slip = trap(proof, Passage((step,), (solve,)), values, language)
                if slip is not None and slip.kind in _SLIPS:
                    options.append((slip.kind, step, solve))
    chance.shuffle(options)
    found = (_told(proof, kind, step, solve, language, chance) for kind, step, solve in options)
    return next((each for each in found if each is not None), None)


def _told(proof: Proof, kind: str, step: Step, solve: Solve, language: Language, chance: Random) -> Mistake | None:
    right, unknown = cdl.parse(step.conclusions[0]), cdl.parse(solve.unknown)
    wrong = _wrong(kind, right, unknown)
    known = {cdl.parse(name): cdl.value(text) for name, text in (*stated_values(proof.givens), *solve.known)}
    known.pop(unknown, None)
    worth = None if wrong is None else _solved(wrong, unknown, known)
    if wrong is None or worth is None or abs(sympy.N(worth - cdl.value(solve.value))) < 1e-9:
        return None
    slots = _TOLD[language]
    known[unknown] = worth
    result = _result(unknown, worth, language)
    sentences = [_fill(slots["wrong"], chance, wrong=say(str(wrong), language), result=result)]
    false, results, used = [str(wrong), f"Equal({unknown},{_text(worth)})"], [result], {right}
    for equation, measure, value in _carried(proof, solve, known, used):
        results.append(_result(measure, value, language))
        false.append(f"Equal({measure},{_text(value)})")
        sentences.append(_fill(slots["carried"], chance, equation=say(str(equation), language), result=results[-1]))
    check = next(_failing(proof, known, used), right)
    left, other = (_number(side, known, is_angle(check), language) for side in check.terms)
    sentences.append(_fill(slots["noticed"], chance, equation=say(str(check), language), left=left, right=other))
    verb = "was" if len(results) == 1 else "were"
    taken_back = {"results": joined(results, language), "verb": verb}
    back = {"wrong": say(str(wrong), language), "slip": _SLIPS[kind], **taken_back}
    sentences.append(_fill(slots["back"], chance, **back))
    return Mistake(kind, step, tuple(false), solve.value, (" " if language == "en" else "").join(sentences))


def _wrong(kind: str, right: Term, unknown: Term) -> Term | None:
    """The equation that the trap puts in the place of the right one."""
    left, other = right.terms
    if kind == "co_interior" and left.head == "Add" and len(left.terms) == 2:
        return Term("Equal", left.terms)
    if kind in ("equal_not_supplementary", "neighbours"):
        return Term("Equal", (Term("Add", (left, other)), Term("Number", ("180",))))
    if kind in ("leg", "root") and left.head == "Add" and len(left.terms) == 2:
        squares = [square for square in left.terms if unknown not in square.measures()]
        if kind == "root":
            return Term("Equal", (unknown, left))
        square = Term("Pow", (unknown, Term("Number", ("2",))))
        return Term("Equal", (square, Term("Add", (*squares, other)))) if len(squares) == 1 else None
    if other.head != "Mul":
        return None
    factors = list(other.terms)
    lost = {"inscribed": _HALF, "area_half": _HALF, "midsegment": _HALF, "diameter": Term("Number", ("2",))}
    gone = lost.get(kind) or next((factor for factor in factors if factors.count(factor) == 2), None)
    if gone is None or gone not in factors:
        return None
    factors.remove(gone)
    if kind == "midsegment":
        factors.append(Term("Number", ("2",)))
    return Term("Equal", (left, factors[0] if len(factors) == 1 else Term("Mul", tuple(factors))))


def _solved(equation: Term, unknown: Term, known: Mapping[Term, sympy.Expr]) -> sympy.Expr | None:
    """The only value of a measure by an equation of known ones, if it is one that a measure can have."""
    symbol, difference = cdl.to_sympy(unknown), cdl.to_sympy(equation, known)
    if difference.free_symbols != {symbol} or not difference.is_polynomial(symbol):
        return None
    roots = sympy.solve(difference, symbol)
    if len(roots) != 1 or not roots[0].is_positive or len(str(roots[0])) > 12:
        return None
    return None if is_angle(unknown) and roots[0] >= 180 else roots[0]


def _carried(
    proof: Proof, solve: Solve, known: dict[Term, sympy.Expr], used: set[Term]
) -> Iterator[tuple[Term, Term, sympy.Expr]]:
    """What the next steps make of the wrong value, from nothing else than givens; `known` and `used` grow."""
    later = proof.solves[proof.solves.index(solve) + 1 :]
    carried = 0
    for move in later:
        unknown = cdl.parse(move.unknown)
        if carried == _CARRIED or not move.needed or len(move.equations) != 1 or unknown in known:
            continue
        equation = cdl.parse(move.equations[0])
        if unknown.head not in cdl.MEASURES or not set(equation.measures()) <= {unknown, *known}:
            continue
        value = _solved(equation, unknown, known)
        if value is None or abs(sympy.N(value - cdl.value(move.value))) < 1e-9:
            continue
        known[unknown] = value
        used.add(equation)
        carried += 1
        yield equation, unknown, value


def _failing(proof: Proof, known: Mapping[Term, sympy.Expr], used: set[Term]) -> Iterator[Term]:
    """Relations of the proof that were not used and that the wrong values break."""
    for fact in dict.fromkeys((*proof.givens, *(c for step in proof.steps if step.needed for c in step.conclusions))):
        equation = cdl.parse(fact)
        fresh = equation.head == "Equal" and equation not in used
        if fresh and set(equation.measures()) <= set(known) and abs(sympy.N(cdl.to_sympy(equation, known))) > 1e-9:
            yield equation


def _number(side: Term, known: Mapping[Term, sympy.Expr], degrees: bool, language: Language) -> str:
    return number(sympy.nsimplify(cdl.to_sympy(side, known)), language) + ("°" if degrees else "")


def _result(measure: Term, value: sympy.Expr, language: Language) -> str:
    return f"{say(str(measure), language)} = {worded(str(measure), _text(value), language)}"


def _text(value: sympy.Expr) -> str:
    return str(value).replace(" ", "")


def _fill(wordings: tuple[str, ...], chance: Random, **content: str) -> str:
    return filled(chosen((chance.choice(wordings),), chance), content)
