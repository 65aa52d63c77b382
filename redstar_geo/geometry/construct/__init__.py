"""Problems built from a figure with known coordinates, the proof known by construction.

A family is a function of a random generator and a difficulty; `construct` turns its sketch into a problem with picture,
text, choices and proof, checks every statement of the proof against the coordinates, and redraws what is degenerate,
cannot be labelled cleanly or belongs to the other split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import (
    algebra,
    areas,
    chords,
    circles,
    compose,
    congruence,
    coordinates,
    lengths,
    parallels,
    quadrilaterals,
    triangles,
    trigonometry,
)
from redstar_geo.geometry.construct.choices import four_choices
from redstar_geo.geometry.construct.difficulty import difficulty as proof_difficulty
from redstar_geo.geometry.construct.exact import Exact, Number, constant
from redstar_geo.geometry.construct.realise import realised, renamed
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable, signs
from redstar_geo.geometry.construct.wording import question, unit
from redstar_geo.geometry.draw import layout, png
from redstar_geo.geometry.figure import Figure, Mark, close, holds, measure, rename
from redstar_geo.geometry.proof import Proof
from redstar_geo.records import Image, Problem

Family = Callable[[Random, int], Sketch]
_Drawn = tuple[Figure, Proof, Mapping[int, str], Figure, bytes]  # as of `_drawn`
_Found = tuple[Sketch, Random, int, _Drawn]  # as of `_suitable`

FAMILIES: Mapping[str, Family] = {
    family.__name__: family
    for family in (
        triangles.angle_sum,
        triangles.exterior_angle,
        triangles.isosceles,
        parallels.alternate_angles,
        parallels.corresponding_angles,
        parallels.co_interior_angles,
        lengths.pythagoras,
        lengths.similar_triangles,
        lengths.midsegment,
        lengths.triangle_area,
        quadrilaterals.quadrilateral_angle_sum,
        quadrilaterals.parallelogram_angle,
        quadrilaterals.parallelogram_perimeter,
        quadrilaterals.rectangle_diagonal,
        circles.inscribed_angle,
        circles.diameter_angle,
        circles.cyclic_quadrilateral,
        circles.tangent_angle,
        circles.tangent_length,
        circles.two_tangents,
        chords.chord_distance,
        chords.intersecting_chords,
        chords.tangent_secant,
        chords.tangent_chord,
        congruence.congruent_sas,
        congruence.congruent_sss,
        congruence.kite_diagonals,
        trigonometry.sine_rule,
        trigonometry.cosine_rule,
        trigonometry.area_by_sine,
        trigonometry.parallelogram_area,
        areas.trapezoid_area,
        areas.trapezoid_midsegment,
        areas.circle_area,
        areas.arc_length,
        areas.sector_area,
        algebra.angles_in_x,
        algebra.vertical_angles_in_x,
        algebra.midpoint_in_x,
        coordinates.coordinate_distance,
        coordinates.coordinate_median,
        compose.angle_chain,
        compose.circle_chain,
        compose.length_chain,
        compose.area_chain,
    )
}
LICENCE = "Apache-2.0"
LANGUAGES = ("en", "zh")
MODALITIES = ("text", "picture", "both")
SPLITS = ("train", "test")
_TEST_SHARE = 8  # one number tuple in eight is kept for tests
_ATTEMPTS = 8_000  # most end after a few random numbers; the test side keeps one number tuple in eight
_LIKELY = 500  # where two are alike, most are; where hardly any are, looking on would not find them
_POSES = 4  # of a sketch, before it is given up


class ConstructionError(RedStarError):
    """A family contradicts its own figure, or finds no suitable numbers."""


@dataclass(frozen=True)
class Built:
    """A problem, its proof and its figure (with the marks that the picture shows)."""

    problem: Problem
    proof: Proof
    figure: Figure


def construct(
    family: str,
    seed: int,
    difficulty: int = 1,
    language: str = "en",
    modality: str = "text",
    split: str = "train",
) -> Built:
    """Build one problem; the same arguments give the same bytes.

    Numbers, letters and position depend on family, seed, difficulty and split alone, so that languages and modalities
    are parallel.

    Args:
        family: a key of `FAMILIES`.
        seed: any integer from 0.
        difficulty: from 1 for easy numbers and short proofs to 10; `Problem.difficulty` is measured on the proof.
        language: `en` or `zh`.
        modality: whether given values stand in the `text`, in the `picture` or in `both`.
        split: `train` or `test`; the two share no numbers.

    Raises:
        InputError: an argument is out of range.
        ConstructionError: the family is at fault.
    """
    _check_arguments(family, seed, difficulty, language, modality, split)
    found = _suitable(family, seed, difficulty, modality, split)
    return _built(family, seed, difficulty, language, modality, split, found)


def counterfactual(
    family: str, seed: int, difficulty: int = 1, language: str = "en", split: str = "train"
) -> list[Built]:
    """Two problems with the same question, word for word, drawn alike with the same letters, and with two answers.

    Only values that stand in the picture alone tell them apart. The first is that of `construct`; both have its id in
    their `meta`, as `pair`, and the second has `other` there.

    Raises:
        InputError: an argument is out of range.
        ConstructionError: the family is at fault, or has no second one: its values stand in the text, as coordinates
            do, or no two of its problems are alike.
    """
    _check_arguments(family, seed, difficulty, language, "picture", split)
    found = _suitable(family, seed, difficulty, "picture", split)
    both = found, _suitable(family, seed, difficulty, "picture", split, like=found)
    built = [_built(family, seed, difficulty, language, "picture", split, each) for each in both]
    pair = built[0].problem.id
    first, second = ({**one.problem.meta, "pair": pair} for one in built)
    return [
        replace(built[0], problem=replace(built[0].problem, meta=first)),
        replace(built[1], problem=replace(built[1].problem, meta={**second, "other": True}, id=f"{pair}-other")),
    ]


def _built(family: str, seed: int, difficulty: int, language: str, modality: str, split: str, found: _Found) -> Built:
    """What was found, as a problem with its proof and figure."""
    sketch, rng, attempt, (figure, proof, table, drawn, picture) = found
    validate(figure, proof)
    name = f"builtin/{family}/{language}-{difficulty}-{seed:06d}"
    name += f"-{modality}" * (modality != "text") + f"-{split}" * (split != "train")
    in_words = _givens_in_words(sketch, proof, modality)
    column = LANGUAGES.index(language)
    scene, read = rename(sketch.scene[column], table), len(in_words) < len(proof.givens)
    text = question(scene, in_words, proof.goal, column, Random(f"{name}/{attempt}"), read=read)
    choices, letter = four_choices(constant(proof.answer), unit(proof.goal), sketch.mistakes, rng)
    problem = Problem(
        id=name,
        domain="geometry",
        source="builtin",
        split=split,
        licence=LICENCE,
        question=text,
        answer=proof.answer,
        answer_kind="number",
        language=language,
        images=(Image.of(picture),),
        choices=choices,
        difficulty=float(proof_difficulty(proof)),
        difficulty_by="proof",
        meta={
            "family": family,
            "seed": seed,
            "difficulty": difficulty,
            "modality": modality,
            "numbers": [Exact.of(number).text() for number in sketch.numbers],
            "choice_letter": letter,
        },
    )
    return Built(problem, proof, drawn)


def _suitable(family: str, seed: int, difficulty: int, modality: str, split: str, like: _Found | None = None) -> _Found:
    """The first sketch on this side of the split that can be drawn well, its random numbers and its attempt.

    Args:
        like: what it must be the counterfactual of; the attempt, which decides about the wording, is then its own.
    """
    stream = f"{family}/{difficulty}/{split}/{seed}" + "/other" * (like is not None)
    letters = None if like is None else like[3][2]
    for attempt in range(_ATTEMPTS if like is None else _LIKELY):
        rng = Random(f"{stream}/{attempt}")
        try:
            sketch = FAMILIES[family](rng, difficulty)
            if split_of(family, sketch.numbers) == split and (like is None or _counterfactual(like[0], sketch)):
                drawn = _drawn(sketch, rng, modality, letters)
                return sketch, rng, attempt if like is None else like[2], drawn
        except Unsuitable:
            continue
    raise ConstructionError(f"{family} found nothing suitable for seed {seed} at difficulty {difficulty} ({split}).")


def _counterfactual(first: Sketch, second: Sketch) -> bool:
    """Whether both are asked in the same words of drawings with the same lines, and have two answers."""
    proofs = first.deduction.proof(), second.deduction.proof()
    (one, other), answers = map(_form, (first, second), proofs), {proof.answer for proof in proofs}
    return one == other and len(answers) == 2


def _form(sketch: Sketch, proof: Proof) -> tuple[object, ...]:
    """All of a sketch but its values in the picture."""
    said = _givens_in_words(sketch, proof, "picture")
    lines = tuple(sketch.points), sketch.segments, sketch.dashed, tuple(sketch.circles)
    return sketch.scene, proof.goal, said, len(proof.givens), lines


def rebuild(problem: Problem) -> Built:
    """The proof and figure of a built-in problem, from its record."""
    meta = problem.meta
    if "pair" in meta:
        pair = counterfactual(meta["family"], meta["seed"], meta["difficulty"], problem.language, problem.split)
        return pair["other" in meta]
    return construct(
        meta["family"], meta["seed"], meta["difficulty"], problem.language, meta["modality"], problem.split
    )


def split_of(family: str, numbers: tuple[Number, ...]) -> str:
    """The side on which a family's number tuple lies, whatever its order."""
    key = "|".join([family, *sorted(Exact.of(number).text() for number in numbers)])
    return "test" if hashlib.sha256(key.encode()).digest()[0] % _TEST_SHARE == 0 else "train"


