"""A system of equations in coordinates, radii and symbols: residuals and their derivatives for many layouts at once.

A row of unknowns is `x₀ y₀ x₁ y₁ … | radii | symbols`. Points are treated as complex numbers: of a vector u, length |u| has
the gradient u/|u| and direction arg u has i·u/|u|², each read as (∂x, ∂y).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redstar_geo.geometry import cdl

Array = NDArray[np.float64]
Key = tuple[str, str, str]  # kind, then a name or one or two vectors such as "AB"
Slope = dict[int, Array]
_CUT = {"Turn": -180.0, "MeasureOfAngle": -90.0, "Arc": -30.0}
_DEGREE = 180 / math.pi
TYPICAL_ANGLE = 60.0


_PATTERNS = {  # points of a primitive → the vectors it is about
    "LengthOfLine": ("AB", "AB", ""),
    "MeasureOfAngle": ("ABC", "BC", "BA"),
    "Arc": ("OAB", "OA", "OB"),
    "Turn": ("ABCD", "AB", "CD"),
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

    Raises:
        CDLError: an expression that is not made of primitives and known operators.
    """

    def __init__(
        self, points: Sequence[str], equations: Sequence[cdl.Term], ranges: Sequence[tuple[cdl.Term, float, float]] = ()
    ) -> None:
        self.points, self.equations = tuple(points), tuple(equations)
        keys: dict[Key, int] = {}
        for term in [*equations, *(term for term, _, _ in ranges)]:
            for primitive in _primitives(term):
                keys.setdefault(_key(primitive), 0)
        self.radii = tuple(name for kind, name, _ in keys if kind == "RadiusOfCircle")
        self.symbols = tuple(name for kind, name, _ in keys if kind == "Name")
        self.keys = sorted(keys, key=lambda key: ("LengthOfLine", "Area", *_CUT, "RadiusOfCircle", "Name").index(key[0]))
        self.index = {key: i for i, key in enumerate(self.keys)}
        self.unknowns = 2 * len(self.points) + len(self.radii) + len(self.symbols)
        self._index_vectors()
        linear = [_affine(term, self.index) for term in self.equations]
        self.curved = [(row, term) for row, (term, form) in enumerate(zip(equations, linear, strict=True)) if not form]
        self.matrix, self.constant = np.zeros((len(linear), len(self.keys))), np.zeros(len(linear))
        for row, form in enumerate(linear):
            if form:
                self.constant[row] = form[0]
                self.matrix[row, list(form[1])] = list(form[1].values())
        self.bounded = np.array([self.index[_key(term)] for term, _, _ in ranges], dtype=int)
        self.low = np.array([low for _, low, _ in ranges])
        self.high = np.array([high for _, _, high in ranges])
        self.weights = np.ones(len(linear))
        self.pull = np.ones(len(ranges))

    def _index_vectors(self) -> None:
        """Which vector each quantity is about; `self.incidence` maps points to vectors."""
        place = {name: i for i, name in enumerate(self.points)}
        self.lengths = np.array([i for i, key in enumerate(self.keys) if key[0] == "LengthOfLine"], dtype=int)
        self.areas = np.array([i for i, key in enumerate(self.keys) if key[0] == "Area"], dtype=int)
        self.angles = np.array([i for i, key in enumerate(self.keys) if key[0] in _CUT], dtype=int)
        self.free = np.array([i for i, key in enumerate(self.keys) if key[0] in ("RadiusOfCircle", "Name")], dtype=int)
        self.cut = np.array([_CUT[self.keys[i][0]] for i in self.angles])
        vectors: dict[str, int] = {}
        for key in self.keys:
            if key[0] not in ("RadiusOfCircle", "Name"):
                for vector in filter(None, key[1:]):
                    vectors.setdefault(vector, len(vectors))
        self.incidence = np.zeros((len(vectors), len(self.points)))
        for (start, end), row in vectors.items():
            if start not in place or end not in place:
                raise cdl.CDLError(f"No point {start if start not in place else end} in the construction.")
            self.incidence[row, place[start]], self.incidence[row, place[end]] = -1, 1
        self.first = np.array([vectors.get(key[1], 0) for key in self.keys], dtype=int)
        self.second = np.array([vectors.get(key[2], 0) for key in self.keys], dtype=int)

    def quantities(self, x: Array) -> tuple[Array, Array]:
        """Values (layouts, quantities) and derivatives (layouts, quantities, unknowns) of the primitives at rows `x`."""
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
                turn = _DEGREE * np.angle(w * v.conj())
                values[:, rows] = (turn - self.cut) % 360 + self.cut
                spin_v, spin_w = (1j * _DEGREE * z / np.maximum(np.abs(z) ** 2, 1e-30) for z in (v, w))
                along[:, rows] = spin_w[:, :, None] * second[rows] - spin_v[:, :, None] * first[rows]
        slopes[:, :, :count] = along.view(float)
        values[:, self.free] = x[:, count:]
        slopes[:, self.free, count + np.arange(len(self.free))] = 1
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

    def normalise(self, x: Array, length: float) -> None:
        """Weigh every equation by what typical changes of its quantities do to it at the rows `x`."""
        kinds = {"LengthOfLine": length, "Area": length**2, "RadiusOfCircle": length, "Name": 10.0}
        typical = np.array([kinds.get(kind, TYPICAL_ANGLE) for kind, _, _ in self.keys])
        _, by_quantity = self._equations(self.quantities(x)[0])
        change = np.abs(np.broadcast_to(by_quantity, (len(x), *self.matrix.shape))).mean(axis=0) @ typical
        self.weights = 1 / np.maximum(change, 1e-9)
        self.pull = 1 / typical[self.bounded]

    def _equations(self, values: Array) -> tuple[Array, Array]:
        residual = values @ self.matrix.T + self.constant
        by_quantity = self.matrix[None]
        if self.curved:
            by_quantity = np.repeat(by_quantity, len(values), axis=0)
            for row, term in self.curved:
                residual[:, row], slope = _dual(term, values, self.index)
                for i, part in slope.items():
                    by_quantity[:, row, i] = part
        return residual, by_quantity


