"""A system of equations in coordinates, radii and symbols: residuals and their derivatives for many layouts at once.

A row of unknowns is `x₀ y₀ x₁ y₁ … | radii | symbols`. Points are treated as complex numbers: of a vector u, length |u|
has the gradient u/|u| and direction arg u has i·u/|u|², each read as (∂x, ∂y).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from redstar_geo.geometry import cdl
from redstar_geo.geometry.fit.expression import DEGREE, Array, dual, linear, primitives

Key = tuple[str, str, str]  # kind, then a name or one or two vectors such as "AB"
# Angles are counted counter-clockwise in [cut, cut + 360). FormalGeo's are directed; where directions do not count,
# `MeasureOfAngle` is in [0, 180] and `Tilt` is of lines rather than of rays.
_UNKNOWNS = ("AbscissaOfPoint", "OrdinateOfPoint", "RadiusOfCircle", "Name")  # quantities that are unknowns themselves
_CUT = {"Turn": -180.0, "Tilt": -180.0, "MeasureOfAngle": -90.0, "Corner": -90.0, "Arc": -30.0}
_TYPICAL_ANGLE = 60.0
SHORTEST = 0.15  # lower bound of a side while a layout takes shape, in typical sides


@dataclass(frozen=True)
class Starts:
    """Rows of unknowns (starts, unknowns) and the length of a typical side in them."""

    rows: Array
    side: float


_PATTERNS = {  # points of a primitive → the vectors it is about
    "LengthOfLine": ("AB", "AB", ""),
    "MeasureOfAngle": ("ABC", "BC", "BA"),
    "Corner": ("ABC", "BC", "BA"),
    "Arc": ("OAB", "OA", "OB"),
    "Turn": ("ABCD", "AB", "CD"),
    "Tilt": ("ABCD", "AB", "CD"),
    "AreaOfTriangle": ("ABC", "AB", "AC"),
    "AreaOfQuadrilateral": ("ABCD", "AC", "BD"),
}


def _key(term: cdl.Term) -> Key:
    """What a primitive measures: its kind and the vectors between its points."""
    points = "".join(term.points)
    if term.head not in _PATTERNS:
        return term.head, points, ""
    pattern, first, second = _PATTERNS[term.head]
    letters = dict(zip(pattern, points, strict=False))
    vectors = ["".join(letters.get(p, "") for p in vector) for vector in (first, second)]
    if len(points) != len(pattern) or any(vector and vector[0] == vector[-1] for vector in vectors):
        raise cdl.CDLError(f"{term} has the wrong points.")
    return "Area" if term.head.startswith("Area") else term.head, vectors[0], vectors[1]


class System:
    """Equations as functions of the primitive quantities that occur in them, and those as functions of the unknowns.

    Args:
        points: names of the points.
        equations: expressions of primitives that are to be 0.
        ranges: primitives that should, while the layout takes shape, lie between two bounds.
        directed: whether angles, parallels and areas are to be counter-clockwise as written.

    Raises:
        CDLError: an expression that is not made of primitives and known operators.
    """

    def __init__(
        self,
        points: Sequence[str],
        equations: Sequence[cdl.Term],
        ranges: Sequence[tuple[cdl.Term, float, float]],
        directed: bool,
    ) -> None:
        self.points, self.equations, self.directed = tuple(points), tuple(equations), directed
        keys: dict[Key, int] = {}
        for term in [*equations, *(term for term, _, _ in ranges)]:
            for primitive in primitives(term):
                keys.setdefault(_key(primitive), 0)
        self.radii = tuple(name for kind, name, _ in keys if kind == "RadiusOfCircle")
        self.symbols = tuple(name for kind, name, _ in keys if kind == "Name")
        order = ("LengthOfLine", "Area", *_CUT, *_UNKNOWNS)
        self.keys = sorted(keys, key=lambda key: order.index(key[0]))
        self.index = {key: i for i, key in enumerate(self.keys)}
        self.unknowns = 2 * len(self.points) + len(self.radii) + len(self.symbols)
        self._index_vectors()
        forms = [linear(term, self._number) for term in self.equations]
        self.curved = [(row, self.equations[row]) for row, form in enumerate(forms) if form is None]
        self.matrix, self.constant = np.zeros((len(forms), len(self.keys))), np.zeros(len(forms))
        for row, form in enumerate(forms):
            if form is not None:
                self.constant[row] = form[0]
                self.matrix[row, list(form[1])] = list(form[1].values())
        self.bounded = np.array([self._number(term) for term, _, _ in ranges], dtype=int)
        self.low = np.array([low for _, low, _ in ranges])
        self.high = np.array([high for _, _, high in ranges])
        self.weights = np.ones(len(forms))
        self.pull = np.ones(len(ranges))

    def _number(self, primitive: cdl.Term) -> int:
        return self.index[_key(primitive)]

    def _index_vectors(self) -> None:
        """Which vector each quantity is about; `self.incidence` maps points to vectors."""
        place = {name: i for i, name in enumerate(self.points)}
        self.lengths = np.array([i for i, key in enumerate(self.keys) if key[0] == "LengthOfLine"], dtype=int)
        self.areas = np.array([i for i, key in enumerate(self.keys) if key[0] == "Area"], dtype=int)
        self.angles = np.array([i for i, key in enumerate(self.keys) if key[0] in _CUT], dtype=int)
        self.free = np.array([i for i, key in enumerate(self.keys) if key[0] in _UNKNOWNS], dtype=int)
        self.columns = np.array([self._column(self.keys[i], place) for i in self.free], dtype=int)
        kinds = [self.keys[i][0] for i in self.angles]
        self.cut = np.array([_CUT[kind] for kind in kinds])
        self.period = np.full(len(kinds), 360.0)
        self.unsigned = np.array([], dtype=int)
        if not self.directed:
            folded = np.array([kind == "MeasureOfAngle" for kind in kinds], dtype=bool)
            lines = np.array([kind == "Tilt" for kind in kinds], dtype=bool)
            self.unsigned = np.concatenate([self.areas, self.angles[folded]])
            self.cut[folded], self.cut[lines], self.period[lines] = -180, -90, 180
        vectors: dict[str, int] = {}
        for key in self.keys:
            if key[0] not in _UNKNOWNS:
                for vector in filter(None, key[1:]):
                    vectors.setdefault(vector, len(vectors))
        self.incidence = np.zeros((max(1, len(vectors)), len(self.points)))
        for row, (start, end) in enumerate(map(tuple, vectors)):
            if start not in place or end not in place:
                raise cdl.CDLError(f"No point {start if start not in place else end} in the construction.")
            self.incidence[row, place[start]], self.incidence[row, place[end]] = -1, 1
        self.first = np.array([vectors.get(key[1], 0) for key in self.keys], dtype=int)
        self.second = np.array([vectors.get(key[2], 0) for key in self.keys], dtype=int)

    def _column(self, key: Key, place: dict[str, int]) -> int:
        kind, name, _ = key
        if kind == "RadiusOfCircle":
            return 2 * len(self.points) + self.radii.index(name)
        if kind == "Name":
            return 2 * len(self.points) + len(self.radii) + self.symbols.index(name)
        if name not in place:
            raise cdl.CDLError(f"No point {name} in the construction.")
        return 2 * place[name] + (kind == "OrdinateOfPoint")

    def quantities(self, x: Array) -> tuple[Array, Array]:
        """Values (layouts, quantities) and derivatives (layouts, quantities, unknowns) of primitives at rows `x`."""
        layouts, count = len(x), 2 * len(self.points)
        u = np.ascontiguousarray(x[:, :count]).view(complex) @ self.incidence.T
        values = np.empty((layouts, len(self.keys)))
        slopes = np.zeros((layouts, len(self.keys), self.unknowns))
        along = np.zeros((layouts, len(self.keys), len(self.points)), dtype=complex)
        first, second = self.incidence[self.first], self.incidence[self.second]
        for kind, rows in (("length", self.lengths), ("area", self.areas), ("angle", self.angles)):
            if not len(rows):
                continue
            v, w = u[:, self.first[rows]], u[:, self.second[rows]]
            if kind == "length":
                values[:, rows] = size = np.maximum(np.abs(v), 1e-30)
                along[:, rows] = (v / size)[:, :, None] * first[rows]
            elif kind == "area":
                values[:, rows] = (v.conj() * w).imag / 2
                along[:, rows] = (-0.5j * w)[:, :, None] * first[rows] + (0.5j * v)[:, :, None] * second[rows]
            else:
                turn = DEGREE * np.angle(w * v.conj())
                values[:, rows] = (turn - self.cut) % self.period + self.cut
                spin_v, spin_w = (1j * DEGREE * z / np.maximum(np.abs(z) ** 2, 1e-30) for z in (v, w))
                along[:, rows] = spin_w[:, :, None] * second[rows] - spin_v[:, :, None] * first[rows]
        unsigned = self.unsigned
        along[:, unsigned] *= np.where(values[:, unsigned] < 0, -1, 1)[:, :, None]
        values[:, unsigned] = np.abs(values[:, unsigned])
        slopes[:, :, :count] = along.view(float)
        values[:, self.free] = x[:, self.columns]
        slopes[:, self.free, self.columns] = 1
        return values, slopes

    def residuals(self, x: Array, pull: float) -> tuple[Array, Array]:
        """Weighted residuals (layouts, rows) and their derivatives (layouts, rows, unknowns).

        Args:
            pull: weight of the bounds; 0 leaves them out.
        """
        values, slopes = self.quantities(x)
        residual, by_quantity = self._equations(values)
        jacobian = (by_quantity * self.weights[:, None]) @ slopes
        residual *= self.weights
        if pull and len(self.bounded):
            bounded = values[:, self.bounded]
            scale = pull * self.pull
            over = np.where(bounded > self.high, bounded - self.high, np.minimum(bounded - self.low, 0))
            held = (over != 0) * scale
            residual = np.concatenate([residual, over * scale], axis=1)
            jacobian = np.concatenate([jacobian, held[:, :, None] * slopes[:, self.bounded]], axis=1)
        return residual, jacobian

    def normalise(self, starts: Starts) -> None:
        """Weigh every equation by what typical changes of its quantities do to it at these starts."""
        side = starts.side
        kinds = {"LengthOfLine": side, "Area": side**2, "Name": 10.0} | dict.fromkeys(_UNKNOWNS[:3], side)
        typical = np.array([kinds.get(kind, _TYPICAL_ANGLE) for kind, _, _ in self.keys])
        _, by_quantity = self._equations(self.quantities(starts.rows)[0])
        change = np.abs(by_quantity).mean(axis=0) @ typical
        self.weights = 1 / np.maximum(change, 1e-9)
        self.pull = 1 / typical[self.bounded]
        sides = [self.keys[i][0] in ("LengthOfLine", "RadiusOfCircle") for i in self.bounded]
        self.low[sides] = SHORTEST * side

    def _equations(self, values: Array) -> tuple[Array, Array]:
        residual = values @ self.matrix.T + self.constant
        by_quantity = self.matrix[None]
        if self.curved:
            by_quantity = np.repeat(by_quantity, len(values), axis=0)
            for row, term in self.curved:
                residual[:, row], slope = dual(term, values, self._number)
                for i, part in slope.items():
                    by_quantity[:, row, i] = part
        return residual, by_quantity
