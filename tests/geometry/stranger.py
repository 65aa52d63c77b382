"""A stranger who solves a built-in problem: reads the sentences of its question, sees roughly where the points lie, and
computes what is asked by least squares. It shares no code with the families, the proofs or the reader of claims.

The places are those of the picture, stretched, sheared and shaken: they tell which of two solutions is meant and give
no value. A question that leaves something out has as many answers as there are starts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
from scipy.optimize import least_squares

Residual = Callable[["Places"], float | list[float]]
_ASK = re.compile(r"(?:Find|What is|How many degrees is|How long is|Determine|Calculate) [^.?]*[.?]$|[^，。：]+[。？]$")
_VALUE = re.compile(
    r"(∠[A-Z]{3}|(?<![A-Z])[A-Z]{2}) ?= ?(∠[A-Z]{3}|[A-Z]{2}(?![A-Z])|[\dx√π(][\dx√π().+−/ ·]*[\dx√π)]|\d|x)°?"
)
_NAMES = r"([A-Z](?:(?:, | and |、)[A-Z])*)"
_FILLING = re.compile(
    r"As shown in the figure|Look at the figure|It is known that|As in the figure|are points|in the coordinate plane"
    r"|[Ii]n|with|and|如图|已知|在平面直角坐标系中|在|和|中|[△⊙]?[A-Z]+|quadrilateral|四边形|[,.:;，。：；、 ]"
)


class NotUnderstood(Exception):
    """A sentence that the stranger does not know."""


@dataclass
class Places:
    """Where the points are, the radii of the circles, and x."""

    at: dict[str, complex]
    radius: dict[str, float]
    x: float
    size: float

    def side(self, ab: str) -> float:
        return abs(self.at[ab[1]] - self.at[ab[0]])

    def angle(self, abc: str) -> float:
        """In radians, 0 to π."""
        one, other = self.at[abc[0]] - self.at[abc[1]], self.at[abc[2]] - self.at[abc[1]]
        between = other * one.conjugate()
        return math.atan2(abs(between.imag), between.real)

    def area(self, polygon: str) -> float:
        corners = [self.at[name] for name in polygon]
        return abs(sum(_cross(p, q) for p, q in zip(corners, corners[1:] + corners[:1], strict=True))) / 2

    def perimeter(self, polygon: str) -> float:
        return sum(self.side(p + q) for p, q in zip(polygon, polygon[1:] + polygon[0], strict=True))

    def turn(self, ab: str, cd: str) -> tuple[float, float]:
        """Sine and cosine of the angle from one direction to another."""
        one, other = self.at[ab[1]] - self.at[ab[0]], self.at[cd[1]] - self.at[cd[0]]
        between = other * one.conjugate() / (abs(one * other) or 1.0)
        return between.imag, between.real

    def centred(self, point: str, circle: str) -> float:
        return (self.side(point + circle) - self.radius[circle]) / self.size

    def apart(self, ab: str, cd: str) -> float:
        return (self.side(ab) - self.side(cd)) / self.size


def _cross(one: complex, other: complex) -> float:
    return (one.conjugate() * other).imag


def _both(difference: complex) -> list[float]:
    return [difference.real, difference.imag]


def value(text: str, x: float) -> float:
    """The value of `2√42/3`, `5x − 12` or `(4π + 1)/2`."""
    tokens = re.findall(r"\d+(?:\.\d+)?|[x√π()+−/·]", text)

    def total() -> float:
        found = product()
        while tokens and tokens[0] in "+−":
            found += product() if tokens.pop(0) == "+" else -product()
        return found

    def product() -> float:
        found = factor()
        while tokens and tokens[0] not in "+−)":
            sign = tokens.pop(0) if tokens[0] in "/·" else "·"
            found = found / factor() if sign == "/" else found * factor()
        return found

    def factor() -> float:
        token = tokens.pop(0)
        if token == "−":
            return -factor()
        if token == "(":
            found = total()
            tokens.pop(0)
            return found
        return {"x": lambda: x, "π": lambda: math.pi, "√": lambda: math.sqrt(factor())}.get(
            token, lambda: float(token)
        )()

    return total()


def _equal(left: str, right: str) -> Residual:
    def measured(part: str, places: Places) -> float:
        if part[0] == "∠":
            return places.angle(part[1:])
        if re.fullmatch("[A-Z]{2}", part):
            return places.side(part) / places.size
        worth = value(part, places.x)
        return math.radians(worth) if left[0] == "∠" else worth / places.size

    return lambda places: measured(left, places) - measured(right, places)


def _on_line(point: str, ab: str) -> Residual:
    return lambda p: _cross(p.at[ab[1]] - p.at[ab[0]], p.at[point] - p.at[ab[0]]) / (p.side(ab) * p.size or 1.0)


def _on_circle(points: str, circle: str) -> Residual:
    return lambda p: [p.centred(point, circle) for point in re.findall("[A-Z]", points)]


def _middle(m: str, ab: str) -> Residual:
    return lambda p: _both((2 * p.at[m] - p.at[ab[0]] - p.at[ab[1]]) / p.size)


def _parallelogram(abcd: str) -> Residual:
    a, b, c, d = abcd
    return lambda p: _both((p.at[a] + p.at[c] - p.at[b] - p.at[d]) / p.size)


def _all(*residuals: Residual) -> Residual:
    return lambda p: [each for residual in residuals for each in _listed(residual(p))]


def _listed(found: float | list[float]) -> list[float]:
    return found if isinstance(found, list) else [found]


def _parallel(ab: str, cd: str) -> Residual:
    return lambda p: p.turn(ab, cd)[0]


def _perpendicular(ab: str, cd: str) -> Residual:
    return lambda p: p.turn(ab, cd)[1]


def _same(ab: str, cd: str) -> Residual:
    return lambda p: p.apart(ab, cd)


def _rectangle(abcd: str) -> Residual:
    return _all(_parallelogram(abcd), _perpendicular(abcd[:2], abcd[1:3]))


# Every sentence that a question may have, in English | Chinese, and what it says of the points.
_SENTENCES: tuple[tuple[str, Callable[..., Residual]], ...] = (
    (
        r"[Cc]hords ([A-Z]{2}) and ([A-Z]{2}) of ⊙([A-Z]) meet at ([A-Z])",
        lambda ab, cd, o, e: _all(_on_circle(ab + cd, o), _on_line(e, ab), _on_line(e, cd)),
    ),
    (
        r"⊙([A-Z])的弦([A-Z]{2})与([A-Z]{2})相交于点([A-Z])",
        lambda o, ab, cd, e: _all(_on_circle(ab + cd, o), _on_line(e, ab), _on_line(e, cd)),
    ),
    (
        r"[Ll]ine ([A-Z]{2}) cuts ([A-Z]{2}) at ([A-Z]) and ([A-Z]{2}) at ([A-Z])",
        lambda ef, ab, g, cd, h: _all(_on_line(g, ef), _on_line(g, ab), _on_line(h, ef), _on_line(h, cd)),
    ),
    (
        r"直线([A-Z]{2})分别交([A-Z]{2})、([A-Z]{2})于点([A-Z])、([A-Z])",
        lambda ef, ab, cd, g, h: _all(_on_line(g, ef), _on_line(g, ab), _on_line(h, ef), _on_line(h, cd)),
    ),
    (
        r"(?:[Ll]ines )?([A-Z]{2}) and ([A-Z]{2}) meet at ([A-Z])|(?:直线)?([A-Z]{2})与([A-Z]{2})相交于点([A-Z])",
        lambda ab, cd, e: _all(_on_line(e, ab), _on_line(e, cd)),
    ),
    (
        r"[Aa] line through ([A-Z]) meets ⊙([A-Z]) at ([A-Z]) and ([A-Z])"
        r"|过点([A-Z])的直线交⊙([A-Z])于点([A-Z])、([A-Z])",
        lambda p, o, c, d: _all(_on_circle(c + d, o), _on_line(p, c + d)),
    ),
    (
        r"([A-Z]{2}) is extended to ([A-Z])|([A-Z]{2}) extended to ([A-Z])|延长([A-Z]{2})至([A-Z])",
        lambda ab, c: _on_line(c, ab),
    ),
    (r"([A-Z]) (?:lies )?on ([A-Z]{2}) extended(?! to)|点([A-Z])在([A-Z]{2})的延长线上", _on_line),
    (r"[Ii]n ⊙([A-Z]) with " + _NAMES + " on the circle", lambda o, points: _on_circle(points, o)),
    (_NAMES + r" lies? on ⊙([A-Z])|点" + _NAMES + r"在⊙([A-Z])上", _on_circle),
    (r"quadrilateral ([A-Z]{4}) with all corners on ⊙([A-Z])|四边形([A-Z]{4})的四个顶点都在⊙([A-Z])上", _on_circle),
    (r"([A-Z]) (?:lies )?on ([A-Z]{2})|点([A-Z])在([A-Z]{2})上", _on_line),
    (
        r"([A-Z]{2}) is tangent to ⊙([A-Z]) at [A-Z]|([A-Z]{2})与⊙([A-Z])相切于点[A-Z]",
        lambda pa, o: _all(_on_circle(pa[1], o), _perpendicular(pa, pa[1] + o)),
    ),
    (
        r"([A-Z]{2}) is a diameter of ⊙([A-Z])|([A-Z]{2})是⊙([A-Z])的直径",
        lambda ab, o: _all(_middle(o, ab), _on_circle(ab, o)),
    ),
    (
        r"([A-Z]{2}) is the perpendicular bisector of ([A-Z]{2})|([A-Z]{2})是([A-Z]{2})的垂直平分线",
        lambda wn, ab: _all(_same(wn[0] + ab[0], wn[0] + ab[1]), _same(wn[1] + ab[0], wn[1] + ab[1])),
    ),
    (r"([A-Z]) is the midpoint of ([A-Z]{2})|([A-Z])是([A-Z]{2})的中点", _middle),
    (
        r"with median ([A-Z])([A-Z])|([A-Z])([A-Z])是中线",
        lambda c, m: lambda p: 0.0,
    ),  # its foot is said to be a midpoint
    (
        r"([A-Z]{2}) is an altitude of △([A-Z]{3})|([A-Z]{2})是△([A-Z]{3})的高",
        lambda ad, abc: _perpendicular(ad, abc.replace(ad[0], "")),
    ),
    (
        r"([A-Z])([A-Z]) bisects ∠([A-Z]{3})|([A-Z])([A-Z])平分∠([A-Z]{3})",
        lambda v, d, abc: lambda p: p.angle(abc[0] + v + d) - p.angle(d + v + abc[2]),
    ),
    (r"([A-Z]{2}) ?∥ ?([A-Z]{2})", _parallel),
    (r"([A-Z]{2}) ?⊥ ?([A-Z]{2})", _perpendicular),
    (r"([A-Z]{4}) is a parallelogram|四边形([A-Z]{4})是平行四边形", _parallelogram),
    (r"([A-Z]{4}) is a rectangle|四边形([A-Z]{4})是矩形", _rectangle),
    (
        r"([A-Z]{4}) is a square|四边形([A-Z]{4})是正方形",
        lambda q: _all(_rectangle(q), _same(q[:2], q[1:3])),
    ),
    (r"([A-Z]{4}) is a rhombus|四边形([A-Z]{4})是菱形", lambda q: _all(_parallelogram(q), _same(q[:2], q[1:3]))),
    (
        r"([A-Z]{4}) is a kite with|四边形([A-Z]{4})是筝形",
        lambda q: _all(_same(q[0] + q[1], q[0] + q[3]), _same(q[2] + q[1], q[2] + q[3])),
    ),
    (
        r"([A-Z]{4}) is an isosceles trapezoid with|四边形([A-Z]{4})是等腰梯形",
        lambda q: _all(_parallel(q[0] + q[3], q[1:3]), _same(q[:2], q[2:]), _same(q[::2], q[1::2])),
    ),
    (r"([A-Z]{4}) is a trapezoid with|四边形([A-Z]{4})是梯形", lambda q: _parallel(q[0] + q[3], q[1:3])),
    (
        r"△([A-Z]{3}) is equilateral|△([A-Z]{3})是等边三角形",
        lambda t: _all(_same(t[:2], t[1:]), _same(t[:2], t[::2])),
    ),
    (
        r"([A-Z])\((−?\d+), (−?\d+)\)",
        lambda a, x, y: lambda p: _both((p.at[a] - complex(value(x, 0), value(y, 0))) / p.size),
    ),
)
_ASKED: tuple[tuple[str, Callable[..., Callable[[Places], float]]], ...] = (
    (r"∠([A-Z]{3})", lambda abc: lambda p: math.degrees(p.angle(abc))),
    (r"area of (?:△|quadrilateral )([A-Z]+)|(?:△|四边形)([A-Z]+)的面积", lambda q: lambda p: p.area(q)),
    (r"perimeter of (?:△|quadrilateral )([A-Z]+)|(?:△|四边形)([A-Z]+)的周长", lambda q: lambda p: p.perimeter(q)),
    (r"area of ⊙([A-Z])|⊙([A-Z])的面积", lambda o: lambda p: math.pi * p.radius[o] ** 2),
    (r"circumference of ⊙([A-Z])|⊙([A-Z])的周长", lambda o: lambda p: 2 * math.pi * p.radius[o]),
    (
        r"area of sector ([A-Z]{3})|扇形([A-Z]{3})的面积",
        lambda oab: lambda p: p.angle(oab[1] + oab[0] + oab[2]) * p.side(oab[:2]) ** 2 / 2,
    ),
    (r"length of arc ([A-Z]{2})|弧([A-Z]{2})的长", lambda ab: lambda p: _arc(p, ab)),
    (r"(?<![A-Za-z])(x)(?![a-z])", lambda _: lambda p: p.x),
    (r"(?<![A-Z])([A-Z]{2})(?![A-Z])", lambda ab: lambda p: p.side(ab)),
)


def _arc(places: Places, ab: str) -> float:
    """Along the circle on which both ends lie."""
    ((centre, radius),) = ((o, r) for o, r in places.radius.items() if abs(places.centred(ab[0], o)) < 1e-6)
    return places.angle(ab[0] + centre + ab[1]) * radius


def understood(question: str) -> tuple[list[Residual], Callable[[Places], float]]:
    """What the question says, and what it asks for.

    Raises:
        NotUnderstood: something in it is neither.
    """
    ask = _ASK.search(question)
    if ask is None:
        raise NotUnderstood(question)
    rest, residuals = question[: ask.start()], []
    for pattern, meaning in _SENTENCES:
        for match in re.finditer(pattern, rest):
            residuals.append(meaning(*(group for group in match.groups() if group is not None)))
        rest = re.sub(pattern, " ", rest)
    for left, right in _VALUE.findall(rest):
        residuals.append(_equal(left, right))
    rest = _FILLING.sub("", _VALUE.sub(" ", rest))
    if rest.strip("° "):
        raise NotUnderstood(f"{rest!r} in {question}")
    for pattern, meaning in _ASKED:
        found = re.search(pattern, ask[0])
        if found:
            return residuals, meaning(*(group for group in found.groups() if group is not None))
    raise NotUnderstood(ask[0])


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether three points that clearly turn left or right in one picture turn so in the other: nothing is flat."""
    sides = [points[None, :] - points[:, None] for points in (one, other)]
    unit = [side / np.maximum(np.abs(side), 1e-12) for side in sides]
    turns = [(way[:, :, None].conjugate() * way[:, None, :]).imag for way in unit]
    clear = np.abs(turns[1]) > 0.2
    return bool((turns[0] * np.sign(turns[1]) > 0.02)[clear].all())


