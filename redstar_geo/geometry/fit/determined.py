"""Whether the givens determine a quantity near a figure of theirs, or leave it free to move with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, FigureError
from redstar_geo.geometry.fit import construction as constructions
from redstar_geo.geometry.fit.meaning import equations
from redstar_geo.geometry.fit.system import System

_RANK, _INSIDE = 1e-7, 1e-5  # of singular values, relative; of the part of a gradient of length 1 that is left over


def determined(
    figure: Figure, construction: Sequence[str], givens: Sequence[str], asked: cdl.Term, directed: bool
) -> bool:
    """Whether the gradient of what is asked is a sum of the givens' gradients, as by the implicit function theorem.

    Where it is not, points can move so that all givens stay true and the quantity does not stay as it is. A figure in
    which the givens depend on each other by accident may say no where most others say yes.

    Args:
        figure: one of those that `fit` found.
        directed: whether it keeps the directions in which angles and parallels are written.
    """
    terms = [cdl.parse(text) for text in givens]
    shape = [cdl.parse(text) for text in construction if not text.startswith("Shape")]
    try:
        drawn = constructions.read(construction, terms)
        parts = list(dict.fromkeys(part for term in [*shape, *terms] for part in equations(term, drawn.centres)))
        goal = cdl.Term("Equal", (asked, cdl.Term("Number", ("0",))))
        system = System(drawn.points, [*parts, *equations(goal, drawn.centres)], [], directed)
        row = np.array(
            [coordinate for name in drawn.points for coordinate in figure.at(name)]
            + [figure.circle(name).radius for name in system.radii]
            + [figure.symbols[name] for name in system.symbols]
        )
    except (cdl.CDLError, FigureError, KeyError):
        return False
    with np.errstate(all="ignore"):
        _, slopes = system.residuals(row[None], 0)
    rows = slopes[0]
    sizes = np.linalg.norm(rows, axis=1)
    if not np.isfinite(sizes).all():
        return False
    if sizes[-1] == 0:
        return True  # a number
    rows = rows[sizes > 0] / sizes[sizes > 0, None]
    _, singular, basis = np.linalg.svd(rows[:-1], full_matrices=False) if len(rows) > 1 else (0, np.zeros(0), rows[:0])
    basis = basis[singular > _RANK * singular.max(initial=1)]
    left = rows[-1] - basis.T @ (basis @ rows[-1])
    return bool(np.linalg.norm(left) < _INSIDE)
