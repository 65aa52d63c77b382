"""What is told of a proof, and in which order: its moves gathered into passages that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.values import Values, stated_values
from redstar_geo.geometry.proof import Proof, Solve, Step

# Nobody says that AB ∥ CD holds for parts of AB, or that a triangle with two equal sides is isosceles: the step that
# uses it names it ("△ABC is isosceles with AB = AC, so …").
SELF_EVIDENT = (
    "parallel_property_collinear_extend",
    "isosceles_triangle_judgment_line_equal",
    "right_triangle_judgment_angle",
)
_TOLD_TOGETHER = 3  # at most so many steps by one theorem in one breath


@dataclass(frozen=True)
class Passage:
    """Steps by one theorem, told in one breath, and the values that follow from them at once."""

    steps: tuple[Step, ...]
    solves: tuple[Solve, ...] = ()

    @property
    def conclusions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c for step in self.steps for c in step.conclusions))


def passages(proof: Proof) -> list[Passage]:
    """The moves that the goal rests on; what has been said under another name is not said again."""
    story: list[Passage] = []
    told: set[str] = set()  # values that were worked out
    said = {same_name(said) for given in proof.givens for said in (given, *unfolded(given))}
    for move in _as_told(proof):
        if isinstance(move, Solve):
            names = same_name(f"Equal({move.unknown},{move.value})")
            if names in said and story and (move is not proof.moves[-1] or names in told):
                continue
            told.add(names)
            said.add(names)
            last = story[-1] if story else Passage(())
            if story and (set(move.equations) & set(last.conclusions) or not last.steps):
                story[-1] = replace(last, solves=(*last.solves, move))
            else:
                story.append(Passage((), (move,)))
        elif move.theorem not in SELF_EVIDENT:
            new = tuple(c for c in move.conclusions if same_name(c) not in said and not _plain(c))
            if new:
                said.update(same_name(said) for c in new for said in (c, *unfolded(c)))
                _tell(story, replace(move, conclusions=new))
    return story


def _as_told(proof: Proof) -> Iterator[Step | Solve]:
    """The needed moves; what only leads from one definition to the next is left out.

    That a square is a rhombus and a rhombus a kite is not told of a square whose sides are equal. A pair of triangles
    keeps the name under which it came up.
    """
    needed = [move for move in proof.moves if move.needed]
    used = {premise for m in needed if isinstance(m, Step) and m.theorem != "definition" for premise in m.premises}
    for solve in (move for move in needed if isinstance(move, Solve)):
        used.update(solve.equations)
        used.update(f"Equal({name},{worth})" for name, worth in solve.known)
    reasons: dict[str, tuple[str, ...]] = {}  # of what is left out
    names: dict[frozenset[tuple[str, str]], str] = {}
    for given in proof.givens:
        names.setdefault(_pairs(given), given)
    for move in needed:
        if isinstance(move, Solve):
            yield move
            continue
        premises = tuple(dict.fromkeys(r for premise in move.premises for r in reasons.get(premise, (premise,))))
        conclusions = move.conclusions
        if move.theorem == "definition":
            reasons |= {c: premises for c in conclusions if c not in used}
            conclusions = tuple(c for c in conclusions if c in used)
        args = move.args
        for premise in premises:
            args = (
                cdl.parse(names[_pairs(premise)]).points if _pairs(premise) in names and _same(args, premise) else args
            )
        for conclusion in conclusions:
            names.setdefault(_pairs(conclusion), conclusion)
        premises = tuple(names.get(_pairs(premise), premise) for premise in premises)
        if conclusions:
            yield replace(move, premises=tuple(dict.fromkeys(premises)), conclusions=conclusions, args=args)


def _same(args: tuple[str, ...], statement: str) -> bool:
    """Whether a theorem is applied to the two figures of a statement, named in any order."""
    return len(args) == 2 and list(map(set, args)) == list(map(set, cdl.parse(statement).points))


def _pairs(statement: str) -> frozenset[tuple[str, str]]:
    """The corners that match in two congruent or similar triangles; of other statements themselves."""
    term = cdl.parse(statement)
    kind = term.head.removeprefix("Mirror")
    if kind not in ("CongruentBetweenTriangle", "SimilarBetweenTriangle"):
        return frozenset({(statement, "")})
    one, other = term.points
    other = other[0] + other[:0:-1] if kind != term.head else other
    return frozenset({(kind, ""), *zip(one, other, strict=True)})


def unfolded(statement: str) -> tuple[str, ...]:
    """What a statement says in so many words: "△ABC is isosceles with AB = AC"."""
    term = cdl.parse(statement)
    if term.head != "IsoscelesTriangle":
        return ()
    name = term.points[0]
    return (f"Equal(LengthOfLine({name[:2]}),LengthOfLine({name[::2]}))",)


def _tell(story: list[Passage], step: Step) -> None:
    """Add a step, to the last passage where that is by the same theorem for the same reason."""
    last = story[-1] if story else None
    together = last is not None and last.steps and not last.solves and len(last.steps) < _TOLD_TOGETHER
    if last is not None and together and last.steps[-1].theorem == step.theorem:
        same_reason = step.premises in ((), last.steps[-1].premises)
        if same_reason or (step.theorem == "definition" and step.premises == last.steps[-1].conclusions):
            story[-1] = replace(last, steps=(*last.steps, step))
            return
    story.append(Passage((step,)))


def reordered(story: list[Passage], proof: Proof, chance: Random) -> list[Passage]:
    """Another order in which everything is told before it is used, found from the goal backwards."""
    order: list[int] = []
    seen: set[int] = set()
    hidden = _hidden(proof)
    needs = [_needs(story, number, hidden) for number in range(len(story))]

    def visit(number: int) -> None:
        if number in seen:
            return
        seen.add(number)
        before = sorted(needs[number])
        chance.shuffle(before)
        for earlier in before:
            visit(earlier)
        order.append(number)

    last = len(story) - 1
    reached = {last}
    for number in range(last, -1, -1):
        reached |= needs[number] if number in reached else set()
    for number in range(last):
        if number not in reached:
            visit(number)
    if story:
        visit(last)
    return [story[number] for number in order]


def _hidden(proof: Proof) -> dict[str, tuple[str, ...]]:
    """What steps that are not told conclude, with their premises."""
    steps = [step for step in proof.steps if step.theorem in SELF_EVIDENT]
    return {same_name(conclusion): step.premises for step in steps for conclusion in step.conclusions}


def _needs(story: list[Passage], number: int, hidden: Mapping[str, tuple[str, ...]]) -> set[int]:
    """The earlier passages that give what this one uses; rather too many than too few."""
    passage = story[number]
    used = {e for solve in passage.solves for e in solve.equations} - set(passage.conclusions)
    used.update(premise for step in passage.steps for premise in step.premises)
    used.update(premise for statement in list(used) for premise in hidden.get(same_name(statement), ()))
    measures = {name for solve in passage.solves for name, _ in solve.known}
    literal = {same_name(statement) for statement in used}
    heads = set()
    given = {same_name(c) for earlier in story[:number] for c in earlier.conclusions}
    for statement in used:
        term = cdl.parse(statement)
        if same_name(statement) not in given:
            heads.add(term.head.removeprefix("Mirror"))
            if term.head == "Equal":
                measures.update(map(str, term.measures()))
    names = {same_name(measure) for measure in measures}
    earlier_ones = set()
    for i, earlier in enumerate(story[:number]):
        statements = {same_name(said) for c in earlier.conclusions for said in (c, *unfolded(c))}
        kinds = {cdl.parse(c).head.removeprefix("Mirror") for c in earlier.conclusions} - {"Equal"}
        values = {same_name(solve.unknown) for solve in earlier.solves}
        values.update(same_name(name) for name, _ in stated_values(earlier.conclusions))
        if statements & literal or values & names or kinds & heads:
            earlier_ones.add(i)
    return earlier_ones


def follows(statement: str, known: Sequence[str], values: Values) -> bool:
    """Whether a statement is among the known ones, or an equation that they or the values make plain."""
    wanted = same_name(statement)
    if wanted in map(same_name, known):
        return True
    term = cdl.parse(statement)
    if term.head != "Equal":
        return False
    if values.holds(term):
        return True
    sides = [same_name(str(side)) for side in term.terms]
    groups: list[set[str]] = []
    for other in map(cdl.parse, known):
        if other.head == "Equal":
            linked = {same_name(str(side)) for side in other.terms}
            joined = [group for group in groups if group & linked]
            groups = [group for group in groups if not group & linked] + [linked.union(*joined)]
    return any(group.issuperset(sides) for group in groups)


@lru_cache(maxsize=65_536)
def same_name(text: str) -> str:
    """One text for ways of writing one thing that differ in the order of letters only: ∠ABC and ∠CBA, AB and BA."""
    return str(_ordered(cdl.parse(text)))


def unanswered(facts: Sequence[str], proof: Proof) -> list[str]:
    """The facts without the answer itself, which is no reason for it."""
    answer = same_name(f"Equal({proof.goal},{proof.answer})")
    return [fact for fact in facts if same_name(fact) != answer]


def _ordered(term: Term) -> Term:
    if term.head in ("MeasureOfAngle", "LengthOfLine"):
        name = term.points[0]
        return Term(term.head, (Term("Points", (min(name, name[::-1]),)),))
    ordered = term.map(_ordered)
    return Term(term.head, tuple(sorted(ordered.args, key=str))) if term.head in ("Equal", "Add", "Mul") else ordered


def _plain(statement: str) -> bool:
    """Whether a statement says that something equals itself."""
    term = cdl.parse(statement)
    return term.head == "Equal" and _ordered(term.terms[0]) == _ordered(term.terms[1])