def _primitives(term: cdl.Term) -> list[cdl.Term]:
    if term.head == "Number" or (term.head == "Name" and term.args[0] == "pi"):
        return []
    if term.head in ("Name", "RadiusOfCircle", "LengthOfLine", "AreaOfTriangle", "AreaOfQuadrilateral", *_CUT):
        return [term]
    return [primitive for arg in term.terms for primitive in _primitives(arg)]


def _affine(term: cdl.Term, index: dict[Key, int]) -> tuple[float, dict[int, float]] | None:
    """An expression as constant and coefficients, if it is that simple."""
    if term.head == "Number":
        return float(str(term.args[0])), {}
    if term.head == "Name" and term.args[0] == "pi":
        return math.pi, {}
    if _primitives(term) == [term]:
        return 0.0, {index[_key(term)]: 1.0}
    parts = [_affine(arg, index) for arg in term.terms]
    if term.head in ("Add", "Sub", "Neg"):
        total: dict[int, float] = {}
        constant = 0.0
        for place, part in enumerate(parts):
            if part is None:
                return None
            sign = -1.0 if term.head == "Neg" or (term.head == "Sub" and place) else 1.0
            constant += sign * part[0]
            for i, coefficient in part[1].items():
                total[i] = total.get(i, 0.0) + sign * coefficient
        return constant, total
    if term.head in ("Mul", "Div") and len(parts) == 2 and parts[0] and parts[1]:
        (a, slope), (b, other) = parts
        if not other and (term.head == "Mul" or b):
            factor = b if term.head == "Mul" else 1 / b
            return a * factor, {i: part * factor for i, part in slope.items()}
        if not slope and term.head == "Mul":
            return a * b, {i: part * a for i, part in other.items()}
    return None


def _dual(term: cdl.Term, values: Array, index: dict[Key, int]) -> tuple[Array, Slope]:
    """Value (layouts,) of an expression and its derivatives by quantity."""
    form = _affine(term, index)
    if form:
        constant, slope = form
        total = np.full(len(values), constant)
        for i, part in slope.items():
            total = total + part * values[:, i]
        return total, {i: np.full(len(values), part) for i, part in slope.items()}
    parts = [_dual(arg, values, index) for arg in term.terms]
    if term.head in ("Add", "Sub", "Neg"):
        signs = [-1.0 if term.head == "Neg" or (term.head == "Sub" and i) else 1.0 for i in range(len(parts))]
        return sum(s * v for s, (v, _) in zip(signs, parts, strict=True)), _combined(signs, [p[1] for p in parts])
    if term.head == "Mul":
        value, slope = parts[0]
        for factor, other in parts[1:]:
            value, slope = value * factor, _combined([factor, value], [slope, other])
        return value, slope
    if len(parts) == 2 and term.head == "Div":
        (a, slope), (b, other) = parts
        b = np.where(np.abs(b) < 1e-12, 1e-12, b)
        return a / b, _combined([1 / b, -a / b**2], [slope, other])
    if len(parts) == 2 and term.head == "Pow" and not parts[1][1]:
        (a, slope), power = parts[0], parts[1][0][0]
        base = a if power == round(power) else np.maximum(a, 1e-12)
        return base**power, _combined([power * base ** (power - 1)], [slope])
    if len(parts) == 1 and term.head in _FUNCTIONS:
        value, factor = _FUNCTIONS[term.head](parts[0][0])
        return value, _combined([factor], [parts[0][1]])
    raise cdl.CDLError(f"{term} is not an expression of quantities.")


_FUNCTIONS = {
    "sqrt": lambda a: (np.sqrt(np.maximum(a, 1e-12)), 0.5 / np.sqrt(np.maximum(a, 1e-12))),
    "Sin": lambda a: (np.sin(a / _DEGREE), np.cos(a / _DEGREE) / _DEGREE),
    "Cos": lambda a: (np.cos(a / _DEGREE), -np.sin(a / _DEGREE) / _DEGREE),
    "Tan": lambda a: (np.tan(a / _DEGREE), 1 / np.cos(a / _DEGREE) ** 2 / _DEGREE),
}


def _combined(factors: Sequence[Array | float], slopes: Sequence[Slope]) -> Slope:
    total: Slope = {}
    for factor, slope in zip(factors, slopes, strict=True):
        for i, part in slope.items():
            total[i] = total.get(i, 0.0) + factor * part
    return total
