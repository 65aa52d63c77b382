"""Composed problems: as deep as asked, nothing on the way told, and judged true by formulas of their own."""

from collections import Counter
from dataclasses import replace

import pytest
from scipy.stats import spearmanr

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.construct.compose import angles as angle_links
from redstar_geo.geometry.construct.compose import chords as chord_links
from redstar_geo.geometry.construct.compose import circles as circle_links
from redstar_geo.geometry.construct.compose import closings
from redstar_geo.geometry.construct.compose import lengths as length_links
from redstar_geo.geometry.construct.compose import polygons as polygon_links
from redstar_geo.geometry.construct.compose import ratios as ratio_links
from redstar_geo.geometry.construct.difficulty import difficulty
from redstar_geo.geometry.proof import Proof, Solve, Step
from tests.bench.geometry_problems import faults, independent_faults

COMPOSED = [family for family in FAMILIES if family.endswith("_chain")]
EACH = pytest.mark.parametrize("family", COMPOSED)


@EACH
def test_the_hardest_need_twelve_moves_and_more(family: str) -> None:
    for seed in range(3):
        built = construct(family, seed, 10)
        assert sum(move.needed for move in built.proof.moves) >= 12
        assert built.problem.difficulty is not None and built.problem.difficulty >= 9


def test_measured_difficulty_grows_with_what_is_asked() -> None:
    pairs = [
        (level, construct(family, seed, level).problem.difficulty)
        for family in COMPOSED
        for level in range(1, 9)
        for seed in range(3)
    ]
    assert spearmanr(*zip(*pairs, strict=True))[0] > 0.95
    assert all(abs(asked - (measured or 0)) <= 1 for asked, measured in pairs)


@EACH
def test_nothing_on_the_way_is_told(family: str) -> None:
    for seed in range(6):
        proof = construct(family, seed, 5).proof
        told = {str(next(cdl.parse(given).measures())) for given in proof.givens if given[-2].isdigit()}
        found = [move.unknown for move in proof.moves if isinstance(move, Solve)]
        assert not told & set(found)
        assert len(found) == len(set(found)) >= 2


def test_problems_differ_in_more_than_numbers() -> None:
    """The same theorems in the same order hardly ever come back."""
    proofs = [construct(family, seed, 5).proof for family in COMPOSED for seed in range(15)]
    forms = Counter(tuple(m.theorem for m in p.moves if isinstance(m, Step)) for p in proofs)
    assert max(forms.values()) <= 2


def test_there_are_dozens_of_links() -> None:
    modules = (angle_links, polygon_links, circle_links, length_links, ratio_links, chord_links, closings)
    kinds = {link.__name__ for module in modules for link in module.LINKS}
    assert len(kinds) >= 60
    assert all(link.__doc__ for module in modules for link in module.LINKS)


@pytest.mark.parametrize("family", FAMILIES)
def test_formulas_of_their_own_find_no_fault(family: str) -> None:
    for seed in range(3):
        assert faults(construct(family, seed, 1 + 3 * seed, modality="both")) == []


def test_the_independent_check_sees_what_is_wrong() -> None:
    built = construct("angle_chain", 1, 4)
    moved = dict(built.figure.points)
    for name in moved:
        x, y = moved[name]
        shifted = replace(built.figure, points={**moved, name: (x + 0.01, y + 0.02)})
        if independent_faults(shifted, list(built.proof.givens)):
            return
    raise AssertionError("no moved point was noticed")


def test_difficulty_follows_from_what_the_goal_rests_on() -> None:
    steps = [Step(f"theorem_{i}", (), (), ("Equal(LengthOfLine(AB),1)",)) for i in range(12)]
    sums = [Solve(f"LengthOfLine(A{chr(66 + i)})", "5", (), ()) for i in range(12)]

    def level(*moves: Step | Solve) -> int:
        return difficulty(Proof((), "LengthOfLine(AB)", "5", moves))

    assert level(steps[0], sums[0]) == 1
    assert level(*steps, *sums) == 10
    levels = [level(*steps[:n], *sums[:n]) for n in range(1, 13)]
    assert levels == sorted(levels) and len(set(levels)) >= 6
    assert level(*steps[:5], *(replace(s, value="5*sqrt(3)/2") for s in sums[:5])) > level(*steps[:5], *sums[:5])
    assert level(*[steps[0]] * 5, *sums[:5]) < level(*steps[:5], *sums[:5])
    definitions = [Step("definition", (), (), ("RightTriangle(ABC)",))] * 9
    dead_ends = [replace(step, needed=False) for step in steps]
    assert level(steps[0], sums[0], *definitions, *dead_ends) == 1
