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
from redstar_geo.geometry.narrate.arithmetic import simple
from redstar_geo.geometry.narrate.say import is_angle, joined, number, say
from redstar_geo.geometry.narrate.say import value as worded
from redstar_geo.geometry.narrate.slips import SLIPS, slips
from redstar_geo.geometry.narrate.story import Passage
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.traps import trap
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.wording import chosen, filled
from redstar_geo.geometry.proof import Proof, Solve, Step

_CARRIED = 2  # at most so many steps rest on a mistake before it is noticed
_TOLD: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "wrong": ("{Wrong}, so {result}.", "[Next|Now]: {wrong}. That gives {result}.", "{Wrong}. Then {result}."),
        "carried": ("With that and {equation}, {result}.", "From {equation} I then get {result}."),
        "noticed": (
            "Let me test this on {equation}. The left side comes to {left}, the right side to {right}.",
            "Does that fit {equation}? The left side would be {left} and the right side {right}.",
        ),
        "recalled": (
            "Is that the rule? It says {equation}, but here the left side comes to {left}, the right side to {right}.",
            "Let me compare it with the rule, {equation}. The left side comes to {left}, the right side to {right}.",
        ),
        "longer": (
            "Can that be? Then {part} would be longer than {whole} = {length}, and {never}.",
            "But then {part} would be longer than {whole} = {length}. [Impossible|That cannot be]: {never}.",
        ),
        "back": (
            "Wait, that is wrong. I made a mistake: I took {wrong}, but {slip}. So {results} {verb} wrong. Again.",
            "Hold on, I made a mistake. It is not true that {wrong}: {slip}. I take {results} back.",
        ),
        "leg": ("a leg is never longer than the hypotenuse",),
        "sign": ("a part is never longer than the whole",),
    },
    "zh": {
        "wrong": ("{wrong}，所以{result}。", "接着，{wrong}，得{result}。"),
        "carried": ("再由{equation}，得{result}。", "代入{equation}，得{result}。"),
        "noticed": (
            "用{equation}检验一下：左边是{left}，右边是{right}。",
            "这与{equation}相符吗？左边是{left}，右边是{right}。",
        ),
        "recalled": (
            "再对照一下公式{equation}：左边是{left}，右边是{right}。",
            "公式是这样的吗？应当是{equation}，可是左边是{left}，右边是{right}。",
        ),
        "longer": ("如果这样，{part}就比{whole} = {length}还长，可是{never}。",),
        "back": (
            "等等，不对，我弄错了：误用了{wrong}，{slip}。{results}{verb}不对，重新来。",
            "不对，上面有错：不能写{wrong}，{slip}。收回{results}，重算。",
        ),
        "leg": ("直角边不会比斜边长",),
        "sign": ("部分不会比整体长",),
    },
}
# What is compared with an independent relation, or with the sum that it is part of; the rest with the rule itself.
_BY_ITSELF = ("sign", "part", "straight", "co_interior", "equal_not_supplementary", "neighbours", "correspondence")


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
    places = []
    for place, step in enumerate(proof.moves):
        if isinstance(step, Step) and step.needed and len(step.conclusions) == 1:
            solve = next((m for m in proof.moves[place + 1 :] if isinstance(m, Solve)), None)
            if solve is not None and solve.needed and solve.equations == step.conclusions:
                found = trap(proof, Passage((step,), (solve,)), values, language)
                places.append((step, solve, found.kind if found is not None else ""))
    chance.shuffle(places)
    return next(filter(None, (_at(proof, *place, language, chance) for place in places)), None)


def _at(proof: Proof, step: Step, solve: Solve, kind: str, language: Language, chance: Random) -> Mistake | None:
    """A mistake at one step: one of those that change the value."""
    unknown = cdl.parse(solve.unknown)
    known = {cdl.parse(name): cdl.value(text) for name, text in (*stated_values(proof.givens), *solve.known)}
    known.pop(unknown, None)
    options = list(slips(proof, step, kind, unknown, known))
    chance.shuffle(options)
    for slip, wrong in options:
        worth = _solved(wrong, unknown, known)
        if worth is not None and abs(sympy.N(worth - cdl.value(solve.value))) > 1e-9:
            return _told(proof, slip, step, solve, wrong, {**known, unknown: worth}, language, chance)
    return None


def _told(
    proof: Proof,
    kind: str,
    step: Step,
    solve: Solve,
    wrong: Term,
    known: dict[Term, sympy.Expr],
    language: Language,
    chance: Random,
) -> Mistake:
    right, unknown = cdl.parse(step.conclusions[0]), cdl.parse(solve.unknown)
    slots, worth = _TOLD[language], known[unknown]
    result = _result(unknown, worth, language)
    sentences = [_fill(slots["wrong"], chance, wrong=say(str(wrong), language), result=result)]
    false, results, used = [str(wrong), f"Equal({unknown},{_text(worth)})"], [result], {right}
    for equation, measure, value in _carried(proof, solve, known, used):
        results.append(_result(measure, value, language))
        false.append(f"Equal({measure},{_text(value)})")
        sentences.append(_fill(slots["carried"], chance, equation=say(str(equation), language), result=results[-1]))
    sentences.append(_noticed(proof, kind, right, unknown, known, used, language, chance))
    verb = ("was", "were") if language == "en" else ("", "都")
    taken_back = {"results": joined(results, language), "verb": verb[len(results) > 1]}
    back = {"wrong": say(str(wrong), language), "slip": SLIPS[kind][language], **taken_back}
    sentences.append(_fill(slots["back"], chance, **back))
    return Mistake(kind, step, tuple(false), solve.value, (" " if language == "en" else "").join(sentences))


def _noticed(
    proof: Proof,
    kind: str,
    right: Term,
    unknown: Term,
    known: Mapping[Term, sympy.Expr],
    used: set[Term],
    language: Language,
    chance: Random,
) -> str:
    """The check that fails: a length that is too long, a relation that does not hold, or the rule itself."""
    slots = _TOLD[language]
    whole = _longest(right, unknown) if kind in ("leg", "sign") else None
    if whole is not None and sympy.N(known[unknown] - known[whole]) > 0:
        never, said = _fill(slots[kind], chance), say(str(whole), language)
        never = never[:1].lower() + never[1:]
        length = worded(str(whole), _text(known[whole]), language)
        return _fill(slots["longer"], chance, part=say(str(unknown), language), whole=said, length=length, never=never)
    check = next(_failing(proof, known, used), right)
    left, other = (_number(side, known, is_angle(check), language) for side in check.terms)
    slot = "recalled" if check == right and kind not in _BY_ITSELF else "noticed"
    return _fill(slots[slot], chance, equation=say(str(check), language), left=left, right=other)


def _longest(right: Term, unknown: Term) -> Term | None:
    """The hypotenuse, or the whole line, of which an unknown length is a leg or a part."""
    for whole, parts in (right.terms, right.terms[::-1]):
        whole = whole.terms[0] if whole.head == "Pow" else whole
        if whole.head == unknown.head == "LengthOfLine" != parts.head and unknown != whole:
            return whole
    return None


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
    return number(simple(cdl.to_sympy(side, known)), language) + ("°" if degrees else "")


def _result(measure: Term, value: sympy.Expr, language: Language) -> str:
    return f"{say(str(measure), language)} = {worded(str(measure), _text(value), language)}"


def _text(value: sympy.Expr) -> str:
    return str(value).replace(" ", "")


def _fill(wordings: tuple[str, ...], chance: Random, **content: str) -> str:
    return filled(chosen((chance.choice(wordings),), chance), content)
