"""Composed problems: chains of links, each of which makes one quantity follow from the last by a theorem or two.

Only the first quantity is given, with what the links need; the last one is asked. A chain grows until its proof is as
difficult as asked for, and no kind of link comes twice, so that the form of a problem does not give its answer away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Generic, Protocol, TypeVar

from redstar_geo.geometry.construct.compose import angles, chords, circles, closings, lengths, polygons, ratios
from redstar_geo.geometry.construct.compose.plan import Plan
from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.difficulty import difficulty as proof_difficulty
from redstar_geo.geometry.construct.exact import Exact, ExactError, Number
from redstar_geo.geometry.construct.language import equal, length
from redstar_geo.geometry.construct.numbers import any_degrees, polar
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

_ANGLES = (*angles.LINKS, *polygons.LINKS, *circles.OPENERS, *circles.LINKS)
_AROUND_THE_CIRCLE = (*_ANGLES, *circles.LINKS * 3)
_LENGTHS = (*lengths.LINKS, *ratios.LINKS, *chords.LINKS)
_TRIES = 2  # of each kind of link, before the problem is begun anew
_FEWEST_LINKS = 2
_MOST_A_LINK = 2.5  # levels of difficulty
_SHUFFLED = 0.5  # of the problems do not tell their givens in the order of the chain


class Named(Protocol):
    """Something that is known: an angle, a segment, an area."""

    @property
    def name(self) -> str: ...


K = TypeVar("K", bound=Named)
L = TypeVar("L", bound=Named)


class Chain(Generic[K]):
    """A plan, what is known last, and the difficulty of the proof so far."""

    def __init__(self, plan: Plan, known: K, level: int = 0) -> None:
        self.plan, self.known, self.level = plan, known, level

    def grown(self, links: Sequence[Callable[[Plan, K], L]], most: int) -> Chain[L]:
        """The chain with one more link, of a kind that it does not have yet, and no more difficult than `most`.

        Raises:
            Unsuitable: no link fits.
        """
        fresh = [link for link in links if link.__name__ not in self.plan.used] * _TRIES
        for link in self.plan.rng.sample(fresh, len(fresh)):
            plan = self.plan.copy()
            plan.used.add(link.__name__)
            try:
                known = link(plan, self.known)
                plan.check(self.plan)
            except (Unsuitable, ExactError):
                continue
            # a proof costs more than a link; while the chain cannot be as difficult as asked, none is written
            level = 0
            if len(plan.used) * _MOST_A_LINK >= most - 1:
                level = proof_difficulty(_deduction(plan, known.name).proof())
            if level <= most:
                return Chain(plan, known, level)
        raise Unsuitable("no link fits any more")

    def deep(self, links: Sequence[Callable[[Plan, K], K]], difficulty: int) -> Chain[K]:
        """The chain with as many more links as make it as difficult as asked for."""
        chain = self
        while chain.level < difficulty or len(chain.plan.used) < _FEWEST_LINKS:
            chain = chain.grown(links, difficulty + 1)
        return chain


def angle_chain(rng: Random, difficulty: int) -> Sketch:
    """From one given angle to another through parallels, triangles, quadrilaterals and a circle."""
    plan = Plan(rng)
    start = any_degrees(rng, difficulty, 25, 140)
    arms = rng.uniform(4, 6), rng.uniform(4, 6)
    v, p, q = plan.add((0.0, 0.0)), plan.add(polar(arms[0], start)), plan.add((arms[1], 0.0))
    chain = _begun(plan, angles.Known(p, v, q, start)).deep(_ANGLES, difficulty)
    return _sketch(chain.plan, chain.known, _wrong_angles(chain.plan))


def circle_chain(rng: Random, difficulty: int) -> Sketch:
    """From one given angle to another on a circle: inscribed and central angles, tangents, diameters, equal chords."""
    plan = Plan(rng)
    plan.add_circle((0.0, 0.0), 5.0)
    start, turn = any_degrees(rng, difficulty, 25, 76), rng.uniform(0, 360)
    p, q = circles.on_rim(plan, turn), circles.on_rim(plan, turn + 2 * float(start))
    if rng.random() < 0.5:
        v = circles.on_rim(plan, turn + 2 * float(start) + rng.uniform(0.25, 0.75) * (360 - 2 * float(start)))
        known = angles.Known(q, v, p, start)
    else:
        known = angles.Known(q, "O", p, 2 * start)
    chain = _begun(plan, known).deep(_AROUND_THE_CIRCLE, difficulty)
    return _sketch(chain.plan, chain.known, _wrong_angles(chain.plan))


def _begun(plan: Plan, known: angles.Known) -> Chain[angles.Known]:
    """A chain whose first angle is given, both arms drawn."""
    plan.join(known.v + known.p, known.v + known.q)
    plan.given(equal(known.name, known.value), known.value)
    plan.values.append(known.value)
    plan.check(Plan(plan.rng))
    return Chain(plan, known)


def length_chain(rng: Random, difficulty: int) -> Sketch:
    """From one given length to another through right triangles, similarity, midpoints, parallelograms and a circle."""
    chain = _segment(rng).deep(_LENGTHS, difficulty)
    return _sketch(chain.plan, chain.known, _wrong_lengths(chain.plan))


def area_chain(rng: Random, difficulty: int) -> Sketch:
    """From one given length over others to an area, a perimeter or an arc."""
    chain, last = _segment(rng), None
    while last is None or last.level < difficulty - 1:
        chain = chain.grown(_LENGTHS, difficulty)
        if chain.level >= difficulty - 3:
            last = chain.grown(closings.LINKS, difficulty + 1)
    return _sketch(last.plan, last.known, _wrong_lengths(last.plan))


def _segment(rng: Random) -> Chain[lengths.Known]:
    """A chain that begins with a given segment."""
    plan = Plan(rng)
    start = Exact.of(rng.randint(3, 12) * rng.choice((1, 1, 2)))
    p, q = plan.add((0.0, 0.0)), plan.add(polar(float(start), rng.uniform(0, 90)))
    plan.join(p + q)
    plan.given_value(length(p + q), start)
    plan.values.append(start)
    return Chain(plan, lengths.Known(p, q, start))


def _wrong_angles(plan: Plan) -> tuple[Number, ...]:
    """Angles on the way, their supplements and complements."""
    turns = [value for value in plan.values if 0 < float(value) < 180]
    return (*turns, *(180 - value for value in turns), *(90 - value for value in turns if float(value) < 90))


def _wrong_lengths(plan: Plan) -> tuple[Number, ...]:
    """Quantities on the way, doubled and halved."""
    values = plan.values
    return (*values, *(value * 2 for value in values), *(Exact.of(value) / 2 for value in values))


def _deduction(plan: Plan, goal: str) -> Deduction:
    """The proof of the goal by the links' moves."""
    deduction = Deduction(tuple(plan.givens), goal, tuple(plan.lines))
    for move in plan.moves:
        move(deduction)
    return deduction


def _sketch(plan: Plan, goal: Named, mistakes: Sequence[Number]) -> Sketch:
    if plan.rng.random() < _SHUFFLED:
        plan.rng.shuffle(plan.givens)
    scenes = list(plan.scenes)
    if plan.on_circle:
        (circle,) = plan.circles
        *names, last = plan.on_circle
        english = f"{', '.join(names)} and {last} lie" if names else f"{last} lies"
        scenes.insert(0, (f"{english} on ⊙{circle}", f"点{'、'.join(plan.on_circle)}在⊙{circle}上"))
    return Sketch(
        plan.points,
        " ".join(plan.segments),
        _deduction(plan, goal.name),
        (", ".join(english for english, _ in scenes), "，".join(chinese for _, chinese in scenes)),
        tuple(plan.numbers),
        tuple(dict.fromkeys(mistakes)),
        circles=plan.circles,
    )