def answers(question: str, picture: Mapping[str, tuple[float, float]], starts: int = 3) -> list[float]:
    """The value asked for, from each start that leads to points which fit every sentence and look like the picture.

    Args:
        picture: roughly where the points are.
    """
    residuals, asked = understood(question)
    names, circles = sorted(picture), sorted(set(re.findall(r"⊙([A-Z])", question)))
    drawn = np.array([complex(*picture[name]) for name in names])
    size, chance = float(max(np.ptp(drawn.real), np.ptp(drawn.imag))), Random(question)

    def places(free: np.ndarray) -> Places:
        numbers = free.tolist()
        at = {name: complex(numbers[2 * i], numbers[2 * i + 1]) for i, name in enumerate(names)}
        return Places(at, dict(zip(circles, numbers[2 * len(names) : -1], strict=True)), numbers[-1], size)

    def misfit(free: np.ndarray) -> list[float]:
        now = places(free)
        return [each for residual in residuals for each in _listed(residual(now))]

    found: list[float] = []
    for _ in range(10 * starts):
        wide, high, lean = chance.uniform(0.85, 1.2), chance.uniform(0.85, 1.2), chance.uniform(-0.15, 0.15)
        shaken = wide * drawn.real + lean * drawn.imag + 1j * high * drawn.imag
        shaken += [complex(chance.gauss(0, 0.015 * size), chance.gauss(0, 0.015 * size)) for _ in names]
        guess = np.array([*shaken.view(float), *(size / 3 for _ in circles), chance.uniform(2, 20)])
        solved = least_squares(misfit, guess, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=200)
        now = places(solved.x)
        if np.abs(solved.fun).max(initial=0.0) < 1e-9 and _alike(np.array([now.at[name] for name in names]), drawn):
            found.append(asked(now))
        if len(found) == starts:
            break
    return found


def answer(question: str, picture: Mapping[str, tuple[float, float]]) -> float | None:
    """What two starts of three lead to; None where they do not agree."""
    found = answers(question, picture)
    agreeing = [[b for b in found if math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)] for a in found]
    return next((group[0] for group in agreeing if len(group) >= 2), None)
