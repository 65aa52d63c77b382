"""What is written: the parts of the ink that are letters, digits and signs, and the labels that they make up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import median
from typing import NamedTuple

import numpy as np

from redstar_geo.readers.strokes.components import Component, components
from redstar_geo.readers.strokes.glyphs import CAPITALS, Guess, guess
from redstar_geo.readers.strokes.ink import LETTER, Ink, NotADrawingError

Box = tuple[int, int, int, int]  # left, top, right, bottom, the latter two just outside

_LONE = CAPITALS + "0123456789?xyz"
_IN_VALUES = "0123456789?xyzabckmnt()+√/π"
_DIGITS = str.maketrans("IO", "10")  # which a letter is that stands alone beside a plus or minus
_ALIKE = 0.6  # score of what is surely a letter or a digit
_READ, _APART = 0.55, 0.02  # score of what is read, and how far behind all else has to be
_SPOKEN = 0.06  # how far behind a letter of the question may be
_SPACE = 0.62 * LETTER  # between the signs of one label
_SMALLEST = 10  # pixels of a capital's height
_MOST_PARTS = 600
_SPECK = 4  # pixels
_HIGHEST, _WIDEST = 1.7 * LETTER, 1.6 * LETTER


@dataclass(frozen=True)
class Label:
    """A text, `None` where it cannot be read, in its box (left, top, right, bottom)."""

    text: str | None
    box: tuple[float, float, float, float]

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def is_point(self) -> bool:
        return self.text is not None and len(self.text) == 1 and self.text in CAPITALS

    def gap(self, x: float, y: float) -> float:
        """How far a point is from the box."""
        left, top, right, bottom = self.box
        return float(np.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom)))


def letter_height(ink: Ink) -> float:
    """The height of capitals and digits in pixels.

    Raises:
        NotADrawingError: there are none, they are too small, or there are too many parts that might be one.
    """
    most = min(ink.dark.shape) / 4
    heights = []
    for left, top, right, bottom in _boxes(components(ink.mask)):
        if 5 <= bottom - top <= most and right - left <= 1.5 * (bottom - top):
            found = guess(ink.dark[top:bottom, left:right])
            if found.score > _ALIKE and (found.text.isupper() or found.text.isdigit()):
                heights.append(bottom - top)
    if len(heights) < 2:
        raise NotADrawingError("it has no letters, or lines run into them")
    height = float(median(heights))
    if height < _SMALLEST:
        raise NotADrawingError(f"its letters are {height:.0f} pixels high, at least {_SMALLEST} are needed")
    return height


def _boxes(parts: Sequence[Component]) -> list[Box]:
    if len(parts) > _MOST_PARTS:
        raise NotADrawingError(f"it has {len(parts)} separate strokes, at most {_MOST_PARTS} are read")
    return [part.box for part in parts]


class Parts(NamedTuple):
    """The parts of the ink by what they may be: signs, short bars (dashes, minus signs, 1), dots, and strokes."""

    signs: list[Component]
    bars: list[Component]
    dots: list[Component]
    strokes: list[Component]


def parts(ink: Ink) -> Parts:
    """The parts by kind; specks that are smaller than any sign are left out.

    Raises:
        NotADrawingError: there are too many.
    """
    found = Parts([], [], [], [])
    there = [part for part in components(ink.mask) if len(part.rows) > _SPECK]
    for part, (left, top, right, bottom) in zip(there, _boxes(there), strict=True):
        if bottom - top > _HIGHEST or right - left > _WIDEST:
            found.strokes.append(part)
        elif _is_bar(part):
            found.bars.append(part)
        elif _is_dot(ink, part):
            found.dots.append(part)
        else:
            found.signs.append(part)
    return found


def _is_dot(ink: Ink, part: Component) -> bool:
    left, top, right, bottom = part.box
    width, height = right - left, bottom - top
    y, x = (top + bottom) // 2, (left + right) // 2
    full = ink.dark[y - 1 : y + 2, x - 1 : x + 2].mean() > 0.8 and len(part.rows) > 0.6 * width * height
    return bool(full) and min(width, height) > 0.25 * LETTER and max(width, height) < 0.6 * LETTER


def _is_bar(part: Component) -> bool:
    if len(part.rows) < 6:
        return False
    spread = np.linalg.eigvalsh(np.cov(np.stack([part.columns, part.rows])))
    return bool(spread[0] < 0.9 and spread[1] > 3 * spread[0])


def dashes(bars: Sequence[Component]) -> list[Component]:
    """Those that lie in a row with at least two others, each of them in the direction of one."""
    found = set[int]()
    points = [np.stack([bar.columns, bar.rows]).astype(float) for bar in bars]
    middles = np.array([each.mean(axis=1) for each in points])
    for each in points:
        (dx, dy), away = np.linalg.eigh(np.cov(each))[1][:, -1], middles - each.mean(axis=1)
        aside, along = np.abs(away[:, 1] * dx - away[:, 0] * dy), np.abs(away @ (dx, dy))
        row = np.flatnonzero((aside < 0.1 * along + 1) & (along < 3 * LETTER))
        if len(row) > 2:
            found.update(row.tolist())
    return [bars[number] for number in sorted(found)]


def labels(ink: Ink, signs: Sequence[Component], named: str) -> list[Label]:
    """Signs that stand beside one another, read from left to right.

    Args:
        named: capitals that are spoken of: of two that look alike it is rather these.
    """
    boxes = _whole([part.box for part in signs])
    rows: list[list[Box]] = []
    for box in sorted(boxes):
        row = next((row for row in rows if _continues(row, box)), None)
        if row is None:
            rows.append([box])
        else:
            row.append(box)
    return _sums([_label(ink, row, named) for row in rows])


def _sums(found: list[Label]) -> list[Label]:
    """Labels that end or begin with a plus or minus joined with what they want; there is more space around those."""
    for left, right in permutations(found, 2):
        level = abs(left.centre[1] - right.centre[1]) < 0.5 * LETTER
        near = -0.1 * LETTER < right.box[0] - left.box[2] < 1.2 * LETTER
        wanting = (left.text or "").endswith(("+", "−")) or (right.text or "").startswith(("+", "−"))
        if level and near and wanting and left.text and right.text:
            (x1, y1), (x2, y2) = map(min, left.box[:2], right.box[:2]), map(max, left.box[2:], right.box[2:])
            rest = [each for each in found if each not in (left, right)]
            return _sums([*rest, Label((left.text + right.text).translate(_DIGITS), (x1, y1, x2, y2))])
    return found


def _whole(boxes: list[Box]) -> list[Box]:
    """Boxes with the dot of a question mark, of an i, or within a 0, in that of its body."""
    found: list[Box] = []
    for box in sorted(boxes, key=lambda box: box[1]):
        over = next((each for each in found if _is_over(each, box)), None)
        if over is not None:
            found.remove(over)
            box = (min(over[0], box[0]), over[1], max(over[2], box[2]), max(over[3], box[3]))
        found.append(box)
    return found


def _is_over(upper: Box, lower: Box) -> bool:
    shared = min(upper[2], lower[2]) - max(upper[0], lower[0])
    narrower = min(upper[2] - upper[0], lower[2] - lower[0])
    close = lower[1] - upper[3] <= 0.4 * LETTER and lower[3] - upper[1] <= 1.3 * LETTER
    return close and shared >= 0.7 * narrower


def _continues(row: list[Box], box: Box) -> bool:
    top, bottom = min(each[1] for each in row), max(each[3] for each in row)
    shared = min(bottom, box[3]) - max(top, box[1])
    return box[0] - max(each[2] for each in row) < _SPACE and shared >= 0.5 * min(bottom - top, box[3] - box[1])


def _label(ink: Ink, row: list[Box], named: str) -> Label:
    top, bottom = min(box[1] for box in row), max(box[3] for box in row)
    if len(row) == 1 and row[0][2] - row[0][0] < _WIDEST:
        lone, spoken = _guess(ink, row[0], _LONE), _guess(ink, row[0], named or _LONE)
        if spoken.score >= lone.score - _SPOKEN:
            lone = spoken
        if lone.score >= _READ:
            return Label(lone.text, _outline(row))
    signs = [sign for box in row for sign in _signs(ink, box, top, bottom)]
    text = "".join(sign.text for sign in signs)
    sure = "°" not in text[:-1] and all(sign.score >= _READ and sign.margin >= _APART for sign in signs)
    return Label(text if sure else None, _outline(row))


def _outline(row: list[Box]) -> tuple[float, float, float, float]:
    """The box around a row, between pixels."""
    left, top, right, bottom = zip(*row, strict=True)
    return min(left) - 0.5, min(top) - 0.5, max(right) - 0.5, max(bottom) - 0.5


def _signs(ink: Ink, box: Box, top: int, bottom: int, cuts: int = 2) -> list[Guess]:
    """What a box within a row says: one sign, or several that touch."""
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    if height < 0.35 * LETTER and width >= max(1.5 * height, 0.4 * LETTER):
        return [Guess("−", 1, 1)]
    if max(width, height) < 0.4 * LETTER:
        return [Guess(".", 1, 1)]
    if max(width, height) < 0.7 * LETTER and lower < (top + bottom) / 2 + 2 and bottom - top > 0.8 * LETTER:
        return [Guess("°", 1, 1)]
    whole = [_guess(ink, box, _IN_VALUES)]
    if whole[0].score >= _READ or width < 0.6 * LETTER or not cuts:
        return whole
    tries = [whole]
    for place in range(left + 4, right - 4):
        first = _signs(ink, _trimmed(ink, (left, upper, place, lower)), top, bottom, 0)
        if first[0].score >= _READ:
            tries.append(first + _signs(ink, _trimmed(ink, (place, upper, right, lower)), top, bottom, cuts - 1))
    return max(tries, key=lambda signs: min(sign.score for sign in signs))


def _guess(ink: Ink, box: Box, among: str) -> Guess:
    left, top, right, bottom = box
    return guess(ink.dark[top:bottom, left:right], (bottom - top) / LETTER, among)


def _trimmed(ink: Ink, box: Box) -> Box:
    left, top, right, bottom = box
    there = ink.mask[top:bottom, left:right]
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(rows):
        return box
    return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1