def validate(figure: Figure, proof: Proof) -> None:
    """Check givens, conclusions, values and answer against the coordinates.

    Raises:
        ConstructionError: one of them is false.
    """
    statements = list(proof.givens)
    values = [(proof.goal, proof.answer)]
    for step in proof.steps:
        statements += step.conclusions
    for solve in proof.solves:
        statements += solve.equations
        values += [(solve.unknown, solve.value), *solve.known]
    for statement in dict.fromkeys(statements):
        if not holds(figure, statement):
            raise ConstructionError(f"{statement} does not hold in the figure of {proof.goal}.")
    for unknown, value in dict.fromkeys(values):
        if not close(measure(figure, cdl.parse(unknown)), float(constant(value))):
            raise ConstructionError(f"{unknown} is not {value} in the figure.")


def _check_arguments(family: str, seed: int, difficulty: int, language: str, modality: str, split: str) -> None:
    for name, value, allowed in (
        ("family", family, tuple(FAMILIES)),
        ("language", language, LANGUAGES),
        ("modality", modality, MODALITIES),
        ("split", split, SPLITS),
    ):
        if value not in allowed:
            raise InputError(f"{value!r} is no {name} of built-in problems. Choose one of: {', '.join(allowed)}.")
    if seed < 0 or not 1 <= difficulty <= 10:
        raise InputError(f"Seed {seed}, difficulty {difficulty}: seeds start at 0, difficulty runs from 1 to 10.")


def _drawn(sketch: Sketch, rng: Random, modality: str, letters: Mapping[int, str] | None = None) -> _Drawn:
    """The figure with all its marks, the proof and the renaming; the figure as this modality shows it, and its picture.

    Raises:
        Unsuitable: the figure cannot be read well, or a label has no free place however it is turned.
    """
    proof = sketch.deduction.proof()
    for _ in range(_POSES):
        figure, table = realised(sketch, proof, rng, letters)
        page, visible = layout(figure, impatient=True), figure
        if modality == "text" and not page.collisions:
            visible = replace(figure, marks=tuple(mark for mark in figure.marks if not _tells_a_value(mark)))
            page = layout(visible, impatient=True)
        if not page.collisions:
            return figure, renamed(proof, table), table, visible, png(page)
    raise Unsuitable(f"no room for {', '.join(page.collisions)}")


def _tells_a_value(mark: Mark) -> bool:
    return mark.text not in ("", "?")


def _givens_in_words(sketch: Sketch, proof: Proof, modality: str) -> list[str]:
    """The givens that the text has to say."""
    if modality != "picture":
        return list(proof.givens)
    return [given for given, marks in zip(proof.givens, signs(sketch), strict=True) if not marks]
