"""Our one-line theorems say what FormalGeo's do."""

import json

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.deduction import canonical
from redstar_geo.geometry.construct.theorems import THEOREMS, Theorem
from redstar_geo.geometry.figure import rename
from redstar_geo.geometry.formal import balanced
from tests.paths import DOZEN

GDL = DOZEN / "gdl/theorem_GDL.json"
# FormalGeo has no coordinates; these names are ours.
OURS = {name for name in THEOREMS if name.startswith(("distance_formula", "midpoint_formula"))}
# What can be seen in the figure is not listed as a premise.
SEEN = ("Point", "Line", "Angle", "Polygon", "Arc", "Circle", "Collinear", "Cocircular", "~")


def key(statement: str) -> str:
    # a number times π may be written as one factor or as two
    return canonical(statement.replace("2*pi", "2,pi"), ())


def says_the_same(ours: Theorem, points: str, premise: str, conclusions: list[str]) -> bool:
    """Whether a variant of FormalGeo's theorem has our premises and our conclusions, once points are named alike."""
    table = str.maketrans(ours.points.replace(",", ""), points.replace(",", ""))
    needed = {key(rename(part, table)) for part in ours.premises}
    theirs = [part.strip("()").split("|") if "|" in part else [part] for part in premise.split("&")]
    theirs = [alternatives for alternatives in theirs if not alternatives[0].startswith(SEEN)]
    return (
        len(needed) == len(theirs)
        and all(needed & {key(balanced(part)) for part in alternatives} for alternatives in theirs)
        and {key(rename(part, table)) for part in ours.conclusions} <= {key(part) for part in conclusions}
    )


@pytest.mark.parametrize("name", sorted(THEOREMS.keys() - OURS))
def test_theorems_agree_with_formalgeo(name: str) -> None:
    library = json.loads(GDL.read_text(encoding="utf-8"))
    points, variants = next(
        (head[head.index("(") + 1 : -1], variants) for head, variants in library.items() if head.startswith(f"{name}(")
    )
    ours = THEOREMS[name]
    assert [len(group) for group in ours.points.split(",")] == [len(group) for group in points.split(",")]
    assert any(
        says_the_same(ours, points, variant["premise"], variant["conclusion"]) for variant in variants.values()
    ), variants


def test_every_theorem_is_a_statement_of_the_language() -> None:
    for theorem in THEOREMS.values():
        for statement in (*theorem.premises, *theorem.conclusions):
            assert str(cdl.parse(statement))
