"""What the tokenizer of the base is trained on: how the library asks and tells, so that later trainings are short.

The model itself never sees these texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.reading import QUESTION, shown, written
from redstar_geo.teacher.formal import Style, answer

_EACH = 8  # problems of a family
_STYLES = (Style("short", 1), Style("long", 1), Style("long"))


def texts(seed: int) -> Iterator[str]:
    """Questions of every family with chains of thought in compact and in many voices, and what figures show."""
    for family, number, style in product(FAMILIES, range(_EACH), _STYLES):
        built = construct(family, seed + number, 1 + number % 3, modality=("text", "picture")[number % 2])
        told = answer(built.problem, built.proof, style, number, seed)
        yield f"{built.problem.question}\n<think>\n{told['reasoning']}\n</think>\n\n{told['response']}"
        yield f"{QUESTION}\n{written(shown(built.figure))}"
